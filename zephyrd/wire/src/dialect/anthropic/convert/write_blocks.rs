//! Blocks on their way into a message.

use std::borrow::Cow;

use super::write_media;
use crate::form::{Json, Part, Refused, Text, ToolResult};
use crate::whole::json::quote;

/// A block that is not written out yet.
#[derive(Debug)]
pub(super) struct Block<'r> {
    /// What it is.
    pub body: Body<'r>,
    /// Its `cache_control`.
    pub cache: Option<Cow<'r, str>>,
}

/// See [`Block`].
#[derive(Debug)]
pub(super) enum Body<'r> {
    /// Text, which is not blank: the API refuses blank ones.
    Text(Text<'r>),
    /// A tool's result: an object, its brace left open.
    Result(Vec<u8>),
    /// Thinking, which no cache can end behind, as above.
    Thinking(Vec<u8>),
    /// Anything else, as above.
    Other(Vec<u8>),
}

impl<'r> Block<'r> {
    /// Text; `None` where it is blank.
    pub(super) fn text(text: impl Into<Text<'r>>, cache: Option<&'r Json<'_>>) -> Option<Self> {
        let text = text.into();
        (!text.trim().is_empty()).then(|| Self { body: Body::Text(text), cache: borrowed(cache) })
    }

    pub(super) fn is_result(&self) -> bool {
        matches!(self.body, Body::Result(_))
    }

    pub(super) fn is_thinking(&self) -> bool {
        matches!(self.body, Body::Thinking(_))
    }

    /// Appends the block.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match &self.body {
            Body::Text(text) => {
                out.extend_from_slice(br#"{"type":"text","text":"#);
                quote(out, text);
            }
            Body::Result(open) | Body::Thinking(open) | Body::Other(open) => out.extend_from_slice(open),
        }
        if let Some(cache) = &self.cache {
            out.extend_from_slice(br#","cache_control":"#);
            out.extend_from_slice(cache.as_bytes());
        }
        out.push(b'}');
    }
}

pub(super) fn borrowed<'r>(cache: Option<&'r Json<'_>>) -> Option<Cow<'r, str>> {
    cache.map(|cache| Cow::Borrowed(cache.as_ref()))
}

/// Appends the array of the blocks.
pub(super) fn list(blocks: &[Block<'_>], out: &mut Vec<u8>) {
    out.push(b'[');
    for (at, block) in blocks.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        block.write(out);
    }
    out.push(b']');
}

/// The block of a call.
pub(super) fn call<'r>(id: &str, name: &str, input: &str) -> Block<'r> {
    let mut out = Vec::with_capacity(input.len() + name.len() + 80);
    out.extend_from_slice(br#"{"type":"tool_use","id":"#);
    quote(&mut out, id);
    out.extend_from_slice(br#","name":"#);
    quote(&mut out, name);
    out.extend_from_slice(br#","input":"#);
    out.extend_from_slice(input.as_bytes());
    Block { body: Body::Other(out), cache: None }
}

/// The block of a result of the call `id`.
pub(super) fn result<'r>(id: &str, result: &'r ToolResult<'_>) -> Result<Block<'r>, Refused> {
    let mut blocks = Vec::with_capacity(result.parts.len());
    for part in &result.parts {
        match part {
            Part::Text { text, cache } => blocks.extend(Block::text(text.as_ref(), cache.as_ref())),
            Part::Media(media) => blocks.push(self::media(media)?),
            _ => {}
        }
    }
    let mut out = Vec::with_capacity(256);
    out.extend_from_slice(br#"{"type":"tool_result","tool_use_id":"#);
    quote(&mut out, id);
    out.extend_from_slice(br#","content":"#);
    match blocks.as_slice() {
        // The API refuses an error without words.
        [] if result.error => quote(&mut out, "The tool failed and said nothing."),
        [] => quote(&mut out, ""),
        [Block { body: Body::Text(text), cache: None }] => quote(&mut out, text),
        blocks => list(blocks, &mut out),
    }
    if result.error {
        out.extend_from_slice(br#","is_error":true"#);
    }
    Ok(Block { body: Body::Result(out), cache: borrowed(result.cache.as_ref()) })
}

/// The block of a medium.
pub(super) fn media<'r>(media: &'r crate::form::Media<'_>) -> Result<Block<'r>, Refused> {
    let mut out = Vec::with_capacity(128);
    write_media::write(media, &mut out)?;
    Ok(Block { body: Body::Other(out), cache: borrowed(media.cache.as_ref()) })
}

/// The block of thinking that the API signed, or hid.
pub(super) fn thinking<'r>(text: &str, signature: Option<&str>, hidden: Option<&str>) -> Block<'r> {
    let mut out = Vec::with_capacity(text.len() + 512);
    if let Some(data) = hidden {
        out.extend_from_slice(br#"{"type":"redacted_thinking","data":"#);
        quote(&mut out, data);
    } else {
        out.extend_from_slice(br#"{"type":"thinking","thinking":"#);
        quote(&mut out, text);
        out.extend_from_slice(br#","signature":"#);
        quote(&mut out, signature.unwrap_or_default());
    }
    Block { body: Body::Thinking(out), cache: None }
}
