//! Speaks to the service manager: readiness, reload, watchdog, the status line, stopping.
//!
//! Without `NOTIFY_SOCKET` every call does nothing. A message that cannot be sent is dropped: a daemon that
//! serves must not stop because its manager does not listen.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sd_notify::NotifyState;
use zephyr_core::engine::Snapshot;

use super::text::clean;

/// The status line is rewritten at most this often.
const STATUS_EVERY: Duration = Duration::from_secs(1);

/// The way to the service manager.
pub(crate) struct Notifier {
    sink: Sink,
    /// Half of `WatchdogSec=`; `None` = no watchdog, or not for this process.
    watchdog_every: Option<Duration>,
    said: Mutex<Said>,
}

enum Sink {
    Nobody,
    Manager,
    #[cfg(test)]
    Kept(Mutex<Vec<String>>),
}

/// What was said last, and when.
#[derive(Default)]
struct Said {
    status: String,
    status_at: Option<Instant>,
    watchdog_at: Option<Instant>,
    stopping: bool,
}

impl Notifier {
    /// A notifier for the manager that the environment names, if it names one.
    pub(crate) fn from_env() -> Self {
        let sink = if std::env::var_os("NOTIFY_SOCKET").is_some() { Sink::Manager } else { Sink::Nobody };
        Self::new(sink, sd_notify::watchdog_enabled())
    }

    fn new(sink: Sink, watchdog: Option<Duration>) -> Self {
        Self { sink, watchdog_every: watchdog.map(|d| d / 2), said: Mutex::default() }
    }

    /// Listeners are bound and the first plan is in force.
    pub(crate) fn ready(&self) {
        self.send(&[NotifyState::Ready]);
    }

    /// A reload begins; [`Self::ready`] ends it.
    pub(crate) fn reloading(&self) {
        match NotifyState::monotonic_usec_now() {
            Ok(now) => self.send(&[NotifyState::Reloading, now]),
            Err(_) => self.send(&[NotifyState::Reloading]),
        }
    }

    /// One turn of the engine's ticker: feeds the watchdog, and renews the status line from `line` when the
    /// last one is a second old. Cheap otherwise: `line` is not called.
    pub(crate) fn turned(&self, line: impl FnOnce() -> String) {
        self.turned_at(Instant::now(), line);
    }

    fn turned_at(&self, now: Instant, line: impl FnOnce() -> String) {
        if matches!(self.sink, Sink::Nobody) {
            return;
        }
        self.watchdog_at(now);
        let due = {
            let said = self.said();
            !said.stopping && said.status_at.is_none_or(|at| now.duration_since(at) >= STATUS_EVERY)
        };
        if due {
            self.status_at(now, &line());
        }
    }

    /// Says `line` now, if it is news.
    pub(crate) fn status(&self, line: &str) {
        self.status_at(Instant::now(), line);
    }

    fn status_at(&self, now: Instant, line: &str) {
        let line = clean(line);
        let news = {
            let mut said = self.said();
            said.status_at = Some(now);
            let news = said.status != line;
            said.status.clone_from(&line);
            news
        };
        if news {
            self.send(&[NotifyState::Status(&line)]);
        }
    }

    /// Feeds the watchdog, at most twice an interval.
    fn watchdog_at(&self, now: Instant) {
        let Some(every) = self.watchdog_every else { return };
        let due = {
            let mut said = self.said();
            let due = said.watchdog_at.is_none_or(|at| now.duration_since(at) >= every);
            if due {
                said.watchdog_at = Some(now);
            }
            due
        };
        if due {
            self.send(&[NotifyState::Watchdog]);
        }
    }

    /// The daemon stops; the status line is no longer renewed by the ticker.
    pub(crate) fn stopping(&self) {
        self.said().stopping = true;
        self.send(&[NotifyState::Stopping]);
    }

    /// Asks for `more` time to stop in; the service manager counts it from now.
    pub(crate) fn extend(&self, more: Duration) {
        let micros = u32::try_from(more.as_micros()).unwrap_or(u32::MAX);
        self.send(&[NotifyState::ExtendTimeoutUsec(micros)]);
    }

    fn send(&self, states: &[NotifyState<'_>]) {
        match &self.sink {
            Sink::Nobody => {}
            Sink::Manager => {
                if let Err(error) = sd_notify::notify(states) {
                    tracing::debug!(%error, "the service manager was not reached");
                }
            }
            #[cfg(test)]
            Sink::Kept(kept) => {
                let text: Vec<String> = states.iter().map(ToString::to_string).collect();
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(text.join("\n"));
            }
        }
    }

    fn said(&self) -> std::sync::MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The status line: `serving Provider-A-2 (fastest: 112 ms), 2 of 3 usable, 4 requests`.
pub(crate) fn status_line(snapshot: &Snapshot) -> String {
    let name = |id| snapshot.endpoints.iter().find(|e| e.id == id).map_or("?", |e| e.endpoint.name.as_str());
    let mut parts = Vec::new();
    for serving in &snapshot.serving {
        let Some(id) = serving.current else { continue };
        parts.push(if parts.is_empty() {
            format!("serving {} ({})", name(id), serving.why)
        } else {
            format!("{} for {}", name(id), serving.dialect.name())
        });
    }
    if parts.is_empty() {
        parts.push("nothing is usable".to_owned());
    }
    let usable = snapshot.endpoints.iter().filter(|e| e.state.usable()).count();
    parts.push(format!("{usable} of {} usable", snapshot.endpoints.len()));
    let running: u32 = snapshot.endpoints.iter().map(|e| e.in_flight).sum();
    parts.push(format!("{running} request{}", if running == 1 { "" } else { "s" }));
    if snapshot.offline_unix_ms.is_some() {
        parts.push("offline".to_owned());
    }
    if snapshot.monitoring_paused {
        parts.push("monitoring paused".to_owned());
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(watchdog: Option<Duration>) -> Notifier {
        Notifier::new(Sink::Kept(Mutex::default()), watchdog)
    }

    fn messages(n: &Notifier) -> Vec<String> {
        match &n.sink {
            Sink::Kept(kept) => std::mem::take(&mut *kept.lock().unwrap()),
            _ => unreachable!("the tests keep what is sent"),
        }
    }

    #[test]
    fn the_status_line_is_renewed_once_a_second_and_only_when_it_is_news() {
        let n = kept(None);
        let t0 = Instant::now();
        let ms = Duration::from_millis;
        n.turned_at(t0, || "a".to_owned());
        n.turned_at(t0 + ms(999), || unreachable!("asked within the second"));
        n.turned_at(t0 + ms(1000), || "b".to_owned());
        n.turned_at(t0 + ms(2000), || "b".to_owned());
        assert_eq!(messages(&n), ["STATUS=a", "STATUS=b"]);
    }

    #[test]
    fn a_line_break_in_a_name_does_not_forge_a_second_assignment() {
        let n = kept(None);
        n.status("serving x\nREADY=1");
        assert_eq!(messages(&n), ["STATUS=serving x READY=1"]);
    }

    #[test]
    fn the_watchdog_is_fed_at_half_its_interval() {
        let n = kept(Some(Duration::from_secs(30)));
        let t0 = Instant::now();
        for s in [0, 1, 14, 15, 16, 30] {
            n.watchdog_at(t0 + Duration::from_secs(s));
        }
        assert_eq!(messages(&n).len(), 3);
    }

    #[test]
    fn without_a_watchdog_nothing_is_fed() {
        let n = kept(None);
        n.watchdog_at(Instant::now());
        assert!(messages(&n).is_empty());
    }

    #[test]
    fn a_reload_tells_the_monotonic_time_and_ends_with_ready() {
        let n = kept(None);
        n.reloading();
        n.ready();
        let sent = messages(&n);
        assert!(sent[0].starts_with("RELOADING=1\nMONOTONIC_USEC="), "{sent:?}");
        assert_eq!(sent[1], "READY=1");
    }

    #[test]
    fn the_ticker_says_nothing_more_once_the_daemon_stops() {
        let n = kept(None);
        n.stopping();
        n.extend(Duration::from_secs(30));
        n.turned(|| unreachable!("the status belongs to the drain now"));
        n.status("draining: 2 requests");
        assert_eq!(
            messages(&n),
            ["STOPPING=1", "EXTEND_TIMEOUT_USEC=30000000", "STATUS=draining: 2 requests"]
        );
    }
}
