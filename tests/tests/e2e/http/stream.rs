//! The stream of events as a browser reads it: first the state, then changes; resuming; restarts; nothing secret.

use serde_json::Value;
use zephyr_proto::v1;
use zephyr_proto::v1::web_service_client::WebServiceClient;
use zephyr_tests::client::{Client, request};
use zephyr_tests::{Answer, Daemon, Scene, within};

/// One who watches.
struct Watching {
    client: Client,
    text: String,
    /// Everything that came.
    all: String,
}

/// One event.
#[derive(Debug, Clone)]
struct Event {
    id: String,
    name: String,
    data: Value,
}

impl Watching {
    async fn begin(daemon: &Daemon, query: &str, headers: &[(&str, &str)]) -> Self {
        let mut client = Client::connect(daemon.web().await).await;
        client.send(&request("GET", &format!("/api/v1/stream{query}"), headers, b"")).await;
        let head = client.head().await;
        assert_eq!((head.status, head.header("content-type")), (200, Some("text/event-stream")));
        Self { client, text: String::new(), all: String::new() }
    }

    /// The next event; `None` when the stream has ended.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let frame = self.text[..end].to_owned();
                self.text.drain(..end + 2);
                let of = |field: &str| {
                    let found = frame.lines().find_map(|line| line.strip_prefix(field));
                    found.unwrap_or_default().to_owned()
                };
                if frame.contains("event: ") {
                    let data = serde_json::from_str(&of("data: ")).unwrap_or_else(|e| panic!("{e}: {frame}"));
                    return Some(Event { id: of("id: "), name: of("event: "), data });
                }
                continue;
            }
            let piece = self.client.piece().await.ok()?;
            let piece = String::from_utf8(piece.to_vec()).expect("UTF-8");
            self.all.push_str(&piece);
            self.text.push_str(&piece);
        }
    }

    /// Reads until `check` finds something in an event of this name.
    async fn until<T>(&mut self, name: &str, check: impl Fn(&Value) -> Option<T>) -> (Event, T) {
        let found = async {
            loop {
                let event = self.next().await.expect("more of the stream");
                if event.name == name
                    && let Some(found) = check(&event.data)
                {
                    return (event, found);
                }
            }
        };
        within(&format!("what is told by `{name}`"), found).await
    }
}

/// The row of a request in a `request` event, by its id.
fn row(data: &Value, id: &str) -> Option<Value> {
    data["requests"].as_array()?.iter().find(|row| row["id"] == id).cloned()
}

fn id(reply: &zephyr_tests::client::Reply) -> String {
    reply.header("x-request-id").expect("an id").to_owned()
}

#[tokio::test]
async fn first_comes_the_whole_state_and_then_a_failover_as_it_happens() {
    let scene = Scene::of(2).await;
    let mut watching = Watching::begin(&scene.daemon, "?client_id=a%0Abrowser", &[]).await;
    let mut first = Vec::new();
    while first.last().is_none_or(|event: &Event| event.name != "log") {
        first.push(watching.next().await.expect("the state"));
    }
    let names: Vec<&str> = first.iter().map(|event| event.name.as_str()).take(5).collect();
    assert_eq!(names, ["status", "endpoint", "group", "connection", "suspended"]);
    assert_eq!(first[0].data["serving"][0]["current"], "a");
    assert_eq!(first[1].data["endpoints"].as_array().map(Vec::len), Some(2));
    scene.a_answers(Answer { status: 503, ..Answer::realistic() });
    let reply = scene.message(false).await;
    assert_eq!(reply.header("x-used-endpoint"), Some("b"));
    let asked = id(&reply);
    let (_, told) = watching.until("request", |data| row(data, &asked)).await;
    assert_eq!((&told["endpoint"], &told["attempts"]), (&"b".into(), &2.into()));
    let failed = |data: &Value| {
        let a = data["endpoints"].as_array()?.iter().find(|e| e["name"] == "a")?;
        a["failures"].as_u64().filter(|n| *n > 0)
    };
    let mut other = Watching::begin(&scene.daemon, "?events=endpoint", &[]).await;
    other.until("endpoint", failed).await;
}

#[tokio::test]
async fn only_what_is_asked_for_comes() {
    let scene = Scene::of(1).await;
    let mut watching = Watching::begin(&scene.daemon, "?events=request,suspended", &[]).await;
    let asked = id(&scene.message(true).await);
    let mut names = Vec::new();
    let seen = async {
        loop {
            let event = watching.next().await.expect("more of the stream");
            names.push(event.name.clone());
            if row(&event.data, &asked).is_some() {
                return;
            }
        }
    };
    within("the request", seen).await;
    assert!(names.iter().all(|name| name == "request" || name == "suspended"), "{names:?}");
    let refused = scene.daemon.ask_web("GET", "/api/v1/stream?events=requests", &[], b"").await;
    assert_eq!(refused.status(), 400, "{}", refused.text());
    assert!(refused.text().contains("`requests`"), "{}", refused.text());
}

#[tokio::test]
async fn who_comes_back_misses_nothing_and_a_restart_begins_anew() {
    let scene = Scene::of(1).await;
    let mut stays = Watching::begin(&scene.daemon, "?events=request", &[]).await;
    let mut leaves = Watching::begin(&scene.daemon, "?events=request", &[]).await;
    stays.next().await.expect("the state");
    let known = leaves.next().await.expect("the state").id;
    drop(leaves);
    let mut expected = Vec::new();
    for _ in 0..3 {
        let asked = id(&scene.message(false).await);
        let (event, _) = stays.until("request", |data| row(data, &asked)).await;
        expected.push((event.id, asked));
    }
    let mut back = Watching::begin(&scene.daemon, "?events=request", &[("last-event-id", &known)]).await;
    let mut ids = Vec::new();
    for (event_id, asked) in &expected {
        let event = within("what was missed", back.next()).await.expect("what was missed");
        assert!(row(&event.data, asked).is_some(), "{event:?}");
        assert_eq!(&event.id, event_id);
        ids.push(event.id);
    }
    let last = ids.pop().expect("three of them");

    let home = scene.daemon.stop().await;
    assert!(within("the end of the stream", back.next()).await.is_none());
    let daemon = home.start().await;
    let mut anew = Watching::begin(&daemon, "?events=request", &[("last-event-id", &last)]).await;
    let first = within("the state", anew.next()).await.expect("the state");
    let epoch = |id: &str| id.rsplit_once('-').map(|(epoch, _)| epoch.to_owned());
    assert_ne!(epoch(&first.id), epoch(&last));
    assert!(row(&first.data, &expected[2].1).is_some(), "records outlive the daemon: {first:?}");
}

#[tokio::test]
async fn nothing_secret_is_in_any_event() {
    let scene = Scene::of(1).await;
    let mut watching = Watching::begin(&scene.daemon, "", &[]).await;
    let body = r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"prompt-canary-77"}]}"#;
    let headers = [("content-type", "application/json"), ("authorization", "Bearer client-canary-55")];
    let reply = scene.daemon.ask("POST", "/v1/messages", &headers, body.as_bytes()).await;
    let asked = id(&reply);
    watching.until("request", |data| row(data, &asked)).await;
    for secret in ["sk-own-credential", "client-canary-55", "prompt-canary-77"] {
        assert!(!watching.all.contains(secret), "{secret} in {}", watching.all);
    }
    assert!(watching.all.contains(&asked));
}

#[tokio::test]
async fn whoever_must_log_in_is_refused_and_one_who_has_is_cut_off_when_logins_end() {
    let scene = Scene::edited(1, |config| {
        format!("{config}\n[web]\nlisten = [\"127.0.0.1:0\"]\nreads = \"login\"\n")
    })
    .await;
    let daemon = &scene.daemon;
    assert_eq!(daemon.ask_web("GET", "/api/v1/stream", &[], b"").await.status(), 401);
    let bearer = format!("Bearer {}", daemon.admin_token().await);
    let mut watching = Watching::begin(daemon, "?events=log", &[("authorization", &bearer)]).await;
    watching.next().await.expect("the state");
    let revoked = WebServiceClient::new(daemon.channel()).revoke_logins(v1::RevokeLoginsRequest {}).await;
    revoked.expect("all logins end");
    // What is told of it goes to nobody any more.
    assert!(within("the end of the stream", watching.next()).await.is_none());
}
