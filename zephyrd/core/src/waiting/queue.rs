//! Those who wait, in the order of their arrival, and those who have just left.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::{Departure, GaveUp, Left, Place, QUEUED, Tally, Waits};
use crate::config::{Dialect, Suspension};
use crate::engine::{Ask, AskKind, EndpointId};
use crate::time::SplitMix;

/// One request that waits.
#[derive(Debug)]
pub(crate) struct Waiter {
    pub(crate) request: String,
    pub(crate) kind: Waits,
    pub(crate) place: Place,
    /// When its waiting ends at the latest.
    pub(crate) ends: Duration,
    /// When it may ask `again` once more.
    pub(crate) rested: Option<Duration>,
    pub(crate) again: Vec<EndpointId>,
    /// It needs a turn to retry, and there is none before.
    pub(crate) turn: Option<Duration>,
    pub(crate) silent: bool,
    pub(crate) client: String,
    pub(crate) model: String,
    pub(crate) route: Option<String>,
    pub(crate) translates: bool,
    pub(crate) session: Option<u64>,
    pub(crate) opening: bool,
    pub(crate) dialect: Option<Dialect>,
    pub(crate) client_credential: Option<u64>,
    pub(crate) tried: Vec<EndpointId>,
    pub(crate) tried_as: Vec<(EndpointId, Arc<str>)>,
}

impl Waiter {
    /// What it asks for; only inference waits.
    pub(crate) fn ask(&self) -> Ask<'_> {
        Ask {
            kind: AskKind::Inference,
            dialect: self.dialect,
            client_credential: self.client_credential,
            tried: &self.tried,
            tried_as: &self.tried_as,
            model: &self.model,
            route: self.route.as_deref(),
            translates: self.translates,
            session: self.session,
            opening: self.opening,
            client: &self.client,
        }
    }

    /// What it has tried and rested from may be asked again.
    pub(crate) fn rest(&mut self, now: Duration) {
        if self.rested.is_some_and(|at| at <= now) {
            self.rested = None;
            let again = std::mem::take(&mut self.again);
            self.tried.retain(|id| !again.contains(id));
            self.tried_as.retain(|(id, _)| !again.contains(id));
        }
    }

    /// The next time at which it wants to be looked at.
    fn due(&self) -> Duration {
        self.rested.into_iter().chain(self.turn).fold(self.ends, Duration::min)
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Queue {
    pub(crate) waiters: BTreeMap<u64, Waiter>,
    pub(crate) settings: Suspension,
    pub(crate) tally: Tally,
    /// Something became hopeless, perhaps.
    pub(crate) doubtful: bool,
    /// The daemon stops: nobody waits any more.
    pub(crate) stopped: bool,
    /// Where a strategy needs chance to place somebody who waited.
    pub(crate) rng: SplitMix,
    left: VecDeque<Departure>,
    next: u64,
}

impl Queue {
    pub(crate) fn new(settings: Suspension, seed: u64) -> Self {
        Self {
            waiters: BTreeMap::new(),
            settings,
            tally: Tally::default(),
            doubtful: false,
            stopped: false,
            rng: SplitMix::new(seed),
            left: VecDeque::new(),
            next: 0,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiters.is_empty()
    }

    /// A place behind all others.
    pub(crate) fn place(&mut self, since: Duration, since_unix_ms: i64) -> Place {
        self.next += 1;
        Place { number: self.next, since, since_unix_ms, times: 0 }
    }

    /// Whether there is room for one more of a client; perhaps somebody has to give way for it.
    pub(crate) fn room(&self, kind: Waits, client: &str) -> Room {
        let (now, most) = match kind {
            Waits::Queued => (self.tally.queued, QUEUED),
            Waits::Suspended => (self.tally.suspended, self.settings.max),
        };
        if now < most {
            return Room::Free;
        }
        let mut held: HashMap<&str, (u32, u64)> = HashMap::new();
        for (number, waiter) in self.waiters.iter().filter(|(_, w)| w.kind == kind) {
            let entry = held.entry(waiter.client.as_str()).or_default();
            *entry = (entry.0 + 1, *number);
        }
        let mine = held.get(client).map_or(0, |(count, _)| *count);
        match held.into_values().max() {
            Some((most, newest)) if most > mine + 1 => Room::If(newest),
            _ => Room::None,
        }
    }

    /// Somebody waits.
    pub(crate) fn enter(&mut self, waiter: Waiter) {
        *self.count(waiter.kind) += 1;
        if waiter.place.times == 1 {
            self.tally.waited += 1;
        }
        self.waiters.insert(waiter.place.number, waiter);
    }

    /// Somebody goes on waiting for another reason.
    pub(crate) fn turn(&mut self, waiter: &mut Waiter, kind: Waits) {
        *self.count(waiter.kind) -= 1;
        *self.count(kind) += 1;
        waiter.kind = kind;
    }

    /// Somebody waits no more; `how` is told to whoever asks for departures.
    pub(crate) fn depart(&mut self, waiter: &Waiter, how: Left) {
        *self.count(waiter.kind) -= 1;
        let gave_up = match &how {
            Left::Granted { .. } => {
                self.tally.served += 1;
                None
            }
            Left::Refused(none) => none.waited.map(|(_, why)| why),
        };
        self.tally.timed_out += u64::from(gave_up == Some(GaveUp::TimedOut));
        self.tally.released += u64::from(gave_up == Some(GaveUp::Released));
        self.left.push_back(Departure { number: waiter.place.number, how });
    }

    /// Somebody has gone by himself; true if he was there.
    pub(crate) fn forget(&mut self, number: u64) -> bool {
        let Some(waiter) = self.waiters.remove(&number) else { return false };
        *self.count(waiter.kind) -= 1;
        true
    }

    pub(crate) fn next_departure(&mut self) -> Option<Departure> {
        self.left.pop_front()
    }

    /// When somebody wants to be looked at.
    pub(crate) fn due(&self) -> Option<Duration> {
        self.waiters.values().map(Waiter::due).min()
    }

    /// An endpoint has recovered: whoever has tried it may ask it again.
    pub(crate) fn recovered(&mut self, id: EndpointId) {
        for waiter in self.waiters.values_mut() {
            waiter.tried.retain(|tried| *tried != id);
            waiter.tried_as.retain(|(tried, _)| *tried != id);
        }
    }

    /// An endpoint may be asked for a model again: whoever has tried it for that may ask it again. Which model a route
    /// had it asked for is not kept of what was tried as a whole.
    pub(crate) fn lifted(&mut self, id: EndpointId, model: &str) {
        for waiter in self.waiters.values_mut() {
            waiter.tried_as.retain(|(tried, name)| *tried != id || **name != *model);
            if waiter.model == model || waiter.route.is_some() {
                waiter.tried.retain(|tried| *tried != id);
            }
        }
    }

    /// Everything may be asked again by everybody.
    pub(crate) fn all_recovered(&mut self) {
        for waiter in self.waiters.values_mut() {
            waiter.tried.clear();
            waiter.tried_as.clear();
        }
    }

    fn count(&mut self, kind: Waits) -> &mut u32 {
        match kind {
            Waits::Queued => &mut self.tally.queued,
            Waits::Suspended => &mut self.tally.suspended,
        }
    }
}

/// Whether one more may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    Free,
    /// If this one gives way.
    If(u64),
    None,
}
