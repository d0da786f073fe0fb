//! `count-tokens`: `POST /v1/messages/count_tokens`. Free, and shows that the credential is accepted. Only the
//! Anthropic dialect has it; an endpoint of another one is asked for its models.

use serde_json::json;
use zephyr_core::config::{Dialect, Endpoint, Failover, ProbeKind};
use zephyr_core::engine::Verdict;

use super::{Action, Probe, Seen, connect, messages, models};
use crate::probe::judge;

/// See the module.
pub(in crate::probe) struct CountTokens;

impl Probe for CountTokens {
    fn kind(&self) -> ProbeKind {
        ProbeKind::CountTokens
    }

    fn action(&self, endpoint: &Endpoint) -> Action {
        if endpoint.dialect != Dialect::Anthropic {
            return Action::Send(models::list(endpoint.dialect));
        }
        let check = &endpoint.probe;
        let body = json!({ "model": check.model, "messages": [{ "role": "user", "content": check.prompt }] });
        Action::Send(messages::post(endpoint.dialect, "/v1/messages/count_tokens", &body))
    }

    fn judge(&self, endpoint: &Endpoint, seen: &Seen<'_>, config: &Failover) -> Verdict {
        if endpoint.dialect != Dialect::Anthropic {
            return models::judge_list(seen, config);
        }
        let Seen::Answer(answer) = seen else { return connect::unexpected() };
        judge::http(
            answer,
            config,
            &judge::Expect { proves: false, field: "input_tokens", may_be_missing: true },
        )
    }
}

#[cfg(test)]
mod tests {
    use zephyr_core::failover::Class;

    use super::*;
    use crate::fixtures;
    use crate::probe::judge::tests::{answer, config};

    fn path(dialect: Dialect) -> String {
        let mut endpoint = fixtures::endpoint("a");
        endpoint.dialect = dialect;
        match CountTokens.action(&endpoint) {
            Action::Send(out) => out.path_and_query,
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn only_the_anthropic_dialect_counts_tokens() {
        assert_eq!(path(Dialect::Anthropic), "/v1/messages/count_tokens");
        assert_eq!(path(Dialect::OpenaiChat), "/v1/models");
    }

    #[test]
    fn a_count_is_healthy_and_a_refused_key_is_not() {
        let judged = |status, body| {
            CountTokens.judge(&fixtures::endpoint("a"), &Seen::Answer(answer(status, body)), &config()).class
        };
        assert_eq!(judged(200, r#"{"input_tokens":8}"#), Class::Ok);
        assert_eq!(judged(401, "{}"), Class::AuthFailed);
    }
}
