//! Reads a status line, an error body or an error type into a [`Class`].

use super::table::Class;
use crate::config::Failover;

/// What [`classify`] looks at.
#[derive(Debug, Clone, Copy)]
pub struct Reply<'a> {
    /// Status code.
    pub status: u16,
    /// Whether the body is HTML.
    pub html: bool,
    /// The beginning of the body, at most 64 KiB, where it is already known.
    pub body: &'a [u8],
}

/// How endpoints say that money or a spend limit has run out, lower case.
const CREDIT_WORDING: [&str; 9] = [
    "credit balance is too low",
    "insufficient_quota",
    "insufficient quota",
    "insufficient balance",
    "insufficient credit",
    "spend limit",
    "spending limit",
    "billing_error",
    "billing hard limit",
];

/// How endpoints say that a limit on use has been reached, whatever status they say it with, lower case.
const LIMIT_WORDING: [&str; 2] = ["usage limit reached", "usage_limit_reached"];

/// The class of an upstream's status line and error body (never [`Class::Ok`] for a status outside 2xx).
///
/// A 2xx is [`Class::NotAnAnswer`] when its body is HTML or empty of what a 2xx of an API is: that an inference
/// answer is really one (JSON `error`, empty, SSE error first) is for the caller to see as the body arrives.
#[must_use]
pub fn classify(reply: &Reply<'_>, config: &Failover) -> Class {
    let class = built_in(reply);
    let moved = class == Class::ClientFault && config.statuses.contains(&reply.status);
    if moved { Class::Unavailable } else { class }
}

fn built_in(reply: &Reply<'_>) -> Class {
    let says = |wordings: &[&str]| wordings.iter().any(|w| contains(reply.body, w));
    match reply.status {
        200..=299 if reply.html => Class::NotAnAnswer,
        200..=299 => Class::Ok,
        300..=399 | 405 | 501 | 505 => Class::Misconfigured,
        403 | 404 | 503 if reply.html => Class::Misconfigured,
        400 | 403 if says(&CREDIT_WORDING) => Class::CreditExhausted,
        400 | 403 if says(&LIMIT_WORDING) => Class::RateLimited,
        401 => Class::AuthFailed,
        402 => Class::CreditExhausted,
        403 => Class::Forbidden,
        404 => Class::ModelMissing,
        408 | 409 | 425 => Class::Again,
        // A 429 whose wording is about money lasts longer than one about speed.
        429 if says(&["insufficient_quota", "credit balance is too low"]) => Class::CreditExhausted,
        429 => Class::RateLimited,
        529 => Class::Overloaded,
        500..=599 if says(&["overloaded_error"]) => Class::Overloaded,
        500 => Class::ServerError,
        501..=599 => Class::Unavailable,
        400..=499 => Class::ClientFault,
        // 1xx that is no interim answer, and what is no status at all.
        _ => Class::Misconfigured,
    }
}

/// The class of the `type` of an error object that came inside a 2xx: an SSE `error` event before anything
/// semantic, or a JSON error where an answer was asked for.
#[must_use]
pub fn classify_error_type(kind: &str) -> Class {
    match kind {
        "overloaded_error" => Class::Overloaded,
        "rate_limit_error" | "rate_limit_exceeded" => Class::RateLimited,
        "insufficient_quota" | "billing_error" => Class::CreditExhausted,
        "authentication_error" => Class::AuthFailed,
        "permission_error" => Class::Forbidden,
        "not_found_error" | "model_not_found" => Class::ModelMissing,
        "invalid_request_error" | "request_too_large" | "context_length_exceeded" => Class::ClientFault,
        "api_error" | "server_error" => Class::ServerError,
        "timeout_error" => Class::Unavailable,
        _ => Class::NotAnAnswer,
    }
}

/// Whether `needle` (lower case ASCII) is in `hay`, in any case.
fn contains(hay: &[u8], needle: &str) -> bool {
    hay.windows(needle.len()).any(|w| w.eq_ignore_ascii_case(needle.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::{Class, Reply, classify, classify_error_type};
    use crate::config::Failover;

    fn class(status: u16, html: bool, body: &str) -> Class {
        let config = Failover { statuses: vec![418, 200], ..Failover::default() };
        classify(&Reply { status, html, body: body.as_bytes() }, &config)
    }

    #[test]
    fn every_status_of_the_table_has_its_class() {
        let overloaded = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
        let poor = r#"{"error":{"message":"Your Credit balance is too low to access the API"}}"#;
        for (status, html, body, expected) in [
            (200, false, "{}", Class::Ok),
            (200, true, "<html>", Class::NotAnAnswer),
            (301, false, "", Class::Misconfigured),
            (400, false, r#"{"error":{"message":"prompt is too long"}}"#, Class::ClientFault),
            (400, false, poor, Class::CreditExhausted),
            (401, false, "{}", Class::AuthFailed),
            (402, false, "", Class::CreditExhausted),
            (403, false, "{}", Class::Forbidden),
            (403, false, poor, Class::CreditExhausted),
            (403, true, "<html>", Class::Misconfigured),
            (404, false, "{}", Class::ModelMissing),
            (404, true, "<html>", Class::Misconfigured),
            (405, false, "", Class::Misconfigured),
            (408, false, "", Class::Again),
            (409, false, "", Class::Again),
            (413, false, "", Class::ClientFault),
            (418, false, "", Class::Unavailable),
            (422, false, "", Class::ClientFault),
            (425, false, "", Class::Again),
            (429, false, "", Class::RateLimited),
            (429, false, r#"{"error":{"code":"insufficient_quota"}}"#, Class::CreditExhausted),
            (500, false, "", Class::ServerError),
            (500, false, overloaded, Class::Overloaded),
            (501, false, "", Class::Misconfigured),
            (502, true, "<html>", Class::Unavailable),
            (503, false, "", Class::Unavailable),
            (503, false, overloaded, Class::Overloaded),
            (503, true, "<html>", Class::Misconfigured),
            (505, false, "", Class::Misconfigured),
            (522, true, "<html>", Class::Unavailable),
            (529, false, "", Class::Overloaded),
        ] {
            assert_eq!(class(status, html, body), expected, "{status} html={html} {body}");
        }
    }

    #[test]
    fn a_configured_status_moves_on_but_never_turns_an_answer_into_a_failure() {
        assert_eq!(class(418, false, ""), Class::Unavailable);
        assert_eq!(class(200, false, "{}"), Class::Ok);
        assert_eq!(class(420, false, ""), Class::ClientFault);
    }

    #[test]
    fn an_error_inside_an_answer_is_judged_by_its_type() {
        assert_eq!(classify_error_type("overloaded_error"), Class::Overloaded);
        assert_eq!(classify_error_type("rate_limit_error"), Class::RateLimited);
        assert_eq!(classify_error_type("authentication_error"), Class::AuthFailed);
        assert_eq!(classify_error_type("permission_error"), Class::Forbidden);
        assert_eq!(classify_error_type("not_found_error"), Class::ModelMissing);
        assert_eq!(classify_error_type("invalid_request_error"), Class::ClientFault);
        assert_eq!(classify_error_type("api_error"), Class::ServerError);
        assert_eq!(classify_error_type("what is this"), Class::NotAnAnswer);
    }
}
