//! The handle's side for whoever watches the machine's network.

use super::Handle;

impl Handle {
    /// Addresses or routes of this machine have changed.
    pub(crate) fn network_changed(&self) {
        self.enter(|core, now| core.engine.network_changed(now));
        self.inner.steered.notify_one();
    }

    /// The machine has been asleep.
    pub(crate) fn woke(&self) {
        self.enter(|core, now| core.engine.woke(now));
        self.inner.steered.notify_one();
    }
}
