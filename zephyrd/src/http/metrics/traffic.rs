//! What requests came to since the start, and those that run.

use zephyr_core::failover::Class;
use zephyr_core::usage::Operation;
use zephyr_core::usage::money::exact;
use zephyr_core::waiting::Tally;

use super::text::Exposition;
use super::text::Kind::{Counter, Gauge, Histogram};
use crate::meter::{Cell, Counts, EndpointCounts, OUTCOMES};
use crate::trace::RunningTally;

type Endpoints<'a> = [(&'a str, &'a EndpointCounts)];

pub(super) fn tell(out: &mut Exposition, counts: &Counts, waiting: &Tally, running: RunningTally) {
    let endpoints = counts.endpoints();
    requests(out, &endpoints);
    attempts(out, &endpoints, counts);
    times(out, &endpoints);
    tokens(out, &endpoints);
    money(out, &endpoints, counts);
    out.single(
        "zephyr_requests_in_flight",
        Gauge,
        "Requests that run, those that wait included.",
        running.now,
    );
    waits(out, waiting);
}

fn requests(out: &mut Exposition, endpoints: &Endpoints<'_>) {
    let mut family = out.family(
        "zephyr_requests_total",
        Counter,
        "Requests that are over, by who answered or was asked last, and how they came out: ok, error (an endpoint's), cut, refused (by the gateway), cancelled.",
    );
    by_model(endpoints, |endpoint, model, cell| {
        for (operation, outcomes) in Operation::ALL.iter().zip(&cell.requests) {
            if outcomes.iter().all(|count| *count == 0) {
                continue;
            }
            for (outcome, count) in OUTCOMES.iter().zip(outcomes) {
                let operation = ("operation", operation.name());
                family.value(&[endpoint, model, operation, ("outcome", outcome)], count);
            }
        }
    });
}

fn attempts(out: &mut Exposition, endpoints: &Endpoints<'_>, counts: &Counts) {
    let mut family =
        out.family("zephyr_attempts_total", Counter, "Attempts at endpoints, by how they ended.");
    for (name, of) in endpoints {
        for (class, count) in Class::ALL.iter().zip(of.attempts).filter(|(_, count)| *count > 0) {
            family.value(&[("endpoint", name), ("class", class.name())], count);
        }
    }
    let help = "Requests that another endpoint answered than the one that was asked first.";
    out.single("zephyr_failovers_total", Counter, help, counts.failovers.count);
    out.single(
        "zephyr_retries_total",
        Counter,
        "Attempts beyond the first of their request.",
        counts.retries,
    );
    let help = "Requests that were served without a call of their own: by another's, or by the cache.";
    let mut family = out.family("zephyr_answers_reused_total", Counter, help);
    for (source, count) in ["shared", "cache"].into_iter().zip(counts.reused) {
        family.value(&[("source", source)], count);
    }
}

fn times(out: &mut Exposition, endpoints: &Endpoints<'_>) {
    let mut histogram = |name, help, of: fn(&EndpointCounts) -> &crate::meter::Times| {
        let mut family = out.family(name, Histogram, help);
        for (name, times) in endpoints.iter().map(|(name, counts)| (name, of(counts))) {
            if times.count() > 0 {
                family.times(&[("endpoint", name)], times);
            }
        }
    };
    let help = "Time from a request for tokens to the first event or byte of its answer.";
    histogram("zephyr_request_ttft_seconds", help, |counts| &counts.ttft);
    let help = "Time from a request for tokens to the end of its answer, where that came out well.";
    histogram("zephyr_request_duration_seconds", help, |counts| &counts.duration);
}

fn tokens(out: &mut Exposition, endpoints: &Endpoints<'_>) {
    let help =
        "Tokens that answers used. Input counts what was neither read from a cache nor written to one.";
    let mut family = out.family("zephyr_tokens_total", Counter, help);
    by_model(endpoints, |endpoint, model, cell| {
        let t = &cell.tokens;
        let kinds = [
            ("input", t.input),
            ("output", t.output),
            ("cache_read", t.cache_read),
            ("cache_write_5m", t.cache_write_5m),
            ("cache_write_1h", t.cache_write_1h),
        ];
        for (kind, count) in kinds {
            family.value(&[endpoint, model, ("kind", kind)], count);
        }
    });
    let help = "The part of the output tokens that was reasoning.";
    let mut family = out.family("zephyr_reasoning_tokens_total", Counter, help);
    by_model(endpoints, |endpoint, model, cell| family.value(&[endpoint, model], cell.tokens.reasoning));
}

fn money(out: &mut Exposition, endpoints: &Endpoints<'_>, counts: &Counts) {
    let mut family = out.family("zephyr_cost_usd_total", Counter, "What requests cost.");
    by_model(endpoints, |endpoint, model, cell| family.value(&[endpoint, model], exact(cell.cost_nanos)));
    let help = "What attempts cost that gave no answer; part of the cost.";
    out.single("zephyr_lost_cost_usd_total", Counter, help, exact(counts.lost_nanos));
    let help = "What was not paid as another request's answer, or a stored one, served.";
    out.single("zephyr_saved_cost_usd_total", Counter, help, exact(counts.saved_nanos));
}

fn waits(out: &mut Exposition, waiting: &Tally) {
    out.single("zephyr_requests_queued", Gauge, "Requests that wait for a place.", waiting.queued);
    let help = "Requests that wait for an endpoint to come back.";
    out.single("zephyr_requests_suspended", Gauge, help, waiting.suspended);
    out.single("zephyr_waits_total", Counter, "Requests that came to wait.", waiting.waited);
    let help = "Requests that waited, by what ended it: they went on, their time was over, an operator.";
    let mut family = out.family("zephyr_waits_ended_total", Counter, help);
    let Tally { served, timed_out, released, .. } = *waiting;
    for (how, count) in [("served", served), ("timed_out", timed_out), ("released", released)] {
        family.value(&[("how", how)], count);
    }
}

fn by_model(
    endpoints: &Endpoints<'_>,
    mut tell: impl FnMut((&'static str, &str), (&'static str, &str), &Cell),
) {
    for (name, of) in endpoints {
        for (model, cell) in of.models() {
            tell(("endpoint", name), ("model", model), cell);
        }
    }
}
