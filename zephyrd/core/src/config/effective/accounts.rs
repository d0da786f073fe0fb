//! Records, prices, budgets, shared calls and kept answers as TOML.

use super::super::accounts::{Database, Dedup};
use super::super::check::quote;
use super::super::plan::Plan;
use super::{Out, number, seconds};
use crate::usage::money::exact;

const DAY: u64 = 24 * 60 * 60;

/// Writes their tables.
pub(super) fn accounts(out: &mut Out, plan: &Plan) {
    settings(out, plan);
    prices(out, plan);
    budgets(out, plan);
}

fn settings(out: &mut Out, plan: &Plan) {
    let usage = &plan.usage;
    out.table("[usage]");
    out.key("enabled", usage.enabled);
    match &usage.database {
        Database::Default => out.unset("usage", "database"),
        Database::Memory => out.key("database", quote("memory")),
        Database::File(path) => out.key("database", quote(&path.display().to_string())),
    }
    out.key("retention_days", usage.retention.as_secs() / DAY);
    out.key("batch_size", usage.batch_size);
    out.key("flush_interval_seconds", seconds(usage.flush_interval));
    out.table("[dedup]");
    match plan.dedup {
        Dedup::Sessions => out.unset("dedup", "enabled"),
        Dedup::All => out.key("enabled", true),
        Dedup::Off => out.key("enabled", false),
    }
    out.table("[cache]");
    out.key("enabled", plan.cache.enabled);
    out.key("max_cache_size", plan.cache.entries);
    out.key("max_cache_bytes", plan.cache.bytes);
    out.key("cache_ttl_seconds", seconds(plan.cache.ttl));
}

fn prices(out: &mut Out, plan: &Plan) {
    if plan.prices.rules().next().is_none() {
        out.note(
            "\n# There are no [[prices]]: the built-in table holds, times the `price` of each endpoint.",
        );
    }
    for rule in plan.prices.rules() {
        out.table("[[prices]]");
        out.key("model", quote(&rule.model));
        out.maybe("prices", "endpoint", rule.endpoint.as_deref().map(quote));
        out.key("input", exact(rule.input));
        out.key("output", exact(rule.output));
        out.maybe("prices", "cache_write_5m", rule.cache_write_5m.map(exact));
        out.maybe("prices", "cache_write_1h", rule.cache_write_1h.map(exact));
        out.maybe("prices", "cache_read", rule.cache_read.map(exact));
        out.maybe("prices", "web_search", rule.web_search.map(exact));
    }
}

fn budgets(out: &mut Out, plan: &Plan) {
    if plan.budgets.is_empty() {
        out.note("\n# There are no [[budgets]] (period, limit_usd, client, warn_at): nothing limits what is spent.");
    }
    for budget in &plan.budgets {
        out.table("[[budgets]]");
        out.key("period", quote(budget.period.name()));
        out.key("limit_usd", exact(budget.limit_nanos));
        out.maybe("budgets", "client", budget.client.as_deref().map(quote));
        out.key("warn_at", number(budget.warn_at));
    }
}
