//! Writes a request: its top-level members. Turns are written in [`super::write_turns`].

use super::messages::Message;
use super::model::Model;
use super::write_blocks::{self as blocks, Block, Body};
use super::write_turns::Conversation;
use super::{write_cache, write_thinking, write_tools};
use crate::form::{Format, Loss, Refused, Request, Role};
use crate::quirks::Quirks;
use crate::whole::json::{listed, quote};

/// Longest `metadata.user_id`, in characters (the API's own limit).
const LONGEST_USER: usize = 256;

/// Writes a request.
pub(super) fn write(
    request: &Request<'_>,
    quirks: &Quirks,
    losses: &mut Vec<Loss>,
) -> Result<Vec<u8>, Refused> {
    let model = Model::of(&request.model);
    let mut conversation = Conversation::of(request, &model, losses)?;
    let mut tools = write_tools::tools(request, &conversation, model.schemas, losses)?;
    let plan = write_thinking::plan(request, &model, quirks, conversation.has_broken_loop(), losses);
    // With thinking, an answer begins anew.
    if plan.on && conversation.messages.last().is_some_and(|m| m.role == Role::Assistant) {
        let blocks = vec![Block { body: Body::Text("Continue.".into()), cache: None }];
        conversation.messages.push(Message { role: Role::User, blocks });
    }
    let schema = format(request, &model, &mut conversation, losses);
    if !plan.forced && !request.tools.is_empty() {
        instruct(&mut conversation, write_tools::plea(request));
    }
    let knows_caches = !quirks.without.iter().any(|member| member == "cache_control");
    let Conversation { system, messages, .. } = &mut conversation;
    write_cache::mark(&mut tools, system, messages, knows_caches);

    let mut out = Vec::with_capacity(4096);
    out.extend_from_slice(br#"{"model":"#);
    quote(&mut out, &request.model);
    member("max_tokens", plan.max_tokens.to_string().as_bytes(), &mut out);
    if request.stream {
        member("stream", b"true", &mut out);
    }
    write_system(&conversation.system, &mut out);
    if !tools.is_empty() {
        out.extend_from_slice(br#","tools":["#);
        for (at, tool) in tools.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            out.extend_from_slice(&tool.open);
            if let Some(cache) = &tool.cache {
                member("cache_control", cache.as_bytes(), &mut out);
            }
            out.push(b'}');
        }
        out.push(b']');
        if let Some(choice) = write_tools::choice(request, plan.forced) {
            member("tool_choice", choice.as_bytes(), &mut out);
        }
    }
    if let Some(thinking) = &plan.thinking {
        member("thinking", thinking.as_bytes(), &mut out);
    }
    let effort = plan.effort.map(|level| format!(r#""effort":"{}""#, level.name()));
    let config: Vec<String> = effort.into_iter().chain(schema).collect();
    if !config.is_empty() {
        member("output_config", format!("{{{}}}", config.join(",")).as_bytes(), &mut out);
    }
    for (name, value) in write_thinking::sampling(&request.sampling, &model, plan.on, losses) {
        member(name, value.as_bytes(), &mut out);
    }
    rest(request, &mut out, losses);
    out.extend_from_slice(br#","messages":["#);
    for (at, message) in conversation.messages.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_message(message, &mut out);
    }
    out.extend_from_slice(b"]}");
    Ok(out)
}

fn member(name: &str, value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
    out.extend_from_slice(value);
}

/// Members that go as they are, and what has no place.
fn rest(request: &Request<'_>, out: &mut Vec<u8>, losses: &mut Vec<Loss>) {
    let (stops, blank): (Vec<_>, Vec<_>) = request.stops.iter().partition(|stop| !stop.trim().is_empty());
    if !stops.is_empty() {
        let stops = stops.into_iter().map(|stop| crate::whole::json::quoted(stop));
        member("stop_sequences", listed(stops).as_bytes(), out);
    }
    let mut lose = |what: &'static str, is_lost: bool| {
        if is_lost {
            losses.push(Loss { what });
        }
    };
    lose("stop sequences that are blank", !blank.is_empty());
    match request.user.as_deref() {
        Some(user) if user.chars().count() <= LONGEST_USER => {
            member("metadata", br#"{"user_id":"#, out);
            quote(out, user);
            out.push(b'}');
        }
        user => lose("user", user.is_some()),
    }
    match request.service_tier.as_deref() {
        Some("auto") => member("service_tier", br#""auto""#, out),
        Some("default" | "standard_only") => member("service_tier", br#""standard_only""#, out),
        tier => lose("service_tier", tier.is_some()),
    }
    lose("verbosity", request.verbosity.is_some());
    lose("prompt_cache_key", request.cache_key.is_some());
    lose("metadata", request.metadata.is_some());
    lose("store", request.store == Some(true));
    for what in &request.beside {
        lose(what, true);
    }
}

/// What the answer must look like: a member of `output_config` where the model knows it, else an instruction, which is
/// the last resort.
fn format(
    request: &Request<'_>,
    model: &Model,
    conversation: &mut Conversation<'_>,
    losses: &mut Vec<Loss>,
) -> Option<String> {
    match request.format.as_ref()? {
        Format::Schema { schema, .. } if model.schemas => {
            return Some(format!(r#""format":{{"type":"json_schema","schema":{schema}}}"#));
        }
        Format::Schema { schema, .. } => {
            losses.push(Loss { what: "response_format: the model is only asked to follow the schema" });
            let words = "Answer with JSON that follows this schema, and with nothing else:";
            instruct(conversation, Some(format!("{words}\n{schema}")));
        }
        Format::Json => {
            let words = "Answer with one JSON object, and with nothing else.";
            instruct(conversation, Some(words.to_owned()));
        }
    }
    None
}

fn instruct(conversation: &mut Conversation<'_>, words: Option<String>) {
    conversation.system.extend(words.and_then(|words| Block::text(words, None)));
}

/// A text where it is one without a mark, as most servers know it.
fn write_system(system: &[Block<'_>], out: &mut Vec<u8>) {
    match system {
        [] => {}
        [Block { body: Body::Text(text), cache: None }] => {
            out.extend_from_slice(br#","system":"#);
            quote(out, text);
        }
        system => {
            out.extend_from_slice(br#","system":"#);
            blocks::list(system, out);
        }
    }
}

fn write_message(message: &Message<'_>, out: &mut Vec<u8>) {
    let role = match message.role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    out.extend_from_slice(br#"{"role":""#);
    out.extend_from_slice(role.as_bytes());
    out.extend_from_slice(br#"","content":"#);
    match message.blocks.as_slice() {
        [Block { body: Body::Text(text), cache: None }] => quote(out, text),
        blocks => blocks::list(blocks, out),
    }
    out.push(b'}');
}
