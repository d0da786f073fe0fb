//! Calls of tools in a stream: which call a piece belongs to, and when it may open.
//!
//! Pieces are told apart by `index`; where a server gives none (Gemini's and older Ollama's), by id, by name, or by their
//! place. A call opens when its name is known. What stands behind a whole object of arguments is left out, and so are
//! arguments that are no object: together they must be one, or nothing.

use super::Each;
use crate::dialect::openai_chat::convert::calls::made_up;
use crate::form::{Event, Joined, Opening, Text};
use crate::whole::Unsound;
use crate::whole::json::{self, Members};

/// Most calls in one answer.
const MOST_CALLS: usize = 1024;
/// Most arguments that are held back for a call whose name has not come, in bytes.
const MOST_HELD: usize = 1024 * 1024;

/// One piece of a call.
pub(super) struct Part<'a> {
    index: Option<u64>,
    id: Option<Text<'a>>,
    name: Option<Text<'a>>,
    /// More of its arguments: a JSON string, or the object itself.
    pub(super) input: Option<&'a str>,
    /// Its place among the pieces of its chunk.
    at: usize,
}

impl<'a> Part<'a> {
    pub(super) fn of(raw: &'a str, at: usize) -> Result<Self, Unsound> {
        let part = Members::of(raw)?;
        let inner = part.part("function").filter(|inner| inner.starts_with('{')).unwrap_or("{}");
        Ok(Self {
            index: part.number("index"),
            id: json::word(part.part("id").unwrap_or_default()).filter(|id| !id.is_empty()),
            at,
            ..Self::of_old(inner)?
        })
    }

    /// A piece of the one call that there was of old: `function_call`.
    pub(super) fn of_old(raw: &'a str) -> Result<Self, Unsound> {
        let inner = Members::of(raw)?;
        let name = json::word(inner.part("name").unwrap_or_default()).filter(|name| !name.is_empty());
        let input = inner.part("arguments").filter(|input| input.starts_with(['"', '{']));
        Ok(Self { index: None, id: None, name, input, at: 0 })
    }

    fn begins_object(&self) -> bool {
        self.input
            .is_none_or(|input| matches!(input, "\"\"") || input.starts_with("\"{") || input.starts_with('{'))
    }
}

#[derive(Default)]
struct Call {
    index: Option<u64>,
    id: String,
    name: String,
    block: Option<u32>,
    closed: bool,
    /// Arguments that have come before the name.
    held: String,
    joined: Joined,
    object: Object,
}

/// The calls of one answer.
#[derive(Default)]
pub(super) struct Calls(Vec<Call>);

impl Calls {
    /// The place of the call that `part` belongs to, made if it is a new one; takes its id and name down.
    pub(super) fn place(&mut self, part: &Part<'_>) -> Result<usize, Unsound> {
        let at = match self.find(part) {
            Some(at) => at,
            None if self.0.len() == MOST_CALLS => return Err(Unsound("it has more than 1024 tool calls")),
            None => {
                self.0.push(Call { index: part.index, ..Call::default() });
                self.0.len() - 1
            }
        };
        let call = &mut self.0[at];
        // An id that comes late is too late: the client has been told another.
        if let Some(id) = part.id.as_deref().filter(|_| call.id.is_empty() && call.block.is_none()) {
            id.clone_into(&mut call.id);
        }
        if let Some(name) = part.name.as_deref().filter(|_| call.name.is_empty()) {
            name.clone_into(&mut call.name);
        }
        Ok(at)
    }

    fn find(&self, part: &Part<'_>) -> Option<usize> {
        let last = self.0.len().checked_sub(1);
        if part.index.is_some() {
            let at = self.0.iter().rposition(|call| call.index == part.index)?;
            // Some servers number every call 0.
            let is_other =
                part.id.as_deref().is_some_and(|id| !self.0[at].id.is_empty() && self.0[at].id != id);
            return (!(is_other && part.name.is_some())).then_some(at);
        }
        if let Some(id) = part.id.as_deref() {
            return self.0.iter().rposition(|call| call.id == id);
        }
        if let Some(name) = part.name.as_deref() {
            let late = &self.0[last?];
            let again = late.name == name && !late.object.is_whole() && !part.begins_object();
            return last.filter(|_| late.name.is_empty() || again);
        }
        if part.at > 0 && part.at < self.0.len() { Some(part.at) } else { last }
    }

    /// Whether the call can be told now, and has not been.
    pub(super) fn may_open(&self, at: usize) -> bool {
        self.0.get(at).is_some_and(|call| call.block.is_none() && !call.name.is_empty())
    }

    pub(super) fn open(&mut self, at: usize, block: u32, answer: &str, each: Each<'_>) {
        let Some(call) = self.0.get_mut(at) else { return };
        if call.id.is_empty() {
            call.id = made_up(answer, at);
        }
        call.block = Some(block);
        let (id, name) = (Text::Borrowed(call.id.as_str()), Text::Borrowed(call.name.as_str()));
        each(Event::Open(block, Opening::Call { id, name }));
        if !call.held.is_empty() {
            each(Event::Input(block, Text::Owned(std::mem::take(&mut call.held))));
        }
    }

    /// More arguments of the call at a place.
    pub(super) fn put(&mut self, at: usize, raw: &str, each: Each<'_>) -> Result<(), Unsound> {
        let Some(call) = self.0.get_mut(at) else { return Ok(()) };
        let text = if json::is_text(raw) { call.joined.piece(raw) } else { Text::Borrowed(raw) };
        let taken = call.object.take(&text);
        if taken.is_empty() {
            return Ok(());
        }
        match call.block {
            Some(block) => each(Event::Input(block, Text::Borrowed(taken))),
            None if call.held.len() + taken.len() > MOST_HELD => {
                return Err(Unsound("a tool call has arguments and no name"));
            }
            None => call.held.push_str(taken),
        }
        Ok(())
    }

    /// Closes the calls whose arguments are whole.
    pub(super) fn close_whole(&mut self, each: Each<'_>) {
        self.0.iter_mut().filter(|call| call.object.is_whole()).for_each(|call| call.close(each));
    }

    /// Closes those below a number.
    pub(super) fn close_until(&mut self, block: u32, each: Each<'_>) {
        self.0
            .iter_mut()
            .filter(|call| call.block.is_some_and(|b| b < block))
            .for_each(|call| call.close(each));
    }

    /// Whether any call has been told.
    pub(super) fn any(&self) -> bool {
        self.0.iter().any(|call| call.block.is_some())
    }

    pub(super) fn check(&self) -> Result<(), Unsound> {
        let nameless = self.0.iter().any(|call| call.name.is_empty() && !call.held.is_empty());
        if nameless { Err(Unsound("a tool call has arguments and no name")) } else { Ok(()) }
    }

    /// The arguments that a list of one piece brings to a call that is known, and nothing else that is new.
    pub(super) fn lone<'a>(&self, list: &'a str) -> Option<(usize, &'a str)> {
        let items = json::items(list).ok()?;
        let [raw] = items.as_slice() else { return None };
        let part = Part::of(raw, 0).ok()?;
        part.index?;
        let at = self.find(&part)?;
        let input = part.input.filter(|input| json::is_text(input))?;
        self.0[at].block.map(|_| (at, input))
    }
}

impl Call {
    fn close(&mut self, each: Each<'_>) {
        if let Some(block) = self.block.filter(|_| !self.closed) {
            self.closed = true;
            each(Event::Close(block));
        }
    }
}

/// Follows the text of one JSON object as it comes.
#[derive(Default)]
struct Object {
    depth: u32,
    in_string: bool,
    escaped: bool,
    state: State,
}

#[derive(Default, PartialEq, Eq)]
enum State {
    #[default]
    Before,
    Inside,
    Whole,
    /// What came is no object.
    Other,
}

impl Object {
    fn is_whole(&self) -> bool {
        self.state == State::Whole
    }

    /// The part of `text` that belongs to the object.
    fn take<'t>(&mut self, text: &'t str) -> &'t str {
        let mut from = 0;
        if self.state == State::Before {
            from = text.len() - text.trim_ascii_start().len();
            match text.as_bytes().get(from) {
                None => return "",
                Some(b'{') => self.state = State::Inside,
                Some(_) => self.state = State::Other,
            }
        }
        if self.state != State::Inside {
            return "";
        }
        for (at, byte) in text.bytes().enumerate().skip(from) {
            if self.in_string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            if self.depth == 0 {
                self.state = State::Whole;
                return &text[from..=at];
            }
        }
        &text[from..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_object_is_taken_however_it_is_cut() {
        for (pieces, want, whole) in [
            (&["{\"a\":", "1}"][..], "{\"a\":1}", true),
            (&[" \n{", "}"], "{}", true),
            (&["{\"a\":\"}\\\"", "\"}", "{\"a\":1}"], "{\"a\":\"}\\\"\"}", true),
            (&["{\"a\":[{}", "]}  "], "{\"a\":[{}]}", true),
            (&["", "{\"a\":"], "{\"a\":", false),
            (&["null"], "", false),
            (&["\"{}\""], "", false),
            (&["[]", "{}"], "", false),
        ] {
            let mut object = Object::default();
            let taken: String = pieces.iter().map(|piece| object.take(piece)).collect();
            assert_eq!((taken.as_str(), object.is_whole()), (want, whole), "{pieces:?}");
        }
    }
}
