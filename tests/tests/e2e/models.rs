//! Lists of models: what a request of the client could reach, in its own dialect.

use serde_json::{Value, json};
use zephyr_tests::scene::{fakes, urls};
use zephyr_tests::{Answer, Daemon, Fake, Gate};

const ANTHROPIC: [(&str, &str); 2] = [("anthropic-version", "2023-06-01"), ("x-api-key", "of-the-client")];
const LIST: &str = "/v1/models";

/// Groups `claude` (Anthropic), `other` (Anthropic) and `gpt` (chat) of one endpoint each, with keys of their own, then
/// this text.
async fn three(text: &str) -> (Vec<Fake>, Daemon) {
    let fakes = fakes(3).await;
    let group = |name: &str, dialect: &str, url: &str| {
        format!(
            "[[groups]]\nname = \"{name}\"\ndialect = \"{dialect}\"\nauth = {{ bearer = \"key-of-{name}\" }}\n\
             endpoints = [{{ url = \"{url}\", name = \"{name}-1\" }}]\n"
        )
    };
    let urls = urls(&fakes);
    let groups = [("claude", "anthropic"), ("other", "anthropic"), ("gpt", "openai-chat")];
    let groups: String =
        groups.iter().zip(&urls).map(|((name, dialect), url)| group(name, dialect, url)).collect();
    fakes[0].on(LIST, list(&["claude-b", "claude-a"]));
    fakes[1].on(LIST, list(&["claude-b", "relay-x"]));
    fakes[2].on(LIST, list(&["gpt-1", "o-2"]));
    let daemon = Daemon::with(&format!("[health_check]\nenabled = false\n{groups}{text}")).await;
    (fakes, daemon)
}

fn list(ids: &[&str]) -> Answer {
    let data: Vec<Value> = ids.iter().map(|id| json!({"id": id, "object": "model", "created": 1})).collect();
    Answer::json(200, json!({"object": "list", "data": data}))
}

async fn ids(daemon: &Daemon, headers: &[(&str, &str)], target: &str) -> Vec<String> {
    let reply = daemon.ask("GET", target, headers, b"").await;
    assert_eq!(reply.status(), 200, "{}", reply.text());
    let data = reply.json()["data"].as_array().unwrap().clone();
    data.iter().map(|model| model["id"].as_str().unwrap().to_owned()).collect()
}

fn route(model: &str, to: &str, name: &str) -> String {
    format!("[[routes]]\nmodel = \"{model}\"\ntargets = [{{ group = \"{to}\", model = \"{name}\" }}]\n")
}

#[tokio::test]
async fn each_client_gets_what_endpoints_of_its_dialect_list() {
    let (fakes, daemon) = three("").await;
    assert_eq!(ids(&daemon, &ANTHROPIC, LIST).await, ["claude-a", "claude-b", "relay-x"]);
    assert!(fakes[2].seen().is_empty(), "nobody of another dialect is asked without a route");
    assert_eq!(ids(&daemon, &[("authorization", "Bearer x")], LIST).await, ["gpt-1", "o-2"]);
    let seen = fakes[0].seen();
    assert_eq!((seen.len(), seen[0].header("authorization")), (1, Some("Bearer key-of-claude")));
    assert_eq!(
        (seen[0].header("x-api-key"), seen[0].header("anthropic-version")),
        (None, Some("2023-06-01"))
    );
    for _ in 0..3 {
        ids(&daemon, &ANTHROPIC, "/v1/models?limit=1000").await;
    }
    assert_eq!(fakes[0].seen().len(), 1, "lists are kept");
}

#[tokio::test]
async fn pages_and_single_models_have_the_clients_shape() {
    let (_fakes, daemon) = three("").await;
    let page = daemon.ask("GET", "/v1/models?limit=2", &ANTHROPIC, b"").await.json();
    assert_eq!(
        (&page["has_more"], &page["first_id"], &page["last_id"]),
        (&json!(true), &json!("claude-a"), &json!("claude-b"))
    );
    assert_eq!(ids(&daemon, &ANTHROPIC, "/v1/models?limit=2&after_id=claude-b").await, ["relay-x"]);
    let one = daemon.ask("GET", "/v1/models/claude-a", &ANTHROPIC, b"").await.json();
    assert_eq!(
        one,
        json!({"type": "model", "id": "claude-a", "display_name": "claude-a", "created_at": "1970-01-01T00:00:01Z"})
    );
    let one = daemon.ask("GET", "/v1/models/gpt-1", &[("authorization", "Bearer x")], b"").await.json();
    assert_eq!((&one["object"], &one["created"]), (&json!("model"), &json!(1)));
    let none = daemon.ask("GET", "/v1/models/gpt-1", &ANTHROPIC, b"").await;
    assert_eq!((none.status(), &none.json()["error"]["type"]), (404, &json!("not_found_error")));
}

#[tokio::test]
async fn routes_add_their_names_and_what_they_lead_to() {
    let routes = [
        route("claude-gpt", "gpt", "gpt-1"),
        route("gpt-*", "gpt", "passthrough"),
        route("*-nothing", "gpt", "passthrough"),
    ];
    let (_fakes, daemon) = three(&routes.concat()).await;
    assert_eq!(
        ids(&daemon, &ANTHROPIC, LIST).await,
        ["claude-a", "claude-b", "claude-gpt", "gpt-1", "relay-x"]
    );
    assert_eq!(ids(&daemon, &[("authorization", "Bearer x")], LIST).await, ["claude-gpt", "gpt-1", "o-2"]);
}

#[tokio::test]
async fn whoever_fails_or_is_late_is_left_out_and_a_late_list_is_there_for_the_next() {
    let (fakes, daemon) = three("").await;
    fakes[0].on(LIST, Answer::text(302, "text/html", "elsewhere").header("location", "/login"));
    let gate = Gate::new(0);
    fakes[1].on(LIST, list(&["relay-x"]).head_gated(&gate));
    let listed = ids(&daemon, &ANTHROPIC, LIST).await;
    assert!(listed.is_empty(), "{listed:?}");
    gate.open();
    zephyr_tests::until("the late list", || async {
        (ids(&daemon, &ANTHROPIC, LIST).await == ["relay-x"]).then_some(())
    })
    .await;
    let endpoint = daemon.endpoint("claude-1").await;
    assert_eq!((endpoint.failures, endpoint.state.as_str()), (0, "unknown"), "health is not touched");
    assert_eq!(fakes[0].seen().len(), 1, "a failure is kept for a while");
}

#[tokio::test]
async fn a_reload_forgets_what_was_listed() {
    let (fakes, daemon) = three("").await;
    assert_eq!(ids(&daemon, &ANTHROPIC, LIST).await.len(), 3);
    fakes[0].on(LIST, list(&["claude-c"]));
    let config = std::fs::read_to_string(daemon.home.config()).unwrap();
    daemon.home.write(&format!("{config}{}", route("claude-z", "claude", "claude-c")));
    daemon.ctl_ok(&["reload"]).await;
    assert_eq!(ids(&daemon, &ANTHROPIC, LIST).await, ["claude-b", "claude-c", "claude-z", "relay-x"]);
}

#[tokio::test]
async fn a_login_that_is_passed_on_decides_what_it_may_see() {
    let fakes = fakes(1).await;
    let config = format!(
        "[health_check]\nenabled = false\n[[groups]]\nname = \"g\"\nauth = \"passthrough\"\n\
         endpoints = [{{ url = \"{}\", name = \"a\" }}]\n",
        urls(&fakes)[0]
    );
    let daemon = Daemon::with(&config).await;
    let reply = daemon.ask("GET", "/v1/models?limit=7", &ANTHROPIC, b"").await;
    assert_eq!((reply.status(), reply.header("x-used-endpoint")), (200, Some("a")));
    let seen = fakes[0].seen().pop().unwrap();
    assert_eq!(
        (seen.target.as_str(), seen.header("x-api-key")),
        ("/v1/models?limit=7", Some("of-the-client"))
    );

    // An OpenAI client's login is for nobody who speaks Anthropic's dialect.
    let foreign = Daemon::with(&format!("{config}{}", route("mine-too", "g", "theirs"))).await;
    assert_eq!(ids(&foreign, &[("authorization", "Bearer sk-openai")], LIST).await, ["mine-too"]);
    assert_eq!(fakes[0].seen().len(), 1);

    let routed = Daemon::with(&format!("{config}{}", route("mine", "g", "theirs"))).await;
    assert_eq!(ids(&routed, &ANTHROPIC, LIST).await, ["claude-haiku-5", "claude-opus-5-5", "mine"]);
    assert_eq!(fakes[0].seen().pop().unwrap().header("x-api-key"), Some("of-the-client"));
    assert_eq!(ids(&routed, &[("anthropic-version", "2023-06-01")], LIST).await, ["mine"]);
}
