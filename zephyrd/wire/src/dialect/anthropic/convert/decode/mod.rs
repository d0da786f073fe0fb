//! Reads a stream.
//!
//! An event is taken apart once, and its text is borrowed where it holds no escapes. Blocks of tools that the vendor ran
//! and blocks that nobody knows are passed over, so the numbers of the others close up. A text block begins with its
//! first text.

mod block;
mod frame;

use serde_json::value::RawValue;

use self::block::{Block, Kind, seal, take};
use self::frame::{Delta, Frame};
use super::{answer, stop};
use crate::dialect::anthropic::usage;
use crate::form::{Event, Joined, Opening, Seal, Stop, Text};
use crate::translate::Decode;
use crate::usage::Usage;
use crate::whole::Unsound;
use crate::whole::json::{self, Members};
use crate::whole::repeat::Repeat;

/// Most blocks that are open at one time.
const MOST_OPEN: usize = 256;

/// See the module.
#[derive(Default)]
pub(super) struct Decoder {
    started: bool,
    stopped: bool,
    ended: bool,
    /// Blocks that are open, by the vendor's number.
    open: Vec<(u64, Block)>,
    /// The number of the next block.
    next: u32,
    calls: bool,
    usage: Usage,
    /// The delta before, and the vendor's number of its block.
    before: Repeat,
    grown: u64,
}

type Each<'e> = &'e mut dyn FnMut(Event<'_>);

impl Decode for Decoder {
    fn event(&mut self, name: &[u8], data: &[u8], each: Each<'_>) -> Result<(), Unsound> {
        if self.ended || data.is_empty() || data == b"[DONE]" {
            return Ok(());
        }
        if let Some(raw) = self.before.text(data) {
            if let Some((_, block)) = self.open.iter_mut().rev().find(|(index, _)| *index == self.grown) {
                block.more(raw, &mut self.next, each);
            }
            return Ok(());
        }
        self.before.clear();
        let frame: Frame<'_> =
            serde_json::from_slice(data).map_err(|_| Unsound("an event's data is no JSON of its kind"))?;
        let kind = if frame.kind.is_empty() { String::from_utf8_lossy(name) } else { frame.kind };
        match kind.as_ref() {
            // Nothing may come before the start.
            "ping" if !self.started => {}
            "ping" => each(Event::Ping),
            "error" => self.error(data, each),
            "message_start" => return self.start(frame.message, each),
            _ if !self.started => return Err(Unsound("an event came before `message_start`")),
            "content_block_delta" => self.delta(frame.index, frame.delta.as_ref(), data, each),
            "content_block_start" => return self.begin(frame.index, frame.content_block, each),
            "content_block_stop" => self.close(frame.index, each),
            "message_delta" => self.tail(frame.delta.as_ref(), frame.usage, each),
            "message_stop" => {
                self.stop(stop::read("", None, self.calls), each);
                self.ended = true;
                each(Event::End);
            }
            _ => {}
        }
        Ok(())
    }
}

impl Decoder {
    fn error(&mut self, data: &[u8], each: Each<'_>) {
        let (kind, message) = crate::dialect::read_error(data).unwrap_or_default();
        each(Event::Error { kind: kind.into(), message: message.into() });
    }

    fn start(&mut self, message: Option<&RawValue>, each: Each<'_>) -> Result<(), Unsound> {
        if self.started {
            return Err(Unsound("a message starts twice"));
        }
        self.started = true;
        let message = message.and_then(|raw| Members::of(raw.get()).ok()).unwrap_or_default();
        each(Event::Start {
            id: message.word("id").unwrap_or_default(),
            model: message.word("model").unwrap_or_default(),
            created: None,
        });
        if let Some(told) = message.given("usage") {
            self.count(told, each);
        }
        Ok(())
    }

    fn count(&mut self, told: &str, each: Each<'_>) {
        usage::take(told.as_bytes(), &mut self.usage);
        each(Event::Usage(self.usage));
    }

    fn begin(&mut self, index: Option<u64>, block: Option<&RawValue>, each: Each<'_>) -> Result<(), Unsound> {
        let index = index.ok_or(Unsound("a block has no `index`"))?;
        if self.stopped {
            return Err(Unsound("a block starts after the message has stopped"));
        }
        let block =
            block.and_then(|raw| Members::of(raw.get()).ok()).ok_or(Unsound("a block has no shape"))?;
        if self.open.len() == MOST_OPEN || self.open.iter().any(|(other, _)| *other == index) {
            return Err(Unsound("a block starts twice, or too many are open"));
        }
        let kind = match block.word("type").as_deref() {
            Some("text") => Kind::Text,
            Some("thinking") => Kind::Thinking,
            Some("redacted_thinking") => Kind::Redacted,
            Some("tool_use") => {
                let input = block.get("input").filter(|v| v.starts_with('{') && !json::is_nothing(v));
                Kind::Call(input.map(str::to_owned))
            }
            _ => return Ok(()),
        };
        let opening = match &kind {
            Kind::Text => None,
            Kind::Thinking | Kind::Redacted => Some(Opening::Thinking),
            Kind::Call(_) => {
                self.calls = true;
                let word = |key| block.name(key).ok_or(Unsound("a call has no name or no id"));
                Some(Opening::Call { id: word("id")?, name: word("name")? })
            }
        };
        let mut begun = Block { at: None, kind, joined: Joined::default() };
        if let Some(opening) = opening {
            begun.at = Some(take(&mut self.next));
            each(Event::Open(self.next - 1, opening));
        }
        // What a server tells at once instead of in a delta.
        match (&begun.kind, begun.at) {
            (Kind::Text, _) => begun.text(block.get("text"), &mut self.next, each),
            (Kind::Thinking, Some(at)) => {
                begun.text(block.get("thinking"), &mut self.next, each);
                seal(at, block.name("signature").map(Seal::Signature), each);
            }
            (Kind::Redacted, Some(at)) => seal(at, block.name("data").map(Seal::Redacted), each),
            _ => {}
        }
        self.open.push((index, begun));
        Ok(())
    }

    fn delta(&mut self, index: Option<u64>, delta: Option<&Delta<'_>>, data: &[u8], each: Each<'_>) {
        let (Some(index), Some(delta)) = (index, delta) else { return };
        let Some((_, block)) = self.open.iter_mut().rev().find(|(other, _)| *other == index) else { return };
        let more = match &block.kind {
            Kind::Text => delta.text,
            Kind::Thinking => delta.thinking,
            Kind::Call(_) => delta.partial_json,
            Kind::Redacted => None,
        };
        if let Some(raw) = more.map(RawValue::get) {
            block.more(raw, &mut self.next, each);
            // With a seal beside, it is not like the next one.
            if delta.signature.is_none() {
                self.before.note(data, raw, None);
                self.grown = index;
            }
        }
        if let (Kind::Thinking, Some(at), Some(signature)) = (&block.kind, block.at, delta.signature) {
            let signature = json::word(signature.get()).filter(|text| !text.is_empty());
            seal(at, signature.map(Seal::Signature), each);
        }
    }

    fn close(&mut self, index: Option<u64>, each: Each<'_>) {
        let Some(place) = self.open.iter().position(|(other, _)| Some(*other) == index) else { return };
        let (_, block) = self.open.remove(place);
        block.close(each);
    }

    fn tail(&mut self, delta: Option<&Delta<'_>>, told: Option<&RawValue>, each: Each<'_>) {
        if let Some(told) = told {
            self.count(told.get(), each);
        }
        let Some(delta) = delta else { return };
        let word =
            |raw: Option<&'_ RawValue>| raw.and_then(|raw| json::word(raw.get()).map(Text::into_owned));
        let Some(reason) = word(delta.stop_reason) else { return };
        // A refusal before the first word has its words here alone.
        if self.next == 0
            && let Some(words) = delta.stop_details.and_then(|raw| answer::explanation(raw.get()))
        {
            let at = take(&mut self.next);
            each(Event::Open(at, Opening::Refusal));
            each(Event::Text(at, words));
            each(Event::Close(at));
        }
        let sequence = word(delta.stop_sequence).map(Text::Owned);
        self.stop(stop::read(&reason, sequence, self.calls), each);
    }

    fn stop(&mut self, stop: Stop<'_>, each: Each<'_>) {
        if std::mem::replace(&mut self.stopped, true) {
            return;
        }
        for (_, block) in self.open.drain(..) {
            block.close(each);
        }
        each(Event::Stop(stop));
    }
}
