//! `[[budgets]]`: the limits as a person wrote them.

/// The time that a budget is for, where the daemon lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Period {
    /// From midnight to midnight.
    Day,
    /// From Monday to Monday.
    Week,
    /// From the first to the first.
    Month,
}

impl Period {
    /// All of them, the shortest first.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// The name in the config and the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }
}

/// One of `[[budgets]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Budget {
    /// How long it lasts.
    pub period: Period,
    /// Most that may be spent, in nano-dollars; more than 0.
    pub limit_nanos: i64,
    /// Whose spending counts; `None` = everybody's together.
    pub client: Option<String>,
    /// Share of the limit at which a warning is due, above 0 and at most 1.
    pub warn_at: f64,
}
