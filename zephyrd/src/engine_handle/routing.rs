//! Where a request would go, for people who ask.

use zephyr_core::engine::{Ask, EndpointView, Route};

use super::Handle;

impl Handle {
    /// As [`zephyr_core::engine::Engine::route`], with how the endpoints are at that moment.
    pub(crate) fn route(&self, ask: &Ask<'_>) -> (Vec<Route>, Vec<EndpointView>) {
        let now = self.inner.clock.now();
        let mut core = self.core();
        (core.engine.route(ask, now), core.engine.snapshot(now).endpoints)
    }
}
