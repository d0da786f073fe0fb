//! Points in time as a person types them, in local time unless they say otherwise.

use crate::language::words;
use jiff::civil::DateTime;
use jiff::{Span, Timestamp, Zoned};
use zephyr_words::say;

/// The time that `text` means now.
///
/// # Errors
/// What is accepted, if it is none.
pub(crate) fn parse(text: &str) -> Result<Zoned, String> {
    at(text, &Zoned::now()).ok_or_else(|| say!(words(), "time-forms").into_owned())
}

/// The time that `text` means at `now`.
fn at(text: &str, now: &Zoned) -> Option<Zoned> {
    let day = |zoned: Result<Zoned, jiff::Error>| zoned.and_then(|z| z.start_of_day()).ok();
    match text {
        "now" => return Some(now.clone()),
        "today" => return day(Ok(now.clone())),
        "yesterday" => return day(now.yesterday()),
        "month" => return day(now.first_of_month()),
        _ => {}
    }
    let zone = now.time_zone();
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant.to_zoned(zone.clone()));
    }
    if let Some(ago) = ago(text, now) {
        return Some(ago);
    }
    // A name of a zone in brackets would be read over.
    let local: DateTime = text.parse().ok().filter(|_| !text.contains('['))?;
    local.to_zoned(zone.clone()).ok()
}

/// Hours are sixty minutes, days and weeks are those of the calendar.
fn ago(text: &str, now: &Zoned) -> Option<Zoned> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let number: u32 = digits.parse().ok()?;
    let span = match text.strip_prefix(digits)? {
        "s" => Span::new().try_seconds(number),
        "m" => Span::new().try_minutes(number),
        "h" => Span::new().try_hours(number),
        "d" => Span::new().try_days(number),
        "w" => Span::new().try_weeks(number),
        _ => return None,
    };
    now.checked_sub(span.ok()?).ok()
}

#[cfg(test)]
mod tests {
    use jiff::tz::{Offset, TimeZone};

    use super::*;

    fn read(text: &str) -> Option<String> {
        let zone = TimeZone::fixed(Offset::constant(2));
        let now = "2026-11-21T13:05:07Z".parse::<Timestamp>().unwrap().to_zoned(zone);
        at(text, &now).map(|z| z.timestamp().to_string())
    }

    #[test]
    fn days_begin_at_local_midnight() {
        for (text, wanted) in [
            ("2026-11-21", "2026-11-20T22:00:00Z"),
            ("today", "2026-11-20T22:00:00Z"),
            ("yesterday", "2026-11-19T22:00:00Z"),
            ("month", "2026-10-31T22:00:00Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn times_of_day_are_local_unless_they_say_their_zone() {
        for (text, wanted) in [
            ("2026-11-21T10:00", "2026-11-21T08:00:00Z"),
            ("2026-11-21 10:00:30", "2026-11-21T08:00:30Z"),
            ("2026-11-21T10:00:00Z", "2026-11-21T10:00:00Z"),
            ("2026-11-21T10:00:00-05:00", "2026-11-21T15:00:00Z"),
            ("now", "2026-11-21T13:05:07Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn how_long_ago_is_counted_from_now() {
        for (text, wanted) in [
            ("7s", "2026-11-21T13:05:00Z"),
            ("90m", "2026-11-21T11:35:07Z"),
            ("24h", "2026-11-20T13:05:07Z"),
            ("7d", "2026-11-14T13:05:07Z"),
            ("2w", "2026-11-07T13:05:07Z"),
            ("0h", "2026-11-21T13:05:07Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused_with_what_is_accepted() {
        for text in [
            "",
            "d",
            "-1d",
            "1",
            "1y",
            "7dd",
            "4000000000w",
            "99999999d",
            "10:00",
            "tomorrow",
            "2026-13-01",
            "2026-11-21T10:00[Europe/Berlin]",
            "١d",
            "é",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert!(parse("soon").unwrap_err().contains("`2026-11-21T10:00`"));
    }
}
