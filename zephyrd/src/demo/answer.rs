//! What a simulated endpoint says.

use serde_json::{Value, json};

const WORDS: [&str; 9] = ["I ", "am ", "simulated, ", "and ", "every ", "word ", "comes ", "by ", "itself."];

/// An error body.
pub(super) fn error(kind: &str, message: &str) -> String {
    json!({ "type": "error", "error": { "type": kind, "message": message } }).to_string()
}

/// An answer to `count_tokens`.
pub(super) fn count(body: &[u8]) -> String {
    json!({ "input_tokens": tokens(body) }).to_string()
}

/// A whole answer.
pub(super) fn whole(name: &str, model: &str, body: &[u8]) -> String {
    let mut message = head(model, body);
    message["content"] = json!([{ "type": "text", "text": format!("{name} says: {}", WORDS.concat()) }]);
    message["stop_reason"] = json!("end_turn");
    message["usage"]["output_tokens"] = json!(WORDS.len() + 2);
    message.to_string()
}

/// The events of a streamed answer.
pub(super) fn events(name: &str, model: &str, body: &[u8]) -> Vec<String> {
    let delta = |text: &str| {
        event(
            &json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": text } }),
        )
    };
    let mut events = vec![
        event(&json!({ "type": "message_start", "message": head(model, body) })),
        event(
            &json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }),
        ),
        delta(&format!("{name} says: ")),
    ];
    events.extend(WORDS.iter().map(|w| delta(w)));
    events.extend([
        event(&json!({ "type": "content_block_stop", "index": 0 })),
        event(&json!({
            "type": "message_delta",
            "delta": { "stop_reason": "end_turn", "stop_sequence": null },
            "usage": { "output_tokens": WORDS.len() + 2 },
        })),
        event(&json!({ "type": "message_stop" })),
    ]);
    events
}

fn event(data: &Value) -> String {
    format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap_or_default())
}

fn head(model: &str, body: &[u8]) -> Value {
    json!({
        "id": "msg_demo", "type": "message", "role": "assistant", "model": model, "content": [],
        "stop_reason": null, "stop_sequence": null,
        "usage": { "input_tokens": tokens(body), "output_tokens": 1 },
    })
}

/// Four bytes to a token, as a rule of thumb.
fn tokens(body: &[u8]) -> usize {
    body.len().div_ceil(4)
}
