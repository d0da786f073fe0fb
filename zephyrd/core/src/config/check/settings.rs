//! `[selection]`, `[failover]`, `[control]`, `[ui]` and `[log]`.

use std::path::PathBuf;

use super::super::plan::{Backoff, Control, Failover, Log, LogFormat, Selection, StrategyKind, Suspension};
use super::super::raw::Layers;
use super::Check;

/// The log formats by their names in the config.
pub(in super::super) const FORMATS: [(&str, LogFormat); 4] = [
    ("auto", LogFormat::Auto),
    ("journal", LogFormat::Journal),
    ("json", LogFormat::Json),
    ("text", LogFormat::Text),
];

const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];

pub(super) fn selection(layers: &Layers<'_>) -> Selection {
    let name = layers.text("strategy").unwrap_or_default();
    let strategy = StrategyKind::ALL.into_iter().find(|s| s.name() == name).unwrap_or(StrategyKind::Fastest);
    Selection { strategy, auto_switch: layers.flag("auto_switch"), affinity: layers.flag("affinity") }
}

pub(super) fn failover(layers: &Layers<'_>, backoff: &Layers<'_>) -> Failover {
    let default = Failover::default();
    Failover {
        max_attempts: layers.integer("max_attempts").unwrap_or(default.max_attempts),
        cooldown: layers.seconds("cooldown_seconds").unwrap_or(default.cooldown),
        group_cooldown: layers.seconds("group_cooldown_seconds").unwrap_or(default.group_cooldown),
        statuses: layers.statuses("statuses"),
        body_patterns: layers.texts("body_patterns").into_iter().map(|(_, t)| t.to_lowercase()).collect(),
        any_4xx: layers.flag("any_4xx"),
        backoff: Backoff {
            base: backoff.seconds("base_seconds").unwrap_or(default.backoff.base),
            multiplier: backoff.number("multiplier"),
            max: backoff.seconds("max_seconds").unwrap_or(default.backoff.max),
        },
    }
}

pub(super) fn suspension(layers: &Layers<'_>) -> Suspension {
    let default = Suspension::default();
    Suspension {
        enabled: layers.flag("enabled"),
        timeout: layers.seconds("timeout_seconds").unwrap_or(default.timeout),
        max: layers.integer("max").unwrap_or(default.max),
    }
}

pub(super) fn control(layers: &Layers<'_>) -> Control {
    Control {
        socket: layers.text("socket").map(PathBuf::from),
        others_read: layers.text("others").is_none_or(|o| o == "read"),
    }
}

/// `None` = as the reader wishes.
pub(super) fn language(layers: &Layers<'_>) -> Option<String> {
    layers.text("language").filter(|language| language != "auto")
}

impl Check<'_> {
    pub(super) fn log(&mut self, layers: &Layers<'_>) -> Log {
        let level = layers.text("level").unwrap_or_default();
        let lower = level.to_ascii_lowercase();
        if let (Some(wrong), Some(at)) = (lower.split(',').find_map(wrong_directive), layers.at("level")) {
            let hint = match super::super::raw::nearest(wrong, LEVELS.into_iter()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    "error, warn, info, debug, trace, or a filter such as `info,zephyrd=debug`".to_owned()
                }
            };
            let shown: String = wrong.chars().take(40).filter(|c| !c.is_control()).collect();
            self.report.error(at, format!("unknown level `{shown}`"), Some(hint));
        }
        let format = layers.text("format").unwrap_or_default();
        let format = FORMATS.iter().find(|(n, _)| *n == format).map_or(LogFormat::Auto, |(_, f)| *f);
        // Targets are module paths: their case stays.
        Log { level, format }
    }
}

/// The level in `directive` that is none.
fn wrong_directive(directive: &str) -> Option<&str> {
    let directive = directive.trim();
    let level = match directive.split_once('=') {
        Some((target, level)) => {
            let sound = !target.is_empty()
                && target.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':');
            if !sound {
                return Some(directive);
            }
            level
        }
        None => directive,
    };
    (!LEVELS.contains(&level)).then_some(level)
}
