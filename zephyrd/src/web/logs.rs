//! The last lines of the daemon's log, filtered by what stands in the address, and live where the script runs. What is in
//! a line came from anywhere: it is cleaned and shown as text.

use axum::response::Response;
use maud::{Markup, html};
use tracing::Level;
use zephyr_words::{Words, say};

use super::asked::Asked;
use super::figures::moment;
use super::frame::framed;
use super::page::Seen;
use super::requests::address;
use crate::http::time::rfc3339;
use crate::system::log_ring::LogLine;
use crate::system::text::clean;

/// Lines that are shown at once.
const SHOWN: usize = 300;

/// Names of the levels, the worst first.
const LEVELS: [(&str, Level); 5] = [
    ("error", Level::ERROR),
    ("warn", Level::WARN),
    ("info", Level::INFO),
    ("debug", Level::DEBUG),
    ("trace", Level::TRACE),
];

/// The page.
pub(super) async fn page(Seen(page): Seen, asked: Asked) -> Response {
    let words = page.words;
    let lines = page.room.desk.log.lines();
    let wanted = Wanted::of(&asked);
    let shown: Vec<_> = lines.iter().rev().filter(|line| wanted.lets(line)).take(SHOWN).collect();
    let title = say!(words, "rep-logs-title");
    let main = html! {
        h1 { (title) }
        (form(words, &asked))
        ol.log data-log data-most=(SHOWN) { @for line in &shown { (row(line)) } }
        template data-log-row { (empty()) }
        p.empty data-log-empty hidden[!shown.is_empty()] { (say!(words, "rep-logs-none")) }
        p.quiet { (say!(words, "rep-logs-where")) " " code { "journalctl -u zephyrd" } }
    };
    framed(&page, &title, &main)
}

/// Which lines.
struct Wanted<'a> {
    level: Level,
    request: &'a str,
    text: String,
}

impl<'a> Wanted<'a> {
    fn of(asked: &'a Asked) -> Self {
        let level = LEVELS.iter().find(|(name, _)| *name == asked.get("level"));
        Self {
            level: level.map_or(Level::TRACE, |(_, level)| *level),
            request: asked.get("request"),
            text: asked.get("text").to_lowercase(),
        }
    }

    fn lets(&self, line: &LogLine) -> bool {
        line.level() <= self.level
            && (self.request.is_empty() || line.field("request") == Some(self.request))
            && (self.text.is_empty() || line.message().to_lowercase().contains(&self.text))
    }
}

fn name(level: Level) -> &'static str {
    LEVELS.iter().find(|(_, known)| *known == level).map_or("trace", |(name, _)| name)
}

/// One line.
fn row(line: &LogLine) -> Markup {
    let level = name(line.level());
    html! {
        li data-level=(level) data-key=(format!("{}:{}", line.number, rfc3339(line.unix_ms))) {
            time data-cell="time" datetime=(rfc3339(line.unix_ms)) { (moment(line.unix_ms)) }
            b data-cell="level" { (level) }
            span.message data-cell="message" { (clean(line.message())) }
            span.fields data-cell="fields" { @for (name, value) in line.fields() { (field(name, value)) } }
            span.target data-cell="target" { (line.target()) }
        }
    }
}

/// What belongs to a line; a request leads to its page.
fn field(name: &str, value: &str) -> Markup {
    html! {
        span.field { (name) "="
            @if name == "request" { a href=(address(value)) { (clean(value)) } }
            @else { (clean(value)) }
        } " "
    }
}

/// What the script fills for a new line.
fn empty() -> Markup {
    html! {
        li {
            time data-cell="time" {}
            b data-cell="level" {}
            span.message data-cell="message" {}
            span.fields data-cell="fields" {}
            span.target data-cell="target" {}
        }
    }
}

fn form(words: &Words, asked: &Asked) -> Markup {
    let input = |label: &str, name: &str| {
        html! {
            label { span { (label) }
                input type="text" name=(name) value=(asked.get(name)) maxlength="256" autocomplete="off" spellcheck="false";
            }
        }
    };
    html! {
        form.filters method="get" action="/logs" {
            label { span { (say!(words, "rep-logs-level")) }
                select name="level" {
                    option value="" { (say!(words, "rep-filter-any")) }
                    @for (name, _) in LEVELS { option value=(name) selected[asked.get("level") == name] { (name) } }
                }
            }
            (input(&say!(words, "rep-logs-request"), "request"))
            (input(&say!(words, "rep-logs-text"), "text"))
            p.buttons {
                button type="submit" { (say!(words, "rep-filter-apply")) }
                " " a href="/logs" { (say!(words, "rep-filter-clear")) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;
    use crate::system::log_ring::LogRing;

    /// What is kept of one line.
    fn kept(log: impl FnOnce()) -> Arc<LogLine> {
        let ring = LogRing::default();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(ring.clone()), log);
        ring.lines().remove(0)
    }

    #[test]
    fn a_level_lets_worse_ones_through_and_a_request_is_exact() {
        let lets = |query: &str, line: &LogLine| Wanted::of(&Asked::of(query)).lets(line);
        let error = kept(|| tracing::error!("x"));
        let info = kept(|| tracing::info!(request = "req-1", "it is over"));
        assert!(lets("level=warn", &error) && lets("level=error", &error));
        assert!(!lets("level=warn", &info) && lets("level=info", &info) && lets("level=", &info));
        assert!(
            lets("request=req-1", &info) && !lets("request=req-12", &info) && !lets("request=req-1", &error)
        );
        assert!(lets("text=OVER", &info) && !lets("text=over", &error));
    }

    #[test]
    fn a_hostile_line_is_text() {
        let line = kept(|| tracing::info!(request = "\"><script>", "<img src=x>\u{1b}[2J\u{202e}"));
        let shown = row(&line).into_string();
        assert!(shown.contains("&lt;img src=x&gt;[2J</span>"), "{shown}");
        assert!(!shown.contains("<script") && !shown.contains("<img"), "{shown}");
        assert!(shown.contains("/requests/%22%3E%3Cscript%3E"), "{shown}");
    }
}
