//! Writes how much the model is to think, in the words of the endpoint.
//!
//! Who is told by `reasoning_effort` and knows levels of its own is not known to take `none`: the weakest level stands for
//! not thinking at all there. Where a switch and levels are both known (DeepSeek), both are written.

use super::Top;
use crate::form::{Effort, Level, Reasoning};
use crate::quirks::EffortField;

pub(super) fn write(top: &mut Top<'_, '_>, reasoning: &Reasoning) {
    let Some(effort) = reasoning.effort else {
        if top.quirks.effort_field == EffortField::Reasoning && reasoning.shown == Some(false) {
            top.raw("reasoning", "{\"exclude\":true}");
        }
        return;
    };
    let on = effort != Effort::Off;
    let level = match effort {
        Effort::Off | Effort::Adaptive(None) => None,
        Effort::Adaptive(Some(level)) | Effort::Level(level) => Some(nearest(level, &top.quirks.levels)),
        Effort::Budget(tokens) => Some(nearest(Level::of_budget(tokens), &top.quirks.levels)),
    };
    let named = |level: Level| format!("\"{}\"", level.name());
    match top.quirks.effort_field {
        EffortField::None => top.losses.add("thinking"),
        EffortField::Effort => match level {
            Some(level) => top.raw("reasoning_effort", &named(level)),
            None if on => {}
            None => match top.quirks.levels.iter().min() {
                Some(weakest) => top.raw("reasoning_effort", &named(*weakest)),
                None => top.raw("reasoning_effort", "\"none\""),
            },
        },
        EffortField::Reasoning => {
            let mut inner = match (effort, level) {
                (Effort::Off, _) => "\"enabled\":false".to_owned(),
                (Effort::Budget(tokens), _) => format!("\"max_tokens\":{tokens}"),
                (_, Some(level)) => format!("\"effort\":{}", named(level)),
                (_, None) => "\"enabled\":true".to_owned(),
            };
            if on && reasoning.shown == Some(false) {
                inner.push_str(",\"exclude\":true");
            }
            top.raw("reasoning", &format!("{{{inner}}}"));
        }
        EffortField::Thinking => {
            top.raw("thinking", if on { "{\"type\":\"enabled\"}" } else { "{\"type\":\"disabled\"}" });
            if let Some(level) = level.filter(|_| !top.quirks.levels.is_empty()) {
                top.raw("reasoning_effort", &named(level));
            }
        }
        EffortField::EnableThinking => {
            top.raw("enable_thinking", if on { "true" } else { "false" });
            let budget = match effort {
                Effort::Budget(tokens) => Some(tokens),
                Effort::Level(level) => Some(level.budget()),
                Effort::Off | Effort::Adaptive(_) => None,
            };
            if let Some(budget) = budget {
                top.raw("thinking_budget", &budget.to_string());
            }
        }
        EffortField::Template => {
            let value = format!("{{\"enable_thinking\":{on}}}");
            top.raw("chat_template_kwargs", &value);
        }
    }
}

/// The level among `known` that is nearest, the stronger of two; all are known where `known` is empty.
fn nearest(level: Level, known: &[Level]) -> Level {
    let place = |level: &Level| Level::ALL.iter().position(|l| l == level).unwrap_or_default();
    let wanted = place(&level);
    let best = known.iter().min_by_key(|known| (place(known).abs_diff(wanted), usize::MAX - place(known)));
    best.copied().unwrap_or(level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_that_is_not_known_is_rounded_up_where_two_are_as_near() {
        use Level::{High, Low, Max, Medium, Minimal, XHigh};
        for (level, known, want) in [
            (Medium, &[][..], Medium),
            (Medium, &[High, Max], High),
            (XHigh, &[High, Max], Max),
            (Minimal, &[Low, Medium, High], Low),
            (Medium, &[Low, High], High),
            (Max, &[Low, Medium, High], High),
        ] {
            assert_eq!(nearest(level, known), want, "{level:?} of {known:?}");
        }
    }
}
