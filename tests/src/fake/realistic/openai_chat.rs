//! OpenAI Chat Completions, streamed and whole.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{TEXT, data, words};

const ID: &str = "chatcmpl-FakeFakeFake";
const ARGUMENTS: &str = "{\"city\": \"Geneva\", \"unit\": \"°C\"}";

fn usage() -> Value {
    json!({"prompt_tokens": 2060, "completion_tokens": 42, "total_tokens": 2102,
        "prompt_tokens_details": {"cached_tokens": 2048}})
}

/// One chunk with one choice.
#[must_use]
pub fn chunk(model: &str, delta: &Value, finish: Option<&str>) -> Bytes {
    data(&json!({"id": ID, "object": "chat.completion.chunk", "created": 1_790_000_000, "model": model,
        "system_fingerprint": null, "choices": [{"index": 0, "delta": delta, "logprobs": null,
        "finish_reason": finish}]}))
}

/// `[DONE]`.
#[must_use]
pub fn done() -> Bytes {
    Bytes::from_static(b"data: [DONE]\n\n")
}

fn name(tool: &Value) -> &Value {
    &tool["function"]["name"]
}

/// A whole stream: text, or a call of `tool`; the usage comes in a chunk without choices.
#[must_use]
pub fn stream(model: &str, tool: Option<&Value>) -> Vec<Bytes> {
    let mut out = vec![chunk(model, &json!({"role": "assistant", "content": ""}), None)];
    if let Some(tool) = tool {
        let first = json!({"tool_calls": [{"index": 0, "id": "call_fake", "type": "function",
            "function": {"name": name(tool), "arguments": ""}}]});
        out.push(chunk(model, &first, None));
        for part in [&ARGUMENTS[..7], &ARGUMENTS[7..16], &ARGUMENTS[16..]] {
            let delta = json!({"tool_calls": [{"index": 0, "function": {"arguments": part}}]});
            out.push(chunk(model, &delta, None));
        }
    } else {
        out.extend(words().map(|word| chunk(model, &json!({"content": word}), None)));
    }
    out.push(chunk(model, &json!({}), Some(if tool.is_some() { "tool_calls" } else { "stop" })));
    out.push(data(&json!({"id": ID, "object": "chat.completion.chunk", "created": 1_790_000_000,
        "model": model, "choices": [], "usage": usage()})));
    out.push(done());
    out
}

/// A whole completion: text, or a call of `tool`.
#[must_use]
pub fn completion(model: &str, tool: Option<&Value>) -> Value {
    let message = match tool {
        None => json!({"role": "assistant", "content": TEXT, "refusal": null}),
        Some(tool) => json!({"role": "assistant", "content": null, "tool_calls": [{"id": "call_fake",
            "type": "function", "function": {"name": name(tool), "arguments": ARGUMENTS}}]}),
    };
    json!({"id": ID, "object": "chat.completion", "created": 1_790_000_000, "model": model, "usage": usage(),
        "choices": [{"index": 0, "message": message, "logprobs": null,
            "finish_reason": if tool.is_some() { "tool_calls" } else { "stop" }}]})
}
