//! What can be asked of the records.

use super::record::Went;

/// Which requests. Every field narrows; names may hold `*` and `?`, case does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Came at or after this, Unix milliseconds.
    pub since_unix_ms: Option<i64>,
    /// Came before this, Unix milliseconds.
    pub until_unix_ms: Option<i64>,
    /// Model asked for.
    pub model: Option<String>,
    /// Endpoint that answered, or was asked last.
    pub endpoint: Option<String>,
    /// Its group.
    pub group: Option<String>,
    /// Client.
    pub client: Option<String>,
    /// Session.
    pub session: Option<String>,
    /// Counts of tokens, lists of models and other paths too; else only what asked for tokens.
    pub everything: bool,
}

/// A report: sums, in one row per value of `by`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReportQuery {
    /// Over which requests.
    pub filter: Filter,
    /// What a row is.
    pub by: By,
}

/// What a row of a report stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum By {
    /// One row for all.
    #[default]
    Total,
    /// A day where the daemon lives: `2026-11-21`.
    Day,
    /// A month: `2026-11`.
    Month,
    /// An hour in UTC: `2026-11-21T20:00Z`.
    Hour,
    /// A minute in UTC: `2026-11-21T20:07Z`.
    Minute,
    /// Model asked for.
    Model,
    /// Endpoint.
    Endpoint,
    /// Group.
    Group,
    /// Client.
    Client,
    /// Session.
    Session,
}

impl By {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Total,
        Self::Day,
        Self::Month,
        Self::Hour,
        Self::Minute,
        Self::Model,
        Self::Endpoint,
        Self::Group,
        Self::Client,
        Self::Session,
    ];

    /// The name on the command line and in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Day => "day",
            Self::Month => "month",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Model => "model",
            Self::Endpoint => "endpoint",
            Self::Group => "group",
            Self::Client => "client",
            Self::Session => "session",
        }
    }
}

/// Single requests.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RequestsQuery {
    /// Which.
    pub filter: Filter,
    /// The one of this id.
    pub id: Option<String>,
    /// Only those that went so.
    pub went: Option<Went>,
    /// Pass so many over.
    pub skip: usize,
    /// At most so many; 0 = none.
    pub limit: usize,
    /// The oldest first instead of the newest.
    pub oldest_first: bool,
    /// Go on behind this one (its time and id), in the asked order.
    pub after: Option<(i64, String)>,
}
