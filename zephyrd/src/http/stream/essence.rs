//! Whether a shape says something new: clocks and ages in it change by themselves and are no news.

use std::hash::{DefaultHasher, Hasher};

use memchr::memmem;

/// A fingerprint of `json` without the values of the members `passing`, which are numbers, null, or strings without quotes
/// in them.
pub(super) fn essence(json: &[u8], passing: &[&str]) -> u64 {
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    for member in passing {
        // A quote inside a string is escaped, so this is a member and nothing else.
        let name = format!("\"{member}\":");
        cuts.extend(memmem::find_iter(json, &name).map(|at| {
            let value = at + name.len();
            (value, value + length(&json[value..]))
        }));
    }
    cuts.sort_unstable();
    let (mut hash, mut begin) = (DefaultHasher::new(), 0);
    for (from, to) in cuts {
        hash.write(&json[begin..from]);
        begin = to;
    }
    hash.write(&json[begin..]);
    hash.finish()
}

/// How long the value is that `json` begins with.
fn length(json: &[u8]) -> usize {
    match json {
        [b'"', rest @ ..] => rest.iter().position(|b| *b == b'"').map_or(json.len(), |at| at + 2),
        _ => json.iter().position(|b| matches!(b, b',' | b'}' | b']')).unwrap_or(json.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::essence;

    #[test]
    fn only_what_passes_by_itself_is_left_out() {
        let told = |json: &str| essence(json.as_bytes(), &["age_ms", "timestamp"]);
        let first = told(r#"{"a":[{"id":"x","age_ms":1},{"age_ms":2}],"timestamp":"t1","n":null}"#);
        assert_eq!(
            first,
            told(r#"{"a":[{"id":"x","age_ms":17},{"age_ms":null}],"timestamp":"t22","n":null}"#)
        );
        assert_ne!(first, told(r#"{"a":[{"id":"y","age_ms":1},{"age_ms":2}],"timestamp":"t1","n":null}"#));
        assert_ne!(first, told(r#"{"a":[{"id":"x","age_ms":1},{"age_ms":2}],"timestamp":"t1","n":1}"#));
        // What only looks like a member is part of a string.
        assert_ne!(told(r#"{"a":"\"age_ms\":1,"}"#), told(r#"{"a":"\"age_ms\":2,"}"#));
    }
}
