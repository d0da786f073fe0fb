//! What requests used and what that cost: the record of one request, sums over many, prices and budgets.
//!
//! Everything here is arithmetic on what the shell has seen; where records are kept is the shell's business.

mod budget;
mod histogram;
mod mismatch;
mod model_name;
pub mod money;
mod price;
mod query;
mod record;
mod tokens;
mod totals;

pub use budget::{Budget, BudgetView, BudgetWarning, Budgets, Calendar, OverBudget, Period};
pub use histogram::Histogram;
pub use mismatch::is_mismatch;
pub use price::{Price, PriceRule, Prices, Rates, cache_saved, cost, cost_rounded_up, rebuild};
pub use query::{By, Filter, ReportQuery, RequestsQuery};
pub use record::{
    AttemptRecord, Ended, Entry, Operation, PriceSource, ProbeRecord, Source, UsageRecord, UsageState, Went,
};
pub use tokens::{Tier, Tokens};
pub use totals::{Counts, ProbeTotals, Report, ReportRow, Totals};
