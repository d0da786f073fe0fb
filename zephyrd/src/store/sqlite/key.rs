//! Keys of requests' rows: in the order in which requests came, so that rows are appended, and the same again for
//! whoever comes again.
//!
//! A key is the time, in Unix milliseconds, with [`SLOTS`] keys for each. Which of them a request gets is made of its id;
//! where another has it already, the next. So keys of one millisecond are in no order, and only the ids tell them apart.
//! Times that a key cannot hold (before the year 1831, after 2109) are kept as the first or last that it can.

/// Keys of one millisecond; a power of two.
const SLOTS: i64 = 1 << 20;
/// First and last time.
const TIMES: (i64, i64) = (-(1 << 42), (1 << 42) - 1);

/// The key that a request should have.
pub(super) fn wanted(unix_ms: i64, id: &str) -> i64 {
    // FNV-1a, folded to the bits of a slot.
    let hash =
        id.bytes().fold(0x811c_9dc5u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    first(unix_ms) + i64::from((hash >> 20) ^ hash) % SLOTS
}

/// The one to be tried after `key`, of the same millisecond.
pub(super) fn next(key: i64) -> i64 {
    first(time(key)) + (key + 1).rem_euclid(SLOTS)
}

/// When the request of this key came, Unix milliseconds.
pub(super) fn time(key: i64) -> i64 {
    key.div_euclid(SLOTS)
}

/// The first key of a millisecond.
pub(super) fn first(unix_ms: i64) -> i64 {
    unix_ms.clamp(TIMES.0, TIMES.1) * SLOTS
}

/// The last key of a millisecond.
pub(super) fn last(unix_ms: i64) -> i64 {
    first(unix_ms) + SLOTS - 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_key_lies_among_those_of_its_time(at in TIMES.0..=TIMES.1, id: String, steps in 0usize..50) {
            let mut key = wanted(at, &id);
            for _ in 0..steps {
                prop_assert_eq!(time(key), at);
                prop_assert!((first(at)..=last(at)).contains(&key));
                prop_assert_ne!(next(key), key);
                key = next(key);
            }
        }
    }

    #[test]
    fn behind_the_last_key_of_a_time_comes_its_first() {
        for at in [-1, 0, 1_795_219_200_000] {
            assert_eq!(next(last(at)), first(at));
            assert_eq!(last(at) + 1, first(at + 1));
        }
    }

    #[test]
    fn ids_of_one_time_hardly_ever_want_the_same_key() {
        let keys: std::collections::HashSet<i64> =
            (0..1_000u32).map(|n| wanted(0, &format!("req-{:08x}", n.wrapping_mul(2_654_435_761)))).collect();
        assert!(keys.len() > 990, "{}", keys.len());
    }

    #[test]
    fn times_that_a_key_cannot_hold_are_the_first_or_the_last() {
        assert_eq!((time(wanted(i64::MIN, "a")), time(wanted(i64::MAX, "a"))), TIMES);
        assert!(first(i64::MIN) < last(i64::MAX));
    }
}
