//! What `status` tells of money.

use insta::assert_snapshot;
use zephyr_proto::v1;

use crate::fake::Fake;
use crate::run::Run;
use crate::script::{MINUTE, Script, from_now};

fn money() -> v1::Money {
    v1::Money {
        on: true,
        requests: 412,
        cost_nanos: 3_184_000_000,
        saved_nanos: 120_000_000,
        probe_nanos: 960_000,
        input_tokens: 1_234_567,
        output_tokens: 98_765,
        store: Some(v1::RecordStore { state: "ok".into(), ..v1::RecordStore::default() }),
        ..v1::Money::default()
    }
}

fn budget(client: &str, share: f64) -> v1::Budget {
    v1::Budget {
        client: client.into(),
        period: "day".into(),
        limit_nanos: 5_000_000_000,
        spent_nanos: (share * 5e9) as i64,
        share,
        warn: share >= 0.8,
        over: share >= 1.0,
        resets_unix_ms: midnight(),
    }
}

/// The coming midnight, in UTC as the runs are.
fn midnight() -> i64 {
    let day = 24 * 60 * MINUTE;
    (from_now(0) / day + 1) * day
}

fn shown(money: v1::Money, line: &str) -> String {
    let mut script = Script::healthy();
    script.status.money = Some(money);
    let fake = Fake::start(script);
    Run::with(&fake).line(line).text()
}

#[test]
fn today_is_one_line() {
    let plain = shown(money(), "status");
    assert!(plain.contains("  today    412 requests, $3.18\n"), "{plain}");
    let budgets = vec![budget("", 0.644), budget("ada", 0.3)];
    let with = shown(v1::Money { budgets, ..money() }, "status");
    assert!(with.contains("412 requests, $3.18 (budget: 64 % of $5.00, until midnight)\n"), "{with}");
    assert!(!with.contains("  budget "), "{with}");
}

#[test]
fn what_is_wrong_is_told() {
    let budgets = vec![budget("", 0.85), budget("ada", 1.02)];
    let store = v1::RecordStore {
        state: "waiting".into(),
        detail: "the disk is full".into(),
        waiting: 1_234,
        dropped: 12,
    };
    let mismatch = v1::Mismatch {
        endpoint: "Provider-A-1".into(),
        asked: "gpt-5".into(),
        answered: "gpt-5-mini".into(),
        count: 12,
        last_unix_ms: from_now(-7 * MINUTE - 30_000),
    };
    let mismatches = vec![mismatch.clone(), mismatch];
    assert_snapshot!(shown(v1::Money { budgets, store: Some(store), mismatches, ..money() }, "status"));
}

#[test]
fn a_file_that_was_set_aside_is_told_though_all_is_well_again() {
    let store = v1::RecordStore {
        state: "ok".into(),
        detail: "usage.db was damaged and set aside".into(),
        ..v1::RecordStore::default()
    };
    let told = shown(v1::Money { store: Some(store), ..money() }, "status");
    assert!(told.contains("  records  usage.db was damaged and set aside\n"), "{told}");
}

#[test]
fn where_nothing_is_recorded_nothing_is_said() {
    let off = shown(v1::Money::default(), "status");
    assert!(!off.contains("today"), "{off}");
}

#[test]
fn json_has_all_of_it() {
    let budgets = vec![budget("ada", 0.644)];
    let mut script = Script::healthy();
    script.status.money = Some(v1::Money { budgets, ..money() });
    let fake = Fake::start(script);
    let ran = Run::with(&fake).line("status --json");
    let read: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let mut told = read["money"].clone();
    told["budgets"][0]["resets_unix_ms"] = 0.into();
    assert_snapshot!(serde_json::to_string_pretty(&told).unwrap());
}
