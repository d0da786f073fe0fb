//! Money as integer nano-dollars, and the factors that it is multiplied by.
//!
//! An `i64` of nano-dollars holds nine billion dollars. Sums saturate; what is multiplied is rounded once, at
//! the end. Dollars and factors have nine decimals, so that whatever a person writes in them is exact.

use std::fmt;

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
    let dollar = NANOS.unsigned_abs();
    let (whole, part) = (nanos.unsigned_abs() / dollar, nanos.unsigned_abs() % dollar);
    let part = format!("{part:09}");
    let part = part.trim_end_matches('0');
    let sign = if nanos < 0 { "-" } else { "" };
    format!("{sign}{whole}.{}", if part.is_empty() { "0" } else { part })
}

/// Nano-dollars of a plain number with at most nine decimals, `$` before it or not; `None` for anything else.
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let digits = digits.strip_prefix('$').unwrap_or(digits);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if !plain(whole) || !plain(part) || part.len() > 9 {
        return None;
    }
    let whole = whole.parse::<i64>().ok()?.checked_mul(NANOS)?;
    let nanos = whole.checked_add(format!("{part:0<9}").parse().ok()?)?;
    Some(if negative { -nanos } else { nanos })
}

/// Nano-dollars as people read them: `$12.34`, `$0.0123`, `$0.50`, `<$0.0001`, `-$1.20`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Usd(pub i64);

impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.width().is_some() || f.precision().is_some() {
            let mut text = String::new();
            self.write(&mut text)?;
            return f.pad(&text);
        }
        self.write(f)
    }
}

impl Usd {
    fn write(self, to: &mut impl fmt::Write) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let nanos = self.0.unsigned_abs();
        let round = |unit: u64| nanos / unit + u64::from(nanos % unit >= unit / 2);
        let ten_thousandths = round(100_000);
        if nanos == 0 {
            return to.write_str("$0.00");
        }
        if ten_thousandths == 0 {
            return to.write_str(if self.0 < 0 { ">-$0.0001" } else { "<$0.0001" });
        }
        let (number, decimals) = match (ten_thousandths % 100, ten_thousandths % 10) {
            _ if ten_thousandths >= 10_000 => (round(10_000_000), 2),
            (0, _) => (ten_thousandths / 100, 2),
            (_, 0) => (ten_thousandths / 10, 3),
            _ => (ten_thousandths, 4),
        };
        to.write_str(sign)?;
        to.write_str(Decimal::of(number, decimals).text())
    }
}

/// `$12.34` from 1234 and 2, put together without the machinery of formatting: each request's line has one.
struct Decimal {
    text: [u8; 24],
    from: usize,
}

impl Decimal {
    fn of(number: u64, decimals: usize) -> Self {
        let mut text = [0; 24];
        let (mut from, mut left, mut digits) = (text.len(), number, 0);
        let mut put = |byte| {
            from -= 1;
            text[from] = byte;
        };
        while left > 0 || digits <= decimals {
            if digits == decimals {
                put(b'.');
            }
            put(b'0' + (left % 10) as u8);
            (left, digits) = (left / 10, digits + 1);
        }
        put(b'$');
        Self { text, from }
    }

    fn text(&self) -> &str {
        // Digits, a point and a sign.
        std::str::from_utf8(&self.text[self.from..]).unwrap_or_default()
    }
}

/// What a price is multiplied by, with nine decimals; never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Factor(u64);

impl Factor {
    /// The list price.
    pub const ONE: Self = Self(NANOS.unsigned_abs());
    /// Paid for already: a subscription.
    pub const ZERO: Self = Self(0);

    /// The factor of this value; 0 for what is negative or no number. Exact for at most nine decimals, as
    /// [`nanos_of`].
    #[must_use]
    pub fn of(value: f64) -> Self {
        Self(nanos_of(value).max(0).unsigned_abs())
    }

    /// Billionths.
    #[must_use]
    pub fn billionths(self) -> u64 {
        self.0
    }

    /// `nanos` times this, half up, saturating.
    #[must_use]
    pub fn times(self, nanos: i64) -> i64 {
        rounded(i128::from(nanos) * i128::from(self.0), i128::from(NANOS))
    }
}

/// `n / unit` to the nearest, halves up, within an `i64`.
pub(super) fn rounded(n: i128, unit: i128) -> i64 {
    // Dividing so large a number takes a while, and most answers have no part in a cache.
    if n == 0 {
        return 0;
    }
    let nearest = n.saturating_add(unit / 2).div_euclid(unit);
    i64::try_from(nearest).unwrap_or(if nearest < 0 { i64::MIN } else { i64::MAX })
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
            prop_assert_eq!(Factor::of(dollars).billionths(), nanos.unsigned_abs());
        }

        #[test]
        fn what_is_written_exactly_is_read_again(nanos in -i64::MAX..=i64::MAX) {
            prop_assert_eq!(parse(&exact(nanos)), Some(nanos));
        }

        #[test]
        fn no_text_breaks_the_reader(text in "[-$0-9.e ]{0,24}") {
            let _ = parse(&text);
        }
    }

    #[test]
    fn exact_keeps_what_counts() {
        let written = [0, 1, -1, 12_500_000_000, 3_000_000_000].map(exact);
        assert_eq!(written, ["0.0", "0.000000001", "-0.000000001", "12.5", "3.0"]);
        assert_eq!((nanos_of(f64::NAN), nanos_of(1e300), nanos_of(-1e300)), (0, i64::MAX, i64::MIN));
    }

    #[test]
    fn only_plain_numbers_are_read() {
        assert_eq!(
            ["$12.34", "-$3", "0.000000001"].map(parse),
            [Some(12_340_000_000), Some(-3 * NANOS), Some(1)]
        );
        for wrong in ["", "$", ".5", "5.", "1e3", "0.0000000001", "+1", "--1", "99999999999", "1,5"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn people_read_four_decimals_below_a_dollar_and_two_above() {
        let shown = |nanos: i64| Usd(nanos).to_string();
        for (nanos, text) in [
            (0, "$0.00"),
            (1, "<$0.0001"),
            (-1, ">-$0.0001"),
            (49_999, "<$0.0001"),
            (50_000, "$0.0001"),
            (12_300_000, "$0.0123"),
            (500_000_000, "$0.50"),
            (999_949_999, "$0.9999"),
            (999_950_000, "$1.00"),
            (12_344_999_999, "$12.34"),
            (12_345_000_000, "$12.35"),
            (-1_200_000_000, "-$1.20"),
            (i64::MIN, "-$9223372036.85"),
        ] {
            assert_eq!(shown(nanos), text);
        }
        assert_eq!(format!("{:>8}", Usd(NANOS)), "   $1.00");
    }

    #[test]
    fn a_factor_multiplies_without_drift() {
        assert_eq!(Factor::of(0.1).times(30), 3);
        assert_eq!(Factor::of(0.5).times(3), 2, "half up");
        assert_eq!(Factor::of(0.5).times(-3), -1, "half up");
        assert_eq!(Factor::of(1000.0).times(i64::MAX), i64::MAX);
        assert_eq!(
            (Factor::of(-1.0), Factor::of(f64::NAN), Factor::of(1.0)),
            (Factor::ZERO, Factor::ZERO, Factor::ONE)
        );
    }
}
