//! How long documents and sounds are, roughly, from their bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem::find_iter;

use super::text::Meter;
use crate::form::Source;

/// Most pages that a vendor takes.
const MOST_PAGES: u64 = 600;
/// Pages of a document that nobody here can see.
const UNSEEN: u64 = 10;
/// Bytes of a page in a document that does not tell its pages in plain.
const PAGE_BYTES: u64 = 50_000;
/// Bytes of sound a token, at the rate of speech: compressed sound has some 16,000 a second, and a second is at most 16
/// tokens; what is not compressed errs high.
const SOUND_BYTES: u64 = 1_000;

/// Pages of a document that is a PDF or unknown.
pub(super) fn pages(source: &Source<'_>) -> u64 {
    let Source::Base64(data) = source else { return UNSEEN };
    let Ok(bytes) = STANDARD.decode(data.as_bytes()) else { return UNSEEN };
    let told = told(&bytes);
    let pages = if told > 0 { told } else { (bytes.len() as u64).div_ceil(PAGE_BYTES) };
    pages.clamp(1, MOST_PAGES)
}

/// Page objects in plain, or what the tree of pages says of its size; 0 where both are packed.
fn told(pdf: &[u8]) -> u64 {
    let objects = find_iter(pdf, b"/Type").filter(|at| {
        let value = pdf[at + 5..].trim_ascii_start();
        value.strip_prefix(b"/Page").is_some_and(|rest| !rest.first().is_some_and(u8::is_ascii_alphanumeric))
    });
    let counts = find_iter(pdf, b"/Count").filter_map(|at| {
        let value = pdf[at + 6..].trim_ascii_start();
        let digits = value.iter().take(6).take_while(|b| b.is_ascii_digit()).count();
        std::str::from_utf8(&value[..digits]).ok()?.parse::<u64>().ok()
    });
    (objects.count() as u64).max(counts.max().unwrap_or(0))
}

/// Adds a text document to `meter`.
pub(super) fn text(data: &str, meter: &mut Meter) {
    let bytes = STANDARD.decode(data.as_bytes()).unwrap_or_default();
    meter.add(&String::from_utf8_lossy(&bytes));
}

/// Tokens of a sound.
pub(super) fn sound(data: &str) -> u64 {
    (data.len() as u64 * 3 / 4).div_ceil(SOUND_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages_of(bytes: &[u8]) -> u64 {
        pages(&Source::Base64(STANDARD.encode(bytes).into()))
    }

    #[test]
    fn pages_are_counted_in_plain() {
        let pdf = b"%PDF-1.4 1 0 obj <</Type /Pages /Kids [2 0 R 3 0 R] /Count 2>> <</Type/Page>> <</Type /Page /X 1>>";
        assert_eq!(pages_of(pdf), 2);
        assert_eq!(pages_of(b"%PDF-1.4 <</Type /Pages /Count 17>> (the pages are packed)"), 17);
        assert_eq!(pages_of(b"%PDF-1.4 <</Type /Catalog /Pages 2 0 R /PageMode /UseNone /Count -3>>"), 1);
    }

    #[test]
    fn what_tells_nothing_counts_by_its_size_and_what_is_not_here_by_a_guess() {
        assert_eq!(pages_of(&vec![b'x'; 120_000]), 3);
        assert_eq!(pages_of(b"/Type /Pages /Count 999999999"), MOST_PAGES);
        assert_eq!(pages(&Source::Url("https://example.com/a.pdf".into())), UNSEEN);
        assert_eq!(pages(&Source::Base64("not base64".into())), UNSEEN);
    }
}
