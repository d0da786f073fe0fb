//! `messages`: the smallest real inference request of the endpoint's dialect. It costs money, and proves all.

use bytes::Bytes;
use http::Method;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
use serde_json::json;
use zephyr_core::config::{Dialect, Endpoint, Failover, ProbeKind};
use zephyr_core::engine::Verdict;

use super::{Action, Probe, Seen, connect};
use crate::probe::judge;
use crate::upstream::Outgoing;

/// See the module.
pub(in crate::probe) struct Messages;

impl Probe for Messages {
    fn kind(&self) -> ProbeKind {
        ProbeKind::Messages
    }

    fn action(&self, endpoint: &Endpoint) -> Action {
        let check = &endpoint.probe;
        Action::Send(request(endpoint.dialect, &check.model, &check.prompt, smallest(endpoint.dialect)))
    }

    fn judge(&self, endpoint: &Endpoint, seen: &Seen<'_>, config: &Failover) -> Verdict {
        let Seen::Answer(answer) = seen else { return connect::unexpected() };
        let expect =
            judge::Expect { proves: true, field: answer_field(endpoint.dialect), may_be_missing: false };
        Verdict { model: Some(endpoint.probe.model.clone()), ..judge::http(answer, config, &expect) }
    }
}

/// The least output that every endpoint of `dialect` accepts (Responses refuses less than 16).
pub(in crate::probe) fn smallest(dialect: Dialect) -> u32 {
    match dialect {
        Dialect::Anthropic | Dialect::OpenaiChat => 1,
        Dialect::OpenaiResponses => 16,
    }
}

/// The top-level field that an answer of `dialect` has.
pub(in crate::probe) fn answer_field(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Anthropic => "content",
        Dialect::OpenaiChat => "choices",
        Dialect::OpenaiResponses => "output",
    }
}

/// A request without streaming for at most `output` tokens.
pub(in crate::probe) fn request(dialect: Dialect, model: &str, prompt: &str, output: u32) -> Outgoing {
    let messages = json!([{ "role": "user", "content": prompt }]);
    let (path, body) = match dialect {
        Dialect::Anthropic => {
            ("/v1/messages", json!({ "model": model, "max_tokens": output, "messages": messages }))
        }
        Dialect::OpenaiChat => (
            "/v1/chat/completions",
            json!({ "model": model, "max_completion_tokens": output, "messages": messages }),
        ),
        Dialect::OpenaiResponses => (
            "/v1/responses",
            json!({ "model": model, "input": prompt, "max_output_tokens": output, "store": false }),
        ),
    };
    post(dialect, path, &body)
}

/// A POST of `body` with the headers that endpoints of `dialect` want.
pub(in crate::probe) fn post(dialect: Dialect, path: &str, body: &serde_json::Value) -> Outgoing {
    let mut headers = headers(dialect);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Outgoing {
        method: Method::POST,
        path_and_query: path.to_owned(),
        headers,
        body: Bytes::from(body.to_string()),
        client_credential: Vec::new(),
    }
}

/// The headers of every probe.
pub(in crate::probe) fn headers(dialect: Dialect) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("zephyrd/", env!("CARGO_PKG_VERSION"))));
    if dialect == Dialect::Anthropic {
        headers.insert("anthropic-version", HeaderValue::from_static("2023-06-01"));
    }
    headers
}

#[cfg(test)]
mod tests {
    use zephyr_core::failover::Class;

    use super::*;
    use crate::fixtures;
    use crate::probe::judge::tests::{TOOK, answer, config};

    fn sent(dialect: Dialect) -> (String, serde_json::Value, HeaderMap) {
        let mut endpoint = fixtures::endpoint("a");
        endpoint.dialect = dialect;
        match Messages.action(&endpoint) {
            Action::Send(out) => {
                (out.path_and_query, serde_json::from_slice(&out.body).unwrap(), out.headers)
            }
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn each_dialect_gets_its_own_smallest_request() {
        let (path, body, headers) = sent(Dialect::Anthropic);
        assert_eq!(path, "/v1/messages");
        assert_eq!(
            body,
            json!({ "model": "m", "max_tokens": 1, "messages": [{ "role": "user", "content": "hi" }] })
        );
        assert_eq!(headers["anthropic-version"], "2023-06-01");

        let (path, body, headers) = sent(Dialect::OpenaiChat);
        assert_eq!((path.as_str(), &body["max_completion_tokens"]), ("/v1/chat/completions", &json!(1)));
        assert!(body.get("max_tokens").is_none() && !headers.contains_key("anthropic-version"));

        let (path, body, _) = sent(Dialect::OpenaiResponses);
        assert_eq!((path.as_str(), &body["max_output_tokens"]), ("/v1/responses", &json!(16)));
        assert_eq!(body["input"], "hi");
    }

    #[test]
    fn the_latency_is_the_full_response_time_of_a_real_answer() {
        let seen = Seen::Answer(answer(200, r#"{"type":"message","content":[{"type":"text","text":"H"}]}"#));
        let verdict = Messages.judge(&fixtures::endpoint("a"), &seen, &config());
        assert_eq!((verdict.class, verdict.latency, verdict.proves), (Class::Ok, Some(TOOK), true));
    }

    #[test]
    fn an_answer_in_another_dialect_is_none() {
        let seen = Seen::Answer(answer(200, r#"{"object":"chat.completion","choices":[]}"#));
        let verdict = Messages.judge(&fixtures::endpoint("a"), &seen, &config());
        assert_eq!(verdict.class, Class::NotAnAnswer);
    }
}
