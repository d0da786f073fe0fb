//! Probes: small questions to endpoints that tell whether they work and how fast.
//!
//! A kind of probe is one file and one line in [`PROBES`]; it says what to send and judges what came back, and
//! does no IO. `carry` does the IO, through the same pool as requests; `runner` takes what is due from the engine
//! and answers `check` and `test`.

mod carry;
mod command;
mod connect;
mod count_tokens;
mod judge;
mod messages;
mod models;
mod price;
mod runner;
#[cfg(test)]
mod scripted;
mod trial;

use std::time::Duration;

use zephyr_core::config::{Endpoint, Failover, ProbeKind};
use zephyr_core::engine::Verdict;

pub(crate) use runner::run;

use crate::upstream::Outgoing;

/// Every kind of probe.
static PROBES: [&dyn Probe; 5] =
    [&messages::Messages, &models::Models, &count_tokens::CountTokens, &connect::Connect, &command::Command];

/// One kind of probe. No IO.
pub(crate) trait Probe: Send + Sync {
    /// Its name.
    fn kind(&self) -> ProbeKind;

    /// What is to be done at `endpoint`.
    fn action(&self, endpoint: &Endpoint) -> Action;

    /// What that brought, judged.
    fn judge(&self, endpoint: &Endpoint, seen: &Seen<'_>, config: &Failover) -> Verdict;
}

/// What a probe wants done.
#[derive(Debug)]
pub(crate) enum Action {
    /// Send a request and read the beginning of the answer.
    Send(Outgoing),
    /// Connect and hang up.
    Connect,
    /// Run a program with the endpoint in its environment; no shell.
    Run(Vec<String>),
}

/// What came back.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Seen<'a> {
    /// An answer.
    Answer(Answer<'a>),
    /// A connection.
    Connected {
        /// How long that took.
        took: Duration,
    },
    /// A program's end.
    Exited {
        /// Its exit code; `None` where a signal ended it.
        code: Option<i32>,
        /// How long it ran.
        took: Duration,
    },
}

/// An endpoint's answer, as far as it was read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer<'a> {
    /// Status code.
    pub(crate) status: u16,
    /// Whether its content type is HTML.
    pub(crate) html: bool,
    /// Its beginning, at most 64 KiB.
    pub(crate) body: &'a [u8],
    /// From sending to the end of the body.
    pub(crate) took: Duration,
    /// What it says about when to come back.
    pub(crate) retry_after: Option<Duration>,
}

/// The probe of `kind`.
fn probe(kind: ProbeKind) -> &'static dyn Probe {
    PROBES.iter().copied().find(|p| p.kind() == kind).unwrap_or(&connect::Connect)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_probe() {
        for kind in ProbeKind::ALL {
            assert_eq!(probe(kind).kind(), kind);
        }
    }
}
