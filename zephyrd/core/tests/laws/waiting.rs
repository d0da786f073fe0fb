//! Laws of waiting: nobody waits for what is there, order of arrival, and never more than may.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use zephyr_core::config::{Change, Endpoint, StrategyKind};
use zephyr_core::engine::{Ask, Command, Engine, Lease, Outcome, Verdict};
use zephyr_core::failover::Class;
use zephyr_core::time::{Now, SplitMix};
use zephyr_core::waiting::{Chosen, Left, Wish};

use crate::support::{ASK, at, endpoint, ms, order, plan};

const NAMES: [&str; 3] = ["A", "B", "C"];
const CLIENTS: [&str; 3] = ["", "ada", "bob"];
const MOST: [Option<u32>; 3] = [Some(1), Some(2), None];
const MOST_OF_MAIN: u32 = 2;
const MOST_OF_ADA: u32 = 2;

#[derive(Debug, Clone)]
enum Step {
    Arrives(usize),
    Ends(usize, Class),
    Leaves(usize),
    Probe(usize, Class),
    Pause(usize),
    Resume(usize),
    Time(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let class = prop::sample::select(vec![
        Class::Ok,
        Class::Ok,
        Class::Cancelled,
        Class::ServerError,
        Class::ConnectFailed,
        Class::RateLimited,
    ]);
    prop_oneof![
        5 => (0..CLIENTS.len()).prop_map(Step::Arrives),
        4 => (0usize..16, class.clone()).prop_map(|(at, class)| Step::Ends(at, class)),
        1 => (0usize..16).prop_map(Step::Leaves),
        1 => (0..NAMES.len(), class).prop_map(|(at, class)| Step::Probe(at, class)),
        1 => (0..NAMES.len()).prop_map(Step::Pause),
        1 => (0..NAMES.len()).prop_map(Step::Resume),
        2 => (1u64..100).prop_map(Step::Time),
    ]
}

struct World {
    engine: Engine,
    now: Now,
    rng: SplitMix,
    /// With whose they are.
    held: Vec<(Lease, usize)>,
    /// By number.
    waiting: BTreeMap<u64, usize>,
}

impl World {
    fn new(strategy: StrategyKind) -> Self {
        let mut endpoints: Vec<Endpoint> = NAMES.map(endpoint).into();
        for (e, max) in endpoints.iter_mut().zip(MOST) {
            e.max_concurrent = max;
        }
        for e in &mut endpoints[..2] {
            e.group_max_concurrent = Some(MOST_OF_MAIN);
        }
        endpoints[2].group = "other".to_owned();
        let plan = plan(strategy, endpoints);
        let now = at(1_000.0);
        let mut engine = Engine::new(&plan, now);
        let clients = vec![("ada".to_owned(), Some(MOST_OF_ADA)), ("bob".to_owned(), None)];
        engine.apply(&[Change::Clients(clients)], &order(&plan), now);
        Self { engine, now, rng: SplitMix::new(1), held: Vec::new(), waiting: BTreeMap::new() }
    }

    fn take(&mut self, step: &Step) {
        let now = self.now;
        match step {
            Step::Arrives(client) => {
                let ask = Ask { client: CLIENTS[*client], ..ASK };
                let wish = Wish { request: "r", ..Wish::default() };
                match self.engine.choose_or_wait(&ask, &wish, now, &mut self.rng) {
                    Chosen::Lease(lease) => {
                        let plain = !lease.last_resort;
                        let overtaken = plain && self.waiting.values().any(|waits| waits == client);
                        assert!(!overtaken, "a newcomer has overtaken somebody of its client");
                        self.held.push((lease, *client));
                    }
                    Chosen::Waits(place, ..) => drop(self.waiting.insert(place.number, *client)),
                    Chosen::Nobody(_) => {}
                }
            }
            Step::Ends(at, class) if !self.held.is_empty() => {
                let (lease, _) = self.held.swap_remove(at % self.held.len());
                self.engine.settle(lease, &Outcome::of(*class), now);
            }
            Step::Leaves(at) if !self.waiting.is_empty() => {
                let number = *self.waiting.keys().nth(at % self.waiting.len()).unwrap();
                self.waiting.remove(&number);
                self.engine.leave(number);
            }
            Step::Probe(at, class) => self.probe(*at, *class),
            Step::Pause(at) => drop(self.engine.command(&Command::Pause(Some(NAMES[*at].into())), now)),
            Step::Resume(at) => drop(self.engine.command(&Command::Resume(Some(NAMES[*at].into())), now)),
            Step::Time(seconds) => {
                let mono = now.mono + Duration::from_secs(*seconds);
                self.now = at(mono.as_secs_f64());
                self.engine.handle_timeout(self.now);
            }
            Step::Ends(..) | Step::Leaves(_) => {}
        }
        self.departures();
    }

    fn probe(&mut self, at: usize, class: Class) {
        let id = self.engine.find(Some(NAMES[at])).unwrap()[0].0;
        let latency = (class == Class::Ok).then(|| ms(80));
        let verdict = Verdict { latency, proves: true, ..Verdict::of(class) };
        self.engine.probed(id, &verdict, self.now);
    }

    fn departures(&mut self) {
        while let Some(departure) = self.engine.poll_departure() {
            let client = self.waiting.remove(&departure.number).expect("somebody who waits");
            if let Left::Granted { lease, .. } = departure.how {
                let earlier = self
                    .waiting
                    .iter()
                    .find(|(number, waits)| **number < departure.number && **waits == client);
                assert!(earlier.is_none(), "{} came before {}", earlier.unwrap().0, departure.number);
                self.held.push((lease, client));
            }
        }
    }

    fn holds(&mut self) {
        let running =
            |meant: &dyn Fn(&(Lease, usize)) -> bool| self.held.iter().filter(|h| meant(h)).count() as u32;
        for (name, max) in NAMES.iter().zip(MOST) {
            let here = running(&|(lease, _)| lease.endpoint.name == *name);
            assert!(max.is_none_or(|max| here <= max), "{here} run at {name}");
        }
        assert!(running(&|(lease, _)| lease.endpoint.group == "main") <= MOST_OF_MAIN);
        assert!(running(&|(_, client)| CLIENTS[*client] == "ada") <= MOST_OF_ADA);
        let shown: Vec<u64> = self.engine.waiters(self.now).iter().map(|w| w.place.number).collect();
        assert_eq!(shown, self.waiting.keys().copied().collect::<Vec<_>>());
        let tally = self.engine.tally();
        assert_eq!((tally.queued + tally.suspended) as usize, shown.len());
        self.nobody_waits_for_what_is_there();
    }

    /// Whoever asks anew for what somebody waits for does not get it either, but for a last resort.
    fn nobody_waits_for_what_is_there(&mut self) {
        let tried: Vec<(usize, Vec<_>)> = self
            .engine
            .waiters(self.now)
            .into_iter()
            .map(|w| (CLIENTS.iter().position(|c| *c == w.client).unwrap(), w.tried))
            .collect();
        for (client, tried) in tried {
            let ask = Ask { client: CLIENTS[client], tried: &tried, ..ASK };
            if let Ok(lease) = self.engine.choose(&ask, self.now, &mut self.rng) {
                assert!(lease.last_resort, "{} could serve somebody who waits", lease.endpoint.name);
                self.engine.settle(lease, &Outcome::of(Class::Cancelled), self.now);
                self.departures();
            }
        }
    }
}

proptest! {
    #[test]
    fn nobody_waits_for_what_is_there_and_never_more_run_than_may(
        strategy in prop::sample::select(vec![StrategyKind::Fastest, StrategyKind::RoundRobin, StrategyKind::LeastBusy]),
        steps in prop::collection::vec(step(), 1..80),
    ) {
        let mut world = World::new(strategy);
        for step in &steps {
            world.take(step);
            world.holds();
        }
        // Then everything is well: nobody is left behind.
        for at in 0..NAMES.len() {
            world.take(&Step::Resume(at));
            world.probe(at, Class::Ok);
            world.departures();
        }
        for _ in 0..400 {
            world.take(&Step::Ends(0, Class::Ok));
        }
        prop_assert!(world.waiting.is_empty(), "{} wait for ever", world.waiting.len());
    }
}
