//! Whether it is this machine's own network that fails.
//!
//! Where several providers fall silent in the same seconds and nobody answers in between, no endpoint is at fault: what
//! their failures have changed about them is taken back, and until something answers again (or the network changes) a
//! silence counts against nobody. Endpoints on this machine itself are no part of this.
//!
//! One provider alone is believed only if its failure says that it is this machine's (no route, no name service). A
//! provider that failed while another answered is not believed again before it has answered itself: what its silence
//! shows is its own trouble. Being wrong is cheap: the verdict ends with the first answer.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::slot::Slot;
use super::{EndpointId, Engine, Notice, State};
use crate::config::Endpoint;
use crate::failover::Class;
use crate::health::Health;
use crate::time::Now;

/// Silences of so long ago still belong together.
const TOGETHER: Duration = Duration::from_secs(10);
/// How long after a silence it is tried again whether there is a network, at least.
const RETRY: Duration = Duration::from_secs(5);
/// And at most; in between a quarter of the time that there has been none.
const RETRY_AT_MOST: Duration = Duration::from_secs(60);

/// What an attempt or a probe says about the network between, beyond what its class says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// As its class: an answer shows that there is a way, a silence that there may be none.
    #[default]
    ByClass,
    /// It was refused. Somebody did that, but perhaps on the way.
    Refused,
    /// This machine has no route to it, or names cannot be looked up for now.
    NoRoute,
    /// It did not go over the network (a command), or nobody knows.
    Unknown,
}

/// What one ending says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// Somebody beyond this machine answered.
    Answer,
    /// Nobody did.
    Silence,
    /// Nobody could have.
    NoRoute,
    /// Nothing.
    Nothing,
}

fn sign(class: Class, reach: Reach) -> Sign {
    use Class::{Cancelled, ConnectFailed, Cut, Misconfigured, NotAnAnswer, TimedOut, Unanswered};
    match (reach, class) {
        (Reach::Refused | Reach::Unknown, _) | (_, Cancelled) => Sign::Nothing,
        (Reach::NoRoute, _) => Sign::NoRoute,
        (Reach::ByClass, ConnectFailed | Unanswered | TimedOut | Cut) => Sign::Silence,
        // A network that wants a login answers so for everybody.
        (Reach::ByClass, NotAnAnswer | Misconfigured) => Sign::Nothing,
        (Reach::ByClass, _) => Sign::Answer,
    }
}

/// One endpoint that has fallen silent and has not answered since.
#[derive(Debug)]
struct Silent {
    provider: String,
    last: Duration,
    no_route: bool,
    /// What was known of it before; `None` once that has been taken back.
    before: Option<Box<Health>>,
}

#[derive(Debug, Clone, Copy)]
struct Offline {
    since: Now,
    /// When the next request may try whether it is over.
    next_try: Duration,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Network {
    offline: Option<Offline>,
    silent: HashMap<EndpointId, Silent>,
    /// Providers that are not believed.
    doubted: HashSet<String>,
    /// The last silence.
    latest: Duration,
    /// The last change of the network: silences of what began before it count against nobody.
    changed: Option<Duration>,
    /// Since when it was offline when the network changed; nobody has answered since.
    unsure: Option<Now>,
}

impl Network {
    /// Whether an answer of this endpoint changes nothing.
    fn knew(&self, slot: &Slot, now: Duration) -> bool {
        self.offline.is_none()
            && self.unsure.is_none()
            && (self.silent.is_empty() || now.saturating_sub(self.latest) > TOGETHER)
            && !self.silent.contains_key(&slot.id)
            && (self.doubted.is_empty() || !self.doubted.contains(&slot.endpoint.provider))
    }

    fn believed(&self, now: Duration) -> impl Iterator<Item = &Silent> {
        let recent = move |s: &&Silent| now.saturating_sub(s.last) <= TOGETHER;
        self.silent.values().filter(recent).filter(|s| !self.doubted.contains(&s.provider))
    }

    /// Whether all that is silent is enough to blame this machine.
    fn is_down(&self, slots: &[Slot], now: Duration) -> bool {
        let failed: HashSet<&str> = self.believed(now).map(|s| s.provider.as_str()).collect();
        if failed.is_empty() {
            return false;
        }
        let another = |s: &Slot| {
            let provider = s.endpoint.provider.as_str();
            s.health.state.usable()
                && !s.paused()
                && is_beyond(&s.endpoint)
                && !failed.contains(provider)
                && !self.doubted.contains(provider)
        };
        let no_route = self.believed(now).any(|s| s.no_route);
        match failed.len() {
            1 => no_route && !slots.iter().any(another),
            _ => no_route || !slots.iter().any(another),
        }
    }
}

impl Engine {
    /// Since when this machine has no network, Unix milliseconds; `None` = it has, as far as is known.
    #[must_use]
    pub fn offline(&self) -> Option<i64> {
        self.network.offline.map(|offline| offline.since.unix_ms)
    }

    /// When it may be tried again whether there is a network; `None` = there is one, as far as is known.
    pub(super) fn next_try(&self) -> Option<Duration> {
        self.network.offline.map(|offline| offline.next_try)
    }

    /// Whether a request should be tried now: always while there is a network, and now and then while there is none.
    pub fn may_try(&mut self, now: Now) -> bool {
        let Some(offline) = &mut self.network.offline else { return true };
        let due = offline.next_try <= now.mono;
        if due {
            offline.next_try = now.mono + retry_after(offline.since, now);
        }
        due
    }

    /// Routes or addresses of this machine have changed: who was silent may be reached now. Nobody is offline until
    /// that shows anew, everybody is probed, and who rests because it could not be reached is on trial.
    pub fn network_changed(&mut self, now: Now) {
        self.see(now);
        let silent = std::mem::take(&mut self.network.silent);
        self.network.changed = Some(now.mono);
        if let Some(offline) = self.network.offline.take() {
            self.network.unsure = Some(offline.since);
            self.head_dirty = true;
        }
        self.notify(Notice::NetworkChanged);
        for at in 0..self.slots.len() {
            let slot = &mut self.slots[at];
            if !is_beyond(&slot.endpoint) {
                continue;
            }
            // No network changes whose limit is reached, or whose key is wrong.
            if !slot.health.state.hard() {
                slot.probe.at_once(now.mono);
            }
            if let Some((until, _)) = slot.health.until
                && slot.health.state == State::Cooling
                && silent.contains_key(&slot.id)
            {
                self.learn(at, now, |engine| {
                    let _ = engine.slots[at].health.expire(until);
                });
            }
        }
        self.reachable_again(now);
    }

    /// The machine has been asleep. The monotonic clock that the engine is given goes on in sleep, so that what ended
    /// meanwhile ends now; and connections are dead, routes perhaps others.
    pub fn woke(&mut self, now: Now) {
        self.see(now);
        self.end_what_is_over(now);
        self.network_changed(now);
    }

    /// Draws the conclusions of one ending for the network. True: it must not count against the endpoint. `began` =
    /// when the attempt was granted, where that is known.
    pub(super) fn excused(
        &mut self,
        at: usize,
        class: Class,
        reach: Reach,
        began: Option<Duration>,
        now: Now,
    ) -> bool {
        let sign = sign(class, reach);
        match sign {
            Sign::Answer => {
                self.answered(at, now);
                false
            }
            Sign::Nothing => {
                self.network.offline.is_some()
                    && reach == Reach::Unknown
                    && class != Class::Ok
                    && is_beyond(&self.slots[at].endpoint)
            }
            Sign::Silence | Sign::NoRoute => {
                is_beyond(&self.slots[at].endpoint) && self.fell_silent(at, sign, began, now)
            }
        }
    }

    fn fell_silent(&mut self, at: usize, sign: Sign, began: Option<Duration>, now: Now) -> bool {
        let slot = &self.slots[at];
        let began = began.unwrap_or_else(|| now.mono.saturating_sub(slot.endpoint.probe.timeout));
        if self.network.changed.is_some_and(|changed| began < changed) && sign == Sign::Silence {
            return true;
        }
        let (id, health) = (slot.id, &slot.health);
        let silent = self.network.silent.entry(id).or_insert_with(|| Silent {
            provider: slot.endpoint.provider.clone(),
            last: now.mono,
            no_route: false,
            before: None,
        });
        let together = now.mono.saturating_sub(silent.last) <= TOGETHER;
        if silent.before.is_none() || !together {
            silent.before = Some(Box::new(health.clone()));
        }
        self.network.latest = now.mono;
        (silent.last, silent.no_route) = (now.mono, sign == Sign::NoRoute);
        if self.network.offline.is_none() && self.network.is_down(&self.slots, now.mono) {
            self.down(now);
        }
        let Some(offline) = self.network.offline else { return false };
        self.slots[at].probe.at_once(now.mono + retry_after(offline.since, now));
        true
    }

    /// This machine is offline: what led to that is taken back.
    fn down(&mut self, now: Now) {
        let known = self.network.unsure.take();
        let since = known.unwrap_or(now);
        self.network.offline = Some(Offline { since, next_try: now.mono + RETRY });
        self.head_dirty = true;
        let mut before = Vec::new();
        for (id, silent) in &mut self.network.silent {
            let recent = now.mono.saturating_sub(silent.last) <= TOGETHER;
            if recent && !self.network.doubted.contains(&silent.provider) {
                before.extend(silent.before.take().map(|health| (*id, health)));
            }
        }
        before.sort_by_key(|(id, _)| *id);
        for (id, health) in before {
            let Some(&at) = self.by_id.get(&id) else { continue };
            self.learn(at, now, |engine| engine.slots[at].health.take_back(*health));
            self.slots[at].probe.at_once(now.mono + RETRY);
        }
        if known.is_none() {
            self.notify(Notice::Offline);
        }
    }

    /// Somebody has answered.
    pub(super) fn answered(&mut self, at: usize, now: Now) {
        let slot = &self.slots[at];
        if self.network.knew(slot, now.mono) || !is_beyond(&slot.endpoint) {
            return;
        }
        let (id, provider) = (slot.id, &slot.endpoint.provider);
        self.network.doubted.remove(provider);
        self.network.silent.remove(&id);
        let offline = self.network.offline.take();
        let since = offline.map(|offline| offline.since).or(self.network.unsure.take());
        let lasted = since.map_or(Duration::ZERO, |since| now.mono.saturating_sub(since.mono));
        // Long offline, all were silent with reason.
        if lasted < TOGETHER {
            let failed = self.network.believed(now.mono).map(|s| s.provider.clone());
            let doubted: Vec<String> = failed.filter(|failed| failed != provider).collect();
            self.network.doubted.extend(doubted);
        }
        if since.is_some() {
            self.network.changed = Some(now.mono);
            self.network.silent.clear();
            self.head_dirty = true;
            self.notify(Notice::Online { after: lasted });
            self.queue.all_recovered();
        }
        if offline.is_some() && lasted >= TOGETHER {
            let others = self.slots.iter_mut().filter(|s| s.id != id && is_beyond(&s.endpoint));
            others.filter(|s| !s.health.state.hard()).for_each(|s| s.probe.at_once(now.mono));
        }
    }

    /// After a reload: forgets who is no more.
    pub(super) fn forget_the_unreachable(&mut self) {
        self.network.silent.retain(|id, _| self.by_id.contains_key(id));
        let known: HashSet<&str> = self.slots.iter().map(|s| s.endpoint.provider.as_str()).collect();
        self.network.doubted.retain(|provider| known.contains(provider.as_str()));
    }
}

fn retry_after(since: Now, now: Now) -> Duration {
    (now.mono.saturating_sub(since.mono) / 4).clamp(RETRY, RETRY_AT_MOST)
}

/// Whether the endpoint is reached over a network.
fn is_beyond(endpoint: &Endpoint) -> bool {
    !endpoint.url.is_loopback()
}
