//! `usage` and `usage export`.

use insta::assert_snapshot;
use tonic::Code;
use zephyr_proto::v1;

use crate::fake::Fake;
use crate::requests::records;
use crate::run::Run;
use crate::script::{Script, refusal};

const DAY: i64 = 86_400_000;

fn totals(requests: u64, cost_nanos: i64) -> v1::UsageTotals {
    v1::UsageTotals {
        requests,
        succeeded: requests - requests / 20,
        failed: requests / 20,
        attempts: requests,
        tokens: Some(v1::Tokens {
            input: requests * 900,
            output: requests * 350,
            cache_write_5m: requests * 1_000,
            cache_read: requests * 12_000,
            ..v1::Tokens::default()
        }),
        cost_nanos,
        ttft_ms: Some(v1::Percentiles { p50: 812, p90: 1_400, p95: 2_150, p99: 12_400 }),
        ..v1::UsageTotals::default()
    }
}

fn row(key: &str, requests: u64, cost_nanos: i64) -> v1::UsageRow {
    v1::UsageRow { key: key.into(), totals: Some(totals(requests, cost_nanos)) }
}

fn script(rows: Vec<v1::UsageRow>) -> Script {
    let mut total = totals(1_503, 48_213_450_000);
    total.cancelled = 7;
    total.retried = 12;
    total.shared = 3;
    total.cache_hits = 9;
    total.mismatches = 1;
    total.default_priced = 2;
    total.partial = 4;
    total.lost_nanos = 31_000_000;
    total.saved_nanos = 1_250_000_000;
    total.cache_saved_nanos = 102_000_000_000;
    let probes = v1::ProbeTotals { probes: 96, tokens: None, cost_nanos: 960_000 };
    let mut script = Script::healthy();
    let end = v1::ReportResponse { rows: Vec::new(), total: Some(total), probes: Some(probes) };
    script.report =
        rows.chunks(2).map(|c| v1::ReportResponse { rows: c.to_vec(), ..Default::default() }).collect();
    script.report.push(end);
    script
}

pub(crate) fn days() -> Script {
    script(vec![
        row("2026-11-19", 1, 40),
        row("2026-11-20", 412, 3_184_000_000),
        row("2026-11-21", 1_090, 45_029_450_000),
    ])
}

#[test]
fn the_last_thirty_days_are_shown_by_day() {
    let fake = Fake::start(days());
    assert_snapshot!(Run::with(&fake).line("usage").text());
    let asked = fake.asked().concat();
    assert!(asked.contains("by: \"day\"") && asked.contains("until_unix_ms: None"), "{asked}");
    let (_, since) = asked.split_once("since_unix_ms: Some(").unwrap();
    let since: i64 = since.split_once(')').unwrap().0.parse().unwrap();
    assert_eq!(since % DAY, 0, "it begins with a day");
    let days = (crate::script::from_now(0) - since) / DAY;
    assert!((29..=30).contains(&days), "{days}");
}

#[test]
fn a_narrow_terminal_keeps_requests_and_cost() {
    let models = vec![
        row("claude-opus-4-5-20251101", 1_090, 45_029_450_000),
        row("a-model-with-a-rather-long-name", 412, 3_184_000_000),
        row("", 1, 40),
    ];
    let fake = Fake::start(script(models));
    let ran = Run::with(&fake).env("COLUMNS", "44").line("usage --by model");
    assert_snapshot!(ran.text());
    let table = ran.stdout.split("\n\n").next().unwrap();
    assert!(table.lines().all(|line| unicode_width::UnicodeWidthStr::width(line) <= 44));
}

#[test]
fn everything_that_narrows_is_asked_for() {
    let fake = Fake::start(days());
    let filters = "--since 2026-11-01 --until 2026-11-02T12:00 --model claude-* --endpoint A --group g --client c \
                   --session s --all";
    let ran = Run::with(&fake).line(&format!("usage --by session {filters}"));
    assert_eq!(ran.code, 0, "{}", ran.text());
    assert_snapshot!(fake.asked().concat());
}

#[test]
fn days_are_those_of_the_callers_time_zone() {
    let fake = Fake::start(days());
    // Five hours ahead of UTC, by POSIX.
    Run::with(&fake).env("TZ", "XYZ-5").line("usage --since 2026-11-21 --until 2026-11-21T10:00:00Z");
    let asked = fake.asked().concat();
    assert!(asked.contains("since_unix_ms: Some(1795201200000)"), "{asked}");
    assert!(asked.contains("until_unix_ms: Some(1795255200000)"), "{asked}");
}

#[test]
fn nothing_is_said_to_be_nothing() {
    let mut script = Script::healthy();
    script.report =
        vec![v1::ReportResponse { total: Some(v1::UsageTotals::default()), ..Default::default() }];
    let fake = Fake::start(script);
    let text = Run::with(&fake).line("usage --by total --since 2026-11-01 --until 2026-11-02").text();
    let json = Run::with(&fake).line("usage --by total --since 2026-11-01 --until 2026-11-02 --json").text();
    assert_snapshot!(format!("{text}\n{json}"));
}

#[test]
fn usage_as_json() {
    let fake = Fake::start(script(vec![row("2026-11-21", 1_090, 45_029_450_000)]));
    let ran = Run::with(&fake).line("usage --json --since 2026-11-21");
    assert_snapshot!(ran.text());
    let read: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(read["rows"][0]["cost_nanos"], 45_029_450_000i64);
    assert_eq!(read["rows"][0]["cost_usd"], "45.02945");
}

#[test]
fn wrong_times_say_what_is_accepted() {
    let dir = tempfile::tempdir().unwrap();
    let soon = Run::alone(dir.path()).line("usage --since soon");
    let turned = Run::alone(dir.path()).line("usage --since 2026-11-02 --until 2026-11-01");
    assert_snapshot!(format!("{}\n{}", soon.text(), turned.text()));
}

#[test]
fn others_may_not_read_it() {
    let mut script = days();
    script.refusal = Some(refusal(
        Code::PermissionDenied,
        "uid 1000 may not read usage",
        v1::ErrorReason::NoPermission,
        "join group `zephyr` (`sudo usermod -aG zephyr $USER`, then log in anew), or use sudo",
        Vec::new(),
    ));
    let fake = Fake::start(script);
    for line in ["usage", "usage export", "requests", "requests -f", "requests req-1"] {
        let ran = Run::with(&fake).line(line);
        assert_eq!((ran.code, ran.stdout.as_str()), (5, ""), "{line}: {}", ran.text());
    }
}

#[test]
fn a_store_that_cannot_be_read_is_a_failure() {
    let mut script = days();
    script.refusal = Some(refusal(
        Code::Unavailable,
        "the records cannot be read: the disk is full",
        v1::ErrorReason::StoreUnavailable,
        "`zephyrctl status` shows how many records wait; requests are served as ever",
        Vec::new(),
    ));
    let fake = Fake::start(script);
    assert_snapshot!(Run::with(&fake).line("usage").text());
}

#[test]
fn export_is_csv_with_a_header_row() {
    let mut script = Script::healthy();
    script.records = records();
    let fake = Fake::start(script);
    let ran = Run::with(&fake).line("usage export --since 2026-01-01 --failed --model x*");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let mut reader = csv::Reader::from_reader(ran.stdout.as_bytes());
    assert_eq!(reader.headers().unwrap().get(0), Some("id"));
    assert_eq!(reader.records().map(|r| r.unwrap().get(0).unwrap().to_owned()).collect::<Vec<_>>().len(), 1);
    let all = Run::with(&fake).line("usage export --format csv");
    assert_snapshot!(all.text());
    let asked = fake.asked();
    assert!(asked[0].contains("oldest_first: true") && asked[0].contains("limit: 0"), "{asked:?}");
    assert!(asked[0].contains("failed: true") && asked[0].contains("model: Some(\"x*\")"), "{asked:?}");
    assert!(asked[1].contains("since_unix_ms: None"), "{asked:?}");
}

#[test]
fn export_as_json_is_one_array_with_a_request_on_each_line() {
    let mut script = Script::healthy();
    script.records = records();
    let number = script.records.len();
    let fake = Fake::start(script);
    let ran = Run::with(&fake).line("usage export --format json");
    let read: Vec<serde_json::Value> = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((read.len(), ran.stdout.lines().count()), (number, number + 2));
    assert_eq!(Run::with(&fake).line("usage export --json").stdout, ran.stdout);
    assert_snapshot!(ran.stdout.lines().nth(1).unwrap());
}

#[test]
fn an_export_of_nothing_is_whole_too() {
    let fake = Fake::start(Script::healthy());
    assert_eq!(Run::with(&fake).line("usage export --json").stdout, "[]\n");
    let csv = Run::with(&fake).line("usage export").stdout;
    assert!(csv.starts_with("id,started,") && csv.ends_with("\r\n") && csv.lines().count() == 1, "{csv}");
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let mut script = Script::healthy();
    script.records = std::iter::repeat_n(records(), 500).flatten().collect();
    let fake = Fake::start(script);
    for format in ["csv", "json"] {
        let mut child = std::process::Command::new(crate::run::binary())
            .args(["usage", "export", "--format", format])
            .env("ZEPHYR_SOCKET", fake.socket())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(0), &b""[..]), "{format}");
    }
}

#[test]
fn an_export_that_was_cut_off_is_not_taken_for_whole() {
    let mut script = Script::healthy();
    script.records = records();
    script.cut = true;
    let fake = Fake::start(script);
    let ran = Run::with(&fake).line("usage export");
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("before it was whole"), "{}", ran.stderr);
}
