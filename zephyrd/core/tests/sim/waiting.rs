//! Requests that wait, as the shell keeps them: each leaves once, by a lease or an error.

use zephyr_core::config::Dialect;
use zephyr_core::engine::{Ask, AskKind, EndpointId, Snapshot};
use zephyr_core::time::Rng;
use zephyr_core::waiting::{Chosen, Left, Place, QUEUED, Release, SILENT_FOR, WaiterView, Wish};

use crate::invariants;
use crate::random::once_in;
use crate::world::{Held, World};

pub(crate) struct Waiter {
    pub(crate) number: u64,
    request: String,
    dialect: Option<Dialect>,
    client_credential: Option<u64>,
    model: &'static str,
    route: Option<&'static str>,
    translates: bool,
    session: Option<u64>,
    client: &'static str,
}

impl World {
    /// Asks, and waits if it must.
    pub(crate) fn asks_or_waits(&mut self) {
        let tried = self.some_tried();
        let nature = self.an_ask();
        let ask = Ask { tried: &tried, ..nature };
        let request = format!("req-{}", self.rng.below(1_000_000));
        let again: Vec<EndpointId> = tried.iter().copied().filter(|id| id.0 % 2 == 0).collect();
        let (spent, silent) = (once_in(5, &mut self.rng), once_in(2, &mut self.rng));
        let retry = !spent && once_in(5, &mut self.rng);
        let wish = Wish { request: &request, again: &again, spent, retry, silent, place: None };
        let before = self.as_the_engine_sees_it();
        match self.engine.choose_or_wait(&ask, &wish, self.now, &mut self.rng) {
            Chosen::Lease(lease) => {
                invariants::of_a_choice(self, &before, &ask, &lease);
                self.held.push(Held { lease, kind: ask.kind, client: nature.client });
            }
            Chosen::Nobody(nobody) if spent || nobody.turn.is_some() => {
                assert_eq!(nobody.why.len(), before.endpoints.len())
            }
            Chosen::Nobody(nobody) => invariants::of_a_refusal(self, &before, &ask, &nobody),
            Chosen::Waits(place, _, nobody) => {
                assert_eq!(ask.kind, AskKind::Inference, "only those wait that count");
                assert!(retry || nobody.turn.is_none(), "a first attempt needs no turn");
                if !spent && nobody.turn.is_none() {
                    invariants::of_a_refusal(self, &before, &ask, &nobody);
                }
                let Place { number, .. } = place;
                let Ask { dialect, client_credential, model, session, client, route, translates, .. } =
                    nature;
                let waiter = Waiter {
                    number,
                    request,
                    dialect,
                    client_credential,
                    model,
                    route,
                    translates,
                    session,
                    client,
                };
                self.waiting.push(waiter);
            }
        }
    }

    /// A client goes, or an operator steps in.
    pub(crate) fn stops_waiting(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let at = self.rng.below(self.waiting.len());
        match self.rng.below(8) {
            0..=4 => {
                let number = self.waiting.remove(at).number;
                self.engine.leave(number);
            }
            5 => drop(self.engine.release(Release::Fail(Some(&self.waiting[at].request)), self.now)),
            6 => drop(self.engine.release(Release::Try(Some(&self.waiting[at].request)), self.now)),
            _ => drop(self.engine.release(Release::Fail(None), self.now)),
        }
    }

    /// Whoever waited and is served now goes at once.
    pub(crate) fn nobody_is_served(&mut self) {
        self.as_the_engine_sees_it();
        while !self.held.is_empty() {
            self.all_end();
            self.as_the_engine_sees_it();
        }
    }

    /// Takes up what became of those that waited.
    pub(crate) fn departures(&mut self) {
        while let Some(departure) = self.engine.poll_departure() {
            let at = self.waiting.iter().position(|w| w.number == departure.number);
            let waiter = self.waiting.remove(at.expect("whoever leaves has waited, and leaves once"));
            match departure.how {
                Left::Granted { lease, tried } => {
                    assert!(!tried.endpoints.contains(&lease.id));
                    let same = waiter.dialect.is_none_or(|d| d == lease.endpoint.dialect);
                    assert!(same || waiter.translates);
                    assert!(waiter.client_credential.is_some() || !lease.endpoint.is_passthrough());
                    self.held.push(Held { lease, kind: AskKind::Inference, client: waiter.client });
                }
                Left::Refused(nobody) => assert!(nobody.waited.is_some(), "it is told that it has waited"),
            }
        }
    }
}

/// After every step: nobody waits for what is there, and nobody for ever.
pub(crate) fn hold(world: &World, snapshot: &Snapshot) {
    let waiters = world.engine.waiters(world.now);
    let numbers = |all: &[WaiterView]| all.iter().map(|w| w.place.number).collect::<Vec<_>>();
    let known: Vec<u64> = world.waiting.iter().map(|w| w.number).collect();
    assert_eq!(numbers(&waiters), known, "all wait in the order of their arrival");
    let tally = world.engine.tally();
    assert_eq!((tally.queued + tally.suspended) as usize, waiters.len());
    assert!(tally.queued <= QUEUED);
    for (view, waiter) in waiters.iter().zip(&world.waiting) {
        let most = world.longest_wait.max(SILENT_FOR);
        assert!(view.left <= most, "{} waits for {:?}", view.request, view.left);
        let due = world.engine.poll_timeout().expect("an end of waiting");
        assert!(due <= world.now.mono + view.left, "the end of waiting is forgotten");
        let ask = Ask {
            dialect: waiter.dialect,
            client_credential: waiter.client_credential,
            tried: &view.tried,
            model: waiter.model,
            route: waiter.route,
            translates: waiter.translates,
            session: waiter.session,
            client: waiter.client,
            ..Ask::inference(Dialect::Anthropic)
        };
        let there = snapshot.endpoints.iter().find(|e| invariants::plainly_usable(world, snapshot, &ask, e));
        let there = there.filter(|_| view.turn.is_none());
        assert!(there.is_none(), "{} waits although {there:?} is usable", view.request);
    }
}
