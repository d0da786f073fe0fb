//! Writes images, sounds, videos and documents as parts of a content.
//!
//! What the endpoint would have to fetch is only possible for images and videos. What lies at another vendor is refused.

use crate::dialect::openai_chat::convert::NAME;
use crate::form::{Media, Refused, Source};
use crate::whole::json;

/// Appends the part.
pub(super) fn push(out: &mut Vec<u8>, media: &Media<'_>) -> Result<(), Refused> {
    let kind = media.kind.as_ref();
    let family = kind.split('/').next().unwrap_or_default();
    match (&media.source, family) {
        (Source::Plain(text), _) => {
            out.extend_from_slice(b"{\"type\":\"text\",\"text\":");
            match &media.title {
                Some(title) => json::quote(out, &format!("{title}:\n\n{text}")),
                None => json::quote(out, text),
            }
        }
        (Source::Url(url), "image" | "video") => {
            begin(out, family);
            json::quote(out, url);
            end(out, media);
        }
        (Source::Base64(data), "image" | "video") => {
            begin(out, family);
            let kind = if kind == "image/*" { "image/png" } else { kind };
            data_url(out, kind, data);
            end(out, media);
        }
        (Source::Base64(data), "audio") => {
            out.extend_from_slice(b"{\"type\":\"input_audio\",\"input_audio\":{\"format\":");
            let format = kind.strip_prefix("audio/").unwrap_or_default();
            json::quote(out, if format == "mpeg" { "mp3" } else { format });
            out.extend_from_slice(b",\"data\":");
            json::quote(out, data);
            out.push(b'}');
        }
        (Source::Base64(data), _) => {
            out.extend_from_slice(b"{\"type\":\"file\",\"file\":{\"filename\":");
            let unnamed = if kind == "application/pdf" { "document.pdf" } else { "document" };
            json::quote(out, media.title.as_deref().unwrap_or(unnamed));
            out.extend_from_slice(b",\"file_data\":");
            data_url(out, kind, data);
            out.push(b'}');
        }
        (Source::Url(_), _) => return Err(Refused::no_counterpart("a document by URL", NAME)),
        (Source::File(_), _) => return Err(Refused::no_counterpart("a file by id", NAME)),
    }
    out.push(b'}');
    Ok(())
}

fn begin(out: &mut Vec<u8>, family: &str) {
    out.extend_from_slice(format!("{{\"type\":\"{family}_url\",\"{family}_url\":{{\"url\":").as_bytes());
}

fn end(out: &mut Vec<u8>, media: &Media<'_>) {
    if let Some(detail) = &media.detail {
        out.extend_from_slice(b",\"detail\":");
        json::quote(out, detail);
    }
    out.push(b'}');
}

fn data_url(out: &mut Vec<u8>, kind: &str, data: &str) {
    let plain = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_' | b'.'))
    };
    if !plain(kind) || !plain(data) {
        json::quote(out, &format!("data:{kind};base64,{data}"));
        return;
    }
    for piece in ["\"data:", kind, ";base64,", data, "\""] {
        out.extend_from_slice(piece.as_bytes());
    }
}
