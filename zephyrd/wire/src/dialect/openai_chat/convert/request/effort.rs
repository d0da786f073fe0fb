//! Reads how much the model is to think, in whichever words the servers of this dialect have for it.
//!
//! A switch that is off counts more than a level beside it (DeepSeek, Kimi and GLM ignore the level then).

use super::{flag, object};
use crate::dialect::openai_chat::convert::wrong;
use crate::form::{Effort, Level, Reasoning, Refused};
use crate::whole::json::Members;

pub(super) fn read(top: &Members<'_>) -> Result<Reasoning, Refused> {
    let mut reasoning = Reasoning::default();
    let inside = |key: &str| object(top, key).and_then(|inner| Members::of(inner).ok());
    let mut switch = flag(top, "enable_thinking");
    let mut budget = top.number("thinking_budget");
    let mut level = named(top, "reasoning_effort")?;
    if let Some(thinking) = inside("thinking") {
        switch = Some(thinking.word("type").as_deref() != Some("disabled"));
        budget = thinking.number("budget_tokens").or(budget);
    }
    if let Some(template) = inside("chat_template_kwargs") {
        switch = flag(&template, "enable_thinking").or(flag(&template, "thinking")).or(switch);
    }
    if let Some(asked) = inside("reasoning") {
        switch = flag(&asked, "enabled").or(switch);
        budget = asked.number("max_tokens").or(budget);
        level = named(&asked, "effort")?.or(level);
        reasoning.shown = flag(&asked, "exclude").map(|exclude| !exclude);
    }
    reasoning.shown = reasoning.shown.or(flag(top, "include_reasoning"));
    reasoning.effort = match (switch, level, budget) {
        (Some(false), _, _) | (_, Some(None), _) => Some(Effort::Off),
        (_, Some(Some(level)), _) => Some(Effort::Level(level)),
        (_, None, Some(0)) => Some(Effort::Off),
        (_, None, Some(budget)) => Some(Effort::Budget(budget)),
        (Some(true), None, None) => Some(Effort::Adaptive(None)),
        (None, None, None) => None,
    };
    Ok(reasoning)
}

/// A level by name; `Some(None)` is none at all.
fn named(members: &Members<'_>, key: &str) -> Result<Option<Option<Level>>, Refused> {
    match members.word(key).as_deref() {
        None | Some("" | "auto" | "default") => Ok(None),
        Some("none" | "off" | "disabled") => Ok(Some(None)),
        Some(name) => match Level::of(name) {
            Some(level) => Ok(Some(Some(level))),
            None => Err(wrong(&format!(
                "`{key}` is none of `none`, `minimal`, `low`, `medium`, `high`, `xhigh` and `max`"
            ))),
        },
    }
}
