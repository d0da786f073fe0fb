//! The time that a report is about: a named range up to now, or two dates.

use std::fmt::Write as _;

use super::asked::Asked;
use crate::http::time::{instant, rfc3339};

/// Names of ranges and their lengths in hours; the first that is offered is not the default.
pub(super) const RANGES: [(&str, i64); 6] =
    [("1h", 1), ("24h", 24), ("7d", 7 * 24), ("30d", 30 * 24), ("90d", 90 * 24), ("365d", 365 * 24)];

/// From when to when.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Period {
    /// The named range; empty where dates or nothing were asked for.
    pub(super) range: String,
    /// Unix milliseconds, from here on.
    pub(super) since: Option<i64>,
    /// Unix milliseconds, before this.
    pub(super) until: Option<i64>,
    /// What was written and is no time.
    pub(super) wrong: Option<String>,
}

impl Period {
    /// What `asked` says; where it says nothing, the range called `usual` (empty = no bounds).
    pub(super) fn of(asked: &Asked, usual: &str, now: i64) -> Self {
        let (from, to) = (asked.get("start_date"), asked.get("end_date"));
        let named = match asked.get("range") {
            "" if from.is_empty() && to.is_empty() => usual,
            range => range,
        };
        let mut period = Self::default();
        if let Some((name, hours)) = RANGES.iter().find(|(name, _)| *name == named) {
            period.range = (*name).to_owned();
            period.since = Some(now.saturating_sub(hours * 3_600_000));
            return period;
        }
        for (text, end) in [(from, false), (to, true)].into_iter().filter(|(text, _)| !text.is_empty()) {
            match (instant(text, end), end) {
                (None, _) => period.wrong = Some(text.to_owned()),
                (at, false) => period.since = at,
                (at, true) => period.until = at,
            }
        }
        period
    }

    /// The same bounds for the API.
    pub(super) fn write_query(&self, query: &mut String) {
        for (name, at) in [("start_date", self.since), ("end_date", self.until)] {
            if let Some(at) = at {
                // Writing into a text cannot fail.
                let _ = write!(query, "&{name}={}", rfc3339(at));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(query: &str, usual: &str) -> Period {
        Period::of(&Asked::of(query), usual, 10 * 3_600_000)
    }

    #[test]
    fn a_range_ends_now_and_dates_go_before_the_usual_one() {
        assert_eq!(period("range=1h", "").since, Some(9 * 3_600_000));
        assert_eq!(period("", "1h"), period("range=1h", ""));
        assert_eq!(period("", ""), Period::default());
        let dates = period("start_date=1970-01-01T00:00:01Z&end_date=1970-01-01T00:00:02Z", "7d");
        assert_eq!((dates.since, dates.until), (Some(1000), Some(2000)));
    }

    #[test]
    fn a_day_as_an_end_is_meant_whole() {
        let one = period("start_date=2026-11-21&end_date=2026-11-21", "");
        assert_eq!(one.until.unwrap() - one.since.unwrap(), 24 * 3_600_000);
    }

    #[test]
    fn what_is_no_time_is_told() {
        assert_eq!(period("start_date=<yesterday>", "").wrong.as_deref(), Some("<yesterday>"));
    }
}
