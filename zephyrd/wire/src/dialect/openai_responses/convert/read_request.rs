//! A client's request.

use std::mem;

use super::read_input::Input;
use super::{NAME, read_tools};
use crate::form::{Effort, Format, Level, Part, Reasoning, Refused, Request, Role, Turn};
use crate::whole::json::{self, Members};

/// Members that the intermediate form has no place for.
const BESIDE: [&str; 12] = [
    "access_programs",
    "background_options",
    "client_metadata",
    "context_management",
    "image",
    "max_tool_calls",
    "moderation",
    "prompt_cache_options",
    "prompt_cache_retention",
    "stream_options",
    "truncation",
    "user",
];

/// Members whose state lives at the vendor.
const BOUND: [&str; 3] = ["previous_response_id", "conversation", "prompt"];

/// Reads a request.
pub(super) fn read(body: &str) -> Result<Request<'_>, Refused> {
    let body = Members::of(body).map_err(|_| Refused("the request's body is no JSON object".to_owned()))?;
    refuse_bound(&body)?;
    let word = |key: &str| body.decoded(key).filter(|word| !word.is_empty());
    let yes_or_no = |key: &str| body.get(key).and_then(|value| value.parse::<bool>().ok());
    let mut request = Request {
        model: word("model").ok_or_else(|| Refused("the request names no `model`".to_owned()))?,
        stream: yes_or_no("stream").unwrap_or_default(),
        stream_usage: true,
        parallel: yes_or_no("parallel_tool_calls"),
        max_tokens: body.number("max_output_tokens"),
        user: word("safety_identifier").or_else(|| word("user")),
        cache_key: word("prompt_cache_key"),
        service_tier: word("service_tier"),
        metadata: body.given_part("metadata").filter(|m| m.starts_with('{')).map(Into::into),
        store: yes_or_no("store"),
        ..Request::default()
    };
    request.sampling.temperature = body.given_part("temperature").map(Into::into);
    request.sampling.top_p = body.given_part("top_p").map(Into::into);
    request.reasoning = reasoning(&body)?;
    if let Some(text) = body.given_part("text") {
        let text = Members::of(text).map_err(|_| Refused("`text` is no object".to_owned()))?;
        request.verbosity = text.decoded("verbosity");
        request.format = text.given_part("format").map(format).transpose()?.flatten();
    }
    if let Some(tools) = body.given_part("tools") {
        read_tools::read(tools, None, &mut request.tools)?;
    }
    if let Some(text) = word("instructions") {
        let parts = vec![Part::Text { text, cache: None }];
        request.turns.push(Turn { role: Role::System, parts, name: None });
    }
    let mut input = Input { tools: mem::take(&mut request.tools), ..Input::default() };
    input.read(body.given_part("input").ok_or_else(|| Refused("the request has no `input`".to_owned()))?)?;
    request.turns.append(&mut input.turns);
    request.tools = input.tools;
    if let Some(choice) = body.given_part("tool_choice") {
        read_tools::read_choice(choice, &mut request)?;
    }
    request.beside = beside(&body);
    if input.left_out {
        request.beside.push("input[] (items of the vendor's own tools)");
    }
    Ok(request)
}

/// What no other endpoint could answer.
fn refuse_bound(body: &Members<'_>) -> Result<(), Refused> {
    let bound = BOUND.iter().find(|key| body.given(key).is_some());
    let background = (body.get("background") == Some("true")).then_some(&"background");
    if let Some(key) = bound.or(background) {
        return Err(Refused(format!(
            "`{key}` needs state that lives at the vendor, and the endpoint that serves this model is of another dialect; send \
             the whole conversation as `input`, or route the model to an endpoint of the {NAME} dialect"
        )));
    }
    let included = body.array("include").map_err(|_| Refused("`include` is no array".to_owned()))?;
    let wants_logprobs = body.number("top_logprobs").is_some_and(|n| n > 0)
        || included.contains(&"\"message.output_text.logprobs\"");
    if wants_logprobs {
        return Err(Refused::no_counterpart("top_logprobs", "Anthropic or Chat Completions"));
    }
    Ok(())
}

fn reasoning(body: &Members<'_>) -> Result<Reasoning, Refused> {
    let included = body.array("include").unwrap_or_default();
    let mut reasoning =
        Reasoning { sealed: included.contains(&"\"reasoning.encrypted_content\""), ..Reasoning::default() };
    let Some(wish) = body.given("reasoning") else { return Ok(reasoning) };
    let wish = Members::of(wish).map_err(|_| Refused("`reasoning` is no object".to_owned()))?;
    reasoning.effort = match wish.word("effort").as_deref() {
        None => None,
        Some("none") => Some(Effort::Off),
        Some(level) => Some(Effort::Level(Level::of(level).ok_or_else(|| {
            let known: Vec<&str> = Level::ALL.into_iter().map(Level::name).collect();
            Refused(format!("`reasoning.effort` is `{level}`; it may be `none`, `{}`", known.join("`, `")))
        })?)),
    };
    if wish.given("summary").or(wish.given("generate_summary")).is_some() {
        reasoning.shown = Some(true);
    }
    Ok(reasoning)
}

fn format(format: &str) -> Result<Option<Format<'_>>, Refused> {
    let format = Members::of(format).map_err(|_| Refused("`text.format` is no object".to_owned()))?;
    match format.word("type").as_deref() {
        Some("text") => Ok(None),
        Some("json_object") => Ok(Some(Format::Json)),
        Some("json_schema") => Ok(Some(Format::Schema {
            name: format.decoded("name"),
            description: format.decoded("description"),
            schema: format
                .given_part("schema")
                .filter(|schema| schema.starts_with('{'))
                .ok_or_else(|| Refused("`text.format` has no `schema`".to_owned()))?
                .into(),
            strict: format.get("strict").and_then(|strict| strict.parse().ok()),
        })),
        other => {
            Err(Refused(format!("`text.format.type` is `{}`, which is not known", other.unwrap_or_default())))
        }
    }
}

fn beside(body: &Members<'_>) -> Vec<&'static str> {
    let says_something = |key: &str| match key {
        // It is read, unless the newer name is there too.
        "user" => body.given("safety_identifier").is_some(),
        "truncation" => body.word(key).is_some_and(|word| word != "disabled"),
        // How events are padded.
        "stream_options" => false,
        _ => true,
    };
    let given =
        |key: &&&str| body.given(key).is_some_and(|value| !json::is_nothing(value)) && says_something(key);
    BESIDE.iter().filter(given).copied().collect()
}
