//! Numbers with units, as short as they are honest.

use std::time::{SystemTime, UNIX_EPOCH};

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
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, m) if m < 5 => format!("{m} min {} s", seconds % 60),
        (0, 0, m) => format!("{m} min"),
        (0, h, m) => format!("{h} h {m} min"),
        (d, h, _) => format!("{d} d {h} h"),
    }
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
    if seconds < 2 { "just now".to_owned() } else { format!("{} ago", span(seconds)) }
}

/// `1 request`, `2 requests`.
pub(crate) fn count(number: impl Into<u64>, one: &str, many: &str) -> String {
    let number = number.into();
    format!("{number} {}", if number == 1 { one } else { many })
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
    fn spans_have_two_units() {
        let shown = [0, 59, 61, 3600, 90_000].map(span);
        assert_eq!(shown, ["0 s", "59 s", "1 min 1 s", "1 h 0 min", "1 d 1 h"]);
    }
}
