//! In what models of one server differ from each other, by the beginning of their names.
//!
//! Sources: platform.openai.com/docs/models and its guide on reasoning; docs.x.ai/guides/reasoning and the change log of
//! the AI SDK's xAI provider; platform.kimi.ai/docs/api/models-overview. As of November 2026.

use std::borrow::Cow;

use super::{EffortField, Quirks};
use crate::form::Level;

/// What holds for models whose names begin so; the first row of a table that fits counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ModelRule {
    /// The beginnings, lower case, without a vendor's prefix.
    names: &'static [&'static str],
    /// Top-level members that they refuse.
    without: &'static [&'static str],
    /// The levels of effort that they know.
    levels: &'static [Level],
    /// Whether they can be told how much to think.
    effort: bool,
}

const SAMPLING: &[&str] = &["temperature", "top_p", "presence_penalty", "frequency_penalty", "logit_bias"];
const SAMPLING_AND_PARALLEL: &[&str] =
    &["temperature", "top_p", "presence_penalty", "frequency_penalty", "logit_bias", "parallel_tool_calls"];
const LOW_TO_HIGH: &[Level] = &[Level::Low, Level::Medium, Level::High];
const LOW_TO_XHIGH: &[Level] = &[Level::Low, Level::Medium, Level::High, Level::XHigh];
const MINIMAL_TO_HIGH: &[Level] = &[Level::Minimal, Level::Low, Level::Medium, Level::High];

const XHIGH_MODELS: &[&str] = &["gpt-5.1-codex-max", "gpt-5.2", "gpt-5.3", "gpt-5.4", "gpt-5.5"];
const PLAIN_MODELS: &[&str] = &["gpt-5-chat", "gpt-4", "gpt-3.5", "chatgpt-4o", "ft:gpt-4", "ft:gpt-3.5"];

const fn rule(
    names: &'static [&'static str],
    without: &'static [&'static str],
    levels: &'static [Level],
) -> ModelRule {
    ModelRule { names, without, levels, effort: true }
}

pub(super) static OPENAI_CHAT_MODELS: &[ModelRule] = &[
    ModelRule { names: PLAIN_MODELS, without: &["reasoning_effort"], levels: &[], effort: false },
    rule(&["gpt-5-pro"], SAMPLING, &[Level::High]),
    rule(&["gpt-5-codex"], SAMPLING, LOW_TO_HIGH),
    rule(XHIGH_MODELS, SAMPLING, LOW_TO_XHIGH),
    rule(&["gpt-5."], SAMPLING, LOW_TO_HIGH),
    rule(&["gpt-5"], SAMPLING, MINIMAL_TO_HIGH),
    rule(&["o1", "o3", "o4"], SAMPLING_AND_PARALLEL, LOW_TO_HIGH),
];

/// A model that does not reason also refuses to give its reasoning along, which is all that is asked for by `include`.
pub(super) static OPENAI_RESPONSES_MODELS: &[ModelRule] = &[
    ModelRule { names: PLAIN_MODELS, without: &["reasoning", "include"], levels: &[], effort: false },
    rule(&["gpt-5-pro"], SAMPLING, &[Level::High]),
    rule(&["gpt-5-codex"], SAMPLING, LOW_TO_HIGH),
    rule(XHIGH_MODELS, SAMPLING, LOW_TO_XHIGH),
    rule(&["gpt-5."], SAMPLING, LOW_TO_HIGH),
    rule(&["gpt-5"], SAMPLING, MINIMAL_TO_HIGH),
    rule(&["o1", "o3", "o4"], SAMPLING_AND_PARALLEL, LOW_TO_HIGH),
];

/// Models that always draw the same way.
pub(super) static KIMI_MODELS: &[ModelRule] = &[rule(&["kimi-k2.", "kimi-k3"], SAMPLING, &[])];

/// Models whose name says whether they reason.
pub(super) static GROK_MODELS: &[ModelRule] = &[ModelRule {
    names: &["grok-4-", "grok-4.20", "grok-code", "grok-3-fast", "grok-3-latest"],
    without: &["reasoning_effort"],
    levels: &[],
    effort: false,
}];

impl Quirks {
    /// What holds at this endpoint for `model`, as the endpoint is asked for it.
    #[must_use]
    pub fn for_model(&self, model: &str) -> Cow<'_, Self> {
        let model = model.to_ascii_lowercase();
        let bare = model.rsplit('/').next().unwrap_or_default();
        let fits = |rule: &&ModelRule| rule.names.iter().any(|name| bare.starts_with(name));
        let Some(rule) = self.models.iter().find(fits) else { return Cow::Borrowed(self) };
        let mut quirks = self.clone();
        for member in rule.without {
            if !quirks.without.iter().any(|known| known == member) {
                quirks.without.push((*member).to_owned());
            }
        }
        if quirks.levels.is_empty() {
            quirks.levels = rule.levels.to_vec();
        }
        if !rule.effort {
            quirks.effort_field = EffortField::None;
        }
        Cow::Owned(quirks)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Profile;
    use super::*;
    use crate::dialect::{OPENAI_CHAT, OPENAI_RESPONSES};

    #[test]
    fn openais_models_differ_by_name() {
        let openai = Profile::named("openai").quirks(OPENAI_CHAT);
        for (model, effort, levels, temperature) in [
            ("gpt-4.1-mini", false, &[][..], true),
            ("gpt-5-chat-latest", false, &[], true),
            ("gpt-5", true, MINIMAL_TO_HIGH, false),
            ("gpt-5-mini", true, MINIMAL_TO_HIGH, false),
            ("gpt-5.1", true, LOW_TO_HIGH, false),
            ("GPT-5.2-codex", true, LOW_TO_XHIGH, false),
            ("openai/o3-mini", true, LOW_TO_HIGH, false),
            ("my-deployment", true, &[], true),
        ] {
            let quirks = openai.for_model(model);
            assert!(quirks.max_completion_tokens, "{model}");
            assert_eq!(quirks.effort_field != EffortField::None, effort, "{model}");
            assert_eq!(quirks.levels, levels, "{model}");
            assert_eq!(!quirks.without.iter().any(|m| m == "temperature"), temperature, "{model}");
        }
        let plain = Profile::named("openai").quirks(OPENAI_RESPONSES);
        assert_eq!(plain.for_model("gpt-4o").without, ["reasoning", "include"]);
    }

    #[test]
    fn what_the_config_says_of_levels_stays() {
        let quirks = Quirks { levels: vec![Level::Max], ..Profile::named("openai").quirks(OPENAI_CHAT) };
        assert_eq!(quirks.for_model("gpt-5").levels, [Level::Max]);
    }

    #[test]
    fn a_server_without_rules_has_one_answer_for_all_models() {
        let quirks = Quirks::default();
        assert!(matches!(quirks.for_model("gpt-5"), Cow::Borrowed(_)));
    }
}
