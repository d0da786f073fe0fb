//! Budgets: how much may be spent in a day, a week or a month, in all or by one client.
//!
//! What is spent is known when an answer ends, so requests in flight may carry a budget over its limit; once it is
//! reached nothing more is admitted. Where a period begins and ends is the shell's knowledge (time zones); one sum
//! is kept per row of the config, nothing per client that has none.

mod limit;
mod meter;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use limit::{Budget, Period};
use meter::Meter;

use super::money::Usd;

/// Begin and end, in Unix milliseconds, of the period that holds an instant: `begin <= now < end`.
pub type Calendar = Arc<dyn Fn(Period, i64) -> (i64, i64) + Send + Sync>;

/// The budgets in force and what was spent of them.
pub struct Budgets {
    calendar: Calendar,
    meters: Vec<Meter>,
}

/// A request is refused: this budget is spent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {}'s budget of {} is spent: {} of {}", .period.name(), whose(.client.as_deref()), Usd(*.spent_nanos), Usd(*.limit_nanos))]
pub struct OverBudget {
    /// Whose; `None` = everybody's together.
    pub client: Option<String>,
    /// Its period.
    pub period: Period,
    /// The limit in nano-dollars.
    pub limit_nanos: i64,
    /// What was spent, in nano-dollars.
    pub spent_nanos: i64,
    /// When it starts anew.
    pub resets_unix_ms: i64,
}

fn whose(client: Option<&str>) -> String {
    client.map_or_else(|| "all clients".to_owned(), |name| format!("client `{name}`"))
}

/// Something to tell about a budget; each once in a period.
#[derive(Debug, Clone, PartialEq)]
pub struct BudgetWarning {
    /// The limit is reached; else only the share at which to warn.
    pub over: bool,
    /// The budget as it is now.
    pub budget: BudgetView,
}

/// One budget for people.
#[derive(Debug, Clone, PartialEq)]
pub struct BudgetView {
    /// Whose; `None` = everybody's together.
    pub client: Option<String>,
    /// Its period.
    pub period: Period,
    /// The limit in nano-dollars; more than 0.
    pub limit_nanos: i64,
    /// What was spent of it, in nano-dollars; may be more than the limit.
    pub spent_nanos: i64,
    /// Share of the limit at which to warn.
    pub warn_at: f64,
    /// That share is reached.
    pub warn: bool,
    /// The limit is reached: nothing is admitted.
    pub over: bool,
    /// When the period began.
    pub since_unix_ms: i64,
    /// When it starts anew.
    pub resets_unix_ms: i64,
}

impl BudgetView {
    /// What was spent as a share of the limit; above 1 where requests in flight went over it.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.spent_nanos as f64 / self.limit_nanos.max(1) as f64
    }
}

impl Budgets {
    /// Budgets of which nothing is spent yet.
    #[must_use]
    pub fn new(budgets: &[Budget], calendar: Calendar, now_unix_ms: i64) -> Self {
        let meters = budgets.iter().map(|b| Meter::new(b.clone(), &*calendar, now_unix_ms)).collect();
        Self { calendar, meters }
    }

    /// There are none: nothing is ever refused.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.meters.is_empty()
    }

    /// Takes up another config. A budget of the same client and period keeps what was spent. Those that are new
    /// have spent nothing yet: their clients and beginnings are returned, for [`Self::restore`].
    pub fn take_up(&mut self, budgets: &[Budget], now_unix_ms: i64) -> Vec<BudgetView> {
        let mut before = std::mem::take(&mut self.meters);
        let mut added = Vec::new();
        for budget in budgets {
            let same = before.iter().position(|m| m.is_same(budget));
            let meter = match same.map(|at| before.swap_remove(at)) {
                Some(meter) => meter.with(budget.clone()),
                None => {
                    let meter = Meter::new(budget.clone(), &*self.calendar, now_unix_ms);
                    added.push(meter.view(now_unix_ms));
                    meter
                }
            };
            self.meters.push(meter);
        }
        added
    }

    /// What the records say was spent by `client` (`None` = by all together) since `since_unix_ms`: the budgets of
    /// this client that began then have spent at least that. Said twice it counts once.
    pub fn restore(&mut self, client: Option<&str>, since_unix_ms: i64, nanos: i64) {
        for meter in &mut self.meters {
            meter.restore(client, since_unix_ms, nanos);
        }
    }

    /// A request of `client` (empty = one without a name) has cost so much; what is not positive counts nothing.
    pub fn spend(&mut self, client: &str, nanos: i64, now_unix_ms: i64) {
        for meter in self.meters.iter_mut().filter(|m| m.is_for(client)) {
            meter.spend(nanos, &*self.calendar, now_unix_ms);
        }
    }

    /// Whether a request of `client` may go.
    ///
    /// # Errors
    /// A budget of this client, or of all, is spent; of several the one that lasts longest.
    pub fn check(&self, client: &str, now_unix_ms: i64) -> Result<(), OverBudget> {
        let spent =
            self.meters.iter().filter(|m| m.is_for(client)).map(|m| m.view(now_unix_ms)).filter(|v| v.over);
        match spent.max_by_key(|v| v.resets_unix_ms) {
            None => Ok(()),
            Some(v) => Err(OverBudget {
                client: v.client,
                period: v.period,
                limit_nanos: v.limit_nanos,
                spent_nanos: v.spent_nanos,
                resets_unix_ms: v.resets_unix_ms,
            }),
        }
    }

    /// What is to be told since the last call: each budget once at its share and once at its limit, in a period.
    pub fn warnings(&mut self, now_unix_ms: i64) -> Vec<BudgetWarning> {
        self.meters.iter_mut().filter_map(|m| m.warning(&*self.calendar, now_unix_ms)).collect()
    }

    /// Every budget, in the order of the config.
    #[must_use]
    pub fn view(&self, now_unix_ms: i64) -> Vec<BudgetView> {
        self.meters.iter().map(|m| m.current(&*self.calendar, now_unix_ms)).collect()
    }
}
