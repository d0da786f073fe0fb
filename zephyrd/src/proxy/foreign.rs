//! A conversation that has moved repeats thinking which its new endpoint cannot read, and is refused for it.
//!
//! The endpoint that wrote it is asked first, if it can be asked; else the same one once more, without that thinking.
//! What an endpoint refuses is remembered for the conversation, so that later requests are cut at once. A refusal in
//! a conversation that nobody else has written in stands, and so does one of what has been cut already.
//!
//! Compressed requests are left as they are, and so is what endpoints of other dialects get: that is translated, which
//! leaves out what only others can read. A cut body is held beside the whole one until the request is committed.

use bytes::Bytes;
use http::StatusCode;
use zephyr_core::affinity::Foreign;
use zephyr_core::engine::{Ask, EndpointId};
use zephyr_core::failover::Class;
use zephyr_wire::dialect::Operation;
use zephyr_wire::foreign::{Cut, cut, refuses};

use super::attempt::{Answer, Failure};
use super::identify::Call;
use crate::engine_handle::{Handle, LeaseGuard};
use crate::upstream::{Outgoing, Repeatable};

/// What of one request which endpoint cannot read.
pub(super) struct Thinking<'a> {
    call: &'a Call,
    request: Repeatable,
    handle: &'a Handle,
    /// Bodies without it, and whether all of it is gone.
    cut: Vec<(EndpointId, Bytes, bool)>,
    writer_asked: bool,
}

/// Where to ask again after a refusal, and what that was.
pub(super) struct Again {
    pub(super) at: EndpointId,
    pub(super) failure: Failure,
}

impl<'a> Thinking<'a> {
    /// Of this request.
    pub(super) fn of(call: &'a Call, request: Outgoing, handle: &'a Handle) -> Self {
        Self { call, request: Repeatable::new(request), handle, cut: Vec::new(), writer_asked: false }
    }

    /// The request as this endpoint can read it.
    pub(super) fn readable(&mut self, lease: &LeaseGuard) -> Outgoing {
        if !self.call.speaks_to(lease.endpoint()) {
            return self.request.next();
        }
        let id = lease.id();
        let known = self.cut.iter().any(|(at, ..)| *at == id);
        if !known && let Some(cut) = lease.cut().and_then(|last| self.cut_to(Some(last))) {
            self.cut.push((id, cut.body.into(), false));
        }
        let mut request = self.request.next();
        if let Some((_, body, _)) = self.cut.iter().find(|(at, ..)| *at == id) {
            request.body = body.clone();
        }
        request
    }

    /// What to do about an answer that may be such a refusal; the answer itself, if it is none or stands.
    pub(super) fn refused(&mut self, answer: Box<Answer>, ask: &Ask<'_>) -> Result<Again, Box<Answer>> {
        let said = answer.passed.held.front().cloned().unwrap_or_default();
        let fault = answer.class == Class::ClientFault && answer.head.status == StatusCode::BAD_REQUEST;
        if !fault || !self.call.speaks_to(answer.lease.endpoint()) || !refuses(&said) {
            return Err(answer);
        }
        let Some(at) = self.next(answer.lease.id(), ask) else { return Err(answer) };
        let failure = answer.into_failure("HTTP 400: it refuses thinking that others wrote".to_owned());
        Ok(Again { at, failure })
    }

    /// As [`Self::refused`], of an attempt at `id` that gave an error instead of an answer.
    pub(super) fn failed(&mut self, id: EndpointId, failure: &Failure, ask: &Ask<'_>) -> Option<EndpointId> {
        let said = failure.outcome.detail.as_deref().unwrap_or_default();
        let fault = failure.outcome.class == Class::ClientFault && self.call.speaks_to(&failure.endpoint);
        (fault && refuses(said.as_bytes())).then(|| self.next(id, ask)).flatten()
    }

    /// Who is asked after `id` has refused.
    fn next(&mut self, id: EndpointId, ask: &Ask<'_>) -> Option<EndpointId> {
        if self.call.operation != Some(Operation::Generate)
            || self.cut.iter().any(|(at, _, all)| *at == id && *all)
        {
            return None;
        }
        let Foreign::Others(writer) = self.handle.foreign(ask, id) else { return None };
        // Also where the writer is asked first: should it fail, this one is not asked in vain again.
        let last = self.cut_to(None).map(|Cut { body, last }| {
            self.cut.retain(|(at, ..)| *at != id);
            self.cut.push((id, body.into(), true));
            last
        });
        if let Some(writer) = writer.filter(|_| !self.writer_asked) {
            self.writer_asked = true;
            return Some(writer);
        }
        let last = last?;
        if let Some(session) = ask.session {
            self.handle.refuses_foreign(session, id, last);
        }
        Some(id)
    }

    fn cut_to(&self, until: Option<u64>) -> Option<Cut> {
        if self.request.is_encoded() { None } else { cut(self.call.dialect, self.request.body(), until) }
    }
}
