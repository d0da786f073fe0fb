//! One connection: five streams and polls beside each other, until it is lost.
//!
//! What a caller may not read, or this daemon does not know, is told once to its pane and asked again now and then; only a
//! lost connection ends the session.

use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

use jiff::{ToSpan, Zoned};
use tokio::sync::mpsc;
use zephyr_proto::v1;
use zephyr_words::say;

use super::super::app::{By, Event, Failure, Job, LINES, Pane};
use super::steer;
use crate::client::Client;
use crate::error::{Error, Kind};
use crate::filter::Which;
use crate::language::words;

/// Between two looks at what no stream tells.
const RUNNING: Duration = Duration::from_secs(1);
const STATUS: Duration = Duration::from_secs(3);
const USAGE: Duration = Duration::from_secs(5);
/// Until what was refused is asked for again.
const AGAIN: Duration = Duration::from_secs(15);
/// Requests to begin with.
const FIRST: u32 = 200;
/// Most rows of a report, and most requests that run, that are kept.
const ROWS: usize = 1000;
/// Days of the report by day.
const DAYS: i32 = 30;

/// Whoever shows events has gone: nothing is left to do.
struct Gone;

type Told = Result<(), Gone>;
type Step = Result<(), Error>;

/// Tells everything until the connection is lost; why it was.
pub(super) async fn run(
    client: &Client,
    events: &mpsc::Sender<Event>,
    jobs: &mut mpsc::Receiver<Job>,
) -> Error {
    let (by, wanted) = tokio::sync::watch::channel(By::Model);
    let session = Session { client, events, by: wanted };
    if session.tell(Event::Connected).await.is_err() {
        return gone();
    }
    tokio::select! {
        error = session.watch() => error,
        error = session.kept(Pane::Requests, || session.follow()) => error,
        error = session.kept(Pane::Log, || session.log()) => error,
        error = session.kept(Pane::Connections, || session.running()) => error,
        error = session.kept(Pane::Usage, || session.usage()) => error,
        error = session.statuses() => error,
        error = steer::carry_out(client, events, jobs, &by) => error,
    }
}

struct Session<'a> {
    client: &'a Client,
    events: &'a mpsc::Sender<Event>,
    by: tokio::sync::watch::Receiver<By>,
}

impl Session<'_> {
    async fn tell(&self, event: Event) -> Told {
        self.events.send(event).await.map_err(|_| Gone)
    }

    /// Again and again, also when it was refused; ends when the connection is lost.
    async fn kept<F: Future<Output = Step>>(&self, pane: Pane, step: impl Fn() -> F) -> Error {
        loop {
            let Err(error) = step().await else { continue };
            if error.kind() == Kind::NotRunning
                || self.tell(Event::Trouble(pane, Failure::from(&error))).await.is_err()
            {
                return error;
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn watch(&self) -> Error {
        let watched: Result<Infallible, Error> = async {
            let mut watch = self.client.watch().await?;
            loop {
                let change = watch.next().await?.ok_or_else(ended)?;
                self.tell(Event::Watch(change)).await.map_err(|_| gone())?;
            }
        }
        .await;
        match watched {
            Err(error) => error,
        }
    }

    async fn follow(&self) -> Step {
        let mut follow = self.client.follow(&Which::default(), false, FIRST).await?;
        loop {
            let followed = follow.next().await?.ok_or_else(ended)?;
            self.tell(Event::Request(followed)).await.map_err(|_| gone())?;
        }
    }

    async fn log(&self) -> Step {
        let last = u32::try_from(LINES).unwrap_or(u32::MAX);
        let asked = v1::FollowLogRequest { follow: true, last, ..v1::FollowLogRequest::default() };
        let mut log = self.client.follow_log(asked).await?;
        loop {
            let line = log.next().await?.ok_or_else(ended)?;
            self.tell(Event::Log(line)).await.map_err(|_| gone())?;
        }
    }

    async fn running(&self) -> Step {
        let mut running = self.client.running().await?;
        running.requests.truncate(ROWS);
        self.tell(Event::Running(running)).await.map_err(|_| gone())?;
        tokio::time::sleep(RUNNING).await;
        Ok(())
    }

    async fn usage(&self) -> Step {
        let mut wanted = self.by.clone();
        let by = *wanted.borrow_and_update();
        let report = report(self.client, by).await?;
        self.tell(Event::Usage(Box::new(report))).await.map_err(|_| gone())?;
        // Sooner where other rows are wanted.
        let _ = tokio::time::timeout(USAGE, wanted.changed()).await;
        Ok(())
    }

    async fn statuses(&self) -> Error {
        loop {
            tokio::time::sleep(STATUS).await;
            match self.client.status().await {
                Ok(status) => {
                    if self.tell(Event::Status(Box::new(status))).await.is_err() {
                        return gone();
                    }
                }
                Err(error) if error.kind() == Kind::NotRunning => return error,
                // The watch tells whether that is more than a slow answer.
                Err(_) => {}
            }
        }
    }
}

/// What was used today; by day, in the last month.
pub(super) async fn report(client: &Client, by: By) -> Result<crate::view::Report, Error> {
    let now = Zoned::now();
    let since = if by == By::Day { now.checked_sub((DAYS - 1).days()).unwrap_or(now) } else { now };
    let since = since.start_of_day().map(|day| day.timestamp().as_millisecond()).ok();
    let which = Which { since_unix_ms: since, ..Which::default() };
    let mut report = client.report(&which, by.name()).await?;
    if report.rows.len() > ROWS {
        // Days ascend; everything else comes by cost.
        let less = report.rows.len() - ROWS;
        if by == By::Day { drop(report.rows.drain(..less)) } else { report.rows.truncate(ROWS) }
    }
    Ok(report)
}

fn ended() -> Error {
    Error::new(Kind::NotRunning, say!(words(), "watch-ended"))
}

/// Nobody reads this: the dashboard has ended.
pub(super) fn gone() -> Error {
    Error::new(Kind::NotRunning, "")
}
