//! The config in force, without secrets: what the file says and what that makes of every key; and what was wrong with the
//! last reload, by line and column.

use axum::response::Response;
use maud::{Markup, html};
use zephyr_core::config::{Problem, Severity};
use zephyr_words::{Words, say};

use super::asked::Asked;
use super::figures::time;
use super::frame::{framed, how_to_act};
use super::page::Seen;
use crate::config_source::ConfigNow;
use crate::system::text::clean;

/// The page.
pub(super) async fn page(Seen(page): Seen, asked: Asked) -> Response {
    let words = page.words;
    let now = page.room.desk.config.get();
    let file = asked.get("view") == "file";
    let title = say!(words, "rep-config-title");
    let main = html! {
        h1 { (title) }
        dl.facts {
            dt { (say!(words, "rep-config-file")) }
            dd { @match &now.path {
                Some(path) => code { (clean(&path.display().to_string())) },
                None => (say!(words, "rep-config-built-in")),
            } }
            dt { (say!(words, "rep-config-loaded")) }
            dd { (time(now.loaded_unix_ms)) }
        }
        (problems(words, &now))
        p.actions { button type="button" data-reload { (say!(words, "rep-config-reload")) } }
        (how_to_act(&page))
        nav.tabs aria-label=(say!(words, "rep-config-views")) {
            a href="/config" aria-current=[(!file).then_some("page")] { (say!(words, "rep-config-effective")) }
            a href="/config?view=file" aria-current=[file.then_some("page")] { (say!(words, "rep-config-as-written")) }
        }
        p.quiet { (say!(words, "rep-config-masked")) }
        @let text = if file { &now.text } else { &now.effective };
        @if text.trim().is_empty() { p.empty { (say!(words, "rep-config-empty")) } } @else { (listing(text)) }
    };
    framed(&page, &title, &main)
}

/// A text with numbers of its lines.
fn listing(text: &str) -> Markup {
    html! {
        pre.listing tabindex="0" { @for line in text.lines() { span.line { (harmless(line)) } "\n" } }
    }
}

/// A line without what steers or turns text; its spaces stay.
fn harmless(line: &str) -> String {
    line.chars().filter(|c| *c == '\t' || !crate::system::text::is_hostile(*c)).collect()
}

fn problems(words: &Words, now: &ConfigNow) -> Markup {
    html! {
        @if !now.problems.is_empty() {
            section.refused role="alert" {
                h2 { (say!(words, "rep-config-refused")) }
                p { (say!(words, "rep-config-old-stays")) }
                ul.problems { @for problem in &now.problems { (one(words, problem)) } }
            }
        }
    }
}

fn one(words: &Words, problem: &Problem) -> Markup {
    let (severity, weight) = match problem.severity {
        Severity::Error => (say!(words, "rep-config-error"), "bad"),
        Severity::Warning => (say!(words, "rep-config-warning"), "warn"),
    };
    html! {
        li data-weight=(weight) {
            code { (clean(&problem.source)) @if problem.line > 0 { ":" (problem.line) ":" (problem.column) } }
            " " strong { (severity) ":" } " " (clean(&problem.message))
            @if let Some(hint) = &problem.hint { br; span.quiet { (say!(words, "rep-config-hint")) " " (clean(hint)) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_is_listed_as_text_with_its_spaces() {
        let shown = listing("[a]\n  name = \"<b>\u{1b}[2J\"\n").into_string();
        assert!(shown.contains("<span class=\"line\">  name = &quot;&lt;b&gt;[2J&quot;</span>"), "{shown}");
    }
}
