//! Anthropic Messages, streamed and whole.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{TEXT, event, words};

const ID: &str = "msg_01FakeFakeFakeFakeFake";

fn usage(output: u64) -> Value {
    json!({"input_tokens": 12, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 2048,
        "output_tokens": output, "service_tier": "standard"})
}

/// `message_start`.
#[must_use]
pub fn start(model: &str) -> Bytes {
    event(
        "message_start",
        &json!({"type": "message_start", "message": {"id": ID, "type": "message", "role": "assistant",
            "model": model, "content": [], "stop_reason": null, "stop_sequence": null, "usage": usage(1)}}),
    )
}

/// `ping`.
#[must_use]
pub fn ping() -> Bytes {
    event("ping", &json!({"type": "ping"}))
}

/// `error`.
#[must_use]
pub fn error(kind: &str, message: &str) -> Bytes {
    event("error", &json!({"type": "error", "error": {"type": kind, "message": message}}))
}

/// `content_block_start`.
#[must_use]
pub fn block_start(index: usize, block: &Value) -> Bytes {
    let data = json!({"type": "content_block_start", "index": index, "content_block": block});
    event("content_block_start", &data)
}

/// `content_block_delta`.
#[must_use]
pub fn delta(index: usize, delta: &Value) -> Bytes {
    event("content_block_delta", &json!({"type": "content_block_delta", "index": index, "delta": delta}))
}

/// `content_block_stop`.
#[must_use]
pub fn block_stop(index: usize) -> Bytes {
    event("content_block_stop", &json!({"type": "content_block_stop", "index": index}))
}

/// `message_delta` and `message_stop`.
#[must_use]
pub fn end(reason: &str) -> [Bytes; 2] {
    let delta = json!({"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": null},
        "usage": {"output_tokens": 42}});
    [event("message_delta", &delta), event("message_stop", &json!({"type": "message_stop"}))]
}

/// The text block of a stream.
fn text(index: usize, out: &mut Vec<Bytes>) {
    out.push(block_start(index, &json!({"type": "text", "text": ""})));
    out.push(ping());
    out.extend(words().map(|word| delta(index, &json!({"type": "text_delta", "text": word}))));
    out.push(block_stop(index));
}

/// A thinking block with its signature.
fn thinking(index: usize, out: &mut Vec<Bytes>) {
    out.push(block_start(index, &json!({"type": "thinking", "thinking": "", "signature": ""})));
    for word in ["Winds ", "have ", "names."] {
        out.push(delta(index, &json!({"type": "thinking_delta", "thinking": word})));
    }
    out.push(delta(index, &json!({"type": "signature_delta", "signature": "RmFrZVNpZ25hdHVyZQ=="})));
    out.push(block_stop(index));
}

/// A call of `tool`, its arguments split in the middle of a character's escape.
fn tool_use(index: usize, tool: &Value, out: &mut Vec<Bytes>) {
    let block = json!({"type": "tool_use", "id": "toolu_01Fake", "name": tool["name"], "input": {}});
    out.push(block_start(index, &block));
    for part in ["", "{\"city\"", ": \"Genev", "a\", \"unit\": \"\\u00b", "0C\"}"] {
        out.push(delta(index, &json!({"type": "input_json_delta", "partial_json": part})));
    }
    out.push(block_stop(index));
}

/// A whole stream: text, or text and a call of `tool`.
#[must_use]
pub fn stream(model: &str, tool: Option<&Value>) -> Vec<Bytes> {
    let mut out = vec![start(model)];
    text(0, &mut out);
    if let Some(tool) = tool {
        tool_use(1, tool, &mut out);
    }
    out.extend(end(if tool.is_some() { "tool_use" } else { "end_turn" }));
    out
}

/// A stream that thinks first.
#[must_use]
pub fn thinking_stream(model: &str) -> Vec<Bytes> {
    let mut out = vec![start(model)];
    thinking(0, &mut out);
    text(1, &mut out);
    out.extend(end("end_turn"));
    out
}

/// A whole message: text, or text and a call of `tool`.
#[must_use]
pub fn message(model: &str, tool: Option<&Value>) -> Value {
    let mut content = vec![json!({"type": "text", "text": TEXT})];
    if let Some(tool) = tool {
        let input = json!({"city": "Geneva", "unit": "°C"});
        content.push(json!({"type": "tool_use", "id": "toolu_01Fake", "name": tool["name"], "input": input}));
    }
    json!({"id": ID, "type": "message", "role": "assistant", "model": model, "content": content,
        "stop_reason": if tool.is_some() { "tool_use" } else { "end_turn" }, "stop_sequence": null, "usage": usage(42)})
}
