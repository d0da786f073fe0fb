//! Times by five cron fields: minute, hour, day of the month, month, day of the week.
//!
//! What most crons understand: `*`, numbers, ranges, steps, lists, names of months and weekdays, 0 and 7 for Sunday;
//! where both days are restricted, either will do. Seconds, `@hourly`, `L`, `W` and `#` are not understood. Times are
//! those of a [`Zone`]: a local time that a change of the clock leaves out does not come that day, one that comes
//! twice comes twice.

mod parse;

use std::time::Duration;

pub use parse::CronError;

use crate::time::Zone;

const MINUTE_MS: i64 = 60_000;
/// So far ahead a match is looked for, in hours: 29 February comes within eight years and a leap day left out.
const HOURS: usize = 24 * 366 * 8;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    /// One bit for each value that matches.
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Both sorts of day are restricted: either will do.
    either_day: bool,
}

impl Cron {
    /// Reads five fields.
    ///
    /// # Errors
    /// [`CronError`], which says which field is wrong and how it could read.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        let cron = parse::fields(text)?;
        if cron.next_after(0, &Zone::default()).is_none() {
            return Err(CronError::never());
        }
        Ok(cron)
    }

    /// The first whole minute after `unix_ms` that matches in `zone`, Unix milliseconds.
    #[must_use]
    pub fn next_after(&self, unix_ms: i64, zone: &Zone) -> Option<i64> {
        let mut at = unix_ms.div_euclid(MINUTE_MS).checked_add(1)?.checked_mul(MINUTE_MS)?;
        let mut hours = 0;
        while hours < HOURS {
            let local = Local::of(at, zone);
            let step = if !self.day(&local) || !has(self.hours, local.hour) {
                hours += 1;
                60 - i64::from(local.minute)
            } else if has(self.minutes, local.minute) {
                return Some(at);
            } else if local.minute == 59 {
                hours += 1;
                1
            } else {
                1
            };
            at = at.checked_add(step * MINUTE_MS)?;
        }
        None
    }

    /// How long after `unix_ms` it matches next.
    #[must_use]
    pub fn next_in(&self, unix_ms: i64, zone: &Zone) -> Option<Duration> {
        let next = self.next_after(unix_ms, zone)?;
        u64::try_from(next.saturating_sub(unix_ms)).ok().map(Duration::from_millis)
    }

    fn day(&self, local: &Local) -> bool {
        let (day, weekday) = (has(self.days, local.day), has(self.weekdays, local.weekday));
        has(self.months, local.month) && if self.either_day { day || weekday } else { day && weekday }
    }
}

fn has(bits: u64, value: u32) -> bool {
    bits & (1 << value) != 0
}

/// A minute on the wall.
struct Local {
    month: u32,
    day: u32,
    /// 0 = Sunday.
    weekday: u32,
    hour: u32,
    minute: u32,
}

impl Local {
    fn of(unix_ms: i64, zone: &Zone) -> Self {
        let local = unix_ms.saturating_add(zone.offset_ms(unix_ms));
        let (days, minutes) = (local.div_euclid(86_400_000), local.rem_euclid(86_400_000) / MINUTE_MS);
        // 1 January 1970 was a Thursday.
        let weekday = (days + 4).rem_euclid(7) as u32;
        let (month, day) = month_and_day(days);
        Self { month, day, weekday, hour: (minutes / 60) as u32, minute: (minutes % 60) as u32 }
    }
}

/// Of the day so many days after 1970-01-01 (Howard Hinnant, `civil_from_days`): years that begin in March put the
/// leap day last.
fn month_and_day(days: i64) -> (u32, u32) {
    let day_of_era = (days + 719_468).rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (month as u32, day as u32)
}

#[cfg(test)]
mod tests;
