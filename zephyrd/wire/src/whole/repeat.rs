//! Recognises an event that is the one before but for its text, so that it need not be taken apart.
//!
//! Most events of a stream differ from the one before in a single string (and in padding). Where all other bytes are the same
//! they mean the same, and taking them once more would change nothing: whoever notes an event sees to that.

use super::json;

/// The event before.
#[derive(Default)]
pub(crate) struct Repeat {
    /// The bytes around the strings that may differ; empty where no event is known.
    pieces: Vec<Vec<u8>>,
    /// Which of those strings is the text.
    wanted: usize,
}

impl Repeat {
    /// Notes the event `event`, whose string `wanted` (and `padding`) may differ next time. Both are parts of `event`.
    pub(crate) fn note(&mut self, event: &[u8], wanted: &str, padding: Option<&str>) {
        self.pieces.clear();
        let place = |part: &str| {
            let start = part.as_ptr().addr().checked_sub(event.as_ptr().addr())?;
            (start + part.len() <= event.len()).then_some(start..start + part.len())
        };
        let Some(wanted) = place(wanted) else { return };
        let mut strings = vec![wanted.clone()];
        strings.extend(padding.filter(|p| json::is_text(p)).and_then(place));
        strings.sort_by_key(|range| range.start);
        self.wanted = usize::from(strings[0] != wanted);
        let mut from = 0;
        for string in strings {
            self.pieces.push(event[from..string.start].to_vec());
            from = string.end;
        }
        self.pieces.push(event[from..].to_vec());
    }

    /// Forgets the event.
    pub(crate) fn clear(&mut self) {
        self.pieces.clear();
    }

    /// The text of `event` (a JSON string), if the rest is as it was.
    pub(crate) fn text<'a>(&self, event: &'a [u8]) -> Option<&'a str> {
        let (first, others) = self.pieces.split_first()?;
        let mut rest = event.strip_prefix(first.as_slice())?;
        let mut text = None;
        for (n, piece) in others.iter().enumerate() {
            let (string, after) = rest.split_at(json::string_len(rest)?);
            // Sound in itself: its escapes and its characters are read here as elsewhere.
            let string = json::value(std::str::from_utf8(string).ok()?)?;
            if n == self.wanted {
                text = Some(string);
            }
            rest = after.strip_prefix(piece.as_slice())?;
        }
        text.filter(|_| rest.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(event: &str, wanted: &str, padding: Option<&str>) -> Repeat {
        let part = |text: &str| {
            let at = event.find(text).expect("a part");
            &event[at..at + text.len()]
        };
        let mut repeat = Repeat::default();
        repeat.note(event.as_bytes(), part(wanted), padding.map(part));
        repeat
    }

    #[test]
    fn the_same_event_gives_its_text_whatever_that_is() {
        let repeat = noted(r#"{"i":0,"text":"one"}"#, r#""one""#, None);
        for text in ["\"\"", "\"two\"", r#""a\"}\\""#, r#""\ud83d""#, "\"風\""] {
            let event = format!(r#"{{"i":0,"text":{text}}}"#);
            assert_eq!(repeat.text(event.as_bytes()), Some(text));
        }
    }

    #[test]
    fn padding_may_differ_before_and_after_the_text() {
        for event in [r#"{"text":"one","pad":"xyz"}"#, r#"{"pad":"xyz","text":"one"}"#] {
            let repeat = noted(event, r#""one""#, Some(r#""xyz""#));
            let next = event.replace("one", "two").replace("xyz", "");
            assert_eq!(repeat.text(next.as_bytes()), Some(r#""two""#));
        }
    }

    #[test]
    fn another_or_a_broken_event_is_none() {
        let repeat = noted(r#"{"i":0,"text":"one"}"#, r#""one""#, None);
        for event in [
            r#"{"i":1,"text":"one"}"#,
            r#"{"i":0,"text":"one","x":1}"#,
            r#"{"i":0,"text":"one"} "#,
            r#"{"i":0,"text":"one"#,
            r#"{"i":0,"text":"one\"}"#,
            r#"{"i":0,"text":"\x"}"#,
            r#"{"i":0,"text":null}"#,
            r#"{"i":0,"text":}"#,
            "{\"i\":0,\"text\":\"\n\"}",
            "",
        ] {
            assert_eq!(repeat.text(event.as_bytes()), None, "{event}");
        }
        assert_eq!(repeat.text(b"{\"i\":0,\"text\":\"\xff\"}"), None);
        assert_eq!(Repeat::default().text(b""), None);
    }
}
