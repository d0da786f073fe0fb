//! An engine with a clock that one can turn.

use std::time::Duration;

use zephyr_core::config::{Dialect, Endpoint, Plan, StrategyKind};
use zephyr_core::engine::{
    Ask, Command, EndpointId, EndpointView, Engine, Lease, NoEndpoint, Notice, Outcome, Refusal, Serving,
    Snapshot, Verdict, WhyNot,
};
use zephyr_core::failover::Class;
use zephyr_core::time::{Now, SplitMix};

use crate::support::{ASK, at, ms, plan};

pub(crate) struct Story {
    pub(crate) engine: Engine,
    pub(crate) plan: Plan,
    pub(crate) rng: SplitMix,
    pub(crate) seconds: f64,
}

impl Story {
    pub(crate) fn new(strategy: StrategyKind, endpoints: Vec<Endpoint>) -> Self {
        Self::of(plan(strategy, endpoints))
    }

    pub(crate) fn of(plan: Plan) -> Self {
        let engine = Engine::new(&plan, at(100.0));
        Self { engine, plan, rng: SplitMix::new(7), seconds: 100.0 }
    }

    pub(crate) fn now(&self) -> Now {
        at(self.seconds)
    }

    /// Lets time pass, as the ticker does.
    pub(crate) fn wait(&mut self, seconds: f64) {
        self.seconds += seconds;
        self.engine.handle_timeout(self.now());
    }

    pub(crate) fn choose(&mut self, ask: &Ask<'_>) -> Result<Lease, NoEndpoint> {
        let now = self.now();
        self.engine.choose(ask, now, &mut self.rng)
    }

    pub(crate) fn lease(&mut self) -> Lease {
        self.choose(&ASK).unwrap()
    }

    /// Where the next Anthropic request goes; it is cancelled at once.
    pub(crate) fn next(&mut self) -> String {
        let lease = self.lease();
        let name = lease.endpoint.name.clone();
        self.settle(lease, Class::Cancelled);
        name
    }

    /// Why no Anthropic request goes anywhere, by name.
    pub(crate) fn nobody(&mut self) -> Vec<(String, WhyNot)> {
        self.choose(&ASK).unwrap_err().why
    }

    pub(crate) fn settle(&mut self, lease: Lease, class: Class) {
        self.engine.settle(lease, &Outcome::of(class), self.now());
    }

    /// One attempt on this endpoint ends so.
    pub(crate) fn attempt(&mut self, name: &str, outcome: &Outcome) {
        let others: Vec<EndpointId> =
            self.snapshot().endpoints.iter().filter(|e| e.endpoint.name != name).map(|e| e.id).collect();
        let dialect = Some(self.view(name).endpoint.dialect);
        let lease = self.choose(&Ask { tried: &others, dialect, client_credential: Some(1), ..ASK }).unwrap();
        self.engine.settle(lease, outcome, self.now());
    }

    pub(crate) fn fail(&mut self, name: &str, class: Class) {
        self.attempt(name, &Outcome::of(class));
    }

    /// Three failures in a row.
    pub(crate) fn cool(&mut self, name: &str) {
        (0..3).for_each(|_| self.fail(name, Class::ServerError));
    }

    pub(crate) fn probe(&mut self, name: &str, class: Class, latency: u64, proves: bool) {
        let latency = (class == Class::Ok).then_some(ms(latency));
        let verdict = Verdict { latency, proves, ..Verdict::of(class) };
        let id = self.view(name).id;
        self.engine.probed(id, &verdict, self.now());
    }

    /// A good probe that took so long.
    pub(crate) fn measure(&mut self, name: &str, latency: u64) {
        self.probe(name, Class::Ok, latency, true);
    }

    pub(crate) fn command(&mut self, command: Command) -> Result<(), Refusal> {
        self.engine.command(&command, self.now())
    }

    pub(crate) fn pin(&mut self, name: &str, fallback: bool) {
        self.command(Command::Pin { name: name.to_owned(), fallback }).unwrap();
    }

    pub(crate) fn pause(&mut self, name: &str) {
        self.command(Command::Pause(Some(name.to_owned()))).unwrap();
    }

    pub(crate) fn resume(&mut self, name: &str) {
        self.command(Command::Resume(Some(name.to_owned()))).unwrap();
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        self.engine.snapshot(self.now())
    }

    pub(crate) fn view(&self, name: &str) -> EndpointView {
        self.snapshot().endpoints.into_iter().find(|e| e.endpoint.name == name).unwrap()
    }

    pub(crate) fn serving(&self, dialect: Dialect) -> Serving {
        self.snapshot().serving.into_iter().find(|s| s.dialect == dialect).unwrap()
    }

    pub(crate) fn current(&self) -> Option<String> {
        let current = self.serving(Dialect::Anthropic).current?;
        let views = self.snapshot().endpoints;
        views.into_iter().find(|e| e.id == current).map(|e| e.endpoint.name.clone())
    }

    pub(crate) fn why(&self) -> String {
        self.serving(Dialect::Anthropic).why
    }

    /// The names of the failover order.
    pub(crate) fn order(&self) -> Vec<String> {
        let views = self.snapshot().endpoints;
        let name = |id: &EndpointId| views.iter().find(|e| e.id == *id).unwrap().endpoint.name.clone();
        self.serving(Dialect::Anthropic).order.iter().map(name).collect()
    }

    /// To whom requests were switched since the last call.
    pub(crate) fn switches(&mut self) -> Vec<Option<String>> {
        let notices = std::iter::from_fn(|| self.engine.poll_notice());
        let switched = notices.filter_map(|n| match n {
            Notice::Switched { to, .. } => Some(to),
            _ => None,
        });
        switched.collect()
    }
}

pub(crate) fn good(ttft: u64) -> Outcome {
    Outcome { ttft: Some(ms(ttft)), ..Outcome::of(Class::Ok) }
}

pub(crate) fn told_to_wait(class: Class, seconds: u64) -> Outcome {
    Outcome { retry_after: Some(Duration::from_secs(seconds)), ..Outcome::of(class) }
}
