//! Server-sent events, cut out of a stream as it passes.
//!
//! [`Events`] follows the standard: lines end with LF, CR or both, several `data` lines make one text, a byte order
//! mark is skipped, comments are no events. An event that lies in one chunk with one `data` line, which nearly all do,
//! is handed out where it lies; others are copied once. More generous than the standard, an event at the end of the
//! stream needs no blank line.

use memchr::memchr2;

/// Longest event that is read, in bytes of its lines. A longer one is told as [`Event::overlong`] and the next one is
/// read again.
pub const MAX_EVENT: usize = 8 * 1024 * 1024;
/// What is kept of the data of an overlong event.
const OVERLONG_HEAD: usize = 4096;
/// What an empty buffer may keep.
const KEPT: usize = 64 * 1024;

/// One event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event<'a> {
    /// Its name; empty where the stream gives none, or one of more than 48 bytes.
    pub name: &'a [u8],
    /// Its data, lines joined with LF.
    pub data: &'a [u8],
    /// The event is longer than [`MAX_EVENT`]: `data` is its beginning.
    pub overlong: bool,
    /// The stream has ended in this event: `data` may be cut.
    pub unfinished: bool,
}

/// Cuts chunks into events.
#[derive(Debug, Default)]
pub struct Events {
    /// A line that has not ended.
    line: Vec<u8>,
    /// Data of the open event that does not lie in the chunk.
    data: Vec<u8>,
    has_data: bool,
    name: Name,
    /// Bytes of the open event's lines.
    size: usize,
    skip: Skip,
    after_cr: bool,
    begun: bool,
}

/// Whether the rest of an overlong event is skipped.
#[derive(Debug, Default, PartialEq, Eq)]
enum Skip {
    #[default]
    No,
    /// The present line is still empty: it may be the blank one.
    LineStart,
    InLine,
}

#[derive(Debug)]
struct Name {
    bytes: [u8; 48],
    len: usize,
}

impl Default for Name {
    fn default() -> Self {
        Self { bytes: [0; 48], len: 0 }
    }
}

impl Name {
    fn set(&mut self, name: &[u8]) {
        // A longer name is none that any dialect knows.
        self.len = if name.len() <= self.bytes.len() { name.len() } else { 0 };
        self.bytes[..self.len].copy_from_slice(&name[..self.len]);
    }

    fn get(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Events {
    /// Calls `each` with every event that ends in `chunk`.
    pub fn feed(&mut self, chunk: &[u8], mut each: impl FnMut(Event<'_>)) {
        let mut rest = chunk;
        // Data of the open event, where it lies.
        let mut held = None;
        while let Some(&first) = rest.first() {
            if self.after_cr {
                self.after_cr = false;
                if first == b'\n' {
                    rest = &rest[1..];
                    continue;
                }
            }
            let Some(end) = memchr2(b'\n', b'\r', rest) else { break };
            let (head, tail) = (&rest[..end], &rest[end + 1..]);
            self.after_cr = rest[end] == b'\r';
            rest = tail;
            if self.skip != Skip::No {
                self.skip_line(head);
            } else if self.line.is_empty() {
                self.take(head, &mut held, &mut each);
            } else {
                self.take_long(head, &mut each);
            }
        }
        if let Some(data) = held {
            self.data.extend_from_slice(data);
        }
        self.keep(rest, &mut each);
    }

    /// The stream has ended: calls `each` with an event that no blank line has closed, if there is one.
    pub fn finish(&mut self, mut each: impl FnMut(Event<'_>)) {
        let mut events = std::mem::take(self);
        if events.skip != Skip::No {
            return;
        }
        let line = std::mem::take(&mut events.line);
        let mut held = None;
        if !line.is_empty() {
            events.take(&line, &mut held, &mut each);
        }
        if events.has_data {
            let data = held.unwrap_or(&events.data);
            each(Event { name: events.name.get(), data, overlong: false, unfinished: true });
        }
    }

    /// One line that lies in the chunk.
    fn take<'a>(
        &mut self,
        mut line: &'a [u8],
        held: &mut Option<&'a [u8]>,
        each: &mut impl FnMut(Event<'_>),
    ) {
        if !self.begun {
            self.begun = true;
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        if line.is_empty() {
            if self.has_data {
                let data = held.take().unwrap_or(&self.data);
                each(Event { name: self.name.get(), data, overlong: false, unfinished: false });
            }
            self.close();
            return;
        }
        self.size += line.len();
        if self.size > MAX_EVENT {
            self.data.extend_from_slice(held.take().unwrap_or_default());
            return self.give_up(line, Skip::LineStart, each);
        }
        if let Some(data) = field(line, b"data") {
            if !self.has_data {
                self.has_data = true;
                *held = Some(data);
            } else {
                self.data.extend_from_slice(held.take().unwrap_or_default());
                self.data.push(b'\n');
                self.data.extend_from_slice(data);
            }
        } else if let Some(name) = field(line, b"event") {
            self.name.set(name);
        }
    }

    /// One line whose beginning came with earlier chunks.
    fn take_long(&mut self, head: &[u8], each: &mut impl FnMut(Event<'_>)) {
        let mut line = std::mem::take(&mut self.line);
        let fits = self.size + line.len() + head.len() <= MAX_EVENT;
        let kept = if fits { head } else { &head[..head.len().min(2 * OVERLONG_HEAD)] };
        self.size += head.len() - kept.len();
        line.extend_from_slice(kept);
        let mut data = None;
        self.take(&line, &mut data, each);
        if let Some(data) = data {
            self.data.extend_from_slice(data);
        }
        line.clear();
        line.shrink_to(KEPT);
        self.line = line;
    }

    /// Keeps the beginning of a line whose end has not come.
    fn keep(&mut self, rest: &[u8], each: &mut impl FnMut(Event<'_>)) {
        if rest.is_empty() {
            return;
        }
        if self.skip != Skip::No {
            self.skip = Skip::InLine;
        } else if self.size + self.line.len() + rest.len() > MAX_EVENT {
            let mut line = std::mem::take(&mut self.line);
            line.extend_from_slice(&rest[..rest.len().min(2 * OVERLONG_HEAD)]);
            self.give_up(&line, Skip::InLine, each);
        } else {
            self.line.extend_from_slice(rest);
        }
    }

    /// Tells an overlong event by its beginning; its rest is skipped.
    fn give_up(&mut self, line: &[u8], skip: Skip, each: &mut impl FnMut(Event<'_>)) {
        let data = if self.has_data { &self.data[..] } else { field(line, b"data").unwrap_or_default() };
        let data = &data[..data.len().min(OVERLONG_HEAD)];
        each(Event { name: self.name.get(), data, overlong: true, unfinished: false });
        self.close();
        self.data = Vec::new();
        self.skip = skip;
    }

    fn skip_line(&mut self, line: &[u8]) {
        let is_blank = line.is_empty() && self.skip == Skip::LineStart;
        self.skip = if is_blank { Skip::No } else { Skip::LineStart };
    }

    fn close(&mut self) {
        self.name.len = 0;
        self.has_data = false;
        self.size = 0;
        if !self.data.is_empty() {
            self.data.clear();
            self.data.shrink_to(KEPT);
        }
    }
}

/// The value of `line` if it is the field `name`.
fn field<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let rest = line.strip_prefix(name)?;
    if rest.is_empty() {
        return Some(rest);
    }
    let value = rest.strip_prefix(b":")?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}

#[cfg(test)]
mod tests;
