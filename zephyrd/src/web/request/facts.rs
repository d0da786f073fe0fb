//! What is on record of one request: times, tokens by kind, money, and the attempts that were paid for or not.

use maud::{Markup, html};
use zephyr_core::usage::{AttemptRecord, Ended, PriceSource, Source, Tokens, UsageRecord, UsageState};
use zephyr_words::{Words, say};

use crate::system::text::clean;
use crate::web::figures::{amount, duration, money, time};
use crate::web::requests::{address, outcome, path_of};

/// All of it.
pub(super) fn facts(words: &Words, r: &UsageRecord) -> Markup {
    html! {
        p.outcome { span.state data-state=(outcome(r)) { (told(words, r)) } }
        @if let Some(detail) = &r.detail { p.bad { (clean(detail)) } }
        div.panels {
            section.panel { h2 { (say!(words, "rep-request-asked")) } (asked(words, r)) }
            section.panel { h2 { (say!(words, "rep-request-answer")) } (answer(words, r)) }
            section.panel { h2 { (say!(words, "rep-request-tokens")) } (tokens(words, &r.tokens))
                @if r.usage == UsageState::Partial { p.quiet { (say!(words, "rep-request-usage-partial")) } }
                @if r.usage == UsageState::None { p.quiet { (say!(words, "rep-request-usage-none")) } }
            }
            section.panel { h2 { (say!(words, "rep-request-money")) } (cost(words, r)) }
        }
        @if !r.attempts.is_empty() { section { h2 { (say!(words, "rep-request-attempts")) } (attempts(words, r)) } }
    }
}

fn told(words: &Words, r: &UsageRecord) -> String {
    let (status, took) = (r.status.to_string(), duration(r.duration_ms));
    match r.ended {
        Ended::Complete if r.status < 400 => {
            say!(words, "rep-request-complete", status = status, took = took)
        }
        Ended::Complete => say!(words, "rep-request-error", status = status, took = took),
        Ended::Refused => say!(words, "rep-request-refused", status = status, took = took),
        Ended::Cut => say!(words, "rep-request-cut", took = took),
        Ended::Cancelled => say!(words, "rep-request-cancelled", took = took),
    }
}

/// A line of a list of facts, where there is something to tell.
fn pair(name: &str, value: &str) -> Markup {
    html! { @if !value.is_empty() { dt { (name) } dd { (value) } } }
}

fn some(text: Option<&String>) -> String {
    text.map(|text| clean(text)).unwrap_or_default()
}

fn asked(words: &Words, r: &UsageRecord) -> Markup {
    let form = if r.stream { say!(words, "rep-request-stream") } else { say!(words, "rep-request-whole") };
    html! {
        dl.facts {
            dt { (say!(words, "rep-request-came")) } dd { (time(r.started_unix_ms)) }
            (pair(&say!(words, "rep-request-line"), &format!("{} {}", clean(&r.method), clean(&r.path))))
            (pair(&say!(words, "rep-request-dialect"), &clean(&r.dialect)))
            (pair(&say!(words, "rep-request-form"), &form))
            (pair(&say!(words, "rep-column-model"), &clean(&r.model)))
            (pair(&say!(words, "rep-column-client"), &clean(&r.client)))
            @if let Some(session) = &r.session {
                dt { (say!(words, "rep-column-session")) }
                dd { a href=(format!("/requests?session={}", path_of(session))) { (clean(session)) } }
            }
            (pair(&say!(words, "rep-request-agent"), &some(r.agent.as_ref())))
            (pair(&say!(words, "rep-request-class"), &some(r.class.as_ref())))
            (pair(&say!(words, "rep-request-size"), &amount(r.bytes_in)))
        }
    }
}

fn answer(words: &Words, r: &UsageRecord) -> Markup {
    let source = match r.source {
        Source::Endpoint => say!(words, "rep-source-endpoint"),
        Source::Shared => say!(words, "rep-source-shared"),
        Source::Cache => say!(words, "rep-source-cache"),
    };
    html! {
        dl.facts {
            (pair(&say!(words, "rep-column-endpoint"), &some(r.endpoint.as_ref())))
            (pair(&say!(words, "rep-column-group"), &some(r.group.as_ref())))
            (pair(&say!(words, "rep-request-provider"), &some(r.provider.as_ref())))
            (pair(&say!(words, "rep-request-source"), &source))
            @if let Some(by) = &r.served_by {
                dt { (say!(words, "rep-request-served-by")) } dd { a href=(address(by)) { (clean(by)) } }
            }
            (pair(&say!(words, "rep-request-upstream-status"), &r.upstream_status.map(|s| s.to_string()).unwrap_or_default()))
            (pair(&say!(words, "rep-column-ttft"), &r.ttft_ms.map(duration).unwrap_or_default()))
            (pair(&say!(words, "rep-column-took"), &duration(r.duration_ms)))
            (pair(&say!(words, "rep-request-answered-model"), &some(r.answered_model.as_ref())))
            (pair(&say!(words, "rep-request-stop"), &some(r.stop.as_ref())))
            (pair(&say!(words, "rep-request-size"), &amount(r.bytes_out)))
        }
        @if r.mismatch { p.bad { (say!(words, "rep-request-mismatch")) } }
    }
}

fn tokens(words: &Words, t: &Tokens) -> Markup {
    let rows = [
        (say!(words, "rep-tokens-input"), t.input),
        (say!(words, "rep-tokens-cache-read"), t.cache_read),
        (say!(words, "rep-tokens-cache-write-5m"), t.cache_write_5m),
        (say!(words, "rep-tokens-cache-write-1h"), t.cache_write_1h),
        (say!(words, "rep-tokens-output"), t.output),
        (say!(words, "rep-tokens-reasoning"), t.reasoning),
        (say!(words, "rep-tokens-searches"), t.web_searches),
        (say!(words, "rep-tokens-fetches"), t.web_fetches),
        (say!(words, "rep-tokens-code"), t.code_runs),
    ];
    html! {
        dl.facts { @for (i, (name, count)) in rows.iter().enumerate() {
            @if *count > 0 || i == 0 || i == 4 { dt { (name) } dd.number { (amount(*count)) } }
        } }
    }
}

fn cost(words: &Words, r: &UsageRecord) -> Markup {
    let price = match r.price_source {
        PriceSource::None => say!(words, "rep-price-none"),
        PriceSource::Builtin => say!(words, "rep-price-builtin"),
        PriceSource::Config => say!(words, "rep-price-config"),
        PriceSource::Default => say!(words, "rep-price-default"),
    };
    let line = |name: &str, nanos: i64| pair(name, &if nanos == 0 { String::new() } else { money(nanos) });
    html! {
        dl.facts {
            (pair(&say!(words, "rep-column-cost"), &money(r.cost_nanos)))
            (pair(&say!(words, "rep-request-price"), &price))
            (pair(&say!(words, "rep-request-tier"), r.tier.name()))
            (line(&say!(words, "rep-money-lost"), r.lost_nanos))
            (line(&say!(words, "rep-money-saved"), r.saved_nanos))
            (line(&say!(words, "rep-money-cache"), r.cache_saved_nanos))
        }
    }
}

fn attempts(words: &Words, r: &UsageRecord) -> Markup {
    html! {
        div.scroll { table {
            thead { tr {
                th.number scope="col" { (say!(words, "rep-attempt-after")) }
                th scope="col" { (say!(words, "rep-column-endpoint")) }
                th scope="col" { (say!(words, "rep-attempt-outcome")) }
                th.number scope="col" { (say!(words, "rep-column-took")) }
                th.number scope="col" { (say!(words, "rep-column-input")) }
                th.number scope="col" { (say!(words, "rep-column-output")) }
                th.number scope="col" { (say!(words, "rep-column-cost")) }
                th scope="col" { (say!(words, "rep-attempt-remarks")) }
            } }
            tbody { @for a in &r.attempts { tr {
                td.number { (duration(a.after_ms)) }
                td { (clean(&a.endpoint)) }
                td { (clean(&a.class)) @if let Some(status) = a.status { " " (status) } }
                td.number { (duration(a.duration_ms)) }
                td.number { (amount(a.tokens.all_input())) }
                td.number { (amount(a.tokens.output)) }
                td.number { (money(a.cost_nanos)) }
                td.wide { (remarks(words, a)) }
            } } }
        } }
    }
}

fn remarks(words: &Words, a: &AttemptRecord) -> String {
    let mut told = Vec::new();
    told.extend(a.detail.as_deref().map(clean));
    told.extend(a.model.as_deref().map(|model| say!(words, "rep-attempt-model", model = clean(model))));
    told.extend(a.dialect.as_deref().map(|d| say!(words, "rep-attempt-dialect", dialect = clean(d))));
    if a.may_be_billed && a.cost_nanos == 0 {
        told.push(say!(words, "rep-attempt-billed").into_owned());
    }
    told.join("; ")
}
