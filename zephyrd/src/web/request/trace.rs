//! The way of a request, step by step: exactly what `zephyrctl explain` tells, from the same answer.

use maud::{Markup, html};
use zephyr_proto::v1;
use zephyr_proto::v1::trace_step::What;
use zephyr_words::{Words, say};

use crate::web::figures::{amount, moment};
use crate::web::format::ms;
use crate::web::requests::address;

/// Every step.
pub(super) fn way(words: &Words, trace: &v1::Trace) -> Markup {
    let mut told: Option<&v1::TraceLineup> = None;
    html! {
        section.way {
            h2 { (say!(words, "rep-way-title")) }
            @if trace.running { p.quiet { (say!(words, "rep-way-running", age = ms(trace.duration_ms))) } }
            ol {
                @for step in &trace.steps {
                    li {
                        span.after { (ms(step.after_ms)) }
                        div {
                            @if let Some(what) = &step.what {
                                p { (happened(words, what)) }
                                (details(words, what, &mut told))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn happened(words: &Words, what: &What) -> Markup {
    html! {
        @match what {
            What::Chose(c) => {
                strong { (say!(words, "rep-way-chose", endpoint = c.endpoint.as_str(), group = c.group.as_str())) }
                ": " (c.told)
                @if !c.route.is_empty() { "; " (say!(words, "rep-way-route", route = c.route.as_str())) }
                @if !c.model.is_empty() { "; " (say!(words, "rep-attempt-model", model = c.model.as_str())) }
            },
            What::Translated(t) => (say!(words, "rep-attempt-dialect", dialect = t.dialect.as_str())),
            What::Failed(f) => {
                span.bad { (say!(words, "rep-way-failed", took = ms(f.took_ms), class = f.class.as_str()))
                    @if let Some(status) = f.status { " " (status) } }
                @if !f.detail.is_empty() { " – " (f.detail) }
            },
            What::Nobody(n) => {
                span.bad { (say!(words, "rep-way-nobody")) }
                @if let Some(after) = n.retry_after_ms { "; " (say!(words, "rep-way-back", after = ms(after))) }
            },
            What::Answered(a) => (say!(words, "rep-way-answered", status = a.status.to_string())),
            What::Waits(w) => {
                @if w.kind == "queued" { (say!(words, "rep-way-queued")) } @else { (say!(words, "rep-way-suspended")) }
                ": " (w.why)
            },
            What::ServedBy(s) => {
                @if s.source == "cache" { (say!(words, "rep-source-cache")) } @else { (say!(words, "rep-source-shared")) }
                ": " a href=(address(&s.request)) { (s.request) }
            },
        }
    }
}

/// What stands beneath a step; how everybody stood only where it is not what was told before.
fn details<'t>(words: &Words, what: &'t What, told: &mut Option<&'t v1::TraceLineup>) -> Markup {
    html! {
        @match what {
            What::Chose(c) => {
                (bars(&say!(words, "rep-way-passed-over"), &c.passed_over, 0, words))
                @if c.cache_lost_tokens > 0 {
                    p.quiet { (say!(words, "rep-way-cache-lost", tokens = amount(c.cache_lost_tokens))) }
                }
                @if let Some(lineup) = c.lineup.as_ref().filter(|lineup| told.replace(lineup) != Some(*lineup)) {
                    @if !lineup.order.is_empty() {
                        p.quiet { (say!(words, "rep-way-order")) " " (lineup.order.join(" → ")) " (" (lineup.why) ")" }
                    }
                    (bars(&say!(words, "rep-way-out", at = moment(lineup.unix_ms)), &lineup.out, lineup.more, words))
                }
            },
            What::Translated(t) if !t.lost.is_empty() => p.quiet { (say!(words, "rep-way-left-out")) " " (t.lost.join(", ")) },
            What::Nobody(n) => (bars(&say!(words, "rep-way-because"), &n.why, n.more, words)),
            _ => {},
        }
    }
}

/// Endpoints with why each was not asked.
fn bars(label: &str, list: &[v1::TraceWhyNot], more: u32, words: &Words) -> Markup {
    html! {
        @if !list.is_empty() {
            div.quiet { (label)
                ul { @for one in list { li { b { (one.endpoint) } ": " (one.why) } }
                    @if more > 0 { li { (say!(words, "rep-way-more", more = more)) } } }
            }
        }
    }
}
