//! A request's turns at the engine: the right to make one attempt now, or after waiting for it.
//!
//! All requests together retry only so much at a time. Who comes too early waits: an answer that comes later is better
//! than none.
//!
//! Whoever asks for a stream hears comments meanwhile (`patience`); others hear nothing until it is their turn. A
//! client that leaves drops all of this, and its place with it.

use std::sync::Arc;

use zephyr_core::engine::{Ask, EndpointId, NoEndpoint};
use zephyr_core::failover::Class;
use zephyr_core::waiting::{Place, Tried, Waits, Wish};

use crate::engine_handle::{Choice, Handle, LeaseGuard, Waited, Waiting};
use crate::system::text::clean;
use crate::trace::{Trace, What};

/// See the module.
pub(super) struct Turns<'a> {
    handle: &'a Handle,
    trace: Arc<Trace>,
    silent: bool,
    /// The only endpoint that may be asked: it made an id that the request names.
    only: Option<EndpointId>,
    /// Endpoints that failed as what is down does: not the request's fault, and nothing was worked on.
    down: Vec<EndpointId>,
    place: Option<Place>,
}

/// Which turn is wanted; by default a first attempt, at whoever is best.
#[derive(Clone, Copy, Default)]
pub(super) struct Wanted {
    /// At this one, if it can be had.
    pub(super) same: Option<EndpointId>,
    /// The request's attempts are used up: one more, when something has recovered.
    pub(super) spent: bool,
    /// It follows an attempt that may have been billed.
    pub(super) retry: bool,
}

/// The right to make one attempt.
pub(super) struct Turn {
    /// The right.
    pub(super) lease: LeaseGuard,
    /// After waiting: what the request has tried and has not recovered since.
    pub(super) tried: Option<Tried>,
}

impl<'a> Turns<'a> {
    /// The turns of the request of `trace`; `streams` = its client can be told that it waits.
    pub(super) fn new(
        handle: &'a Handle,
        trace: Arc<Trace>,
        streams: bool,
        only: Option<EndpointId>,
    ) -> Self {
        Self { handle, trace, silent: !streams, only, down: Vec::new(), place: None }
    }

    /// An attempt has failed.
    pub(super) fn failed(&mut self, id: EndpointId, class: Class) {
        if matches!(class, Class::ConnectFailed | Class::Unavailable) && !self.down.contains(&id) {
            self.down.push(id);
        }
    }

    /// The next turn.
    ///
    /// # Errors
    /// Nobody may be asked now, and waiting does not help or has not helped; `None` = its attempts are spent, and it
    /// has not waited.
    pub(super) async fn next(&mut self, ask: &Ask<'_>, wanted: Wanted) -> Result<Turn, Option<NoEndpoint>> {
        let Wanted { same, spent, mut retry } = wanted;
        if let Some(id) = same.or(self.only).filter(|_| !spent) {
            // Whoever has to wait for a turn to retry goes to whoever is best then.
            retry = retry && self.handle.retry().is_err();
            if !retry {
                match self.handle.choose_same(id, ask) {
                    Ok(lease) => return Ok(Turn { lease, tried: None }),
                    Err(none) if self.only.is_some() => return Err(Some(none)),
                    Err(_) => {}
                }
            }
        }
        let (silent, place) = (self.silent, self.place);
        let wish = Wish { request: &self.trace.id, again: &self.down, spent, retry, silent, place };
        match self.handle.choose_or_wait(ask, &wish) {
            Choice::Lease(lease) => Ok(Turn { lease, tried: None }),
            Choice::Nobody(none) => Err(Some(none).filter(|_| !spent)),
            Choice::Waits(waiting) => Box::pin(self.wait(waiting)).await.map_err(Some),
        }
    }

    async fn wait(&mut self, waiting: Waiting) -> Result<Turn, NoEndpoint> {
        let request = self.trace.id.as_str();
        let why = waiting.why().in_short();
        self.trace.step(What::Waits { kind: waiting.kind().name(), why: why.clone() });
        let why = clean(&why);
        match waiting.kind() {
            Waits::Suspended => tracing::info!(request, why, "request {request} is suspended: {why}"),
            Waits::Queued => tracing::debug!(request, why, "request {request} waits for a place: {why}"),
        }
        let since = waiting.place().since;
        self.place = Some(waiting.place());
        match waiting.ended().await {
            Waited::Granted(lease, tried) => {
                let waited_ms = self.handle.clock().mono().saturating_sub(since).as_millis();
                let endpoint = lease.endpoint().name.as_str();
                tracing::debug!(
                    request,
                    endpoint,
                    waited_ms,
                    "request {request} goes on at {} after {waited_ms} ms",
                    clean(endpoint)
                );
                Ok(Turn { lease: *lease, tried: Some(tried) })
            }
            Waited::Refused(none) => Err(none),
        }
    }
}
