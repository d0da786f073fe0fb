//! OpenAI Responses, streamed and whole.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{TEXT, event, words};

const ID: &str = "resp_FakeFakeFake";
const ARGUMENTS: &str = "{\"city\": \"Geneva\", \"unit\": \"°C\"}";

fn envelope(model: &str, status: &str, output: &Value) -> Value {
    let usage = if status == "completed" {
        json!({"input_tokens": 2060, "input_tokens_details": {"cached_tokens": 2048}, "output_tokens": 42,
            "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 2102})
    } else {
        Value::Null
    };
    json!({"id": ID, "object": "response", "created_at": 1_790_000_000, "status": status, "model": model,
        "error": null, "incomplete_details": null, "instructions": null, "metadata": {}, "output": output,
        "parallel_tool_calls": true, "temperature": 1.0, "tool_choice": "auto", "tools": [], "top_p": 1.0,
        "usage": usage})
}

fn item(tool: Option<&Value>, status: &str) -> Value {
    let whole = status == "completed";
    match tool {
        None => {
            let text = json!([{"type": "output_text", "text": TEXT, "annotations": []}]);
            let content = if whole { text } else { json!([]) };
            json!({"type": "message", "id": "msg_fake", "status": status, "role": "assistant", "content": content})
        }
        Some(tool) => {
            json!({"type": "function_call", "id": "fc_fake", "call_id": "call_fake", "status": status,
            "name": tool["name"], "arguments": if whole { ARGUMENTS } else { "" }})
        }
    }
}

/// A whole response: text, or a call of `tool`.
#[must_use]
pub fn response(model: &str, tool: Option<&Value>) -> Value {
    envelope(model, "completed", &json!([item(tool, "completed")]))
}

/// A whole stream: text, or a call of `tool`.
#[must_use]
pub fn stream(model: &str, tool: Option<&Value>) -> Vec<Bytes> {
    let mut events: Vec<Value> = Vec::new();
    for kind in ["response.created", "response.in_progress"] {
        events.push(json!({"type": kind, "response": envelope(model, "in_progress", &json!([]))}));
    }
    events.push(json!({"type": "response.output_item.added", "output_index": 0,
        "item": item(tool, "in_progress")}));
    let at =
        |kind: &str, id: &str| json!({"type": kind, "item_id": id, "output_index": 0, "content_index": 0});
    let with = |mut event: Value, key: &str, value: Value| {
        event[key] = value;
        event
    };
    if tool.is_some() {
        for part in [&ARGUMENTS[..7], &ARGUMENTS[7..]] {
            let event = at("response.function_call_arguments.delta", "fc_fake");
            events.push(with(event, "delta", json!(part)));
        }
        let event = at("response.function_call_arguments.done", "fc_fake");
        events.push(with(event, "arguments", json!(ARGUMENTS)));
    } else {
        let part = |text: &str| json!({"type": "output_text", "text": text, "annotations": []});
        events.push(with(at("response.content_part.added", "msg_fake"), "part", part("")));
        for word in words() {
            events.push(with(at("response.output_text.delta", "msg_fake"), "delta", json!(word)));
        }
        events.push(with(at("response.output_text.done", "msg_fake"), "text", json!(TEXT)));
        events.push(with(at("response.content_part.done", "msg_fake"), "part", part(TEXT)));
    }
    events.push(
        json!({"type": "response.output_item.done", "output_index": 0, "item": item(tool, "completed")}),
    );
    events.push(json!({"type": "response.completed", "response": response(model, tool)}));
    let numbered = events.into_iter().enumerate().map(|(i, e)| with(e, "sequence_number", json!(i)));
    numbered.map(|e| event(e["type"].as_str().unwrap_or_default(), &e)).collect()
}
