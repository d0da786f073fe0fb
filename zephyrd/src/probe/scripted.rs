//! Probes against a scripted endpoint, through the real way out.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use zephyr_core::config::{Auth, BaseUrl, Endpoint, Plan, ProbeKind};
use zephyr_core::engine::{Command, Refusal, State};
use zephyr_core::failover::Class;

use super::{carry, trial};
use crate::engine_handle::{CheckResult, Handle};
use crate::fixtures;
use crate::tasks::Tasks;
use crate::upstream::Upstream;

const ANSWER: &str = r#"{"type":"message","model":"m-2","content":[{"type":"text","text":"Hello"}],
    "usage":{"input_tokens":8,"output_tokens":1}}"#;

/// Answers every request with `status` and `body`; what was asked comes out of the channel. `None` = never answers.
async fn far_side(name: &str, answer: Option<(u16, String)>) -> (Endpoint, mpsc::Receiver<String>, Tasks) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, asked) = mpsc::channel(64);
    let tasks = Tasks::default();
    let inner = tasks.clone();
    tasks.spawn_until_stop(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (sender, answer) = (sender.clone(), answer.clone());
            inner.spawn_until_stop(async move {
                let mut head = vec![0; 65_536];
                let mut got = 0;
                loop {
                    let n = stream.read(&mut head[got..]).await.unwrap_or(0);
                    got += n;
                    if n == 0 {
                        return;
                    }
                    let text = String::from_utf8_lossy(&head[..got]).into_owned();
                    if text.starts_with("GET") || text.ends_with('}') {
                        let _ = sender.send(text).await;
                        got = 0;
                        let Some((status, body)) = &answer else { continue };
                        let reply = format!(
                            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                            body.len()
                        );
                        let _ = stream.write_all(reply.as_bytes()).await;
                    }
                }
            });
        }
    });
    let url = BaseUrl { tls: false, host: "127.0.0.1".into(), port, prefix: String::new() };
    (Endpoint { url, ..fixtures::endpoint(name) }, asked, tasks)
}

fn plan() -> Plan {
    fixtures::plan(Vec::new())
}

async fn probe(endpoint: &Endpoint, kind: ProbeKind) -> carry::Found {
    carry::out(&Upstream::default(), endpoint, kind, &plan()).await
}

#[tokio::test]
async fn a_messages_probe_measures_an_answer_and_counts_its_price() {
    let (endpoint, mut asked, _far) = far_side("a", Some((200, ANSWER.into()))).await;
    let found = probe(&endpoint, ProbeKind::Messages).await;
    assert_eq!((found.verdict.class, found.verdict.proves), (Class::Ok, true));
    assert!(found.verdict.latency.is_some());
    assert_eq!(found.spent.nanos, (8 * 15 + 75) * 1000);
    let request = asked.recv().await.unwrap();
    assert!(request.starts_with("POST /v1/messages HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("authorization: Bearer key-of-a\r\n"), "{request}");
    assert!(request.contains("anthropic-version: 2023-06-01\r\n"), "{request}");
}

#[tokio::test]
async fn the_free_kinds_cost_nothing() {
    let (endpoint, mut asked, _far) =
        far_side("a", Some((200, r#"{"data":[],"input_tokens":3}"#.into()))).await;
    for (kind, line) in
        [(ProbeKind::Models, "GET /v1/models "), (ProbeKind::CountTokens, "POST /v1/messages/count_tokens ")]
    {
        let found = probe(&endpoint, kind).await;
        assert_eq!((found.verdict.class, found.verdict.proves, found.spent.nanos), (Class::Ok, false, 0));
        assert!(asked.recv().await.unwrap().starts_with(line));
    }
    let found = probe(&endpoint, ProbeKind::Connect).await;
    assert_eq!((found.verdict.class, found.spent.nanos), (Class::Ok, 0));
}

#[tokio::test]
async fn an_endpoint_that_repeats_its_key_does_not_bring_it_into_the_status() {
    let body = r#"{"error":{"message":"bad key key-of-a, try again"}}"#;
    let (endpoint, _asked, _far) = far_side("a", Some((401, body.into()))).await;
    let verdict = probe(&endpoint, ProbeKind::Messages).await.verdict;
    assert_eq!(verdict.class, Class::AuthFailed);
    assert_eq!(verdict.detail.as_deref(), Some("HTTP 401: bad key …, try again"));
}

#[tokio::test]
async fn an_endpoint_that_never_answers_has_failed_by_its_time_and_may_have_cost() {
    let (mut endpoint, _asked, _far) = far_side("a", None).await;
    endpoint.probe.timeout = Duration::from_millis(50);
    let found = probe(&endpoint, ProbeKind::Messages).await;
    assert_eq!(found.verdict.class, Class::TimedOut);
    assert_eq!(found.verdict.detail.as_deref(), Some("no answer within 0.05 s"));
    assert!(found.spent.nanos > 0);
}

#[tokio::test]
async fn nobody_at_home_is_a_failure_that_cost_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let url = BaseUrl { tls: false, host: "127.0.0.1".into(), port, prefix: String::new() };
    let endpoint = Endpoint { url, ..fixtures::endpoint("a") };
    for kind in [ProbeKind::Messages, ProbeKind::Connect] {
        let found = probe(&endpoint, kind).await;
        assert_eq!((found.verdict.class, found.spent.nanos), (Class::ConnectFailed, 0), "{kind:?}");
    }
}

fn command(argv: &[&str]) -> Endpoint {
    let mut endpoint = fixtures::endpoint("a");
    endpoint.probe.kind = ProbeKind::Command;
    endpoint.probe.command = argv.iter().map(|s| (*s).to_owned()).collect();
    endpoint
}

#[tokio::test]
async fn a_command_finds_its_endpoint_in_the_environment_and_nothing_else_of_ours() {
    let script = r#"test "$ANTHROPIC_BASE_URL" = http://a.example:8080/api &&
        test "$ANTHROPIC_AUTH_TOKEN" = key-of-a && test -z "$CARGO_MANIFEST_DIR" && echo out && echo err >&2"#;
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some(), "the test would show nothing");
    let found = probe(&command(&["/bin/sh", "-c", script]), ProbeKind::Command).await;
    assert_eq!(found.verdict.detail, None);
    assert_eq!((found.verdict.class, found.verdict.proves), (Class::Ok, true));
}

#[tokio::test]
async fn a_command_that_cannot_be_run_is_told_and_no_fault_of_the_endpoint() {
    let verdict = probe(&command(&["/no/such/program"]), ProbeKind::Command).await.verdict;
    assert_eq!(verdict.class, Class::Cancelled);
    assert!(
        verdict
            .detail
            .unwrap()
            .starts_with("the probe command `/no/such/program` cannot be run: No such file")
    );
}

#[tokio::test]
async fn a_command_is_killed_at_its_time_with_everything_it_started() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pid");
    // The grandchild would hold the pipe's end open for a minute if only the child were killed.
    let script = format!("sleep 60 & echo $! > {}; wait", path.display());
    let mut endpoint = command(&["/bin/sh", "-c", &script]);
    endpoint.probe.timeout = Duration::from_secs(1);
    let verdict = probe(&endpoint, ProbeKind::Command).await.verdict;
    assert_eq!(verdict.class, Class::TimedOut);
    let pid: i32 = std::fs::read_to_string(path).unwrap().trim().parse().unwrap();
    let gone = async {
        // A killed orphan may wait for its reaper for a moment; its command line is empty by then.
        while std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty()) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.expect("the grandchild lives");
}

#[tokio::test]
async fn a_test_reports_everything_about_the_answer() {
    let (endpoint, mut asked, _far) = far_side("a", Some((200, ANSWER.into()))).await;
    let (report, spent) =
        trial::run(&Upstream::default(), &endpoint, Some("m-1".into()), Some("Say hello".into()), &plan())
            .await;
    assert_eq!((report.status, report.error.as_deref(), report.text.as_str()), (200, None, "Hello"));
    assert_eq!((report.model_asked.as_str(), report.model_answered.as_str()), ("m-1", "m-2"));
    assert_eq!((report.input_tokens, report.output_tokens), (Some(8), Some(1)));
    assert!(report.first_byte.unwrap() <= report.total && spent.nanos > 0);
    let request = asked.recv().await.unwrap();
    assert!(
        request.contains(r#""content":"Say hello""#) && request.contains(r#""model":"m-1""#),
        "{request}"
    );
}

#[tokio::test]
async fn a_test_without_a_credential_says_so_and_sends_nothing() {
    let (mut endpoint, mut asked, far) = far_side("a", Some((200, ANSWER.into()))).await;
    endpoint.auth = Auth::Passthrough;
    let (report, spent) = trial::run(&Upstream::default(), &endpoint, None, None, &plan()).await;
    assert!(report.error.unwrap().contains("the client's own credential"));
    assert_eq!(spent.nanos, 0);
    far.stop();
    assert!(far.drained(Duration::from_secs(20)).await);
    assert_eq!(asked.recv().await, None);
}

struct Running {
    handle: Handle,
    tasks: Tasks,
}

fn run(endpoints: Vec<Endpoint>) -> Running {
    let (handle, orders) = Handle::new(Arc::new(fixtures::plan(endpoints)), None, 1);
    let tasks = Tasks::default();
    let ledger = crate::ledger::Ledger::in_memory(&handle);
    tasks.spawn(super::run(handle.clone(), ledger, Arc::default(), orders.probes, tasks.clone()));
    Running { handle, tasks }
}

impl Running {
    async fn check(&self, name: Option<&str>) -> Result<Vec<CheckResult>, Refusal> {
        let asked = self.handle.check(name.map(str::to_owned));
        tokio::time::timeout(Duration::from_secs(20), asked).await.expect("no answer").unwrap()
    }
}

#[tokio::test]
async fn the_runner_sends_what_is_due_and_the_engine_learns_of_it() {
    let (good, mut asked, _far) = far_side("good", Some((200, ANSWER.into()))).await;
    let (bad, _asked, _far2) = far_side("bad", Some((401, "{}".into()))).await;
    let running = run(vec![good, bad]);
    let learnt = async {
        loop {
            let snapshot = running.handle.snapshot();
            if snapshot.endpoints.iter().all(|e| e.last_probe_unix_ms.is_some()) {
                return snapshot;
            }
            tokio::task::yield_now().await;
        }
    };
    let snapshot = tokio::time::timeout(Duration::from_secs(20), learnt).await.expect("not probed");
    assert_eq!((snapshot.endpoints[0].state, snapshot.endpoints[1].state), (State::Up, State::AuthFailed));
    assert!(snapshot.endpoints[0].latency.is_some());
    assert_eq!(snapshot.endpoints[0].history.len(), 1);
    assert!(asked.recv().await.is_some());
    assert!(asked.try_recv().is_err(), "a probe that has begun is not due again");
}

#[tokio::test]
async fn a_check_works_while_monitoring_is_paused_and_answers_in_file_order() {
    let (a, _a, _far) = far_side("a", Some((200, ANSWER.into()))).await;
    let (b, _b, _far2) = far_side("b", Some((503, r#"{"error":{"message":"busy"}}"#.into()))).await;
    let running = run(vec![a, b]);
    running.handle.command(&Command::Pause(None)).unwrap();
    let results = running.check(None).await.unwrap();
    assert_eq!((results[0].endpoint.as_str(), results[0].error.as_deref()), ("a", None));
    assert_eq!((results[1].endpoint.as_str(), results[1].error.as_deref()), ("b", Some("HTTP 503: busy")));
    assert_eq!(results[1].kind, ProbeKind::Messages);
    assert_eq!(running.check(Some("g")).await.unwrap().len(), 2, "a group means its endpoints");
    let refused = running.check(Some("c")).await.unwrap_err();
    assert!(matches!(refused, Refusal::UnknownName { .. }), "{refused:?}");
}

#[tokio::test]
async fn resuming_probes_at_once() {
    let (endpoint, mut asked, _far) = far_side("a", Some((200, ANSWER.into()))).await;
    let running = run(vec![endpoint]);
    let mut probed = async || {
        tokio::time::timeout(Duration::from_secs(20), asked.recv()).await.expect("not probed").unwrap()
    };
    probed().await;
    for name in [None, Some("a".to_owned()), Some("g".to_owned())] {
        running.handle.command(&Command::Pause(name.clone())).unwrap();
        running.handle.command(&Command::Resume(name)).unwrap();
        // The next probe by its time would be a minute away.
        probed().await;
    }
}

#[tokio::test]
async fn a_passthrough_endpoint_is_only_connected_to() {
    let (mut endpoint, mut asked, far) = far_side("a", Some((200, ANSWER.into()))).await;
    endpoint.auth = Auth::Passthrough;
    let running = run(vec![endpoint]);
    let results = running.check(Some("a")).await.unwrap();
    assert_eq!((results[0].kind, results[0].error.as_deref()), (ProbeKind::Connect, None));
    running.tasks.stop();
    far.stop();
    assert!(far.drained(Duration::from_secs(20)).await);
    assert_eq!(asked.recv().await, None);
}

#[tokio::test]
async fn orders_end_with_the_daemon() {
    let running = run(vec![fixtures::endpoint("a")]);
    running.tasks.stop();
    assert!(running.tasks.drained(Duration::from_secs(20)).await);
    assert!(running.handle.check(None).await.is_err());
}
