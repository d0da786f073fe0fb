//! What the hub listens to, and what it makes of it.
//!
//! Each source is waited for only while it is quiet. Once something of it was told it is looked at on each tick, at most
//! once a second, until it is quiet again: a request costs no wake-up here while others are told of. What has no
//! events (requests that run) is looked at on each tick.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::Instant;
use zephyr_core::engine::EndpointView;
use zephyr_core::usage::UsageRecord;

use super::batch::Batch;
use super::essence::essence;
use super::kind::{Kind, Kinds};
use super::shapes::{self, EndpointsTold, Lines, Rows};
use crate::desk::Desk;
use crate::engine_handle::{Delta, Subscription};
use crate::system::log_ring::Follower;
use crate::trace::RunningTally;

/// How often at most one kind is told; a tick that comes a little early counts.
const AT_MOST_EVERY: Duration = Duration::from_millis(950);
/// Most rows and lines in one event, the newest; the rest is counted.
const MOST: usize = 20;
/// After so many ticks the status is looked at though nothing happened: days end and stores fail by themselves.
const STATUS_TICKS: u64 = 5;

/// What is told of the engine.
const OF_ENGINE: [Kind; 4] = [Kind::Status, Kind::Endpoint, Kind::Group, Kind::Suspended];

/// Why the hub looks.
pub(super) enum Woken {
    /// The engine has changed.
    Engine,
    /// There is a line of the log.
    Log,
    /// A request is over.
    Request,
    /// A second has passed.
    Tick,
}

/// Whether something of a source was told of late.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// Nothing; the next goes out at once.
    Quiet,
    /// Then; the next waits for its tick.
    Told(Instant),
}

impl Pace {
    fn is_due(self, now: Instant) -> bool {
        matches!(self, Self::Told(then) if now.duration_since(then) >= AT_MOST_EVERY)
    }
}

/// See the module.
pub(super) struct Sources {
    desk: Desk,
    engine: Pace,
    /// Listens only while the engine is quiet: while nobody does, the engine folds its changes together.
    deltas: Option<Receiver<Arc<Delta>>>,
    endpoints: Vec<EndpointView>,
    log: Pace,
    lines: Follower,
    requests: Pace,
    settled: Receiver<Arc<UsageRecord>>,
    rows: VecDeque<Arc<UsageRecord>>,
    missed: u64,
    tally: RunningTally,
    /// What was told last, by kind.
    essences: [Option<u64>; Kind::ALL.len()],
    ticks: u64,
}

impl Sources {
    /// Listens from now on.
    pub(super) fn new(desk: Desk) -> Self {
        let Subscription { snapshot, deltas } = desk.handle.subscribe();
        let mut sources = Self {
            engine: Pace::Quiet,
            deltas: Some(deltas),
            endpoints: snapshot.endpoints,
            log: Pace::Quiet,
            lines: desk.log.follow(),
            requests: Pace::Quiet,
            settled: desk.ledger.follow(),
            rows: VecDeque::new(),
            missed: 0,
            tally: desk.running.tally(),
            essences: [None; Kind::ALL.len()],
            ticks: 0,
            desk,
        };
        // What is so at the beginning, every watcher learns when it comes.
        sources.tell_state(Kinds::ALL, &mut Batch::begin("", 0));
        sources.tell_running(&mut Batch::begin("", 0));
        sources
    }

    /// Waits until a quiet source has something.
    pub(super) async fn changed(&mut self) -> Woken {
        let (log_quiet, requests_quiet) = (self.log == Pace::Quiet, self.requests == Pace::Quiet);
        tokio::select! {
            () = some_delta(self.deltas.as_mut()) => Woken::Engine,
            () = self.lines.changed(), if log_quiet => Woken::Log,
            settled = self.settled.recv(), if requests_quiet => {
                match settled {
                    Ok(record) => self.rows.push_back(record),
                    Err(RecvError::Lagged(missed)) => self.missed += missed,
                    Err(RecvError::Closed) => std::future::pending().await,
                }
                Woken::Request
            }
        }
    }

    /// Writes down what is new and wanted.
    pub(super) fn tell(&mut self, woken: &Woken, wanted: Kinds, now: Instant, batch: &mut Batch<'_>) {
        match woken {
            Woken::Engine => {
                self.deltas = None;
                self.engine = Pace::Told(now);
                self.tell_engine(wanted, batch);
            }
            Woken::Log => self.tell_log(wanted, now, batch),
            Woken::Request => self.tell_requests(wanted, now, batch),
            Woken::Tick => self.tick(wanted, now, batch),
        }
    }

    /// The charts as they are now.
    pub(super) async fn charts(&self) -> Vec<Vec<u8>> {
        shapes::charts(&self.desk).await
    }

    fn tick(&mut self, wanted: Kinds, now: Instant, batch: &mut Batch<'_>) {
        self.ticks += 1;
        if self.engine.is_due(now) && wanted.has_any(Kinds::of(&OF_ENGINE)) {
            let Subscription { snapshot, deltas } = self.desk.handle.subscribe();
            self.engine = match self.tell_changed(snapshot.endpoints, wanted, batch) {
                true => Pace::Told(now),
                false => {
                    self.deltas = Some(deltas);
                    Pace::Quiet
                }
            };
        } else if self.ticks.is_multiple_of(STATUS_TICKS) && wanted.has(Kind::Status) {
            self.tell_shape(Kind::Status, batch);
        }
        if self.log.is_due(now) {
            self.tell_log(wanted, now, batch);
        }
        if self.requests.is_due(now) {
            self.tell_requests(wanted, now, batch);
        }
        if wanted.has(Kind::Connection) {
            self.tell_running(batch);
        }
    }

    fn tell_engine(&mut self, wanted: Kinds, batch: &mut Batch<'_>) {
        let endpoints = self.desk.handle.snapshot().endpoints;
        self.tell_changed(endpoints, wanted, batch);
    }

    /// What is new of the engine; whether anything is.
    fn tell_changed(&mut self, now: Vec<EndpointView>, wanted: Kinds, batch: &mut Batch<'_>) -> bool {
        let old = std::mem::replace(&mut self.endpoints, now);
        let told = EndpointsTold::changed(&old, &self.endpoints);
        if let Some(told) = told.as_ref().filter(|_| wanted.has(Kind::Endpoint)) {
            batch.add(Kind::Endpoint, told);
        }
        self.tell_state(wanted, batch) || told.is_some()
    }

    fn tell_state(&mut self, wanted: Kinds, batch: &mut Batch<'_>) -> bool {
        let mut told = false;
        for kind in [Kind::Status, Kind::Group, Kind::Suspended] {
            told |= wanted.has(kind) && self.tell_shape(kind, batch);
        }
        told
    }

    /// One shape, if it says something new.
    fn tell_shape(&mut self, kind: Kind, batch: &mut Batch<'_>) -> bool {
        let Some(json) = shapes::json(kind, &self.desk) else { return false };
        let essence = Some(essence(&json, shapes::passing(kind)));
        let known = &mut self.essences[kind as usize];
        let news = *known != essence;
        if news {
            *known = essence;
            batch.add_json(kind, &json);
        }
        news
    }

    fn tell_running(&mut self, batch: &mut Batch<'_>) {
        let tally = self.desk.running.tally();
        if tally.now > 0 || tally != self.tally {
            self.tally = tally;
            self.tell_shape(Kind::Connection, batch);
        }
    }

    fn tell_log(&mut self, wanted: Kinds, now: Instant, batch: &mut Batch<'_>) {
        let (lines, missed) = self.lines.take(MOST);
        self.log = pace(&lines, missed, now);
        if self.log != Pace::Quiet && wanted.has(Kind::Log) {
            batch.add(Kind::Log, &Lines::new(&lines, missed));
        }
    }

    fn tell_requests(&mut self, wanted: Kinds, now: Instant, batch: &mut Batch<'_>) {
        loop {
            match self.settled.try_recv() {
                Ok(record) => self.rows.push_back(record),
                Err(TryRecvError::Lagged(missed)) => self.missed += missed,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
            if self.rows.len() > MOST {
                self.rows.pop_front();
                self.missed += 1;
            }
        }
        let (rows, missed) = (Vec::from(std::mem::take(&mut self.rows)), std::mem::take(&mut self.missed));
        self.requests = pace(&rows, missed, now);
        if self.requests != Pace::Quiet && wanted.has(Kind::Request) {
            batch.add(Kind::Request, &Rows::new(rows.iter().map(AsRef::as_ref), missed));
        }
    }
}

fn pace<T>(new: &[T], missed: u64, now: Instant) -> Pace {
    if new.is_empty() && missed == 0 { Pace::Quiet } else { Pace::Told(now) }
}

async fn some_delta(deltas: Option<&mut Receiver<Arc<Delta>>>) {
    match deltas {
        Some(deltas) => match deltas.recv().await {
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

/// A shape as one line of JSON.
pub(super) fn line(shape: &impl Serialize) -> Vec<u8> {
    // Shapes have text keys only: nothing in them can fail.
    serde_json::to_vec(shape).unwrap_or_else(|_| b"{}".to_vec())
}
