//! Reads a request: its top-level members.
//!
//! What asks for more than one answer, or for something beside text, calls and thinking (`n`, `logprobs`, sound), is
//! refused: no other dialect could give it. Members of servers that follow this dialect (`thinking`, `enable_thinking`,
//! `reasoning`, `top_k`) are read where they mean what the form has a place for.

mod effort;
mod media;
mod tools;
mod turns;

#[cfg(test)]
mod tests;

use super::{text, wrong};
use crate::form::{Format, Json, Refused, Request, Sampling, Text};
use crate::whole::json::{self, Members};

/// Members that have no counterpart and change nothing of what an answer means.
const BESIDE: [&str; 14] = [
    "min_p",
    "models",
    "plugins",
    "prediction",
    "prompt_cache_options",
    "prompt_cache_retention",
    "provider",
    "repetition_penalty",
    "route",
    "session_id",
    "top_a",
    "trace",
    "transforms",
    "vl_high_resolution_images",
];

/// See [`crate::translate::Convert::read_request`].
pub(super) fn read(body: &str) -> Result<Request<'_>, Refused> {
    let top = Members::of(body).map_err(|_| wrong("the body is no JSON object"))?;
    refuse_impossible(&top)?;
    let messages = given(&top, "messages").ok_or_else(|| wrong("`messages` is missing"))?;
    let mut tools = tools::read(&top)?;
    let choice = tools::choice(&top, &mut tools)?;
    Ok(Request {
        model: text(&top, "model").unwrap_or_default(),
        stream: top.get("stream") == Some("true"),
        stream_usage: top.object("stream_options").is_ok_and(|o| o.get("include_usage") == Some("true")),
        turns: turns::read(messages)?,
        tools,
        choice,
        parallel: flag(&top, "parallel_tool_calls"),
        max_tokens: match limit(&top, "max_completion_tokens")? {
            None => limit(&top, "max_tokens")?,
            some => some,
        },
        sampling: Sampling {
            temperature: number(&top, "temperature")?,
            top_p: number(&top, "top_p")?,
            top_k: number(&top, "top_k")?,
            seed: number(&top, "seed")?,
            presence: number(&top, "presence_penalty")?,
            frequency: number(&top, "frequency_penalty")?,
            bias: object(&top, "logit_bias").filter(|bias| !json::is_nothing(bias)).map(Json::Borrowed),
        },
        stops: stops(&top)?,
        reasoning: effort::read(&top)?,
        format: format(&top)?,
        verbosity: text(&top, "verbosity"),
        user: text(&top, "safety_identifier").or_else(|| text(&top, "user")),
        cache_key: text(&top, "prompt_cache_key"),
        service_tier: text(&top, "service_tier"),
        metadata: object(&top, "metadata").map(Json::Borrowed),
        store: flag(&top, "store"),
        beside: BESIDE.into_iter().filter(|key| given(&top, key).is_some()).collect(),
    })
}

/// Refuses what would have to be in the answer and cannot be.
fn refuse_impossible(top: &Members<'_>) -> Result<(), Refused> {
    let asked = |key: &str| given(top, key).is_some_and(|v| v != "false" && v != "0");
    let sound = top.array("modalities").is_ok_and(|m| m.iter().any(|m| *m != "\"text\""));
    let what = if top.get("n").is_some_and(|n| n != "null" && n != "1") {
        "n"
    } else if sound {
        "modalities"
    } else if let Some(key) =
        ["logprobs", "top_logprobs", "web_search_options", "moderation"].into_iter().find(|k| asked(k))
    {
        key
    } else {
        return Ok(());
    };
    Err(Refused(format!(
        "`{what}` has no counterpart in the dialect of the endpoint that serves this model; leave it out or route the model \
         to an endpoint of the `openai-chat` dialect"
    )))
}

fn stops<'a>(top: &Members<'a>) -> Result<Vec<Text<'a>>, Refused> {
    let unfit = || wrong("`stop` is neither a text nor a list of texts");
    let Some(stop) = given(top, "stop") else { return Ok(Vec::new()) };
    if json::is_text(stop) {
        return Ok(json::word(stop).into_iter().filter(|s| !s.is_empty()).collect());
    }
    let items = json::items(stop).map_err(|_| unfit())?;
    items.into_iter().map(|item| json::word(item).ok_or_else(unfit)).collect()
}

/// `response_format`. Some servers take the schema of `json_object` beside its `type` (llama.cpp).
fn format<'a>(top: &Members<'a>) -> Result<Option<Format<'a>>, Refused> {
    let unfit = || wrong("`response_format` has no `type` of `text`, `json_object` or `json_schema`");
    let Some(format) = given(top, "response_format") else { return Ok(None) };
    let format = Members::of(format).map_err(|_| unfit())?;
    let schema = |of: &Members<'a>, key: &str| object(of, key).map(Json::Borrowed);
    match format.word("type").as_deref() {
        Some("text") => Ok(None),
        Some("json_object") => Ok(Some(match schema(&format, "schema") {
            Some(schema) => Format::Schema { name: None, description: None, schema, strict: None },
            None => Format::Json,
        })),
        Some("json_schema") => {
            let inner = object(&format, "json_schema").and_then(|s| Members::of(s).ok());
            let inner = inner.ok_or_else(|| wrong("`response_format.json_schema` is missing"))?;
            Ok(Some(Format::Schema {
                name: text(&inner, "name"),
                description: text(&inner, "description"),
                schema: schema(&inner, "schema").unwrap_or(Json::Borrowed("{}")),
                strict: flag(&inner, "strict"),
            }))
        }
        _ => Err(unfit()),
    }
}

/// A limit of tokens. Some clients say `-1` for none.
fn limit(top: &Members<'_>, key: &str) -> Result<Option<u64>, Refused> {
    match given(top, key) {
        None | Some("-1") => Ok(None),
        Some(value) => match value.parse() {
            Ok(limit) => Ok(Some(limit)),
            Err(_) => Err(wrong(&format!("`{key}` is no whole number"))),
        },
    }
}

/// A number, with the client's own digits.
fn number<'a>(top: &Members<'a>, key: &str) -> Result<Option<Json<'a>>, Refused> {
    match given(top, key) {
        Some(value) if value.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => {
            Ok(Some(Json::Borrowed(value)))
        }
        Some(_) => Err(wrong(&format!("`{key}` is no number"))),
        None => Ok(None),
    }
}

/// The text of a member that is not `null`.
fn given<'a>(members: &Members<'a>, key: &str) -> Option<&'a str> {
    members.part(key).filter(|value| *value != "null")
}

/// The text of a member that is an object.
fn object<'a>(members: &Members<'a>, key: &str) -> Option<&'a str> {
    members.part(key).filter(|value| value.starts_with('{'))
}

fn flag(members: &Members<'_>, key: &str) -> Option<bool> {
    match members.get(key) {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => None,
    }
}
