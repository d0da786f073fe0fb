//! The handle's side for requests that wait: each has the receiving end of a channel, through which the engine's
//! word comes.
//!
//! Leases are handed over outside of the engine's lock: one whose receiver has gone settles itself, which takes the
//! lock again.

use std::collections::HashMap;

use tokio::sync::oneshot;
use zephyr_core::engine::{Ask, Engine, Lease, NoEndpoint, Outcome, Refusal};
use zephyr_core::failover::Class;
use zephyr_core::time::Now;
use zephyr_core::waiting::{Chosen, Left, Place, Release, Tally, Tried, WaiterView, Waits, Wish};

use super::{Handle, LeaseGuard};

/// What became of a request that asks for a lease.
pub(crate) enum Choice {
    /// It may make one attempt.
    Lease(LeaseGuard),
    /// It waits.
    Waits(Waiting),
    /// There is nothing for it, and nothing to wait for.
    Nobody(NoEndpoint),
}

/// How waiting ended.
pub(crate) enum Waited {
    /// The request may make one attempt; what it has tried and has not recovered since.
    Granted(Box<LeaseGuard>, Tried),
    /// It may not.
    Refused(NoEndpoint),
}

/// Where the engine's word goes, by number.
#[derive(Default)]
pub(super) struct Waiters(HashMap<u64, oneshot::Sender<Waited>>);

/// What the engine has said to somebody, still without a way back for the lease.
pub(super) struct Message {
    to: oneshot::Sender<Waited>,
    how: Left,
}

impl Waiters {
    /// What the engine has to say since the last call.
    pub(super) fn messages(&mut self, engine: &mut Engine, now: Now) -> Vec<Message> {
        let mut out = Vec::new();
        while let Some(departure) = engine.poll_departure() {
            match (self.0.remove(&departure.number), departure.how) {
                (Some(to), how) => out.push(Message { to, how }),
                // Who leaves by himself is forgotten on both sides at once, so nobody comes here; a lease that did
                // would count for ever.
                (None, Left::Granted { lease, .. }) => {
                    engine.settle(lease, &Outcome::of(Class::Cancelled), now);
                }
                (None, Left::Refused(_)) => {}
            }
        }
        out
    }
}

impl Handle {
    /// Hands out what the engine has said. Never under its lock.
    pub(super) fn deliver(&self, messages: Vec<Message>) {
        for Message { to, how } in messages {
            let told = match how {
                Left::Granted { lease, tried } => Waited::Granted(Box::new(self.guard(lease)), tried),
                Left::Refused(none) => Waited::Refused(none),
            };
            // Whoever has just gone gives the lease back by dropping it.
            drop(to.send(told));
        }
    }

    fn guard(&self, lease: Lease) -> LeaseGuard {
        LeaseGuard::new(self.clone(), lease)
    }

    /// As [`Self::choose`]; where nothing can serve the ask now but something may in time, it waits.
    pub(crate) fn choose_or_wait(&self, ask: &Ask<'_>, wish: &Wish<'_>) -> Choice {
        let mut receiver = None;
        let chosen = self.enter(|core, now| {
            let chosen = core.engine.choose_or_wait(ask, wish, now, &mut core.rng);
            if let Chosen::Waits(place, ..) = &chosen {
                let (sender, answer) = oneshot::channel();
                core.waiters.0.insert(place.number, sender);
                receiver = Some(answer);
            }
            chosen
        });
        match (chosen, receiver) {
            (Chosen::Lease(lease), _) => Choice::Lease(self.guard(lease)),
            (Chosen::Waits(place, kind, none), Some(receiver)) => {
                Choice::Waits(Waiting { handle: self.clone(), place, kind, none, receiver })
            }
            (Chosen::Waits(_, _, none) | Chosen::Nobody(none), _) => Choice::Nobody(none),
        }
    }

    /// Those who wait, in the order of their arrival, and what became of all.
    pub(crate) fn waiters(&self) -> (Vec<WaiterView>, Tally) {
        let core = self.core();
        (core.engine.waiters(self.inner.clock.now()), core.engine.tally())
    }

    /// Lets some or all go now; how many went.
    ///
    /// # Errors
    /// [`Refusal::NotWaiting`].
    pub(crate) fn release(&self, release: Release<'_>) -> Result<u32, Refusal> {
        self.enter(|core, now| core.engine.release(release, now))
    }

    /// Nobody waits any more: the daemon stops.
    pub(crate) fn stop_waiting(&self) {
        self.enter(|core, now| core.engine.stop_waiting(now));
    }
}

/// A request that waits. Dropping it gives its place up.
pub(crate) struct Waiting {
    handle: Handle,
    place: Place,
    kind: Waits,
    none: NoEndpoint,
    receiver: oneshot::Receiver<Waited>,
}

impl Waiting {
    /// Its place, to be kept if it has to wait again.
    pub(crate) fn place(&self) -> Place {
        self.place
    }

    /// Why it waits.
    pub(crate) fn kind(&self) -> Waits {
        self.kind
    }

    /// What keeps it waiting.
    pub(crate) fn why(&self) -> &NoEndpoint {
        &self.none
    }

    /// Waits to the end.
    pub(crate) async fn ended(mut self) -> Waited {
        // A sender that is gone without a word would be a mistake of ours; the request ends as it would have.
        (&mut self.receiver).await.unwrap_or_else(|_| Waited::Refused(self.none.clone()))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.handle.enter(|core, _| {
            core.engine.leave(self.place.number);
            core.waiters.0.remove(&self.place.number);
        });
    }
}
