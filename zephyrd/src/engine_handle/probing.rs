//! The handle's side for the probe runner.

use std::sync::Arc;
use std::time::Instant;

use zephyr_core::config::{Endpoint, ProbeKind};
use zephyr_core::engine::{EndpointId, Refusal};
use zephyr_core::time::Zone;

use super::Handle;

impl Handle {
    /// The probes that should be sent now. They count as begun from here on.
    pub(crate) fn take_due_probes(&self) -> Vec<(EndpointId, Arc<Endpoint>, ProbeKind)> {
        let now = self.inner.clock.now();
        let mut core = self.core();
        let due = core.engine.probe_due(now);
        for (id, ..) in &due {
            core.engine.probe_started(*id, now);
        }
        due
    }

    /// When the next probe is due; `None` = none is planned.
    pub(crate) fn next_probe(&self) -> Option<Instant> {
        let mono = self.core().engine.next_probe()?;
        Some(self.inner.clock.instant(mono))
    }

    /// A probe on demand has begun.
    pub(crate) fn probe_started(&self, id: EndpointId) {
        let now = self.inner.clock.now();
        self.core().engine.probe_started(id, now);
    }

    /// The machine's time zone.
    pub(crate) fn set_zone(&self, zone: Zone) {
        let now = self.inner.clock.now();
        self.core().engine.set_zone(zone, now);
    }

    /// What a probe has cost, in nano-dollars.
    pub(crate) fn probe_cost(&self, id: EndpointId, nanos: u64) {
        let now = self.inner.clock.now();
        self.core().engine.probe_cost(id, nanos, now);
    }

    /// Waits until an operator or a reload has changed something that may make probes due. For one waiter.
    pub(crate) async fn steered(&self) {
        self.inner.steered.notified().await;
    }

    /// The endpoints that `name` means, in file order: itself, a group's, or all (`None`).
    ///
    /// # Errors
    /// [`Refusal::UnknownName`].
    pub(crate) fn find(&self, name: Option<&str>) -> Result<Vec<(EndpointId, Arc<Endpoint>)>, Refusal> {
        self.core().engine.find(name)
    }
}
