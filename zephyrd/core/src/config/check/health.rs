//! How an endpoint is probed: the layers of `health_check` and what does not go together.

use std::time::Duration;

use super::super::plan::{Auth, Dialect, HealthCheck, ProbeKind};
use super::super::raw::{Layers, Node, Table};
use super::super::vocabulary::section;
use super::Check;
use super::endpoint::Place;

/// A probe's usual time limit.
const TIMEOUT: Duration = Duration::from_secs(20);

impl Check<'_> {
    pub(super) fn health(
        &mut self,
        endpoint: &Table,
        place: &Place<'_>,
        dialect: Dialect,
        auth: &Auth,
        own_key: bool,
    ) -> HealthCheck {
        let of = section("health_check");
        let near = Layers::new(
            [endpoint, place.group_table].into_iter().filter_map(|t| t.table("health_check")),
            of,
        );
        let all = Layers::new(
            [endpoint, place.group_table, place.top].into_iter().filter_map(|t| t.table("health_check")),
            of,
        );
        let (interval, timeout) = self.times(&all);
        let model = all.text("model").unwrap_or_else(|| match dialect {
            Dialect::Anthropic => "claude-haiku-4-5".to_owned(),
            Dialect::OpenaiChat | Dialect::OpenaiResponses => "gpt-5-mini".to_owned(),
        });
        let prompt = all.text("prompt").unwrap_or_default();
        let (min_interval, max_interval) = self.scale(&all);
        let kind = self.kind(&near, &all, auth, own_key);
        HealthCheck {
            kind,
            enabled: all.flag("enabled"),
            command: self.command(&all, kind, &prompt, place.top),
            model,
            prompt,
            interval,
            timeout,
            dynamic_scaling: all.flag("dynamic_scaling"),
            min_interval,
            max_interval,
            // Within 10,000 dollars by the vocabulary.
            daily_budget_nanos: (all.number("daily_budget_usd") * 1e9).round() as u64,
        }
    }

    fn kind(&mut self, near: &Layers<'_>, all: &Layers<'_>, auth: &Auth, own_key: bool) -> ProbeKind {
        let by_name = |name: &str| ProbeKind::ALL.into_iter().find(|k| k.name() == name);
        let Some(asked) = all.text("kind").as_deref().and_then(by_name) else {
            return if own_key { ProbeKind::Messages } else { ProbeKind::Connect };
        };
        let free = matches!(asked, ProbeKind::Connect | ProbeKind::Command);
        if *auth != Auth::Passthrough || free {
            return asked;
        }
        // Asked for in general it means the endpoints that can do it; asked for here it is a mistake.
        if let Some(at) = near.at("kind") {
            let message = format!(
                "`kind = \"{}\"` needs a credential, and `passthrough` has none of ours",
                asked.name()
            );
            self.report.error(at, message, Some("write `kind = \"connect\"` or leave it out".to_owned()));
        }
        ProbeKind::Connect
    }

    fn command(&mut self, all: &Layers<'_>, kind: ProbeKind, prompt: &str, top: &Table) -> Vec<String> {
        let argv = all.node("command").and_then(|n: &Node| self.argv(n)).unwrap_or_default();
        let claude = all.node("claude_binary_path").or_else(|| top.get("claude_binary_path"));
        if kind != ProbeKind::Command {
            if let Some(node) = claude {
                let hint = "`kind = \"command\"` runs it".to_owned();
                self.report.warning(
                    &node.at,
                    "`claude_binary_path` has no effect: zephyrd sends probes itself",
                    Some(hint),
                );
            }
            return argv;
        }
        if let (true, Some(program)) = (argv.is_empty(), claude.and_then(Node::text)) {
            return vec![program.to_owned(), "-p".to_owned(), prompt.to_owned()];
        }
        if all.node("command").is_none()
            && let Some(at) = all.at("kind")
        {
            let hint = "add `command = [\"program\", \"argument\"]`".to_owned();
            self.report.error(at, "`kind = \"command\"` needs a `command`", Some(hint));
        }
        argv
    }

    fn times(&mut self, all: &Layers<'_>) -> (Duration, Duration) {
        let interval = all.seconds("interval_seconds").unwrap_or(Duration::from_secs(60));
        let Some(timeout) = all.seconds("timeout_seconds") else {
            return (interval, TIMEOUT.min(interval / 2));
        };
        if timeout >= interval
            && let Some(at) = all.at("timeout_seconds")
        {
            let message = format!(
                "`timeout_seconds` ({} s) must be less than `interval_seconds` ({} s)",
                timeout.as_secs_f64(),
                interval.as_secs_f64()
            );
            self.report.error(at, message, None);
        }
        (interval, timeout)
    }

    fn scale(&mut self, all: &Layers<'_>) -> (Duration, Duration) {
        let min = all.seconds("min_interval_seconds").unwrap_or_default();
        let max = all.seconds("max_interval_seconds").unwrap_or_default();
        if min > max
            && let Some(at) = all.at("min_interval_seconds").or_else(|| all.at("max_interval_seconds"))
        {
            let message = format!(
                "`min_interval_seconds` ({} s) must not be more than `max_interval_seconds` ({} s)",
                min.as_secs_f64(),
                max.as_secs_f64()
            );
            self.report.error(at, message, None);
        }
        (min, max)
    }
}
