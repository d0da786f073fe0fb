//! The filters above a list: a form that needs no script.

use maud::{Markup, html};
use zephyr_words::{Words, say};

use crate::web::asked::Asked;
use crate::web::period::Period;
use crate::web::range;

/// Choices of the status.
const STATUSES: [&str; 5] = ["2xx", "4xx", "5xx", "429", "529"];

/// The form of the list of requests.
pub(super) fn form(words: &Words, asked: &Asked, period: &Period) -> Markup {
    let status = asked.get("status");
    let other = !status.is_empty() && status != "failed" && !STATUSES.contains(&status);
    html! {
        form.filters method="get" action="/requests" {
            label { span { (say!(words, "rep-column-status")) }
                select name="status" {
                    option value="" { (say!(words, "rep-filter-any")) }
                    option value="failed" selected[status == "failed" || asked.is_on("failed")] { (say!(words, "rep-filter-failed")) }
                    @for choice in STATUSES { option value=(choice) selected[status == choice] { (choice) } }
                    @if other { option value=(status) selected { (status) } }
                }
            }
            (text(&say!(words, "rep-column-model"), "model", asked))
            (text(&say!(words, "rep-column-endpoint"), "endpoint", asked))
            (text(&say!(words, "rep-column-group"), "group", asked))
            (text(&say!(words, "rep-column-client"), "client", asked))
            (text(&say!(words, "rep-column-session"), "session", asked))
            (range::choice(words, asked, period, true))
            label.check { input type="checkbox" name="all" value="1" checked[asked.is_on("all")]; span { (say!(words, "rep-filter-everything")) } }
            p.buttons {
                button type="submit" { (say!(words, "rep-filter-apply")) }
                " " a href="/requests" { (say!(words, "rep-filter-clear")) }
                " " a href=(asked.with("/requests", "status", "failed")) { (say!(words, "rep-filter-failed-only")) }
            }
            p.quiet { (say!(words, "rep-filter-patterns")) }
            (range::wrong(words, period))
        }
    }
}

fn text(label: &str, name: &str, asked: &Asked) -> Markup {
    html! {
        label { span { (label) }
            input type="text" name=(name) value=(asked.get(name)) maxlength="256" autocomplete="off" spellcheck="false";
        }
    }
}
