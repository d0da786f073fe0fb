//! How candidates are ordered: one file per strategy, one line here.

use std::time::Duration;

use crate::config::StrategyKind;
use crate::engine::{Ask, EndpointId};
use crate::time::Rng;

/// One usable endpoint, as a strategy sees it.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Its identity.
    pub id: EndpointId,
    /// Its name.
    pub name: &'a str,
    /// Expected time to an answer; `None` = never measured.
    pub latency: Option<Duration>,
    /// Attempts that run there now.
    pub in_flight: u32,
    /// `priority` of the config.
    pub priority: u32,
    /// `price` of the config.
    pub price: f64,
    /// `weight` of the config.
    pub weight: u32,
    /// It is the one that served last.
    pub current: bool,
}

/// Orders a pool of usable endpoints of one tier, best first.
pub trait Strategy: Send {
    /// Writes indexes into `pool` to `out` (empty when called), best first, each exactly once.
    fn rank(&mut self, pool: &[Candidate<'_>], ask: &Ask<'_>, rng: &mut dyn Rng, out: &mut Vec<usize>);
}
