//! The input of a tool that takes free text, out of the JSON in which other dialects carry it: `{"input": "…"}`.
//!
//! The text comes out as its JSON comes in, but for an escape that is still incomplete. A model that writes another
//! object gets its only text taken for the input, else the JSON itself: the tool then says what it would have wanted.

use std::mem;

use memchr::memchr2;

use crate::form::{Joined, Text};
use crate::whole::json::{self, Members};

/// The pieces of one input.
#[derive(Debug, Default)]
pub(super) struct Free {
    state: State,
    /// JSON that is not understood yet.
    held: String,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the text.
    #[default]
    Before,
    /// Within the text.
    Inside,
    /// Behind the text.
    After,
    /// It is another object.
    Other,
}

impl Free {
    /// Takes the next piece of the JSON and appends what it brings of the text.
    pub(super) fn piece(&mut self, piece: &str, text: &mut String) {
        if self.state == State::After {
            return;
        }
        self.held.push_str(piece);
        if self.state == State::Before {
            match head(&self.held) {
                Head::Text(at) => {
                    self.held.drain(..at);
                    self.state = State::Inside;
                }
                Head::Other => self.state = State::Other,
                Head::More => {}
            }
        }
        if self.state == State::Inside {
            let held = mem::take(&mut self.held);
            let (end, is_whole) = decodable(&held);
            text.push_str(&decoded(&held[..end]));
            if is_whole {
                self.state = State::After;
            } else {
                held[end..].clone_into(&mut self.held);
            }
        }
    }

    /// No more comes: appends what is left.
    pub(super) fn finish(&mut self, text: &mut String) {
        let held = mem::take(&mut self.held);
        if matches!(self.state, State::Before | State::Other) {
            text.push_str(&other(&held));
        }
        self.state = State::After;
    }
}

/// The text in a whole input.
pub(super) fn whole(input: &str) -> String {
    let mut text = String::new();
    let mut free = Free::default();
    free.piece(input, &mut text);
    free.finish(&mut text);
    text
}

enum Head {
    /// The text begins here.
    Text(usize),
    /// It may begin yet.
    More,
    Other,
}

fn head(held: &str) -> Head {
    let mut rest = held;
    for token in ["{", "\"input\"", ":", "\""] {
        rest = rest.trim_start_matches([' ', '\t', '\n', '\r']);
        match rest.strip_prefix(token) {
            Some(after) => rest = after,
            None if token.starts_with(rest) => return Head::More,
            None => return Head::Other,
        }
    }
    Head::Text(held.len() - rest.len())
}

/// How much of the inside of a JSON string can be decoded, and whether the string ends there.
fn decodable(inner: &str) -> (usize, bool) {
    let bytes = inner.as_bytes();
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += found;
        if bytes[at] == b'"' {
            return (at, true);
        }
        let escape = &bytes[at..];
        let length = match escape.get(1) {
            Some(b'u') if is_first_half(escape) => match escape.get(6..) {
                // The second half may come yet.
                Some(b"" | b"\\") => return (at, false),
                Some([b'\\', b'u', ..]) => 12,
                _ => 6,
            },
            Some(b'u') => 6,
            Some(_) => 2,
            None => return (at, false),
        };
        if escape.len() < length {
            return (at, false);
        }
        // What is no escape may be followed by a character of several bytes.
        at += (length..).find(|end| inner.is_char_boundary(at + end)).unwrap_or(length);
    }
    (bytes.len(), false)
}

/// Whether an escape is the first half of a pair, as far as it is there.
fn is_first_half(escape: &[u8]) -> bool {
    matches!(escape, [b'\\', b'u', b'd' | b'D', b'8' | b'9' | b'a' | b'b' | b'A' | b'B', ..])
}

fn decoded(inner: &str) -> String {
    if inner.is_empty() {
        return String::new();
    }
    let quoted = format!("\"{inner}\"");
    let text: Text<'_> = Joined::default().piece(&quoted);
    // What is no sound JSON, such as a bare line break, is better than nothing.
    if text.is_empty() { inner.to_owned() } else { text.into_owned() }
}

/// The text of an object that is not as it should be.
fn other(held: &str) -> String {
    let Ok(object) = Members::of(held) else { return held.to_owned() };
    let text = object.word("input").or_else(|| object.lone().and_then(|(_, value)| json::word(value)));
    match text {
        Some(text) => text.into_owned(),
        None if object.iter().next().is_none() => String::new(),
        None => held.to_owned(),
    }
}
