//! `watch`: lines for people, documents for programs.

use insta::assert_snapshot;
use zephyr_proto::v1;
use zephyr_proto::v1::watch_response::What;

use crate::fake::Fake;
use crate::run::Run;
use crate::script::{Script, endpoint, from_now};

fn script() -> Script {
    let mut script = Script::healthy();
    let old = script.status.endpoints[1].clone();
    let down = v1::Endpoint {
        state: "cooling".into(),
        error: "connection refused".into(),
        current: false,
        consecutive_failures: 3,
        ..old.clone()
    };
    let mut head = script.status.head.clone().unwrap();
    head.state = "degraded".into();
    head.serving[0].current = "Provider-A-1".into();
    head.serving[0].why = "the other is cooling".into();
    head.serving[0].order = vec!["Provider-A-1".into()];
    let mut pinned = head.clone();
    pinned.pinned = "Provider-A-1".into();
    pinned.pin_fallback = true;
    let mut paused = pinned.clone();
    paused.monitoring_paused = true;
    let offline = v1::Head { offline_unix_ms: Some(1_790_000_000_000), ..paused.clone() };
    let busy = v1::Endpoint { in_flight: 7, ..down.clone() };
    let probed = v1::Endpoint {
        latency_ms: Some(99.0),
        last_probe_unix_ms: Some(from_now(0)),
        ..script.status.endpoints[0].clone()
    };
    script.watch = vec![
        What::Endpoint(down),
        What::Head(head),
        What::Head(pinned),
        What::Head(paused.clone()),
        What::Head(offline),
        What::Head(paused),
        What::Endpoint(busy),
        What::Endpoint(probed),
        What::Endpoints(v1::EndpointList { endpoints: vec![old, endpoint(1, "New-1", "relays", 5.0)] }),
        What::Lagged(v1::Lagged { missed: 12 }),
        What::Status(script.status.clone()),
    ];
    script
}

#[test]
fn changes_are_told_line_by_line() {
    let fake = Fake::start(script());
    assert_snapshot!(Run::with(&fake).line("watch").text());
}

#[test]
fn every_change_is_a_document_on_one_line() {
    let fake = Fake::start(script());
    let ran = Run::with(&fake).line("watch --json");
    let mut kinds = Vec::new();
    for (line, number) in ran.stdout.lines().zip(1..) {
        let read: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(read["schema"], 1);
        if let Some(kind) = read["kind"].as_str() {
            assert_eq!(read["number"], number);
            assert!(!read["value"].is_null());
            kinds.push(kind.to_owned());
        }
    }
    assert_eq!(
        kinds,
        [
            "status",
            "endpoint",
            "head",
            "head",
            "head",
            "head",
            "head",
            "endpoint",
            "endpoint",
            "endpoints",
            "lagged",
            "status"
        ]
    );
    assert_snapshot!(ran.stdout.lines().nth(10).unwrap());
    assert_eq!(ran.code, 3);
}
