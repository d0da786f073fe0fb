//! Reads what routing needs out of a request body without building a tree of it.
//!
//! The parser skips: strings are crossed with `memchr`, nested values by counting brackets, so a body of
//! 100 KB costs microseconds. It is lenient on purpose (unknown fields and shapes appear with every client
//! release) and never judges whether the body is valid: that is the endpoint's business.

use std::borrow::Cow;

use memchr::memchr2;

/// What a request wishes, as far as its body says so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wish<'a> {
    /// `model`.
    pub model: Option<Cow<'a, str>>,
    /// `stream`; absent in the body = false.
    pub stream: bool,
    /// `previous_response_id`: the answer that this request goes on from.
    pub previous: Option<Cow<'a, str>>,
}

/// Reads `model` and `stream` of the top-level object. A repeated key counts as its last.
#[must_use]
pub fn peek(body: &[u8]) -> Wish<'_> {
    let mut wish = Wish::default();
    top_level(body, |key, value| match key {
        b"model" => wish.model = text(value),
        b"previous_response_id" => wish.previous = text(value),
        b"stream" => wish.stream = value == b"true",
        _ => {}
    });
    wish
}

/// Whether the top-level object of an answer is an error: it has a non-null `error`, or is of `type` `error`.
#[must_use]
pub fn is_error_object(body: &[u8]) -> bool {
    let mut error = false;
    top_level(body, |key, value| match key {
        b"error" => error |= value != b"null",
        b"type" => error |= value == b"\"error\"",
        _ => {}
    });
    error
}

/// The top-level `id` of an answer, as far as its beginning tells.
#[must_use]
pub fn id_of(body: &[u8]) -> Option<Cow<'_, str>> {
    let mut id = None;
    top_level(body, |key, value| {
        if key == b"id" && id.is_none() {
            id = text(value);
        }
    });
    id
}

#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

fn text(value: &[u8]) -> Option<Cow<'_, str>> {
    serde_json::from_slice::<Text<'_>>(value).ok().map(|text| text.0)
}

/// Calls `seen` with each top-level key (raw, without quotes) and its raw value, as far as the text is sound.
fn top_level<'a>(text: &'a [u8], mut seen: impl FnMut(&'a [u8], &'a [u8])) {
    let mut scan = Scan { text, pos: 0 };
    if !scan.eat(b'{') {
        return;
    }
    loop {
        let Some(key) = scan.string() else { return };
        if !scan.eat(b':') {
            return;
        }
        let Some(value) = scan.value() else { return };
        seen(&key[1..key.len() - 1], value);
        if !scan.eat(b',') {
            return;
        }
    }
}

struct Scan<'a> {
    text: &'a [u8],
    pos: usize,
}

impl<'a> Scan<'a> {
    fn skip_space(&mut self) -> Option<u8> {
        while let Some(&b) = self.text.get(self.pos) {
            if !matches!(b, b' ' | b'\t' | b'\r' | b'\n') {
                return Some(b);
            }
            self.pos += 1;
        }
        None
    }

    fn eat(&mut self, wanted: u8) -> bool {
        let found = self.skip_space() == Some(wanted);
        self.pos += usize::from(found);
        found
    }

    /// A string, its quotes included.
    fn string(&mut self) -> Option<&'a [u8]> {
        if self.skip_space() != Some(b'"') {
            return None;
        }
        let start = self.pos;
        self.pos += 1;
        loop {
            self.pos += memchr2(b'"', b'\\', &self.text[self.pos..])?;
            if self.text[self.pos] == b'"' {
                self.pos += 1;
                return Some(&self.text[start..self.pos]);
            }
            self.pos += 2;
            if self.pos > self.text.len() {
                return None;
            }
        }
    }

    fn value(&mut self) -> Option<&'a [u8]> {
        let first = self.skip_space()?;
        let start = self.pos;
        match first {
            b'"' => return self.string(),
            b'{' | b'[' => {
                let mut depth = 0usize;
                loop {
                    match *self.text.get(self.pos)? {
                        b'"' => {
                            self.string()?;
                            continue;
                        }
                        b'{' | b'[' => depth += 1,
                        b'}' | b']' => depth = depth.saturating_sub(1),
                        _ => {}
                    }
                    self.pos += 1;
                    if depth == 0 {
                        break;
                    }
                }
            }
            _ => {
                while !matches!(
                    self.text.get(self.pos),
                    None | Some(b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n')
                ) {
                    self.pos += 1;
                }
            }
        }
        Some(&self.text[start..self.pos])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn model_and_stream_are_found_wherever_they_stand() {
        let body = br#" { "messages":[{"content":"\"model\":\"no\"} \\"}], "x": -1.5e3, "y":null, "stream" : true ,"model":"claude-opus-5-5"}"#;
        assert_eq!(peek(body), Wish { model: Some("claude-opus-5-5".into()), stream: true, previous: None });
    }

    #[test]
    fn nested_keys_do_not_count() {
        assert_eq!(
            peek(br#"{"metadata":{"stream":true,"model":"x"},"input":[{"stream":true}]}"#),
            Wish::default()
        );
    }

    #[test]
    fn a_broken_body_gives_what_came_before_the_break() {
        assert_eq!(peek(br#"{"model":"a","messages":[{"co"#).model.as_deref(), Some("a"));
        assert_eq!(peek(b"<html>"), Wish::default());
        assert_eq!(peek(br#"{"a":"\"#), Wish::default());
    }

    #[test]
    fn escapes_in_a_model_name_are_read() {
        assert_eq!(peek(br#"{"model":"a\u00e9\/b"}"#).model.as_deref(), Some("aé/b"));
    }

    #[test]
    fn ids_are_read_from_a_beginning() {
        assert_eq!(id_of(br#"{"object":"file","id":"file_1","purp"#).as_deref(), Some("file_1"));
        assert_eq!(id_of(br#"{"data":[{"id":"no"}]}"#), None);
        assert_eq!(peek(br#"{"previous_response_id":"resp_1"}"#).previous.as_deref(), Some("resp_1"));
        assert_eq!(peek(br#"{"previous_response_id":null}"#).previous, None);
    }

    #[test]
    fn error_objects_are_told_from_answers() {
        assert!(is_error_object(br#"{"type":"error","error":{"type":"overloaded_error"}}"#));
        assert!(is_error_object(br#"{"error":{"message":"no"}}"#));
        assert!(!is_error_object(br#"{"id":"resp_1","error":null,"output":[]}"#));
        assert!(!is_error_object(br#"{"type":"message","content":[{"type":"error"}]}"#));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = peek(&body);
        }

        #[test]
        fn it_agrees_with_a_full_parser(stream in any::<bool>(), model in "\\PC*", noise in "\\PC*", first in any::<bool>()) {
            let noise = serde_json::json!({"a": [noise.clone(), {"model": noise}], "b": 1});
            let (m, s) = (serde_json::json!(model), serde_json::json!(stream));
            let text = if first {
                format!(r#"{{"model":{m},"noise":{noise},"stream":{s}}}"#)
            } else {
                format!(r#"{{"stream":{s},"noise":{noise},"model":{m}}}"#)
            };
            prop_assert_eq!(peek(text.as_bytes()), Wish { model: Some(model.into()), stream, previous: None });
        }
    }
}
