//! Writes messages as JSON.
//!
//! A content of texts alone is one text: many servers take no list of parts, or only from users. Thinking is handed back by
//! [`ThinkingField`]; where DeepSeek wants it only in the loop of tools that runs, it also wants it in every earlier loop
//! that called one, and a call without any is refused by all that are switched by `thinking`: they get an empty text.

use siphasher::sip128::SipHasher13;

use super::turns::{Message, Piece, Speaker, joined};
use super::{Losses, media};
use crate::form::{Effort, Refused, Request, Seal, Text};
use crate::quirks::{EffortField, Quirks, ThinkingField};
use crate::whole::json;

/// Longest id of a call that OpenAI takes.
const LONGEST_ID: usize = 40;

/// Appends the list of messages.
pub(super) fn push(
    out: &mut Vec<u8>,
    messages: &[Message<'_>],
    request: &Request<'_>,
    quirks: &Quirks,
    losses: &mut Losses<'_>,
) -> Result<(), Refused> {
    let wanted = thinking_wanted(messages, quirks);
    let thinks = request.reasoning.effort != Some(Effort::Off);
    out.push(b'[');
    for (at, message) in messages.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(b"{\"role\":");
        let role = match message.role {
            Speaker::System if quirks.developer => "developer",
            Speaker::System => "system",
            Speaker::User => "user",
            Speaker::Assistant => "assistant",
            Speaker::Tool(_) => "tool",
        };
        json::quote(out, role);
        if let Speaker::Tool(id) = message.role {
            member(out, "tool_call_id", &call_id(id));
        }
        if let Some(name) = message.name {
            member(out, "name", name);
        }
        content(out, message)?;
        if let Some(cache) = message.cache {
            mark(out, cache);
        }
        if message.role == Speaker::Assistant {
            if wanted[at] {
                thinking(out, message, quirks, thinks);
            } else if !message.thinking.is_empty() {
                losses.add("messages[].content[].thinking");
            }
            calls(out, message);
        }
        out.push(b'}');
    }
    out.push(b']');
    Ok(())
}

fn content(out: &mut Vec<u8>, message: &Message<'_>) -> Result<(), Refused> {
    out.extend_from_slice(b",\"content\":");
    if message.pieces.is_empty() && !message.calls.is_empty() {
        out.extend_from_slice(b"null");
        return Ok(());
    }
    if message.pieces.iter().all(|piece| matches!(piece, Piece::Text { cache: None, .. })) {
        json::quote(out, &joined(&message.pieces));
        return Ok(());
    }
    out.push(b'[');
    for (at, piece) in message.pieces.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        match piece {
            Piece::Text { text, cache, .. } => {
                out.extend_from_slice(b"{\"type\":\"text\"");
                member(out, "text", text);
                if let Some(cache) = cache {
                    mark(out, cache);
                }
                out.push(b'}');
            }
            Piece::Media(media) => media::push(out, media)?,
        }
    }
    out.push(b']');
    Ok(())
}

fn calls(out: &mut Vec<u8>, message: &Message<'_>) {
    for (at, (id, name, input)) in message.calls.iter().enumerate() {
        out.extend_from_slice(if at == 0 { b",\"tool_calls\":[" } else { b"," });
        out.extend_from_slice(b"{\"type\":\"function\"");
        member(out, "id", &call_id(id));
        out.extend_from_slice(b",\"function\":{\"name\":");
        json::quote(out, name);
        member(out, "arguments", input);
        out.extend_from_slice(b"}}");
    }
    if !message.calls.is_empty() {
        out.push(b']');
    }
}

/// Which messages carry their thinking.
fn thinking_wanted(messages: &[Message<'_>], quirks: &Quirks) -> Vec<bool> {
    match quirks.thinking_field {
        ThinkingField::None => vec![false; messages.len()],
        ThinkingField::Content | ThinkingField::Details => vec![true; messages.len()],
        ThinkingField::ContentInLoop => {
            // From behind: a loop begins where a person has spoken.
            let mut wanted = vec![false; messages.len()];
            let (mut end, mut is_last) = (messages.len(), true);
            for (at, message) in messages.iter().enumerate().rev() {
                let begins = message.role == Speaker::User && !message.aside;
                if begins || at == 0 {
                    let part = at..end;
                    let called = messages[part.clone()].iter().any(|message| !message.calls.is_empty());
                    wanted[part].fill(is_last || called);
                    (end, is_last) = (at, false);
                }
            }
            wanted
        }
    }
}

fn thinking(out: &mut Vec<u8>, message: &Message<'_>, quirks: &Quirks, thinks: bool) {
    let text: String = message.thinking.iter().map(|thinking| thinking.text.as_ref()).collect();
    if quirks.thinking_field == ThinkingField::Details {
        if !text.is_empty() {
            member(out, "reasoning", &text);
        }
        let own = message.thinking.iter().filter_map(|thinking| match &thinking.seal {
            Seal::Details(details) => json::items(details).ok(),
            _ => None,
        });
        let own: Vec<&str> = own.flatten().collect();
        if !own.is_empty() {
            out.extend_from_slice(b",\"reasoning_details\":");
            out.extend_from_slice(json::listed(own).as_bytes());
        }
        return;
    }
    let must = thinks && quirks.effort_field == EffortField::Thinking && !message.calls.is_empty();
    if must || !text.is_empty() {
        member(out, "reasoning_content", &text);
    }
}

fn mark(out: &mut Vec<u8>, cache: &str) {
    out.extend_from_slice(b",\"cache_control\":");
    out.extend_from_slice(cache.as_bytes());
}

fn member(out: &mut Vec<u8>, key: &str, text: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
    json::quote(out, text);
}

/// An id that the endpoint takes: a longer one is replaced, the same by the same.
fn call_id(id: &str) -> Text<'_> {
    if id.len() <= LONGEST_ID {
        return Text::Borrowed(id);
    }
    let hash = SipHasher13::new().hash(id.as_bytes()).as_u128();
    Text::Owned(format!("call_{hash:032x}"))
}
