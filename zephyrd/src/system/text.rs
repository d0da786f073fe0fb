//! Strings from outside, made harmless for terminals, logs and one-line protocols.
//!
//! Names in the config, error texts of endpoints and the output of models may carry escape sequences, line
//! breaks or direction overrides that forge what a person reads.

/// Longest string that is passed on to people, in characters.
const LONGEST: usize = 500;

/// `text` in one line of at most 500 characters, without control characters and direction overrides.
pub(crate) fn clean(text: &str) -> String {
    if text.len() <= LONGEST && is_plain(text) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len().min(LONGEST));
    let mut chars = text.chars();
    out.extend(chars.by_ref().filter_map(harmless).take(LONGEST));
    if chars.next().is_some() {
        out.push('…');
    }
    out
}

/// Whether all of it is printable ASCII, as nearly everything is.
pub(super) fn is_plain(text: &str) -> bool {
    text.bytes().fold(true, |plain, b| plain & (b' '..=b'~').contains(&b))
}

/// Whether `c` could steer a terminal or turn text round.
pub(crate) fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn harmless(c: char) -> Option<char> {
    match c {
        '\n' | '\r' | '\t' => Some(' '),
        c if is_hostile(c) => None,
        c => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn escape_sequences_and_direction_overrides_are_taken_out() {
        assert_eq!(clean("a\u{1b}[31mred\u{7}\u{9b}2J\u{202e}x"), "a[31mred2Jx");
        assert_eq!(clean("one\ntwo\tthree"), "one two three");
        assert_eq!(clean("Überlauf 超载"), "Überlauf 超载");
    }

    #[test]
    fn a_long_text_is_cut_at_500_characters() {
        assert_eq!(clean(&"é".repeat(500)), "é".repeat(500));
        assert_eq!(clean(&"é".repeat(9000)), format!("{}…", "é".repeat(500)));
    }
}
