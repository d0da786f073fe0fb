//! Requests that wait: who they are, in which order they came, and for how long they may.
//!
//! `queue` keeps them, `caps` counts what runs of each group and client. Who may be served is the engine's to say
//! (`engine/waiting`). Two kinds of waiting share one order of arrival: a short one for a place where everything
//! usable is full, or for a turn to retry; and suspension, where nothing is usable but something may be in time.
//!
//! Limits: so many of each kind at one time ([`QUEUED`], `[suspension] max`). When all places are taken, the newest
//! of whoever has most of them gives way to whoever has fewer.

mod caps;
mod queue;

use std::sync::Arc;
use std::time::Duration;

use crate::config::Dialect;
use crate::engine::{EndpointId, Lease, NoEndpoint};

pub(crate) use caps::{ClientCaps, GroupCap};
pub(crate) use queue::{Queue, Room, Waiter};

/// How long a request waits for a place at what is full, where it may not be suspended after that. Streams are still
/// without a status line then, so that a refusal can be a plain 429, which clients repeat for longer than an error
/// inside a stream.
pub const QUEUED_FOR: Duration = Duration::from_secs(14);
/// How long a request waits for its turn to retry. With the longest silence of a stream before it, clients still endure
/// that.
pub const TURN_FOR: Duration = Duration::from_secs(120);
/// Most that wait for a place or a turn at one time.
pub const QUEUED: u32 = 256;
/// The longest that a request waits whose client hears nothing meanwhile: Claude Code gives up at some 345 s without
/// headers.
pub const SILENT_FOR: Duration = Duration::from_secs(300);

/// Why a request waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// All that is usable is full, or its client has as many running as it may, or all requests together have retried
    /// as much as they may for now.
    Queued,
    /// Nothing is usable.
    Suspended,
}

impl Waits {
    /// The name in CLI and API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Suspended => "suspended",
        }
    }
}

/// A request's place among those that wait. It keeps its place when it has to wait again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Grows with every request that comes to wait.
    pub number: u64,
    /// When it first came to wait, on the monotonic clock.
    pub since: Duration,
    /// The same on the wall clock, Unix milliseconds.
    pub since_unix_ms: i64,
    /// How often it has waited.
    pub times: u32,
}

/// What a request that may wait tells of itself beside what it asks for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wish<'a> {
    /// Its id.
    pub request: &'a str,
    /// Of the endpoints that it has tried, those that failed as what is down does: they may be asked again after a
    /// rest.
    pub again: &'a [EndpointId],
    /// Its attempts are used up: it may wait for something to recover, and for nothing else.
    pub spent: bool,
    /// It follows an attempt that may have been billed: it needs a turn to retry, as `Engine::retry` gives them.
    pub retry: bool,
    /// Its client hears nothing while it waits.
    pub silent: bool,
    /// Its place, if it has waited before.
    pub place: Option<Place>,
}

/// What became of a request that asks.
#[derive(Debug)]
#[must_use]
pub enum Chosen {
    /// It may make one attempt.
    Lease(Lease),
    /// It waits, for this reason and because of this; how that ends is told by `Engine::poll_departure`.
    Waits(Place, Waits, NoEndpoint),
    /// There is nothing for it, and nothing to wait for.
    Nobody(NoEndpoint),
}

/// A request waits no more.
#[derive(Debug)]
pub struct Departure {
    /// Its number.
    pub number: u64,
    /// How its waiting ended.
    pub how: Left,
}

/// How waiting ended.
#[derive(Debug)]
pub enum Left {
    /// It may make one attempt.
    Granted {
        /// The right to it.
        lease: Lease,
        /// What it has tried.
        tried: Tried,
    },
    /// It may not; [`NoEndpoint::waited`] says why it waits no longer.
    Refused(NoEndpoint),
}

/// What a request has tried that has not recovered since.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tried {
    /// Endpoints.
    pub endpoints: Vec<EndpointId>,
    /// Endpoints with the model that a route had them asked for.
    pub models: Vec<(EndpointId, Arc<str>)>,
}

/// Why a request waits no longer although nothing can serve it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GaveUp {
    /// Its time was over.
    TimedOut,
    /// An operator released it.
    Released,
    /// What it waited for will not come in time.
    Hopeless,
    /// It gave way to somebody who has fewer that wait.
    Crowded,
    /// The daemon stops.
    Stopped,
}

impl GaveUp {
    /// In a sentence that begins `waited 3 s:`.
    #[must_use]
    pub fn told(self) -> &'static str {
        match self {
            Self::TimedOut => "nothing was free in time",
            Self::Released => "an operator let it go",
            Self::Hopeless => "nothing will recover in time",
            Self::Crowded => "too many requests wait",
            Self::Stopped => "the gateway is stopping",
        }
    }
}

/// Which requests an operator means, and what is to become of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release<'a> {
    /// They fail now, with the error they would have had.
    Fail(Option<&'a str>),
    /// They are tried now at whatever may be asked at all; what cannot be goes on waiting.
    Try(Option<&'a str>),
}

impl<'a> Release<'a> {
    /// The id of the only request that is meant; `None` = all.
    #[must_use]
    pub fn request(self) -> Option<&'a str> {
        match self {
            Self::Fail(request) | Self::Try(request) => request,
        }
    }
}

/// One request that waits, as everybody sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct WaiterView {
    /// Its id.
    pub request: String,
    /// Name of its client; empty where no token is asked for.
    pub client: String,
    /// The model asked for; empty where none is named.
    pub model: String,
    /// What its endpoint has to speak; `None` = anything.
    pub dialect: Option<Dialect>,
    /// Why it waits.
    pub kind: Waits,
    /// Its place.
    pub place: Place,
    /// How long it has waited in all.
    pub waited: Duration,
    /// How long it may still wait.
    pub left: Duration,
    /// It needs a turn to retry first, which may come after so long.
    pub turn: Option<Duration>,
    /// What it waits for, in a few words.
    pub why: String,
    /// Endpoints that it has tried and may not ask again yet.
    pub tried: Vec<EndpointId>,
}

/// How many wait, and what became of those that did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Wait for a place, or for a turn to retry, now.
    pub queued: u32,
    /// Are suspended now.
    pub suspended: u32,
    /// Have come to wait since the start.
    pub waited: u64,
    /// Went on after it.
    pub served: u64,
    /// Their time was over.
    pub timed_out: u64,
    /// An operator released them.
    pub released: u64,
}
