//! Alternating rounds: in each every proxy gets the same load, a part at a time in turn, in an order that turns too.

use std::net::SocketAddr;
use std::time::Duration;

use crate::load::{Clients, Found, Job};
use crate::process::Cpu;
use crate::target::Running;

/// Turns of a round. How fast the machine is changes from second to second, so that each gets some of every second.
const TURNS: usize = 8;
/// Least requests of a connection in one turn.
const LEAST: usize = 20;

/// One that gets load.
#[derive(Debug)]
pub(crate) struct Runner {
    /// Its name in the table.
    pub(crate) name: String,
    /// Where it listens.
    pub(crate) addr: SocketAddr,
    /// Its process; `None` = the backend itself, without a proxy.
    pub(crate) running: Option<Running>,
    /// Part of the counts that it gets.
    pub(crate) share: usize,
}

impl Runner {
    fn cpu(&self) -> Cpu {
        self.running.as_ref().map_or_else(Cpu::default, |running| Cpu::of(running.pid))
    }
}

/// What one of them showed in one round.
#[derive(Debug)]
pub(crate) struct Sample {
    /// CPU time of its processes in all.
    pub(crate) cpu: Duration,
    /// Requests that it got.
    pub(crate) requests: usize,
    /// What its client saw.
    pub(crate) found: Found,
}

/// Gives every runner the same job `rounds` times and hands each sample to `take`.
pub(crate) async fn alternate(
    runners: &[Runner],
    rounds: usize,
    job: &Job,
    take: impl FnMut(&Runner, &Sample),
) {
    alternate_and_wait(runners, rounds, job, Duration::from_millis(30), take).await;
}

/// The same, where what a runner does in the `rest` after the last answer is counted too.
pub(crate) async fn alternate_and_wait(
    runners: &[Runner],
    rounds: usize,
    job: &Job,
    rest: Duration,
    mut take: impl FnMut(&Runner, &Sample),
) {
    for round in 0..rounds {
        let mut parts: Vec<_> = runners.iter().map(|runner| Part::of(runner, job)).collect();
        let turns = (job.count / (job.connections * LEAST)).clamp(1, TURNS);
        for turn in 0..turns {
            for i in 0..runners.len() {
                let part = &mut parts[(i + round + turn) % runners.len()];
                part.take(turn, turns).await;
            }
        }
        // What the proxies still have to do for the last answers belongs to them.
        tokio::time::sleep(rest).await;
        for part in parts {
            let runner = part.runner;
            if let Some(sample) = part.sample() {
                take(runner, &sample);
            }
        }
    }
}

/// What one of them has got of a round so far.
struct Part<'a> {
    runner: &'a Runner,
    job: Job,
    clients: Clients,
    before: Cpu,
    /// `None` = it did not bear the load.
    found: Option<Found>,
}

impl<'a> Part<'a> {
    fn of(runner: &'a Runner, job: &Job) -> Self {
        let mut job = job.clone();
        job.count = (job.count / runner.share).max(1);
        job.connections = job.connections.min(job.count);
        let clients = Clients::new(runner.addr, job.connections);
        Self { runner, job, clients, before: runner.cpu(), found: Some(Found::default()) }
    }

    /// Its share of the requests of one turn.
    async fn take(&mut self, turn: usize, turns: usize) {
        let Some(found) = &mut self.found else { return };
        let until = |turn: usize| self.job.count * turn / turns;
        match self.clients.run(&self.job, until(turn)..until(turn + 1), found).await {
            Ok(()) => {}
            // A gateway that cannot bear the load is a finding; in the others it is a fault.
            Err(e) if self.runner.share > 1 => {
                println!("{}: {e}", self.runner.name);
                self.found = None;
            }
            Err(e) => panic!("{}: {e}", self.runner.name),
        }
    }

    fn sample(self) -> Option<Sample> {
        let cpu = self.runner.cpu().since(self.before);
        self.found.map(|found| Sample { cpu, requests: self.job.count, found })
    }
}
