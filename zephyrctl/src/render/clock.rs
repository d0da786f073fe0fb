//! Points in time as a person reads them, in local time.

use crate::language::{spoken, term, words};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use zephyr_words::{Language, say};

/// A time of day, with the date where it is not today's: `13:05:07`, `11-20 13:05:07`, `2025-11-20 13:05`.
pub(crate) fn brief(unix_ms: i64, now: &Zoned) -> String {
    let Some(time) = local(unix_ms, now.time_zone()) else { return "–".to_owned() };
    let form = match (time.year() == now.year(), time.date() == now.date()) {
        (true, true) => "%H:%M:%S",
        (true, false) => "%m-%d %H:%M:%S",
        _ => "%Y-%m-%d %H:%M",
    };
    time.strftime(form).to_string()
}

/// The whole of it: `2026-11-20 13:05:07`.
pub(crate) fn whole(unix_ms: i64, now: &Zoned) -> String {
    let time = local(unix_ms, now.time_zone());
    time.map_or_else(|| "–".to_owned(), |time| time.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// When something will be: `midnight`, `Monday`, `1 December`, `14:00`; in Chinese `12月1日`.
pub(crate) fn coming(unix_ms: i64, now: &Zoned) -> String {
    let Some(time) = local(unix_ms, now.time_zone()) else { return "–".to_owned() };
    let midnight = time.start_of_day().is_ok_and(|start| start == time);
    let in_days = |days: i32| now.date().checked_add(days.days()).unwrap_or(Date::MAX);
    let form = match (midnight, time.date()) {
        (true, day) if day == in_days(1) => return say!(words(), "midnight").into_owned(),
        (true, day) if day > now.date() && day <= in_days(7) => {
            let name = time.strftime("%A").to_string();
            return term("weekday", &name).into_owned();
        }
        (true, day) if day > now.date() && day <= in_days(180) => match spoken() {
            Language::English => "%-d %B",
            Language::Chinese => "%-m月%-d日",
        },
        (false, day) if day == now.date() => "%H:%M",
        _ => "%Y-%m-%d %H:%M",
    };
    time.strftime(form).to_string()
}

fn local(unix_ms: i64, zone: &TimeZone) -> Option<Zoned> {
    Timestamp::from_millisecond(unix_ms).ok().map(|time| time.to_zoned(zone.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Zoned {
        text.parse::<Timestamp>().unwrap().to_zoned(TimeZone::UTC)
    }

    #[test]
    fn a_time_has_its_date_where_that_is_not_todays() {
        let shown = |text: &str| brief(at(text).timestamp().as_millisecond(), &at("2026-11-21T12:00:00Z"));
        assert_eq!(shown("2026-11-21T01:02:03Z"), "01:02:03");
        assert_eq!(shown("2026-11-20T01:02:03Z"), "11-20 01:02:03");
        assert_eq!(shown("2025-11-21T01:02:03Z"), "2025-11-21 01:02");
        assert_eq!(brief(i64::MAX, &at("2026-11-21T12:00:00Z")), "–");
    }

    #[test]
    fn what_is_to_come_is_told_as_people_do() {
        // A Saturday.
        let shown = |text: &str| coming(at(text).timestamp().as_millisecond(), &at("2026-11-21T12:00:00Z"));
        assert_eq!(shown("2026-11-22T00:00:00Z"), "midnight");
        assert_eq!(shown("2026-11-23T00:00:00Z"), "Monday");
        assert_eq!(shown("2026-12-01T00:00:00Z"), "1 December");
        assert_eq!(shown("2027-01-01T00:00:00Z"), "1 January");
        assert_eq!(shown("2026-11-21T14:00:00Z"), "14:00");
        assert_eq!(shown("2028-01-01T00:00:00Z"), "2028-01-01 00:00");
        assert_eq!(shown("1970-01-01T00:00:00Z"), "1970-01-01 00:00");
    }
}
