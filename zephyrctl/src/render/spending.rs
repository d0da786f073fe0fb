//! What probes have cost today. A day is one of UTC here, as the daemon keeps it.

use super::number::{dollars, probes, today_utc};
use crate::language::words;
use crate::view::{Nanos, ProbeSpending};
use zephyr_words::say;

/// `$0.0003 today (12 probes)`; `None` where nothing was spent.
pub(crate) fn of_one(spending: &ProbeSpending) -> Option<String> {
    let today = Some(spending).filter(|s| s.day == today_utc() && s.probes > 0)?;
    Some(say!(words(), "spent-today", cost = dollars(today.cost), probes = probes(today.probes)))
}

/// `$0.0012 today (48 probes) of at most $0.10`; `None` where nothing was spent.
pub(crate) fn of_all<'a>(endpoints: impl Iterator<Item = &'a ProbeSpending>) -> Option<String> {
    let mut all = ProbeSpending::default();
    for one in endpoints.filter(|s| s.day == today_utc()) {
        all = ProbeSpending {
            day: one.day,
            cost: Nanos(all.cost.0.saturating_add(one.cost.0)),
            probes: all.probes.saturating_add(one.probes),
            daily_budget: all.daily_budget.max(one.daily_budget),
        };
    }
    let spent = of_one(&all)?;
    Some(say!(words(), "spent-today-of", spent = spent, limit = all.daily_budget.usd().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spent(day: i64, nanos: i64, probes: u64) -> ProbeSpending {
        ProbeSpending { day, cost: Nanos(nanos), probes, daily_budget: Nanos(100_000_000) }
    }

    #[test]
    fn what_was_spent_today_is_told_and_of_other_days_nothing() {
        let today = today_utc();
        let all = [spent(today, 1_200_000, 4), spent(today - 1, 9_000_000, 9), spent(today, 800_000, 1)];
        assert_eq!(of_all(all.iter()).as_deref(), Some("$0.0020 today (5 probes) of at most $0.10"));
        assert_eq!(of_one(&all[2]).as_deref(), Some("$0.0008 today (1 probe)"));
        assert_eq!((of_one(&all[1]), of_all([].iter())), (None, None));
    }
}
