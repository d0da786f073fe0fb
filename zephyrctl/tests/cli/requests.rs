//! `requests`: the log, the stream and one request.

use insta::assert_snapshot;
use zephyr_proto::v1;

use crate::fake::Fake;
use crate::run::Run;
use crate::script::Script;

/// 2024-03-01 13:05:07 UTC.
const START: i64 = 1_709_298_307_000;

fn record(number: i64, endpoint: &str) -> v1::UsageRecord {
    v1::UsageRecord {
        id: format!("req-0000000{number}"),
        started_unix_ms: START + number * 61_000,
        day: 20_240_301,
        duration_ms: 12_340,
        ttft_ms: Some(812),
        client: "ada".into(),
        session: "1f2e3d4c-0000-4000-8000-000000000000".into(),
        class: "main".into(),
        method: "POST".into(),
        path: "/v1/messages".into(),
        dialect: "anthropic".into(),
        operation: "generate".into(),
        stream: true,
        model: "claude-opus-4-5".into(),
        answered_model: "claude-opus-4-5-20251101".into(),
        endpoint: endpoint.into(),
        group: "primary".into(),
        provider: "provider-a.com".into(),
        status: 200,
        upstream_status: 200,
        ended: "complete".into(),
        succeeded: true,
        stop: "end_turn".into(),
        source: "endpoint".into(),
        bytes_in: 48_213,
        bytes_out: 9_127,
        tokens: Some(v1::Tokens {
            input: 12,
            output: 350,
            cache_write_5m: 1_000,
            cache_read: 45_600,
            reasoning: 120,
            ..v1::Tokens::default()
        }),
        usage: "final".into(),
        tier: "standard".into(),
        cost_nanos: 37_860_000,
        cache_saved_nanos: 203_950_000,
        price_source: "builtin".into(),
        attempts: vec![attempt(endpoint)],
        ..v1::UsageRecord::default()
    }
}

fn attempt(endpoint: &str) -> v1::AttemptRecord {
    v1::AttemptRecord {
        endpoint: endpoint.into(),
        after_ms: 3,
        duration_ms: 12_330,
        status: 200,
        class: "success".into(),
        may_be_billed: true,
        tokens: Some(v1::Tokens { input: 46_612, output: 350, ..v1::Tokens::default() }),
        cost_nanos: 37_860_000,
        ..v1::AttemptRecord::default()
    }
}

/// One of each kind, oldest first.
pub(crate) fn records() -> Vec<v1::UsageRecord> {
    let mut twice = record(2, "Relay-Slow");
    twice.mismatch = true;
    twice.answered_model = "claude-haiku-4-5".into();
    twice.lost_nanos = 10_000_000;
    twice.price_source = "default".into();
    let failed = v1::AttemptRecord {
        status: 529,
        class: "overloaded".into(),
        detail: "overloaded_error: try again later".into(),
        duration_ms: 40,
        tokens: None,
        cost_nanos: 10_000_000,
        ..attempt("Provider-A-1")
    };
    twice.attempts.insert(0, failed);
    twice.attempts[1].model = "gpt-5".into();
    twice.attempts[1].dialect = "openai-chat".into();
    let refused = v1::UsageRecord {
        status: 429,
        upstream_status: 529,
        ended: "refused".into(),
        succeeded: false,
        failed: true,
        ttft_ms: None,
        stop: String::new(),
        detail: "no endpoint could answer: =cmd|' /C calc'!A0".into(),
        session: "=HYPERLINK(\"http://x\",\"y\")".into(),
        tokens: None,
        usage: "none".into(),
        cost_nanos: 0,
        cache_saved_nanos: 0,
        price_source: "none".into(),
        ..record(3, "Relay-Slow")
    };
    let stored = v1::UsageRecord {
        source: "cache".into(),
        served_by: "req-00000001".into(),
        endpoint: String::new(),
        cost_nanos: 0,
        saved_nanos: 37_860_000,
        cache_saved_nanos: -1_250,
        attempts: Vec::new(),
        ..record(4, "")
    };
    let left = v1::UsageRecord {
        status: 0,
        ended: "cancelled".into(),
        succeeded: false,
        usage: "partial".into(),
        client: String::new(),
        session: String::new(),
        ..record(5, "Provider-A-1")
    };
    vec![record(1, "Provider-A-1"), twice, refused, stored, left]
}

pub(crate) fn script() -> Script {
    let mut script = Script::healthy();
    script.records = records();
    script
}

#[test]
fn the_newest_request_is_last() {
    let fake = Fake::start(script());
    assert_snapshot!(Run::with(&fake).env("COLUMNS", "180").line("requests").text());
    assert!(fake.asked()[0].contains("limit: 50"), "{:?}", fake.asked());
}

#[test]
fn at_eighty_columns_and_at_forty_no_line_is_longer() {
    let fake = Fake::start(script());
    let wide = Run::with(&fake).line("requests");
    let narrow = Run::with(&fake).env("COLUMNS", "44").line("requests -n 3");
    assert_snapshot!(format!("{}\n{}", wide.text(), narrow.text()));
    for (ran, most) in [(wide, 80), (narrow, 60)] {
        assert!(ran.stdout.lines().all(|line| unicode_width::UnicodeWidthStr::width(line) <= most));
    }
}

#[test]
fn all_requests_stream_through_oldest_first() {
    let fake = Fake::start(script());
    let all = Run::with(&fake).env("COLUMNS", "180").line("requests -n 0");
    let ids = |text: &str| {
        text.split_whitespace().filter(|w| w.starts_with("req-")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(ids(&all.stdout), (1..6).map(|n| format!("req-0000000{n}")).collect::<Vec<_>>());
    assert_eq!(all.stdout.matches("MODEL").count(), 1);
    let failed = Run::with(&fake).env("COLUMNS", "180").line("requests --failed");
    assert_eq!(ids(&failed.stdout), ["req-00000003"]);
}

#[test]
fn no_requests_are_said_to_be_none() {
    let fake = Fake::start(Script::healthy());
    assert_eq!(Run::with(&fake).line("requests").stdout, "no requests\n");
    assert_eq!(Run::with(&fake).line("requests --json").stdout, "{\"schema\":1,\"requests\":[]}\n");
}

#[test]
fn requests_as_json() {
    let fake = Fake::start(script());
    let ran = Run::with(&fake).line("requests --json -n 2");
    let read: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(read["schema"], 1);
    let ids: Vec<_> = read["requests"].as_array().unwrap().iter().map(|r| r["id"].clone()).collect();
    assert_eq!(ids, ["req-00000004", "req-00000005"]);
}

#[test]
fn one_request_is_shown_with_its_attempts() {
    let fake = Fake::start(script());
    let show = |id: &str| Run::with(&fake).env("COLUMNS", "100").line(&format!("requests {id}")).text();
    let shown: Vec<_> = (2..6).map(|n| show(&format!("req-0000000{n}"))).collect();
    // How long ago it was changes.
    let steady = |text: String| {
        let lines = text.lines().map(|line| match line.split_once(", ") {
            Some((came, ago)) if ago.ends_with(" ago") => format!("{came}, <ago>\n"),
            _ => format!("{line}\n"),
        });
        lines.collect::<String>()
    };
    assert_snapshot!(shown.into_iter().map(steady).collect::<Vec<_>>().join("\n"));
}

#[test]
fn one_request_as_json() {
    let fake = Fake::start(script());
    assert_snapshot!(Run::with(&fake).line("requests req-00000002 --json").text());
}

#[test]
fn an_unknown_request_is_an_unknown_name() {
    let fake = Fake::start(script());
    assert_snapshot!(Run::with(&fake).line("requests req-deadbeef").text());
}

#[test]
fn following_tells_what_was_missed_and_keeps_its_columns() {
    let fake = Fake::start(script());
    let ran = Run::with(&fake).env("COLUMNS", "180").line("requests -f");
    assert_snapshot!(ran.text());
    assert!(fake.asked()[0].contains("last: 10"), "{:?}", fake.asked());
}

#[test]
fn following_as_json_is_one_document_a_line() {
    let fake = Fake::start(script());
    let ran = Run::with(&fake).line("requests --follow --json");
    let kinds: Vec<_> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|read| read["error"].is_null())
        .map(|read| (read["schema"].clone(), read["kind"].as_str().unwrap().to_owned()))
        .collect();
    let kind = |kind: &str| (serde_json::Value::from(1), kind.to_owned());
    let request = || kind("request");
    assert_eq!(kinds, [request(), kind("lagged"), request(), request(), request(), request()]);
    assert_eq!(ran.code, 3, "the stream ended");
}

#[test]
fn what_makes_no_sense_together_is_wrong_usage() {
    let dir = tempfile::tempdir().unwrap();
    for line in
        ["requests req-1 --failed", "requests -f --until today", "requests -n x", "usage --since 7d export"]
    {
        assert_eq!(Run::alone(dir.path()).line(line).code, 2, "{line}");
    }
}
