//! The engine's own ticker: lets cooldowns end, publishes events, logs notices, asks for the memory to be saved.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use zephyr_core::engine::Notice;

use super::Handle;

/// Watchers hear of changes at most this often; counters that change with each request are folded together.
const PUBLISH_EVERY: Duration = Duration::from_millis(50);
/// The ticker turns at least this often, so that a watchdog can tell it from a stuck one.
const TURN_AT_LEAST: Duration = Duration::from_secs(1);

impl Handle {
    /// Runs until dropped. `turned` is called once per turn (the watchdog hangs on it), `save` when what must
    /// survive a restart has changed.
    pub(crate) async fn pump(self, turned: impl Fn(), save: impl Fn(&Self)) {
        loop {
            let turn = Instant::now() + TURN_AT_LEAST;
            let wake = match self.poll_timeout() {
                Some(mono) => turn.min(Instant::from_std(self.inner.clock.instant(mono))),
                None => turn,
            };
            tokio::select! {
                () = sleep_until(wake) => {}
                () = self.inner.changed.notified() => {}
            }
            self.turn(&save);
            turned();
            tokio::time::sleep(PUBLISH_EVERY).await;
        }
    }

    fn turn(&self, save: &impl Fn(&Self)) {
        {
            let mut guard = self.engine();
            guard.0.handle_timeout(self.inner.clock.now());
            self.publish(&mut guard.0);
        }
        let mut dirty = false;
        while let Some(notice) = self.poll_notice() {
            dirty |= notice == Notice::MemoryChanged;
            log(&notice);
        }
        if dirty {
            save(self);
        }
    }
}

fn log(notice: &Notice) {
    match notice {
        Notice::Switched { dialect, from, to, why } => tracing::info!(
            dialect = dialect.name(),
            from = from.as_deref().unwrap_or("-"),
            endpoint = to.as_deref().unwrap_or("-"),
            why = why.as_str(),
            "switched"
        ),
        Notice::State { endpoint, from, to, detail, lasts } => {
            let lasts_s = lasts.map(|d| d.as_secs()).unwrap_or_default();
            let detail = detail.as_deref().unwrap_or("-");
            if to.usable() {
                tracing::info!(
                    endpoint = endpoint.as_str(),
                    from = from.name(),
                    to = to.name(),
                    detail,
                    "endpoint state"
                );
            } else {
                tracing::warn!(
                    endpoint = endpoint.as_str(),
                    from = from.name(),
                    to = to.name(),
                    detail,
                    lasts_s,
                    "endpoint state"
                );
            }
        }
        Notice::PinDropped { name } => {
            tracing::warn!(name = name.as_str(), "pinned name left the config, unpinned");
        }
        Notice::MemoryChanged => {}
    }
}
