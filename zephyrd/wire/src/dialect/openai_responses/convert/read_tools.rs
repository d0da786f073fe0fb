//! The tools that a client offers, and which of them must be called.

use std::borrow::Cow;

use super::spaces::{SHELL, SHELL_SCHEMA, flat};
use crate::form::{Choice, Json, Refused, Request, Text, Tool};
use crate::whole::json::{self, Members};

/// The schema of a function that takes nothing.
const NO_INPUT: &str = r#"{"type":"object","properties":{}}"#;

/// Adds the tools of an array, those of `space` under flat names. A tool whose name is there already is not added again.
pub(super) fn read<'a>(list: &'a str, space: Option<&str>, tools: &mut Vec<Tool<'a>>) -> Result<(), Refused> {
    let items = json::items(list).map_err(|_| Refused("`tools` is no array".to_owned()))?;
    for item in items {
        let tool = Members::of(item).map_err(|_| Refused("one of `tools` is no object".to_owned()))?;
        let kind = tool.decoded("type").unwrap_or_default();
        let named = || {
            let name = tool.decoded("name").filter(|name| !name.is_empty());
            name.map(|name| flat(space, name))
                .ok_or_else(|| Refused(format!("a tool of type `{kind}` has no `name`; give it one")))
        };
        let read = match kind.as_ref() {
            "namespace" => {
                let name = named()?;
                read(tool.given_part("tools").unwrap_or("[]"), Some(&name), tools)?;
                continue;
            }
            "function" => function(&tool, named()?)?,
            "custom" => Tool::Free { name: named()?, description: free_description(&tool) },
            "local_shell" => Tool::Function {
                name: SHELL.into(),
                description: Some("Runs a command on the user's machine and gives its output.".into()),
                schema: SHELL_SCHEMA.into(),
                strict: None,
                cache: None,
            },
            "" => return Err(Refused("one of `tools` has no `type`".to_owned())),
            _ => Tool::Vendor { kind, name: tool.decoded("name") },
        };
        let is_new = name_of(&read).is_none_or(|name| !tools.iter().any(|t| name_of(t) == Some(name)));
        if is_new {
            tools.push(read);
        }
    }
    Ok(())
}

fn function<'a>(tool: &Members<'a>, name: Text<'a>) -> Result<Tool<'a>, Refused> {
    let schema: Json<'a> = match tool.given_part("parameters") {
        None => NO_INPUT.into(),
        Some(schema) if schema.starts_with('{') => schema.into(),
        Some(_) => return Err(Refused(format!("the `parameters` of the tool `{name}` are no object"))),
    };
    let strict = tool.get("strict").and_then(|strict| strict.parse().ok());
    Ok(Tool::Function { name, description: tool.decoded("description"), schema, strict, cache: None })
}

/// What a custom tool is for, with its grammar: other dialects have no place for one.
fn free_description<'a>(tool: &Members<'a>) -> Option<Text<'a>> {
    let described = tool.decoded("description");
    let format = tool.object("format").ok();
    let grammar = format.as_ref().and_then(|format| {
        let definition = format.name("definition")?;
        let syntax = format.name("syntax").unwrap_or(Cow::Borrowed("unnamed"));
        Some(format!("The input must follow this grammar ({syntax}):\n{definition}"))
    });
    match (described, grammar) {
        (Some(text), Some(grammar)) => Some(Cow::Owned(format!("{text}\n\n{grammar}"))),
        (None, Some(grammar)) => Some(Cow::Owned(grammar)),
        (described, None) => described,
    }
}

fn name_of<'t>(tool: &'t Tool<'_>) -> Option<&'t str> {
    match tool {
        Tool::Function { name, .. } | Tool::Free { name, .. } => Some(name),
        Tool::Vendor { .. } => None,
    }
}

/// Reads `tool_choice`. Where only some tools are allowed, the others are no longer offered.
pub(super) fn read_choice<'a>(choice: &'a str, request: &mut Request<'a>) -> Result<(), Refused> {
    if let Some(word) = json::word(choice) {
        request.choice = Some(by_word(&word)?);
        return Ok(());
    }
    let choice =
        Members::of(choice).map_err(|_| Refused("`tool_choice` is neither text nor an object".to_owned()))?;
    let kind = choice.decoded("type").unwrap_or_default();
    request.choice = Some(match kind.as_ref() {
        "function" | "custom" => Choice::Tool(chosen(&choice)?),
        "local_shell" => Choice::Tool(SHELL.into()),
        "allowed_tools" => {
            let mut allowed = Vec::new();
            for tool in
                choice.array("tools").map_err(|_| Refused("`tool_choice.tools` is no array".to_owned()))?
            {
                let tool = Members::of(tool)
                    .map_err(|_| Refused("`tool_choice.tools` holds no objects".to_owned()))?;
                allowed.push(match tool.word("type").as_deref() {
                    Some("function" | "custom") => chosen(&tool)?.into_owned(),
                    other => other.unwrap_or_default().to_owned(),
                });
            }
            request.tools.retain(|tool| {
                let name = match tool {
                    Tool::Vendor { kind, .. } => kind,
                    Tool::Function { name, .. } | Tool::Free { name, .. } => name,
                };
                allowed.iter().any(|allowed| allowed == name)
            });
            by_word(choice.word("mode").as_deref().unwrap_or("auto"))?
        }
        other => {
            return Err(Refused(format!(
                "`tool_choice` wants the vendor's own tool `{other}`, which no endpoint of another dialect has; route the model to an \
                 endpoint of the request's own dialect"
            )));
        }
    });
    Ok(())
}

fn by_word(word: &str) -> Result<Choice<'static>, Refused> {
    match word {
        "auto" => Ok(Choice::Auto),
        "none" => Ok(Choice::None),
        "required" => Ok(Choice::Any),
        other => Err(Refused(format!(
            "`tool_choice` is `{other}`; it may be `auto`, `none`, `required` or an object"
        ))),
    }
}

fn chosen<'a>(choice: &Members<'a>) -> Result<Text<'a>, Refused> {
    let name = choice.decoded("name").filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Refused("`tool_choice` names no tool".to_owned()))?;
    Ok(flat(choice.name("namespace").as_deref(), name))
}
