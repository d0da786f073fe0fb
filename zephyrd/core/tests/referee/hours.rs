//! The hours: a queue of events, the engine, the endpoints and the agents.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use zephyr_core::config::{Dialect, Plan, StrategyKind};
use zephyr_core::engine::{Ask, EndpointId, Engine, Outcome, Verdict};
use zephyr_core::failover::{Class, Next, Walk, final_answer, retry_after_header};
use zephyr_core::time::{Now, SplitMix};

use crate::agents::{Agent, ENDURES, REPEATS, Request, Running};
use crate::endpoints::{Endpoints, around};
use crate::score::{Bursts, Score};
use crate::support::{at, endpoint, key, plan};

const AGENTS: usize = 24;
/// How long the proxy lets a request wait for its turn to retry.
const PATIENCE: Duration = Duration::from_secs(120);
const LENGTH: Duration = Duration::from_secs(4 * 3_600);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// The agent wants something, or wants it again.
    Wants(usize),
    /// Its request is tried once more at the same endpoint.
    Again(usize),
    /// The attempt's first content comes, or its failure.
    First(usize),
    /// The answer ends, well or not.
    End(usize),
    /// Time for the engine, and for probes.
    Tick,
    Probed(EndpointId, usize),
}

pub(crate) struct Hours {
    engine: Engine,
    plan: Plan,
    now: Now,
    rng: SplitMix,
    endpoints: Endpoints,
    agents: Vec<Agent>,
    queue: BinaryHeap<Reverse<(Duration, u64, What)>>,
    sequence: u64,
    score: Score,
    bursts: Bursts,
}

fn three(strategy: StrategyKind) -> Plan {
    let each = ["One", "Two", "Three"].into_iter().zip(1..).map(|(name, n)| {
        let mut e = endpoint(name);
        e.group = format!("group-{name}");
        e.provider = format!("provider-{name}");
        e.url.host = format!("{name}.example");
        e.auth = key(&format!("the key of {name}, long enough"));
        e.priority = n;
        e
    });
    plan(strategy, each.collect())
}

impl Hours {
    pub(crate) fn new(strategy: StrategyKind, seed: u64) -> Self {
        let plan = three(strategy);
        let now = at(0.0);
        let engine = Engine::new(&plan, now);
        let mut hours = Self {
            engine,
            plan,
            now,
            rng: SplitMix::new(seed),
            endpoints: Endpoints::new(LENGTH, seed),
            agents: (0..AGENTS).map(|_| Agent::default()).collect(),
            queue: BinaryHeap::new(),
            sequence: 0,
            score: Score::default(),
            bursts: Bursts::default(),
        };
        for agent in 0..AGENTS {
            let wait = around(5.0, &mut hours.rng);
            hours.after(wait, What::Wants(agent));
        }
        hours.after(Duration::ZERO, What::Tick);
        hours
    }

    pub(crate) fn live(mut self) -> Score {
        while let Some(Reverse((time, _, what))) = self.queue.pop() {
            if time > LENGTH {
                break;
            }
            let passed = time - self.now.mono;
            self.now = Now { mono: time, unix_ms: self.now.unix_ms + passed.as_millis() as i64 };
            match what {
                What::Wants(agent) => self.wants(agent),
                What::Again(agent) => self.retries(agent),
                What::First(agent) => self.first(agent),
                What::End(agent) => self.end(agent),
                What::Tick => self.tick(),
                What::Probed(id, at) => self.probed(id, at),
            }
        }
        Score { bursts: self.bursts.found(), ..self.score }
    }

    fn after(&mut self, wait: Duration, what: What) {
        self.sequence += 1;
        self.queue.push(Reverse((self.now.mono + wait, self.sequence, what)));
    }

    fn in_peace(&self) -> bool {
        self.endpoints.outage(self.now.mono).is_none()
    }

    fn wants(&mut self, agent: usize) {
        let request = Request {
            came: self.now.mono,
            calm: self.in_peace(),
            walk: Walk::new(&self.plan.failover, self.now.mono),
            calls: 0,
            failures: Vec::new(),
            same: None,
            due: None,
            running: None,
        };
        self.agents[agent].request = Some(request);
        self.asks(agent);
    }

    /// Waits until all requests together may retry once more, if that has to be waited for.
    fn retries(&mut self, agent: usize) {
        let request = self.agents[agent].request.as_mut().unwrap();
        if request.failures.last().is_some_and(|(class, _)| class.may_be_billed()) {
            let due = *request.due.get_or_insert(self.now.mono);
            match self.engine.retry(self.now) {
                Ok(()) => self.bursts.begun.push(self.now.mono),
                Err(wait) if self.now.mono + wait <= due + PATIENCE => {
                    return self.after(wait, What::Again(agent));
                }
                Err(_) => return self.told(agent, None),
            }
            request.due = None;
        }
        self.asks(agent);
    }

    /// Chooses and sends, as the proxy's walk does.
    fn asks(&mut self, agent: usize) {
        let request = self.agents[agent].request.as_mut().unwrap();
        let ask = Ask {
            tried: request.walk.tried(),
            model: "large",
            session: Some(agent as u64),
            ..Ask::inference(Dialect::Anthropic)
        };
        let same = request.same.take().and_then(|id| self.engine.choose_same(id, &ask, self.now).ok());
        let chosen = match same {
            Some(lease) => Ok(lease),
            None => self.engine.choose(&ask, self.now, &mut self.rng),
        };
        let lease = match chosen {
            Ok(lease) => lease,
            Err(nobody) => return self.told(agent, nobody.retry_after),
        };
        request.calls += 1;
        let fate = self.endpoints.send(lease.endpoint.index, self.now.mono);
        request.running = Some(Running { lease, fate });
        self.after(fate.first, What::First(agent));
    }

    fn first(&mut self, agent: usize) {
        let request = self.agents[agent].request.as_mut().unwrap();
        let running = request.running.as_mut().unwrap();
        let Some(rest) = running.fate.rest else { return self.failed(agent) };
        self.engine.begun(&mut running.lease, Some(running.fate.first), self.now);
        if self.now.mono - request.came > ENDURES {
            let lease = request.running.take().unwrap().lease;
            self.engine.settle(lease, &Outcome::of(Class::Cancelled), self.now);
            self.score.error(format!("{:?}: an answer after {ENDURES:?}", self.now.mono));
            return self.leaves(agent, true);
        }
        self.after(rest, What::End(agent));
    }

    fn failed(&mut self, agent: usize) {
        let request = self.agents[agent].request.as_mut().unwrap();
        let Running { lease, fate } = request.running.take().unwrap();
        let (id, alternatives) = (lease.id, lease.alternatives);
        let outcome = Outcome { retry_after: fate.retry_after, ..Outcome::of(fate.class) };
        self.engine.settle(lease, &outcome, self.now);
        request.failures.push((fate.class, fate.retry_after));
        match request.walk.after(id, fate.class, alternatives, fate.retry_after, self.now.mono) {
            Next::Another => self.retries(agent),
            Next::SameAfter(wait) => {
                request.same = Some(id);
                self.after(wait, What::Again(agent));
            }
            Next::Stop => self.told(agent, None),
        }
    }

    /// The client is told an error.
    fn told(&mut self, agent: usize, soonest: Option<Duration>) {
        let request = self.agents[agent].request.as_ref().unwrap();
        let classes: Vec<Class> = request.failures.iter().map(|(class, _)| *class).collect();
        let stated = request.failures.iter().filter_map(|(_, stated)| *stated).min().or(soonest);
        let word = final_answer(&classes, false);
        let (seconds, stop) = retry_after_header(word.waiting_helps, stated);
        let outage = self.endpoints.outage(self.now.mono);
        self.score.error(format!("{:?}: {} after {classes:?} in {outage:?}", self.now.mono, word.status));
        let repeats = self.agents[agent].repeats;
        if stop || repeats >= REPEATS {
            return self.leaves(agent, true);
        }
        let wait = seconds.map_or(Duration::from_millis(500 << repeats), Duration::from_secs);
        self.repeats(agent, wait);
    }

    fn end(&mut self, agent: usize) {
        let request = self.agents[agent].request.as_mut().unwrap();
        let Running { lease, fate } = request.running.take().unwrap();
        self.engine.settle(lease, &Outcome::of(fate.class), self.now);
        if fate.class == Class::Ok {
            return self.leaves(agent, false);
        }
        self.score.cut += 1;
        if self.agents[agent].repeats >= REPEATS {
            self.score.told.push(format!(
                "{:?}: cut for the last time in {:?}",
                self.now.mono,
                self.endpoints.outage(self.now.mono)
            ));
        }
        if self.agents[agent].repeats >= REPEATS {
            return self.leaves(agent, true);
        }
        let wait = Duration::from_millis(500 << self.agents[agent].repeats);
        self.repeats(agent, wait);
    }

    fn repeats(&mut self, agent: usize, wait: Duration) {
        self.request_ended(agent);
        self.agents[agent].repeats += 1;
        self.after(wait, What::Wants(agent));
    }

    /// The agent has what it wanted, or has given it up, and thinks about the next.
    fn leaves(&mut self, agent: usize, given_up: bool) {
        self.request_ended(agent);
        self.agents[agent].repeats = 0;
        self.score.wanted += 1;
        self.score.given_up += u64::from(given_up);
        let wait = around(5.0, &mut self.rng);
        self.after(wait, What::Wants(agent));
    }

    fn request_ended(&mut self, agent: usize) {
        let request = self.agents[agent].request.take().unwrap();
        self.bursts.lives.push((request.came, self.now.mono));
        if request.calm && self.in_peace() {
            self.score.calm_requests += 1;
            self.score.calm_calls += u64::from(request.calls);
        }
    }

    fn tick(&mut self) {
        self.engine.handle_timeout(self.now);
        for (id, endpoint, _) in self.engine.probe_due(self.now) {
            self.engine.probe_started(id, self.now);
            let fate = self.endpoints.send(endpoint.index, self.now.mono);
            let wait = fate.first.min(endpoint.probe.timeout);
            self.after(wait, What::Probed(id, endpoint.index));
        }
        let next = self.engine.poll_timeout().unwrap_or(LENGTH).max(self.now.mono + Duration::from_millis(1));
        self.after((next - self.now.mono).min(Duration::from_secs(1)), What::Tick);
    }

    /// A probe is a request that is read to its end at once.
    fn probed(&mut self, id: EndpointId, index: usize) {
        let fate = self.endpoints.send(index, self.now.mono);
        let good = fate.class == Class::Ok && fate.first < Duration::from_secs(20);
        let class = match fate.class {
            Class::Ok | Class::TimedOut if !good => Class::TimedOut,
            class => class,
        };
        let latency = good.then_some(fate.first);
        let verdict = Verdict { latency, proves: true, retry_after: fate.retry_after, ..Verdict::of(class) };
        self.engine.probed(id, &verdict, self.now);
        self.engine.probe_cost(id, 300_000, self.now);
    }
}
