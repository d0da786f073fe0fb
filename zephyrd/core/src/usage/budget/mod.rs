//! Budgets: how much may be spent in a day, a week or a month, in all or by one client.

mod limit;

pub use limit::{Budget, Period};
