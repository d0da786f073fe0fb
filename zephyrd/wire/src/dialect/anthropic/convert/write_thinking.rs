//! How much a model is told to think, and what that allows of the rest: the limit of the answer, how tokens are drawn, and
//! whether a tool can be forced.
//!
//! The API's rules: a budget is at least 1,024 tokens and below `max_tokens`; while a model thinks by budget, a running
//! loop of tools must have begun with thinking; while it thinks at all, no tool can be forced, `temperature` and
//! `top_k` stay as they are and `top_p` is 0.95 or more. Some models cannot be told not to think; they get the least
//! effort instead.

use super::lose;
use super::model::{Model, Off, Samples, Thinks};
use crate::form::{Choice, Effort, Level, Loss, Request, Sampling};
use crate::quirks::Quirks;

const LEAST_BUDGET: u64 = 1_024;

/// What is told of thinking and of what hangs together with it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// `thinking`, JSON.
    pub thinking: Option<String>,
    /// `output_config.effort`.
    pub effort: Option<Level>,
    /// `max_tokens`.
    pub max_tokens: u64,
    /// The model thinks, or may.
    pub on: bool,
    /// A tool can be forced.
    pub forced: bool,
}

/// What is told for `request`. `broken_loop` says that a loop of tools runs that has lost its thinking.
pub(super) fn plan(
    request: &Request<'_>,
    model: &Model,
    quirks: &Quirks,
    broken_loop: bool,
    losses: &mut Vec<Loss>,
) -> Plan {
    let longest = quirks.max_tokens.unwrap_or(u64::MAX).min(model.longest);
    let usual = quirks.max_tokens.unwrap_or(model.usual);
    let mut plan = Plan {
        max_tokens: request.max_tokens.unwrap_or(usual).min(longest).max(1),
        forced: model.forced,
        ..Plan::default()
    };
    if request.max_tokens.is_some_and(|tokens| tokens > plan.max_tokens) {
        lose(losses, "max_tokens above the most that the model takes");
    }
    let forces = matches!(request.choice, Some(Choice::Any | Choice::Tool(_))) && !request.tools.is_empty();
    let wanted = match request.reasoning.effort {
        Some(Effort::Off) => Wanted::Off,
        None if !model.thinks_unasked() => Wanted::Off,
        None => Wanted::Some(None),
        Some(Effort::Adaptive(level)) => Wanted::Some(level),
        Some(Effort::Level(level)) => Wanted::Some(Some(level)),
        Some(Effort::Budget(tokens)) => Wanted::Budget(tokens),
    };
    let asked = request.reasoning.effort.is_some() && wanted != Wanted::Off;
    // Being sure of the tool counts more than thinking about it.
    let wanted = if forces && model.forced && wanted != Wanted::Off && model.off != Off::Never {
        if asked {
            losses.push(Loss { what: "reasoning, as a tool is forced" });
        }
        Wanted::Off
    } else {
        wanted
    };
    match (wanted, model.thinks) {
        (Wanted::Off, _) => off(&mut plan, model, quirks, losses),
        (_, Thinks::Never) => losses.push(Loss { what: "reasoning" }),
        (wanted, Thinks::Budget) => {
            let tokens = match wanted {
                Wanted::Budget(tokens) => tokens,
                Wanted::Some(level) => level.unwrap_or(Level::Medium).budget(),
                Wanted::Off => 0,
            };
            if broken_loop {
                losses.push(Loss { what: "reasoning, as the running loop of tools has lost its beginning" });
            } else {
                budget(&mut plan, tokens, request.max_tokens.is_none(), longest, losses);
            }
        }
        (wanted, Thinks::Adaptive | Thinks::Unasked) => {
            let level = match wanted {
                Wanted::Budget(tokens) => Some(Level::of_budget(tokens)),
                Wanted::Some(level) => level,
                Wanted::Off => None,
            };
            plan.on = true;
            plan.effort = level.and_then(|level| nearest(level, model, quirks));
            plan.thinking = Some(adaptive(request.reasoning.shown, model).to_owned());
        }
    }
    if plan.on {
        plan.forced = false;
    }
    plan
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Off,
    Some(Option<Level>),
    Budget(u64),
}

fn off(plan: &mut Plan, model: &Model, quirks: &Quirks, losses: &mut Vec<Loss>) {
    match model.off {
        Off::Unasked => {}
        Off::Disabled => plan.thinking = Some(r#"{"type":"disabled"}"#.into()),
        Off::BetweenTools => plan.thinking = Some(r#"{"type":"between_tools"}"#.into()),
        Off::Never => {
            losses.push(Loss { what: "reasoning off: the model always thinks" });
            plan.on = true;
            plan.effort = nearest(Level::Low, model, quirks);
        }
    }
}

/// Thinking within a budget that leaves at least a quarter of the limit for the answer.
fn budget(plan: &mut Plan, tokens: u64, is_free: bool, longest: u64, losses: &mut Vec<Loss>) {
    let tokens = tokens.max(LEAST_BUDGET);
    if is_free {
        plan.max_tokens = plan.max_tokens.max(tokens.saturating_add(tokens / 3 + 1)).min(longest);
    }
    let fitting = tokens.min(plan.max_tokens / 4 * 3);
    if fitting < LEAST_BUDGET {
        losses.push(Loss { what: "reasoning, as `max_tokens` leaves no room for it" });
        return;
    }
    plan.on = true;
    plan.thinking = Some(format!(r#"{{"type":"enabled","budget_tokens":{fitting}}}"#));
}

/// Models that think unasked show nothing of it unless told to, not even what they say between calls.
fn adaptive(shown: Option<bool>, model: &Model) -> &'static str {
    match (shown, model.samples) {
        // Older ones show it as a rule and know no `display`.
        (_, Samples::All | Samples::One) => r#"{"type":"adaptive"}"#,
        (Some(false), Samples::None) => r#"{"type":"adaptive","display":"omitted"}"#,
        (_, Samples::None) => r#"{"type":"adaptive","display":"summarized"}"#,
    }
}

/// The level that the model and the endpoint know which is nearest, up where two are.
fn nearest(level: Level, model: &Model, quirks: &Quirks) -> Option<Level> {
    let place = |level: Level| Level::ALL.iter().position(|l| *l == level).unwrap_or(0);
    let known =
        model.levels.iter().copied().filter(|l| quirks.levels.is_empty() || quirks.levels.contains(l));
    known.min_by_key(|l| (place(*l).abs_diff(place(level)), *l < level))
}

/// How tokens are drawn, as far as the model lets itself be told.
pub(super) fn sampling<'r>(
    sampling: &'r Sampling<'_>,
    model: &Model,
    on: bool,
    losses: &mut Vec<Loss>,
) -> Vec<(&'static str, &'r str)> {
    let number = |text: &str| text.parse::<f64>().unwrap_or(1.0);
    let mut told = Vec::new();
    let mut lose = |what, is_default: bool| {
        if !is_default {
            losses.push(Loss { what });
        }
    };
    if let Some(text) = sampling.temperature.as_deref() {
        let value = number(text);
        if model.samples == Samples::None || on {
            lose("temperature", (value - 1.0).abs() < f64::EPSILON);
        } else if value > 1.0 {
            // OpenAI's go up to 2.
            lose("temperature above 1", false);
            told.push(("temperature", "1"));
        } else {
            told.push(("temperature", if value < 0.0 { "0" } else { text }));
        }
    }
    if let Some(text) = sampling.top_p.as_deref() {
        let value = number(text);
        let both = model.samples == Samples::One && !told.is_empty();
        if model.samples == Samples::None || both || (on && value < 0.95) {
            lose("top_p", (value - 1.0).abs() < f64::EPSILON);
        } else {
            told.push(("top_p", text));
        }
    }
    if let Some(text) = sampling.top_k.as_deref() {
        if model.samples == Samples::None || on {
            lose("top_k", false);
        } else {
            told.push(("top_k", text));
        }
    }
    lose("seed", sampling.seed.is_none());
    let is_zero = |text: Option<&str>| text.is_none_or(|text| number(text).abs() < f64::EPSILON);
    lose("presence_penalty", is_zero(sampling.presence.as_deref()));
    lose("frequency_penalty", is_zero(sampling.frequency.as_deref()));
    lose("logit_bias", sampling.bias.as_deref().is_none_or(|bias| bias == "{}"));
    told
}
