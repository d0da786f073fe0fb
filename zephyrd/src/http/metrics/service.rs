//! The service itself: budgets, records, log, config, version.

use zephyr_core::usage::BudgetView;
use zephyr_core::usage::money::exact;

use super::text::Exposition;
use super::text::Kind::{Counter, Gauge};
use super::text::Seconds;
use crate::desk::Desk;
use crate::store::{StoreHealth, StoreState};

pub(super) fn tell(out: &mut Exposition, desk: &Desk) {
    let ledger = desk.ledger.view();
    budgets(out, &ledger.budgets);
    store(out, &ledger.store);
    let help = "Lines of the log that could not be written.";
    out.single("zephyr_log_lines_dropped_total", Counter, help, desk.meter.lost_lines());
    config(out, desk);
    let mut family = out.family("zephyr_build_info", Gauge, "The version that runs.");
    family.value(&[("version", env!("CARGO_PKG_VERSION"))], 1);
    let up = desk.handle.clock().up().as_millis();
    let up = Seconds(u64::try_from(up).unwrap_or(u64::MAX));
    out.single("zephyr_uptime_seconds", Gauge, "Time since the start.", up);
}

fn budgets(out: &mut Exposition, budgets: &[BudgetView]) {
    let mut gauge = |name, help, value: fn(&BudgetView) -> i64| {
        let mut family = out.family(name, Gauge, help);
        for budget in budgets {
            let client = budget.client.as_deref().unwrap_or_default();
            family.value(&[("client", client), ("period", budget.period.name())], exact(value(budget)));
        }
    };
    let help = "A budget's limit; that of all clients together where none is named.";
    gauge("zephyr_budget_limit_usd", help, |budget| budget.limit_nanos);
    gauge("zephyr_budget_spent_usd", "What of a budget is spent.", |budget| budget.spent_nanos);
}

fn store(out: &mut Exposition, store: &StoreHealth) {
    let works = u8::from(store.state != StoreState::Waiting);
    out.single("zephyr_store_up", Gauge, "Usage records can be written.", works);
    let help = "Usage records that are still to be written.";
    out.single("zephyr_store_records_waiting", Gauge, help, store.waiting);
    let help = "Usage records that were written.";
    out.single("zephyr_store_records_written_total", Counter, help, store.written);
    let help = "Usage records that were given up as too many waited.";
    out.single("zephyr_store_records_dropped_total", Counter, help, store.dropped);
}

fn config(out: &mut Exposition, desk: &Desk) {
    let config = desk.config.get();
    let good = u8::from(config.problems.is_empty());
    out.single("zephyr_config_last_reload_successful", Gauge, "The last reload was taken up.", good);
    let loaded = Seconds(u64::try_from(config.loaded_unix_ms).unwrap_or(0));
    let help = "When the config in force was taken up.";
    out.single("zephyr_config_loaded_timestamp_seconds", Gauge, help, loaded);
}
