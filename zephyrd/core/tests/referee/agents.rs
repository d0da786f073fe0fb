//! What is under way: agents that want something, requests that walk.

use std::time::Duration;

use zephyr_core::engine::{EndpointId, Lease};
use zephyr_core::failover::{Class, Walk};

use crate::endpoints::Fate;

/// How often an SDK repeats by itself.
pub(crate) const REPEATS: u32 = 2;
/// How long a client waits for the beginning of an answer.
pub(crate) const ENDURES: Duration = Duration::from_secs(345);

/// One agent: it thinks, asks, reads the answer, and thinks again.
#[derive(Debug, Default)]
pub(crate) struct Agent {
    /// How often it has repeated what it wants now.
    pub(crate) repeats: u32,
    pub(crate) request: Option<Request>,
}

/// One request, as the proxy has it.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) came: Duration,
    /// Nothing was wrong anywhere so far.
    pub(crate) calm: bool,
    pub(crate) walk: Walk,
    pub(crate) calls: u32,
    pub(crate) failures: Vec<(Class, Option<Duration>)>,
    pub(crate) same: Option<EndpointId>,
    /// Since when it waits for its turn to retry.
    pub(crate) due: Option<Duration>,
    pub(crate) running: Option<Running>,
}

/// The attempt that runs.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) lease: Lease,
    pub(crate) fate: Fate,
}
