//! Money: exact, and what the status tells of it.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// Nano-dollars in one dollar.
const DOLLAR: u64 = 1_000_000_000;

/// An amount in nano-dollars (10⁻⁹ USD).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Nanos(pub(crate) i64);

impl Nanos {
    /// Dollars as an exact decimal with at least two places: `0.0123`, `-12.50`.
    pub(crate) fn usd(self) -> String {
        let (whole, rest) = (self.0.unsigned_abs() / DOLLAR, self.0.unsigned_abs() % DOLLAR);
        let places = format!("{rest:09}");
        let kept = places.trim_end_matches('0').len().max(2);
        let sign = if self.0 < 0 { "-" } else { "" };
        format!("{sign}{whole}.{}", places.get(..kept).unwrap_or(&places))
    }
}

/// A function for `serialize_with` on a flattened amount: the integer and the decimal under the given names.
macro_rules! amount {
    ($name:ident, $nanos:literal, $usd:literal) => {
        pub(super) fn $name<S: Serializer>(amount: &Nanos, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(Some(2))?;
            map.serialize_entry($nanos, &amount.0)?;
            map.serialize_entry($usd, &amount.usd())?;
            map.end()
        }
    };
}

amount!(cost, "cost_nanos", "cost_usd");
amount!(lost, "lost_nanos", "lost_usd");
amount!(saved, "saved_nanos", "saved_usd");
amount!(cache_saved, "cache_saved_nanos", "cache_saved_usd");
amount!(probe, "probe_cost_nanos", "probe_cost_usd");
amount!(limit, "limit_nanos", "limit_usd");
amount!(spent, "spent_nanos", "spent_usd");

/// What was spent today, and how near the budgets are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Money {
    pub(crate) today: Today,
    pub(crate) budgets: Vec<Budget>,
    pub(crate) records: RecordStore,
    /// The newest first.
    pub(crate) mismatches: Vec<Mismatch>,
}

/// Since midnight, where the daemon lives.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Today {
    pub(crate) requests: u64,
    #[serde(flatten, serialize_with = "cost")]
    pub(crate) cost: Nanos,
    /// Not paid because another request's answer served.
    #[serde(flatten, serialize_with = "saved")]
    pub(crate) saved: Nanos,
    /// What probes cost beside it.
    #[serde(flatten, serialize_with = "probe")]
    pub(crate) probes: Nanos,
    /// All that went in, cached or not.
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
}

/// What may be spent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Budget {
    /// Whose; `None` = all clients'.
    pub(crate) client: Option<String>,
    /// `day week month`.
    pub(crate) period: String,
    #[serde(flatten, serialize_with = "limit")]
    pub(crate) limit: Nanos,
    #[serde(flatten, serialize_with = "spent")]
    pub(crate) spent: Nanos,
    /// Spent of the limit; 1 = all of it.
    pub(crate) share: f64,
    /// The share to warn at is reached.
    pub(crate) warn: bool,
    /// All is spent: requests are refused.
    pub(crate) over: bool,
    /// When the period ends, Unix milliseconds.
    pub(crate) resets_unix_ms: i64,
}

/// Where records are kept.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct RecordStore {
    /// `ok waiting off`.
    pub(crate) state: String,
    pub(crate) detail: Option<String>,
    /// Not written yet.
    pub(crate) waiting: u64,
    /// Lost since the start because too many waited.
    pub(crate) dropped: u64,
}

/// An endpoint that answered with another model than was asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Mismatch {
    pub(crate) endpoint: String,
    pub(crate) asked: String,
    pub(crate) answered: String,
    pub(crate) count: u64,
    pub(crate) last_unix_ms: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_are_exact() {
        let shown = [0, 1, 12_300_000, 12_500_000_000, -1, i64::MAX, i64::MIN].map(|n| Nanos(n).usd());
        let wanted = [
            "0.00",
            "0.000000001",
            "0.0123",
            "12.50",
            "-0.000000001",
            "9223372036.854775807",
            "-9223372036.854775808",
        ];
        assert_eq!(shown, wanted);
    }
}
