//! Alternating rounds: in each every proxy gets the same load, in an order that turns from round to round.

use std::net::SocketAddr;
use std::time::Duration;

use crate::load::{self, Found, Job};
use crate::process::Cpu;
use crate::target::Running;

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
        for i in 0..runners.len() {
            let runner = &runners[(i + round) % runners.len()];
            let mut job = job.clone();
            job.count = (job.count / runner.share).max(1);
            job.connections = job.connections.min(job.count);
            let cpu = || runner.running.as_ref().map_or_else(Cpu::default, |r| Cpu::of(r.pid));
            let before = cpu();
            match load::run(runner.addr, &job).await {
                Ok(found) => {
                    // What the proxy still has to do for the last answers belongs to them.
                    tokio::time::sleep(rest).await;
                    let sample = Sample { cpu: cpu().since(before), requests: job.count, found };
                    take(runner, &sample);
                }
                // A gateway that cannot bear the load is a finding; in the others it is a fault.
                Err(e) if runner.share > 1 => println!("{}: {e}", runner.name),
                Err(e) => panic!("{}: {e}", runner.name),
            }
        }
    }
}
