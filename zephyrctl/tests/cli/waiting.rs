//! Requests that wait: shown, and let go.

use insta::assert_snapshot;
use tonic::Code;
use zephyr_proto::v1::{self, ErrorReason};

use crate::fake::Fake;
use crate::run::Run;
use crate::script::{Script, refusal};

fn busy() -> Script {
    let one = |request: &str, kind: &str, waited_ms, left_ms, why: &str| v1::WaitingRequest {
        request: request.into(),
        client: "ada".into(),
        model: "claude-opus-5-5".into(),
        dialect: "anthropic".into(),
        kind: kind.into(),
        since_unix_ms: 1_790_000_000_000,
        waited_ms,
        left_ms,
        why: why.into(),
    };
    let totals = v1::Waiting {
        queued: 1,
        suspended: 1,
        most_suspended: 100,
        waited: 12,
        served: 8,
        timed_out: 2,
        released: 0,
    };
    let mut script = Script::usual();
    script.waiting.requests = vec![
        one(
            "req-00000001",
            "suspended",
            95_000,
            205_000,
            "Provider-A-1: cooling for 40 s; Relay-Slow: tried",
        ),
        one("req-00000002", "queued", 1_200, 12_800, "Provider-A-1: at its concurrency limit"),
    ];
    script.waiting.totals = Some(totals);
    script.status.waiting = Some(totals);
    (script.head().queued, script.head().suspended) = (1, 1);
    script
}

#[test]
fn those_who_wait_are_shown_with_what_they_wait_for() {
    let fake = Fake::start(busy());
    let texts = ["suspended", "suspended list --json"].map(|line| Run::with(&fake).line(line).text());
    assert_snapshot!(texts.join("\n"));
}

#[test]
fn nobody_waits() {
    let fake = Fake::start(Script::usual());
    assert_snapshot!(Run::with(&fake).line("suspended").text());
}

#[test]
fn the_status_tells_how_many_wait() {
    let fake = Fake::start(busy());
    let text = Run::with(&fake).line("status").text();
    let told = text.lines().find(|line| line.contains("waiting")).unwrap();
    assert_snapshot!(told);
    let json: serde_json::Value =
        serde_json::from_str(&Run::with(&fake).line("status --json").stdout).unwrap();
    assert_eq!((json["suspended"].as_u64(), json["waiting"]["timed_out"].as_u64()), (Some(1), Some(2)));
}

#[test]
fn they_are_released_or_tried() {
    let fake = Fake::start(busy());
    let lines = [
        "suspended release req-00000001",
        "suspended release --all",
        "suspended release --all --try",
        "suspended release --all --json",
        "suspended release",
    ];
    let texts = lines.map(|line| format!("$ zephyrctl {line}\n{}", Run::with(&fake).line(line).text()));
    assert_snapshot!(format!("{}\n{}", texts.join("\n"), fake.asked().join("\n")));
}

#[test]
fn an_id_that_does_not_wait_is_an_unknown_name() {
    let mut script = busy();
    script.refusal = Some(refusal(
        Code::NotFound,
        "no request `req-0` waits",
        ErrorReason::UnknownName,
        "`zephyrctl suspended` shows those that wait",
        Vec::new(),
    ));
    let fake = Fake::start(script);
    assert_snapshot!(Run::with(&fake).line("suspended release req-0").text());
}
