//! One budget and what was spent of it in the period that runs.

use super::limit::{Budget, Period};
use super::{BudgetView, BudgetWarning};
use crate::usage::money::Factor;

/// As [`super::Calendar`].
type Bounds<'c> = dyn Fn(Period, i64) -> (i64, i64) + Send + Sync + 'c;

pub(super) struct Meter {
    budget: Budget,
    since: i64,
    until: i64,
    spent: i64,
    /// What was told in this period: 0 nothing, 1 that it warns, 2 that it is spent.
    told: u8,
}

impl Meter {
    pub(super) fn new(budget: Budget, calendar: &Bounds<'_>, now: i64) -> Self {
        let (since, until) = calendar(budget.period, now);
        Self { budget, since, until, spent: 0, told: 0 }
    }

    /// The same with another limit. What was told is told again where it is not true any more.
    pub(super) fn with(self, budget: Budget) -> Self {
        let changed = Self { budget, ..self };
        Self { told: changed.told.min(changed.stage()), ..changed }
    }

    pub(super) fn is_same(&self, other: &Budget) -> bool {
        self.budget.client == other.client && self.budget.period == other.period
    }

    pub(super) fn is_for(&self, client: &str) -> bool {
        self.budget.client.as_ref().is_none_or(|name| name == client)
    }

    pub(super) fn restore(&mut self, client: Option<&str>, since: i64, nanos: i64) {
        if self.budget.client.as_deref() == client && self.since == since {
            self.spent = self.spent.max(nanos);
        }
    }

    pub(super) fn spend(&mut self, nanos: i64, calendar: &Bounds<'_>, now: i64) {
        self.turn(calendar, now);
        self.spent = self.spent.saturating_add(nanos.max(0));
    }

    pub(super) fn warning(&mut self, calendar: &Bounds<'_>, now: i64) -> Option<BudgetWarning> {
        self.turn(calendar, now);
        let stage = self.stage();
        if stage <= self.told {
            return None;
        }
        self.told = stage;
        Some(BudgetWarning { over: stage == 2, budget: self.view(now) })
    }

    /// As [`Self::view`], with the bounds of the period that runs now.
    pub(super) fn current(&self, calendar: &Bounds<'_>, now: i64) -> BudgetView {
        let view = self.view(now);
        if (self.since..self.until).contains(&now) {
            return view;
        }
        let (since_unix_ms, resets_unix_ms) = calendar(self.budget.period, now);
        BudgetView { since_unix_ms, resets_unix_ms, ..view }
    }

    /// How it stands; a period that has ended counts as unspent.
    pub(super) fn view(&self, now: i64) -> BudgetView {
        let ended = now >= self.until;
        let stage = if ended { 0 } else { self.stage() };
        BudgetView {
            client: self.budget.client.clone(),
            period: self.budget.period,
            limit_nanos: self.budget.limit_nanos,
            spent_nanos: if ended { 0 } else { self.spent },
            warn_at: self.budget.warn_at,
            warn: stage >= 1,
            over: stage == 2,
            since_unix_ms: self.since,
            resets_unix_ms: self.until,
        }
    }

    fn stage(&self) -> u8 {
        let warn = Factor::of(self.budget.warn_at).times(self.budget.limit_nanos);
        if self.spent >= self.budget.limit_nanos { 2 } else { u8::from(self.spent >= warn) }
    }

    /// Goes on to the period of `now`. A clock that was set back gives nothing back.
    fn turn(&mut self, calendar: &Bounds<'_>, now: i64) {
        if (self.since..self.until).contains(&now) {
            return;
        }
        if now >= self.until {
            self.spent = 0;
            self.told = 0;
        }
        (self.since, self.until) = calendar(self.budget.period, now);
    }
}
