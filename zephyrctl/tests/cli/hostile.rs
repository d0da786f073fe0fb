//! Names, errors and answers that try to take over the terminal.

use insta::assert_snapshot;
use tonic::Code;
use zephyr_proto::v1;

use crate::fake::Fake;
use crate::run::{Ran, Run};
use crate::script::{Script, endpoint, refusal};

const EVIL: &str = "\u{1b}]0;owned\u{7}a\r\n\u{9b}2J\u{202e}b\u{200b}c";

/// Nothing in it that a terminal acts on, but line ends.
fn harmless(ran: &Ran) {
    for c in ran.stdout.chars().chain(ran.stderr.chars()) {
        let bidi = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}' | '\u{200f}');
        assert!(c == '\n' || !(c.is_control() || bidi), "{c:?} in {}", ran.text());
    }
}

fn script() -> Script {
    let mut script = Script::usual();
    let long = "x".repeat(500);
    for (i, name) in
        [EVIL, &long, "שרת-מהיר", "東京の端点", "zalgo e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}"]
            .iter()
            .enumerate()
    {
        let mut new = endpoint(i as u32, name, EVIL, 10.0);
        new.error = EVIL.into();
        new.state = if i == 0 { EVIL.into() } else { "cooling".into() };
        new.url = EVIL.into();
        script.status.endpoints[i] = new;
    }
    script.status.endpoints.truncate(5);
    script.status.groups[0].name = EVIL.into();
    let head = script.head();
    head.serving[0].current = EVIL.into();
    head.serving[0].why = EVIL.into();
    head.serving[0].order = vec![EVIL.into(), long];
    head.pinned = EVIL.into();
    let daemon = script.status.daemon.as_mut().unwrap();
    daemon.version = EVIL.into();
    daemon.config_file = EVIL.into();
    daemon.strategy = EVIL.into();
    daemon.listen = vec![EVIL.into()];
    daemon.config_problems = vec![v1::Problem {
        severity: EVIL.into(),
        source: EVIL.into(),
        line: 1,
        column: 1,
        message: EVIL.into(),
        hint: EVIL.into(),
    }];
    script.checks = vec![v1::CheckResult {
        endpoint: EVIL.into(),
        kind: EVIL.into(),
        error: EVIL.into(),
        ..Default::default()
    }];
    script.tested = v1::TestResponse {
        endpoint: EVIL.into(),
        error: EVIL.into(),
        model_asked: EVIL.into(),
        text: EVIL.into(),
        ..Default::default()
    };
    script.reloaded = v1::ReloadResponse {
        changes: vec![EVIL.into()],
        warnings: script.status.daemon.clone().unwrap().config_problems,
    };
    script.config = v1::ShowConfigResponse { toml: EVIL.replace('\n', ""), path: EVIL.into() };
    hostile_usage(&mut script);
    script.watch = vec![
        v1::watch_response::What::Endpoint(v1::Endpoint {
            state: "up".into(),
            ..endpoint(0, EVIL, EVIL, 1.0)
        }),
        v1::watch_response::What::Head(v1::Head {
            state: EVIL.into(),
            pinned: EVIL.into(),
            ..Default::default()
        }),
        v1::watch_response::What::Endpoints(v1::EndpointList {
            endpoints: vec![endpoint(0, "\u{1b}new", EVIL, 1.0)],
        }),
    ];
    script
}

fn hostile_usage(script: &mut Script) {
    let total = v1::UsageTotals { requests: 1, ..Default::default() };
    let row = v1::UsageRow { key: EVIL.into(), totals: Some(total) };
    script.report = vec![v1::ReportResponse { rows: vec![row], total: Some(total), probes: None }];
    script.records = crate::requests::records();
    for record in &mut script.records {
        record.id = EVIL.into();
        for text in [
            &mut record.client,
            &mut record.session,
            &mut record.agent,
            &mut record.class,
            &mut record.method,
            &mut record.path,
            &mut record.dialect,
            &mut record.operation,
            &mut record.model,
            &mut record.answered_model,
            &mut record.endpoint,
            &mut record.group,
            &mut record.provider,
            &mut record.ended,
            &mut record.detail,
            &mut record.stop,
            &mut record.source,
            &mut record.served_by,
            &mut record.usage,
            &mut record.tier,
            &mut record.price_source,
        ] {
            *text = EVIL.into();
        }
        for attempt in &mut record.attempts {
            attempt.endpoint = EVIL.into();
            attempt.class = EVIL.into();
            attempt.detail = EVIL.into();
        }
    }
    script.status.money = Some(v1::Money {
        on: true,
        budgets: vec![v1::Budget {
            client: EVIL.into(),
            period: EVIL.into(),
            over: true,
            ..Default::default()
        }],
        store: Some(v1::RecordStore { state: "waiting".into(), detail: EVIL.into(), ..Default::default() }),
        mismatches: vec![v1::Mismatch {
            endpoint: EVIL.into(),
            asked: EVIL.into(),
            answered: EVIL.into(),
            last_unix_ms: crate::script::from_now(-450_000),
            ..Default::default()
        }],
        ..Default::default()
    });
}

#[test]
fn a_status_full_of_hostile_names_is_harmless() {
    let fake = Fake::start(script());
    let ran = Run::with(&fake).line("status");
    harmless(&ran);
    assert_snapshot!(ran.text());
}

#[test]
fn no_verb_passes_hostile_text_on() {
    let fake = Fake::start(script());
    for line in [
        "status",
        "list",
        "check",
        "reload",
        "config show",
        "config path",
        "version",
        "watch",
        "pin x",
        "unpin",
        "pause",
        "resume",
        "env",
        "test x",
        "usage --by model",
        "usage export --format csv",
        "usage export --format json",
        "requests",
        "requests -f",
    ] {
        for json in ["", "--json"] {
            let mut ran = Run::with(&fake).env("COLUMNS", "60").line(&format!("{line} {json}"));
            if line.ends_with("csv") {
                ran.stdout = ran.stdout.replace("\r\n", "\n");
            }
            if line != "env" {
                harmless(&ran);
            }
            assert!(ran.stdout.lines().next().is_some(), "{line}");
        }
    }
    for args in [["show", EVIL], ["drain", EVIL], ["list", EVIL], ["pin", EVIL], ["requests", EVIL]] {
        harmless(&Run::with(&fake).args(&args));
    }
}

#[test]
fn hostile_refusals_are_harmless() {
    let mut script = script();
    script.refusal = Some(refusal(
        Code::FailedPrecondition,
        EVIL,
        v1::ErrorReason::ConfigInvalid,
        EVIL,
        script.status.daemon.clone().unwrap().config_problems,
    ));
    let fake = Fake::start(script);
    let ran = Run::with(&fake).line("reload");
    harmless(&ran);
    assert_snapshot!(ran.text());
    harmless(&Run::with(&fake).args(&["show", "\u{1b}[31mno\u{202e}"]));
    harmless(&Run::with(&fake).args(&["status", "--socket", "/\u{1b}[31mno\u{202e}"]));
}
