//! Reads a status line, headers of limits, an error body or an error type into a [`Class`].

use std::time::Duration;

use wildmatch::WildMatch;

use super::table::Class;
use crate::config::Failover;

/// What an answer's headers say of limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Said {
    /// When to come back.
    pub wait: Option<Duration>,
    /// A window of a subscription is used up: whose.
    pub window: Option<Window>,
}

impl Said {
    /// The class of a good answer that a used-up subscription gave at extra cost, where that is not `allowed`.
    #[must_use]
    pub fn overage(&self, allowed: bool) -> Option<Class> {
        match self.window {
            Some(Window::Account) if !allowed => Some(Class::Overage),
            Some(Window::Family) if !allowed => Some(Class::FamilySpent),
            _ => None,
        }
    }
}

/// Whose window of a subscription is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// One that all its models draw on.
    Account,
    /// One of some models alone.
    Family,
}

/// What [`classify`] looks at.
#[derive(Debug, Clone, Copy)]
pub struct Reply<'a> {
    /// Status code.
    pub status: u16,
    /// Whether the body is HTML.
    pub html: bool,
    /// The beginning of the body, at most 64 KiB, where it is already known.
    pub body: &'a [u8],
    /// What its headers say of limits.
    pub said: Said,
}

/// How endpoints say that money or a spend limit has run out, lower case.
const CREDIT_WORDING: [&str; 11] = [
    "credit balance is too low",
    "insufficient_quota",
    "insufficient_user_quota",
    "insufficient quota",
    "insufficient balance",
    "insufficient credit",
    "spend limit",
    "spending limit",
    "specified api usage limits",
    "billing_error",
    "billing hard limit",
];

/// How endpoints say that a limit on use has been reached, whatever status they say it with, lower case.
const LIMIT_WORDING: [&str; 2] = ["usage limit reached", "usage_limit_reached"];

/// How endpoints say that they are overloaded, lower case.
const OVERLOAD_WORDING: [&str; 2] = ["overloaded_error", "server_is_overloaded"];

/// The class of an upstream's status line and error body (never [`Class::Ok`] for a status outside 2xx).
///
/// A 2xx is [`Class::NotAnAnswer`] when its body is HTML or empty of what a 2xx of an API is: that an inference
/// answer is really one (JSON `error`, empty, SSE error first) is for the caller to see as the body arrives; and so is
/// whether a subscription may go on at extra cost.
#[must_use]
pub fn classify(reply: &Reply<'_>, config: &Failover) -> Class {
    match built_in(reply, config) {
        Class::ClientFault if config.statuses.contains(&reply.status) => Class::Unavailable,
        Class::ClientFault if config.any_4xx => Class::Declined,
        class => class,
    }
}

fn built_in(reply: &Reply<'_>, config: &Failover) -> Class {
    let says = |wordings: &[&str]| wordings.iter().any(|w| contains(reply.body, w));
    match reply.status {
        200..=299 if reply.html => Class::NotAnAnswer,
        200..=299 => Class::Ok,
        300..=399 | 405 | 501 | 505 => Class::Misconfigured,
        403 | 404 | 503 if reply.html => Class::Misconfigured,
        400..=599 if matches_any(reply.body, &config.body_patterns) => Class::LimitReached,
        400 | 402 | 403 | 429 if says(&CREDIT_WORDING) => Class::CreditExhausted,
        400 | 403 if says(&LIMIT_WORDING) => Class::LimitReached,
        401 => Class::AuthFailed,
        402 => Class::CreditExhausted,
        403 => Class::Forbidden,
        404 => Class::ModelMissing,
        408 | 409 | 425 => Class::Again,
        429 | 500..=599 if says(&OVERLOAD_WORDING) => Class::Overloaded,
        429 => limited(&reply.said, says(&LIMIT_WORDING)),
        529 => Class::Overloaded,
        500 => Class::ServerError,
        501..=599 => Class::Unavailable,
        400..=499 => Class::ClientFault,
        // 1xx that is no interim answer, and what is no status at all.
        _ => Class::Misconfigured,
    }
}

/// The kind of a 429, or of what is one by its type; `of_all` = its words mean a limit on all use.
fn limited(said: &Said, of_all: bool) -> Class {
    match (said.window, said.wait) {
        (Some(Window::Account), _) => Class::WindowSpent,
        (Some(Window::Family), _) => Class::FamilySpent,
        (None, Some(_)) if !of_all => Class::RateLimited,
        (None, _) => Class::LimitReached,
    }
}

/// An error object that came inside a 2xx: an SSE `error` event before anything semantic, or a JSON error where an
/// answer was asked for.
#[derive(Debug, Clone, Copy)]
pub struct Inside<'a> {
    /// Its `type` or `code`.
    pub kind: &'a str,
    /// Its words.
    pub message: &'a str,
    /// What the headers said of limits.
    pub said: Said,
}

/// The class of an error inside a 2xx: what a refusal of that type would have been.
#[must_use]
pub fn classify_inside(error: &Inside<'_>, config: &Failover) -> Class {
    let says = |wordings: &[&str]| {
        wordings.iter().any(|w| contains(error.message.as_bytes(), w) || contains(error.kind.as_bytes(), w))
    };
    if matches_any(error.message.as_bytes(), &config.body_patterns) {
        return Class::LimitReached;
    }
    let class = match error.kind {
        "overloaded_error" | "server_is_overloaded" | "slow_down" => Class::Overloaded,
        "insufficient_quota" | "billing_error" => Class::CreditExhausted,
        _ if says(&LIMIT_WORDING) => limited(&error.said, true),
        "rate_limit_error" | "rate_limit_exceeded" | "permission_error" | "invalid_request_error"
            if says(&CREDIT_WORDING) =>
        {
            Class::CreditExhausted
        }
        "rate_limit_error" | "rate_limit_exceeded" => limited(&error.said, false),
        "authentication_error" | "invalid_api_key" => Class::AuthFailed,
        "permission_error" => Class::Forbidden,
        "not_found_error" | "model_not_found" => Class::ModelMissing,
        "invalid_request_error" | "request_too_large" | "context_length_exceeded" | "invalid_prompt" => {
            Class::ClientFault
        }
        "api_error" | "server_error" => Class::ServerError,
        "timeout_error" => Class::Unavailable,
        _ => Class::NotAnAnswer,
    };
    if class == Class::ClientFault && config.any_4xx { Class::Declined } else { class }
}

/// Whether `needle` (lower case ASCII) is in `hay`, in any case.
fn contains(hay: &[u8], needle: &str) -> bool {
    hay.windows(needle.len()).any(|w| w.eq_ignore_ascii_case(needle.as_bytes()))
}

/// Whether one of the patterns (lower case, `*` for anything between) is somewhere in `text`, in any case.
fn matches_any(text: &[u8], patterns: &[String]) -> bool {
    if patterns.is_empty() || text.is_empty() {
        return false;
    }
    let text = String::from_utf8_lossy(text).to_lowercase();
    patterns.iter().any(|pattern| WildMatch::new(&format!("*{pattern}*")).matches(&text))
}

#[cfg(test)]
mod tests;
