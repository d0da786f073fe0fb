//! What was used and what it cost, from requests through a real daemon to what `zephyrctl` prints of them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use zephyr_tests::client::Reply;
use zephyr_tests::daemon::{Daemon, JSON};
use zephyr_tests::fake::realistic::anthropic;
use zephyr_tests::{Answer, Fake, Scene, until, within};

use crate::control::as_nobody;

/// Prices that make a price of every token: 1, 2 and 4 nano-dollars.
const PRICES: &str = "[[prices]]\nmodel = \"*\"\ninput = 0.001\noutput = 0.002\ncache_read = 0.004\n";
/// What one realistic answer costs by them: 12 in, 42 out, 2048 read from the vendor's cache.
const COST: i64 = 12 + 42 * 2 + 2048 * 4;

/// A path and a body, with and without a stream.
const ASKS: [(&str, &str); 3] = [
    ("/v1/messages", r#"{"model":"claude-x","max_tokens":9,"messages":[{"role":"user","content":"hi"}]"#),
    ("/v1/chat/completions", r#"{"model":"gpt-x","messages":[{"role":"user","content":"hi"}]"#),
    ("/v1/responses", r#"{"model":"o-x","input":"hi""#),
];

async fn all_dialects() -> (Fake, Daemon) {
    let fake = Fake::start().await;
    let url = fake.url();
    let group = |name: &str, dialect: &str, default: bool| {
        format!(
            "[[groups]]\nname = \"{name}\"\ndialect = \"{dialect}\"\ndefault = {default}\n\
             auth = {{ x_api_key = \"sk-own\" }}\nendpoints = [{{ url = \"{url}\", name = \"{name}-1\" }}]\n"
        )
    };
    let daemon = Daemon::with(&format!(
        "[health_check]\nenabled = false\n{PRICES}{}{}{}",
        group("messages", "anthropic", true),
        group("chat", "openai-chat", false),
        group("responses", "openai-responses", false)
    ))
    .await;
    (fake, daemon)
}

async fn ask(daemon: &Daemon, (path, body): (&str, &str), stream: bool) -> Reply {
    let usage = if path.ends_with("completions") && stream {
        r#","stream_options":{"include_usage":true}"#
    } else {
        ""
    };
    let body = format!("{body},\"stream\":{stream}{usage}}}");
    let reply = daemon.ask("POST", path, &JSON, body.as_bytes()).await;
    assert_eq!(reply.status(), 200, "{}", reply.text());
    reply
}

/// Waits until so many requests are recorded.
async fn recorded(daemon: &Daemon, number: u64) -> Value {
    until(&format!("{number} records"), || async {
        let usage = daemon.ctl_json(&["usage", "--by", "total"]).await;
        (usage["total"]["requests"] == number).then_some(usage)
    })
    .await
}

fn rows(usage: &Value) -> BTreeMap<String, &Value> {
    usage["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["key"].as_str().unwrap().to_owned(), row))
        .collect()
}

#[tokio::test]
async fn every_dialect_is_summed_listed_and_exported() {
    let (_fake, daemon) = all_dialects().await;
    let mut ids = Vec::new();
    for stream in [false, true] {
        for asked in ASKS {
            ids.push(ask(&daemon, asked, stream).await.header("x-request-id").unwrap().to_owned());
        }
    }
    let usage = recorded(&daemon, 6).await;
    let total = &usage["total"];
    assert_eq!((&total["succeeded"], &total["failed"]), (&6.into(), &0.into()), "{total}");
    let tokens = ["input", "output", "cache_read"].map(|kind| total["tokens"][kind].as_u64().unwrap());
    assert_eq!(tokens, [6 * 12, 6 * 42, 6 * 2048]);
    assert_eq!(total["cost_nanos"], 6 * COST);
    assert_eq!(total["cost_usd"], format!("0.{:09}", 6 * COST).trim_end_matches('0'));
    assert!(total["ttft_ms"]["p50"].is_u64(), "{total}");

    for (by, keys) in [
        ("model", ["claude-x", "gpt-x", "o-x"]),
        ("endpoint", ["chat-1", "messages-1", "responses-1"]),
        ("group", ["chat", "messages", "responses"]),
    ] {
        let usage = daemon.ctl_json(&["usage", "--by", by]).await;
        let rows = rows(&usage);
        assert_eq!(rows.keys().map(String::as_str).collect::<Vec<_>>(), keys, "{by}");
        assert!(rows.values().all(|row| row["requests"] == 2 && row["cost_nanos"] == 2 * COST), "{usage}");
    }
    let days = daemon.ctl_json(&["usage"]).await;
    assert_eq!(
        days["rows"].as_array().unwrap().iter().map(|r| r["requests"].as_u64().unwrap()).sum::<u64>(),
        6
    );

    let listed = daemon.ctl_json(&["requests"]).await;
    let listed = listed["requests"].as_array().unwrap();
    let times: Vec<_> = listed.iter().map(|r| r["started_unix_ms"].as_i64().unwrap()).collect();
    assert!(times.is_sorted(), "the newest is last: {times:?}");
    let order: Vec<&str> = listed.iter().map(|r| r["id"].as_str().unwrap()).collect();
    let once: BTreeSet<&str> = order.iter().copied().collect();
    assert_eq!((order.len(), once), (6, ids.iter().map(String::as_str).collect()));
    assert_eq!(listed.iter().filter(|r| r["stream"] == true).count(), 3);
    for record in listed {
        assert_eq!(record["usage"], "final", "{record}");
        assert_eq!((&record["cost_nanos"], &record["price_source"]), (&COST.into(), &"config".into()));
    }

    let csv = daemon.ctl_ok(&["usage", "export"]).await;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let read: Vec<BTreeMap<String, String>> = reader.deserialize().map(Result::unwrap).collect();
    assert_eq!(read.iter().map(|row| row["id"].as_str()).collect::<Vec<_>>(), order, "the oldest is first");
    assert!(read.iter().all(|row| row["cost_usd"] == "0.000008288" && row["status"] == "200"), "{csv}");
    let exported: Value =
        serde_json::from_str(&daemon.ctl_ok(&["usage", "export", "--format", "json"]).await).unwrap();
    assert_eq!(exported.as_array().unwrap(), listed);
}

#[tokio::test]
async fn filters_narrow_and_names_that_nobody_has_are_no_error() {
    let (_fake, daemon) = all_dialects().await;
    for asked in ASKS {
        ask(&daemon, asked, false).await;
    }
    recorded(&daemon, 3).await;
    let count = async |args: &[&str]| {
        let usage = daemon.ctl_json(&[&["usage", "--by", "total"], args].concat()).await;
        usage["total"]["requests"].as_u64().unwrap()
    };
    for (args, wanted) in [
        (&["--model", "*-X"][..], 3),
        (&["--model", "gpt-?"], 1),
        (&["--endpoint", "chat-1"], 1),
        (&["--group", "chat", "--model", "claude*"], 0),
        (&["--endpoint", "nobody"], 0),
        (&["--client", "nobody"], 0),
        (&["--since", "1h"], 3),
        (&["--since", "2020-01-01", "--until", "2020-01-02"], 0),
    ] {
        assert_eq!(count(args).await, wanted, "{args:?}");
    }
    assert_eq!(daemon.ctl_ok(&["requests", "--endpoint", "nobody"]).await, "no requests\n");
    let two = daemon.ctl_json(&["requests", "-n", "2"]).await;
    assert_eq!(two["requests"].as_array().unwrap().len(), 2);
    let wrong = daemon.ctl(&["usage", "--since", "soon"]).await;
    assert_eq!(wrong.status.code(), Some(2));
}

#[tokio::test]
async fn one_request_tells_its_attempts_and_failures_are_found() {
    let scene = Scene::followed_by(2, &PRICES.replace('*', "claude-*")).await;
    scene.a().once("/v1/messages", Answer::error(529, "overloaded_error", "later"));
    let reply = scene.message(false).await;
    let id = reply.header("x-request-id").unwrap().to_owned();
    scene.a_answers(Answer::error(400, "invalid_request_error", "no"));
    // Back to `a`, which rests after its 529.
    scene.daemon.ctl_ok(&["pin", "a"]).await;
    let bad = scene.message(false).await;
    recorded(&scene.daemon, 2).await;

    let one = scene.daemon.ctl_json(&["requests", &id]).await["request"].clone();
    let attempts = one["attempts"].as_array().unwrap();
    let told: Vec<_> =
        attempts.iter().map(|a| (a["endpoint"].as_str().unwrap(), a["status"].clone())).collect();
    assert_eq!(told, [("a", json!(529)), ("b", json!(200))], "{one}");
    assert_eq!((&attempts[0]["may_be_billed"], &attempts[1]["may_be_billed"]), (&false.into(), &true.into()));
    assert_eq!(attempts[1]["cost_nanos"], COST);
    let text = scene.daemon.ctl_ok(&["requests", &id]).await;
    assert!(text.contains("529") && text.contains(&id), "{text}");

    let failed = scene.daemon.ctl_json(&["requests", "--failed"]).await;
    let ids: Vec<_> = failed["requests"].as_array().unwrap().iter().map(|r| r["id"].clone()).collect();
    assert_eq!(ids, [bad.header("x-request-id").unwrap_or_default()], "{failed}");
    let unknown = scene.daemon.ctl(&["requests", "req-00000000"]).await;
    assert_eq!(unknown.status.code(), Some(4));
}

#[tokio::test]
async fn following_tells_each_new_request_once() {
    let scene = Scene::of(1).await;
    scene.message(false).await;
    recorded(&scene.daemon, 1).await;
    let mut child = scene.daemon.home.zephyrctl(&["requests", "-f", "--json"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = async || {
        let line = within("a line", lines.next_line()).await.unwrap().unwrap();
        let read: Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&read["schema"], &read["kind"]), (&1.into(), &"request".into()), "{read}");
        read["value"]["id"].clone()
    };
    let first = next().await;
    let mut told = Vec::new();
    for stream in [false, true] {
        let reply = scene.message(stream).await;
        told.push((next().await, reply.header("x-request-id").unwrap().to_owned()));
    }
    assert!(told.iter().all(|(told, real)| told == real && told != &first), "{told:?}");
    child.start_kill().unwrap();
    child.wait().await.unwrap();
}

#[tokio::test]
async fn the_status_tells_what_was_spent_and_how_near_the_budget_is() {
    let budget = "[[budgets]]\nperiod = \"day\"\nlimit_usd = 2\n";
    let prices = "[[prices]]\nmodel = \"claude-*\"\ninput = 1.0\noutput = 1.0\n";
    let scene = Scene::followed_by(1, &format!("{prices}{budget}")).await;
    let mut dear = anthropic::message("claude-opus-5-5", None);
    dear["usage"] = json!({"input_tokens": 1_800_000, "output_tokens": 0});
    scene.a_answers(Answer::json(200, dear));
    scene.message(false).await;
    let money = until("the money", || async {
        let money = scene.daemon.ctl_json(&["status"]).await["money"].clone();
        (money["today"]["requests"] == 1).then_some(money)
    })
    .await;
    assert_eq!((&money["today"]["cost_usd"], &money["records"]["state"]), (&"1.80".into(), &"ok".into()));
    let told = &money["budgets"][0];
    assert_eq!(
        (&told["share"], &told["warn"], &told["over"]),
        (&0.9.into(), &true.into(), &false.into()),
        "{told}"
    );
    let text = scene.daemon.ctl_ok(&["status"]).await;
    assert!(text.contains("1 request, $1.80 (budget: 90 % of $2.00, until midnight)"), "{text}");
    assert!(text.contains("90 % of the budget of $2.00 a day is spent"), "{text}");
}

#[tokio::test]
async fn other_users_may_not_read_requests_or_money() {
    let scene = Scene::of(1).await;
    scene.message(false).await;
    recorded(&scene.daemon, 1).await;
    let Some(status) = as_nobody(&scene, &["status", "--json"]).await else { return };
    let told: Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!((&told["state"], &told["money"]), (&"ok".into(), &Value::Null));
    for args in
        [&["usage"][..], &["usage", "export"], &["requests"], &["requests", "-f"], &["requests", "req-1"]]
    {
        let output = as_nobody(&scene, args).await.unwrap();
        assert_eq!(output.status.code(), Some(5), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}
