//! The handle's side for whoever watches the machine's network.

use super::Handle;

impl Handle {
    /// Addresses or routes of this machine have changed.
    pub(crate) fn network_changed(&self) {
        let now = self.inner.clock.now();
        self.engine().0.network_changed(now);
        self.inner.changed.notify_one();
        self.inner.steered.notify_one();
    }

    /// The machine has been asleep.
    pub(crate) fn woke(&self) {
        let now = self.inner.clock.now();
        self.engine().0.woke(now);
        self.inner.changed.notify_one();
        self.inner.steered.notify_one();
    }
}
