//! Load: how many requests, over how many connections, how fast.

use std::io;
use std::net::SocketAddr;
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
    let next = Arc::new(AtomicUsize::new(0));
    let mut workers = JoinSet::new();
    let started = Instant::now();
    for _ in 0..job.connections {
        let (job, next) = (job.clone(), next.clone());
        workers.spawn(async move {
            let mut client = Client::new(addr);
            let mut latencies = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= job.count {
                    return Ok::<_, io::Error>(latencies);
                }
                if let Some(pace) = job.pace {
                    sleep_until((started + pace * u32::try_from(number).unwrap()).into()).await;
                }
                let sent = Instant::now();
                let answer = client.ask(&job.requests[number % job.requests.len()]).await?;
                expect_whole(answer)?;
                latencies.push(sent.elapsed());
            }
        });
    }
    let mut found = Found::default();
    while let Some(done) = workers.join_next().await {
        found.latencies.extend(done.unwrap()?);
    }
    found.took = started.elapsed();
    found.latencies.sort_unstable();
    Ok(found)
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
