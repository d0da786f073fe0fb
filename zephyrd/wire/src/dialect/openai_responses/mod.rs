//! OpenAI Responses.

mod convert;
mod usage;
mod whole;

use http::Method;

use super::openai_chat::{is_openais_header, openai_error};
use super::{Dialect, Operation, Sign, error_sign};
use crate::usage::Draft;

/// See the module.
pub(super) struct OpenaiResponses;

impl Dialect for OpenaiResponses {
    fn name(&self) -> &'static str {
        "openai-responses"
    }

    fn fold(&self) -> &'static dyn crate::whole::Fold {
        &whole::Whole
    }

    fn convert(&self) -> &'static dyn crate::translate::Convert {
        &convert::Convert
    }

    fn claims(&self, method: &Method, path: &str) -> Option<Operation> {
        match (method, path) {
            (&Method::POST, "/v1/responses") => Some(Operation::Generate),
            (&Method::POST, "/v1/responses/input_tokens") => Some(Operation::CountTokens),
            _ => None,
        }
    }

    fn path(&self, operation: Operation) -> Option<&'static str> {
        match operation {
            Operation::Generate => Some("/v1/responses"),
            Operation::CountTokens => Some("/v1/responses/input_tokens"),
            Operation::Models => Some("/v1/models"),
        }
    }

    fn owns_header(&self, name: &str) -> bool {
        is_openais_header(name)
    }

    fn sign(&self, event: &[u8], data: &[u8]) -> Sign {
        let value: serde_json::Value = serde_json::from_slice(data).unwrap_or_default();
        let named = std::str::from_utf8(event).unwrap_or_default();
        let kind = if named.is_empty() { value["type"].as_str().unwrap_or_default() } else { named };
        match kind {
            "error" => error_sign(data),
            "response.failed" => error_sign(value["response"].to_string().as_bytes()),
            "response.completed" | "response.incomplete" => {
                let empty = value["response"]["output"].as_array().is_none_or(Vec::is_empty);
                if empty { Sign::End } else { Sign::Semantic }
            }
            "response.created" | "response.in_progress" | "response.queued" => Sign::Nothing,
            other if other.starts_with("response.") => Sign::Semantic,
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
        openai_error(kind, message, request_id)
    }

    fn error_event(&self, kind: &str, message: &str, request_id: &str) -> Vec<u8> {
        let code = if kind == "overloaded_error" { "server_is_overloaded" } else { kind };
        let data = serde_json::json!({
            "type": "response.failed",
            "sequence_number": 0,
            "response": {
                "id": format!("resp_{request_id}"),
                "object": "response",
                "status": "failed",
                "error": { "code": code, "message": message },
                "output": [],
            },
        });
        super::event("response.failed", data.to_string().as_bytes())
    }
}

/// The id that the head of a stream (its first events) gives the answer.
#[must_use]
pub fn response_id(head: &[u8]) -> Option<String> {
    let mut lines = head.split(|b| *b == b'\n');
    let data = lines.find_map(|line| line.strip_prefix(b"data:"))?;
    let event: serde_json::Value = serde_json::from_slice(data).ok()?;
    event["response"]["id"].as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_do_not_commit_and_items_do() {
        assert_eq!(OpenaiResponses.sign(b"response.created", b"{}"), Sign::Nothing);
        assert_eq!(OpenaiResponses.sign(b"response.in_progress", b"{}"), Sign::Nothing);
        assert_eq!(OpenaiResponses.sign(b"response.output_item.added", b"{}"), Sign::Semantic);
        assert_eq!(
            OpenaiResponses.sign(b"", br#"{"type":"response.output_text.delta","delta":"a"}"#),
            Sign::Semantic
        );
        assert_eq!(OpenaiResponses.sign(b"response.completed", br#"{"response":{"output":[]}}"#), Sign::End);
    }

    #[test]
    fn a_failed_response_tells_why() {
        let data =
            br#"{"type":"response.failed","response":{"error":{"code":"server_error","message":"m"}}}"#;
        let want = Sign::Error { kind: "server_error".into(), message: "m".into() };
        assert_eq!(OpenaiResponses.sign(b"response.failed", data), want);
    }

    #[test]
    fn the_head_of_a_stream_gives_the_id() {
        let head = b"event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\"}}\n\nev";
        assert_eq!(response_id(head).as_deref(), Some("resp_1"));
        assert_eq!(response_id(b"event: response.created\ndata: {\"ty"), None);
    }

    #[test]
    fn ends_are_known_with_and_without_event_names() {
        let ends = |event: &[u8], data: &[u8]| OpenaiResponses.follow(event, data, &mut Draft::default());
        assert!(ends(b"response.completed", b"{}"));
        assert!(ends(b"", br#"{"type":"response.incomplete","x":1}"#));
        assert!(!ends(b"", br#"{"type":"response.completedx"}"#));
    }
}
