//! What the dashboard knows and shows: changed by [`State::update`] alone, which touches nothing of the world.
//!
//! Events come in, commands go out; the time is an event too. Every list has a bound.

mod edit;
mod event;
mod input;
mod rate;
pub(crate) mod rows;
#[cfg(test)]
mod tests;
mod told;
mod update;

use std::collections::VecDeque;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use zephyr_words::Words;

use crate::view::{LogLine, Report, Request, Running, Status, Trace};

pub(crate) use event::{By, Command, Event, Failure, Job};
pub(crate) use rate::Rate;

/// Most requests that are kept.
pub(crate) const REQUESTS: usize = 500;
/// Most lines of the log that are kept.
pub(crate) const LINES: usize = 2000;

/// One thing that can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pane {
    Endpoints,
    Connections,
    Requests,
    Usage,
    Log,
    Help,
}

impl Pane {
    /// In the order of `Tab`.
    pub(crate) const ALL: [Self; 6] =
        [Self::Endpoints, Self::Connections, Self::Requests, Self::Usage, Self::Log, Self::Help];

    /// The one that is `steps` further, around the end.
    fn step(self, steps: usize) -> Self {
        Self::ALL.into_iter().cycle().nth(self as usize + steps).unwrap_or(self)
    }
}

/// How a person looks at one pane.
#[derive(Debug, Clone, Default)]
pub(crate) struct View {
    /// Name, id or number of what is selected; `None` = where the pane begins.
    pub(crate) selected: Option<String>,
    /// Only rows with this text in them.
    pub(crate) filter: String,
    /// Which order; counts up around the pane's own number of them.
    pub(crate) sort: usize,
}

/// The way to the daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Link {
    /// Nothing has come yet.
    Opening,
    Live,
    /// All that is shown is as old as `since_ms`.
    Lost {
        since_ms: i64,
        why: String,
    },
}

/// What lies over the pane, and takes the keys.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Over {
    Nothing,
    /// A filter is being typed.
    Filter,
    /// Another priority number is being typed; `fresh`: the next digit replaces what stands there.
    Priority {
        name: String,
        number: String,
        fresh: bool,
    },
    /// Whether to write it into the config.
    Save {
        name: String,
        number: u32,
        file: String,
    },
    Detail {
        of: Of,
        scroll: u16,
    },
}

/// Whose details are shown.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Of {
    Endpoint(String),
    /// A request, with its record where it has ended, and its way as far as that is known.
    Request {
        id: String,
        record: Option<Box<Request>>,
        trace: Option<Result<Box<Trace>, Failure>>,
    },
    Line(Box<LogLine>),
}

/// The last line but one: what was done, or why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Note {
    None,
    Doing(String),
    Done(String),
    Failed(String),
}

/// All of it.
pub(crate) struct State {
    pub(crate) words: &'static Words,
    pub(crate) colours: bool,
    pub(crate) zone: TimeZone,
    pub(crate) now_ms: i64,
    /// Columns and lines.
    pub(crate) size: (u16, u16),
    pub(crate) link: Link,
    pub(crate) status: Option<Box<Status>>,
    pub(crate) pane: Pane,
    /// Where `?` was pressed.
    back: Pane,
    views: [View; 6],
    pub(crate) running: Running,
    /// The oldest first.
    pub(crate) requests: VecDeque<Request>,
    pub(crate) usage: Option<Report>,
    pub(crate) by: By,
    /// The oldest first.
    pub(crate) log: VecDeque<LogLine>,
    /// Why a pane has nothing new.
    troubles: [Option<Failure>; 6],
    pub(crate) rate: Rate,
    pub(crate) over: Over,
    pub(crate) note: Note,
    /// Something that is shown has changed.
    changed: bool,
}

impl State {
    pub(crate) fn new(words: &'static Words, colours: bool, zone: TimeZone, now_ms: i64) -> Self {
        Self {
            words,
            colours,
            zone,
            now_ms,
            size: (80, 24),
            link: Link::Opening,
            status: None,
            pane: Pane::Endpoints,
            back: Pane::Endpoints,
            views: Default::default(),
            running: Running::default(),
            requests: VecDeque::new(),
            usage: None,
            by: By::Model,
            log: VecDeque::new(),
            troubles: Default::default(),
            rate: Rate::default(),
            over: Over::Nothing,
            note: Note::None,
            changed: true,
        }
    }

    /// How `pane` is looked at.
    pub(crate) fn view(&self, pane: Pane) -> &View {
        &self.views[pane as usize]
    }

    fn view_mut(&mut self) -> &mut View {
        &mut self.views[self.pane as usize]
    }

    /// Why `pane` has nothing new.
    pub(crate) fn trouble(&self, pane: Pane) -> Option<&Failure> {
        self.troubles[pane as usize].as_ref()
    }

    /// The time, where the person is.
    pub(crate) fn now(&self) -> Zoned {
        let time = Timestamp::from_millisecond(self.now_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        time.to_zoned(self.zone.clone())
    }

    /// Whether something that is shown has changed since the last time this was asked.
    pub(crate) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// Whether what is shown becomes another by the passing of time alone.
    fn tells_time(&self) -> bool {
        let status = self.status.as_deref();
        let timed = status.is_some_and(|s| {
            s.endpoints.iter().any(|e| {
                e.until_unix_ms.is_some()
                    || e.recover_unix_ms.is_some()
                    || !e.limits.is_empty()
                    || e.rest.slow_start_until_unix_ms.is_some()
            })
        });
        timed
            || self.link != Link::Live
            || !self.running.requests.is_empty()
            || self.rate.any()
            || matches!(self.over, Over::Detail { .. })
    }
}
