//! Writes a request for an endpoint: its top-level members, by the endpoint's quirks.
//!
//! `store` is OpenAI's alone and off by default there, so only `true` is sent, and `metadata` only with it, as OpenAI wants
//! it. `service_tier` is sent where it is one of OpenAI's own.

mod effort;
mod media;
mod messages;
mod results;
mod tools;
mod turns;

#[cfg(test)]
mod tests;

use crate::form::{Format, Loss, Refused, Request};
use crate::quirks::Quirks;
use crate::whole::json;

/// Most stop sequences that the vendor takes.
const MOST_STOPS: usize = 4;
/// What `service_tier` may be; Anthropic's `auto` is the same word.
const TIERS: [&str; 6] = ["auto", "default", "flex", "scale", "priority", "fast"];

/// See [`crate::translate::Convert::write_request`].
pub(super) fn write(
    request: &Request<'_>,
    quirks: &Quirks,
    losses: &mut Vec<Loss>,
) -> Result<Vec<u8>, Refused> {
    let mut losses = Losses(losses);
    request.beside.iter().for_each(|what| losses.add(what));
    let messages = turns::messages(request, quirks, &mut losses)?;
    let tools = tools::functions(request, &mut losses)?;

    let mut top = Top { out: b"{\"model\":".to_vec(), written: Vec::new(), quirks, losses };
    json::quote(&mut top.out, &request.model);
    top.out.extend_from_slice(b",\"messages\":");
    messages::push(&mut top.out, &messages, request, quirks, &mut top.losses)?;
    top.written.extend(["model", "messages"]);
    if !tools.is_empty() {
        top.raw("tools", &json::listed(&tools));
        if let Some(choice) = tools::choice(request) {
            top.raw("tool_choice", &choice);
        }
        if let Some(parallel) = request.parallel {
            top.raw("parallel_tool_calls", if parallel { "true" } else { "false" });
        }
    }
    limits(&mut top, request);
    sampling(&mut top, request);
    effort::write(&mut top, &request.reasoning);
    if let Some(format) = &request.format {
        top.raw("response_format", &response_format(format));
    }
    for (key, value) in
        [("verbosity", &request.verbosity), ("user", &request.user), ("prompt_cache_key", &request.cache_key)]
    {
        if let Some(value) = value {
            top.raw(key, &json::quoted(value));
        }
    }
    match request.service_tier.as_deref() {
        Some(tier) if TIERS.contains(&tier) => top.raw("service_tier", &json::quoted(tier)),
        Some("standard_only") => top.raw("service_tier", "\"default\""),
        Some(_) => top.losses.add("service_tier"),
        None => {}
    }
    match &request.metadata {
        Some(metadata) if request.store == Some(true) => top.raw("metadata", metadata),
        Some(_) => top.losses.add("metadata"),
        None => {}
    }
    if request.store == Some(true) {
        top.raw("store", "true");
    }
    if request.stream {
        top.raw("stream", "true");
        if quirks.stream_options {
            top.raw("stream_options", "{\"include_usage\":true}");
        }
    }
    Ok(top.done())
}

fn limits(top: &mut Top<'_, '_>, request: &Request<'_>) {
    if let Some(asked) = request.max_tokens {
        let most = asked.min(top.quirks.max_tokens.unwrap_or(u64::MAX));
        let key = if top.quirks.max_completion_tokens { "max_completion_tokens" } else { "max_tokens" };
        top.raw(key, &most.to_string());
    }
    if !request.stops.is_empty() {
        if request.stops.len() > MOST_STOPS {
            top.losses.add("stop_sequences");
        }
        top.raw("stop", &json::listed(request.stops.iter().take(MOST_STOPS).map(|stop| json::quoted(stop))));
    }
}

fn sampling(top: &mut Top<'_, '_>, request: &Request<'_>) {
    let sampling = &request.sampling;
    for (key, value) in [
        ("temperature", &sampling.temperature),
        ("top_p", &sampling.top_p),
        ("seed", &sampling.seed),
        ("presence_penalty", &sampling.presence),
        ("frequency_penalty", &sampling.frequency),
        ("logit_bias", &sampling.bias),
    ] {
        if let Some(value) = value {
            top.raw(key, value);
        }
    }
    // Not the vendor's: an endpoint that takes it says so by having a value of its own.
    match &sampling.top_k {
        Some(value) if top.quirks.with.iter().any(|(key, _)| key == "top_k") => top.raw("top_k", value),
        Some(_) => top.losses.add("top_k"),
        None => {}
    }
}

fn response_format(format: &Format<'_>) -> String {
    let Format::Schema { name, description, schema, strict } = format else {
        return "{\"type\":\"json_object\"}".to_owned();
    };
    let mut text = String::from("{\"type\":\"json_schema\",\"json_schema\":{\"name\":");
    text.push_str(&json::quoted(name.as_deref().unwrap_or("answer")));
    if let Some(description) = description {
        text.push_str(&format!(",\"description\":{}", json::quoted(description)));
    }
    text.push_str(&format!(",\"schema\":{schema}"));
    if let Some(strict) = strict {
        text.push_str(&format!(",\"strict\":{strict}"));
    }
    text.push_str("}}");
    text
}

/// The request as it is being written.
struct Top<'q, 'l> {
    out: Vec<u8>,
    written: Vec<&'static str>,
    quirks: &'q Quirks,
    losses: Losses<'l>,
}

impl Top<'_, '_> {
    /// Writes a member of JSON text, unless the endpoint refuses it.
    fn raw(&mut self, key: &'static str, value: &str) {
        if self.quirks.without.iter().any(|refused| refused == key) {
            self.losses.add(key);
            return;
        }
        self.out.extend_from_slice(b",\"");
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out.extend_from_slice(value.as_bytes());
        self.written.push(key);
    }

    /// The request, with what the endpoint wants besides.
    fn done(mut self) -> Vec<u8> {
        for (key, value) in &self.quirks.with {
            if let Some(value) = json::value(value).filter(|_| !self.written.contains(&key.as_str())) {
                self.out.push(b',');
                json::quote(&mut self.out, key);
                self.out.push(b':');
                self.out.extend_from_slice(value.as_bytes());
            }
        }
        self.out.push(b'}');
        self.out
    }
}

/// What is left out, each named once.
struct Losses<'l>(&'l mut Vec<Loss>);

impl Losses<'_> {
    fn add(&mut self, what: &'static str) {
        let loss = Loss { what };
        if !self.0.contains(&loss) {
            self.0.push(loss);
        }
    }
}
