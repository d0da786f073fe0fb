//! Anthropic Messages.

mod convert;
mod usage;
mod whole;

use http::Method;

use super::{Dialect, OVERFLOW, Operation, Sign, error_sign, kind};
use crate::form::THREAD_NOT_FOUND;
use crate::translate::Overflow;
use crate::usage::Draft;

/// See the module.
pub(super) struct Anthropic;

impl Dialect for Anthropic {
    fn name(&self) -> &'static str {
        "anthropic"
    }

    fn fold(&self) -> &'static dyn crate::whole::Fold {
        &whole::Whole
    }

    fn convert(&self) -> &'static dyn crate::translate::Convert {
        &convert::Messages
    }

    fn claims(&self, method: &Method, path: &str) -> Option<Operation> {
        match (method, path) {
            (&Method::POST, "/v1/messages") => Some(Operation::Generate),
            (&Method::POST, "/v1/messages/count_tokens") => Some(Operation::CountTokens),
            _ => None,
        }
    }

    fn path(&self, operation: Operation) -> Option<&'static str> {
        match operation {
            Operation::Generate => Some("/v1/messages"),
            Operation::CountTokens => Some("/v1/messages/count_tokens"),
            Operation::Models => Some("/v1/models"),
        }
    }

    fn owns_header(&self, name: &str) -> bool {
        name == "x-app" || ["anthropic-", "x-claude-"].iter().any(|own| name.starts_with(own))
    }

    fn wanted_headers(&self) -> &'static [(&'static str, &'static str)] {
        &[("anthropic-version", "2023-06-01")]
    }

    fn overflow(&self, tokens: &Overflow, told: &str) -> String {
        tokens.in_anthropics_words(told)
    }

    fn sign(&self, event: &[u8], data: &[u8]) -> Sign {
        match kind(event, data) {
            b"content_block_start" | b"content_block_delta" => Sign::Semantic,
            // An answer without content is one if it says why it stopped.
            b"message_delta" if memchr::memmem::find(data, b"\"stop_reason\":\"").is_some() => Sign::Semantic,
            b"message_stop" => Sign::End,
            b"error" => error_sign(data),
            _ => Sign::Nothing,
        }
    }

    fn follow(&self, event: &[u8], data: &[u8], draft: &mut Draft) -> bool {
        usage::follow(event, data, draft)
    }

    fn ends(&self, event: &[u8], data: &[u8]) -> bool {
        usage::ends(event, data)
    }

    fn wants(&self, within: &[u8], key: &[u8]) -> bool {
        usage::wants(within, key)
    }

    fn read(&self, within: &[u8], key: &[u8], value: &[u8], draft: &mut Draft) {
        usage::read(within, key, value, draft);
    }

    fn error_body(&self, kind: &str, message: &str, request_id: &str) -> Vec<u8> {
        let error = match kind {
            OVERFLOW => serde_json::json!({ "type": "invalid_request_error", "message": message }),
            THREAD_NOT_FOUND => serde_json::json!({
                "type": "invalid_request_error",
                "message": message,
                "details": { "error_code": THREAD_NOT_FOUND },
            }),
            kind => serde_json::json!({ "type": kind, "message": message }),
        };
        let body = serde_json::json!({ "type": "error", "error": error, "request_id": request_id });
        body.to_string().into_bytes()
    }

    fn error_event(&self, kind: &str, message: &str, request_id: &str) -> Vec<u8> {
        super::event("error", &self.error_body(kind, message, request_id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinking_counts_as_content() {
        let data =
            br#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}"#;
        assert_eq!(Anthropic.sign(b"content_block_start", data), Sign::Semantic);
        assert_eq!(Anthropic.sign(b"", data), Sign::Semantic);
    }

    #[test]
    fn heads_and_pings_do_not_commit() {
        assert_eq!(Anthropic.sign(b"message_start", b"{}"), Sign::Nothing);
        assert_eq!(Anthropic.sign(b"ping", b"{}"), Sign::Nothing);
        assert_eq!(Anthropic.sign(b"message_stop", b"{}"), Sign::End);
    }

    #[test]
    fn an_empty_answer_with_a_stop_reason_is_an_answer() {
        let data = br#"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#;
        assert_eq!(Anthropic.sign(b"message_delta", data), Sign::Semantic);
    }

    #[test]
    fn an_error_event_tells_type_and_message() {
        let data = br#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
        let want = Sign::Error { kind: "overloaded_error".into(), message: "Overloaded".into() };
        assert_eq!(Anthropic.sign(b"error", data), want);
    }
}
