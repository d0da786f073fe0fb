//! One block of a stream that is written, as the events of one item.
//!
//! Clients that gather the pieces want every event between an item's beginning and end; Codex takes the finished item
//! alone. So each text comes in its deltas and once more as a whole.

use super::free::Free;
use super::items::{Item, part, summary_part};
use super::response::number;
use super::spaces::Spaces;
use crate::form::Opening;
use crate::translate::Wish;
use crate::whole::json;

/// A stream that is being written.
pub(super) struct Out<'o> {
    /// The number of its next event.
    pub(super) number: &'o mut u64,
    pub(super) bytes: &'o mut Vec<u8>,
}

/// What all blocks of an answer share.
#[derive(Clone, Copy)]
pub(super) struct Shared<'s> {
    /// What their ids have in common.
    pub(super) stem: &'s str,
    pub(super) spaces: &'s Spaces,
    pub(super) wish: &'s Wish,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Block {
    n: u32,
    kind: Kind,
    /// The members that its events share, each behind a comma.
    place: Vec<u8>,
    /// All of its text so far.
    text: String,
}

#[derive(Debug)]
enum Kind {
    Text,
    Refusal,
    /// Whether its part has begun, and what its author wants back.
    Thinking {
        begun: bool,
        sealed: Option<String>,
    },
    Call {
        id: String,
        name: String,
    },
    Free {
        id: String,
        name: String,
        free: Free,
    },
    Shell {
        id: String,
    },
}

impl Out<'_> {
    /// Begins the event `kind`; [`Out::end`] ends it.
    pub(super) fn begin(&mut self, kind: &str) -> &mut Vec<u8> {
        for text in ["event: ", kind, "\ndata: {\"type\":\"", kind, "\",\"sequence_number\":"] {
            self.bytes.extend_from_slice(text.as_bytes());
        }
        number(*self.number, self.bytes);
        *self.number += 1;
        self.bytes
    }

    pub(super) fn end(&mut self) {
        self.bytes.extend_from_slice(b"}\n\n");
    }

    /// An event with one member beside those of its place.
    fn event(&mut self, kind: &str, place: &[u8], key: &str, value: impl FnOnce(&mut Vec<u8>)) {
        let bytes = self.begin(kind);
        bytes.extend_from_slice(place);
        for text in [",\"", key, "\":"] {
            bytes.extend_from_slice(text.as_bytes());
        }
        value(bytes);
        self.end();
    }

    fn text(&mut self, kind: &str, place: &[u8], key: &str, text: &str) {
        self.event(kind, place, key, |bytes| json::quote(bytes, text));
    }
}

impl Block {
    /// Writes the beginning of the block `n`.
    pub(super) fn open(n: u32, opening: &Opening<'_>, shared: Shared<'_>, out: &mut Out<'_>) -> Self {
        let kind = match opening {
            Opening::Text => Kind::Text,
            Opening::Refusal => Kind::Refusal,
            Opening::Thinking => Kind::Thinking { begun: false, sealed: None },
            Opening::Call { id, name } => {
                let (id, name) = (id.as_ref().to_owned(), name.as_ref().to_owned());
                if shared.spaces.is_shell(&name) {
                    Kind::Shell { id }
                } else if shared.wish.free.contains(&name) {
                    Kind::Free { id, name, free: Free::default() }
                } else {
                    Kind::Call { id, name }
                }
            }
        };
        let mut block = Self { n, kind, place: Vec::with_capacity(96), text: String::new() };
        block.place.extend_from_slice(b",\"item_id\":");
        let mut id = Vec::new();
        block.item(shared, true).write_id(shared.stem, n, &mut id);
        block.place.append(&mut id);
        block.place.extend_from_slice(b",\"output_index\":");
        number(n, &mut block.place);
        let part_place: &[u8] = match block.kind {
            Kind::Text | Kind::Refusal => b",\"content_index\":0",
            Kind::Thinking { .. } => b",\"summary_index\":0",
            Kind::Call { .. } | Kind::Free { .. } | Kind::Shell { .. } => b"",
        };
        block.place.extend_from_slice(part_place);
        match block.kind {
            // Its action is known when it is whole.
            Kind::Shell { .. } => {}
            _ => block.item_event("response.output_item.added", "in_progress", true, shared, out),
        }
        if let Kind::Text | Kind::Refusal = block.kind {
            block.part_event("response.content_part.added", "", out);
        }
        block
    }

    /// More of a text, of thinking, or of a refusal. Gives how much more is kept.
    pub(super) fn text(&mut self, text: &str, out: &mut Out<'_>) -> usize {
        if text.is_empty() {
            return 0;
        }
        match &mut self.kind {
            Kind::Text => out.event("response.output_text.delta", &self.place, "delta", |bytes| {
                json::quote(bytes, text);
                bytes.extend_from_slice(b",\"logprobs\":[]");
            }),
            Kind::Refusal => out.text("response.refusal.delta", &self.place, "delta", text),
            Kind::Thinking { begun, .. } => {
                if !*begun {
                    *begun = true;
                    let part = |bytes: &mut Vec<u8>| summary_part("", bytes);
                    out.event("response.reasoning_summary_part.added", &self.place, "part", part);
                }
                out.text("response.reasoning_summary_text.delta", &self.place, "delta", text);
            }
            Kind::Call { .. } | Kind::Free { .. } | Kind::Shell { .. } => return 0,
        }
        self.text.push_str(text);
        text.len()
    }

    /// More of the JSON of a call's input. Gives how much more is kept.
    pub(super) fn input(&mut self, input: &str, out: &mut Out<'_>) -> usize {
        match &mut self.kind {
            Kind::Call { .. } if !input.is_empty() => {
                out.text("response.function_call_arguments.delta", &self.place, "delta", input);
                self.text.push_str(input);
            }
            Kind::Free { free, .. } => {
                let from = self.text.len();
                free.piece(input, &mut self.text);
                self.free_delta(from, out);
            }
            Kind::Shell { .. } => self.text.push_str(input),
            _ => {}
        }
        input.len()
    }

    /// What the author of thinking wants back.
    pub(super) fn seal(&mut self, seal: Option<String>) -> usize {
        let length = seal.as_ref().map_or(0, String::len);
        if let Kind::Thinking { sealed, .. } = &mut self.kind {
            *sealed = seal;
        }
        length
    }

    /// Writes the end of the block; gives the finished item.
    pub(super) fn close(mut self, shared: Shared<'_>, out: &mut Out<'_>) -> Vec<u8> {
        let place = std::mem::take(&mut self.place);
        match &mut self.kind {
            Kind::Text => out.event("response.output_text.done", &place, "text", |bytes| {
                json::quote(bytes, &self.text);
                bytes.extend_from_slice(b",\"logprobs\":[]");
            }),
            Kind::Refusal => out.text("response.refusal.done", &place, "refusal", &self.text),
            Kind::Thinking { begun: false, .. } => {}
            Kind::Thinking { .. } => {
                out.text("response.reasoning_summary_text.done", &place, "text", &self.text);
                let part = |bytes: &mut Vec<u8>| summary_part(&self.text, bytes);
                out.event("response.reasoning_summary_part.done", &place, "part", part);
            }
            Kind::Call { name, .. } => {
                let (_, name) = shared.spaces.split(name);
                if self.text.trim().is_empty() {
                    "{}".clone_into(&mut self.text);
                    out.text("response.function_call_arguments.delta", &place, "delta", &self.text);
                }
                out.event("response.function_call_arguments.done", &place, "arguments", |bytes| {
                    json::quote(bytes, &self.text);
                    bytes.extend_from_slice(b",\"name\":");
                    json::quote(bytes, name);
                });
            }
            Kind::Free { free, .. } => {
                let from = self.text.len();
                free.finish(&mut self.text);
                self.place = place;
                self.free_delta(from, out);
                out.text("response.custom_tool_call_input.done", &self.place, "input", &self.text);
                return self.finished(shared, out);
            }
            Kind::Shell { .. } => {
                self.item_event("response.output_item.added", "in_progress", false, shared, out)
            }
        }
        self.place = place;
        if let Kind::Text | Kind::Refusal = self.kind {
            self.part_event("response.content_part.done", &self.text, out);
        }
        self.finished(shared, out)
    }

    fn finished(&self, shared: Shared<'_>, out: &mut Out<'_>) -> Vec<u8> {
        let mut item = Vec::with_capacity(self.text.len() + 160);
        self.item(shared, false).write(shared.stem, self.n, "completed", &mut item);
        let bytes = out.begin("response.output_item.done");
        bytes.extend_from_slice(b",\"output_index\":");
        number(self.n, bytes);
        bytes.extend_from_slice(b",\"item\":");
        bytes.extend_from_slice(&item);
        out.end();
        item
    }

    fn free_delta(&self, from: usize, out: &mut Out<'_>) {
        let text = self.text.get(from..).unwrap_or_default();
        if !text.is_empty() {
            out.text("response.custom_tool_call_input.delta", &self.place, "delta", text);
        }
    }

    fn part_event(&self, kind: &str, text: &str, out: &mut Out<'_>) {
        let is_refusal = matches!(self.kind, Kind::Refusal);
        out.event(kind, &self.place, "part", |bytes| part(text, is_refusal, bytes));
    }

    fn item_event(&self, kind: &str, status: &str, is_empty: bool, shared: Shared<'_>, out: &mut Out<'_>) {
        let bytes = out.begin(kind);
        bytes.extend_from_slice(b",\"output_index\":");
        number(self.n, bytes);
        bytes.extend_from_slice(b",\"item\":");
        self.item(shared, is_empty).write(shared.stem, self.n, status, bytes);
        out.end();
    }

    /// The block as an item; `is_empty`: as one that begins.
    fn item<'b>(&'b self, shared: Shared<'b>, is_empty: bool) -> Item<'b> {
        let text = if is_empty { "" } else { self.text.as_str() };
        match &self.kind {
            Kind::Text => Item::Text((!is_empty).then_some(text)),
            Kind::Refusal => Item::Refusal((!is_empty).then_some(text)),
            Kind::Thinking { sealed, .. } => {
                Item::Thinking { id: None, summary: text, sealed: sealed.as_deref() }
            }
            Kind::Call { id, name } => Item::Call { id, name: shared.spaces.split(name), arguments: text },
            Kind::Free { id, name, .. } => Item::Free { id, name: shared.spaces.split(name), input: text },
            Kind::Shell { id } => Item::Shell { id, arguments: text },
        }
    }
}
