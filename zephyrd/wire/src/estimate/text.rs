//! Counts the tokens of texts in o200k, in bounded time.
//!
//! Real text is counted at 100 MB/s. What has no spaces (base64, minified code, runs of one character) takes up to fifty
//! times as long, so of that only every eighth kilobyte is counted once there has been much of it, and stands for the
//! others. Behind [`BUDGET`] nothing is counted: more than any model takes as input is told apart from what it takes.

use std::sync::LazyLock;

use tiktoken::CoreBpe;

/// Most bytes of texts that are looked at.
const BUDGET: usize = 8 << 20;
/// Texts are cut into pieces of this size, at a space where there is one: what has none would take time by more than its
/// length.
const PIECE: usize = 1_024;
/// How far back a space is looked for.
const BACK: usize = 128;
/// So many pieces without a space are counted one by one.
const UNBROKEN: u64 = 64;
/// Of further ones every so many.
const EVERY: u64 = 8;

/// The vocabulary; unpacked at first use. `None` cannot be: it is built in.
static O200K: LazyLock<Option<&'static CoreBpe>> = LazyLock::new(|| tiktoken::get_encoding("o200k_base"));

/// Adds texts up.
#[derive(Debug, Default)]
pub(super) struct Meter {
    tokens: u64,
    /// Bytes that were looked at.
    seen: usize,
    /// Bytes that were not.
    unseen: usize,
    /// Pieces without a space so far.
    unbroken: u64,
    /// Tokens of those that were only sampled.
    sampled: u64,
}

impl Meter {
    /// One more text.
    pub(super) fn add(&mut self, text: &str) {
        let room = BUDGET.saturating_sub(self.seen);
        let (text, beyond) = text.split_at(boundary(text, room));
        self.seen += text.len();
        self.unseen += beyond.len();
        let mut rest = text;
        while !rest.is_empty() {
            let (piece, broken) = first_piece(rest);
            rest = &rest[piece.len()..];
            if broken {
                self.tokens += count(piece);
            } else {
                self.sample(piece);
            }
        }
    }

    /// All of them together.
    pub(super) fn tokens(&self) -> u64 {
        let (seen, unseen) = (self.seen.max(1) as u64, self.unseen as u64);
        self.tokens + (unseen * self.tokens).div_ceil(seen)
    }

    /// As [`Meter::tokens`], without much that has no spaces: files in base64.
    pub(super) fn readable(&self) -> u64 {
        self.tokens() - self.sampled
    }

    fn sample(&mut self, piece: &str) {
        self.unbroken += 1;
        match self.unbroken.checked_sub(UNBROKEN) {
            None | Some(0) => self.tokens += count(piece),
            Some(further) if further % EVERY == 1 => {
                let tokens = count(piece) * EVERY;
                self.tokens += tokens;
                self.sampled += tokens;
            }
            Some(_) => {}
        }
    }
}

/// The next piece of `text`, and whether it ends at a space or at the end of the text.
fn first_piece(text: &str) -> (&str, bool) {
    let at = boundary(text, PIECE);
    if at == text.len() {
        return (text, true);
    }
    let from = at - BACK;
    let space = text.as_bytes()[from..at].iter().rposition(|b| matches!(b, b' ' | b'\n'));
    // A run of spaces is no end of anything.
    let space = space.map(|back| from + back).filter(|s| !text.as_bytes()[s - 1].is_ascii_whitespace());
    match space {
        Some(at) => (&text[..at], true),
        None => (&text[..at], false),
    }
}

/// The end of the last character that ends at `at` or before.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn count(text: &str) -> u64 {
    O200K.map_or(text.len() as u64 / 2, |o200k| o200k.count(text) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> u64 {
        let mut meter = Meter::default();
        meter.add(text);
        meter.tokens()
    }

    fn whole(text: &str) -> u64 {
        count(text)
    }

    #[test]
    fn tokens_are_those_of_the_vocabulary() {
        assert_eq!(of(""), 0);
        assert_eq!(of("hello world"), 2);
        assert_eq!(of("Grüße aus 東京 🙂"), whole("Grüße aus 東京 🙂"));
    }

    #[test]
    fn cutting_a_long_text_changes_its_count_by_next_to_nothing() {
        let text = include_str!("../../../core/src/usage/price/prices.csv").repeat(4);
        let code = include_str!("../form/request.rs").repeat(4);
        let sampled = "日本語の長い文章には空白がない。".repeat(3_000);
        for (text, per_cent) in [(text, 1), (code, 1), (sampled, 5)] {
            let (cut, whole) = (of(&text), whole(&text));
            assert!(cut.abs_diff(whole) * 100 <= whole * per_cent, "{cut} for {whole}");
        }
    }

    #[test]
    fn what_has_no_spaces_is_sampled() {
        let noise: String = (0..400_000u32)
            .map(|n| char::from(b'a' + (n.wrapping_mul(2_654_435_761).rotate_left(7) % 26) as u8))
            .collect();
        let (sampled, whole) = (of(&noise), whole(&noise));
        assert!(sampled.abs_diff(whole) * 20 <= whole, "{sampled} for {whole}");
        let mut meter = Meter::default();
        meter.add(&noise);
        assert!(meter.unbroken > 300);
    }

    #[test]
    fn what_is_beyond_the_budget_counts_by_what_was_seen() {
        let text = "word ".repeat(BUDGET / 5 + 1_000_000);
        let tokens = of(&text);
        assert!(tokens.abs_diff(text.len() as u64 / 5) < tokens / 50, "{tokens}");
    }

    #[test]
    fn special_tokens_in_a_text_are_text() {
        assert!(of("<|endoftext|>") > 1);
    }
}
