//! Times as every answer gives them: RFC 3339 in UTC, to the millisecond; and how long something took.

use std::time::Duration;

use jiff::Timestamp;

/// `2026-11-21T20:15:00.123Z`.
pub(crate) fn rfc3339(unix_ms: i64) -> String {
    let time = Timestamp::from_millisecond(unix_ms).unwrap_or(if unix_ms < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    });
    format!("{time:.3}")
}

/// Milliseconds, to the microsecond.
pub(crate) fn millis(time: Duration) -> f64 {
    time.as_micros() as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::rfc3339;

    #[test]
    fn times_have_milliseconds_and_a_zone() {
        assert_eq!(rfc3339(1_763_755_200_005), "2025-11-21T20:00:00.005Z");
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000Z");
        assert!(rfc3339(i64::MAX).starts_with("9999-"));
    }
}
