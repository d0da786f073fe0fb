//! The items of an answer's `output`.

use super::response::number;
use super::spaces;
use crate::whole::json;

/// An item, or the beginning of one: then its texts are empty.
#[derive(Debug, Clone, Copy)]
pub(super) enum Item<'a> {
    /// A message; `None` before its part has begun.
    Text(Option<&'a str>),
    /// A message that is a refusal.
    Refusal(Option<&'a str>),
    /// Reasoning.
    Thinking {
        /// Its author's id for it.
        id: Option<&'a str>,
        summary: &'a str,
        sealed: Option<&'a str>,
    },
    /// A call of a function.
    Call { id: &'a str, name: Name<'a>, arguments: &'a str },
    /// A call of a tool that takes free text.
    Free { id: &'a str, name: Name<'a>, input: &'a str },
    /// A call of the local shell, whose `action` is made of these arguments.
    Shell { id: &'a str, arguments: &'a str },
}

/// A tool's namespace, if it has one, and name.
pub(super) type Name<'a> = (Option<&'a str>, &'a str);

impl Item<'_> {
    /// Appends the id of the item at place `n` of the answer whose ids have `stem` in common.
    pub(super) fn write_id(&self, stem: &str, n: u32, out: &mut Vec<u8>) {
        let prefix = match self {
            Self::Thinking { id: Some(id), .. } => return json::quote(out, id),
            Self::Text(_) | Self::Refusal(_) => "msg_",
            Self::Thinking { .. } => "rs_",
            Self::Call { .. } => "fc_",
            Self::Free { .. } => "ctc_",
            Self::Shell { .. } => "lsh_",
        };
        out.push(b'"');
        out.extend_from_slice(prefix.as_bytes());
        out.extend_from_slice(stem.as_bytes());
        out.push(b'_');
        number(n, out);
        out.push(b'"');
    }

    /// Appends the item. `status` is `in_progress`, `completed` or `incomplete`.
    pub(super) fn write(&self, stem: &str, n: u32, status: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(br#"{"id":"#);
        self.write_id(stem, n, out);
        match *self {
            Self::Text(text) => message(status, text, false, out),
            Self::Refusal(text) => message(status, text, true, out),
            Self::Thinking { summary, sealed, .. } => {
                out.extend_from_slice(br#","type":"reasoning","summary":["#);
                if !summary.is_empty() {
                    summary_part(summary, out);
                }
                out.push(b']');
                if let Some(sealed) = sealed {
                    out.extend_from_slice(br#","encrypted_content":"#);
                    json::quote(out, sealed);
                }
                out.push(b'}');
            }
            Self::Call { id, name, arguments } => {
                call("function_call", status, id, name, out);
                out.extend_from_slice(br#","arguments":"#);
                json::quote(out, arguments);
                out.push(b'}');
            }
            Self::Free { id, name, input } => {
                call("custom_tool_call", status, id, name, out);
                out.extend_from_slice(br#","input":"#);
                json::quote(out, input);
                out.push(b'}');
            }
            Self::Shell { id, arguments } => {
                begin("local_shell_call", status, id, out);
                out.extend_from_slice(br#","action":"#);
                out.extend_from_slice(spaces::action(arguments).as_bytes());
                out.push(b'}');
            }
        }
    }
}

fn message(status: &str, text: Option<&str>, is_refusal: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(br#","type":"message","status":""#);
    out.extend_from_slice(status.as_bytes());
    out.extend_from_slice(br#"","role":"assistant","content":["#);
    if let Some(text) = text {
        part(text, is_refusal, out);
    }
    out.extend_from_slice(b"]}");
}

/// Appends the part of a message.
pub(super) fn part(text: &str, is_refusal: bool, out: &mut Vec<u8>) {
    if is_refusal {
        out.extend_from_slice(br#"{"type":"refusal","refusal":"#);
        json::quote(out, text);
        out.push(b'}');
    } else {
        out.extend_from_slice(br#"{"type":"output_text","annotations":[],"logprobs":[],"text":"#);
        json::quote(out, text);
        out.push(b'}');
    }
}

/// Appends the part of a summary.
pub(super) fn summary_part(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(br#"{"type":"summary_text","text":"#);
    json::quote(out, text);
    out.push(b'}');
}

fn begin(kind: &str, status: &str, id: &str, out: &mut Vec<u8>) {
    for text in [r#","type":""#, kind, r#"","status":""#, status, r#"","call_id":"#] {
        out.extend_from_slice(text.as_bytes());
    }
    json::quote(out, id);
}

fn call(kind: &str, status: &str, id: &str, (space, name): Name<'_>, out: &mut Vec<u8>) {
    begin(kind, status, id, out);
    out.extend_from_slice(br#","name":"#);
    json::quote(out, name);
    if let Some(space) = space {
        out.extend_from_slice(br#","namespace":"#);
        json::quote(out, space);
    }
}
