//! Reads a stream.
//!
//! An event is taken apart once, and its text is borrowed where it holds no escapes. Blocks of tools that the vendor ran
//! and blocks that nobody knows are passed over, so the numbers of the others close up. A text block begins with its
//! first text.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{answer, stop};
use crate::dialect::anthropic::usage;
use crate::form::{Event, Joined, Opening, Seal, Stop, Text};
use crate::translate::Decode;
use crate::usage::Usage;
use crate::whole::Unsound;
use crate::whole::json::{self, Members};

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
}

struct Block {
    /// `None` until it has begun.
    at: Option<u32>,
    kind: Kind,
    joined: Joined,
}

enum Kind {
    Text,
    Thinking,
    Redacted,
    /// With the input that its start has brought, until a piece comes.
    Call(Option<String>),
}

#[derive(Deserialize)]
struct Frame<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(default)]
    index: Option<u64>,
    #[serde(borrow, default)]
    delta: Option<Delta<'a>>,
    #[serde(borrow, default)]
    content_block: Option<&'a RawValue>,
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
    #[serde(borrow, default)]
    usage: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow, default)]
    text: Option<&'a RawValue>,
    #[serde(borrow, default)]
    thinking: Option<&'a RawValue>,
    #[serde(borrow, default)]
    signature: Option<&'a RawValue>,
    #[serde(borrow, default)]
    partial_json: Option<&'a RawValue>,
    #[serde(borrow, default)]
    stop_reason: Option<&'a RawValue>,
    #[serde(borrow, default)]
    stop_sequence: Option<&'a RawValue>,
    #[serde(borrow, default)]
    stop_details: Option<&'a RawValue>,
}

type Each<'e> = &'e mut dyn FnMut(Event<'_>);

impl Decode for Decoder {
    fn event(&mut self, name: &[u8], data: &[u8], each: Each<'_>) -> Result<(), Unsound> {
        if self.ended || data.is_empty() || data == b"[DONE]" {
            return Ok(());
        }
        let frame: Frame<'_> =
            serde_json::from_slice(data).map_err(|_| Unsound("an event's data is no JSON of its kind"))?;
        let kind = if frame.kind.is_empty() { String::from_utf8_lossy(name) } else { frame.kind };
        match kind.as_ref() {
            "ping" => each(Event::Ping),
            "error" => self.error(data, each),
            "message_start" => return self.start(frame.message, each),
            _ if !self.started => return Err(Unsound("an event came before `message_start`")),
            "content_block_delta" => self.delta(frame.index, frame.delta.as_ref(), each),
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

    fn delta(&mut self, index: Option<u64>, delta: Option<&Delta<'_>>, each: Each<'_>) {
        let (Some(index), Some(delta)) = (index, delta) else { return };
        let Some((_, block)) = self.open.iter_mut().rev().find(|(other, _)| *other == index) else { return };
        match &mut block.kind {
            Kind::Text => block.text(delta.text.map(RawValue::get), &mut self.next, each),
            Kind::Thinking => {
                block.text(delta.thinking.map(RawValue::get), &mut self.next, each);
                if let (Some(at), Some(signature)) = (block.at, delta.signature) {
                    let signature = json::word(signature.get()).filter(|text| !text.is_empty());
                    seal(at, signature.map(Seal::Signature), each);
                }
            }
            Kind::Call(whole) => {
                let Some(piece) = delta.partial_json else { return };
                let piece = block.joined.piece(piece.get());
                if let (Some(at), false) = (block.at, piece.is_empty()) {
                    *whole = None;
                    each(Event::Input(at, piece));
                }
            }
            Kind::Redacted => {}
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

impl Block {
    /// More text, a JSON string.
    fn text(&mut self, raw: Option<&str>, next: &mut u32, each: Each<'_>) {
        let text = raw.map(|raw| self.joined.piece(raw)).unwrap_or_default();
        if text.is_empty() {
            return;
        }
        let at = *self.at.get_or_insert_with(|| {
            each(Event::Open(*next, Opening::Text));
            take(next)
        });
        each(Event::Text(at, text));
    }

    fn close(self, each: Each<'_>) {
        let Some(at) = self.at else { return };
        if let Kind::Call(Some(input)) = self.kind {
            each(Event::Input(at, input.into()));
        }
        each(Event::Close(at));
    }
}

fn seal(at: u32, seal: Option<Seal<'_>>, each: Each<'_>) {
    if let Some(seal) = seal {
        each(Event::Seal(at, seal));
    }
}

/// The number, and the one after it for the next.
fn take(next: &mut u32) -> u32 {
    let at = *next;
    *next = next.saturating_add(1);
    at
}
