//! The first page: how it stands, who serves and why, what it costs, and what is wrong.

use axum::response::Response;
use maud::html;
use zephyr_words::say;

use super::fill::Fill;
use super::format::Format;
use super::frame::{framed, how_to_act};
use super::head;
use super::page::Seen;

/// Shows it.
pub(super) async fn page(Seen(page): Seen) -> Response {
    let shape = head::shape(&page);
    let head = Fill::new(&page, &shape);
    let main = html! {
        h1 { (say!(page.words, "web-nav-overview")) }
        div data-about="status" {
            table {
                thead { tr {
                    th { (say!(page.words, "web-dialect")) }
                    th { (say!(page.words, "web-serves")) }
                    th { (say!(page.words, "web-why")) }
                    th { (say!(page.words, "web-order")) }
                } }
                tbody data-list="serving" data-key-field="dialect" {
                    (head.rows("serving", |one| html! {
                        tr data-key=[one.key("dialect")] tabindex="-1" {
                            (one.cell(&say!(page.words, "web-dialect"), "dialect", Format::Text))
                            (one.cell(&say!(page.words, "web-serves"), "current", Format::Text))
                            (one.cell(&say!(page.words, "web-why"), "why", Format::Text))
                            (one.cell(&say!(page.words, "web-order"), "order", Format::List))
                        }
                    }))
                }
            }
        }
        (how_to_act(&page))
    };
    framed(&page, &say!(page.words, "web-nav-overview"), &main)
}
