//! Reads what routing needs out of a request body without building a tree of it.
//!
//! The parser skips: strings are crossed with `memchr`, nested values by counting brackets, so a body of
//! 100 KB costs microseconds. It is lenient on purpose (unknown fields and shapes appear with every client
//! release) and never judges whether the body is valid: that is the endpoint's business.

use std::borrow::Cow;

use memchr::memchr2;

/// Most words of eight bytes of a string that are looked at one by one: keys and most values are no longer, and whatever
/// looks at many bytes at once takes longer to begin.
const SHORT: usize = 3;

/// Where inside a string of JSON its end is, or the next escape.
pub(crate) fn end_of_text(text: &[u8]) -> Option<usize> {
    let (words, rest) = text.as_chunks::<8>();
    for (at, word) in words.iter().take(SHORT).enumerate() {
        let word = u64::from_le_bytes(*word);
        let ends = zeros(word ^ every(b'"')) | zeros(word ^ every(b'\\'));
        if ends != 0 {
            return Some(at * 8 + ends.trailing_zeros() as usize / 8);
        }
    }
    if words.len() < SHORT {
        let is_end = |byte: &u8| matches!(byte, b'"' | b'\\');
        return rest.iter().position(is_end).map(|at| words.len() * 8 + at);
    }
    memchr2(b'"', b'\\', &text[SHORT * 8..]).map(|at| SHORT * 8 + at)
}

/// A word that has this byte in all places.
const fn every(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// A bit for the first byte of `word` that is zero, if one is; what is set behind it means nothing.
const fn zeros(word: u64) -> u64 {
    word.wrapping_sub(every(1)) & !word & every(0x80)
}

/// What a request wishes, as far as its body says so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wish<'a> {
    /// `model`.
    pub model: Option<Cow<'a, str>>,
    /// `stream`; absent in the body = false.
    pub stream: bool,
    /// `previous_response_id`: the answer that this request goes on from.
    pub previous: Option<Cow<'a, str>>,
    /// The client's session, where the body names one: in `metadata.user_id`, as `metadata.session_id`, or as
    /// `prompt_cache_key`, the first of these that does.
    pub session: Option<Cow<'a, str>>,
}

/// Reads model, stream and ids of the top-level object. A repeated key counts as its last.
#[must_use]
pub fn peek(body: &[u8]) -> Wish<'_> {
    let mut wish = Wish::default();
    let mut cache_key = None;
    members(body, |key, value| match key {
        b"model" => wish.model = text(value),
        b"previous_response_id" => wish.previous = text(value),
        b"stream" => wish.stream = value == b"true",
        b"metadata" => wish.session = session_of_metadata(value),
        b"prompt_cache_key" => cache_key = text(value),
        _ => {}
    });
    wish.session = wish.session.or(cache_key);
    wish
}

/// The session in `metadata`. Claude Code writes it into `user_id`: as an object in a string, in older versions as
/// `user_…_account_…_session_…` (both measured).
fn session_of_metadata(metadata: &[u8]) -> Option<Cow<'_, str>> {
    let (mut user, mut session) = (None, None);
    members(metadata, |key, value| match key {
        b"user_id" => user = text(value),
        b"session_id" => session = text(value),
        _ => {}
    });
    user.and_then(session_of_user).or(session)
}

fn session_of_user(user: Cow<'_, str>) -> Option<Cow<'_, str>> {
    if user.trim_start().starts_with('{') {
        let mut session = None;
        members(user.as_bytes(), |key, value| {
            if key == b"session_id" {
                session = text(value).map(|id| Cow::Owned(id.into_owned()));
            }
        });
        return session;
    }
    match user {
        Cow::Borrowed(user) => user.rsplit_once("_session_").map(|(_, id)| Cow::Borrowed(id)),
        Cow::Owned(user) => user.rsplit_once("_session_").map(|(_, id)| Cow::Owned(id.to_owned())),
    }
}

/// What a request means beside the form of its answer: calls `each` with every top-level member in order (the raw
/// key without its quotes, the raw value) except `stream` and those in `also_skip`.
///
/// `None` if the text is not one sound JSON object to its end; `each` may have been called by then. Bodies that give
/// the same calls differ at most in those members and in the space between members.
pub fn meaning<'a>(
    body: &'a [u8],
    also_skip: &[&str],
    mut each: impl FnMut(&'a [u8], &'a [u8]),
) -> Option<()> {
    // The scan below counts brackets and looks at no scalar: it finds the members of sound text alone.
    let text = std::str::from_utf8(body).ok()?;
    serde_json::from_str::<serde::de::IgnoredAny>(text).ok()?;
    members(body, |key, value| {
        if key != b"stream" && !also_skip.iter().any(|skip| skip.as_bytes() == key) {
            each(key, value);
        }
    })
}

/// Whether the top-level object of an answer is an error: it has a non-null `error`, or is of `type` `error`.
#[must_use]
pub fn is_error_object(body: &[u8]) -> bool {
    let mut error = false;
    members(body, |key, value| match key {
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
    members(body, |key, value| {
        if key == b"id" && id.is_none() {
            id = text(value);
        }
    });
    id
}

#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// A string value, unescaped.
pub(crate) fn text(value: &[u8]) -> Option<Cow<'_, str>> {
    // Most have nothing to unescape.
    if let [b'"', plain @ .., b'"'] = value
        && plain.iter().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\'))
    {
        return std::str::from_utf8(plain).ok().map(Cow::Borrowed);
    }
    serde_json::from_slice::<Text<'_>>(value).ok().map(|text| text.0)
}

/// Calls `seen` with each key (raw, without quotes) of an object and its raw value, as far as the text is sound;
/// `Some` if that is to its end and nothing but space follows.
pub(crate) fn members<'a>(text: &'a [u8], mut seen: impl FnMut(&'a [u8], &'a [u8])) -> Option<()> {
    let mut scan = Scan { text, pos: 0 };
    scan.wanted(b'{')?;
    if !scan.eat(b'}') {
        loop {
            let key = scan.string()?;
            scan.wanted(b':')?;
            let value = scan.value()?;
            seen(&key[1..key.len() - 1], value);
            if !scan.eat(b',') {
                scan.wanted(b'}')?;
                break;
            }
        }
    }
    scan.skip_space().is_none().then_some(())
}

/// As [`members`], for the values of an array.
pub(crate) fn items<'a>(text: &'a [u8], mut seen: impl FnMut(&'a [u8])) -> Option<()> {
    let mut scan = Scan { text, pos: 0 };
    scan.wanted(b'[')?;
    if !scan.eat(b']') {
        loop {
            seen(scan.value()?);
            if !scan.eat(b',') {
                scan.wanted(b']')?;
                break;
            }
        }
    }
    scan.skip_space().is_none().then_some(())
}

/// The value that `text` begins with; strings, objects and arrays must be closed.
pub(crate) fn first_value(text: &[u8]) -> Option<&[u8]> {
    Scan { text, pos: 0 }.value()
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

    fn wanted(&mut self, byte: u8) -> Option<()> {
        self.eat(byte).then_some(())
    }

    /// A string, its quotes included.
    fn string(&mut self) -> Option<&'a [u8]> {
        if self.skip_space() != Some(b'"') {
            return None;
        }
        let start = self.pos;
        self.pos += 1;
        loop {
            self.pos += end_of_text(&self.text[self.pos..])?;
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
        assert_eq!(
            peek(body),
            Wish { model: Some("claude-opus-5-5".into()), stream: true, ..Wish::default() }
        );
    }

    #[test]
    fn the_end_of_a_text_is_found_wherever_it_is() {
        for length in 0..80 {
            let plain = "é".repeat(length / 2) + &"x".repeat(length % 2);
            assert_eq!(end_of_text(plain.as_bytes()), None);
            for end in ["\"", "\\", "\"\\ and more of it", "\\\"#\u{1}!]"] {
                let text = format!("{plain}{end}");
                assert_eq!(end_of_text(text.as_bytes()), Some(length), "{text}");
            }
        }
    }

    #[test]
    fn texts_are_those_of_a_full_parser() {
        for value in [
            r#""""#,
            r#""a b~""#,
            r#""é""#,
            r#""\u0041""#,
            r#""a\"b""#,
            r#""a"b""#,
            "\"a\tb\"",
            "\"a\x7f\"",
            "7",
            "\"",
            "null",
        ] {
            let full = serde_json::from_str::<String>(value).ok();
            assert_eq!(text(value.as_bytes()).map(Cow::into_owned), full, "{value}");
        }
        assert_eq!(text(b"\"\xff\""), None);
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

    #[test]
    fn the_session_is_found_where_clients_write_it() {
        let newest = r#"{"metadata":{"user_id":"{\"device_id\":\"d\",\"account_uuid\":\"\",\"session_id\":\"s-1\"}"}}"#;
        let older = r#"{"metadata":{"user_id":"user_0a_account_1b-2c_session_s-1"}}"#;
        let plain = r#"{"prompt_cache_key":"s-0","metadata":{"session_id":"s-1","user_id":"ada"}}"#;
        let cache_key = r#"{"metadata":{"user_id":"ada"},"prompt_cache_key":"s-1"}"#;
        for body in [newest, older, plain, cache_key] {
            assert_eq!(peek(body.as_bytes()).session.as_deref(), Some("s-1"), "{body}");
        }
        for body in [
            r#"{"metadata":{"user_id":"{\"session_id\":7}"}}"#,
            r#"{"metadata":null}"#,
            r#"{"x":{"session_id":"no"}}"#,
        ] {
            assert_eq!(peek(body.as_bytes()).session, None, "{body}");
        }
    }

    fn meant(body: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
        let mut all = Vec::new();
        meaning(body, &["user"], |key, value| all.push((key, value))).map(|()| all)
    }

    #[test]
    fn meaning_is_every_member_in_order_but_the_form_of_the_answer() {
        let body = br#" {"b" : [1, {"stream":true}] ,"stream":true,"a":"x","user":{},"a":null,"\u0073tream":false} "#;
        let want: [(&[u8], &[u8]); 4] = [
            (b"b", br#"[1, {"stream":true}]"#),
            (b"a", br#""x""#),
            (b"a", b"null"),
            (br"\u0073tream", b"false"),
        ];
        assert_eq!(meant(body).as_deref(), Some(&want[..]));
        assert_eq!(meant(b"{}"), Some(Vec::new()));
    }

    #[test]
    fn only_sound_objects_mean_something() {
        for body in [
            &b""[..],
            b"[]",
            b"{",
            b"{\"a\":1",
            b"{\"a\":1}}",
            b"{\"a\":1} x",
            b"{\"a\":1,}",
            b"{\"a\":tru}",
            b"{\"a\":[1}]}",
            b"{\"a\" 1}",
            b"{a:1}",
            b"{\"a\":\"\n\"}",
            b"{\"a\":\"\xff\"}",
        ] {
            assert_eq!(meant(body), None, "{}", body.escape_ascii());
        }
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
            prop_assert_eq!(peek(text.as_bytes()), Wish { model: Some(model.into()), stream, ..Wish::default() });
        }
    }
}
