//! An engine, the leases that are out, and a watcher that replays its events.

use std::time::Duration;

use zephyr_core::config::{Dialect, Plan, diff};
use zephyr_core::engine::{Ask, AskKind, EndpointId, Engine, Lease, Outcome, Snapshot};
use zephyr_core::failover::Class;
use zephyr_core::time::{Now, Rng, SplitMix};

use crate::random::{a_command, a_plan, a_verdict, an_outcome, once_in, one_of};
use crate::support::{ASK, at, order};
use crate::waiting::Waiter;
use crate::weather::Weather;
use crate::{invariants, requests, routes};

pub(crate) struct Held {
    pub(crate) lease: Lease,
    pub(crate) kind: AskKind,
    pub(crate) client: &'static str,
}

pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) plan: Plan,
    pub(crate) now: Now,
    pub(crate) rng: SplitMix,
    pub(crate) held: Vec<Held>,
    /// In the order of their arrival.
    pub(crate) waiting: Vec<Waiter>,
    /// The longest timeout of suspension so far: who waits keeps what it was promised.
    pub(crate) longest_wait: Duration,
    pub(crate) weather: Weather,
    /// What somebody knows who has read a snapshot once and every event since.
    pub(crate) watcher: Snapshot,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = SplitMix::new(seed);
        let plan = a_plan(&mut rng);
        let now = at(1_000.0);
        let engine = Engine::new(&plan, now);
        let watcher = engine.snapshot(now);
        let longest_wait = plan.suspension.timeout;
        let (held, waiting, weather) = (Vec::new(), Vec::new(), Weather::default());
        Self { engine, plan, now, rng, held, waiting, longest_wait, weather, watcher }
    }

    pub(crate) fn step(&mut self) {
        match self.rng.below(29) {
            0..=4 => self.begin(),
            5..=8 => self.end(),
            9 => self.answer_begins(),
            10..=12 => requests::whole(self),
            13 | 14 => self.probe(),
            15 => {
                let command = a_command(&mut self.rng);
                let _ = self.engine.command(&command, self.now);
            }
            16 if once_in(4, &mut self.rng) => self.reload(),
            17 => self.wall_clock_is_set(),
            18 => self.remembers(),
            19 => {
                let names = order(&self.plan);
                self.weather.turns(&names, &mut self.rng);
            }
            20 if once_in(4, &mut self.rng) => self.flood(),
            21 if once_in(8, &mut self.rng) => self.restarts(),
            22 if once_in(8, &mut self.rng) => self.sleeps(),
            23..=25 => self.asks_or_waits(),
            26 => self.stops_waiting(),
            _ => self.time_passes(),
        }
        self.departures();
        if once_in(3, &mut self.rng) {
            self.watch();
        }
        while once_in(2, &mut self.rng) && self.engine.poll_notice().is_some() {}
    }

    pub(crate) fn an_ask(&mut self) -> Ask<'static> {
        let kinds =
            [AskKind::Inference, AskKind::Inference, AskKind::Inference, AskKind::Aside, AskKind::Other];
        let dialects =
            [Some(Dialect::Anthropic), Some(Dialect::OpenaiChat), Some(Dialect::OpenaiResponses), None];
        Ask {
            kind: one_of(&kinds, &mut self.rng),
            dialect: one_of(&dialects, &mut self.rng),
            client_credential: once_in(2, &mut self.rng).then_some(1),
            tried: &[],
            model: one_of(&["", "large", "small"], &mut self.rng),
            session: once_in(2, &mut self.rng).then(|| self.rng.below(12) as u64),
            opening: once_in(8, &mut self.rng),
            client: one_of(&["", "ada", "bob"], &mut self.rng),
            route: one_of(&[None, None, None, Some("large"), Some("small"), Some("gone")], &mut self.rng),
            translates: once_in(2, &mut self.rng),
            ..ASK
        }
    }

    /// A lease, checked.
    pub(crate) fn choose(&mut self, ask: &Ask<'_>) -> Option<Lease> {
        let before = self.as_the_engine_sees_it();
        let chosen = self.engine.choose(ask, self.now, &mut self.rng);
        match &chosen {
            Ok(lease) => invariants::of_a_choice(self, &before, ask, lease),
            Err(nobody) => invariants::of_a_refusal(self, &before, ask, nobody),
        }
        chosen.ok()
    }

    /// What is seen before a choice is what the engine sees: it lets cooldowns end by itself.
    pub(crate) fn as_the_engine_sees_it(&mut self) -> Snapshot {
        self.engine.handle_timeout(self.now);
        self.departures();
        self.engine.snapshot(self.now)
    }

    pub(crate) fn some_tried(&mut self) -> Vec<EndpointId> {
        let ids = self.watcher.endpoints.iter().map(|e| e.id);
        if once_in(3, &mut self.rng) { ids.filter(|id| id.0 % 3 == 0).collect() } else { Vec::new() }
    }

    fn begin(&mut self) {
        let tried = self.some_tried();
        let ask = self.an_ask();
        if let Some(lease) = self.choose(&Ask { tried: &tried, ..ask }) {
            self.held.push(Held { lease, kind: ask.kind, client: ask.client });
        }
    }

    fn end(&mut self) {
        if !self.held.is_empty() {
            let held = self.held.swap_remove(self.rng.below(self.held.len()));
            let class = self.weather.fate(&held.lease.endpoint.name, &mut self.rng);
            self.engine.settle(held.lease, &an_outcome(class, &mut self.rng), self.now);
        }
    }

    /// Many at once, and soon they are gone again.
    fn flood(&mut self) {
        let many = 10 + self.rng.below(30);
        (0..many).for_each(|n| if n % 2 == 0 { self.begin() } else { self.asks_or_waits() });
        (0..many).for_each(|_| self.end());
    }

    fn answer_begins(&mut self) {
        if !self.held.is_empty() {
            let i = self.rng.below(self.held.len());
            let ttft = Some(Duration::from_millis(self.rng.below(3_000) as u64));
            self.engine.begun(&mut self.held[i].lease, ttft, self.now);
        }
    }

    fn probe(&mut self) {
        for (id, endpoint, kind) in self.engine.probe_due(self.now) {
            let view = self.engine.snapshot(self.now);
            let view = view.endpoints.iter().find(|e| e.id == id).unwrap();
            assert_eq!(view.endpoint, endpoint);
            self.engine.probe_started(id, self.now);
            let verdict = a_verdict(self.weather.fate(&endpoint.name, &mut self.rng), kind, &mut self.rng);
            self.engine.probed(id, &verdict, self.now);
            self.engine.probe_cost(id, 300_000, self.now);
        }
        let due = self.engine.probe_due(self.now);
        assert!(due.is_empty(), "a probe that has begun is not due: {due:?}");
    }

    fn reload(&mut self) {
        let new = a_plan(&mut self.rng);
        self.reload_as(new);
    }

    pub(crate) fn reload_as(&mut self, new: Plan) {
        let before = self.engine.snapshot(self.now);
        self.engine.apply(&diff(&self.plan, &new), &order(&new), self.now);
        invariants::of_a_reload(&before, &self.plan, &new, &self.engine.snapshot(self.now));
        routes::of_a_reload(&mut self.engine, &new, self.now);
        self.longest_wait = self.longest_wait.max(new.suspension.timeout);
        self.plan = new;
    }

    pub(crate) fn watch(&mut self) {
        while let Some(event) = self.engine.poll_event(self.now) {
            self.watcher.apply(&event);
        }
        let snapshot = self.engine.snapshot(self.now);
        assert_eq!(self.watcher.serving, snapshot.serving, "events replayed give the snapshot");
        for (replayed, view) in self.watcher.endpoints.iter().zip(&snapshot.endpoints) {
            assert!(replayed == view, "events replayed give the snapshot: {replayed:?} is {view:?}");
        }
        assert!(self.watcher == snapshot, "events replayed give the snapshot");
    }

    pub(crate) fn all_end(&mut self) {
        for held in std::mem::take(&mut self.held) {
            self.engine.settle(held.lease, &Outcome::of(Class::Cancelled), self.now);
        }
    }
}
