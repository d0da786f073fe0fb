//! Lives the rows of a table with the real binary, and tells every difference at once.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::json;
use tokio::task::JoinSet;
use zephyr_tests::client::{self, End, Reply};
use zephyr_tests::daemon::JSON;
use zephyr_tests::fake::Seen;
use zephyr_tests::scene::fakes;
use zephyr_tests::{Answer, Daemon, Fake};

use super::row::{Again, Calls, Fault, Row, Told};

/// Cases that run at one time.
const AT_ONCE: usize = 4;
const NAMES: [&str; 3] = ["a", "twin", "b"];

/// Lives every row in every form.
pub(super) async fn tell(rows: Vec<Row>) {
    let mut cases = Vec::new();
    for row in rows.into_iter().map(Arc::new) {
        for stream in row.form.streams() {
            cases.push((row.clone(), *stream, true));
            cases.push((row.clone(), *stream, false));
        }
    }
    let (count, mut cases, mut broken) = (cases.len(), cases.into_iter(), Vec::new());
    let mut running: JoinSet<Result<(), String>> = JoinSet::new();
    loop {
        while running.len() < AT_ONCE
            && let Some((row, stream, one)) = cases.next()
        {
            running.spawn(async move {
                let lived = if one { only_a(&row, stream).await } else { all(&row, stream).await };
                let who = if one { "a" } else { "all" };
                lived.map_err(|what| format!("{}, {who}, stream {stream}: {what}", row.outcome))
            });
        }
        match running.join_next().await {
            None => break,
            Some(told) => broken.extend(told.unwrap_or_else(|panic| Err(format!("{panic}"))).err()),
        }
    }
    assert!(broken.is_empty(), "{} of {count} cases differ:\n{}", broken.len(), broken.join("\n"));
}

/// `a`, its twin and `b` behind a daemon, in this order of preference.
struct Three {
    fakes: Vec<Fake>,
    daemon: Daemon,
    /// Kept open, so that nobody else gets its port.
    _silent: tokio::net::TcpListener,
}

impl Three {
    /// The first `faulty` of them have the row's fault.
    async fn with(row: &Row, faulty: usize) -> Self {
        let fakes = fakes(3).await;
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let nobody = {
            let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            gone.local_addr().unwrap()
        };
        let mut urls: Vec<String> = fakes.iter().map(Fake::url).collect();
        for (fake, url) in fakes.iter().zip(&mut urls).take(faulty) {
            match &row.fault {
                Fault::Answers(answer) => fake.on("/v1/messages", answer.clone()),
                Fault::Refuses => *url = format!("http://{nobody}"),
                Fault::NoTls => *url = url.replace("http://", "https://"),
                Fault::SilentTls => *url = format!("https://{}", silent.local_addr().unwrap()),
                Fault::NoHost => *url = "http://nowhere.invalid".to_owned(),
            }
        }
        let daemon = Daemon::with(&config(&urls, row.keys)).await;
        Self { fakes, daemon, _silent: silent }
    }

    fn asked(&self) -> Vec<Vec<Seen>> {
        self.fakes.iter().map(|fake| fake.seen_on("/v1/messages")).collect()
    }

    async fn ask(&self, model: &str, text: &str, stream: bool) -> Reply {
        self.daemon.ask("POST", "/v1/messages", &JSON, body(model, text, stream).as_bytes()).await
    }

    /// The states that `zephyrctl` tells.
    async fn states(&self) -> Vec<String> {
        let list = self.daemon.ctl_json(&["list"]).await;
        let of = |name| list["endpoints"].as_array().unwrap().iter().find(|e| e["name"] == json!(name));
        NAMES.map(|name| of(name).unwrap()["state"].as_str().unwrap().to_owned()).to_vec()
    }
}

fn config(urls: &[String], keys: &str) -> String {
    format!(
        r#"
[health_check]
enabled = false
[selection]
strategy = "priority"
[suspension]
enabled = false
[[groups]]
name = "one"
provider = "one"
auth = {{ bearer = "the key of one" }}
{keys}
endpoints = [{{ url = "{}", name = "a", priority = 1 }}, {{ url = "{}", name = "twin", priority = 2 }}]
[[groups]]
name = "two"
provider = "two"
auth = {{ x_api_key = "the key of two" }}
{keys}
endpoints = [{{ url = "{}", name = "b", priority = 3 }}]
"#,
        urls[0], urls[1], urls[2]
    )
}

const MODEL: &str = "claude-opus-5-5";
const OTHER_MODEL: &str = "claude-haiku-4-5";

fn body(model: &str, text: &str, stream: bool) -> String {
    json!({"model": model, "max_tokens": 64, "stream": stream,
        "messages": [{"role": "user", "content": text}]})
    .to_string()
}

async fn only_a(row: &Row, stream: bool) -> Result<(), String> {
    let scene = Three::with(row, 1).await;
    let reply = scene.ask(MODEL, "hi", stream).await;
    let mut wrong = String::new();
    calls(&scene, &row.one.calls, &mut wrong);
    match row.one.by {
        None => told(&scene, row, stream, &reply, &mut wrong).await,
        Some(by) => {
            let at = NAMES.iter().position(|name| *name == by).unwrap();
            let sent = body(MODEL, "hi", stream);
            let addr = scene.fakes[at].addr();
            let good = client::ask(addr, "POST", "/v1/messages", &JSON, sent.as_bytes()).await;
            let facts = [
                (reply.status() == 200 && reply.end == End::Clean, "the answer is not whole"),
                (reply.body == good.body, "the answer is not that of who should serve"),
                (reply.header("x-used-endpoint") == Some(by), "somebody else served"),
            ];
            for (_, what) in facts.iter().filter(|(good, _)| !good) {
                let _ =
                    write!(wrong, "{what} ({} by {:?}); ", reply.status(), reply.header("x-used-endpoint"));
            }
        }
    }
    let b = if row.one.calls[2] > 0 { "up" } else { "unknown" };
    let expected = [row.one.states[0], row.one.states[1], b];
    for ((name, state), wanted) in NAMES.iter().zip(scene.states().await).zip(expected) {
        if !wanted.is_empty() && !wanted.split(' ').any(|s| s == state) {
            let _ = write!(wrong, "{name} is {state}, not {wanted}; ");
        }
    }
    scene.fakes.iter().for_each(|fake| fake.on("/v1/messages", Answer::realistic()));
    for (model, expected) in [MODEL, OTHER_MODEL].into_iter().zip(row.one.next) {
        let reply = scene.ask(model, "and now for something else", stream).await;
        let used = reply.header("x-used-endpoint");
        if !expected.is_empty() && used != Some(expected) {
            let _ = write!(wrong, "the next request for {model} went to {used:?}, not {expected}; ");
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

async fn all(row: &Row, stream: bool) -> Result<(), String> {
    let scene = Three::with(row, 3).await;
    let reply = scene.ask(MODEL, "hi", stream).await;
    let mut wrong = String::new();
    calls(&scene, &row.all.calls, &mut wrong);
    told(&scene, row, stream, &reply, &mut wrong).await;
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// Who was asked how often, with the request as it came and with its own credential alone.
fn calls(scene: &Three, expected: &Calls, wrong: &mut String) {
    let asked = scene.asked();
    let counts: Vec<usize> = asked.iter().map(Vec::len).collect();
    if counts != expected {
        let _ = write!(wrong, "asked {counts:?}, not {expected:?}; ");
    }
    for (at, seen) in asked.iter().enumerate().flat_map(|(at, all)| all.iter().map(move |seen| (at, seen))) {
        let credential = (seen.all("authorization"), seen.all("x-api-key"));
        let own =
            if at < 2 { (vec!["Bearer the key of one"], vec![]) } else { (vec![], vec!["the key of two"]) };
        if credential != own {
            let _ = write!(wrong, "{} was asked with {credential:?}; ", NAMES[at]);
        }
        let stream = seen.json()["stream"] == json!(true);
        if seen.body != body(MODEL, "hi", stream).as_bytes() {
            let _ = write!(wrong, "{} got another request than the client's; ", NAMES[at]);
        }
    }
}

async fn told(scene: &Three, row: &Row, stream: bool, reply: &Reply, wrong: &mut String) {
    let text: String = reply.text().chars().take(160).collect();
    match row.all.told {
        Told::Verbatim(status) => {
            let sent = body(MODEL, "hi", stream);
            let own =
                client::ask(scene.fakes[0].addr(), "POST", "/v1/messages", &JSON, sent.as_bytes()).await;
            if (reply.status(), &reply.body) != (status, &own.body) {
                let _ = write!(wrong, "told {} {text}, not {status} verbatim; ", reply.status());
            }
        }
        Told::Own(status, kind) => {
            let error = serde_json::from_slice::<serde_json::Value>(&reply.body).unwrap_or_default();
            let shaped = error["type"] == json!("error") && error["error"]["type"] == json!(kind);
            if reply.status() != status || !shaped {
                let _ = write!(wrong, "told {} {text}, not {status} {kind}; ", reply.status());
            }
        }
        Told::Broken => {
            if reply.status() != 200 || reply.end == End::Clean || reply.body.is_empty() {
                let _ = write!(wrong, "ended {:?} with {} after {text:?}; ", reply.end, reply.status());
            }
            return;
        }
    }
    let (after, stop) = (reply.header("retry-after"), reply.header("x-should-retry") == Some("false"));
    let seconds: Option<u64> = after.and_then(|v| v.parse().ok());
    let good = match row.all.again {
        Again::Soon => !stop && seconds.is_some_and(|s| (1..=59).contains(&s)),
        Again::After(n) => {
            stop == (n > 59)
                && seconds.is_some_and(|s| (n.saturating_sub(60).max(n * 3 / 4)..=n).contains(&s))
        }
        Again::Never => stop,
        Again::AsItSays => !stop && after.is_none(),
    };
    if !good {
        let _ = write!(wrong, "retry-after {after:?}, stop {stop}, not {:?}; ", row.all.again);
    }
}
