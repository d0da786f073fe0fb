//! A small world for the tests of the dashboard.

use crossterm::event::{KeyCode, KeyEvent};
use jiff::tz::TimeZone;
use zephyr_proto::v1;
use zephyr_words::Language;

use super::TEXTS;
use super::app::{Command, Event, State};
use crate::view::{Change, Followed, LogFollowed, LogLine, Report, Request, Status, What};

/// 2026-11-21 12:00:00 UTC.
pub(super) const NOW: i64 = 1_795_262_400_000;

pub(super) fn endpoint(name: &str, group: &str, latency: f64) -> v1::Endpoint {
    let measured = |share: f64| v1::Measurement { latency_ms: Some(latency * share), ..Default::default() };
    v1::Endpoint {
        name: name.into(),
        group: group.into(),
        provider: "example".into(),
        url: format!("https://{name}.example"),
        dialect: "anthropic".into(),
        state: "up".into(),
        admin: "auto".into(),
        latency_ms: Some(latency),
        ttft_ms: Some(latency * 3.0),
        priority: 100,
        group_priority: 1,
        price: 1.0,
        weight: 1,
        auth: "bearer".into(),
        probe: "messages".into(),
        history: [0.5, 0.8, 1.0, 0.7, 0.9].map(measured).to_vec(),
        ..v1::Endpoint::default()
    }
}

/// Five endpoints, one of them down and one paused.
pub(super) fn status() -> v1::Status {
    let failed = v1::Measurement { error: "refused".into(), ..v1::Measurement::default() };
    let mut endpoints = vec![
        v1::Endpoint { current: true, in_flight: 2, ..endpoint("Swift", "main", 42.0) },
        v1::Endpoint { max_concurrent: Some(4), in_flight: 1, ..endpoint("Steady", "main", 122.0) },
        v1::Endpoint {
            state: "cooling".into(),
            error: "529: overloaded, come back later".into(),
            consecutive_failures: 3,
            latency_ms: None,
            history: vec![failed.clone(), failed],
            ..endpoint("Far", "main", 300.0)
        },
        v1::Endpoint { admin: "paused".into(), ..endpoint("Spare-1", "spare", 412.0) },
        v1::Endpoint {
            state: "unknown".into(),
            latency_ms: None,
            ttft_ms: None,
            ..endpoint("东京", "spare", 9.0)
        },
    ];
    endpoints[4].history.clear();
    v1::Status {
        head: Some(v1::Head {
            state: "degraded".into(),
            mode: "auto".into(),
            serving: vec![v1::Serving {
                dialect: "anthropic".into(),
                current: "Swift".into(),
                why: "fastest: 42 ms, 80 ms ahead of Steady".into(),
                order: vec!["Swift".into(), "Steady".into()],
            }],
            ..v1::Head::default()
        }),
        endpoints,
        daemon: Some(v1::Daemon {
            version: "9.8.7".into(),
            strategy: "fastest".into(),
            config_file: "/etc/zephyrd/config.toml".into(),
            ..v1::Daemon::default()
        }),
        money: Some(v1::Money { on: true, requests: 412, cost_nanos: 3_184_000_000, ..v1::Money::default() }),
        ..v1::Status::default()
    }
}

/// A dashboard that shows this, in this language.
pub(super) fn showing(status: v1::Status, language: Language) -> State {
    let mut state = State::new(TEXTS.of(language), true, TimeZone::UTC, NOW);
    state.update(Event::Time(NOW));
    state.update(Event::Connected);
    let status: Status = status.into();
    state.update(Event::Watch(Change { number: 1, what: What::Status(Box::new(status)) }));
    state
}

/// The same with requests, usage, a log and requests that run.
pub(super) fn busy(language: Language) -> State {
    let mut state = showing(status(), language);
    for number in 0..6 {
        state.update(Event::Request(Followed::Request(Box::new(request(number)))));
    }
    let runner = |number: i64, phase: &str, endpoint: &str| v1::RunningRequest {
        request: format!("req-{number:08x}"),
        started_unix_ms: NOW - 1234 * number,
        method: "POST".into(),
        path: "/v1/messages".into(),
        model: "claude-opus-4-5".into(),
        client: "ada".into(),
        session: "c0ffee".into(),
        phase: phase.into(),
        endpoint: endpoint.into(),
        attempts: 1,
        ..v1::RunningRequest::default()
    };
    let running = v1::ListRunningResponse {
        requests: vec![
            runner(9, "suspended", ""),
            runner(5, "answering", "Swift"),
            runner(1, "asking", "Steady"),
        ],
        totals: Some(v1::RunningTotals { now: 3, ..v1::RunningTotals::default() }),
    };
    state.update(Event::Running(running.into()));
    state.update(Event::Usage(Box::new(report())));
    for (number, level) in (0..).zip(["info", "debug", "warn", "error"]) {
        let line = LogLine {
            number,
            unix_ms: NOW - 5000 + 1000 * i64::try_from(number).unwrap(),
            level: level.into(),
            target: "zephyrd::proxy".into(),
            message: format!("something of level {level} happened"),
            fields: vec![("request".into(), "req-00000001".into())],
        };
        state.update(Event::Log(LogFollowed::Line(line)));
    }
    state
}

pub(super) fn request(number: i64) -> Request {
    let failed = number == 2;
    v1::UsageRecord {
        id: format!("req-{number:08x}"),
        started_unix_ms: NOW - 9000 + 1000 * number,
        duration_ms: 900 + 137 * (number * 3 % 5).unsigned_abs(),
        ttft_ms: Some(210),
        client: "ada".into(),
        method: "POST".into(),
        path: "/v1/messages".into(),
        operation: "generate".into(),
        stream: true,
        model: if number % 2 == 0 { "claude-opus-4-5" } else { "claude-haiku-4-5" }.into(),
        endpoint: if number % 3 == 0 { "Steady" } else { "Swift" }.into(),
        group: "main".into(),
        status: if failed { 529 } else { 200 },
        ended: "complete".into(),
        succeeded: !failed,
        failed,
        detail: if failed { "overloaded" } else { "" }.into(),
        source: "endpoint".into(),
        tokens: Some(v1::Tokens { input: 12_345, output: 678, ..v1::Tokens::default() }),
        cost_nanos: 12_300_000 * (1 + number * 5 % 7),
        attempts: vec![v1::AttemptRecord::default(); if number == 4 { 2 } else { 1 }],
        ..v1::UsageRecord::default()
    }
    .into()
}

fn report() -> Report {
    let totals = |requests: u64, cost_nanos| v1::UsageTotals {
        requests,
        succeeded: requests - 1,
        failed: 1,
        tokens: Some(v1::Tokens { input: 1200, cache_read: 34_000, output: 5600, ..v1::Tokens::default() }),
        cost_nanos,
        cache_saved_nanos: 90_000_000,
        ttft_ms: Some(v1::Percentiles { p50: 320, p90: 700, p95: 900, p99: 1200 }),
        ..v1::UsageTotals::default()
    };
    let row =
        |key: &str, requests, cost| v1::UsageRow { key: key.into(), totals: Some(totals(requests, cost)) };
    Report {
        by: "model".into(),
        since_unix_ms: None,
        until_unix_ms: None,
        rows: vec![
            row("claude-opus-4-5", 120, 2_900_000_000).into(),
            row("claude-haiku-4-5", 290, 284_000_000).into(),
            row("", 2, 0).into(),
        ],
        total: totals(412, 3_184_000_000).into(),
        probes: crate::view::ProbeTotals::default(),
    }
}

/// Presses a key.
pub(super) fn press(state: &mut State, key: KeyCode) -> Vec<Command> {
    state.update(Event::Key(KeyEvent::from(key)))
}

/// Presses the keys of a text.
pub(super) fn type_in(state: &mut State, text: &str) -> Vec<Command> {
    text.chars().flat_map(|c| press(state, KeyCode::Char(c))).collect()
}
