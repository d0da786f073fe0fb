//! Carries out what a person asks for, several things beside each other.

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{mpsc, watch};

use super::super::app::{By, Event, Failure, Job};
use super::session::{gone, report};
use crate::client::Client;
use crate::cmd::save_priority;
use crate::error::{Error, Kind};

/// At the same time; what comes on top waits.
const AT_ONCE: usize = 8;

/// Until the connection is lost; why it was.
pub(super) async fn carry_out(
    client: &Client,
    events: &mpsc::Sender<Event>,
    jobs: &mut mpsc::Receiver<Job>,
    by: &watch::Sender<By>,
) -> Error {
    let mut under_way = FuturesUnordered::new();
    loop {
        let (event, lost) = tokio::select! {
            job = jobs.recv(), if under_way.len() < AT_ONCE => match job {
                Some(job) => {
                    under_way.push(one(client, job, by));
                    continue;
                }
                None => return gone(),
            },
            Some(done) = under_way.next() => done,
        };
        for event in event {
            if events.send(event).await.is_err() {
                return gone();
            }
        }
        if let Some(error) = lost {
            return error;
        }
    }
}

/// What it became, and why the connection is lost if it is.
async fn one(client: &Client, job: Job, by: &watch::Sender<By>) -> (Vec<Event>, Option<Error>) {
    let mut events = Vec::new();
    let done = match &job {
        Job::Pin(name) => client.pin(name, false).await.map(drop),
        Job::Unpin => client.unpin().await.map(drop),
        Job::PauseProbes => client.pause("").await.map(drop),
        Job::ResumeProbes => client.resume("").await.map(drop),
        Job::Probe => client.check("").await.map(drop),
        Job::Priority { name, number, save: true } => save_priority(name, *number, client).await.map(drop),
        Job::Priority { name, number, save: false } => {
            client.set_priority(name, Some(*number)).await.map(drop)
        }
        Job::Usage(wanted) => {
            by.send_replace(*wanted);
            report(client, *wanted).await.map(|report| events.push(Event::Usage(Box::new(report))))
        }
        Job::Running => client.running().await.map(|running| events.push(Event::Running(running))),
        Job::Explain(id) => {
            let trace = client.explain(id).await;
            let lost = trace.as_ref().err().is_some_and(|e| e.kind() == Kind::NotRunning);
            if !lost {
                let told = trace.as_ref().map(|trace| Box::new(trace.clone())).map_err(Failure::from);
                events.push(Event::Trace(id.clone(), told));
                return (events, None);
            }
            trace.map(drop)
        }
    };
    let failure = done.as_ref().copied().map_err(Failure::from);
    events.push(Event::Did(job, failure));
    (events, done.err().filter(|e| e.kind() == Kind::NotRunning))
}
