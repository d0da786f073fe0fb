//! One item of a stream that is read.

use super::read_input::thinking;
use crate::form::{Event, Joined, Opening, Seal, Text};
use crate::whole::Unsound;
use crate::whole::json::{self, Members};

/// Most parts of an item.
const MOST_PARTS: usize = 4096;

const MANY_PARTS: Unsound = Unsound("an item has more than 4096 parts");
const NO_NAME: Unsound = Unsound("a call has no name or no id");

type Each<'e> = &'e mut dyn FnMut(Event<'_>);

/// What the items of an answer count together.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    /// The number of the next block.
    pub(super) next: u32,
    /// Bytes of calls that wait for their name.
    pub(super) held: usize,
    /// A call has begun.
    pub(super) called: bool,
    /// A refusal has begun.
    pub(super) refused: bool,
}

impl Numbers {
    /// Opens the next block.
    pub(super) fn open(&mut self, opening: Opening<'_>, each: Each<'_>) -> u32 {
        let n = self.next;
        self.next += 1;
        self.called |= matches!(opening, Opening::Call { .. });
        self.refused |= matches!(opening, Opening::Refusal);
        each(Event::Open(n, opening));
        n
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Item {
    parts: Vec<Part>,
    /// The block of thinking: one, whatever its parts.
    thinking: Option<u32>,
    call: Option<Call>,
    is_done: bool,
}

/// A text of an item.
#[derive(Debug)]
struct Part {
    kind: Kind,
    index: u64,
    /// Its block, if it is no thinking.
    block: Option<u32>,
    is_closed: bool,
    is_given: bool,
    joined: Joined,
}

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Refusal,
    /// A part of the summary of thinking.
    Summary,
    /// Thinking itself.
    Thinking,
}

impl Kind {
    fn is_thinking(self) -> bool {
        matches!(self, Self::Summary | Self::Thinking)
    }
}

#[derive(Debug, Default)]
struct Call {
    id: String,
    name: String,
    /// It takes free text, which becomes `{"input": "…"}`.
    is_free: bool,
    block: Option<u32>,
    /// JSON that came before the name.
    held: String,
    is_given: bool,
    joined: Joined,
}

impl Item {
    /// More of a text: `raw` is a JSON string.
    pub(super) fn text(
        &mut self,
        kind: Kind,
        index: u64,
        raw: &str,
        numbers: &mut Numbers,
        each: Each<'_>,
    ) -> Result<(), Unsound> {
        // The summary and the thinking itself say the same: whichever comes first is given.
        let is_other = |part: &Part| part.is_given && part.kind.is_thinking() && part.kind != kind;
        if self.is_done || (kind.is_thinking() && self.parts.iter().any(is_other)) {
            return Ok(());
        }
        let at = self.place(kind, index)?;
        let Some(part) = self.parts.get_mut(at).filter(|part| !part.is_closed) else { return Ok(()) };
        let text = part.joined.piece(raw);
        if text.is_empty() {
            return Ok(());
        }
        let is_first = !std::mem::replace(&mut part.is_given, true);
        let block = if kind.is_thinking() { &mut self.thinking } else { &mut part.block };
        let n = match *block {
            Some(n) => {
                if is_first {
                    each(Event::Text(n, Text::Borrowed("\n\n")));
                }
                n
            }
            None => *block.insert(numbers.open(opening(kind), each)),
        };
        each(Event::Text(n, text));
        Ok(())
    }

    /// A text is whole: it is given if it was not in pieces.
    pub(super) fn whole_text(
        &mut self,
        kind: Kind,
        index: u64,
        raw: &str,
        numbers: &mut Numbers,
        each: Each<'_>,
    ) -> Result<(), Unsound> {
        let at = self.place(kind, index)?;
        if !self.parts.get(at).is_some_and(|part| part.is_given) {
            self.text(kind, index, raw, numbers, each)?;
        }
        if let Some(part) = self.parts.get_mut(at) {
            part.close(each);
        }
        Ok(())
    }

    fn place(&mut self, kind: Kind, index: u64) -> Result<usize, Unsound> {
        if let Some(at) = self.parts.iter().rposition(|part| part.kind == kind && part.index == index) {
            return Ok(at);
        }
        if self.parts.len() >= MOST_PARTS {
            return Err(MANY_PARTS);
        }
        let joined = Joined::default();
        self.parts.push(Part { kind, index, block: None, is_closed: false, is_given: false, joined });
        Ok(self.parts.len() - 1)
    }

    /// More of a call's input: `raw` is a JSON string, of JSON or of free text.
    pub(super) fn input(&mut self, is_free: bool, raw: &str, numbers: &mut Numbers, each: Each<'_>) {
        if self.is_done {
            return;
        }
        let call = self.call.get_or_insert_default();
        call.is_free |= is_free;
        let text = call.joined.piece(raw);
        if text.is_empty() {
            return;
        }
        call.is_given = true;
        let escaped;
        let piece: &str = if call.is_free {
            let quoted = json::quoted(&text);
            escaped = quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned();
            &escaped
        } else {
            &text
        };
        match call.block {
            Some(n) => each(Event::Input(n, Text::Borrowed(piece))),
            None => {
                numbers.held += piece.len();
                call.held.push_str(piece);
            }
        }
    }

    /// Whether something of a call's input has come.
    pub(super) fn has_input(&self) -> bool {
        self.call.as_ref().is_some_and(|call| call.is_given)
    }

    /// The item has begun.
    pub(super) fn added(&mut self, item: &Members<'_>, numbers: &mut Numbers, each: Each<'_>) {
        if let Some(is_free) = call_kind(item)
            && !self.is_done
        {
            let call = self.call.get_or_insert_default();
            call.learn(item, is_free);
            call.open(numbers, each);
        }
    }

    /// The item is done, and tells all of itself.
    pub(super) fn done(
        &mut self,
        item: &Members<'_>,
        numbers: &mut Numbers,
        each: Each<'_>,
    ) -> Result<(), Unsound> {
        if self.is_done {
            return Ok(());
        }
        if let Some(is_free) = call_kind(item) {
            let call = self.call.get_or_insert_default();
            call.learn(item, is_free);
            if call.id.is_empty() {
                call.id = item.word("id").unwrap_or_default().into_owned();
            }
            call.open(numbers, each);
            if !call.is_given {
                let raw = item.get(if is_free { "input" } else { "arguments" }).unwrap_or_default();
                self.input(is_free, raw, numbers, each);
            }
        }
        match item.word("type").as_deref() {
            Some("message") => {
                for (index, part) in (0..).zip(item.array("content").unwrap_or_default()) {
                    let Ok(part) = Members::of(part) else { continue };
                    match part.word("type").as_deref() {
                        Some("output_text") => {
                            let raw = part.get("text").unwrap_or_default();
                            self.whole_text(Kind::Text, index, raw, numbers, each)?;
                        }
                        Some("refusal") => {
                            let raw = part.get("refusal").unwrap_or_default();
                            self.whole_text(Kind::Refusal, index, raw, numbers, each)?;
                        }
                        _ => {}
                    }
                }
            }
            Some("reasoning") => self.done_thinking(item, numbers, each),
            _ => {}
        }
        self.close(numbers, each)
    }

    fn done_thinking(&mut self, item: &Members<'_>, numbers: &mut Numbers, each: Each<'_>) {
        let whole = thinking(item);
        if self.thinking.is_none() && !(whole.text.is_empty() && whole.seal == Seal::None) {
            let n = *self.thinking.insert(numbers.open(Opening::Thinking, each));
            if !whole.text.is_empty() {
                each(Event::Text(n, whole.text));
            }
        }
        if let Some(n) = self.thinking
            && whole.seal != Seal::None
        {
            each(Event::Seal(n, whole.seal));
        }
    }

    /// Closes what is open; nothing more is given.
    pub(super) fn close(&mut self, numbers: &mut Numbers, each: Each<'_>) -> Result<(), Unsound> {
        if std::mem::replace(&mut self.is_done, true) {
            return Ok(());
        }
        if let Some(mut call) = self.call.take() {
            call.open(numbers, each);
            let n = call.block.ok_or(NO_NAME)?;
            if call.is_free {
                each(Event::Input(n, Text::Borrowed("\"}")));
            }
            each(Event::Close(n));
        }
        if let Some(n) = self.thinking {
            each(Event::Close(n));
        }
        for mut part in std::mem::take(&mut self.parts) {
            part.close(each);
        }
        Ok(())
    }
}

impl Part {
    fn close(&mut self, each: Each<'_>) {
        if let Some(n) = self.block
            && !std::mem::replace(&mut self.is_closed, true)
        {
            each(Event::Close(n));
        }
    }
}

impl Call {
    fn learn(&mut self, item: &Members<'_>, is_free: bool) {
        self.is_free |= is_free;
        for (place, key) in [(&mut self.id, "call_id"), (&mut self.name, "name")] {
            if place.is_empty() {
                *place = item.word(key).unwrap_or_default().into_owned();
            }
        }
    }

    /// Opens its block, if that can be.
    fn open(&mut self, numbers: &mut Numbers, each: Each<'_>) {
        if self.block.is_some() || self.id.is_empty() || self.name.is_empty() {
            return;
        }
        let (id, name) = (Text::Borrowed(self.id.as_str()), Text::Borrowed(self.name.as_str()));
        let n = numbers.open(Opening::Call { id, name }, each);
        self.block = Some(n);
        if self.is_free {
            each(Event::Input(n, Text::Borrowed("{\"input\":\"")));
        }
        let held = std::mem::take(&mut self.held);
        if !held.is_empty() {
            numbers.held = numbers.held.saturating_sub(held.len());
            each(Event::Input(n, Text::Owned(held)));
        }
    }
}

fn opening(kind: Kind) -> Opening<'static> {
    match kind {
        Kind::Text => Opening::Text,
        Kind::Refusal => Opening::Refusal,
        Kind::Summary | Kind::Thinking => Opening::Thinking,
    }
}

/// Whether the item is a call, and then whether it takes free text.
fn call_kind(item: &Members<'_>) -> Option<bool> {
    match item.word("type")?.as_ref() {
        "function_call" => Some(false),
        "custom_tool_call" => Some(true),
        _ => None,
    }
}
