//! A lease that settles itself.

use zephyr_core::config::Endpoint;
use zephyr_core::engine::{Decision, EndpointId, Lease, Outcome};
use zephyr_core::failover::Class;

use super::Handle;

/// A lease and the way back to its engine. Dropped unsettled (client gone, panic), it counts as cancelled.
pub(crate) struct LeaseGuard {
    handle: Handle,
    /// Apart, as leases are moved a dozen times on their way.
    lease: Option<Box<Lease>>,
    endpoint: std::sync::Arc<Endpoint>,
    id: EndpointId,
    alternatives: usize,
    decision: Option<Box<Decision>>,
}

impl LeaseGuard {
    pub(super) fn new(handle: Handle, lease: Lease) -> Self {
        let (endpoint, id, alternatives) = (lease.endpoint.clone(), lease.id, lease.alternatives);
        let decision = Some(Box::new(lease.decision.clone()));
        Self { handle, lease: Some(Box::new(lease)), endpoint, id, alternatives, decision }
    }

    /// The endpoint's settings at the moment of choosing.
    pub(crate) fn endpoint(&self) -> &std::sync::Arc<Endpoint> {
        &self.endpoint
    }

    /// Whose it is.
    pub(crate) fn id(&self) -> EndpointId {
        self.id
    }

    /// Usable endpoints besides it that the request has not tried.
    pub(crate) fn alternatives(&self) -> usize {
        self.alternatives
    }

    /// The conversation that it counts for.
    pub(crate) fn session(&self) -> Option<u64> {
        self.lease.as_ref()?.session
    }

    /// As [`Lease::cut`].
    pub(crate) fn cut(&self) -> Option<u64> {
        self.lease.as_ref()?.cut
    }

    /// The model that is to be asked for here instead of the client's; `None` = the name stays.
    pub(crate) fn rename(&self) -> Option<&str> {
        self.lease.as_ref()?.rename().map(AsRef::as_ref)
    }

    /// As [`Lease::other`].
    pub(crate) fn other(&self) -> Option<std::sync::Arc<str>> {
        self.lease.as_ref()?.other().cloned()
    }

    /// Why it is this endpoint; only the first time.
    pub(crate) fn take_decision(&mut self) -> Option<Box<Decision>> {
        self.decision.take()
    }

    /// A real answer has begun to come, this long after it was sent: the endpoint works.
    pub(crate) fn begun(&mut self, ttft: Option<std::time::Duration>) {
        if let Some(lease) = &mut self.lease {
            self.handle.enter(|core, now| core.engine.begun(lease, ttft, now));
        }
    }

    /// Gives the lease back.
    pub(crate) fn settle(mut self, outcome: &Outcome) {
        self.give_back(outcome);
    }

    fn give_back(&mut self, outcome: &Outcome) {
        if let Some(lease) = self.lease.take() {
            self.handle.enter(|core, now| core.engine.settle(*lease, outcome, now));
        }
    }
}

impl Drop for LeaseGuard {
    fn drop(&mut self) {
        self.give_back(&Outcome::of(Class::Cancelled));
    }
}
