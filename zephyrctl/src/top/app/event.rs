//! What comes in and what goes out.

use crossterm::event::KeyEvent;

use super::Pane;
use crate::error::Error;
use crate::view::{Change, Followed, LogFollowed, Report, Running, Status, Trace};

/// Something happened.
#[derive(Debug)]
pub(crate) enum Event {
    Key(KeyEvent),
    /// Columns and lines.
    Size(u16, u16),
    /// Unix milliseconds.
    Time(i64),
    /// A daemon answers; what follows is its state from the beginning.
    Connected,
    /// Nobody answers any more.
    Lost(Failure),
    Watch(Change),
    /// The state as a whole, for what no change tells: money, who waits, what runs.
    Status(Box<Status>),
    Running(Running),
    Request(Followed),
    Usage(Box<Report>),
    Log(LogFollowed),
    /// A pane gets nothing, and why.
    Trouble(Pane, Failure),
    Trace(String, Result<Box<Trace>, Failure>),
    Did(Job, Result<(), Failure>),
}

/// Something is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    Quit,
    /// Give the terminal back and stop until a shell goes on with us.
    Suspend,
    /// Draw everything anew.
    Redraw,
    Do(Job),
}

/// Something for the daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Job {
    Pin(String),
    Unpin,
    PauseProbes,
    ResumeProbes,
    Probe,
    /// `save`: into the config too.
    Priority {
        name: String,
        number: u32,
        save: bool,
    },
    /// Sum the usage anew, in these rows.
    Usage(By),
    /// Read anew what runs.
    Running,
    Explain(String),
}

/// What a row of the usage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Model,
    Endpoint,
    Group,
    Client,
    Day,
}

impl By {
    pub(super) const ALL: [Self; 5] = [Self::Model, Self::Endpoint, Self::Group, Self::Client, Self::Day];

    /// In the protocol.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Endpoint => "endpoint",
            Self::Group => "group",
            Self::Client => "client",
            Self::Day => "day",
        }
    }

    pub(super) fn step(self, steps: usize) -> Self {
        Self::ALL.into_iter().cycle().nth(self as usize + steps).unwrap_or(self)
    }
}

/// Why something did not work, and what can be done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) message: String,
    /// Empty where nothing is known.
    pub(crate) hint: String,
}

impl Failure {
    /// In one line, as the daemon said it: to be made safe by who shows it.
    pub(crate) fn line(&self) -> String {
        if self.hint.is_empty() { self.message.clone() } else { format!("{} ({})", self.message, self.hint) }
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let problem = error.problems().first().map(|p| format!("{}:{}: {}", p.source, p.line, p.message));
        let beneath = problem.or_else(|| error.causes().first().cloned());
        let message = match beneath {
            Some(beneath) => format!("{error}: {beneath}"),
            None => error.to_string(),
        };
        Self { message, hint: error.hints().first().cloned().unwrap_or_default() }
    }
}
