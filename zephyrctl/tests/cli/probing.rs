//! `check` and `test`.

use insta::assert_snapshot;
use zephyr_proto::v1;

use crate::fake::Fake;
use crate::run::Run;
use crate::script::Script;

fn checks() -> Vec<v1::CheckResult> {
    let result = |endpoint: &str, kind: &str, latency_ms, error: &str| v1::CheckResult {
        endpoint: endpoint.into(),
        kind: kind.into(),
        healthy: error.is_empty(),
        latency_ms,
        error: error.into(),
    };
    vec![
        result("Provider-A-1", "messages", Some(148.2), ""),
        result("Provider-A-2", "connect", Some(8.25), ""),
        result("Relay-Down", "messages", None, "connection refused (127.0.0.1:9)"),
    ]
}

#[test]
fn a_failed_probe_is_exit_status_one() {
    let mut script = Script::healthy();
    script.checks = checks();
    let fake = Fake::start(script);
    assert_snapshot!(Run::with(&fake).line("check").text());
    assert_snapshot!("json", Run::with(&fake).line("check relays --json").text());
    assert_eq!(fake.asked()[1], r#"CheckRequest { name: "relays" }"#);
}

#[test]
fn good_probes_are_exit_status_zero() {
    let mut script = Script::healthy();
    script.checks = checks();
    script.checks.truncate(2);
    let fake = Fake::start(script);
    assert_eq!(Run::with(&fake).line("check").code, 0);
}

fn tested() -> v1::TestResponse {
    v1::TestResponse {
        endpoint: "Provider-A-1".into(),
        ok: true,
        status: 200,
        error: String::new(),
        connect_ms: Some(31.4),
        first_byte_ms: Some(412.0),
        total_ms: 1234.5,
        model_asked: "claude-haiku-4-5".into(),
        model_answered: "claude-haiku-4-5-20251001".into(),
        text: "Hello! How can I help you today?".into(),
        input_tokens: Some(8),
        output_tokens: Some(12),
        price: 0.8,
    }
}

#[test]
fn a_test_tells_everything_about_the_answer() {
    let mut script = Script::healthy();
    script.tested = tested();
    let fake = Fake::start(script);
    let ran = Run::with(&fake).args(&["test", "Provider-A-1", "--model", "m", "--prompt", "say hello"]);
    assert_snapshot!(ran.text());
    assert_snapshot!("test_json", Run::with(&fake).line("test Provider-A-1 --json").text());
    assert_eq!(fake.asked()[0], r#"TestRequest { name: "Provider-A-1", model: "m", prompt: "say hello" }"#);
}

#[test]
fn a_test_without_an_answer_is_exit_status_one() {
    let mut script = Script::healthy();
    script.tested = v1::TestResponse {
        ok: false,
        status: 0,
        error: "connection refused".into(),
        connect_ms: None,
        first_byte_ms: None,
        model_answered: String::new(),
        text: String::new(),
        input_tokens: None,
        output_tokens: None,
        ..tested()
    };
    let fake = Fake::start(script);
    assert_snapshot!(Run::with(&fake).line("test Provider-A-1").text());
}
