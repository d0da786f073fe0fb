//! Finds members of one JSON object that comes in chunks, without holding it.
//!
//! Looked for are members of the object itself and of the objects in its arrays (`choices[].finish_reason`). Values
//! that the dialect wants are gathered, at most [`MAX_VALUE`] bytes each; all else is crossed. Like [`crate::peek`] it
//! is lenient and judges nothing.

use crate::dialect::Dialect;
use crate::peek::end_of_text;

/// Longest value that is gathered.
const MAX_VALUE: usize = 64 * 1024;
/// Longest key that is known; none that a dialect wants is longer.
const MAX_KEY: usize = 24;

/// What the scan comes upon.
pub(super) enum Scanned<'a> {
    /// A wanted member. `within` is empty for members of the object itself, else the key of the array.
    Member { within: &'a [u8], key: &'a [u8], value: &'a [u8] },
    /// A wanted value was too long.
    TooLong,
    /// The object is closed.
    End,
}

/// See the module.
#[derive(Default)]
pub(super) struct Members {
    state: State,
    /// Open brackets.
    depth: usize,
    /// Whether the brackets at depth 1 to 3 are those of objects.
    objects: [bool; 3],
    /// The present or last key at depth 1 and at depth 3.
    keys: [Key; 2],
    /// A key comes next, not a value.
    before_key: bool,
    /// A wanted value.
    gathered: Option<Gathered>,
}

/// A key in the making.
#[derive(Default)]
struct Key {
    bytes: [u8; MAX_KEY],
    /// All of it, also what there is no room for.
    length: usize,
}

impl Key {
    fn add(&mut self, text: &[u8]) {
        let end = self.length.saturating_add(text.len());
        if let Some(room) = self.bytes.get_mut(self.length..end) {
            room.copy_from_slice(text);
        }
        self.length = end;
    }

    /// Becomes the first `length` bytes of `text`. Where there are more it takes a fixed number, which is quicker.
    fn become_first_of(&mut self, text: &[u8], length: usize) {
        self.length = length;
        if let Some(bytes) = text.first_chunk() {
            self.bytes = *bytes;
        } else if let Some(room) = self.bytes.get_mut(..length) {
            room.copy_from_slice(&text[..length]);
        }
    }

    /// Empty where it is too long to be known.
    fn known(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// A value in the making. Where it lies whole in a chunk it is not copied.
struct Gathered {
    /// The depth of its member.
    depth: usize,
    /// What earlier chunks had of it.
    held: Vec<u8>,
    /// Where in the present chunk it begins, or goes on.
    from: usize,
}

#[derive(Default, PartialEq, Eq)]
enum State {
    /// Nothing but space has come.
    #[default]
    Before,
    Between,
    Text,
    Escape,
    /// The object is closed, or there is none.
    Done,
}

impl Members {
    /// Calls `each` with what `chunk` completes.
    pub(super) fn feed(&mut self, chunk: &[u8], dialect: &dyn Dialect, mut each: impl FnMut(Scanned<'_>)) {
        let mut at = 0;
        while let Some(&byte) = chunk.get(at) {
            match self.state {
                State::Done => return,
                State::Text => at = self.text(chunk, at),
                State::Escape => {
                    self.state = State::Text;
                    // No key that is looked for has an escape.
                    self.keep_key(b"\\");
                    at += 1;
                }
                State::Before => {
                    match byte {
                        b'{' => self.open(true),
                        // Space, or a byte order mark.
                        b' ' | b'\t' | b'\r' | b'\n' | 0xef | 0xbb | 0xbf => {}
                        _ => self.state = State::Done,
                    }
                    at += 1;
                }
                State::Between => at = self.structure(chunk, at, dialect, &mut each),
            }
        }
        self.hold(chunk, &mut each);
    }

    /// A string, or what is left of it, begins at `at`; where what follows begins.
    fn text(&mut self, chunk: &[u8], at: usize) -> usize {
        let rest = &chunk[at..];
        let end = end_of_text(rest);
        self.state = match end.map(|end| rest[end]) {
            Some(b'"') => State::Between,
            Some(_) => State::Escape,
            None => State::Text,
        };
        let text = end.unwrap_or(rest.len());
        self.keep_key(&rest[..text]);
        at + text + 1
    }

    /// What is outside of strings from `at` on, and whole strings between; where that ends.
    fn structure(
        &mut self,
        chunk: &[u8],
        mut at: usize,
        dialect: &dyn Dialect,
        each: &mut impl FnMut(Scanned<'_>),
    ) -> usize {
        while let Some(&byte) = chunk.get(at) {
            match byte {
                b'"' => {
                    let rest = &chunk[at + 1..];
                    if let Some(end) = end_of_text(rest).filter(|end| rest[*end] == b'"') {
                        // All of it is there, and as it is meant.
                        if self.before_key
                            && let Some(key) = self.key()
                        {
                            key.become_first_of(rest, end);
                        }
                        at += end + 2;
                        continue;
                    }
                    if self.before_key
                        && let Some(key) = self.key()
                    {
                        key.length = 0;
                    }
                    at = self.text(chunk, at + 1);
                    if self.state != State::Between {
                        return at;
                    }
                    continue;
                }
                b':' if self.before_key => {
                    self.before_key = false;
                    if self.gathered.is_none() && self.wants(dialect) {
                        self.gathered = Some(Gathered { depth: self.depth, held: Vec::new(), from: at + 1 });
                    }
                }
                b'{' => self.open(true),
                b'[' => self.open(false),
                b'}' | b']' => {
                    if self.gathered.is_some() {
                        self.complete(&chunk[..at], each);
                    }
                    self.before_key = false;
                    self.depth -= 1;
                    if self.depth == 0 {
                        self.state = State::Done;
                        each(Scanned::End);
                        return at;
                    }
                }
                b',' => {
                    if self.gathered.is_some() {
                        self.complete(&chunk[..at], each);
                    }
                    self.before_key = self.depth <= 3 && self.objects[self.depth - 1];
                }
                _ => {}
            }
            at += 1;
        }
        at
    }

    fn open(&mut self, object: bool) {
        self.state = State::Between;
        if let Some(place) = self.objects.get_mut(self.depth) {
            *place = object;
        }
        self.depth += 1;
        self.before_key = object && self.depth <= 3;
    }

    /// The key at the present depth, if members are looked for there.
    fn key(&mut self) -> Option<&mut Key> {
        match (self.depth, self.objects) {
            (1, _) => Some(&mut self.keys[0]),
            (3, [true, false, true]) => Some(&mut self.keys[1]),
            _ => None,
        }
    }

    fn wants(&self, dialect: &dyn Dialect) -> bool {
        match (self.depth, self.objects) {
            (1, _) => dialect.wants(b"", self.keys[0].known()),
            (3, [true, false, true]) => dialect.wants(self.keys[0].known(), self.keys[1].known()),
            _ => false,
        }
    }

    fn keep_key(&mut self, text: &[u8]) {
        if self.before_key
            && let Some(key) = self.key()
        {
            key.add(text);
        }
    }

    /// A chunk is over: keeps what it had of a wanted value.
    fn hold(&mut self, chunk: &[u8], each: &mut impl FnMut(Scanned<'_>)) {
        let Some(Gathered { held, from, .. }) = &mut self.gathered else { return };
        // From behind the colon, which may be the chunk's last byte.
        let part = chunk.get(*from..).unwrap_or_default();
        if held.len() + part.len() > MAX_VALUE {
            self.gathered = None;
            return each(Scanned::TooLong);
        }
        held.extend_from_slice(part);
        *from = 0;
    }

    /// The value at the present depth ends with the part of the chunk that is `before` the present byte.
    fn complete(&mut self, before: &[u8], each: &mut impl FnMut(Scanned<'_>)) {
        let depth = self.depth;
        let Some(Gathered { mut held, from, .. }) = self.gathered.take_if(|g| g.depth == depth) else {
            return;
        };
        let part = before.get(from..).unwrap_or_default();
        if held.len() + part.len() > MAX_VALUE {
            return each(Scanned::TooLong);
        }
        let value = if held.is_empty() {
            part
        } else {
            held.extend_from_slice(part);
            &held
        };
        let [top, inner] = &self.keys;
        let (top, inner) = (top.known(), inner.known());
        let (within, key) = if depth == 1 { (&[][..], top) } else { (top, inner) };
        each(Scanned::Member { within, key, value: value.trim_ascii() });
    }
}
