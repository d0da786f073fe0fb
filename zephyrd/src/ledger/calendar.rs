//! Days, weeks and months where the daemon lives.

use std::sync::{Mutex, PoisonError};

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use zephyr_core::usage::Period;

/// A calendar of one time zone.
pub(crate) struct Calendar {
    zone: TimeZone,
    /// The day that was asked for last: nearly always the one that is asked for next.
    last: Mutex<Option<Day>>,
}

#[derive(Debug, Clone, Copy)]
struct Day {
    start_unix_ms: i64,
    end_unix_ms: i64,
    number: i32,
}

impl Calendar {
    /// The machine's own.
    pub(crate) fn of_machine() -> Self {
        Self::of_zone(TimeZone::system())
    }

    fn of_zone(zone: TimeZone) -> Self {
        Self { zone, last: Mutex::default() }
    }

    /// The day in which an instant lies: 20261121.
    pub(crate) fn day(&self, unix_ms: i64) -> i32 {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(day) = *last
            && (day.start_unix_ms..day.end_unix_ms).contains(&unix_ms)
        {
            return day.number;
        }
        let date = self.date(unix_ms);
        let (start_unix_ms, end_unix_ms) = self.period(Period::Day, unix_ms);
        let number = i32::from(date.year()) * 10_000 + i32::from(date.month()) * 100 + i32::from(date.day());
        *last = Some(Day { start_unix_ms, end_unix_ms, number });
        number
    }

    /// Beginning and end, Unix milliseconds, of the period in which an instant lies. Weeks begin on Monday.
    pub(crate) fn period(&self, period: Period, unix_ms: i64) -> (i64, i64) {
        let date = self.date(unix_ms);
        let (first, next) = match period {
            Period::Day => (date, date.saturating_add(1.day())),
            Period::Week => {
                let back = date.weekday().since(Weekday::Monday);
                let first = date.saturating_sub(i64::from(back).days());
                (first, first.saturating_add(7.days()))
            }
            Period::Month => (date.first_of_month(), date.last_of_month().saturating_add(1.day())),
        };
        (self.start_of(first), self.start_of(next))
    }

    fn date(&self, unix_ms: i64) -> Date {
        let instant = Timestamp::from_millisecond(unix_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        instant.to_zoned(self.zone.clone()).date()
    }

    /// The first instant of a day, which need not be midnight.
    fn start_of(&self, date: Date) -> i64 {
        let start = date.to_zoned(self.zone.clone()).and_then(|midnight| midnight.start_of_day());
        start.map_or(i64::MAX, |start| start.timestamp().as_millisecond())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn a_day_is_the_zones_own_also_when_the_clock_changes() {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let calendar = Calendar::of_zone(zone);
        assert_eq!(calendar.day(ms("2026-11-20T22:59:59Z")), 20_261_120);
        assert_eq!(calendar.day(ms("2026-11-20T23:00:00Z")), 20_261_121);
        assert_eq!(calendar.day(ms("2026-11-20T22:59:59Z")), 20_261_120);
        let long = calendar.period(Period::Day, ms("2026-10-25T12:00:00Z"));
        assert_eq!(long, (ms("2026-10-24T22:00:00Z"), ms("2026-10-25T23:00:00Z")), "25 hours");
    }

    #[test]
    fn weeks_begin_on_monday_and_months_on_the_first() {
        let calendar = Calendar::of_zone(TimeZone::UTC);
        let now = ms("2026-11-22T12:00:00Z");
        assert_eq!(
            calendar.period(Period::Week, now),
            (ms("2026-11-16T00:00:00Z"), ms("2026-11-23T00:00:00Z"))
        );
        assert_eq!(
            calendar.period(Period::Month, now),
            (ms("2026-11-01T00:00:00Z"), ms("2026-12-01T00:00:00Z"))
        );
    }
}
