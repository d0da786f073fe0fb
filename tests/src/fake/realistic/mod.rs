//! Answers as real endpoints give them, by path and by what the request asks for.

pub mod anthropic;
pub mod openai_chat;
pub mod openai_responses;

use bytes::Bytes;
use serde_json::{Value, json};

use super::answer::{Answer, Framing};
use super::record::Seen;

/// What every realistic answer says.
pub const TEXT: &str = "The zephyr is a light wind from the west.";

/// One SSE event with a name.
#[must_use]
pub fn event(name: &str, data: &Value) -> Bytes {
    Bytes::from(format!("event: {name}\ndata: {data}\n\n"))
}

/// One SSE event without a name.
#[must_use]
pub fn data(data: &Value) -> Bytes {
    Bytes::from(format!("data: {data}\n\n"))
}

/// The words of [`TEXT`], each with the space before it.
fn words() -> impl Iterator<Item = &'static str> {
    TEXT.split_inclusive(' ')
}

/// Puts the body that `request` deserves into `answer`; a status other than 200 gets an error of its kind.
pub(super) fn fill(answer: Answer, request: &Seen) -> Answer {
    let real = if answer.status == 200 { real(request) } else { failure(answer.status, request) };
    let headers = real.headers.into_iter().chain(answer.headers.clone()).collect();
    let framing = if answer.framing == Framing::Auto { real.framing } else { answer.framing };
    Answer { body: real.body, headers, framing, status: real.status, ..answer }
}

fn real(request: &Seen) -> Answer {
    let body = request.json();
    let stream = body["stream"] == json!(true);
    let model = body["model"].as_str().unwrap_or("unnamed");
    // A tool is called when the request insists on one.
    let choice = &body["tool_choice"];
    let insists =
        ["any", "tool", "function"].iter().any(|t| choice["type"] == json!(t)) || choice == "required";
    let tool = body["tools"][0].clone();
    let tool = (insists && tool.is_object()).then_some(&tool);
    let answer = match (request.method.as_str(), request.path().trim_start_matches("/prefix")) {
        ("POST", "/v1/messages") if stream => Answer::events(anthropic::stream(model, tool)),
        ("POST", "/v1/messages") => Answer::json(200, anthropic::message(model, tool)),
        ("POST", "/v1/messages/count_tokens") => {
            let tokens = request.body.len().div_ceil(4);
            Answer::json(200, json!({"input_tokens": tokens}))
        }
        ("POST", "/v1/chat/completions") if stream => Answer::events(openai_chat::stream(model, tool)),
        ("POST", "/v1/chat/completions") => Answer::json(200, openai_chat::completion(model, tool)),
        ("POST", "/v1/responses") if stream => Answer::events(openai_responses::stream(model, tool)),
        ("POST", "/v1/responses") => Answer::json(200, openai_responses::response(model, tool)),
        ("GET", "/v1/models") => Answer::json(200, models()),
        (method, path) => {
            Answer::json(200, json!({"method": method, "path": path, "bytes": request.body.len()}))
        }
    };
    answer
        .header("request-id", &format!("req_fake_{}", request.number))
        .header("server", "zephyr-fake-endpoint")
}

fn models() -> Value {
    json!({"data": [
        {"type": "model", "id": "claude-opus-5-5", "display_name": "Claude Opus 5.5", "created_at": "2026-10-01T00:00:00Z"},
        {"type": "model", "id": "claude-haiku-5", "display_name": "Claude Haiku 5", "created_at": "2026-10-01T00:00:00Z"}],
        "has_more": false, "first_id": "claude-opus-5-5", "last_id": "claude-haiku-5", "object": "list"})
}

/// An error of `status` in the shape of the request's dialect.
fn failure(status: u16, request: &Seen) -> Answer {
    let kind = match status {
        400 => "invalid_request_error",
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        _ => "api_error",
    };
    let message = format!("scripted {status}");
    if request.path().contains("/messages") {
        Answer::error(status, kind, &message)
    } else {
        Answer::json(
            status,
            json!({"error": {"message": message, "type": kind, "param": null, "code": null}}),
        )
    }
}
