//! What a refusal teaches: an endpoint that names what it does not know is asked once more without that.

use http::StatusCode;
use zephyr_core::engine::EndpointId;
use zephyr_core::failover::Class;
use zephyr_wire::encoding::{Encoding, decoded};
use zephyr_wire::quirks::{Refusal, refused};

use super::{Bridge, DECODED};
use crate::proxy::attempt::{Answer, Failure};
use crate::proxy::foreign::Again;
use crate::proxy::learnt::REPEATS;

impl Bridge<'_> {
    /// That the same endpoint is asked again, and what the refusal was; the answer itself, if it teaches nothing.
    pub(in super::super) fn learn(&mut self, answer: Box<Answer>) -> Result<Again, Box<Answer>> {
        let model = answer.lease.rename().unwrap_or(self.model).to_owned();
        let fault = answer.class == Class::ClientFault && answer.translator.is_none();
        let status = answer.head.status;
        let said = answer.passed.held.front().filter(|_| fault).cloned().unwrap_or_default();
        let said = decoded(Encoding::of(&answer.head.headers), &said, DECODED);
        let own = self.call.speaks_to(answer.lease.endpoint());
        match self.teaches(answer.lease.id(), &model, own, status, &said) {
            Some(what) => {
                let detail = format!("HTTP {}: {what}", status.as_u16());
                let at = answer.lease.id();
                Ok(Again { at, failure: answer.into_failure(detail) })
            }
            None => Err(answer),
        }
    }

    /// As [`Self::learn`], of a refusal by the endpoint `id`, asked for the model `sent`, that would move on.
    pub(in super::super) fn learn_of(
        &mut self,
        id: EndpointId,
        sent: Option<&str>,
        failure: &Failure,
    ) -> Option<EndpointId> {
        let reply = failure.reply.as_ref().filter(|_| failure.outcome.class == Class::Declined)?;
        let own = self.call.speaks_to(&failure.endpoint);
        let said = decoded(Encoding::of(reply.headers()), reply.body(), DECODED);
        self.teaches(id, sent.unwrap_or(self.model), own, reply.status(), &said).map(|_| id)
    }

    /// What the endpoint has said, where it is asked again; `None` where it is not.
    fn teaches(
        &mut self,
        id: EndpointId,
        model: &str,
        own: bool,
        status: StatusCode,
        said: &[u8],
    ) -> Option<String> {
        let fault = matches!(status, StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY);
        if !fault || !self.call.is_gated() {
            return None;
        }
        let refusal = refused(said)?;
        let new = self.refusals.learn(&self.handle.plan(), id, model, &refusal);
        // What a client of the endpoint's own dialect has to change itself.
        let passed_on = own && matches!(refusal, Refusal::Betas(_) | Refusal::Most(_));
        if !new || passed_on || self.repeats >= REPEATS {
            return None;
        }
        self.repeats += 1;
        Some(match refusal {
            Refusal::Members(names) | Refusal::Betas(names) => {
                format!("it does not know `{}`", names.join("`, `"))
            }
            Refusal::Limit(true) => "it does not know `max_tokens`".to_owned(),
            Refusal::Limit(false) => "it does not know `max_completion_tokens`".to_owned(),
            Refusal::Most(most) => format!("it gives at most {most} tokens"),
        })
    }
}
