//! The engine: the whole of selection, health and limits, without IO.
//!
//! The shell enters it under a lock for microseconds and never across an await. Its invariants, checked
//! after every step of the simulation: in-flight equals leases held; nothing cooling, paused or drained is
//! chosen (but for the stated last resort); every open state has a timeout; everything recovers in a calm
//! hour; `apply(diff(a, b))` to `a` equals `b`; events replayed give the snapshot.

mod types;

use std::time::Duration;

pub use types::*;

use crate::config::{Change, Plan};
use crate::time::{Now, Rng};

/// See the module.
pub struct Engine {}

impl Engine {
    /// An engine for `plan`, everything unknown, nothing pinned.
    #[must_use]
    pub fn new(plan: &Plan, now: Now) -> Self { todo!() }

    /// Takes up what an earlier process knew. Names that no longer exist are dropped.
    pub fn restore(&mut self, memory: &Memory, now: Now) { todo!() }

    /// What the next process should know.
    #[must_use]
    pub fn memory(&self) -> Memory { todo!() }

    /// Gives out the right to make one attempt, or says why there is none.
    ///
    /// # Errors
    /// [`NoEndpoint`] when no endpoint may be tried now.
    pub fn choose(&mut self, ask: &Ask<'_>, now: Now, rng: &mut dyn Rng) -> Result<Lease, NoEndpoint> { todo!() }

    /// Takes a lease back and learns from what became of it.
    pub fn settle(&mut self, lease: Lease, outcome: &Outcome, now: Now) { todo!() }

    /// Learns from a probe. Unknown ids (removed meanwhile) are ignored.
    pub fn probed(&mut self, id: EndpointId, verdict: &Verdict, now: Now) { todo!() }

    /// Carries out an operator's command.
    ///
    /// # Errors
    /// [`Refusal`], and nothing has changed.
    pub fn command(&mut self, command: &Command, now: Now) -> Result<(), Refusal> { todo!() }

    /// Takes up the changes of a reload. Health and running leases of unchanged endpoints are untouched.
    /// `order` = all endpoint names of the new plan in file order.
    pub fn apply(&mut self, changes: &[Change], order: &[String], now: Now) { todo!() }

    /// When [`Self::handle_timeout`] wants to be called next, on the monotonic clock.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> { todo!() }

    /// Does what is due: cooldowns end.
    pub fn handle_timeout(&mut self, now: Now) { todo!() }

    /// The next change for watchers.
    pub fn poll_event(&mut self, now: Now) -> Option<Event> { todo!() }

    /// The next thing for the log; at most 256 are kept, the oldest are dropped first.
    pub fn poll_notice(&mut self) -> Option<Notice> { todo!() }

    /// The whole state.
    #[must_use]
    pub fn snapshot(&self, now: Now) -> Snapshot { todo!() }
}
