//! Thinking that another endpoint wrote: how endpoints refuse it, and how it is cut out of a request.
//!
//! Thinking and reasoning are signed or encrypted for whoever wrote them. A conversation that has moved repeats them to
//! an endpoint that cannot read them, which refuses the whole request; without these pieces it answers. They are cut
//! out byte for byte, everything else stays as it is:
//!
//! - Messages: blocks of `thinking` and `redacted_thinking` in turns of the assistant. A turn that has nothing else goes
//!   whole, since the API refuses empty ones and joins neighbours of one role.
//! - Where thinking is `enabled` (not `adaptive`) and a tool's result is answered, the API wants the turn to begin with
//!   thinking. A turn that has lost it can only be gone on with if `thinking` is disabled, and with it the
//!   `clear_thinking…` edits of `context_management`, which the API refuses without thinking.
//! - Responses: items of `reasoning`, whole, as without their content they are references that nobody knows. A
//!   `compaction` is the conversation itself: where one is encrypted nothing is cut, and the refusal stands.

use std::hash::Hasher;
use std::ops::Range;

use siphasher::sip::SipHasher13;

use crate::dialect::{ANTHROPIC, Dialect, OPENAI_RESPONSES};
use crate::peek::{items, members};

/// How endpoints say it, in lower case, without quotes, accents and backslashes, with single spaces. Measured at
/// Anthropic's API, Bedrock, Vertex and OpenAI's API, as their users have reported it.
const WORDINGS: [&str; 8] = [
    "invalid signature in thinking block",
    "invalid data in redacted_thinking block",
    "thinking.signature: field required",
    "thinking or redacted_thinking blocks in the latest assistant message cannot be modified",
    "invalid_encrypted_content",
    "encrypted content could not be",
    "encrypted content organization_id did not match",
    "encrypted_content could not be",
];
/// So much of a refusal is read.
const READ: usize = 16 * 1024;
const DISABLED: &[u8] = br#"{"type":"disabled"}"#;

/// Whether the body of a 400 says that the endpoint refuses thinking or reasoning which it did not write.
#[must_use]
pub fn refuses(body: &[u8]) -> bool {
    let mut plain = String::new();
    for c in String::from_utf8_lossy(&body[..body.len().min(READ)]).chars() {
        match c {
            '`' | '"' | '\'' | '\\' => {}
            c if c.is_whitespace() => {
                if !plain.ends_with(' ') {
                    plain.push(' ');
                }
            }
            c => plain.push(c.to_ascii_lowercase()),
        }
    }
    WORDINGS.iter().any(|wording| plain.contains(wording))
}

/// A request without what others wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Its body.
    pub body: Vec<u8>,
    /// Hash of the last piece that was cut.
    pub last: u64,
}

/// Cuts the pieces out of a request of `dialect`: all of them, or those up to the one with the hash `until`. `None`
/// where there is nothing to cut, or nothing that would help.
#[must_use]
pub fn cut(dialect: &dyn Dialect, body: &[u8], until: Option<u64>) -> Option<Cut> {
    let top = Top::of(body)?;
    let mut found = match dialect.name() {
        name if name == ANTHROPIC.name() => Found::in_messages(top.get(b"messages")?),
        name if name == OPENAI_RESPONSES.name() => Found::in_input(top.get(b"input")?)?,
        _ => return None,
    };
    if let Some(until) = until {
        let end = found.pieces.iter().rposition(|piece| piece.hash == until)?;
        found.pieces.truncate(end + 1);
    }
    let last = found.pieces.last()?.hash;
    let mut edits = Edits::new(body);
    let mut whole_turns = Vec::new();
    for pieces in found.pieces.chunk_by(|a, b| a.list == b.list) {
        let Some(list) = pieces.first().and_then(|piece| found.lists.get(piece.list)) else { continue };
        let gone: Vec<usize> = pieces.iter().map(|piece| piece.at).collect();
        match list.turn {
            // Nothing would be left of it.
            Some(turn) if gone.len() == list.items.len() => whole_turns.push(turn),
            _ => edits.remove(&list.items, &gone),
        }
    }
    edits.remove(&found.turns, &whole_turns);
    let from_open = |piece: &Piece| found.open_from.is_some_and(|from| piece.turn >= from);
    if found.pieces.iter().any(from_open) && top.get(b"thinking").is_some_and(is_enabled) {
        without_thinking(&top, &mut edits);
    }
    Some(Cut { body: edits.apply(), last })
}

/// The members of a request.
struct Top<'a> {
    text: &'a [u8],
    members: Vec<(&'a [u8], &'a [u8])>,
}

impl<'a> Top<'a> {
    fn of(text: &'a [u8]) -> Option<Self> {
        let mut all = Vec::new();
        members(text, |key, value| all.push((key, value)))?;
        Some(Self { text, members: all })
    }

    /// Position of the last member called `name`.
    fn place(&self, name: &[u8]) -> Option<usize> {
        self.members.iter().rposition(|(key, _)| *key == name)
    }

    fn get(&self, name: &[u8]) -> Option<&'a [u8]> {
        Some(self.members.get(self.place(name)?)?.1)
    }

    /// Each member with its key and its quotes.
    fn texts(&self) -> Vec<&'a [u8]> {
        let text = |(key, value): &(&'a [u8], &'a [u8])| {
            let (start, end) =
                (offset(self.text, key).saturating_sub(1), offset(self.text, value) + value.len());
            &self.text[start..end]
        };
        self.members.iter().map(text).collect()
    }
}

/// One piece that only its writer can read.
struct Piece {
    /// Position of its list, and its own in that.
    list: usize,
    at: usize,
    /// Position of its turn.
    turn: usize,
    hash: u64,
}

/// An array that holds pieces.
struct List<'a> {
    items: Vec<&'a [u8]>,
    /// The turn that goes if nothing is left of the list.
    turn: Option<usize>,
}

/// Where the pieces are, in their order.
#[derive(Default)]
struct Found<'a> {
    pieces: Vec<Piece>,
    lists: Vec<List<'a>>,
    turns: Vec<&'a [u8]>,
    /// The first turn of the answer that a tool's result goes on with, where the request ends in one.
    open_from: Option<usize>,
}

impl<'a> Found<'a> {
    fn in_messages(messages: &'a [u8]) -> Self {
        let mut found = Self::default();
        let (mut answer_from, mut ends_in_result) = (0, false);
        items(messages, |message| {
            let turn = found.turns.len();
            found.turns.push(message);
            let Some(content) = member(message, b"content") else { return };
            let blocks = values(content);
            match member(message, b"role") {
                Some(b"\"assistant\"") => {
                    ends_in_result = false;
                    found.take(blocks, turn);
                }
                Some(b"\"user\"") => {
                    ends_in_result = blocks.iter().any(|block| kind(block) == b"\"tool_result\"");
                    // A word of the user's own begins a new answer.
                    if !ends_in_result {
                        answer_from = turn + 1;
                    }
                }
                _ => {}
            }
        });
        found.open_from = ends_in_result.then_some(answer_from);
        found
    }

    /// Takes up a turn of the assistant.
    fn take(&mut self, blocks: Vec<&'a [u8]>, turn: usize) {
        let list = self.lists.len();
        let before = self.pieces.len();
        for (at, block) in blocks.iter().enumerate() {
            if matches!(kind(block), b"\"thinking\"" | b"\"redacted_thinking\"") {
                self.pieces.push(Piece { list, at, turn, hash: hash(block) });
            }
        }
        if self.pieces.len() > before {
            self.lists.push(List { items: blocks, turn: Some(turn) });
        }
    }

    fn in_input(input: &'a [u8]) -> Option<Self> {
        let items = values(input);
        let sealed = |item: &&[u8]| {
            kind(item).starts_with(b"\"compaction")
                && member(item, b"encrypted_content").is_some_and(|v| v != b"null")
        };
        if items.iter().any(sealed) {
            return None;
        }
        let reasoning = items.iter().enumerate().filter(|(_, item)| kind(item) == b"\"reasoning\"");
        let pieces = reasoning.map(|(at, item)| Piece { list: 0, at, turn: at, hash: hash(item) }).collect();
        let lists = vec![List { items, turn: None }];
        Some(Self { pieces, lists, ..Self::default() })
    }
}

/// Switches thinking off.
fn without_thinking<'a>(top: &Top<'a>, edits: &mut Edits<'a>) {
    let Some(thinking) = top.get(b"thinking") else { return };
    edits.replace(thinking, DISABLED);
    let Some(management) = top.get(b"context_management") else { return };
    let list = values(member(management, b"edits").unwrap_or_default());
    let clears = |i: &usize| kind(list[*i]).starts_with(b"\"clear_thinking");
    let gone: Vec<usize> = (0..list.len()).filter(clears).collect();
    if gone.len() < list.len() {
        edits.remove(&list, &gone);
    } else if !gone.is_empty() {
        edits.remove(&top.texts(), &top.place(b"context_management").into_iter().collect::<Vec<_>>());
    }
}

fn values(array: &[u8]) -> Vec<&[u8]> {
    let mut all = Vec::new();
    items(array, |item| all.push(item));
    all
}

fn is_enabled(thinking: &[u8]) -> bool {
    kind(thinking) == b"\"enabled\""
}

/// What makes the piece the one it is: its seal, as far as it has one.
fn hash(piece: &[u8]) -> u64 {
    let seal =
        [&b"signature"[..], b"data", b"encrypted_content"].into_iter().find_map(|name| member(piece, name));
    let mut hasher = SipHasher13::new();
    hasher.write(seal.filter(|seal| seal.len() > 2).unwrap_or(piece));
    hasher.finish()
}

fn kind(object: &[u8]) -> &[u8] {
    member(object, b"type").unwrap_or_default()
}

fn member<'a>(object: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut found = None;
    members(object, |key, value| {
        if key == name {
            found = Some(value);
        }
    });
    found
}

/// Where `part`, a slice of `whole`, begins in it.
fn offset(whole: &[u8], part: &[u8]) -> usize {
    (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize)
}

/// What is left out of a text, and what is put in its place.
struct Edits<'a> {
    text: &'a [u8],
    edits: Vec<(Range<usize>, &'static [u8])>,
}

impl<'a> Edits<'a> {
    fn new(text: &'a [u8]) -> Self {
        Self { text, edits: Vec::new() }
    }

    fn span(&self, part: &[u8]) -> Range<usize> {
        let start = offset(self.text, part);
        start..start + part.len()
    }

    fn replace(&mut self, part: &[u8], with: &'static [u8]) {
        self.edits.push((self.span(part), with));
    }

    /// Takes `gone` (positions, ascending) out of a list, each with one comma.
    fn remove(&mut self, list: &[&[u8]], gone: &[usize]) {
        let first_kept = gone.iter().enumerate().take_while(|(i, at)| *i == **at).count();
        for &i in gone {
            let own = self.span(list[i]);
            let range = match (i.checked_sub(1), list.get(i + 1)) {
                (Some(before), _) if i > first_kept => self.span(list[before]).end..own.end,
                (_, Some(next)) => own.start..self.span(next).start,
                _ => own,
            };
            self.edits.push((range, b""));
        }
    }

    fn apply(mut self) -> Vec<u8> {
        self.edits.sort_by_key(|(range, _)| (range.start, range.end));
        let mut out = Vec::with_capacity(self.text.len());
        let mut at = 0;
        for (range, with) in &self.edits {
            // Inside of what is gone already.
            if range.start < at {
                continue;
            }
            out.extend_from_slice(&self.text[at..range.start]);
            out.extend_from_slice(with);
            at = range.end;
        }
        out.extend_from_slice(&self.text[at..]);
        out
    }
}

#[cfg(test)]
mod tests;
