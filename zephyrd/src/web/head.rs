//! The line above every page: how it stands with everything together, and who serves.

use maud::{Markup, html};
use zephyr_words::say;

use super::fill::Fill;
use super::format::Format;
use super::page::Page;
use crate::http::api::told::{Family, told};

/// The line.
pub(super) fn line(page: &Page) -> Markup {
    let status = told(&page.room.desk, Family::Status);
    let head = Fill::new(page, &status);
    html! {
        div.head data-about="status" {
            (head.state("overall", "web-overall-"))
            ul.serving data-list="serving" data-key-field="dialect" {
                (head.rows("serving", |one| html! {
                    li data-key=[one.key("dialect")] {
                        span.quiet { (one.text("dialect", Format::Plain)) }
                        " "
                        b hidden[one.hides("current")] data-if="current" { (one.text("current", Format::Plain)) }
                        span.bad hidden[one.hides("!current")] data-if="!current" { (say!(page.words, "web-nobody")) }
                    }
                }))
            }
            span.quiet hidden[head.hides("pinned")] data-if="pinned" {
                (say!(page.words, "web-pinned")) " " (head.text("pinned", Format::Plain))
            }
        }
    }
}
