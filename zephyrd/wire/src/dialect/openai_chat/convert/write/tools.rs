//! Writes tools and which of them are to be called.
//!
//! A tool that takes free text is written as a function of one text, `input`: few endpoints know any other. One that the
//! vendor runs is left out where it is only offered beside functions, and refused where the answer hangs on it.

use super::Losses;
use crate::dialect::openai_chat::convert::NAME;
use crate::form::{Choice, Refused, Request, Tool};
use crate::whole::json;

/// The schema of a function that stands for a tool of free text.
const FREE: &str = r#"{"type":"object","properties":{"input":{"type":"string"}},"required":["input"],"additionalProperties":false}"#;

/// The functions, each as JSON text.
pub(super) fn functions(request: &Request<'_>, losses: &mut Losses<'_>) -> Result<Vec<String>, Refused> {
    let mut functions = Vec::new();
    for tool in &request.tools {
        match tool {
            Tool::Function { name, description, schema, strict, cache } => {
                if cache.is_some() {
                    losses.add("cache_control");
                }
                functions.push(function(name, description.as_deref(), schema, *strict));
            }
            Tool::Free { name, description } => {
                functions.push(function(name, description.as_deref(), FREE, None))
            }
            Tool::Vendor { kind, name } => {
                if hangs_on(request, name.as_deref().unwrap_or(kind)) {
                    return Err(Refused::no_counterpart(&format!("tools: {kind}"), NAME));
                }
                losses.add("tools[] that the vendor runs");
            }
        }
    }
    Ok(functions)
}

/// Whether an answer would be another without the vendor's tool `name`.
fn hangs_on(request: &Request<'_>, name: &str) -> bool {
    let alone = !request.tools.iter().any(|tool| !matches!(tool, Tool::Vendor { .. }));
    match &request.choice {
        Some(Choice::None) => false,
        Some(Choice::Any) => true,
        Some(Choice::Tool(chosen)) => alone || chosen == name,
        Some(Choice::Auto) | None => alone,
    }
}

fn function(name: &str, description: Option<&str>, schema: &str, strict: Option<bool>) -> String {
    let mut text = format!("{{\"type\":\"function\",\"function\":{{\"name\":{}", json::quoted(name));
    if let Some(description) = description {
        text.push_str(",\"description\":");
        text.push_str(&json::quoted(description));
    }
    text.push_str(",\"parameters\":");
    text.push_str(schema);
    if let Some(strict) = strict {
        text.push_str(if strict { ",\"strict\":true" } else { ",\"strict\":false" });
    }
    text.push_str("}}");
    text
}

/// `tool_choice` as JSON text.
pub(super) fn choice(request: &Request<'_>) -> Option<String> {
    Some(match request.choice.as_ref()? {
        Choice::Auto => "\"auto\"".to_owned(),
        Choice::None => "\"none\"".to_owned(),
        Choice::Any => "\"required\"".to_owned(),
        Choice::Tool(name) => {
            format!("{{\"type\":\"function\",\"function\":{{\"name\":{}}}}}", json::quoted(name))
        }
    })
}
