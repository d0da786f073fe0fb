//! A request for an endpoint.

use std::cmp::Reverse;

use super::{write_input, write_tools};
use crate::form::{Effort, Format, Level, Loss, Part, Refused, Request, Seal};
use crate::quirks::Quirks;
use crate::whole::json::{self, Members};

/// The least `max_output_tokens` that the API takes.
const LEAST_TOKENS: u64 = 16;
/// Most characters of `safety_identifier`.
const LONGEST_USER: usize = 64;
/// What `service_tier` may be.
const TIERS: [&str; 5] = ["auto", "default", "flex", "priority", "scale"];

/// Writes a request.
pub(super) fn write(
    request: &Request<'_>,
    quirks: &Quirks,
    losses: &mut Vec<Loss>,
) -> Result<Vec<u8>, Refused> {
    let conversation = write_input::write(request, quirks, losses)?;
    let tools = write_tools::write(request, losses)?;
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap_or_default();
    let mut body = Members::default().with("model", json::quoted(&request.model));
    if let Some(instructions) = &conversation.instructions {
        body.set("instructions", json::quoted(instructions));
    }
    body.set("input", text(conversation.input));
    if let Some(tools) = tools {
        body.set("tools", text(tools));
        if let Some(choice) = &request.choice {
            body.set("tool_choice", write_tools::choice(choice, &request.tools));
        }
        if let Some(parallel) = request.parallel {
            body.set("parallel_tool_calls", parallel.to_string());
        }
    }
    body.set("stream", request.stream.to_string());
    body.set("store", request.store.unwrap_or(false).to_string());
    add_reasoning(request, quirks, &mut body);
    add_text(request, &mut body);
    if let Some(tokens) = request.max_tokens {
        let most = quirks.max_tokens.unwrap_or(u64::MAX);
        body.set("max_output_tokens", tokens.min(most).max(LEAST_TOKENS).to_string());
    }
    for (key, value) in [("temperature", &request.sampling.temperature), ("top_p", &request.sampling.top_p)] {
        if let Some(value) = value {
            body.set(key, value.as_ref());
        }
    }
    add_identity(request, &mut body, losses);
    report(request, losses);
    for key in &quirks.without {
        body.remove(key);
    }
    for (key, value) in &quirks.with {
        if body.get(key).is_none() {
            body.set(key, value.as_str());
        }
    }
    let mut out = Vec::new();
    body.write(&mut out);
    Ok(out)
}

fn add_reasoning(request: &Request<'_>, quirks: &Quirks, body: &mut Members<'_>) {
    let wish = &request.reasoning;
    let level = match wish.effort {
        None | Some(Effort::Adaptive(None)) => None,
        // Who is known by its levels is not known to take `none`.
        Some(Effort::Off) => Some(quirks.levels.iter().min().map_or("none", |weakest| weakest.name())),
        Some(Effort::Adaptive(Some(level)) | Effort::Level(level)) => Some(nearest(level, quirks).name()),
        Some(Effort::Budget(tokens)) => Some(nearest(Level::of_budget(tokens), quirks).name()),
    };
    // Whoever asks for thinking in Anthropic's words is shown it unless they say otherwise.
    let by_default = matches!(wish.effort, Some(Effort::Adaptive(_) | Effort::Budget(_)));
    let mut reasoning = Members::default();
    if let Some(level) = level {
        reasoning.set("effort", json::quoted(level));
    }
    if wish.shown.unwrap_or(by_default) {
        reasoning.set("summary", "\"auto\"");
    }
    let asks = wish.effort.is_some_and(|effort| effort != Effort::Off);
    if reasoning.iter().next().is_some() {
        body.set("reasoning", reasoning.text());
    }
    // Models that do not think refuse the question.
    if asks || wish.sealed || gives_back(request) {
        body.set("include", r#"["reasoning.encrypted_content"]"#);
    }
}

/// Whether the conversation holds thinking that the endpoint has sealed.
fn gives_back(request: &Request<'_>) -> bool {
    let is_own = |part: &Part<'_>| matches!(part, Part::Thinking(thinking) if matches!(&thinking.seal, Seal::Item { content, .. } if !content.is_empty()));
    request.turns.iter().flat_map(|turn| &turn.parts).any(is_own)
}

/// The level that the endpoint knows nearest to `level`, the higher one of two.
fn nearest(level: Level, quirks: &Quirks) -> Level {
    let rank = |level: Level| Level::ALL.iter().position(|known| *known == level).unwrap_or_default();
    let distance = |other: &Level| (rank(*other).abs_diff(rank(level)), Reverse(*other));
    quirks.levels.iter().copied().min_by_key(distance).unwrap_or(level)
}

fn add_text(request: &Request<'_>, body: &mut Members<'_>) {
    let mut text = Members::default();
    match &request.format {
        None => {}
        Some(Format::Json) => text.set("format", r#"{"type":"json_object"}"#),
        Some(Format::Schema { name, description, schema, strict }) => {
            let name = json::quoted(name.as_deref().unwrap_or("answer"));
            let mut format = Members::default().with("type", "\"json_schema\"").with("name", name);
            if let Some(description) = description {
                format.set("description", json::quoted(description));
            }
            format.set("schema", schema.as_ref());
            if let Some(strict) = strict {
                format.set("strict", strict.to_string());
            }
            text.set("format", format.text());
        }
    }
    if let Some(verbosity) = &request.verbosity {
        text.set("verbosity", json::quoted(verbosity));
    }
    if text.iter().next().is_some() {
        body.set("text", text.text());
    }
}

fn add_identity<'b>(request: &'b Request<'_>, body: &mut Members<'b>, losses: &mut Vec<Loss>) {
    if let Some(metadata) = &request.metadata {
        body.set("metadata", metadata.as_ref());
    }
    if let Some(key) = &request.cache_key {
        body.set("prompt_cache_key", json::quoted(key));
    }
    match &request.user {
        Some(user) if user.chars().count() <= LONGEST_USER => {
            body.set("safety_identifier", json::quoted(user))
        }
        Some(_) => losses.push(Loss { what: "metadata.user_id" }),
        None => {}
    }
    match request.service_tier.as_deref() {
        Some("standard_only") => body.set("service_tier", "\"default\""),
        Some(tier) if TIERS.contains(&tier) => body.set("service_tier", json::quoted(tier)),
        Some(_) => losses.push(Loss { what: "service_tier" }),
        None => {}
    }
}

/// What the dialect has no words for.
fn report(request: &Request<'_>, losses: &mut Vec<Loss>) {
    let sampling = &request.sampling;
    for (is_lost, what) in [
        (!request.stops.is_empty(), "stop"),
        (sampling.top_k.is_some(), "top_k"),
        (sampling.seed.is_some(), "seed"),
        (sampling.presence.is_some(), "presence_penalty"),
        (sampling.frequency.is_some(), "frequency_penalty"),
        (sampling.bias.is_some(), "logit_bias"),
    ] {
        if is_lost {
            losses.push(Loss { what });
        }
    }
    losses.extend(request.beside.iter().map(|what| Loss { what }));
    let mut seen = Vec::new();
    losses.retain(|loss| {
        let is_new = !seen.contains(&loss.what);
        seen.push(loss.what);
        is_new
    });
}
