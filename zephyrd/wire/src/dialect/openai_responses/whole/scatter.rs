//! A response becomes the events of a stream: each text in one delta.
//!
//! Messages, reasoning, and calls whose arguments or code are text get the events between that clients follow; the search
//! and tool items of the vendor, and items that nobody knows, only their `added` and `done`.

use crate::whole::Unsound;
use crate::whole::json::{self, Members};
use crate::whole::sse::Writer;

/// `whole` is on one line.
pub(super) fn scatter(whole: &[u8]) -> Result<Vec<u8>, Unsound> {
    let response = Members::parse(whole)?;
    let mut events = Events { out: Writer::for_answer(whole.len() * 2), number: 0 };
    let mut begun = response.clone();
    begun.replace("status", "\"in_progress\"");
    begun.replace("output", "[]");
    for key in ["usage", "incomplete_details", "completed_at"] {
        begun.replace(key, "null");
    }
    let begun = begun.text();
    for kind in ["response.created", "response.in_progress"] {
        events.send(kind, Members::default().with("response", begun.as_str()));
    }
    for (index, item) in response.array("output")?.into_iter().enumerate() {
        scatter_item(index, item, &mut events)?;
    }
    let incomplete = response.word("status").as_deref() == Some("incomplete");
    let end = if incomplete { "response.incomplete" } else { "response.completed" };
    let whole = std::str::from_utf8(whole).map_err(|_| Unsound("it is no text"))?.trim();
    events.send(end, Members::default().with("response", whole));
    Ok(events.out.into_bytes())
}

struct Events {
    out: Writer,
    number: u64,
}

impl Events {
    fn send(&mut self, kind: &str, members: Members<'_>) {
        let mut event = Members::default().with("type", json::quoted(kind));
        event.set("sequence_number", self.number.to_string());
        for (key, value) in members.iter() {
            event.set(key, value);
        }
        self.out.named(kind, &event);
        self.number += 1;
    }
}

/// Kinds of items with one streamed text: its member, and what their events are called.
const TEXTS: [(&str, &str, &str); 4] = [
    ("function_call", "arguments", "response.function_call_arguments"),
    ("mcp_call", "arguments", "response.mcp_call_arguments"),
    ("custom_tool_call", "input", "response.custom_tool_call_input"),
    ("code_interpreter_call", "code", "response.code_interpreter_call_code"),
];

fn scatter_item(index: usize, text: &str, events: &mut Events) -> Result<(), Unsound> {
    let item = Members::of(text)?;
    let index = index.to_string();
    let kind = item.word("type").unwrap_or_default();
    let mut begun = item.clone();
    begun.replace("status", "\"in_progress\"");
    match kind.as_ref() {
        "message" => begun.replace("content", "[]"),
        "reasoning" => {
            begun.replace("summary", "[]");
            if item.given("content").is_some() {
                begun.replace("content", "[]");
            }
        }
        _ => {}
    }
    let streamed = TEXTS.iter().find(|(of, key, _)| *of == kind && item.has_text(key));
    if let Some((_, key, _)) = streamed {
        begun.replace(key, "\"\"");
    }
    let added = Members::default().with("output_index", index.as_str()).with("item", begun.text());
    events.send("response.output_item.added", added);

    let id = item.given("id").unwrap_or("\"\"");
    let at = Members::default().with("item_id", id).with("output_index", index.as_str());
    if let Some((_, key, name)) = streamed {
        let value = item.get(key).unwrap_or("\"\"");
        send_text(events, name, &at, key, value, &[]);
    }
    if kind == "reasoning" {
        for (n, part) in item.array("summary")?.into_iter().enumerate() {
            let n = n.to_string();
            scatter_part(
                events,
                "response.reasoning_summary_part",
                &at.clone().with("summary_index", n),
                part,
            )?;
        }
    }
    if (kind == "message" || kind == "reasoning") && item.get("content").is_some_and(|c| c.starts_with('[')) {
        for (n, part) in item.array("content")?.into_iter().enumerate() {
            let n = n.to_string();
            scatter_part(events, "response.content_part", &at.clone().with("content_index", n), part)?;
        }
    }
    let done = Members::default().with("output_index", index.as_str()).with("item", text);
    events.send("response.output_item.done", done);
    Ok(())
}

/// A part of a message or a reasoning item, which has one text at most.
fn scatter_part(events: &mut Events, name: &str, at: &Members<'_>, text: &str) -> Result<(), Unsound> {
    let part = Members::of(text)?;
    let (key, texts) = match part.word("type").unwrap_or_default().as_ref() {
        "output_text" => ("text", "response.output_text"),
        "refusal" => ("refusal", "response.refusal"),
        "summary_text" => ("text", "response.reasoning_summary_text"),
        "reasoning_text" => ("text", "response.reasoning_text"),
        _ => ("", ""),
    };
    let mut begun = part.clone();
    begun.replace(key, "\"\"");
    for key in ["annotations", "logprobs"] {
        if part.get(key).is_some_and(|v| v.starts_with('[')) {
            begun.replace(key, "[]");
        }
    }
    events.send(&format!("{name}.added"), at.clone().with("part", begun.text()));
    let mut notes = Vec::new();
    for (n, annotation) in part.array("annotations")?.into_iter().enumerate() {
        notes.push(at.clone().with("annotation_index", n.to_string()).with("annotation", annotation));
    }
    if let Some(value) = part.get(key).filter(|v| json::is_text(v)) {
        let mut at = at.clone();
        if texts == "response.output_text" {
            at.set("logprobs", part.given("logprobs").unwrap_or("[]"));
        }
        send_text(events, texts, &at, key, value, &notes);
    }
    events.send(&format!("{name}.done"), at.clone().with("part", text));
    Ok(())
}

/// A text in one delta, unless it is empty, its annotations, and the text once more as what it has become.
fn send_text(
    events: &mut Events,
    name: &str,
    at: &Members<'_>,
    key: &str,
    value: &str,
    notes: &[Members<'_>],
) {
    if value != "\"\"" {
        events.send(&format!("{name}.delta"), at.clone().with("delta", value));
    }
    for note in notes {
        events.send("response.output_text.annotation.added", note.clone());
    }
    events.send(&format!("{name}.done"), at.clone().with(key, value));
}
