//! A message becomes the events of a stream: each block's text in one delta, the rest of a block in its start.
//!
//! What the endpoint tells last (`stop_reason` and its companions, `container`, `context_management`, the full usage)
//! stands in `message_delta`, as clients expect it there.

use super::is_call;
use crate::whole::Unsound;
use crate::whole::json::{self, Members};
use crate::whole::sse::Writer;

/// Members of `message_delta.delta`; `null` until then.
const LATE: [&str; 4] = ["stop_reason", "stop_sequence", "stop_details", "container"];

/// `whole` is on one line.
pub(super) fn scatter(whole: &[u8]) -> Result<Vec<u8>, Unsound> {
    let message = Members::parse(whole)?;
    let mut out = Writer::for_answer(whole.len());
    start(&message, &mut out)?;
    for (index, block) in message.array("content")?.into_iter().enumerate() {
        scatter_block(&index.to_string(), &Members::of(block)?, &mut out)?;
    }
    let mut delta = Members::default();
    for key in LATE {
        if let Some(value) = message.get(key) {
            delta.set(key, value);
        }
    }
    let mut tail = event("message_delta").with("delta", delta.text());
    if let Some(usage) = message.get("usage") {
        tail.set("usage", usage);
    }
    if let Some(value) = message.get("context_management") {
        tail.set("context_management", value);
    }
    out.named("message_delta", &tail);
    out.named("message_stop", &event("message_stop"));
    Ok(out.into_bytes())
}

fn event(kind: &str) -> Members<'_> {
    Members::default().with("type", json::quoted(kind))
}

fn start(message: &Members<'_>, out: &mut Writer) -> Result<(), Unsound> {
    let mut head = message.clone();
    head.replace("content", "[]");
    for key in LATE.into_iter().chain(["context_management"]) {
        head.replace(key, "null");
    }
    // No endpoint knows at the start how much it will say; what it sends there is a small number.
    let mut usage = message.object("usage")?;
    usage.replace("output_tokens", "1");
    head.replace("usage", usage.text());
    out.named("message_start", &event("message_start").with("message", head.text()));
    Ok(())
}

fn scatter_block(index: &str, block: &Members<'_>, out: &mut Writer) -> Result<(), Unsound> {
    let kind = block.word("type").unwrap_or_default();
    let mut deltas: Vec<Members<'_>> = Vec::new();
    let mut head = block.clone();
    let mut text = |head: &mut Members<'_>, kind: &'static str, key: &'static str| {
        if let Some(value) = block.get(key).filter(|v| json::is_text(v) && *v != "\"\"") {
            head.replace(key, "\"\"");
            deltas.push(event(kind).with(key, value));
        }
    };
    match kind.as_ref() {
        "text" => {
            text(&mut head, "text_delta", "text");
            let citations = block.array("citations")?;
            if !citations.is_empty() {
                head.replace("citations", "[]");
            }
            deltas.extend(citations.into_iter().map(|c| event("citations_delta").with("citation", c)));
        }
        "thinking" => {
            text(&mut head, "thinking_delta", "thinking");
            text(&mut head, "signature_delta", "signature");
        }
        kind if is_call(kind) => {
            head.replace("input", "{}");
            let input = json::quoted(block.get("input").unwrap_or("{}"));
            deltas.push(event("input_json_delta").with("partial_json", input));
        }
        "compaction" => {
            let mut delta = event("compaction_delta");
            for key in ["content", "encrypted_content"] {
                if let Some(value) = block.get(key) {
                    head.replace(key, "null");
                    delta.set(key, value);
                }
            }
            deltas.push(delta);
        }
        _ => {}
    }
    let start = event("content_block_start").with("index", index).with("content_block", head.text());
    out.named("content_block_start", &start);
    for delta in deltas {
        let event = event("content_block_delta").with("index", index).with("delta", delta.text());
        out.named("content_block_delta", &event);
    }
    out.named("content_block_stop", &event("content_block_stop").with("index", index));
    Ok(())
}
