//! Tools and the choice among them, as an endpoint is told them.

use super::NAME;
use crate::form::{Choice, Loss, Refused, Request, Text, Tool};
use crate::whole::json;

/// The schema of a function that takes nothing.
const NO_INPUT: &str = r#"{"type":"object","properties":{}}"#;

/// Writes `tools`; `None` where there are none. A vendor's tool that is only offered, next to functions, is left out.
///
/// # Errors
/// The request does not work without a tool that the vendor runs.
pub(super) fn write(request: &Request<'_>, losses: &mut Vec<Loss>) -> Result<Option<Vec<u8>>, Refused> {
    let is_own = |tool: &&Tool<'_>| !matches!(tool, Tool::Vendor { .. });
    let mut own = request.tools.iter().filter(is_own).peekable();
    refuse_vendors(request, own.peek().is_some(), losses)?;
    if own.peek().is_none() {
        return Ok(None);
    }
    let mut out = vec![b'['];
    for (n, tool) in own.enumerate() {
        if n > 0 {
            out.push(b',');
        }
        write_tool(tool, &mut out, losses);
    }
    out.push(b']');
    Ok(Some(out))
}

fn refuse_vendors(request: &Request<'_>, has_own: bool, losses: &mut Vec<Loss>) -> Result<(), Refused> {
    for tool in &request.tools {
        let Tool::Vendor { kind, name } = tool else { continue };
        let is_chosen = matches!(&request.choice, Some(Choice::Tool(chosen)) if Some(chosen) == name.as_ref() || chosen == kind);
        if is_chosen || !has_own {
            return Err(Refused::no_counterpart(&format!("tools[].type = {kind}"), NAME));
        }
        losses.push(Loss { what: "tools[] (tools that the vendor runs)" });
    }
    Ok(())
}

fn write_tool(tool: &Tool<'_>, out: &mut Vec<u8>, losses: &mut Vec<Loss>) {
    let described = |description: &Option<Text<'_>>, out: &mut Vec<u8>| {
        if let Some(description) = description {
            out.extend_from_slice(br#","description":"#);
            json::quote(out, description);
        }
    };
    match tool {
        Tool::Function { name, description, schema, strict, cache } => {
            if cache.is_some() {
                losses.push(Loss { what: "cache_control" });
            }
            out.extend_from_slice(br#"{"type":"function","name":"#);
            json::quote(out, name);
            described(description, out);
            out.extend_from_slice(br#","parameters":"#);
            let schema = if json::is_nothing(schema) { NO_INPUT } else { schema };
            out.extend_from_slice(schema.as_bytes());
            // The API's default is strict, which few schemas of other dialects satisfy.
            let strict: &[u8] =
                if *strict == Some(true) { b",\"strict\":true}" } else { b",\"strict\":false}" };
            out.extend_from_slice(strict);
        }
        Tool::Free { name, description } => {
            out.extend_from_slice(br#"{"type":"custom","name":"#);
            json::quote(out, name);
            described(description, out);
            out.push(b'}');
        }
        Tool::Vendor { .. } => {}
    }
}

/// Writes `tool_choice`.
pub(super) fn choice(choice: &Choice<'_>, tools: &[Tool<'_>]) -> String {
    match choice {
        Choice::Auto => r#""auto""#.to_owned(),
        Choice::None => r#""none""#.to_owned(),
        Choice::Any => r#""required""#.to_owned(),
        Choice::Tool(name) => {
            let kind = if is_free(name, tools) { "custom" } else { "function" };
            format!(r#"{{"type":"{kind}","name":{}}}"#, json::quoted(name))
        }
    }
}

/// Whether `name` is a tool that takes free text.
pub(super) fn is_free(name: &str, tools: &[Tool<'_>]) -> bool {
    tools.iter().any(|tool| matches!(tool, Tool::Free { name: free, .. } if free == name))
}
