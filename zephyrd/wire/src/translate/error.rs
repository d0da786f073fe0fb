//! Errors of an endpoint for clients of another dialect.
//!
//! The endpoint's words are kept, and where it answers in the other OpenAI dialect its `type`, `param` and `code` too. The
//! type follows the status. That a request was too long for the model is told as the client's own vendor tells it,
//! because clients recover from that by its words or its code.

use serde_json::Value;

use super::overflow::Overflow;
use crate::dialect::{ANTHROPIC, Dialect, OVERFLOW, error_of};
use crate::whole::json::Members;

/// Longest text of an error that is passed on, in bytes.
const LONGEST: usize = 16 * 1024;

/// The error body of an `endpoint` of another dialect for the `client`: status and body. `request_id` is ours.
#[must_use]
pub fn error(
    client: &dyn Dialect,
    endpoint: &dyn Dialect,
    status: u16,
    body: &[u8],
    request_id: &str,
) -> (u16, Vec<u8>) {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let told = Told::read(&value, body);
    let named = if told.code.is_empty() { &told.kind } else { &told.code };
    if let Some(overflow) = told.overflow(named) {
        let message = client.overflow(&overflow, &told.message);
        return (400, client.error_body(OVERFLOW, &message, request_id));
    }
    let is_anthropic = endpoint.name() == ANTHROPIC.name();
    // OpenAI calls nearly everything an `invalid_request_error`.
    let kind = if is_anthropic && is_anthropics(&told.kind) { &told.kind } else { kind_of(status) };
    let message = if told.message.is_empty() {
        format!("the endpoint answered with status {status} and no words")
    } else {
        told.message.clone()
    };
    let shaped = client.error_body(kind, &message, request_id);
    (status, if is_anthropic { shaped } else { told.kept(shaped) })
}

/// The type and the words that a client of this dialect is told for an error inside a stream (as
/// [`crate::dialect::read_error`] or [`crate::dialect::Sign::Error`] give them): for
/// [`Dialect::error_event`] and [`Dialect::error_body`].
#[must_use]
pub fn told(client: &dyn Dialect, kind: &str, message: &str) -> (String, String) {
    match Overflow::read(message, kind) {
        Some(overflow) => (OVERFLOW.to_owned(), client.overflow(&overflow, message)),
        None => (anthropics(kind).to_owned(), message.to_owned()),
    }
}

/// What an error body says.
struct Told {
    kind: String,
    message: String,
    code: String,
    /// `type`, `param` and `code` as JSON texts, where they are given.
    members: [(&'static str, Option<String>); 3],
    /// What llama.cpp tells beside its words: tokens of the prompt, and of the context.
    tokens: Option<u64>,
    most: Option<u64>,
}

impl Told {
    fn read(value: &Value, body: &[u8]) -> Self {
        let error = if value["error"].is_null() { value } else { &value["error"] };
        let (kind, mut message) = error_of(value).unwrap_or_default();
        if message.is_empty() {
            message = validation(&value["detail"]).unwrap_or_default();
        }
        if let Some(raw) = error["metadata"]["raw"].as_str().filter(|raw| !raw.is_empty()) {
            // OpenRouter: its own words, and behind them those of whoever it asked.
            let inner = serde_json::from_str(raw).ok().and_then(|raw: Value| error_of(&raw)).map(|(_, m)| m);
            let inner = inner.filter(|m| !m.is_empty()).unwrap_or_else(|| raw.to_owned());
            message = format!("{message}: {inner}");
        }
        if message.is_empty() && value.is_null() && !looks_like_markup(body) {
            String::from_utf8_lossy(body).trim().clone_into(&mut message);
        }
        let end = (0..=LONGEST.min(message.len())).rfind(|at| message.is_char_boundary(*at));
        message.truncate(end.unwrap_or_default());
        let code = match &error["code"] {
            Value::String(code) => code.clone(),
            Value::Number(code) => code.to_string(),
            _ => String::new(),
        };
        let json = |key: &str| Some(&error[key]).filter(|v| !v.is_null()).map(Value::to_string);
        Self {
            kind,
            message,
            code,
            members: ["type", "param", "code"].map(|key| (key, json(key))),
            tokens: error["n_prompt_tokens"].as_u64(),
            most: error["n_ctx"].as_u64(),
        }
    }

    fn overflow(&self, named: &str) -> Option<Overflow> {
        let read =
            Overflow::read(&self.message, named).or_else(|| Overflow::read(&self.message, &self.kind))?;
        Some(Overflow { tokens: read.tokens.or(self.tokens), most: read.most.or(self.most), ..read })
    }

    /// `body`, an error of a dialect whose errors have these members, with the endpoint's own.
    fn kept(&self, body: Vec<u8>) -> Vec<u8> {
        let Ok(mut whole) = Members::parse(&body) else { return body };
        let Ok(mut error) = whole.object("error").map(Members::kept) else { return body };
        if error.get("param").is_none() || error.get("code").is_none() {
            return body;
        }
        for (key, value) in &self.members {
            if let Some(value) = value {
                error.set(key, value.as_str());
            }
        }
        whole.set("error", error.text());
        let mut out = Vec::new();
        whole.write(&mut out);
        out
    }
}

/// What servers on FastAPI (vLLM of old) say of a request that is not valid: `[{"loc": […], "msg": …}]`.
fn validation(detail: &Value) -> Option<String> {
    let first = detail.as_array()?.first()?;
    let words = first["msg"].as_str()?;
    let place: Vec<&str> = first["loc"].as_array()?.iter().filter_map(Value::as_str).collect();
    Some(if place.is_empty() { words.to_owned() } else { format!("{}: {words}", place.join(".")) })
}

fn looks_like_markup(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'<')
}

/// Anthropic's type for a status.
fn kind_of(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        501 => "not_supported",
        504 => "timeout_error",
        529 => "overloaded_error",
        400..=499 => "invalid_request_error",
        _ => "api_error",
    }
}

fn is_anthropics(kind: &str) -> bool {
    const KINDS: [&str; 10] = [
        "invalid_request_error",
        "authentication_error",
        "billing_error",
        "permission_error",
        "not_found_error",
        "request_too_large",
        "rate_limit_error",
        "timeout_error",
        "api_error",
        "overloaded_error",
    ];
    KINDS.contains(&kind)
}

/// Anthropic's type for what an OpenAI-style type or code says.
fn anthropics(kind: &str) -> &str {
    match kind {
        "server_error" | "" => "api_error",
        "rate_limit_exceeded" | "insufficient_quota" => "rate_limit_error",
        "invalid_api_key" => "authentication_error",
        "model_not_found" => "not_found_error",
        "server_is_overloaded" | "slow_down" => "overloaded_error",
        "timeout" => "timeout_error",
        other if is_anthropics(other) => other,
        _ => "api_error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::{OPENAI_CHAT, OPENAI_RESPONSES};

    fn told_to(client: &dyn Dialect, endpoint: &dyn Dialect, status: u16, body: &str) -> (u16, Value) {
        let (status, body) = error(client, endpoint, status, body.as_bytes(), "req-1");
        (status, serde_json::from_slice(&body).expect("JSON"))
    }

    #[test]
    fn the_type_follows_the_status_and_the_words_stay() {
        for (status, kind) in [
            (400, "invalid_request_error"),
            (401, "authentication_error"),
            (402, "billing_error"),
            (403, "permission_error"),
            (404, "not_found_error"),
            (413, "request_too_large"),
            (422, "invalid_request_error"),
            (429, "rate_limit_error"),
            (500, "api_error"),
            (504, "timeout_error"),
            (529, "overloaded_error"),
        ] {
            let body = r#"{"error":{"message":"the words","type":"invalid_request_error","code":"x"}}"#;
            let (same, body) = told_to(ANTHROPIC, OPENAI_CHAT, status, body);
            assert_eq!(same, status);
            assert_eq!(body["type"], "error");
            assert_eq!(body["error"], serde_json::json!({"type": kind, "message": "the words"}));
        }
    }

    #[test]
    fn an_anthropic_error_keeps_its_words_in_openais_shape() {
        let body = r#"{"type":"error","error":{"type":"not_found_error","message":"model: x"}}"#;
        let (status, body) = told_to(OPENAI_CHAT, ANTHROPIC, 404, body);
        assert_eq!(status, 404);
        let want = serde_json::json!({
            "message": "model: x", "type": "invalid_request_error", "param": null, "code": "model_not_found"
        });
        assert_eq!(body["error"], want);
    }

    #[test]
    fn between_the_openai_dialects_type_param_and_code_are_kept() {
        let error =
            r#"{"message":"m","type":"image_parse_error","param":"messages.1","code":"invalid_image"}"#;
        let (_, body) = told_to(OPENAI_RESPONSES, OPENAI_CHAT, 400, &format!(r#"{{"error":{error}}}"#));
        assert_eq!(body["error"], serde_json::from_str::<Value>(error).expect("JSON"));
    }

    #[test]
    fn every_servers_shape_gives_its_words() {
        for (body, words) in [
            (r#"{"object":"error","message":"m","type":"BadRequestError","code":400}"#, "m"),
            (r#"{"error":"m"}"#, "m"),
            (r#"{"detail":"m"}"#, "m"),
            (
                r#"{"detail":[{"loc":["body","tools"],"msg":"Field required","type":"missing"}]}"#,
                "body.tools: Field required",
            ),
            (
                r#"{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"error\":{\"message\":\"m\"}}"}}}"#,
                "Provider returned error: m",
            ),
            ("plain words", "plain words"),
            ("<html>no</html>", "the endpoint answered with status 400 and no words"),
            ("", "the endpoint answered with status 400 and no words"),
        ] {
            assert_eq!(told_to(ANTHROPIC, OPENAI_CHAT, 400, body).1["error"]["message"], words, "{body}");
        }
    }

    #[test]
    fn an_overflow_is_told_as_the_clients_vendor_tells_it() {
        let openai = r#"{"error":{"message":"This model's maximum context length is 128000 tokens. However, your messages resulted in 130001 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}"#;
        let (status, body) = told_to(ANTHROPIC, OPENAI_CHAT, 400, openai);
        assert_eq!((status, &body["error"]["type"]), (400, &Value::from("invalid_request_error")));
        assert_eq!(body["error"]["message"], "prompt is too long: 130001 tokens > 128000 maximum");

        let anthropic = r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}"#;
        for client in [OPENAI_CHAT, OPENAI_RESPONSES] {
            let (status, body) = told_to(client, ANTHROPIC, 400, anthropic);
            assert_eq!((status, &body["error"]["code"]), (400, &Value::from(OVERFLOW)));
            assert_eq!(body["error"]["message"], "prompt is too long: 210000 tokens > 200000 maximum");
        }

        let llama = r#"{"error":{"code":400,"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error","n_prompt_tokens":9001,"n_ctx":8192}}"#;
        let (_, body) = told_to(ANTHROPIC, OPENAI_CHAT, 500, llama);
        assert_eq!(body["error"]["message"], "prompt is too long: 9001 tokens > 8192 maximum");
    }

    #[test]
    fn an_error_inside_a_stream_has_the_type_that_clients_know() {
        assert_eq!(told(ANTHROPIC, "server_error", "m"), ("api_error".to_owned(), "m".to_owned()));
        assert_eq!(told(ANTHROPIC, "BadRequestError", "m").0, "api_error");
        assert_eq!(told(OPENAI_CHAT, "overloaded_error", "m").0, "overloaded_error");
        let (kind, words) =
            told(OPENAI_RESPONSES, "invalid_request_error", "prompt is too long: 3 tokens > 2 maximum");
        assert_eq!((kind.as_str(), words.as_str()), (OVERFLOW, "prompt is too long: 3 tokens > 2 maximum"));
    }
}
