//! Server-sent events, looked at as they pass.
//!
//! [`Lines`] cuts a chunked byte stream into lines without copying what arrives whole; [`Watch`] follows the
//! events of one dialect: first until something semantic has come (the commit gate), then only whether the
//! stream has reached its own end.

use memchr::memchr;

use crate::dialect::{Dialect, Sign};

/// Longest line that is looked at, in bytes. A longer one passes unseen.
pub const MAX_LINE: usize = 8 * 1024 * 1024;

/// Cuts chunks into lines.
#[derive(Debug, Default)]
pub struct Lines {
    partial: Vec<u8>,
    overlong: bool,
}

impl Lines {
    /// Calls `line` with each line that ends in `chunk`, without its line end.
    pub fn feed(&mut self, mut chunk: &[u8], mut line: impl FnMut(&[u8])) {
        while let Some(lf) = memchr(b'\n', chunk) {
            let (head, rest) = (&chunk[..lf], &chunk[lf + 1..]);
            chunk = rest;
            if self.overlong {
                self.overlong = false;
            } else if self.partial.is_empty() {
                line(head.strip_suffix(b"\r").unwrap_or(head));
            } else {
                self.partial.extend_from_slice(head);
                line(self.partial.strip_suffix(b"\r").unwrap_or(&self.partial));
                self.partial.clear();
                self.partial.shrink_to(64 * 1024);
            }
        }
        if self.partial.len() + chunk.len() > MAX_LINE {
            self.overlong = true;
            self.partial = Vec::new();
        } else if !self.overlong {
            self.partial.extend_from_slice(chunk);
        }
    }

    /// Calls `line` with a last line that has no line end, if there is one.
    pub fn finish(&mut self, line: impl FnOnce(&[u8])) {
        if !self.partial.is_empty() {
            line(&self.partial);
            self.partial.clear();
        }
    }
}

/// What a stream has shown so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// Something semantic has come.
    pub semantic: bool,
    /// The dialect's own end has come.
    pub ended: bool,
    /// An error event has come: its type and message.
    pub error: Option<(String, String)>,
}

/// Follows the events of one stream.
pub struct Watch {
    dialect: &'static dyn Dialect,
    lines: Lines,
    event: Event,
    seen: Seen,
}

/// The event that is being read.
#[derive(Debug)]
struct Event {
    name: [u8; 48],
    len: usize,
}

impl Event {
    fn set(&mut self, name: &[u8]) {
        // A longer name is none that any dialect knows.
        self.len = if name.len() <= self.name.len() { name.len() } else { 0 };
        self.name[..self.len].copy_from_slice(&name[..self.len]);
    }

    fn name(&self) -> &[u8] {
        &self.name[..self.len]
    }
}

impl Watch {
    /// Follows a stream of `dialect`.
    #[must_use]
    pub fn new(dialect: &'static dyn Dialect) -> Self {
        Self {
            dialect,
            lines: Lines::default(),
            event: Event { name: [0; 48], len: 0 },
            seen: Seen::default(),
        }
    }

    /// Looks at the next bytes.
    pub fn feed(&mut self, chunk: &[u8]) -> &Seen {
        let (dialect, event, seen) = (self.dialect, &mut self.event, &mut self.seen);
        self.lines.feed(chunk, |line| look(dialect, event, seen, line));
        &self.seen
    }

    /// The stream has ended: looks at a last line without line end.
    pub fn finish(&mut self) -> &Seen {
        let (dialect, event, seen) = (self.dialect, &mut self.event, &mut self.seen);
        self.lines.finish(|line| look(dialect, event, seen, line));
        &self.seen
    }

    /// What has been seen so far.
    #[must_use]
    pub fn seen(&self) -> &Seen {
        &self.seen
    }
}

fn look(dialect: &dyn Dialect, event: &mut Event, seen: &mut Seen, line: &[u8]) {
    if let Some(name) = field(line, b"event") {
        event.set(name);
    } else if let Some(data) = field(line, b"data") {
        if seen.semantic {
            seen.ended |= dialect.ends(event.name(), data);
        } else {
            match dialect.sign(event.name(), data) {
                Sign::Nothing => {}
                Sign::Semantic => {
                    seen.semantic = true;
                    seen.ended |= dialect.ends(event.name(), data);
                }
                Sign::End => seen.ended = true,
                Sign::Error { kind, message } => {
                    seen.error.get_or_insert((kind, message));
                }
            }
        }
    } else if line.is_empty() {
        event.len = 0;
    }
}

fn field<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let value = line.strip_prefix(name)?.strip_prefix(b":")?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect;
    use proptest::prelude::*;

    const STREAM: &str = ": hi\r\n\r\nevent: message_start\r\ndata: {\"type\":\"message_start\"}\r\n\r\nevent: ping\ndata: {\"type\":\"ping\"}\n\nevent: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}";

    #[test]
    fn nothing_before_the_first_block_is_semantic() {
        let mut watch = Watch::new(dialect::ANTHROPIC);
        let block = STREAM.find("event: content_block_start").expect("block");
        assert_eq!(watch.feed(&STREAM.as_bytes()[..block]), &Seen::default());
        assert!(watch.feed(&STREAM.as_bytes()[block..]).semantic);
        assert!(!watch.seen().ended);
        assert!(watch.finish().ended);
    }

    #[test]
    fn an_overlong_line_passes_unseen_and_the_next_one_is_seen() {
        let mut lines = Lines::default();
        let mut got = Vec::new();
        let long = vec![b'x'; MAX_LINE / 2 + 1];
        for chunk in [&long[..], &long[..], b"tail\nnext\n"] {
            lines.feed(chunk, |l| got.push(l.to_vec()));
        }
        assert_eq!(got, [b"next".to_vec()]);
    }

    proptest! {
        #[test]
        fn any_chunking_gives_the_same_lines(cuts in proptest::collection::vec(1usize..30, 0..30)) {
            let whole = |chunks: &mut dyn Iterator<Item = &[u8]>| {
                let mut lines = Lines::default();
                let mut got = Vec::new();
                for chunk in chunks {
                    lines.feed(chunk, |l| got.push(l.to_vec()));
                }
                lines.finish(|l| got.push(l.to_vec()));
                got
            };
            let mut chunks = Vec::new();
            let mut rest = STREAM.as_bytes();
            for cut in cuts {
                let (head, tail) = rest.split_at(cut.min(rest.len()));
                chunks.push(head);
                rest = tail;
            }
            chunks.push(rest);
            let cut = whole(&mut chunks.into_iter());
            prop_assert_eq!(cut, whole(&mut std::iter::once(STREAM.as_bytes())));
        }
    }
}
