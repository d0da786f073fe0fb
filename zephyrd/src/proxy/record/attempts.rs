//! The attempts of one request: whom they asked, how they ended, what they used and cost.

use std::sync::Arc;
use std::time::Duration;

use zephyr_core::config::Endpoint;
use zephyr_core::engine::EndpointId;
use zephyr_core::failover::Class;
use zephyr_core::usage::{AttemptRecord, Ended, Operation, Tier, Tokens, UsageRecord};
use zephyr_wire::usage::Reading;

use super::super::attempt::Failure;
use super::{bounded, millis};
use crate::engine_handle::LeaseGuard;
use crate::ledger::Ledger;

/// See the module.
#[derive(Default)]
pub(super) struct Attempts(Vec<Attempt>);

struct Attempt {
    endpoint: Arc<Endpoint>,
    id: EndpointId,
    /// The conversation that it counts for.
    session: Option<u64>,
    record: AttemptRecord,
    /// How it failed; `None` while it runs or answers.
    class: Option<Class>,
    /// What its answer is, if all of it goes out.
    answer: Class,
    tier: Tier,
    /// Model that its answer names.
    model: Option<String>,
}

impl Attempts {
    /// An endpoint is asked.
    pub(super) fn begin(&mut self, facts: &UsageRecord, lease: &LeaseGuard, after: Duration) {
        let endpoint = lease.endpoint();
        let translated = facts.operation == Operation::Generate && endpoint.dialect.name() != facts.dialect;
        let record = AttemptRecord {
            endpoint: endpoint.name.clone(),
            after_ms: millis(after),
            model: lease.rename().filter(|model| *model != facts.model).map(bounded),
            dialect: translated.then(|| endpoint.dialect.name().to_owned()),
            ..AttemptRecord::default()
        };
        let endpoint = Arc::clone(endpoint);
        self.0.push(Attempt {
            endpoint,
            id: lease.id(),
            session: lease.session(),
            record,
            class: None,
            answer: Class::Ok,
            tier: Tier::Standard,
            model: None,
        });
    }

    /// How many there were.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// The last one failed before its answer began.
    pub(super) fn failed(&mut self, failure: &Failure) {
        let Some(attempt) = self.0.last_mut() else { return };
        attempt.class = Some(failure.outcome.class);
        attempt.record.status = failure.status;
        attempt.record.detail.clone_from(&failure.outcome.detail);
        attempt.record.duration_ms = millis(failure.took);
    }

    /// The last one answers with `status`, which is of this class.
    pub(super) fn answered(&mut self, status: u16, class: Class) {
        if let Some(attempt) = self.0.last_mut() {
            attempt.record.status = Some(status);
            attempt.answer = class;
        }
    }

    /// What the last one's answer has told.
    pub(super) fn read(&mut self, reading: &Reading) {
        if let Some(attempt) = self.0.last_mut() {
            attempt.read(reading);
        }
    }

    /// Completes `facts` with what all of them came to.
    pub(super) fn settle(&mut self, facts: &mut UsageRecord, duration: Duration, ledger: &Ledger) {
        for attempt in &mut self.0 {
            let answers = attempt.class.is_none();
            let class = attempt.class.unwrap_or(match facts.ended {
                Ended::Complete => attempt.answer,
                Ended::Cut => Class::Cut,
                Ended::Cancelled | Ended::Refused => Class::Cancelled,
            });
            let record = &mut attempt.record;
            if answers {
                record.duration_ms = millis(duration).saturating_sub(record.after_ms);
            }
            class.name().clone_into(&mut record.class);
            let refused = record.status.is_some_and(|status| status >= 400);
            // What has told of tokens was worked on, whatever came of it.
            record.may_be_billed =
                (class.may_be_billed() && !(answers && refused)) || !record.tokens.is_empty();
            let model = attempt.model.as_deref().unwrap_or_default();
            let asked = record.model.as_ref().unwrap_or(&facts.model);
            let priced = ledger.price(&attempt.endpoint, asked, model, &record.tokens, attempt.tier);
            record.cost_nanos = priced.cost_nanos;
            // The last one's counts.
            facts.mismatch = priced.mismatch;
            facts.cost_nanos = facts.cost_nanos.saturating_add(priced.cost_nanos);
            if answers {
                facts.tokens = record.tokens;
                facts.tier = attempt.tier;
                facts.cache_saved_nanos = priced.cache_saved_nanos;
                if let Some(session) = attempt.session {
                    ledger.tell_cache((session, attempt.id), &facts.model, &record.tokens, priced);
                }
            } else {
                facts.lost_nanos = facts.lost_nanos.saturating_add(priced.cost_nanos);
            }
            if !record.tokens.is_empty() {
                facts.price_source = priced.source;
            }
        }
        if let Some(last) = self.0.last() {
            facts.endpoint = Some(last.endpoint.name.clone());
            facts.group = Some(last.endpoint.group.clone());
            facts.provider = Some(last.endpoint.provider.clone());
            facts.upstream_status = last.record.status;
        }
        facts.attempts = self.0.drain(..).map(|attempt| attempt.record).collect();
    }
}

impl Attempt {
    fn read(&mut self, reading: &Reading) {
        self.model.clone_from(&reading.model);
        let Some(usage) = &reading.usage else { return };
        self.record.tokens = Tokens {
            input: usage.input,
            output: usage.output,
            cache_write_5m: usage.cache_write_5m,
            cache_write_1h: usage.cache_write_1h,
            cache_read: usage.cache_read,
            reasoning: usage.reasoning,
            web_searches: usage.web_searches,
            web_fetches: usage.web_fetches,
            code_runs: usage.code_runs,
        };
        self.tier = match usage.tier {
            zephyr_wire::usage::Tier::Standard => Tier::Standard,
            zephyr_wire::usage::Tier::Batch => Tier::Batch,
            zephyr_wire::usage::Tier::Priority => Tier::Priority,
            zephyr_wire::usage::Tier::Flex => Tier::Flex,
        };
    }
}
