//! Events become chunks.
//!
//! What strict clients need: the role in the first delta; calls counted from 0, with id, type and name in their first
//! chunk; one chunk with the `finish_reason`; usage in a chunk of its own without choices, and only where it was asked for;
//! no named events. The input of a tool that takes free text is held until it ends: as JSON it comes in other words.

use super::thinking::Details;
use super::{answer, calls, stop, usage};
use crate::dialect::{Dialect, openai_chat::OpenaiChat};
use crate::form::{Event, Opening, Seal};
use crate::translate::{Encode, Wish};
use crate::usage::Usage;
use crate::whole::{MOST, json};

/// See the module.
pub(super) struct Encoder {
    wish: Wish,
    /// Every chunk until the delta.
    head: Vec<u8>,
    open: Vec<(u32, Open)>,
    calls: usize,
    refused: bool,
    details: Details,
    usage: Option<Usage>,
}

/// A block that is open.
enum Open {
    Text,
    Refusal,
    Thinking {
        len: usize,
        /// Kept where it is not the first.
        text: String,
        seal: Seal<'static>,
    },
    Call {
        index: usize,
        sent: bool,
    },
    Free {
        index: usize,
        input: String,
    },
}

const DELTA: &[u8] = b"\"choices\":[{\"index\":0,\"delta\":";

impl Encoder {
    pub(super) fn new(wish: &Wish) -> Self {
        let mut encoder = Self {
            wish: wish.clone(),
            head: Vec::new(),
            open: Vec::new(),
            calls: 0,
            refused: false,
            details: Details::default(),
            usage: None,
        };
        encoder.begin("", "", None);
        encoder
    }

    fn begin(&mut self, id: &str, model: &str, created: Option<i64>) {
        self.head = b"data: {\"id\":".to_vec();
        json::quote(&mut self.head, &answer::id(id, &self.wish));
        let created = created.unwrap_or(self.wish.created);
        let rest = format!(",\"object\":\"chat.completion.chunk\",\"created\":{created},\"model\":");
        self.head.extend_from_slice(rest.as_bytes());
        json::quote(&mut self.head, if model.is_empty() { &self.wish.model } else { model });
        self.head.push(b',');
    }

    /// One chunk with one delta.
    fn chunk(&self, out: &mut Vec<u8>, delta: impl FnOnce(&mut Vec<u8>), finish: Option<&str>) {
        out.extend_from_slice(&self.head);
        out.extend_from_slice(DELTA);
        delta(out);
        out.extend_from_slice(b",\"finish_reason\":");
        match finish {
            Some(word) => json::quote(out, word),
            None => out.extend_from_slice(b"null"),
        }
        // The vendor says so in every chunk of a stream that will tell usage.
        out.extend_from_slice(if self.wish.stream_usage { b"}],\"usage\":null}\n\n" } else { b"}]}\n\n" });
    }

    /// One chunk with one text.
    fn text(&self, out: &mut Vec<u8>, before: &[u8], text: &str, after: &[u8]) {
        self.chunk(
            out,
            |out| {
                out.extend_from_slice(before);
                json::quote(out, text);
                out.extend_from_slice(after);
            },
            None,
        );
    }

    fn open(&mut self, block: u32, opening: &Opening<'_>, out: &mut Vec<u8>) {
        let open = match opening {
            Opening::Text => Open::Text,
            Opening::Refusal => Open::Refusal,
            Opening::Thinking => Open::Thinking { len: 0, text: String::new(), seal: Seal::None },
            Opening::Call { id, name } => {
                let index = self.calls;
                self.calls += 1;
                let free = self.wish.free.contains(&**name);
                let (kind, key) = if free { ("custom", "input") } else { ("function", "arguments") };
                self.chunk(
                    out,
                    |out| {
                        out.extend_from_slice(
                            format!("{{\"tool_calls\":[{{\"index\":{index},\"id\":").as_bytes(),
                        );
                        json::quote(out, id);
                        out.extend_from_slice(
                            format!(",\"type\":\"{kind}\",\"{kind}\":{{\"name\":").as_bytes(),
                        );
                        json::quote(out, name);
                        out.extend_from_slice(format!(",\"{key}\":\"\"}}}}]}}").as_bytes());
                    },
                    None,
                );
                if free {
                    Open::Free { index, input: String::new() }
                } else {
                    Open::Call { index, sent: false }
                }
            }
        };
        self.open.push((block, open));
    }

    fn find(&mut self, block: u32) -> Option<&mut Open> {
        self.open.iter_mut().rev().find(|(number, _)| *number == block).map(|(_, open)| open)
    }

    fn said(&mut self, block: u32, text: &str, out: &mut Vec<u8>) {
        let is_first = self.details.is_first();
        let before: &[u8] = match self.find(block) {
            Some(Open::Text) => b"{\"content\":",
            Some(Open::Refusal) => {
                self.refused = true;
                b"{\"refusal\":"
            }
            Some(Open::Thinking { len, text: kept, .. }) => {
                *len += text.len();
                if !is_first && kept.len() + text.len() <= MOST {
                    kept.push_str(text);
                }
                b"{\"reasoning_content\":"
            }
            _ => return,
        };
        self.text(out, before, text, b"}");
    }

    fn input(&mut self, block: u32, text: &str, out: &mut Vec<u8>) {
        match self.find(block) {
            Some(Open::Call { index, sent }) => {
                *sent = true;
                let index = *index;
                self.arguments(index, text, out);
            }
            Some(Open::Free { input, .. }) if input.len() + text.len() <= MOST => input.push_str(text),
            _ => {}
        }
    }

    fn arguments(&self, index: usize, text: &str, out: &mut Vec<u8>) {
        let before = format!("{{\"tool_calls\":[{{\"index\":{index},\"function\":{{\"arguments\":");
        self.text(out, before.as_bytes(), text, b"}}]}");
    }

    fn close(&mut self, block: u32, out: &mut Vec<u8>) {
        let Some(at) = self.open.iter().rposition(|(number, _)| *number == block) else { return };
        match self.open.remove(at).1 {
            Open::Text | Open::Refusal | Open::Call { sent: true, .. } => {}
            Open::Call { index, .. } => self.arguments(index, "{}", out),
            Open::Free { index, input } => {
                let text = calls::freed(&input).unwrap_or_default();
                let before = format!("{{\"tool_calls\":[{{\"index\":{index},\"custom\":{{\"input\":");
                self.text(out, before.as_bytes(), &text, b"}}]}");
            }
            Open::Thinking { len, text, seal } => {
                if let Some(detail) = self.details.end(len, &text, &seal) {
                    let delta = |out: &mut Vec<u8>| {
                        out.extend_from_slice(b"{\"reasoning_details\":[");
                        out.extend_from_slice(&detail);
                        out.extend_from_slice(b"]}");
                    };
                    self.chunk(out, delta, None);
                }
            }
        }
    }

    fn end(&self, out: &mut Vec<u8>) {
        if let Some(usage) = self.usage.filter(|_| self.wish.stream_usage) {
            out.extend_from_slice(&self.head);
            out.extend_from_slice(b"\"choices\":[],\"usage\":");
            usage::push(out, &usage);
            out.extend_from_slice(b"}\n\n");
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
    }
}

impl Encode for Encoder {
    fn event(&mut self, event: &Event<'_>, out: &mut Vec<u8>) {
        match event {
            Event::Start { id, model, created } => {
                self.begin(id, model, *created);
                self.chunk(
                    out,
                    |out| out.extend_from_slice(b"{\"role\":\"assistant\",\"content\":\"\"}"),
                    None,
                );
            }
            Event::Open(block, opening) => self.open(*block, opening, out),
            Event::Text(block, text) => self.said(*block, text, out),
            Event::Input(block, text) => self.input(*block, text, out),
            Event::Seal(block, sealed) => {
                if let Some(Open::Thinking { seal, .. }) = self.find(*block) {
                    *seal = sealed.clone().into_owned();
                }
            }
            Event::Close(block) => self.close(*block, out),
            Event::Usage(usage) => self.usage = Some(*usage),
            Event::Stop(stop) => {
                let word = stop::word(stop, self.calls > 0, self.refused);
                self.chunk(out, |out| out.extend_from_slice(b"{}"), Some(word));
            }
            Event::End => self.end(out),
            Event::Error { kind, message } => {
                out.extend_from_slice(&OpenaiChat.error_event(kind, message, &self.wish.id));
            }
            Event::Ping => out.extend_from_slice(b": ping\n\n"),
        }
    }
}

#[cfg(test)]
mod tests;
