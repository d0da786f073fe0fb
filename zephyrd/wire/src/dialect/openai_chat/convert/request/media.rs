//! Reads parts of a content: text, images, sounds, files.

use super::{given, object};
use crate::dialect::openai_chat::convert::{text, thinking, wrong};
use crate::form::{Json, Media, Part, Refused, Source, Text, Thinking};
use crate::whole::json::{self, Members};

/// Adds the parts of a `content`: a text, a list of parts, or nothing. `at` is the message's place.
pub(super) fn content<'a>(raw: Option<&'a str>, at: usize, parts: &mut Vec<Part<'a>>) -> Result<(), Refused> {
    let Some(raw) = raw else { return Ok(()) };
    if let Some(text) = json::word(raw) {
        if !text.is_empty() {
            parts.push(Part::Text { text, cache: None });
        }
        return Ok(());
    }
    let unfit = || wrong(&format!("`messages[{at}].content` is neither a text nor a list of parts"));
    for (n, raw) in json::items(raw).map_err(|_| unfit())?.into_iter().enumerate() {
        if let Some(text) = json::word(raw) {
            parts.push(Part::Text { text, cache: None });
            continue;
        }
        let members = Members::of(raw).map_err(|_| unfit())?;
        parts.push(part(&members).map_err(|kind| {
            wrong(&format!(
                "`messages[{at}].content[{n}]` is of a type (`{kind}`) that is not known, or lacks what that type needs"
            ))
        })?);
    }
    Ok(())
}

/// A part, or the type of what cannot be read.
fn part<'a>(part: &Members<'a>) -> Result<Part<'a>, String> {
    let kind = part.word("type").unwrap_or_default();
    let inner = |key: &str| object(part, key).and_then(|inner| Members::of(inner).ok());
    let read = match &*kind {
        "text" | "input_text" | "output_text" => {
            text(part, "text").map(|text| Part::Text { text, cache: cache(part) })
        }
        "refusal" => text(part, "refusal").map(Part::Refusal),
        "image_url" | "video_url" => {
            let inner = inner(&kind);
            let url = inner.as_ref().and_then(|image| text(image, "url")).or_else(|| text(part, &kind));
            let any = if kind == "image_url" { "image/*" } else { "video/*" };
            url.map(|url| {
                let (kind, source) = source(url);
                let detail = inner.as_ref().and_then(|image| text(image, "detail"));
                media(kind.unwrap_or(Text::Borrowed(any)), source, None, detail, part)
            })
        }
        "input_audio" => inner("input_audio").and_then(|audio| {
            let format = audio.word("format").unwrap_or_default();
            let kind = if format == "mp3" { "audio/mpeg".to_owned() } else { format!("audio/{format}") };
            Some(media(Text::Owned(kind), Source::Base64(text(&audio, "data")?), None, None, part))
        }),
        "file" => inner("file").and_then(|file| {
            let title = text(&file, "filename");
            let (kind, source) = match text(&file, "file_data") {
                Some(data) => match source(data) {
                    (kind, Source::Url(data)) if !data.contains(':') => (kind, Source::Base64(data)),
                    told => told,
                },
                None => (None, Source::File(text(&file, "file_id")?)),
            };
            Some(media(kind.unwrap_or(Text::Borrowed("application/pdf")), source, title, None, part))
        }),
        // Mistral: its reasoning models answer so, and want it back.
        "thinking" => thinking::of_part(part)
            .map(|text| Part::Thinking(Thinking { text: Text::Owned(text), ..Thinking::default() })),
        _ => None,
    };
    read.ok_or_else(|| kind.chars().filter(|c| !c.is_control()).take(40).collect())
}

fn media<'a>(
    kind: Text<'a>,
    source: Source<'a>,
    title: Option<Text<'a>>,
    detail: Option<Text<'a>>,
    part: &Members<'a>,
) -> Part<'a> {
    Part::Media(Media { kind, source, title, detail, cache: cache(part) })
}

/// Where the cache may end: `cache_control` (OpenRouter takes Anthropic's), or OpenAI's `prompt_cache_breakpoint`.
fn cache<'a>(part: &Members<'a>) -> Option<Json<'a>> {
    let own = given(part, "cache_control").map(Json::Borrowed);
    own.or_else(|| {
        let long = part.object("prompt_cache_breakpoint").ok()?.word("ttl").as_deref() == Some("12h");
        Some(Json::Borrowed(if long {
            r#"{"type":"ephemeral","ttl":"1h"}"#
        } else {
            r#"{"type":"ephemeral"}"#
        }))
    })
}

/// The type and the data of a `data:` URL in base64; any other URL as it is.
fn source(url: Text<'_>) -> (Option<Text<'_>>, Source<'_>) {
    fn split(url: &str) -> Option<(&str, &str)> {
        let (head, data) = url.strip_prefix("data:")?.split_once(',')?;
        let head = head.strip_suffix(";base64")?;
        Some((head.split(';').next().unwrap_or_default(), data))
    }
    let (kind, data) = match &url {
        Text::Borrowed(url) => match split(url) {
            Some((kind, data)) => (Text::Borrowed(kind), Text::Borrowed(data)),
            None => return (None, Source::Url(Text::Borrowed(url))),
        },
        Text::Owned(owned) => match split(owned) {
            Some((kind, data)) => (Text::Owned(kind.to_owned()), Text::Owned(data.to_owned())),
            None => return (None, Source::Url(url)),
        },
    };
    (Some(kind).filter(|kind| !kind.is_empty()), Source::Base64(data))
}
