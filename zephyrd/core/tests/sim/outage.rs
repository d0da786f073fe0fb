//! The machine's own network fails, or the machine sleeps: everybody is silent at once, and then everybody is back.

use std::time::Duration;

use zephyr_core::config::{ProbeKind, StrategyKind};
use zephyr_core::engine::{Ask, EndpointId, Engine, Lease, Outcome, Reach, Verdict};
use zephyr_core::failover::Class;
use zephyr_core::time::{Now, Rng, SplitMix};

use crate::random::{once_in, one_of};
use crate::support::{ASK, endpoint, plan};

struct Laptop {
    engine: Engine,
    now: Now,
    rng: SplitMix,
    /// What runs.
    held: Vec<Lease>,
    connected: bool,
}

impl Laptop {
    /// Some providers, all of them somewhere else, and a good answer of each.
    fn new(seed: u64) -> Self {
        let mut rng = SplitMix::new(seed);
        let many = 2 + rng.below(5);
        let endpoints: Vec<_> = (0..many)
            .map(|n| {
                let mut e = endpoint(&format!("E{n}"));
                e.url.host = format!("e{n}.example");
                e.provider.clone_from(&e.url.host);
                e.probe.kind =
                    one_of(&[ProbeKind::Messages, ProbeKind::Connect, ProbeKind::CountTokens], &mut rng);
                e
            })
            .collect();
        let strategy =
            one_of(&[StrategyKind::Priority, StrategyKind::Fastest, StrategyKind::Random], &mut rng);
        let plan = plan(strategy, endpoints);
        let now = Now { mono: Duration::from_secs(90_000), unix_ms: 1_790_000_000_000 };
        let mut laptop =
            Self { engine: Engine::new(&plan, now), now, rng, held: Vec::new(), connected: true };
        laptop.probes();
        laptop
    }

    fn ending(&mut self) -> Outcome {
        if self.connected {
            return Outcome { ttft: Some(Duration::from_millis(300)), ..Outcome::of(Class::Ok) };
        }
        let silences = [Class::ConnectFailed, Class::Unanswered, Class::TimedOut, Class::Cut];
        match once_in(2, &mut self.rng) {
            true => Outcome { reach: Reach::NoRoute, ..Outcome::of(Class::ConnectFailed) },
            false => Outcome::of(one_of(&silences, &mut self.rng)),
        }
    }

    /// One request that tries everybody until somebody answers; sometimes its last attempt goes on for a while.
    fn request(&mut self) {
        let mut tried: Vec<EndpointId> = Vec::new();
        while let Ok(lease) = self.engine.choose(&Ask { tried: &tried, ..ASK }, self.now, &mut self.rng) {
            tried.push(lease.id);
            if once_in(4, &mut self.rng) {
                return self.held.push(lease);
            }
            let outcome = self.ending();
            self.engine.settle(lease, &outcome, self.now);
            if self.connected {
                return;
            }
            self.pass(100);
        }
    }

    fn probes(&mut self) {
        self.engine.handle_timeout(self.now);
        for (id, _, kind) in self.engine.probe_due(self.now) {
            self.engine.probe_started(id, self.now);
            let Outcome { class, reach, .. } = self.ending();
            let latency = (class == Class::Ok).then_some(Duration::from_millis(50));
            let proves = matches!(kind, ProbeKind::Messages | ProbeKind::Command);
            self.engine.probed(id, &Verdict { reach, latency, proves, ..Verdict::of(class) }, self.now);
        }
    }

    fn pass(&mut self, most_ms: usize) {
        let ms = 1 + self.rng.below(most_ms) as u64;
        self.now.mono += Duration::from_millis(ms);
        self.now.unix_ms += ms as i64;
    }

    fn live(&mut self, steps: usize) {
        for _ in 0..steps {
            self.pass(2_000);
            self.probes();
            self.request();
        }
    }

    /// What has run until now ends.
    fn end(&mut self, held: Vec<Lease>, class: Class) {
        held.into_iter().for_each(|lease| self.engine.settle(lease, &Outcome::of(class), self.now));
    }

    fn running(&mut self) -> Vec<Lease> {
        std::mem::take(&mut self.held)
    }

    fn nobody_is_blamed(&self, when: &str) {
        for view in self.engine.snapshot(self.now).endpoints {
            assert!(view.state.usable(), "{} is {:?} {when}", view.endpoint.name, view.state);
            assert_eq!(view.consecutive_failures, 0, "of {} {when}", view.endpoint.name);
        }
    }
}

fn outages(seed: u64) {
    let mut laptop = Laptop::new(seed);
    for _ in 0..4 {
        laptop.live(30);
        let running = laptop.running();
        laptop.end(running, Class::Ok);
        laptop.nobody_is_blamed("before");
        laptop.request();
        laptop.connected = false;
        let steps = 10 + laptop.rng.below(60);
        laptop.live(steps);
        assert!(laptop.engine.offline().is_some(), "it is noticed");
        laptop.nobody_is_blamed("while there is no network");
        laptop.connected = true;
        let cut_off = laptop.running();
        let slept = once_in(3, &mut laptop.rng);
        if slept {
            let hours = Duration::from_secs(3_600 * (1 + laptop.rng.below(9)) as u64);
            laptop.now.mono += hours;
            laptop.now.unix_ms += hours.as_millis() as i64;
            laptop.engine.woke(laptop.now);
        } else if once_in(2, &mut laptop.rng) {
            laptop.engine.network_changed(laptop.now);
        }
        laptop.live(40);
        assert_eq!(laptop.engine.offline(), None, "it is noticed that it is back");
        // What was on its way when the network failed is given up much later.
        laptop.end(cut_off, Class::TimedOut);
        laptop.live(20);
        laptop.nobody_is_blamed("afterwards");
    }
}

#[test]
fn no_breaker_opens_for_the_machines_own_network() {
    if let Ok(seed) = std::env::var("ZEPHYR_SIM_SEED") {
        return outages(seed.parse().expect("ZEPHYR_SIM_SEED is a number"));
    }
    for seed in 0..128 {
        let lived = std::panic::catch_unwind(|| outages(seed));
        if let Err(panic) = lived {
            eprintln!("replay: ZEPHYR_SIM_SEED={seed} cargo test -p zephyr-core --test sim");
            std::panic::resume_unwind(panic);
        }
    }
}
