//! Writes a stream: `message_start`, blocks in their order, `message_delta`, `message_stop`.
//!
//! Usage and the reason to stop may come in any order until the end, so `message_delta` goes out with the end: an
//! answer that was cut never looks like a complete one. It tells usage in full, which the vendor's SDKs merge into what
//! `message_start` said.

use std::io::Write as _;

use super::stop::{self, Sent};
use super::{answer, write_usage};
use crate::form::{Event, Opening, Stop};
use crate::translate::{Encode, Wish};
use crate::usage::Usage;
use crate::whole::json::quote;

/// See the module.
pub(super) struct Encoder {
    wish: Wish,
    started: bool,
    /// Every block that was opened.
    blocks: Vec<Block>,
    sent: Sent,
    usage: Usage,
    stop: Stop<'static>,
}

#[derive(Clone, Copy)]
struct Block {
    kind: Kind,
    open: bool,
    /// Something of it has gone out.
    told: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Thinking,
    Call,
}

impl Encoder {
    pub(super) fn new(wish: &Wish) -> Self {
        Self {
            wish: wish.clone(),
            started: false,
            blocks: Vec::new(),
            sent: Sent::default(),
            usage: Usage::default(),
            stop: Stop::End,
        }
    }

    fn start(&mut self, id: &str, model: &str, out: &mut Vec<u8>) {
        self.started = true;
        begin("message_start", out);
        out.extend_from_slice(br#","message":"#);
        answer::head(id, model, &self.wish, out);
        out.extend_from_slice(br#","content":[],"stop_reason":null,"stop_sequence":null,"usage":"#);
        write_usage::write(&self.usage, true, out);
        out.extend_from_slice(b"}}\n\n");
    }

    fn open(&mut self, at: u32, opening: &Opening<'_>, out: &mut Vec<u8>) {
        let kind = match opening {
            Opening::Text | Opening::Refusal => Kind::Text,
            Opening::Thinking => Kind::Thinking,
            Opening::Call { .. } => Kind::Call,
        };
        self.blocks.push(Block { kind, open: true, told: false });
        begin_at("content_block_start", at, out);
        out.extend_from_slice(br#","content_block":"#);
        match opening {
            Opening::Text => out.extend_from_slice(br#"{"type":"text","text":"""#),
            Opening::Refusal => {
                self.sent.refusal = true;
                out.extend_from_slice(br#"{"type":"text","text":"""#);
            }
            Opening::Thinking => {
                out.extend_from_slice(br#"{"type":"thinking","thinking":"","signature":"""#);
            }
            Opening::Call { id, name } => {
                self.sent.call = true;
                answer::call(self.blocks.len() - 1, id, name, &self.wish, out);
                out.extend_from_slice(br#","input":{}"#);
            }
        }
        out.extend_from_slice(b"}}\n\n");
    }

    /// The block, if it is open.
    fn block(&mut self, at: u32) -> Option<&mut Block> {
        self.blocks.get_mut(usize::try_from(at).ok()?).filter(|block| block.open)
    }

    fn text(&mut self, at: u32, text: &str, out: &mut Vec<u8>) {
        let Some(block) = self.block(at).filter(|_| !text.is_empty()) else { return };
        block.told = true;
        let member = match block.kind {
            Kind::Text => r#""text_delta","text":"#,
            Kind::Thinking => r#""thinking_delta","thinking":"#,
            Kind::Call => r#""input_json_delta","partial_json":"#,
        };
        delta(at, member, text, out);
    }

    fn close(&mut self, at: u32, out: &mut Vec<u8>) {
        let Some(block) = self.block(at) else { return };
        block.open = false;
        // Clients that join the pieces expect at least one.
        if block.kind == Kind::Call && !block.told {
            delta(at, r#""input_json_delta","partial_json":"#, "", out);
        }
        begin_at("content_block_stop", at, out);
        out.extend_from_slice(b"}\n\n");
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        for at in 0..self.blocks.len() {
            self.close(u32::try_from(at).unwrap_or(u32::MAX), out);
        }
        let (reason, sequence) = stop::write(&self.stop, self.sent);
        begin("message_delta", out);
        // Writing to a vector does not fail.
        let _ = write!(out, r#","delta":{{"stop_reason":"{reason}","stop_sequence":"#);
        match sequence {
            Some(sequence) => quote(out, sequence),
            None => out.extend_from_slice(b"null"),
        }
        out.extend_from_slice(br#"},"usage":"#);
        write_usage::write(&self.usage, false, out);
        out.extend_from_slice(b"}\n\n");
        begin("message_stop", out);
        out.extend_from_slice(b"}\n\n");
    }
}

impl Encode for Encoder {
    fn event(&mut self, event: &Event<'_>, out: &mut Vec<u8>) {
        if !self.started && !matches!(event, Event::Start { .. } | Event::Error { .. } | Event::Ping) {
            self.start("", "", out);
        }
        match event {
            Event::Start { id, model, .. } if !self.started => self.start(id, model, out),
            Event::Start { .. } => {}
            Event::Open(at, opening) => self.open(*at, opening, out),
            Event::Text(at, text) | Event::Input(at, text) => self.text(*at, text, out),
            Event::Seal(at, seal) => {
                let signature = answer::signature(seal);
                if self.block(*at).is_some_and(|b| b.kind == Kind::Thinking) && !signature.is_empty() {
                    delta(*at, r#""signature_delta","signature":"#, &signature, out);
                }
            }
            Event::Close(at) => self.close(*at, out),
            Event::Usage(usage) => self.usage = *usage,
            Event::Stop(stop) => self.stop = stop.clone().into_owned(),
            Event::End => self.end(out),
            Event::Error { kind, message } => {
                begin("error", out);
                out.extend_from_slice(br#","error":{"type":"#);
                quote(out, if kind.is_empty() { "api_error" } else { kind });
                out.extend_from_slice(br#","message":"#);
                quote(out, message);
                out.extend_from_slice(b"}}\n\n");
            }
            Event::Ping => {
                begin("ping", out);
                out.extend_from_slice(b"}\n\n");
            }
        }
    }
}

/// Appends an event's name and the beginning of its data.
fn begin(name: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\ndata: {\"type\":\"");
    out.extend_from_slice(name.as_bytes());
    out.push(b'"');
}

/// As [`begin`], for an event of the block `at`.
fn begin_at(name: &str, at: u32, out: &mut Vec<u8>) {
    begin(name, out);
    let _ = write!(out, r#","index":{at}"#);
}

fn delta(at: u32, member: &str, text: &str, out: &mut Vec<u8>) {
    begin_at("content_block_delta", at, out);
    out.extend_from_slice(br#","delta":{"type":"#);
    out.extend_from_slice(member.as_bytes());
    quote(out, text);
    out.extend_from_slice(b"}}\n\n");
}
