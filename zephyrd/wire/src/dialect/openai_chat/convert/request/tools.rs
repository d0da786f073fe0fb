//! Reads tools and which of them are to be called, `functions` and `function_call` of old included.
//!
//! `allowed_tools` leaves the others out: the form has no word for tools that are offered and may not be called.

use super::{flag, given, object};
use crate::dialect::openai_chat::convert::{text, wrong};
use crate::form::{Choice, Json, Refused, Text, Tool};
use crate::whole::json::{self, Members};

/// The schema of a function that says none: it takes nothing.
const NOTHING: &str = r#"{"type":"object","properties":{}}"#;

pub(super) fn read<'a>(top: &Members<'a>) -> Result<Vec<Tool<'a>>, Refused> {
    let list = |key: &str| -> Result<Vec<&'a str>, Refused> {
        let Some(list) = given(top, key) else { return Ok(Vec::new()) };
        json::items(list).map_err(|_| wrong(&format!("`{key}` is no list")))
    };
    let mut tools = Vec::new();
    for (at, raw) in list("tools")?.into_iter().enumerate() {
        tools.push(tool(raw).ok_or_else(|| wrong(&format!("`tools[{at}]` has no `type`, or no name")))?);
    }
    for (at, raw) in list("functions")?.into_iter().enumerate() {
        let unfit = || wrong(&format!("`functions[{at}]` has no name"));
        let members = Members::of(raw).map_err(|_| unfit())?;
        tools.push(function(&members, None).ok_or_else(unfit)?);
    }
    Ok(tools)
}

fn tool(raw: &str) -> Option<Tool<'_>> {
    let tool = Members::of(raw).ok()?;
    let inner = |key: &str| object(&tool, key).and_then(|inner| Members::of(inner).ok());
    match tool.word("type").as_deref() {
        Some("function") | None => {
            function(&inner("function")?, given(&tool, "cache_control").map(Json::Borrowed))
        }
        Some("custom") => {
            let custom = inner("custom")?;
            let description = text(&custom, "description");
            Some(Tool::Free { name: name(&custom)?, description: with_grammar(description, &custom) })
        }
        Some(kind) => {
            // Kimi: `{"type": "builtin_function", "function": {"name": "$web_search"}}`.
            let name = inner("function").and_then(|f| name(&f));
            Some(Tool::Vendor { kind: Text::Owned(kind.to_owned()), name })
        }
    }
}

fn function<'a>(function: &Members<'a>, cache: Option<Json<'a>>) -> Option<Tool<'a>> {
    Some(Tool::Function {
        name: name(function)?,
        description: text(function, "description"),
        schema: Json::Borrowed(object(function, "parameters").unwrap_or(NOTHING)),
        strict: flag(function, "strict"),
        cache,
    })
}

fn name<'a>(members: &Members<'a>) -> Option<Text<'a>> {
    text(members, "name").filter(|name| !name.is_empty())
}

/// The description, with the grammar of the tool's text where it has one: no other dialect enforces it.
fn with_grammar<'a>(description: Option<Text<'a>>, custom: &Members<'a>) -> Option<Text<'a>> {
    let grammar = custom.object("format").ok().and_then(|format| {
        let grammar = format.object("grammar").ok()?;
        let definition = grammar.word("definition")?.into_owned();
        Some(format!(
            "The input must follow this {} grammar:\n{definition}",
            grammar.word("syntax").unwrap_or_default()
        ))
    });
    match (description, grammar) {
        (description, None) => description,
        (None, Some(grammar)) => Some(Text::Owned(grammar)),
        (Some(description), Some(grammar)) => Some(Text::Owned(format!("{description}\n\n{grammar}"))),
    }
}

/// `tool_choice` or `function_call`; takes the tools that are not allowed out of `tools`.
pub(super) fn choice<'a>(
    top: &Members<'a>,
    tools: &mut Vec<Tool<'a>>,
) -> Result<Option<Choice<'a>>, Refused> {
    let unfit =
        || wrong("`tool_choice` is none of `none`, `auto`, `required` and an object that names a tool");
    let Some(raw) = given(top, "tool_choice").or_else(|| given(top, "function_call")) else {
        return Ok(None);
    };
    if let Some(word) = json::word(raw) {
        return match &*word {
            "none" => Ok(Some(Choice::None)),
            "auto" => Ok(Some(Choice::Auto)),
            "required" | "any" => Ok(Some(Choice::Any)),
            _ => Err(unfit()),
        };
    }
    let choice = Members::of(raw).map_err(|_| unfit())?;
    if choice.word("type").as_deref() == Some("allowed_tools") {
        let allowed = object(&choice, "allowed_tools").and_then(|a| Members::of(a).ok()).ok_or_else(unfit)?;
        let names = allowed.array("tools").map_err(|_| unfit())?;
        let names: Vec<Text<'_>> = names.into_iter().filter_map(named).collect();
        tools.retain(|tool| name_of(tool).is_some_and(|name| names.iter().any(|n| n == name)));
        let any = allowed.word("mode").as_deref() == Some("required");
        return Ok(Some(if any { Choice::Any } else { Choice::Auto }));
    }
    named(raw).map(Choice::Tool).map(Some).ok_or_else(unfit)
}

/// The name in `{"type": "function", "function": {"name": …}}`, in that of a custom tool, or in `{"name": …}`.
fn named(raw: &str) -> Option<Text<'_>> {
    let choice = Members::of(raw).ok()?;
    let inner = object(&choice, "function").or_else(|| object(&choice, "custom")).unwrap_or(raw);
    name(&Members::of(inner).ok()?)
}

fn name_of<'t, 'a>(tool: &'t Tool<'a>) -> Option<&'t Text<'a>> {
    match tool {
        Tool::Function { name, .. } | Tool::Free { name, .. } => Some(name),
        Tool::Vendor { name, .. } => name.as_ref(),
    }
}
