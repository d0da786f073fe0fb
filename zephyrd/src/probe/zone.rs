//! The machine's time zone as a table, for an engine that may not ask for it.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use zephyr_core::time::Zone;

/// Changes of the clock that are told: some years' worth.
const CHANGES: usize = 8;

/// The zone as it is now and will be.
pub(super) fn of_machine() -> Zone {
    table(&TimeZone::system(), Timestamp::now())
}

fn table(zone: &TimeZone, now: Timestamp) -> Zone {
    let changes = zone.following(now).take(CHANGES);
    let changes: Vec<_> = changes.map(|t| (t.timestamp().as_millisecond(), t.offset().seconds())).collect();
    Zone::new(zone.to_offset(now).seconds(), &changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn the_table_tells_the_offset_before_and_after_each_change_of_the_clock() {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let table = table(&zone, "2026-11-21T12:00:00Z".parse().unwrap());
        let hours = |text: &str| table.offset_ms(ms(text)) / 3_600_000;
        assert_eq!(hours("2026-11-21T12:00:00Z"), 1);
        assert_eq!((hours("2027-03-28T00:59:59Z"), hours("2027-03-28T01:00:00Z")), (1, 2));
        assert_eq!(hours("2027-12-01T00:00:00Z"), 1);
    }
}
