//! Writes tools and which of them must be called.
//!
//! A tool that takes free text becomes a function with one string, `input`. A tool that another vendor runs is left
//! out where the model may as well use a function, and refused where it is the point of the request.

use std::borrow::Cow;

use super::lose;
use super::write_blocks::borrowed;
use super::write_turns::Conversation;
use crate::form::{Choice, Loss, Refused, Request, Tool};
use crate::whole::json::{Members, quote};

/// Most tools that may be `strict` in one request (the vendor's page on strict tool use).
const MOST_STRICT: usize = 20;
const FREE: &str = r#"{"type":"object","properties":{"input":{"type":"string"}},"required":["input"],"additionalProperties":false}"#;

/// A tool that is not written out yet: an object, its brace left open, and its `cache_control`.
pub(super) struct Written<'r> {
    pub open: Vec<u8>,
    pub cache: Option<Cow<'r, str>>,
}

/// The tools of `request`.
pub(super) fn tools<'r>(
    request: &'r Request<'_>,
    conversation: &Conversation<'_>,
    schemas: bool,
    losses: &mut Vec<Loss>,
) -> Result<Vec<Written<'r>>, Refused> {
    let is_strict = |tool: &Tool<'_>| matches!(tool, Tool::Function { strict: Some(true), .. });
    let strict = request.tools.iter().filter(|tool| is_strict(tool)).count();
    let strict_fits = schemas && strict <= MOST_STRICT;
    if strict > 0 && !strict_fits {
        losses.push(Loss { what: "tools[].strict" });
    }
    let mut written = Vec::with_capacity(request.tools.len());
    for tool in &request.tools {
        let (name, description, schema, cache) = match tool {
            Tool::Function { name, description, schema, cache, .. } => {
                (name, description, object(schema), borrowed(cache.as_ref()))
            }
            Tool::Free { name, description } => (name, description, FREE.into(), None),
            Tool::Vendor { kind, name } => {
                vendor(request, kind, name.as_deref())?;
                lose(losses, "tools of the vendor");
                continue;
            }
        };
        let mut open = Vec::with_capacity(schema.len() + 256);
        open.extend_from_slice(br#"{"name":"#);
        quote(&mut open, name);
        if let Some(description) = description.as_deref().filter(|text| !text.is_empty()) {
            open.extend_from_slice(br#","description":"#);
            quote(&mut open, description);
        }
        open.extend_from_slice(br#","input_schema":"#);
        open.extend_from_slice(schema.as_bytes());
        if strict_fits && is_strict(tool) {
            open.extend_from_slice(br#","strict":true"#);
        }
        written.push(Written { open, cache });
    }
    // A conversation with calls wants their tools declared, also where none may be called any more.
    if written.is_empty() {
        for name in &conversation.called {
            let mut open = br#"{"name":"#.to_vec();
            quote(&mut open, name);
            open.extend_from_slice(br#","input_schema":{"type":"object"}"#);
            written.push(Written { open, cache: None });
        }
    }
    Ok(written)
}

/// Whether a request can go without a tool of the vendor.
fn vendor(request: &Request<'_>, kind: &str, name: Option<&str>) -> Result<(), Refused> {
    let is_chosen = matches!(&request.choice, Some(Choice::Tool(chosen)) if *chosen == kind || Some(chosen.as_ref()) == name);
    let has_others = request.tools.iter().any(|tool| !matches!(tool, Tool::Vendor { .. }));
    if is_chosen || !has_others {
        return Err(Refused::no_counterpart(&format!("the tool {kind}"), "Anthropic"));
    }
    Ok(())
}

/// The API wants `type` in every schema.
fn object<'r>(schema: &'r str) -> Cow<'r, str> {
    match Members::of(schema) {
        Ok(members) if members.get("type").is_some() => schema.into(),
        Ok(members) => members.with("type", "\"object\"").text().into(),
        Err(_) => r#"{"type":"object"}"#.into(),
    }
}

/// `tool_choice`, JSON. `forced` says that the model lets itself be forced.
pub(super) fn choice(request: &Request<'_>, forced: bool) -> Option<String> {
    if request.tools.is_empty() {
        return Some(r#"{"type":"none"}"#.into());
    }
    let mut out = match &request.choice {
        Some(Choice::None) => return Some(r#"{"type":"none"}"#.into()),
        None if request.parallel.is_none() => return None,
        Some(Choice::Any) if forced => r#"{"type":"any""#.to_owned(),
        Some(Choice::Tool(name)) if forced => {
            let mut out = br#"{"type":"tool","name":"#.to_vec();
            quote(&mut out, name);
            String::from_utf8(out).unwrap_or_default()
        }
        _ => r#"{"type":"auto""#.to_owned(),
    };
    if let Some(parallel) = request.parallel {
        out.push_str(if parallel {
            r#","disable_parallel_tool_use":false"#
        } else {
            r#","disable_parallel_tool_use":true"#
        });
    }
    out.push('}');
    Some(out)
}

/// What a model is told that cannot be forced.
pub(super) fn plea(request: &Request<'_>) -> Option<String> {
    match &request.choice {
        Some(Choice::Any) => Some("You must call at least one of the tools in this answer.".into()),
        Some(Choice::Tool(name)) => Some(format!("You must call the tool `{name}` in this answer.")),
        _ => None,
    }
}
