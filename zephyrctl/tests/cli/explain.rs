//! `explain` and `route`: why a request went where it went, and where one would go.

use insta::assert_snapshot;
use zephyr_proto::v1;
use zephyr_proto::v1::trace_step::What;

use crate::fake::Fake;
use crate::run::Run;
use crate::script::Script;

/// 2024-03-01 13:05:07 UTC.
const START: i64 = 1_709_298_307_000;

fn bar(endpoint: &str, why: &str) -> v1::TraceWhyNot {
    v1::TraceWhyNot { endpoint: endpoint.into(), why: why.into() }
}

fn step(after_ms: f64, what: What) -> v1::TraceStep {
    v1::TraceStep { after_ms, what: Some(what) }
}

pub(crate) fn trace() -> v1::Trace {
    let lineup = v1::TraceLineup {
        dialect: "anthropic".into(),
        unix_ms: START - 60_000,
        why: "fastest: 112 ms, 40 ms ahead of Relay-Slow".into(),
        order: vec!["Provider-A-1".into(), "Relay-Slow".into()],
        out: vec![bar("Provider-B", "exhausted for 10800 s"), bar("Old\u{1b}[2J", "paused")],
        more: 3,
    };
    let chose = |endpoint: &str, reason: &str, told: &str, passed_over| {
        What::Chose(v1::TraceChose {
            endpoint: endpoint.into(),
            group: "primary".into(),
            reason: reason.into(),
            told: told.into(),
            cache_lost_tokens: if reason == "next" { 42_000 } else { 0 },
            passed_over,
            route: String::new(),
            model: String::new(),
            lineup: Some(lineup.clone()),
        })
    };
    let failed = v1::TraceFailed {
        class: "overloaded".into(),
        status: Some(529),
        detail: "HTTP 529: overloaded_error: try again later".into(),
        took_ms: 312.0,
    };
    let translated =
        v1::TraceTranslated { dialect: "openai-chat".into(), lost: vec!["top_k".into(), "metadata".into()] };
    v1::Trace {
        id: "req-1a2b3c4d".into(),
        started_unix_ms: START,
        method: "POST".into(),
        path: "/v1/messages".into(),
        dialect: "anthropic".into(),
        model: "claude-opus-4-5".into(),
        stream: true,
        client: "ada".into(),
        session: "1f2e3d4c-0000-4000-8000-000000000000".into(),
        agent: String::new(),
        steps: vec![
            step(0.2, chose("Provider-A-1", "current", "it serves new requests", Vec::new())),
            step(312.0, What::Failed(failed)),
            step(
                312.4,
                chose(
                    "Relay-Slow",
                    "next",
                    "the next in order that could take it",
                    vec![bar("Provider-A-1", "tried")],
                ),
            ),
            step(312.5, What::Translated(translated)),
            step(1_220.0, What::Answered(v1::TraceAnswered { status: 200 })),
        ],
        running: false,
        ended: "complete".into(),
        status: 200,
        detail: String::new(),
        duration_ms: 12_340.0,
    }
}

pub(crate) fn explained(trace: v1::Trace) -> (Fake, Script) {
    let script = Script { trace, ..Script::healthy() };
    (Fake::start(script.clone()), script)
}

#[test]
fn every_step_is_told_and_who_stood_how_only_once() {
    let (fake, _) = explained(trace());
    assert_snapshot!(Run::with(&fake).line("explain req-1a2b3c4d").text());
    assert!(fake.asked()[0].contains("req-1a2b3c4d"), "{:?}", fake.asked());
}

#[test]
fn a_request_that_nobody_could_serve_says_why_not_for_each() {
    let nobody = v1::TraceNobody {
        why: vec![bar("Provider-A-1", "auth-failed for 240 s"), bar("Relay-Slow", "paused")],
        more: 0,
        retry_after_ms: Some(240_000.0),
    };
    let trace = v1::Trace {
        steps: vec![step(0.1, What::Nobody(nobody))],
        ended: "refused".into(),
        status: 503,
        detail: "no endpoint is usable".into(),
        duration_ms: 1.0,
        ..trace()
    };
    let (fake, _) = explained(trace);
    assert_snapshot!(Run::with(&fake).line("explain").text());
}

#[test]
fn a_request_that_runs_and_one_that_another_served() {
    let served = v1::TraceServedBy { request: "req-00000001".into(), source: "shared".into() };
    let waits = v1::TraceWaits { kind: "suspended".into(), why: "Provider-A-1 cooling for 8 s".into() };
    let running = v1::Trace {
        steps: vec![step(0.1, What::Waits(waits)), step(900.0, What::ServedBy(served))],
        running: true,
        ended: String::new(),
        status: 0,
        ..trace()
    };
    let (fake, _) = explained(running);
    assert_snapshot!(Run::with(&fake).line("explain").text());
}

#[test]
fn the_document_has_every_step() {
    let (fake, _) = explained(trace());
    assert_snapshot!(Run::with(&fake).line("explain --json").text());
}

fn candidate(endpoint: &str, why_not: &str, first: bool) -> v1::RouteCandidate {
    v1::RouteCandidate {
        endpoint: endpoint.into(),
        group: "primary".into(),
        state: if why_not.is_empty() { "up" } else { "exhausted" }.into(),
        group_priority: 1,
        priority: 100,
        price: 0.5,
        latency_ms: Some(112.0),
        in_flight: 2,
        first,
        why_not: why_not.into(),
        dialect: "anthropic".into(),
        model: String::new(),
        target_priority: None,
    }
}

#[test]
fn a_route_lists_candidates_and_the_others_with_their_reasons() {
    let route = v1::RouteResponse {
        dialect: "anthropic".into(),
        candidates: vec![
            candidate("Provider-A-1", "", true),
            candidate("Relay-Slow", "", false),
            candidate("Provider-B", "exhausted for 10800 s", false),
        ],
        why: "fastest: 112 ms".into(),
        ..v1::RouteResponse::default()
    };
    let fake = Fake::start(Script { route: route.clone(), ..Script::healthy() });
    assert_snapshot!(Run::with(&fake).line("route claude-opus-4-5 --no-credential").text());
    assert!(fake.asked()[0].contains("no_credential: true"), "{:?}", fake.asked());
    let nobody = v1::RouteResponse { candidates: route.candidates[2..].to_vec(), ..route };
    let fake = Fake::start(Script { route: nobody, ..Script::healthy() });
    assert_snapshot!(Run::with(&fake).line("route claude-opus-4-5 --json").text());
}

#[test]
fn a_models_route_is_told_with_its_line_its_targets_and_what_each_is_asked_for() {
    let target = |candidate, model: &str, priority| v1::RouteCandidate {
        model: model.into(),
        target_priority: Some(priority),
        ..candidate
    };
    let candidates = vec![
        target(candidate("Provider-B", "exhausted for 10800 s", false), "", 1),
        target(candidate("Deep", "", true), "deep-1", 2),
    ];
    let route = v1::RouteResponse {
        dialect: "anthropic".into(),
        candidates,
        why: "by the route `*opus*`".into(),
        route: "*opus*".into(),
        route_line: 17,
    };
    let fake = Fake::start(Script { route, ..Script::healthy() });
    assert_snapshot!(Run::with(&fake).line("route claude-opus-4-5").text());
    assert_snapshot!(Run::with(&fake).line("route claude-opus-4-5 --json").text());
}

#[test]
fn a_routed_request_says_by_which_route_and_as_what_it_was_sent() {
    let mut trace = trace();
    let first = trace.steps[0].what.as_mut();
    let Some(What::Chose(chose)) = first else { panic!("{first:?}") };
    (chose.route, chose.model) = ("*opus*".into(), "deep-1".into());
    trace.steps.truncate(1);
    let (fake, _) = explained(trace);
    assert_snapshot!(Run::with(&fake).line("explain").text());
}
