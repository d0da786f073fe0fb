//! Reads a request: its top-level members. Turns are read in [`super::read_turns`].
//!
//! What no other vendor has a word for is named in `beside`; what would make the answer another one is refused: tools
//! that the vendor reaches itself (`mcp_servers`), skills, a conversation that only the vendor holds (`thread`), a
//! summary instead of an answer (`compaction`), and a cache that is only to be warmed (`max_tokens` 0).

use super::read_tools;
use super::read_turns::Conversation;
use crate::form::{Effort, Format, Level, Reasoning, Refused, Request, Sampling};
use crate::whole::json::{self, Members};

/// Members that have their place in the form.
const READ: [&str; 19] = [
    "model",
    "messages",
    "system",
    "tools",
    "tool_choice",
    "max_tokens",
    "stream",
    "temperature",
    "top_p",
    "top_k",
    "stop_sequences",
    "thinking",
    "output_config",
    "output_format",
    "metadata",
    "service_tier",
    "mcp_servers",
    "container",
    "thread",
];
/// Members that are known and have none (the vendor's SDK, `message_create_params`, 2.12.0).
const BESIDE: [&str; 13] = [
    "anthropic_beta",
    "anthropic_version",
    "betas",
    "billing_policy",
    "cache_control",
    "context_management",
    "diagnostics",
    "fallback_credit_token",
    "fallbacks",
    "inference_geo",
    "speed",
    "user_profile_id",
    "workspace_id",
];

/// Reads a request.
pub(super) fn read(body: &str) -> Result<Request<'_>, Refused> {
    let top = Members::of(body).map_err(|_| Refused("the body must be a JSON object".into()))?;
    refuse(&top)?;
    let output = top.given_part("output_config").and_then(|text| Members::of(text).ok()).unwrap_or_default();
    let mut conversation = Conversation::default();
    if let Some(system) = top.given_part("system") {
        conversation.system(system)?;
    }
    for tool in listed(&top, "tools")? {
        conversation.tools.declare(tool)?;
    }
    if top.given_part("messages").is_none() {
        return Err(Refused("`messages` is missing".into()));
    }
    let messages = json::objects(top.given_part("messages").unwrap_or("[]"))
        .map_err(|_| Refused("`messages` must be an array of objects".into()))?;
    for (at, message) in messages.iter().enumerate() {
        conversation.message(at, message)?;
    }
    let level = conversation.effort.or_else(|| Level::of(&output.word("effort")?));
    let (choice, parallel) = match top.given_part("tool_choice") {
        Some(text) => read_tools::choice(text)?,
        None => (None, None),
    };
    let metadata = top.given_part("metadata").and_then(|text| Members::of(text).ok()).unwrap_or_default();
    let number = |key| top.given_part(key).map(Into::into);
    let mut beside = Vec::new();
    for (key, _) in top.iter().filter(|(_, value)| *value != "null") {
        if let Some(name) = BESIDE.into_iter().find(|name| *name == key) {
            beside.push(name);
        } else if !READ.contains(&key) && !beside.contains(&UNKNOWN) {
            beside.push(UNKNOWN);
        }
    }
    if top.given("container").is_some() {
        beside.push("container");
    }
    if output.given("task_budget").is_some() {
        beside.push("output_config.task_budget");
    }
    Ok(Request {
        model: top.decoded("model").unwrap_or_default(),
        stream: top.get("stream") == Some("true"),
        stream_usage: true,
        turns: conversation.turns,
        tools: conversation.tools.done(),
        choice,
        parallel,
        max_tokens: top.number("max_tokens"),
        sampling: Sampling {
            temperature: number("temperature"),
            top_p: number("top_p"),
            top_k: number("top_k"),
            ..Sampling::default()
        },
        stops: listed(&top, "stop_sequences")?.into_iter().filter_map(json::word).collect(),
        reasoning: reasoning(top.given_part("thinking"), level),
        format: format(output.given_part("format").or_else(|| top.given_part("output_format")))?,
        user: metadata.decoded("user_id").filter(|id| !id.is_empty()),
        service_tier: top.decoded("service_tier"),
        beside,
        ..Request::default()
    })
}

/// Stands in `beside` for members of tomorrow.
const UNKNOWN: &str = "members that are not known";

fn listed<'a>(top: &Members<'a>, key: &str) -> Result<Vec<&'a str>, Refused> {
    let text = top.given_part(key).unwrap_or("[]");
    json::items(text).map_err(|_| Refused(format!("`{key}` must be an array")))
}

/// What would make the answer another one.
fn refuse(top: &Members<'_>) -> Result<(), Refused> {
    let no = |what: &str| {
        Err(Refused(format!(
            "`{what}` means something to Anthropic endpoints alone, and this model is served by one of another dialect; leave it \
             out or route the model to an Anthropic endpoint"
        )))
    };
    if top.given("mcp_servers").is_some_and(|list| !json::is_nothing(list)) {
        return no("mcp_servers");
    }
    let skills =
        |text: &str| Members::of(text).is_ok_and(|c| c.given("skills").is_some_and(|s| !json::is_nothing(s)));
    if top.given("container").is_some_and(skills) {
        return no("container.skills");
    }
    let is_continued =
        |text: &str| Members::of(text).is_ok_and(|t| t.word("type").as_deref() == Some("continue"));
    if top.given("thread").is_some_and(is_continued) {
        // The SDKs then begin a new thread with all that they know of the conversation.
        return Err(Refused::lost_thread());
    }
    if top.given("compaction").is_some() {
        return no("compaction");
    }
    if top.number("max_tokens") == Some(0) {
        return no("max_tokens: 0");
    }
    Ok(())
}

fn reasoning(thinking: Option<&str>, level: Option<Level>) -> Reasoning {
    let thinking = thinking.and_then(|text| Members::of(text).ok()).unwrap_or_default();
    let effort = match thinking.word("type").as_deref() {
        Some("disabled" | "between_tools") => Some(Effort::Off),
        Some("enabled") => {
            thinking.number("budget_tokens").map(Effort::Budget).or(Some(Effort::Adaptive(level)))
        }
        Some(_) => Some(Effort::Adaptive(level)),
        None => level.map(Effort::Level),
    };
    let shown = match thinking.word("display").as_deref() {
        Some("omitted") => Some(false),
        Some(_) => Some(true),
        None => None,
    };
    // Clients of this dialect repeat thinking as they got it; where none is asked for, there may be no model that thinks.
    Reasoning { effort, shown, sealed: effort.is_some_and(|effort| effort != Effort::Off) }
}

fn format(text: Option<&str>) -> Result<Option<Format<'_>>, Refused> {
    let Some(format) = text.and_then(|text| Members::of(text).ok()) else { return Ok(None) };
    match (format.word("type").as_deref(), format.part("schema")) {
        (Some("json_schema"), Some(schema)) => {
            Ok(Some(Format::Schema { name: None, description: None, schema: schema.into(), strict: None }))
        }
        (kind, _) => Err(Refused(format!(
            "`output_config.format` of type `{}` is not known here; use `json_schema` with a `schema`",
            kind.unwrap_or_default()
        ))),
    }
}
