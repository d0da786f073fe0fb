//! What is known of conversations.

use zephyr_core::affinity::{Cached, Foreign};
use zephyr_core::engine::{Ask, EndpointId};

use super::Handle;

impl Handle {
    /// As [`zephyr_core::engine::Engine::foreign`].
    pub(crate) fn foreign(&self, ask: &Ask<'_>, id: EndpointId) -> Foreign {
        self.core().engine.foreign(ask, id, self.inner.clock.now())
    }

    /// As [`zephyr_core::engine::Engine::refuses_foreign`].
    pub(crate) fn refuses_foreign(&self, session: u64, id: EndpointId, last: u64) {
        self.core().engine.refuses_foreign(session, id, last);
    }

    /// As [`zephyr_core::engine::Engine::cached`].
    pub(crate) fn cached(&self, session: u64, id: EndpointId, cached: &Cached<'_>) {
        self.core().engine.cached(session, id, cached);
    }
}
