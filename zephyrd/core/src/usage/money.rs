//! Money as integer nano-dollars, and the factors that it is multiplied by.
//!
//! An `i64` of nano-dollars holds nine billion dollars. Sums saturate; what is multiplied is rounded once, at
//! the end. A factor has nine decimals, so that every factor a person writes is exact.

/// Nano-dollars in a dollar.
pub const NANOS: i64 = 1_000_000_000;

/// Nano-dollars of `dollars`, rounded to the nearest, halves to even; saturates, and is 0 for what is no number.
///
/// Exact for whatever was written with at most nine decimals, up to a million dollars: there an `f64` is closer to
/// the written number than to any other of nine decimals.
#[must_use]
pub fn nanos_of(dollars: f64) -> i64 {
    // `as` saturates and makes 0 of NaN.
    (dollars * NANOS as f64).round_ties_even() as i64
}

/// Dollars as a plain number with all their decimals, at least one: `12.5`, `0.000000001`, `-3.0`.
#[must_use]
pub fn exact(nanos: i64) -> String {
    let (whole, part) =
        (nanos.unsigned_abs() / NANOS.unsigned_abs(), nanos.unsigned_abs() % NANOS.unsigned_abs());
    let part = format!("{part:09}");
    let part = part.trim_end_matches('0');
    let sign = if nanos < 0 { "-" } else { "" };
    format!("{sign}{whole}.{}", if part.is_empty() { "0" } else { part })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_written_number_is_taken_exactly(nanos in 0i64..=1_000_000 * NANOS) {
            let dollars: f64 = exact(nanos).parse().unwrap();
            prop_assert_eq!(nanos_of(dollars), nanos);
        }
    }

    #[test]
    fn exact_keeps_what_counts() {
        let written = [0, 1, -1, 12_500_000_000, 3_000_000_000].map(exact);
        assert_eq!(written, ["0.0", "0.000000001", "-0.000000001", "12.5", "3.0"]);
        assert_eq!((nanos_of(f64::NAN), nanos_of(1e300), nanos_of(-1e300)), (0, i64::MAX, i64::MIN));
    }
}
