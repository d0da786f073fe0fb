//! Texts that come in pieces, made whole characters again.
//!
//! Vendors cut the text of an answer where they like, also between the two halves of a surrogate pair, each in a JSON
//! string of its own. A half that ends a piece waits for the next one.

use super::Text;
use crate::whole::json;

/// The pieces of one text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Joined {
    /// A first half of a pair, as JSON writes it: `\ud83d`.
    half: Option<String>,
}

impl Joined {
    /// The text of the next piece, a JSON string with its quotes. A half that finds no other becomes U+FFFD. What is no
    /// JSON string is nothing.
    pub fn piece<'a>(&mut self, raw: &'a str) -> Text<'a> {
        let inner = raw.strip_prefix('"').and_then(|r| r.strip_suffix('"')).unwrap_or_default();
        if inner.is_empty() {
            return Text::Borrowed("");
        }
        let held = self.half.take();
        let cut = first_half_at_end(inner);
        if held.is_none()
            && cut.is_none()
            && let Some(text) = json::word(raw)
        {
            return text;
        }
        let keep = cut.unwrap_or(inner.len());
        self.half = cut.map(|at| inner[at..].to_owned());
        let whole = format!("\"{}{}\"", held.unwrap_or_default(), &inner[..keep]);
        match json::word(&whole) {
            Some(text) => Text::Owned(text.into_owned()),
            None => json::word(&healed(&whole)).map(|t| Text::Owned(t.into_owned())).unwrap_or_default(),
        }
    }
}

/// Where a first half stands at the end of the inside of a JSON string.
fn first_half_at_end(inner: &str) -> Option<usize> {
    let at = inner.len().checked_sub(6)?;
    let tail = inner.as_bytes().get(at..)?;
    let is_first = tail.starts_with(b"\\u")
        && matches!(tail[2], b'd' | b'D')
        && matches!(tail[3], b'8' | b'9' | b'a' | b'b' | b'A' | b'B')
        && tail[4..].iter().all(u8::is_ascii_hexdigit);
    let slashes = inner.as_bytes()[..at].iter().rev().take_while(|b| **b == b'\\').count();
    (is_first && slashes % 2 == 0).then_some(at)
}

/// A JSON string in which halves of pairs that stand alone are U+FFFD.
fn healed(raw: &str) -> String {
    let unit = |text: &str| -> Option<u32> {
        let hex = text.strip_prefix("\\u")?.get(..4)?;
        u32::from_str_radix(hex, 16).ok()
    };
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let first = unit(rest);
        let second = rest.get(6..).and_then(unit);
        let len = match (first, second) {
            (Some(0xD800..0xDC00), Some(0xDC00..0xE000)) => 12,
            (Some(0xD800..0xE000), _) => {
                out.push('\u{fffd}');
                rest = &rest[6..];
                continue;
            }
            (Some(_), _) => 6,
            (None, _) => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
        };
        out.push_str(&rest[..len]);
        rest = &rest[len..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(pieces: &[&str]) -> String {
        let mut joined = Joined::default();
        pieces.iter().map(|piece| joined.piece(piece).into_owned()).collect()
    }

    #[test]
    fn a_pair_that_was_cut_in_two_is_one_character() {
        assert_eq!(all(&[r#""a\ud83d""#, r#""\ude00b""#]), "a😀b");
        assert_eq!(all(&[r#""\ud83d\ude00""#]), "😀");
        assert_eq!(all(&[r#""\ud83d""#, r#""""#, r#""\ude00""#]), "😀");
    }

    #[test]
    fn a_half_that_stands_alone_does_not_spoil_the_rest() {
        assert_eq!(all(&[r#""a\ude00b\n""#]), "a\u{fffd}b\n");
        assert_eq!(all(&[r#""a\ud83d""#, r#""b""#]), "a\u{fffd}b");
        assert_eq!(all(&[r#""x\\ud83d""#, r#""y""#]), "x\\ud83dy");
    }

    #[test]
    fn plain_text_is_not_copied() {
        assert!(matches!(Joined::default().piece("\"plain\""), Text::Borrowed("plain")));
        assert_eq!(Joined::default().piece("12"), "");
    }
}
