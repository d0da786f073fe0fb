//! What the events tell: the shapes of the API's own paths, and those of what comes one by one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use zephyr_core::engine::EndpointView;
use zephyr_core::usage::{RequestsQuery, UsageRecord};

use super::batch::frame;
use super::kind::{Kind, Kinds};
use super::sources::line;
use crate::desk::Desk;
use crate::http::api::endpoints::{Endpoint, endpoint};
use crate::http::api::row::{Row, row};
use crate::http::api::{connections, groups, status, suspended};
use crate::http::charts;
use crate::http::time::rfc3339;
use crate::system::log_ring::LogLine;
use crate::system::text::clean;

/// How long charts may take: nobody waits for a store that is locked.
const CHARTS: Duration = Duration::from_secs(1);
/// Rows and lines that a watcher is given to begin with.
const FIRST: usize = 50;

/// The shape of a kind that has one, as one line of JSON.
pub(super) fn json(kind: Kind, desk: &Desk) -> Option<Vec<u8>> {
    Some(match kind {
        Kind::Status => line(&status::shape(desk)),
        Kind::Group => line(&groups::shape(desk)),
        Kind::Connection => line(&connections::shape(desk)),
        Kind::Suspended => line(&suspended::shape(desk)),
        Kind::Endpoint | Kind::Log | Kind::Chart | Kind::Request => return None,
    })
}

/// The members of a shape that change while nothing happens.
pub(super) fn passing(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Status => &["timestamp", "uptime", "uptime_seconds"],
        Kind::Group => &["timestamp", "cooldown_remaining"],
        Kind::Connection => &["timestamp", "age_ms"],
        Kind::Suspended => &["timestamp", "waited_ms", "left_ms"],
        Kind::Endpoint | Kind::Log | Kind::Chart | Kind::Request => &[],
    }
}

/// Endpoints, of an `endpoint` event.
#[derive(Debug, Serialize)]
pub(super) struct EndpointsTold {
    /// As in `/api/v1/endpoints`.
    endpoints: Vec<Endpoint>,
    /// These are all there are; else those that have changed.
    whole: bool,
}

impl EndpointsTold {
    /// All of them.
    fn whole(views: &[EndpointView]) -> Self {
        Self { endpoints: views.iter().map(endpoint).collect(), whole: true }
    }

    /// What has changed; `None` where nothing has. Where there are others than before, all of them.
    pub(super) fn changed(old: &[EndpointView], new: &[EndpointView]) -> Option<Self> {
        let same = old.len() == new.len() && old.iter().zip(new).all(|(old, new)| old.id == new.id);
        if !same {
            return Some(Self::whole(new));
        }
        let changed = old.iter().zip(new).filter(|(old, new)| old != new);
        let endpoints: Vec<_> = changed.map(|(_, new)| endpoint(new)).collect();
        (!endpoints.is_empty()).then_some(Self { endpoints, whole: false })
    }
}

/// Requests that are over, of a `request` event.
#[derive(Debug, Serialize)]
pub(super) struct Rows {
    /// As in `/api/v1/requests`, the oldest first.
    requests: Vec<Row>,
    /// How many more there were.
    missed: u64,
}

impl Rows {
    pub(super) fn new<'a>(records: impl Iterator<Item = &'a UsageRecord>, missed: u64) -> Self {
        Self { requests: records.map(row).collect(), missed }
    }
}

/// Lines of the log, of a `log` event.
#[derive(Debug, Serialize)]
pub(super) struct Lines {
    /// The oldest first.
    lines: Vec<Line>,
    /// How many more there were.
    missed: u64,
}

/// One line of the log.
#[derive(Debug, Serialize)]
struct Line {
    /// Its number since the start of the daemon, from 0.
    number: u64,
    time: String,
    /// `error`, `warn`, `info`, `debug` or `trace`.
    level: &'static str,
    /// The module that wrote it.
    target: &'static str,
    message: String,
    /// What belongs to it.
    fields: BTreeMap<&'static str, String>,
}

impl Lines {
    pub(super) fn new(lines: &[Arc<LogLine>], missed: u64) -> Self {
        Self { lines: lines.iter().map(|line| told(line)).collect(), missed }
    }
}

fn told(line: &LogLine) -> Line {
    Line {
        number: line.number,
        time: rfc3339(line.unix_ms),
        level: line.level_name(),
        target: line.target(),
        message: clean(line.message()),
        fields: line.fields().map(|(name, value)| (name, clean(value))).collect(),
    }
}

/// The whole state for one who comes, or has missed something: one frame for each kind it wants, all under one id, behind
/// which it goes on.
pub(super) async fn whole(desk: &Desk, kinds: Kinds, (epoch, number): (&str, u64)) -> Vec<u8> {
    let mut out = Vec::new();
    let order = [
        Kind::Status,
        Kind::Endpoint,
        Kind::Group,
        Kind::Connection,
        Kind::Suspended,
        Kind::Request,
        Kind::Log,
    ];
    for kind in order.into_iter().filter(|kind| kinds.has(*kind)) {
        let json = match kind {
            Kind::Endpoint => line(&EndpointsTold::whole(&desk.handle.snapshot().endpoints)),
            Kind::Request => line(&last_rows(desk).await),
            Kind::Log => line(&last_lines(desk)),
            _ => json(kind, desk).unwrap_or_default(),
        };
        frame(&mut out, epoch, number, kind.name(), &json);
    }
    if kinds.has(Kind::Chart) {
        for json in charts(desk).await {
            frame(&mut out, epoch, number, Kind::Chart.name(), &json);
        }
    }
    out
}

/// Every chart of the last hour, as one line of JSON each; those whose records cannot be read in time are left out.
pub(super) async fn charts(desk: &Desk) -> Vec<Vec<u8>> {
    let drawn = async {
        let mut lines = Vec::new();
        for kind in charts::Kind::ALL {
            lines.extend(charts::chart(desk, kind, charts::USUAL).await.map(|chart| line(&chart)));
        }
        lines
    };
    tokio::time::timeout(CHARTS, drawn).await.unwrap_or_default()
}

/// The last requests; none where the records cannot be read, as their own paths say why.
async fn last_rows(desk: &Desk) -> Rows {
    let query = RequestsQuery { limit: FIRST, ..RequestsQuery::default() };
    let records = desk.ledger.requests(query).await.unwrap_or_default();
    Rows::new(records.iter().rev(), 0)
}

fn last_lines(desk: &Desk) -> Lines {
    let lines = desk.log.lines();
    Lines::new(&lines[lines.len().saturating_sub(FIRST)..], 0)
}
