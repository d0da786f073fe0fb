//! The kinds of probe: one file each, and one line in [`PROBES`]. They say what to send and judge what came back,
//! and do no IO.

pub(super) mod command;
pub(super) mod connect;
mod count_tokens;
pub(super) mod messages;
mod models;

use std::time::Duration;

use zephyr_core::config::{Endpoint, Failover, ProbeKind};
use zephyr_core::engine::Verdict;
use zephyr_core::failover::Said;

use crate::upstream::Outgoing;

/// Every kind of probe.
static PROBES: [&dyn Probe; 5] =
    [&messages::Messages, &models::Models, &count_tokens::CountTokens, &connect::Connect, &command::Command];

/// One kind of probe. No IO.
pub(in crate::probe) trait Probe: Send + Sync {
    /// Its name.
    fn kind(&self) -> ProbeKind;

    /// What is to be done at `endpoint`.
    fn action(&self, endpoint: &Endpoint) -> Action;

    /// What that brought, judged.
    fn judge(&self, endpoint: &Endpoint, seen: &Seen<'_>, config: &Failover) -> Verdict;
}

/// What a probe wants done.
#[derive(Debug)]
pub(in crate::probe) enum Action {
    /// Send a request and read the beginning of the answer.
    Send(Outgoing),
    /// Connect and hang up.
    Connect,
    /// Run a program with the endpoint in its environment; no shell.
    Run(Vec<String>),
}

/// What came back.
#[derive(Debug, Clone, Copy)]
pub(in crate::probe) enum Seen<'a> {
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
pub(in crate::probe) struct Answer<'a> {
    /// Status code.
    pub(in crate::probe) status: u16,
    /// Whether its content type is HTML.
    pub(in crate::probe) html: bool,
    /// Its beginning, at most 64 KiB.
    pub(in crate::probe) body: &'a [u8],
    /// From sending to the end of the body.
    pub(in crate::probe) took: Duration,
    /// What it says of limits.
    pub(in crate::probe) said: Said,
}

/// The probe of `kind`.
pub(super) fn probe(kind: ProbeKind) -> &'static dyn Probe {
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
