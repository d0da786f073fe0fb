//! Nothing secret comes out over HTTP: every path of the API's own document and every page is asked after good and bad turns,
//! and what it answers is searched for canaries.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use zephyr_tests::client::{Client, request};
use zephyr_tests::daemon::{Daemon, Home, JSON};
use zephyr_tests::scene::{fakes, urls};
use zephyr_tests::{Answer, until};

use crate::canary::search;

const KEY_OF_A: &str = "sk-canary-KEY-of-a-2b7e";
const KEY_OF_B: &str = "sk-canary-KEY-of-b-9d41";
const HEADER: &str = "canary-HEADER-value-0c55";
const PROXY: &str = "canary-PROXY-password-77f0";
const TOKEN: &str = "zt-canary-TOKEN-5ca1ab1e-5ca1ab1e";
const CLIENT_KEY: &str = "sk-canary-CLIENT-key-e19c";
const PROMPT: &str = "canary-PROMPT-tell-no-one-31d8";
const ANSWER: &str = "canary-ANSWER-tell-no-one-86aa";

/// Everything that a GET of `path` answers, head included; of a stream, what comes at once.
async fn told(daemon: &Daemon, path: &str, headers: &[(&str, &str)]) -> String {
    let mut client = Client::connect(daemon.web().await).await;
    client.send(&request("GET", path, headers, b"")).await;
    let head = client.head().await;
    let mut all = format!("{head:?}\n");
    if head.header("content-type").is_some_and(|kind| kind.starts_with("text/event-stream")) {
        while let Ok(Ok(piece)) = tokio::time::timeout(Duration::from_millis(300), client.piece()).await {
            all.push_str(&String::from_utf8_lossy(&piece));
        }
        assert!(all.contains("event:"), "{path} told nothing: {all}");
    } else {
        all.push_str(&String::from_utf8_lossy(&client.rest().await.0));
    }
    all
}

/// Every path of the document that answers a GET, with the names of this scene in it.
async fn paths(daemon: &Daemon, id: &str) -> Vec<String> {
    let document = daemon.ask_web("GET", "/api/v1/openapi.json", &[], b"").await.json();
    let all = document["paths"].as_object().expect("paths");
    let gets = all.iter().filter(|(_, item)| item.get("get").is_some());
    gets.map(|(path, item)| {
        path.split('/')
            .map(|part| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                None => part.to_owned(),
                Some("id" | "request") => id.to_owned(),
                Some("name") => "a".to_owned(),
                Some(other) => choice(item, other),
            })
            .collect::<Vec<_>>()
            .join("/")
    })
    .collect()
}

/// The first of the values that a parameter of the path may have.
fn choice(item: &Value, name: &str) -> String {
    let parameters = item["get"]["parameters"].as_array().expect("parameters");
    let it = parameters.iter().find(|p| p["name"] == name).unwrap_or_else(|| panic!("no parameter {name}"));
    it["schema"]["enum"][0].as_str().unwrap_or("x").to_owned()
}

/// The pages that links lead to from the first one.
async fn pages(daemon: &Daemon) -> BTreeSet<String> {
    let first = daemon.ask_web("GET", "/", &[], b"").await.text();
    let links = first.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    links.filter(|link| link.starts_with('/') && !link.starts_with("/assets")).map(str::to_owned).collect()
}

#[tokio::test]
async fn no_path_of_the_api_and_no_page_tells_a_secret_a_prompt_or_an_answer() {
    let fakes = fakes(2).await;
    let list = urls(&fakes);
    let text = format!(
        "[log]\nlevel = \"debug\"\n[health_check]\nenabled = false\n[selection]\nstrategy = \"priority\"\n\
         [[clients]]\nname = \"ann\"\ntoken = \"{TOKEN}\"\npaths = [\"/*\"]\n\
         [[groups]]\nname = \"g1\"\npriority = 1\ndefault = true\nauth = {{ bearer = {{ env = \"KEY_OF_A\" }} }}\n\
         headers = {{ x-extra-token = \"{HEADER}\" }}\nendpoints = [{{ url = \"{}\", name = \"a\" }}]\n\
         [[groups]]\nname = \"g2\"\npriority = 2\nauth = {{ x_api_key = \"{KEY_OF_B}\" }}\n\
         endpoints = [{{ url = \"{}\", name = \"b\" }}, {{ url = \"http://127.0.0.1:9\", name = \"c\", proxy = \"http://u:{PROXY}@127.0.0.1:9\" }}]\n",
        list[0], list[1]
    );
    let daemon = Home::new(&text).env("KEY_OF_A", KEY_OF_A).start().await;
    // What an endpoint says about an error is told; our key in it is not.
    let said = |key: &str| format!("no, and your key was {key}");
    let answers = |key: &str| {
        let said = said(key);
        [
            Answer::json(
                200,
                json!({"type": "message", "model": "m-1", "content": [{"type": "text", "text": ANSWER}]}),
            ),
            Answer::error(401, "authentication_error", &said),
            Answer::error(529, "overloaded_error", &said),
            Answer::text(503, "text/html", &format!("<html>{ANSWER} {said}</html>")),
        ]
    };
    let body = json!({"model": "m", "max_tokens": 9, "system": PROMPT, "messages": [{"role": "user", "content": PROMPT}]});
    let headers = [JSON[0], ("x-zephyr-token", TOKEN), ("x-api-key", CLIENT_KEY)];
    let mut id = String::new();
    for (a, b) in answers(KEY_OF_A).into_iter().zip(answers(KEY_OF_B)) {
        fakes[0].always(a);
        fakes[1].always(b);
        let reply = daemon.ask("POST", "/v1/messages", &headers, body.to_string().as_bytes()).await;
        reply.header("x-request-id").expect("an id").clone_into(&mut id);
        for name in ["a", "b"] {
            daemon.ctl(&["test", name]).await;
        }
    }
    daemon.ask("POST", "/v1/messages", &[("x-zephyr-token", "zt-wrong")], body.to_string().as_bytes()).await;
    let page = format!("/requests/{id}");
    until("the record", || async {
        (daemon.ask_web("GET", &page, &[], b"").await.status() == 200).then_some(())
    })
    .await;

    let admin = daemon.admin_token().await;
    let bearer = format!("Bearer {admin}");
    let secrets = [KEY_OF_A, KEY_OF_B, HEADER, PROXY, TOKEN, CLIENT_KEY, PROMPT, ANSWER, admin.as_str()];
    let mut asked = paths(&daemon, &id).await;
    assert!(asked.len() >= 10, "{asked:?}");
    let pages = pages(&daemon).await;
    asked.extend(pages);
    asked.extend(["/".to_owned(), page, "/login".to_owned(), "/nothing".to_owned()]);
    for path in asked {
        for headers in [&[][..], &[("authorization", bearer.as_str())]] {
            let all = told(&daemon, &path, headers).await;
            search(&path, &all, &secrets);
        }
    }
    for (path, body) in [
        ("/v1/switch-provider", "\"nobody\""),
        ("/v1/switch-provider", "\"a\""),
        ("/v1/health-check", ""),
        ("/providers/reload", ""),
    ] {
        let headers = [JSON[0], ("authorization", bearer.as_str())];
        let reply = daemon.ask_web("POST", path, &headers, body.as_bytes()).await;
        search(path, &format!("{:?}{}", reply.head, reply.text()), &secrets);
    }
    // A config that is wrong in and around its secrets.
    let bad = text.replace("x_api_key =", "x_api_kee =").replace("token = ", "tokn = ");
    daemon.home.write(&bad);
    let headers = [("authorization", bearer.as_str())];
    let reply = daemon.ask_web("POST", "/providers/reload", &headers, b"").await;
    assert_eq!(reply.status(), 400, "{}", reply.text());
    search("the errors of a config", &reply.text(), &secrets);
}
