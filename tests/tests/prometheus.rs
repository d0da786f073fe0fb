//! The answer of `/metrics`, the packaged dashboard and alerts, judged by `promtool`, which must be installed: the section
//! `metrics` of `tests/run` sees to it.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use zephyr_tests::client::Reply;
use zephyr_tests::daemon::{Daemon, JSON};
use zephyr_tests::{Answer, Scene, hostile, until};

/// How metrics begin: ours, those of earlier gateways, and the process' own.
const PREFIXES: [&str; 3] = ["zephyr_", "endpoint_forwarder_", "process_"];

fn promtool(args: &[&str], input: &str) -> Output {
    let mut command = Command::new("promtool");
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("promtool, of the Debian package prometheus");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// What `promtool check metrics` has to say about `text`, one line each; panics where it cannot read it.
fn lints(text: &str) -> Vec<String> {
    let output = promtool(&["check", "metrics"], text);
    let said =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}: {said}", output.status);
    said.lines().map(str::to_owned).collect()
}

async fn metrics(daemon: &Daemon) -> String {
    let reply: Reply = daemon.ask("GET", "/metrics", &[], b"").await;
    assert_eq!(reply.status(), 200, "{}", reply.text());
    reply.text()
}

/// The metrics of a daemon that has met everything there are metrics for.
async fn lived() -> String {
    let budget = "[[budgets]]\nperiod = \"day\"\nlimit_usd = 100\n";
    let scene = Scene::followed_by(2, budget).await;
    scene
        .a()
        .once("/v1/messages", Answer::error(429, "rate_limit_error", "later").header("retry-after", "3600"));
    assert_eq!(scene.message(true).await.header("x-used-endpoint"), Some("b"));
    scene.message(false).await;
    until("both requests to be counted", || async {
        let text = metrics(&scene.daemon).await;
        let counted =
            text.lines().filter(|l| l.starts_with("zephyr_requests_total{") && l.contains("\"ok\""));
        counted
            .map(|l| l.rsplit(' ').next().unwrap().parse::<u32>().unwrap())
            .sum::<u32>()
            .eq(&2)
            .then_some(text)
    })
    .await
}

/// Names of metrics in an expression or a document.
fn names(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|w| PREFIXES.iter().any(|p| w.starts_with(p))).map(str::to_owned).collect()
}

fn packaged(path: &str) -> String {
    std::fs::read_to_string(format!("{}/../packaging/{path}", env!("CARGO_MANIFEST_DIR"))).expect(path)
}

fn dashboard() -> Value {
    serde_json::from_str(&packaged("grafana/zephyr.json")).expect("the dashboard")
}

#[tokio::test]
async fn promtool_finds_nothing_but_the_names_of_earlier_gateways() {
    let text = lived().await;
    let left: Vec<String> =
        lints(&text).into_iter().filter(|line| !line.starts_with("endpoint_forwarder_")).collect();
    assert!(left.is_empty(), "{left:#?}");
}

#[tokio::test]
async fn hostile_names_of_endpoints_and_models_stay_in_their_labels() {
    let names = hostile::names();
    let scene = Scene::edited(1, |config| {
        let endpoints: Vec<String> = names
            .iter()
            .map(|name| {
                format!(
                    "{{ url = \"http://127.0.0.1:9/{}\", name = {}, priority = 9 }}",
                    name.len(),
                    json!(name)
                )
            })
            .collect();
        config.replace("endpoints = [", &format!("endpoints = [{}, ", endpoints.join(", ")))
    })
    .await;
    let models = hostile::all();
    for model in &models {
        let body = json!({"model": model, "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]});
        scene.daemon.ask("POST", "/v1/messages", &JSON, body.to_string().as_bytes()).await;
    }
    let text = metrics(&scene.daemon).await;
    lints(&text);
    let series: Vec<&str> = text.lines().filter(|l| !l.starts_with('#')).collect();
    let unique: BTreeSet<&str> = series.iter().map(|l| l.rsplit_once(' ').unwrap().0).collect();
    assert_eq!(unique.len(), series.len(), "a series is told twice");
    let states = series.iter().filter(|l| l.starts_with("zephyr_endpoint_paused{")).count();
    assert_eq!(states, names.len() + 1);
    assert!(series.iter().all(|l| PREFIXES.iter().any(|p| l.starts_with(p))), "a label has begun a line");
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
}

#[tokio::test]
async fn every_metric_of_the_dashboard_and_the_alerts_is_there() {
    let text = lived().await;
    let told: BTreeSet<String> = text
        .lines()
        .filter(|l| !l.starts_with('#'))
        .flat_map(|l| names(l.split(['{', ' ']).next().unwrap()))
        .collect();
    let expressions: String = targets(&dashboard()).join("\n");
    // File names are no metrics.
    let alerts = packaged("prometheus/zephyr-alerts.yml").replace("zephyr-alerts", "");
    for document in [expressions, alerts] {
        let wanted = names(&document);
        assert!(wanted.len() > 8, "{wanted:?}");
        let missing: Vec<_> = wanted.difference(&told).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}

/// All expressions of the dashboard.
fn targets(dashboard: &Value) -> Vec<String> {
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().unwrap());
    targets.map(|target| target["expr"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn promtool_takes_every_expression_of_the_dashboard() {
    let mut rules = String::from("groups:\n- name: dashboard\n  rules:\n");
    for (n, expr) in targets(&dashboard()).iter().enumerate() {
        let expr = expr.replace("$__rate_interval", "5m");
        writeln!(rules, "  - record: n{n}\n    expr: {}", json!(expr)).unwrap();
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), rules).unwrap();
    let output = promtool(&["check", "rules", file.path().to_str().unwrap()], "");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_dashboard_has_what_grafana_wants_of_one() {
    let dashboard = dashboard();
    assert!(
        dashboard["id"].is_null() && dashboard["schemaVersion"].as_u64() >= Some(36),
        "an import has no number"
    );
    assert!(dashboard["uid"].as_str().is_some_and(|uid| uid.len() <= 40));
    let variables: BTreeSet<&str> = dashboard["templating"]["list"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["name"].as_str().unwrap())
        .collect();
    let mut ids = BTreeSet::new();
    let mut taken = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{panel}");
        assert!(matches!(panel["type"].as_str(), Some("stat" | "timeseries" | "state-timeline")), "{panel}");
        assert!(!panel["title"].as_str().unwrap().is_empty() && panel["options"].is_object());
        let [x, y, w, h] = ["x", "y", "w", "h"].map(|k| panel["gridPos"][k].as_u64().unwrap());
        assert!(x + w <= 24, "{panel}");
        for cell in (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))) {
            assert!(taken.insert(cell), "two panels at {cell:?}");
        }
        let refs: BTreeSet<&str> =
            panel["targets"].as_array().unwrap().iter().map(|t| t["refId"].as_str().unwrap()).collect();
        assert_eq!(refs.len(), panel["targets"].as_array().unwrap().len());
        assert_eq!(panel["datasource"]["uid"], "${datasource}");
        for expr in targets(&json!({"panels": [panel]})) {
            for variable in expr.split('$').skip(1) {
                let name: String =
                    variable.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                assert!(name == "__rate_interval" || variables.contains(name.as_str()), "{expr}");
            }
        }
    }
}
