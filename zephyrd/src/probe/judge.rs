//! How answers over HTTP are judged, the same for every kind of probe.

use zephyr_core::config::Failover;
use zephyr_core::engine::Verdict;
use zephyr_core::failover::{Class, Reply, classify};
use zephyr_wire::dialect::read_error;
use zephyr_wire::peek::is_error_object;

use super::kind::Answer;
use crate::system::text::clean;

/// What a kind of probe takes for a good answer.
pub(super) struct Expect {
    /// It proves the whole way: credential, model, answer.
    pub(super) proves: bool,
    /// The top-level field that the answer must have.
    pub(super) field: &'static str,
    /// A 404 of the API itself only says that it does not offer this path.
    pub(super) may_be_missing: bool,
}

/// Judges `answer`. A fault of the probe itself (400, 413, 422) shows that an API is there and accepts the
/// credential: healthy, but it proves nothing, and how fast an endpoint refuses says nothing about how fast it
/// answers.
pub(super) fn http(answer: &Answer<'_>, config: &Failover, expect: &Expect) -> Verdict {
    let (status, html, body, said) = (answer.status, answer.html, answer.body, answer.said);
    let class = classify(&Reply { status, html, body, said }, config);
    let verdict = |class, latency, proves, detail| Verdict {
        latency,
        proves,
        retry_after: answer.said.wait,
        detail,
        ..Verdict::of(class)
    };
    match class {
        Class::Ok if is_answer(answer.body, expect.field) => {
            verdict(Class::Ok, Some(answer.took), expect.proves, None)
        }
        Class::Ok => verdict(Class::NotAnAnswer, None, expect.proves, Some(told(answer))),
        Class::ClientFault | Class::Declined => verdict(Class::Ok, None, false, Some(told(answer))),
        Class::ModelMissing if expect.may_be_missing => verdict(Class::Ok, None, false, Some(told(answer))),
        other => verdict(other, None, expect.proves, Some(told(answer))),
    }
}

fn is_answer(body: &[u8], field: &str) -> bool {
    if is_error_object(body) {
        return false;
    }
    match serde_json::from_slice::<serde_json::Value>(body) {
        Ok(value) => value.get(field).is_some(),
        // Cut off at the limit: a long list of models. What was read looks like one.
        Err(_) => body.len() >= super::carry::MAX_BODY && body.trim_ascii_start().starts_with(b"{"),
    }
}

/// One line for people: `HTTP 503: overloaded`.
fn told(answer: &Answer<'_>) -> String {
    let words =
        read_error(answer.body).map(|(kind, message)| if message.is_empty() { kind } else { message });
    let words = match words {
        Some(words) if !words.is_empty() => clean(&words.chars().take(200).collect::<String>()),
        _ if answer.html => "a web page, no API".to_owned(),
        _ if (200..300).contains(&answer.status) => "not the answer that was asked for".to_owned(),
        _ => {
            let status = http::StatusCode::from_u16(answer.status).ok();
            status.and_then(|s| s.canonical_reason()).unwrap_or("no reason given").to_lowercase()
        }
    };
    format!("HTTP {}: {words}", answer.status)
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use zephyr_core::failover::Said;

    use super::*;

    pub(in crate::probe) const TOOK: Duration = Duration::from_millis(120);

    pub(in crate::probe) fn config() -> Failover {
        Failover::default()
    }

    pub(in crate::probe) fn answer(status: u16, body: &str) -> Answer<'_> {
        Answer {
            status,
            html: body.starts_with('<'),
            body: body.as_bytes(),
            took: TOOK,
            said: Said::default(),
        }
    }

    fn judged(status: u16, body: &str) -> Verdict {
        http(
            &answer(status, body),
            &config(),
            &Expect { proves: true, field: "content", may_be_missing: false },
        )
    }

    #[test]
    fn a_400_is_healthy_but_proves_and_measures_nothing() {
        let v = judged(
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens"}}"#,
        );
        assert_eq!((v.class, v.latency, v.proves), (Class::Ok, None, false));
        assert_eq!(v.detail.as_deref(), Some("HTTP 400: max_tokens"));
    }

    #[test]
    fn refusals_and_limits_are_what_they_are_for_requests() {
        for (status, class) in [
            (401, Class::AuthFailed),
            (402, Class::CreditExhausted),
            (403, Class::Forbidden),
            (404, Class::ModelMissing),
            (429, Class::LimitReached),
            (500, Class::ServerError),
            (503, Class::Unavailable),
            (529, Class::Overloaded),
        ] {
            assert_eq!(judged(status, "{}").class, class, "{status}");
        }
    }

    #[test]
    fn an_error_or_a_web_page_with_status_200_is_no_answer() {
        assert_eq!(judged(200, r#"{"error":{"message":"quota"}}"#).class, Class::NotAnAnswer);
        assert_eq!(judged(200, "").class, Class::NotAnAnswer);
        assert_eq!(judged(200, r#"{"status":"ok"}"#).class, Class::NotAnAnswer);
        let v = judged(200, "<html>please log in</html>");
        assert_eq!(
            (v.class, v.detail.as_deref()),
            (Class::NotAnAnswer, Some("HTTP 200: a web page, no API"))
        );
    }

    #[test]
    fn what_the_endpoint_says_is_shown_without_escapes_and_not_at_length() {
        let v = judged(500, &format!(r#"{{"error":{{"message":"\u001b[2J{}"}}}}"#, "x".repeat(5000)));
        let detail = v.detail.unwrap();
        assert!(detail.starts_with("HTTP 500: [2Jxxx") && detail.len() < 250, "{detail}");
    }
}
