//! The engine's own ticker: lets cooldowns end, publishes events, logs notices, hands over what is to be kept.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use zephyr_core::engine::{GroupState, Notice};

use super::Handle;
use crate::system::text::clean;

/// Watchers hear of changes at most this often; counters that change with each request are folded together.
const PUBLISH_EVERY: Duration = Duration::from_millis(50);
/// The ticker turns at least this often, so that a watchdog can tell it from a stuck one.
const TURN_AT_LEAST: Duration = Duration::from_secs(1);
/// What was learnt is kept at most this often; an operator's orders at once.
const KEEP_EVERY: Duration = Duration::from_secs(5);

impl Handle {
    /// Runs until dropped. `turned` is called once per turn (the watchdog hangs on it).
    pub(crate) async fn pump(self, turned: impl Fn()) {
        let mut kept = Instant::now();
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
            self.turn(&mut kept);
            turned();
            tokio::select! {
                () = tokio::time::sleep(PUBLISH_EVERY) => {}
                () = self.inner.keeping.hurry() => {}
            }
        }
    }

    fn turn(&self, kept: &mut Instant) {
        let turn = self.inner.keeping.begin();
        self.visit(|core, now| {
            core.engine.handle_timeout(now);
            self.publish(&mut core.engine);
        });
        let mut due = false;
        while let Some(notice) = self.poll_notice() {
            due |= notice == Notice::MemoryChanged;
            log(&notice);
        }
        due |= kept.elapsed() >= KEEP_EVERY && self.core().engine.take_unsaved();
        let memory = due.then(|| {
            *kept = Instant::now();
            self.memory()
        });
        self.inner.keeping.end(turn, memory);
    }
}

/// The journal shows only the message by default: it tells by itself what happened, the fields are to search by.
fn log(notice: &Notice) {
    match notice {
        Notice::Switched { dialect, from, to, why } => tracing::info!(
            dialect = dialect.name(),
            from = from.as_deref().unwrap_or("-"),
            endpoint = to.as_deref().unwrap_or("-"),
            why = why.as_str(),
            "switched {} to {}: {}",
            dialect.name(),
            to.as_deref().map_or_else(|| "nothing".to_owned(), clean),
            clean(why)
        ),
        Notice::State { endpoint, from, to, detail, lasts } => {
            let lasts_s = lasts.map(|d| d.as_secs());
            let mut told = format!("endpoint {} is {}", clean(endpoint), to.name());
            if let Some(s) = lasts_s {
                told.push_str(&format!(" for {s} s"));
            }
            if let Some(detail) = detail {
                told.push_str(&format!(": {}", clean(detail)));
            }
            let (endpoint, from, to_name) = (endpoint.as_str(), from.name(), to.name());
            if to.usable() {
                tracing::info!(endpoint, from, to = to_name, "{told}");
            } else {
                tracing::warn!(endpoint, from, to = to_name, detail = detail.as_deref(), lasts_s, "{told}");
            }
        }
        Notice::PinDropped { name } => {
            tracing::warn!(name = name.as_str(), "unpinned {}: the config names it no more", clean(name));
        }
        Notice::Offline => {
            tracing::warn!(
                "offline: nobody beyond this machine can be reached; endpoints are not blamed for it"
            );
        }
        Notice::Online { after } => {
            let after_s = after.as_secs();
            tracing::info!(after_s, "online again after {after_s} s");
        }
        Notice::NetworkChanged => {
            tracing::info!("the network has changed, or the machine woke up: endpoints are probed anew");
        }
        Notice::Group { group, from, to, lasts } => log_group(group, *from, *to, *lasts),
        Notice::ActivationEnded { group } => {
            tracing::warn!(
                group = group.as_str(),
                "group {} is no longer activated, as it has failed: the order of the priorities holds again",
                clean(group)
            );
        }
        Notice::PauseEnded { name } => {
            tracing::info!(name = name.as_str(), "the pause of {} is over", clean(name));
        }
        Notice::Limited { endpoint, model, class, lasts } => tracing::warn!(
            endpoint = endpoint.as_str(),
            model = model.as_str(),
            class = class.name(),
            lasts_s = lasts.as_secs(),
            "endpoint {} is {} for {} for {} s",
            clean(endpoint),
            class.name(),
            clean(model),
            lasts.as_secs()
        ),
        Notice::Lifted { endpoint, model } => tracing::info!(
            endpoint = endpoint.as_str(),
            model = model.as_str(),
            "endpoint {} serves {} again",
            clean(endpoint),
            clean(model)
        ),
        Notice::MemoryChanged => {}
    }
}

fn log_group(group: &str, from: GroupState, to: GroupState, lasts: Option<Duration>) {
    let (from, to_name, lasts_s) = (from.name(), to.name(), lasts.map(|d| d.as_secs()));
    let lasting = lasts_s.map(|s| format!(" for {s} s")).unwrap_or_default();
    let told = match to {
        GroupState::Cooling => {
            format!("group {} cools down{lasting}: all its endpoints have failed", clean(group))
        }
        GroupState::Exhausted => {
            format!("group {} is exhausted{lasting}: all its endpoints have reached a limit", clean(group))
        }
        _ => format!("group {} is {to_name}{lasting}", clean(group)),
    };
    if matches!(to, GroupState::Cooling | GroupState::Exhausted) {
        tracing::warn!(group, from, to = to_name, lasts_s, "{told}");
    } else {
        tracing::info!(group, from, to = to_name, "{told}");
    }
}
