//! Ids of calls that the API takes.
//!
//! It wants letters, digits, `_` and `-`; other vendors use others (`functions.Bash:0`). Such an id is written in a form
//! that can be read back, since the vendor that made it may want it as it was, while the conversation may go on at
//! another one.

use std::borrow::Cow;
use std::fmt::Write as _;

const MARK: &str = "zephyr-";

/// The id as the API takes it.
pub(super) fn safe(id: &str) -> Cow<'_, str> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if id.bytes().all(fits) && !id.starts_with(MARK) {
        return Cow::Borrowed(id);
    }
    let mut out = String::from(MARK);
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'_' {
            out.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(out, "-{byte:02x}");
        }
    }
    Cow::Owned(out)
}

/// The id that [`safe`] was given; any other as it is.
pub(super) fn original(id: Cow<'_, str>) -> Cow<'_, str> {
    let Some(rest) = id.strip_prefix(MARK) else { return id };
    decoded(rest).map_or(id, Cow::Owned)
}

fn decoded(mut rest: &str) -> Option<String> {
    let mut out = Vec::with_capacity(rest.len());
    while let Some(at) = rest.find('-') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let digits = rest.get(at + 1..at + 3).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        out.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &rest[at + 3..];
    }
    out.extend_from_slice(rest.as_bytes());
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_the_api_takes_stays_as_it_is() {
        for id in ["toolu_01A", "call_abc-9", ""] {
            assert!(matches!(safe(id), Cow::Borrowed(same) if same == id));
            assert_eq!(original(id.into()), id);
        }
    }

    #[test]
    fn an_id_of_another_vendor_comes_back_as_it_was() {
        for id in ["functions.Bash:0", "a-b.c", "é|x", "zephyr-2e", "-", "zephyr-"] {
            let safe = safe(id);
            assert!(safe.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'), "{safe}");
            assert_eq!(original(safe.into_owned().into()), id);
        }
    }

    #[test]
    fn what_only_looks_like_one_of_ours_is_left_alone() {
        for id in ["zephyr-x-", "zephyr--zz", "zephyr--c", "zephyr--ff", "zephyr--+1"] {
            assert_eq!(original(id.into()), id);
        }
    }
}
