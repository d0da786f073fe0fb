//! A completion becomes the chunks of a stream: one after the other its choices, each text in one chunk, each call's arguments
//! in one.
//!
//! Members that nobody knows stand in the first chunk (of a completion), in the first delta (of a message) or beside
//! `finish_reason` (of a choice).

use super::TEXTS;
use crate::whole::json::{self, Members};
use crate::whole::sse::Writer;
use crate::whole::{Scatter, Unsound};

/// What every chunk repeats.
const REPEATED: [&str; 5] = ["id", "created", "model", "service_tier", "system_fingerprint"];

struct Chunks<'a> {
    out: Writer,
    head: Members<'a>,
    /// Members for the next chunk alone.
    first: Vec<(&'a str, &'a str)>,
    /// Usage until it is known, where it will be told.
    usage: Option<&'a str>,
}

impl<'a> Chunks<'a> {
    fn send(&mut self, choices: String, usage: Option<&'a str>) {
        let mut chunk = self.head.clone();
        for (key, value) in self.first.drain(..) {
            chunk.set(key, value);
        }
        chunk.set("choices", choices);
        if let Some(usage) = usage.or(self.usage) {
            chunk.set("usage", usage);
        }
        self.out.data(&chunk);
    }
}

/// `whole` is on one line.
pub(super) fn scatter(whole: &[u8], wish: Scatter) -> Result<Vec<u8>, Unsound> {
    let whole_len = whole.len();
    let whole = Members::parse(whole)?;
    let mut head = Members::default();
    let mut first = Vec::new();
    for (key, value) in whole.iter() {
        match key {
            "choices" | "usage" => {}
            "object" => head.set(key, "\"chat.completion.chunk\""),
            _ if REPEATED.contains(&key) => head.set(key, value),
            _ => first.push((key, value)),
        }
    }
    let usage = whole.given("usage").filter(|_| wish.include_usage);
    let mut chunks = Chunks { out: Writer::for_answer(whole_len), head, first, usage: usage.map(|_| "null") };
    for choice in whole.array("choices")? {
        scatter_choice(&Members::of(choice)?, &mut chunks)?;
    }
    if usage.is_some() {
        chunks.send("[]".to_owned(), usage);
    }
    chunks.out.raw(b"data: [DONE]\n\n");
    Ok(chunks.out.into_bytes())
}

fn scatter_choice(choice: &Members<'_>, chunks: &mut Chunks<'_>) -> Result<(), Unsound> {
    let message = choice.object("message")?;
    let mut first = message.clone();
    first.remove("tool_calls");
    first.remove("function_call");
    // Each delta with the logprobs beside it.
    let mut deltas: Vec<(Members<'_>, &str)> = Vec::new();
    let mut logprobs = choice.given("logprobs");
    for key in TEXTS {
        let Some(value) = message.get(key).filter(|v| json::is_text(v) && *v != "\"\"") else { continue };
        if key == "content" {
            first.replace(key, "\"\"");
        } else {
            first.remove(key);
        }
        let beside = if matches!(key, "content" | "refusal") { logprobs.take() } else { None };
        deltas.push((Members::default().with(key, value), beside.unwrap_or("null")));
    }
    deltas.insert(0, (first, "null"));
    for (index, call) in message.array("tool_calls")?.into_iter().enumerate() {
        for part in call_parts(&Members::of(call)?)? {
            let mut call = Members::default().with("index", index.to_string());
            for (key, value) in part.iter().filter(|(key, _)| *key != "index") {
                call.set(key, value);
            }
            deltas.push((Members::default().with("tool_calls", json::listed([call.text()])), "null"));
        }
    }
    match message.get("tool_calls") {
        Some(calls) if json::is_nothing(calls) => deltas[0].0.set("tool_calls", calls),
        _ => {}
    }
    match message.get("function_call") {
        Some("null") => deltas[0].0.set("function_call", "null"),
        Some(call) => {
            let (head, tail) = split(&Members::of(call)?, "arguments");
            for part in [Some(head), tail].into_iter().flatten() {
                deltas.push((Members::default().with("function_call", part.text()), "null"));
            }
        }
        None => {}
    }
    let index = choice.get("index").unwrap_or("0");
    let mut send = |delta: &Members<'_>, logprobs: &str, rest: &mut dyn Iterator<Item = (&str, &str)>| {
        let mut part = Members::default().with("index", index).with("delta", delta.text());
        if choice.get("logprobs").is_some() {
            part.set("logprobs", logprobs.to_owned());
        }
        part.set("finish_reason", "null");
        let mut part = Members::kept(part);
        for (key, value) in rest {
            part.merge(key, value);
        }
        chunks.send(json::listed([part.text()]), None);
    };
    for (delta, logprobs) in &deltas {
        send(delta, logprobs, &mut std::iter::empty());
    }
    let mut rest = choice.iter().filter(|(key, _)| !matches!(*key, "index" | "message" | "logprobs"));
    send(&Members::default(), logprobs.unwrap_or("null"), &mut rest);
    Ok(())
}

/// The call without its long text, and then that text alone.
fn call_parts(call: &Members<'_>) -> Result<Vec<Members<'static>>, Unsound> {
    let (key, text) = match call.word("type").as_deref() {
        Some("function") => ("function", "arguments"),
        Some("custom") => ("custom", "input"),
        _ => return Ok(vec![Members::kept(call.clone())]),
    };
    let (head, tail) = split(&call.object(key)?, text);
    let mut first = call.clone();
    first.replace(key, head.text());
    let tail = tail.map(|tail| Members::default().with(key, tail.text()));
    Ok([Some(Members::kept(first)), tail].into_iter().flatten().collect())
}

/// `call` with the text `key` emptied, and that text alone where there is any.
fn split(call: &Members<'_>, key: &'static str) -> (Members<'static>, Option<Members<'static>>) {
    let mut head = Members::kept(call.clone());
    head.replace(key, "\"\"");
    let text = call.get(key).filter(|text| *text != "\"\"").map(str::to_owned);
    (head, text.map(|text| Members::default().with(key, text)))
}
