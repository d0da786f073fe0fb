//! The events of a stream that is there as a whole, and writing such events.
//!
//! Read as the standard says (WHATWG HTML, 9.2): LF, CRLF or CR ends a line, several `data` lines are one text, a byte
//! order mark at the start is skipped. Only the last event is read more kindly: it counts without its blank line, because
//! some servers leave that out.

use std::borrow::Cow;

use memchr::memchr2;

use super::json::Members;

/// Calls `each` with the name and the data of every event that has data.
pub(crate) fn events(stream: &[u8], mut each: impl FnMut(&[u8], &[u8])) {
    let mut rest = stream.strip_prefix(b"\xef\xbb\xbf").unwrap_or(stream);
    let mut name: &[u8] = b"";
    let mut data: Option<Cow<'_, [u8]>> = None;
    while !rest.is_empty() {
        let end = memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let line = &rest[..end];
        let width = if rest[end..].starts_with(b"\r\n") { 2 } else { 1 };
        rest = rest.get(end + width..).unwrap_or_default();
        if line.is_empty() {
            if let Some(data) = data.take() {
                each(name, &data);
            }
            name = b"";
        } else if let Some(value) = field(line, b"event") {
            name = value;
        } else if let Some(value) = field(line, b"data") {
            match &mut data {
                None => data = Some(Cow::Borrowed(value)),
                Some(data) => {
                    data.to_mut().push(b'\n');
                    data.to_mut().extend_from_slice(value);
                }
            }
        }
    }
    if let Some(data) = data {
        each(name, &data);
    }
}

fn field<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let value = line.strip_prefix(name)?;
    if value.is_empty() {
        return Some(value);
    }
    let value = value.strip_prefix(b":")?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}

/// A stream that is being written.
#[derive(Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    /// With room for the stream of an answer of `whole` bytes.
    pub(crate) fn for_answer(whole: usize) -> Self {
        Self(Vec::with_capacity(whole * 2 + 1024))
    }

    /// An event that is named after its `type`.
    pub(crate) fn named(&mut self, kind: &str, event: &Members<'_>) {
        self.0.extend_from_slice(b"event: ");
        self.0.extend_from_slice(kind.as_bytes());
        self.0.push(b'\n');
        self.data(event);
    }

    /// An event without a name.
    pub(crate) fn data(&mut self, event: &Members<'_>) {
        self.0.extend_from_slice(b"data: ");
        event.write(&mut self.0);
        self.0.extend_from_slice(b"\n\n");
    }

    /// Bytes as they are.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(stream: &str) -> Vec<(String, String)> {
        let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
        let mut out = Vec::new();
        events(stream.as_bytes(), |name, data| out.push((text(name), text(data))));
        out
    }

    fn pair(name: &str, data: &str) -> (String, String) {
        (name.to_owned(), data.to_owned())
    }

    #[test]
    fn every_line_end_ends_a_line() {
        for end in ["\n", "\r\n", "\r"] {
            let stream = "event: a|data: 1||: comment||data:2|data: 3||event: b||data: 4".replace('|', end);
            assert_eq!(read(&stream), [pair("a", "1"), pair("", "2\n3"), pair("", "4")], "{end:?}");
        }
    }

    #[test]
    fn a_byte_order_mark_and_unknown_fields_are_skipped() {
        assert_eq!(read("\u{feff}data: 1\nid: 7\nretry: 3\ndatax: 9\n\n"), [pair("", "1")]);
        assert_eq!(read("data\n\n"), [pair("", "")]);
    }
}
