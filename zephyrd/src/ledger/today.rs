//! Sums of the running day, for whoever looks often.

use zephyr_core::usage::{Entry, Report, Tokens};

/// What today came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct TodayView {
    /// Requests for tokens.
    pub(crate) requests: u64,
    /// What they cost, in nano-dollars.
    pub(crate) cost_nanos: i64,
    /// What probes cost, in nano-dollars.
    pub(crate) probe_nanos: i64,
    /// What was not paid thanks to shared and stored answers, in nano-dollars.
    pub(crate) saved_nanos: i64,
    /// Tokens that were paid for.
    pub(crate) tokens: Tokens,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Today {
    day: i32,
    sums: TodayView,
}

impl Today {
    /// Counts what was settled on `day`; the first entry of a new day begins anew.
    pub(super) fn count(&mut self, entry: &Entry, day: i32) {
        self.turn(day);
        let sums = &mut self.sums;
        match entry {
            Entry::Request(record) => {
                sums.requests += u64::from(record.operation == zephyr_core::usage::Operation::Generate);
                sums.cost_nanos = sums.cost_nanos.saturating_add(record.cost_nanos);
                sums.saved_nanos = sums.saved_nanos.saturating_add(record.saved_nanos);
                if record.source == zephyr_core::usage::Source::Endpoint {
                    sums.tokens.add(&record.tokens);
                }
            }
            Entry::Probe(probe) => sums.probe_nanos = sums.probe_nanos.saturating_add(probe.cost_nanos),
        }
    }

    /// Adds what an earlier process counted on `day`.
    pub(super) fn restore(&mut self, report: &Report, day: i32) {
        self.turn(day);
        let (sums, total) = (&mut self.sums, &report.total);
        sums.requests += total.requests;
        sums.cost_nanos = sums.cost_nanos.saturating_add(total.cost_nanos);
        sums.saved_nanos = sums.saved_nanos.saturating_add(total.saved_nanos);
        sums.probe_nanos = sums.probe_nanos.saturating_add(report.probes.cost_nanos);
        sums.tokens.add(&total.tokens);
    }

    /// The sums of `day`.
    pub(super) fn view(&mut self, day: i32) -> TodayView {
        self.turn(day);
        self.sums
    }

    fn turn(&mut self, day: i32) {
        if day > self.day {
            *self = Self { day, sums: TodayView::default() };
        }
    }
}
