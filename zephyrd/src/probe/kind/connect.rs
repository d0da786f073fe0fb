//! `connect`: TCP and, where the URL says so, TLS. Free, needs no credential, and shows only that somebody listens.

use zephyr_core::config::{Endpoint, Failover, ProbeKind};
use zephyr_core::engine::Verdict;
use zephyr_core::failover::Class;

use super::{Action, Probe, Seen};

/// See the module.
pub(in crate::probe) struct Connect;

impl Probe for Connect {
    fn kind(&self) -> ProbeKind {
        ProbeKind::Connect
    }

    fn action(&self, _: &Endpoint) -> Action {
        Action::Connect
    }

    fn judge(&self, _: &Endpoint, seen: &Seen<'_>, _: &Failover) -> Verdict {
        let Seen::Connected { took } = *seen else { return unexpected() };
        Verdict { latency: Some(took), ..Verdict::of(Class::Ok) }
    }
}

/// The verdict on what no action of that probe brings back: it says nothing about the endpoint.
pub(in crate::probe) fn unexpected() -> Verdict {
    Verdict::of(Class::Cancelled)
}
