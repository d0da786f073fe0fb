//! Nothing secret comes out: a run with canary keys, prompts and answers through good and bad turns, after which
//! every output (log, errors, CLI, control plane, state) is searched for them, plain and encoded.

use std::path::Path;

use base64::Engine as _;
use serde_json::json;
use zephyr_tests::daemon::{Home, JSON};
use zephyr_tests::fake::{At, How};
use zephyr_tests::scene::{fakes, urls};
use zephyr_tests::{Answer, Scene};

const KEY_OF_A: &str = "sk-canary-KEY-of-a-7f3d\"&<x";
const KEY_OF_B: &str = "sk-canary-KEY-of-b-91ce";
const CLIENT_KEY: &str = "sk-canary-CLIENT-key-55aa";
const TOKEN: &str = "zt-canary-TOKEN-0badcafe-0badcafe";
const PROMPT: &str = "canary-PROMPT-tell-no-one-c4f1";
const ANSWER: &str = "canary-ANSWER-tell-no-one-d09b";

/// The forms in which a secret could come out.
fn forms(secret: &str) -> Vec<String> {
    let percent: String = secret.bytes().map(|b| format!("%{b:02X}")).collect();
    let escaped: String = secret
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-_.~".contains(c) {
                c.to_string()
            } else {
                format!("%{:02X}", c as u32)
            }
        })
        .collect();
    let mut forms =
        vec![secret.to_owned(), percent, escaped, json!(secret).to_string().trim_matches('"').to_owned()];
    // Base64 of it at any offset of a longer text: the middle is the same.
    for before in ["", "a", "ab", "Bearer ", "user:"] {
        let encoded = base64::engine::general_purpose::STANDARD_NO_PAD.encode(format!("{before}{secret}"));
        let skip = before.len().div_ceil(3) * 4;
        forms.push(encoded[skip..encoded.len() - 4].to_owned());
    }
    let debug: Vec<String> = secret.bytes().map(|b| b.to_string()).collect();
    forms.push(debug.join(", "));
    // A beginning that is long enough to be of use to a thief.
    forms.push(secret[..14].to_owned());
    forms
}

/// Panics if `output` holds any of `secrets` in any form.
pub(crate) fn search(what: &str, output: &str, secrets: &[&str]) {
    for secret in secrets {
        for form in forms(secret) {
            if let Some(at) = output.find(&form) {
                let from = output[..at].rfind('\n').map_or(0, |n| n + 1);
                let line = output[from..].lines().next().unwrap_or_default();
                panic!("{what} holds `{form}` (of {secret}): {line}");
            }
        }
    }
}

fn files(dir: &Path, out: &mut String) {
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            files(&path, out);
        } else if entry.file_type().unwrap().is_file() {
            out.push_str(&String::from_utf8_lossy(&std::fs::read(&path).unwrap()));
        }
    }
}

#[tokio::test]
async fn no_secret_prompt_or_answer_comes_out_anywhere() {
    let fakes = fakes(2).await;
    let list = urls(&fakes);
    let text = format!(
        "[log]\nlevel = \"trace\"\n[health_check]\nkind = \"messages\"\ninterval_seconds = 3600\n\
         [selection]\nstrategy = \"priority\"\n[[clients]]\nname = \"ann\"\ntoken = \"{TOKEN}\"\npaths = [\"/*\"]\n\
         [[groups]]\nname = \"g1\"\npriority = 1\ndefault = true\nauth = {{ bearer = {{ env = \"KEY_OF_A\" }} }}\n\
         endpoints = [{{ url = \"{}\", name = \"a\" }}]\n\
         [[groups]]\nname = \"g2\"\npriority = 2\nauth = {{ x_api_key = \"{KEY_OF_B}\" }}\n\
         endpoints = [{{ url = \"{}\", name = \"b\" }}]\n",
        list[0], list[1]
    );
    let daemon = Home::new(&text).env("KEY_OF_A", KEY_OF_A).start().await;
    let keys = [KEY_OF_A, KEY_OF_B, CLIENT_KEY, TOKEN];
    let body = |stream: bool| {
        json!({"model": "m", "max_tokens": 9, "stream": stream, "system": PROMPT,
            "messages": [{"role": "user", "content": PROMPT}]})
        .to_string()
    };
    let headers = [
        ("content-type", "application/json"),
        ("x-zephyr-token", TOKEN),
        ("authorization", &format!("Bearer {CLIENT_KEY}")),
        ("x-api-key", CLIENT_KEY),
    ];
    // What an endpoint says about an error is told; our key in it is not.
    let said = |key: &str| format!("no, and your key was {key}");
    let answers = |key: &str| {
        let said = said(key);
        vec![
            Answer::json(
                200,
                json!({"type": "message", "model": "m-1", "content": [{"type": "text", "text": ANSWER}]}),
            ),
            Answer::error(400, "invalid_request_error", &said),
            Answer::error(401, "authentication_error", &said),
            Answer::error(429, "rate_limit_error", &said).header("retry-after", "1"),
            Answer::error(500, "api_error", &said),
            Answer::error(529, "overloaded_error", &said),
            Answer::text(503, "text/html", &format!("<html>{ANSWER} {said}</html>")),
            Answer::text(200, "text/html", &format!("<html>{ANSWER} {said}</html>")),
            Answer::text(
                200,
                "text/event-stream",
                &format!("event: error\ndata: {{\"oops\":\"{ANSWER}\"}}\n\n"),
            ),
            Answer::text(200, "text/event-stream", &format!("data: {ANSWER}\n\n"))
                .stop(At::Body(8), How::Reset),
            Answer::realistic().stop(At::Head, How::Reset),
            Answer::raw(format!("{ANSWER} is no HTTP\r\n\r\n")),
        ]
    };
    for (a, b) in answers(KEY_OF_A).into_iter().zip(answers(KEY_OF_B)) {
        for stream in [false, true] {
            fakes[0].on("/v1/messages", a.clone());
            fakes[1].on("/v1/messages", b.clone());
            let reply = daemon.ask("POST", "/v1/messages", &headers, body(stream).as_bytes()).await;
            let mut shown = format!("{:?}", reply.head);
            if !(reply.status() == 200 || reply.status() == 400) {
                // An error of ours may not quote the upstream.
                shown.push_str(&reply.text());
            }
            search("an answer", &shown, &[&keys[..], &[PROMPT, ANSWER]].concat());
        }
        // So that the next answer is looked at, not refused at once.
        for name in ["a", "b"] {
            daemon.ctl(&["check", name]).await;
            daemon.ctl(&["test", name]).await;
        }
    }
    for (name, value) in
        [("x-zephyr-token", format!("{TOKEN}x")), ("authorization", format!("Bearer {CLIENT_KEY}"))]
    {
        let reply = daemon.ask("POST", "/v1/messages", &[(name, &value)], body(false).as_bytes()).await;
        assert_eq!(reply.status(), 401);
        search("a refusal", &format!("{:?}{}", reply.head, reply.text()), &keys);
    }
    let query = format!("/v1/files?key={CLIENT_KEY}&q={PROMPT}");
    daemon.ask("GET", &query, &headers, b"").await;
    daemon
        .ask("POST", "/v1/messages", &[("x-api-key", TOKEN)], format!("{{\"model\": {PROMPT}").as_bytes())
        .await;
    daemon.ask("POST", &format!("/{PROMPT}"), &[("bad header", CLIENT_KEY)], b"").await;

    let mut printed = String::new();
    for args in [
        &["status"][..],
        &["status", "--json"],
        &["list", "--json"],
        &["show", "a"],
        &["show", "b", "--json"],
        &["check"],
        &["check", "--json"],
        &["config", "show"],
        &["config", "show", "--effective"],
        &["config", "show", "--json"],
        &["env", "claude"],
        &["version", "--json"],
        &["config", "check"],
        &["usage", "--by", "model"],
        &["usage", "--json"],
        &["usage", "export", "--format", "json"],
        &["requests", "--all"],
        &["requests", "--all", "--json"],
    ] {
        let output = daemon.ctl(args).await;
        printed.push_str(&String::from_utf8_lossy(&output.stdout));
        printed.push_str(&String::from_utf8_lossy(&output.stderr));
    }
    let status = format!("{:?}", daemon.status().await);
    let all = [&keys[..], &[PROMPT, ANSWER]].concat();
    search("zephyrctl", &printed, &all);
    search("the status", &status, &all);

    // A config that is wrong in and around its secrets.
    let bad = text
        .replace("x_api_key =", "x_api_kee =")
        .replace("token = ", "tokn = ")
        .replace("[selection]", "[selectoin]\nauth = \"sk-canary-KEY-of-b-91ce\"\n[selection]");
    daemon.home.write(&bad);
    let output = daemon.ctl(&["reload"]).await;
    let checked = daemon.home.output(daemon.home.zephyrd(&["check"])).await;
    assert_eq!((output.status.code(), checked.status.code()), (Some(6), Some(78)));
    for output in [output, checked] {
        let told =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        search("the errors of a config", &told, &all);
    }
    daemon.signal("HUP").await;
    daemon.until_said("x_api_kee").await;
    let log = daemon.said();
    let home = daemon.stop().await;
    assert!(log.lines().count() > 20, "the log was looked at: {log}");
    search("the log", &log, &all);
    let mut state = String::new();
    files(&home.path().join("state"), &mut state);
    assert!(!state.is_empty());
    search("the state directory", &state, &all);
}

#[tokio::test]
async fn keys_are_neither_in_argv_nor_in_a_core_dump() {
    let scene = Scene::of(1).await;
    let proc = format!("/proc/{}", scene.daemon.pid());
    let argv = std::fs::read_to_string(format!("{proc}/cmdline")).unwrap();
    assert!(!argv.contains("sk-own"));
    let limits = std::fs::read_to_string(format!("{proc}/limits")).unwrap();
    let core = limits.lines().find(|l| l.starts_with("Max core file size")).unwrap();
    let undumpable = rustix::process::geteuid().is_root() || std::fs::read(format!("{proc}/mem")).is_err();
    assert!(core.split_whitespace().nth(4) == Some("0") && undumpable, "{core}");
}

#[tokio::test]
async fn a_key_file_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new(
        "[[groups]]\nname = \"g\"\nauth = { bearer = { env = \"WIDE_KEY\" } }\n\
         endpoints = [{ url = \"http://127.0.0.1:9\", name = \"a\" }]\n",
    );
    let keys = home.config().with_file_name("zephyrd.env");
    std::fs::write(&keys, "WIDE_KEY=sk-canary-wide-key\n").unwrap();
    for mode in [0o644, 0o640, 0o604] {
        std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(mode)).unwrap();
        let output = home.output(home.zephyrd(&["check"])).await;
        let said =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(78), "{mode:o}: {said}");
        assert!(said.contains("zephyrd.env") && said.contains("600"), "{said}");
        search("the error", &said, &["sk-canary-wide-key"]);
    }
    std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert!(home.output(home.zephyrd(&["check"])).await.status.success());
}

#[tokio::test]
async fn one_line_per_request_finds_it_again() {
    let scene = Scene::edited(1, |c| format!("[log]\nformat = \"json\"\n{c}")).await;
    let reply =
        scene.daemon.ask("POST", "/v1/messages", &JSON, zephyr_tests::daemon::message(true).as_bytes()).await;
    let id = reply.header("x-request-id").unwrap().to_owned();
    scene.daemon.until_said(&id).await;
    let log = scene.daemon.said();
    let lines: Vec<&str> = log.lines().filter(|l| l.contains(&id)).collect();
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line: serde_json::Value =
        serde_json::from_str(lines[0]).unwrap_or_else(|e| panic!("{e}: {}", lines[0]));
    let text = line.to_string();
    for part in ["\"a\"", "200"] {
        assert!(text.contains(part), "{text}");
    }
}
