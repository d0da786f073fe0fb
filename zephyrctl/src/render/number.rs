//! Numbers with units, as short as they are honest.

use crate::language::words;
use std::time::{SystemTime, UNIX_EPOCH};
use zephyr_words::say;

use crate::view::Nanos;

/// Milliseconds; seconds from ten thousand on; `–` when there is nothing to show.
pub(crate) fn latency(ms: Option<f64>) -> String {
    match ms {
        Some(ms) if ms.is_finite() && ms >= 10_000.0 => format!("{:.1} s", ms / 1000.0),
        Some(ms) if ms.is_finite() && ms > 0.0 && ms < 10.0 => format!("{ms:.1} ms"),
        Some(ms) if ms.is_finite() => format!("{ms:.0} ms"),
        _ => "–".to_owned(),
    }
}

/// A length of time in its two largest units.
pub(crate) fn span(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => say!(words(), "span-seconds", seconds = seconds),
        (0, 0, m) if m < 5 => say!(words(), "span-minutes-seconds", minutes = m, seconds = seconds % 60),
        (0, 0, m) => say!(words(), "span-minutes", minutes = m),
        (0, h, m) => say!(words(), "span-hours", hours = h, minutes = m),
        (d, h, _) => say!(words(), "span-days", days = d, hours = h),
    }
}

/// Today in UTC, as days since 1970-01-01.
pub(crate) fn today_utc() -> i64 {
    now_ms().div_euclid(86_400_000)
}

/// How long from now until a time in Unix milliseconds, rounded up; `None` when it has passed.
pub(crate) fn until(unix_ms: i64) -> Option<String> {
    let left = u64::try_from(unix_ms.checked_sub(now_ms())?).ok().filter(|ms| *ms > 0)?;
    let seconds = left.div_ceil(1000);
    Some(span(if seconds < 120 { seconds } else { seconds.div_ceil(60) * 60 }))
}

/// How long ago a time in Unix milliseconds was.
pub(crate) fn ago(unix_ms: i64) -> String {
    let seconds = u64::try_from(now_ms().saturating_sub(unix_ms)).unwrap_or(0) / 1000;
    if seconds < 2 {
        return say!(words(), "just-now").into_owned();
    }
    say!(words(), "ago", span = span(seconds))
}

/// Dollars: cents from one dollar on, four places below; `<$0.0001` for what is less.
pub(crate) fn dollars(amount: Nanos) -> String {
    let nanos = amount.0.unsigned_abs();
    let sign = if amount.0 < 0 { "-" } else { "" };
    let rounded = |unit: u64| (nanos.saturating_add(unit / 2)) / unit;
    let (places, cents) = (rounded(100_000), rounded(10_000_000));
    match nanos {
        0 => "$0.00".to_owned(),
        n if n < 100_000 => if sign.is_empty() { "<$0.0001" } else { ">-$0.0001" }.to_owned(),
        _ if places < 10_000 => format!("{sign}$0.{places:04}"),
        _ => format!("{sign}${}.{:02}", cents / 100, cents % 100),
    }
}

/// A count in three digits or so: `9876`, `12.3k`, `1.2M`.
pub(crate) fn short(number: u64) -> String {
    if number < 10_000 {
        return number.to_string();
    }
    let units = [(1_000.0, "k"), (1e6, "M"), (1e9, "G"), (1e12, "T")];
    let number = number as f64;
    // 999,950 is a million when it is rounded.
    let (unit, name) = units.into_iter().find(|(unit, _)| number < unit * 999.5).unwrap_or((1e12, "T"));
    let value = number / unit;
    if value < 99.95 { format!("{value:.1}{name}") } else { format!("{value:.0}{name}") }
}

/// A share in percent; all and nothing only where it is just that.
pub(crate) fn percent(share: Option<f64>) -> String {
    match share {
        Some(share) if share > 0.0 && share < 0.01 => "<1 %".to_owned(),
        Some(share) if share > 0.99 && share < 1.0 => ">99 %".to_owned(),
        Some(share) if share.is_finite() => format!("{:.0} %", share * 100.0),
        _ => "–".to_owned(),
    }
}

/// `1 request`, `2 requests`.
pub(crate) fn requests(number: impl Into<u64>) -> String {
    say!(words(), "requests", n = number.into())
}

/// `1 probe`, `2 probes`.
pub(crate) fn probes(number: u64) -> String {
    say!(words(), "probes", n = number)
}

fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_are_short_and_honest() {
        let shown = [Some(0.42), Some(9.96), Some(112.4), Some(12_345.0), None, Some(f64::NAN)].map(latency);
        assert_eq!(shown, ["0.4 ms", "10.0 ms", "112 ms", "12.3 s", "–", "–"]);
    }

    #[test]
    fn amounts_are_short_and_never_shown_as_nothing() {
        let amounts = [
            0,
            1,
            -1,
            100_000,
            12_300_000,
            999_949_999,
            999_950_000,
            3_184_999_999,
            3_185_000_000,
            -12_300_000,
        ];
        let shown = amounts.map(|n| dollars(Nanos(n)));
        let wanted = [
            "$0.00",
            "<$0.0001",
            ">-$0.0001",
            "$0.0001",
            "$0.0123",
            "$0.9999",
            "$1.00",
            "$3.18",
            "$3.19",
            "-$0.0123",
        ];
        assert_eq!(shown, wanted);
        assert_eq!(dollars(Nanos(i64::MIN)), "-$9223372036.85");
    }

    #[test]
    fn counts_have_three_digits_or_so() {
        let shown = [0, 9_999, 12_345, 99_949, 99_950, 999_499, 999_500, 1_234_567, 12_000_000_000, u64::MAX]
            .map(short);
        let wanted = ["0", "9999", "12.3k", "99.9k", "100k", "999k", "1.0M", "1.2M", "12.0G", "18446744T"];
        assert_eq!(shown, wanted);
    }

    #[test]
    fn shares_are_whole_percents_but_never_all_or_nothing_by_rounding() {
        let shown =
            [Some(0.0), Some(0.001), Some(0.644), Some(0.999), Some(1.0), Some(1.3), None].map(percent);
        assert_eq!(shown, ["0 %", "<1 %", "64 %", ">99 %", "100 %", "130 %", "–"]);
    }

    #[test]
    fn spans_have_two_units() {
        let shown = [0, 59, 61, 3600, 90_000].map(span);
        assert_eq!(shown, ["0 s", "59 s", "1 min 1 s", "1 h 0 min", "1 d 1 h"]);
    }
}
