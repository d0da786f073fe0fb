//! Images, documents and sounds in the parts of messages and results.

use std::borrow::Cow;

use super::NAME;
use crate::form::{Loss, Media, Refused, Source, Text};
use crate::whole::json::{self, Members};

const PDF: &str = "application/pdf";

/// Reads an `input_image`.
pub(super) fn read_image<'a>(part: &Members<'a>) -> Option<Media<'a>> {
    let source = match part.decoded("image_url").filter(|url| !url.is_empty()) {
        Some(url) => source(url),
        None => (None, Source::File(part.decoded("file_id").filter(|id| !id.is_empty())?)),
    };
    let kind = source.0.unwrap_or(Cow::Borrowed("image/*"));
    let detail = part.decoded("detail").filter(|detail| detail != "auto");
    Some(Media { kind, source: source.1, title: None, detail, cache: None })
}

/// Reads an `input_file`.
pub(super) fn read_file<'a>(part: &Members<'a>) -> Option<Media<'a>> {
    let word = |key: &str| part.decoded(key).filter(|word| !word.is_empty());
    let title = word("filename");
    let by_name = || Cow::Borrowed(kind_of_name(title.as_deref().unwrap_or_default()));
    let (kind, source) = if let Some(data) = word("file_data") {
        match source(data) {
            (kind, Source::Url(data)) => (kind, Source::Base64(data)),
            other => other,
        }
    } else if let Some(url) = word("file_url") {
        source(url)
    } else {
        (None, Source::File(word("file_id")?))
    };
    Some(Media { kind: kind.unwrap_or_else(by_name), source, title, detail: None, cache: None })
}

/// Reads an `input_audio`.
pub(super) fn read_audio<'a>(part: &Members<'a>) -> Option<Media<'a>> {
    let audio = Members::of(part.part("input_audio")?).ok()?;
    let kind = match audio.word("format")?.as_ref() {
        "mp3" => Cow::Borrowed("audio/mpeg"),
        format => Cow::Owned(format!("audio/{format}")),
    };
    let source = Source::Base64(audio.decoded("data")?);
    Some(Media { kind, source, title: None, detail: None, cache: None })
}

/// What kind a `data:` URL is of, and what it holds; any other URL is for the endpoint to fetch.
fn source(url: Text<'_>) -> (Option<Text<'_>>, Source<'_>) {
    let parts = |url: &str| -> Option<(usize, usize)> {
        let (head, _) = url.split_once(',')?;
        let kind = head.strip_prefix("data:")?.strip_suffix(";base64")?;
        Some(("data:".len() + kind.len(), head.len() + 1))
    };
    let Some((kind_end, data)) = parts(&url) else { return (None, Source::Url(url)) };
    let kind = |text: &str| text.split(';').next().unwrap_or_default().to_owned();
    let (kind, data) = match url {
        Cow::Borrowed(url) => (kind(&url["data:".len()..kind_end]), Cow::Borrowed(&url[data..])),
        Cow::Owned(mut url) => {
            let kind = kind(&url["data:".len()..kind_end]);
            url.drain(..data);
            (kind, Cow::Owned(url))
        }
    };
    ((!kind.is_empty()).then_some(Cow::Owned(kind)), Source::Base64(data))
}

fn kind_of_name(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).as_deref() {
        Some("txt" | "md" | "log") => "text/plain",
        Some("csv") => "text/csv",
        Some("html" | "htm") => "text/html",
        Some("json") => "application/json",
        _ => PDF,
    }
}

/// Appends a medium as a part of a message or of a result's list.
///
/// # Errors
/// It lies at another vendor, or is a sound, which the dialect does not take.
pub(super) fn write(media: &Media<'_>, out: &mut Vec<u8>, losses: &mut Vec<Loss>) -> Result<(), Refused> {
    if media.cache.is_some() {
        losses.push(Loss { what: "cache_control" });
    }
    if let Source::File(_) = media.source {
        return Err(Refused::no_counterpart("a file by its id", NAME));
    }
    if let Source::Plain(text) = &media.source {
        out.extend_from_slice(br#"{"type":"input_text","text":"#);
        match &media.title {
            Some(title) => json::quote(out, &format!("{title}\n\n{text}")),
            None => json::quote(out, text),
        }
        out.push(b'}');
        return Ok(());
    }
    if media.kind.starts_with("image/") {
        out.extend_from_slice(br#"{"type":"input_image","image_url":"#);
        url(media, out);
        out.extend_from_slice(br#","detail":"#);
        json::quote(out, media.detail.as_deref().unwrap_or("auto"));
        out.push(b'}');
        return Ok(());
    }
    if media.kind.starts_with("audio/") || media.kind.starts_with("video/") {
        return Err(Refused::no_counterpart(&media.kind, NAME));
    }
    out.extend_from_slice(br#"{"type":"input_file","#);
    if let Source::Url(_) = media.source {
        out.extend_from_slice(br#""file_url":"#);
    } else {
        out.extend_from_slice(br#""filename":"#);
        json::quote(out, media.title.as_deref().unwrap_or(default_name(&media.kind)));
        out.extend_from_slice(br#","file_data":"#);
    }
    url(media, out);
    out.push(b'}');
    Ok(())
}

fn default_name(kind: &str) -> &'static str {
    match kind {
        PDF => "document.pdf",
        "text/csv" => "document.csv",
        "text/html" => "document.html",
        "application/json" => "document.json",
        _ => "document.txt",
    }
}

/// Where the medium is, as a JSON string.
fn url(media: &Media<'_>, out: &mut Vec<u8>) {
    match &media.source {
        Source::Url(url) => json::quote(out, url),
        Source::Base64(data) => {
            // Base64 needs no escapes, and may be long.
            let is_plain = data
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_'));
            if is_plain && !media.kind.contains(['"', '\\']) && media.kind.bytes().all(|b| b >= 0x20) {
                out.extend_from_slice(b"\"data:");
                out.extend_from_slice(media.kind.as_bytes());
                out.extend_from_slice(b";base64,");
                out.extend_from_slice(data.as_bytes());
                out.push(b'"');
            } else {
                json::quote(out, &format!("data:{};base64,{data}", media.kind));
            }
        }
        Source::Plain(_) | Source::File(_) => out.extend_from_slice(b"null"),
    }
}
