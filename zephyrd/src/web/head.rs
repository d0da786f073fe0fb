//! The line above every page: how it stands with everything together, and who serves.

use maud::{Markup, html};
use serde_json::{Value, json};
use zephyr_core::engine::{EndpointId, Mode, Snapshot};
use zephyr_words::say;

use super::fill::Fill;
use super::format::Format;
use super::page::Page;
use crate::http::time::rfc3339;
use crate::system::text::clean;

/// What of the engine's state changes as a whole; the same as in the stream's `status`.
pub(super) fn shape(page: &Page) -> Value {
    let desk = &page.room.desk;
    let snapshot = desk.handle.snapshot();
    let today = desk.ledger.view().today;
    let (mode, pinned, fallback) = match &snapshot.mode {
        Mode::Auto => ("auto", None, false),
        Mode::Pinned { name, fallback } => ("pinned", Some(clean(name)), *fallback),
    };
    json!({
        "overall": snapshot.overall().name(),
        "mode": mode,
        "pinned": pinned,
        "pin_fallback": fallback,
        "monitoring_paused": snapshot.monitoring_paused,
        "offline_since": snapshot.offline_unix_ms.map(rfc3339),
        "serving": serving(&snapshot),
        "today": { "requests": today.requests, "cost_usd": today.cost_nanos as f64 / 1e9 },
    })
}

fn serving(snapshot: &Snapshot) -> Value {
    let name =
        |id: &EndpointId| snapshot.endpoints.iter().find(|e| e.id == *id).map(|e| clean(&e.endpoint.name));
    let one = |s: &zephyr_core::engine::Serving| {
        json!({
            "dialect": s.dialect.name(),
            "current": s.current.as_ref().and_then(name),
            "why": clean(&s.why),
            "order": s.order.iter().filter_map(name).collect::<Vec<_>>(),
        })
    };
    snapshot.serving.iter().map(one).collect()
}

/// The line itself.
pub(super) fn line(page: &Page) -> Markup {
    let shape = shape(page);
    let head = Fill::new(page, &shape);
    html! {
        div.head data-about="status" {
            (head.state("overall", "web-overall-"))
            ul.serving data-list="serving" data-key-field="dialect" {
                (head.rows("serving", |one| html! {
                    li data-key=[one.key("dialect")] {
                        span.quiet data-field="dialect" { (one.str("dialect")) }
                        " "
                        span hidden[one.hides("current")] data-if="current" {
                            b data-field="current" { (one.str("current")) }
                        }
                        span.bad hidden[one.hides("!current")] data-if="!current" { (say!(page.words, "web-nobody")) }
                    }
                }))
            }
            span.quiet hidden[head.hides("pinned")] data-if="pinned" {
                (say!(page.words, "web-pinned")) " " (head.text("pinned", Format::Text))
            }
        }
    }
}
