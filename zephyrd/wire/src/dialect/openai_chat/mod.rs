//! OpenAI Chat Completions.

mod convert;
mod usage;
mod whole;

use http::Method;
use serde_json::Value;

use super::{Dialect, OVERFLOW, Operation, Sign, error_sign};
use crate::usage::Draft;

pub(super) use usage::usage;

/// See the module.
pub(super) struct OpenaiChat;

impl Dialect for OpenaiChat {
    fn name(&self) -> &'static str {
        "openai-chat"
    }

    fn fold(&self) -> &'static dyn crate::whole::Fold {
        &whole::Whole
    }

    fn convert(&self) -> &'static dyn crate::translate::Convert {
        &convert::Chat
    }

    fn claims(&self, method: &Method, path: &str) -> Option<Operation> {
        (method == Method::POST && path == "/v1/chat/completions").then_some(Operation::Generate)
    }

    fn path(&self, operation: Operation) -> Option<&'static str> {
        match operation {
            Operation::Generate => Some("/v1/chat/completions"),
            Operation::CountTokens => None,
            Operation::Models => Some("/v1/models"),
        }
    }

    fn owns_header(&self, name: &str) -> bool {
        is_openais_header(name)
    }

    fn sign(&self, _event: &[u8], data: &[u8]) -> Sign {
        if data == b"[DONE]" {
            return Sign::End;
        }
        let Ok(chunk) = serde_json::from_slice::<Value>(data) else { return Sign::Nothing };
        if !chunk["error"].is_null() {
            return error_sign(data);
        }
        let choices = chunk["choices"].as_array().map(Vec::as_slice).unwrap_or_default();
        if choices.iter().any(carries_content) { Sign::Semantic } else { Sign::Nothing }
    }

    fn follow(&self, _event: &[u8], data: &[u8], draft: &mut Draft) -> bool {
        usage::follow(data, draft)
    }

    fn ends(&self, _event: &[u8], data: &[u8]) -> bool {
        usage::ends(data)
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
        super::event("", &self.error_body(kind, message, request_id))
    }
}

/// A delta with text, reasoning, a refusal or a tool call; or a reason for having finished without any.
fn carries_content(choice: &Value) -> bool {
    let told = |v: &Value| match v {
        Value::Null => false,
        Value::String(s) => !s.is_empty(),
        Value::Array(a) => !a.is_empty(),
        _ => true,
    };
    let delta = choice["delta"].as_object();
    choice["finish_reason"].is_string()
        || delta.is_some_and(|d| d.iter().any(|(k, v)| k != "role" && told(v)))
}

/// Headers of OpenAI's SDKs and of Codex.
pub(super) fn is_openais_header(name: &str) -> bool {
    const OWN: [&str; 5] = ["originator", "session_id", "session-id", "conversation_id", "version"];
    OWN.contains(&name) || ["openai-", "chatgpt-"].iter().any(|own| name.starts_with(own))
}

/// The error shape that both OpenAI dialects share.
pub(super) fn openai_error(kind: &str, message: &str, request_id: &str) -> Vec<u8> {
    // OpenAI's names for what Anthropic's types mean.
    let (kind, code) = match kind {
        "authentication_error" => ("invalid_request_error", Some("invalid_api_key")),
        "permission_error" => ("invalid_request_error", Some("permission_denied")),
        "not_found_error" => ("invalid_request_error", Some("model_not_found")),
        "request_too_large" => ("invalid_request_error", Some("request_too_large")),
        "rate_limit_error" => ("rate_limit_error", Some("rate_limit_exceeded")),
        "overloaded_error" | "api_error" => ("server_error", None),
        "timeout_error" => ("server_error", Some("timeout")),
        OVERFLOW => ("invalid_request_error", Some(OVERFLOW)),
        other => (other, None),
    };
    serde_json::json!({
        "error": { "message": message, "type": kind, "param": null, "code": code },
        "request_id": request_id,
    })
    .to_string()
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign(data: &str) -> Sign {
        OpenaiChat.sign(b"", data.as_bytes())
    }

    #[test]
    fn a_role_alone_does_not_commit() {
        assert_eq!(sign(r#"{"choices":[{"delta":{"role":"assistant","content":""}}]}"#), Sign::Nothing);
        assert_eq!(sign(r#"{"choices":[],"usage":{"total_tokens":1}}"#), Sign::Nothing);
    }

    #[test]
    fn text_reasoning_tools_and_an_end_commit() {
        for delta in [
            r#"{"content":"a"}"#,
            r#"{"reasoning_content":"a"}"#,
            r#"{"tool_calls":[{"index":0}]}"#,
            r#"{"refusal":"no"}"#,
        ] {
            assert_eq!(sign(&format!(r#"{{"choices":[{{"delta":{delta}}}]}}"#)), Sign::Semantic, "{delta}");
        }
        assert_eq!(sign(r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#), Sign::Semantic);
        assert_eq!(sign("[DONE]"), Sign::End);
    }

    #[test]
    fn an_error_chunk_is_an_error() {
        assert!(matches!(sign(r#"{"error":{"message":"m","type":"server_error"}}"#), Sign::Error { .. }));
    }

    #[test]
    fn both_ends_are_known() {
        let ends = |data: &[u8]| OpenaiChat.follow(b"", data, &mut Draft::default());
        assert!(ends(b"[DONE]"));
        assert!(ends(br#"{"choices":[{"finish_reason":"stop"}]}"#));
        assert!(!ends(br#"{"choices":[{"finish_reason":null}]}"#));
        assert!(!ends(br#"{"choices":[{"finish_reason":""}]}"#));
    }
}
