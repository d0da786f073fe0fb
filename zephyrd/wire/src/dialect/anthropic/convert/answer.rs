//! Whole answers, read and written.
//!
//! Blocks of tools that the vendor ran, and blocks that nobody knows, are left out: what the model says of what they
//! found stands in its text.

use super::stop::{self, Sent};
use super::{call_id, write_usage};
use crate::dialect::anthropic::usage;
use crate::form::{Answer, Block, Seal, Text, Thinking};
use crate::translate::Wish;
use crate::usage::Usage;
use crate::whole::Unsound;
use crate::whole::json::{Members, quote};

/// Reads an answer.
pub(super) fn read(body: &str) -> Result<Answer<'_>, Unsound> {
    let message = Members::of(body)?;
    if message.given("error").is_some() {
        return Err(Unsound("the message has an error"));
    }
    let content = message.given_part("content").ok_or(Unsound("the message has no content"))?;
    let mut blocks = Vec::new();
    for block in crate::whole::json::items(content)? {
        blocks.extend(read_block(&Members::of(block)?)?);
    }
    if blocks.is_empty()
        && let Some(words) = message.given_part("stop_details").and_then(explanation)
    {
        blocks.push(Block::Refusal(words));
    }
    let mut tokens = Usage::default();
    if let Some(told) = message.given("usage") {
        usage::take(told.as_bytes(), &mut tokens);
    }
    let reason = message.word("stop_reason").ok_or(Unsound("the message does not say why it stopped"))?;
    let calls = blocks.iter().any(|block| matches!(block, Block::Call { .. }));
    Ok(Answer {
        id: message.decoded("id").unwrap_or_default(),
        model: message.decoded("model").unwrap_or_default(),
        created: None,
        stop: stop::read(&reason, message.decoded("stop_sequence"), calls),
        blocks,
        usage: tokens,
    })
}

/// The words of `stop_details`.
pub(super) fn explanation(details: &str) -> Option<Text<'_>> {
    Members::of(details).ok()?.decoded("explanation").filter(|words| !words.is_empty())
}

fn read_block<'a>(block: &Members<'a>) -> Result<Option<Block<'a>>, Unsound> {
    const LACKS: Unsound = Unsound("a block lacks what its type needs");
    let text = |key| block.decoded(key).ok_or(LACKS);
    let block = match block.word("type").as_deref() {
        Some("text") => Block::Text(text("text")?),
        Some("thinking") => {
            let seal = match block.decoded("signature") {
                Some(signature) if !signature.is_empty() => Seal::Signature(signature),
                _ => Seal::None,
            };
            Block::Thinking(Thinking { text: text("thinking")?, seal })
        }
        Some("redacted_thinking") => {
            Block::Thinking(Thinking { text: Text::default(), seal: Seal::Redacted(text("data")?) })
        }
        Some("tool_use") => {
            let input = block.part("input").filter(|input| input.starts_with('{')).unwrap_or("{}");
            Block::Call { id: text("id")?, name: text("name")?, input: input.into() }
        }
        _ => return Ok(None),
    };
    Ok(Some(block).filter(|block| !matches!(block, Block::Text(text) if text.is_empty())))
}

/// Writes an answer.
pub(super) fn write(answer: &Answer<'_>, wish: &Wish) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024);
    head(&answer.id, &answer.model, wish, &mut out);
    out.extend_from_slice(br#","content":["#);
    let mut sent = Sent::default();
    for (at, block) in answer.blocks.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        match block {
            Block::Call { .. } => sent.call = true,
            Block::Refusal(_) => sent.refusal = true,
            _ => {}
        }
        write_block(at, block, wish, &mut out);
    }
    let (reason, sequence) = stop::write(&answer.stop, sent);
    out.extend_from_slice(br#"],"stop_reason":""#);
    out.extend_from_slice(reason.as_bytes());
    out.extend_from_slice(br#"","stop_sequence":"#);
    match sequence {
        Some(sequence) => quote(&mut out, sequence),
        None => out.extend_from_slice(b"null"),
    }
    out.extend_from_slice(br#","usage":"#);
    write_usage::write(&answer.usage, true, &mut out);
    out.push(b'}');
    out
}

/// Appends what a message begins with, up to its model.
pub(super) fn head(id: &str, model: &str, wish: &Wish, out: &mut Vec<u8>) {
    let id = if id.is_empty() { wish.id.as_str() } else { id };
    let id = if id.starts_with("msg_") { id.to_owned() } else { format!("msg_{id}") };
    out.extend_from_slice(br#"{"id":"#);
    quote(out, &id);
    out.extend_from_slice(br#","type":"message","role":"assistant","model":"#);
    quote(out, if model.is_empty() { &wish.model } else { model });
}

/// Appends the opening of a call, its brace left open.
pub(super) fn call(at: usize, id: &str, name: &str, wish: &Wish, out: &mut Vec<u8>) {
    out.extend_from_slice(br#"{"type":"tool_use","id":"#);
    if id.is_empty() {
        quote(out, &format!("toolu_{}_{at}", wish.id));
    } else {
        quote(out, &call_id::safe(id));
    }
    out.extend_from_slice(br#","name":"#);
    quote(out, name);
}

fn write_block(at: usize, block: &Block<'_>, wish: &Wish, out: &mut Vec<u8>) {
    let member = |before: &str, text: &str, out: &mut Vec<u8>| {
        out.extend_from_slice(before.as_bytes());
        quote(out, text);
    };
    match block {
        Block::Text(text) | Block::Refusal(text) => member(r#"{"type":"text","text":"#, text, out),
        Block::Thinking(Thinking { text, seal: Seal::Redacted(data) }) if text.is_empty() => {
            member(r#"{"type":"redacted_thinking","data":"#, data, out);
        }
        Block::Thinking(Thinking { text, seal }) => {
            member(r#"{"type":"thinking","thinking":"#, text, out);
            member(r#","signature":"#, &signature(seal), out);
        }
        Block::Call { id, name, input } => {
            call(at, id, name, wish, out);
            out.extend_from_slice(br#","input":"#);
            out.extend_from_slice(input.as_bytes());
        }
    }
    out.push(b'}');
}

/// What stands in `signature` for a seal.
pub(super) fn signature<'s>(seal: &'s Seal<'_>) -> Text<'s> {
    match seal {
        Seal::Signature(text) => Text::Borrowed(text),
        seal => Text::Owned(seal.wrapped()),
    }
}
