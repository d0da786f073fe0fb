//! What tokens cost: the config's own prices, then the built-in table, then a default that is flagged.

mod rule;

pub use rule::{PriceRule, Prices};
