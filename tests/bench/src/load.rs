//! Load: how many requests, over how many connections, how fast.

use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep_until;

use crate::client::{Answer, Client};
use crate::request::Ask;

/// What a load found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    /// From the first request to the last answer.
    pub(crate) took: Duration,
    /// Time from request to whole answer, sorted.
    pub(crate) latencies: Vec<Duration>,
}

impl Found {
    /// The latency that this part of the requests stays below.
    pub(crate) fn quantile(&self, part: f64) -> Duration {
        let last = self.latencies.len() - 1;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let at = (last as f64 * part).round() as usize;
        self.latencies[at]
    }
}

/// What is asked for, and what must come.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    /// The bytes of requests, sent in turn.
    pub(crate) requests: Arc<Vec<Vec<u8>>>,
    /// Requests in all.
    pub(crate) count: usize,
    /// Connections.
    pub(crate) connections: usize,
    /// Time between two requests over all connections; `None` = each connection asks as soon as it is answered.
    pub(crate) pace: Option<Duration>,
}

/// Runs a job against `addr`.
///
/// # Errors
/// The first answer that is not a whole 200.
pub(crate) async fn run(addr: SocketAddr, job: &Job) -> io::Result<Found> {
    let mut found = Found::default();
    Clients::new(addr, job.connections).run(job, 0..job.count, &mut found).await?;
    Ok(found)
}

/// Connections that are kept from one part of a job to the next.
#[derive(Debug)]
pub(crate) struct Clients(Vec<Client>);

impl Clients {
    /// So many, which connect with their first requests.
    pub(crate) fn new(addr: SocketAddr, count: usize) -> Self {
        Self((0..count).map(|_| Client::new(addr)).collect())
    }

    /// Sends this part of a job's requests and adds to what was `found`.
    ///
    /// # Errors
    /// The first answer that is not a whole 200.
    pub(crate) async fn run(&mut self, job: &Job, part: Range<usize>, found: &mut Found) -> io::Result<()> {
        let next = Arc::new(AtomicUsize::new(part.start));
        let mut workers = JoinSet::new();
        let started = Instant::now();
        for mut client in self.0.drain(..) {
            let (job, part, next) = (job.clone(), part.clone(), next.clone());
            workers.spawn(async move {
                let mut latencies = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= part.end {
                        return Ok::<_, io::Error>((client, latencies));
                    }
                    if let Some(pace) = job.pace {
                        let after = u32::try_from(number - part.start).unwrap();
                        sleep_until((started + pace * after).into()).await;
                    }
                    let sent = Instant::now();
                    let answer = client.ask(&job.requests[number % job.requests.len()]).await?;
                    expect_whole(answer)?;
                    latencies.push(sent.elapsed());
                }
            });
        }
        while let Some(done) = workers.join_next().await {
            let (client, latencies) = done.unwrap()?;
            self.0.push(client);
            found.latencies.extend(latencies);
        }
        found.took += started.elapsed();
        found.latencies.sort_unstable();
        Ok(())
    }
}

fn expect_whole(answer: Answer) -> io::Result<()> {
    match answer {
        Answer { status: 200, bytes } if bytes > 0 => Ok(()),
        Answer { status, bytes } => Err(io::Error::other(format!(
            "an answer with status {status} and {bytes} bytes instead of a whole 200"
        ))),
    }
}

/// Opens `count` streams that stay open, some at a time, each of a session of its own from `first` on.
///
/// # Errors
/// The first stream that does not begin.
pub(crate) async fn hold(addr: SocketAddr, ask: &Ask, first: usize, count: usize) -> io::Result<Vec<Client>> {
    let mut held = Vec::with_capacity(count);
    while held.len() < count {
        let mut opening = JoinSet::new();
        for number in held.len()..count.min(held.len() + 50) {
            let request = ask.of_session(first + number);
            opening.spawn(async move {
                let mut client = Client::new(addr);
                match client.hold(&request).await? {
                    200 => Ok(client),
                    status => Err(io::Error::other(format!("a stream begins with status {status}"))),
                }
            });
        }
        while let Some(opened) = opening.join_next().await {
            held.push(opened.unwrap()?);
        }
    }
    Ok(held)
}
