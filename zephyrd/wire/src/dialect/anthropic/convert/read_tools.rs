//! Reads tools, what turns of the conversation add to them and take from them, and which of them must be called.

use std::collections::BTreeSet;

use crate::form::{Choice, Refused, Tool};
use crate::whole::json::Members;

/// The tools that are offered in the end.
#[derive(Debug, Default)]
pub(super) struct Tools<'a> {
    declared: Vec<Tool<'a>>,
    /// Withdrawn by the conversation.
    removed: BTreeSet<String>,
}

impl<'a> Tools<'a> {
    /// Takes up an entry of `tools`.
    pub(super) fn declare(&mut self, text: &'a str) -> Result<(), Refused> {
        let tool =
            Members::of(text).map_err(|_| Refused("every item of `tools` must be an object".into()))?;
        let name = tool.decoded("name").filter(|name| !name.is_empty());
        let tool = match tool.decoded("type").filter(|kind| kind != "custom") {
            Some(kind) => Tool::Vendor { kind, name },
            None => Tool::Function {
                name: name.ok_or_else(|| Refused("every item of `tools` needs a `name`".into()))?,
                description: tool.decoded("description"),
                schema: tool.part("input_schema").filter(|s| s.starts_with('{')).unwrap_or(ANYTHING).into(),
                strict: tool.get("strict").and_then(|v| v.parse().ok()),
                cache: tool.given_part("cache_control").map(Into::into),
            },
        };
        self.declared.push(tool);
        Ok(())
    }

    /// Takes up a block `tool_addition` or `tool_removal`.
    pub(super) fn change(&mut self, adds: bool, text: Option<&'a str>) -> Result<(), Refused> {
        let Some(tool) = text.and_then(|text| Members::of(text).ok()) else { return Ok(()) };
        let definition = tool.given_part("definition");
        let named = definition.and_then(|text| Members::of(text).ok());
        let Some(name) = named.as_ref().unwrap_or(&tool).decoded("name") else { return Ok(()) };
        if !adds {
            self.removed.insert(name.into_owned());
            return Ok(());
        }
        self.removed.remove(name.as_ref());
        if let Some(definition) = definition {
            self.declare(definition)?;
        }
        Ok(())
    }

    /// Those that are left, of each name the last.
    pub(super) fn done(self) -> Vec<Tool<'a>> {
        // Names that were taken away, or have been met already further behind.
        let mut gone = self.removed;
        let mut left: Vec<_> = self.declared.into_iter().rev().collect();
        left.retain(|tool| called(tool).is_none_or(|name| gone.insert(name.to_owned())));
        left.reverse();
        left
    }
}

const ANYTHING: &str = r#"{"type":"object"}"#;

fn called<'t>(tool: &'t Tool<'_>) -> Option<&'t str> {
    match tool {
        Tool::Function { name, .. } | Tool::Free { name, .. } => Some(name),
        Tool::Vendor { name, .. } => name.as_deref(),
    }
}

/// Reads `tool_choice`: which tool, and whether several may be called at once.
pub(super) fn choice(text: &str) -> Result<(Option<Choice<'_>>, Option<bool>), Refused> {
    let choice = Members::of(text).map_err(|_| Refused("`tool_choice` must be an object".into()))?;
    let which = match choice.word("type").as_deref() {
        Some("auto") => Choice::Auto,
        Some("any") => Choice::Any,
        Some("none") => Choice::None,
        Some("tool") => Choice::Tool(
            choice.decoded("name").ok_or_else(|| Refused("`tool_choice.name` is missing".into()))?,
        ),
        kind => {
            return Err(Refused(format!("`tool_choice.type` `{}` is not known", kind.unwrap_or_default())));
        }
    };
    let parallel =
        choice.get("disable_parallel_tool_use").and_then(|v| v.parse::<bool>().ok()).map(|off| !off);
    Ok((Some(which), parallel))
}
