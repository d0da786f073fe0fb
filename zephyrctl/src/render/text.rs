//! Hostile strings made safe for a terminal, and cut to a width.
//!
//! Control characters, escape sequences, bidirectional overrides and invisible characters become visible
//! escapes; stacks of combining marks are cut; a text with right-to-left letters is closed with a mark, so that
//! what follows it on the line keeps its place.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Longest name outside tables, in columns.
const NAME: usize = 48;
/// Longest free text, in columns.
const LINE: usize = 2000;
/// Combining marks kept on one letter.
const MARKS: usize = 3;
const LEFT_TO_RIGHT: char = '\u{200e}';

/// The text with nothing in it that a terminal would act on.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.chars() {
        if is_hostile(c) {
            marks = 0;
            out.extend(escape(c));
        } else if c.width() == Some(0) {
            marks += 1;
            if marks <= MARKS {
                out.push(c);
            }
        } else {
            marks = 0;
            out.push(c);
        }
    }
    if out.chars().any(is_right_to_left) {
        out.push(LEFT_TO_RIGHT);
    }
    Cow::Owned(out)
}

/// A line of a document that has to stay readable by programs: what a terminal would act on becomes an escape as
/// TOML writes it, and nothing is added or cut.
pub(crate) fn data(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match u32::from(c) {
            _ if c == '\t' || !is_hostile(c) => out.push(c),
            code @ ..=0xffff => out.push_str(&format!("\\u{code:04x}")),
            code => out.push_str(&format!("\\U{code:08x}")),
        }
    }
    out
}

/// A name as part of a sentence.
pub(crate) fn name(text: &str) -> String {
    fit(&clean(text), NAME)
}

/// Free text on one line.
pub(crate) fn line(text: &str) -> String {
    fit(&clean(text), LINE)
}

/// Columns that a clean text takes.
pub(crate) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// At most `limit` columns of a clean text, with `…` where something was cut.
pub(crate) fn fit(text: &str, limit: usize) -> String {
    if width(text) <= limit {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used + 1 > limit {
            break;
        }
        out.push(c);
    }
    if limit > 0 {
        out.push('…');
    }
    if out.chars().any(is_right_to_left) {
        out.push(LEFT_TO_RIGHT);
    }
    out
}

/// A clean text in lines of at most `limit` columns, broken at blanks where there are some; what does not fit
/// into `most` lines is cut.
pub(crate) fn wrap(text: &str, limit: usize, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text;
    while lines.len() + 1 < most && width(rest) > limit {
        let mut used = 0;
        let end = rest.char_indices().find(|(_, c)| {
            used += c.width().unwrap_or(0);
            used > limit
        });
        let end = end.map_or(rest.len(), |(at, _)| at);
        // A blank may be the first character that does not fit.
        let (fits, next) = rest.split_at(end);
        let at =
            if next.starts_with(' ') { end } else { fits.rfind(' ').filter(|at| *at > 0).unwrap_or(end) };
        let (line, after) = rest.split_at(at);
        if line.is_empty() {
            break;
        }
        lines.push(line.to_owned());
        rest = after.trim_start_matches(' ');
    }
    lines.push(fit(rest, limit));
    lines
}

/// Whether a terminal, or the eye, would be misled by this character.
pub(crate) fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

fn escape(c: char) -> Box<dyn Iterator<Item = char>> {
    match c {
        '\n' | '\r' | '\t' => Box::new(c.escape_default()),
        _ => Box::new(c.escape_unicode()),
    }
}

fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}' | '\u{10800}'..='\u{10fff}'
        | '\u{1e800}'..='\u{1efff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escape_sequences_become_visible() {
        assert_eq!(clean("a\x1b[31mred\x07\n\u{9b}2J\u{202e}x"), r"a\u{1b}[31mred\u{7}\n\u{9b}2J\u{202e}x");
    }

    #[test]
    fn right_to_left_names_are_closed() {
        assert_eq!(clean("שלום"), "שלום\u{200e}");
    }

    #[test]
    fn documents_keep_their_meaning() {
        assert_eq!(data("a = \"\u{1b}[2J\" # \tשלום"), "a = \"\\u001b[2J\" # \tשלום");
        assert_eq!(data("\u{202e}\u{e0001}"), "\\u202e\\U000e0001");
    }

    #[test]
    fn wide_letters_are_cut_by_columns() {
        assert_eq!(fit("東京都庁", 5), "東京…");
        assert_eq!(fit("abcdef", 6), "abcdef");
        assert_eq!(fit("abcdefg", 6), "abcde…");
    }

    #[test]
    fn long_texts_are_broken_at_blanks() {
        assert_eq!(wrap("connection refused by the peer", 12, 3), ["connection", "refused by", "the peer"]);
        assert_eq!(wrap("connection refused by the peer", 12, 2), ["connection", "refused by …"]);
        assert_eq!(wrap("abcdefghij", 4, 9), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("short", 12, 3), ["short"]);
        assert_eq!(wrap("東", 1, 3), ["…"]);
    }

    #[test]
    fn stacked_marks_are_cut() {
        let stacked = format!("e{}x", "\u{301}".repeat(1000));
        assert_eq!(clean(&stacked).chars().count(), 5);
    }

    proptest! {
        #[test]
        fn nothing_a_terminal_acts_on_is_left(text in any::<String>(), limit in 0usize..40) {
            let shown = fit(&clean(&text), limit);
            prop_assert!(shown.chars().all(|c| c == LEFT_TO_RIGHT || !is_hostile(c)));
            prop_assert!(width(&shown) <= limit);
            let wrapped = wrap(&clean(&text), limit, 3);
            prop_assert!(wrapped.len() <= 3 && wrapped.iter().all(|line| width(line) <= limit));
        }
    }
}
