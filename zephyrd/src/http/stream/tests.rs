//! The stream in memory, with a clock that stands still: first the state, then changes, pace, resuming, slow readers, ends.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, BodyDataStream};
use futures_util::{FutureExt, StreamExt};
use http::{Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt;
use tracing_subscriber::layer::SubscriberExt;
use zephyr_core::engine::Command;

use super::hub::{Hub, MOST_WATCHERS};
use super::ring::Most;
use crate::desk::Desk;
use crate::fixtures;
use crate::http::{Access, Room};
use crate::listen::Origin;

/// A desk, and the path of the stream on it.
struct Scene {
    desk: Desk,
    access: Access,
    router: Router,
    _dir: tempfile::TempDir,
    _orders: crate::engine_handle::Orders,
}

/// One event as it came.
#[derive(Debug)]
struct Event {
    id: String,
    name: String,
    data: Value,
}

impl Scene {
    fn new(kept: Most) -> Self {
        let plan = fixtures::plan(vec![fixtures::endpoint("a"), fixtures::endpoint("b")]);
        let (desk, orders) = fixtures::desk(plan);
        let dir = tempfile::tempdir().unwrap();
        let access = Access::open(dir.path()).unwrap();
        let room = Room { desk: desk.clone(), access: access.clone() };
        let (router, _) = super::routes_of(Hub::keeping(kept)).split_for_parts();
        Self { desk, access, router: router.with_state(room), _dir: dir, _orders: orders }
    }

    async fn ask(&self, query: &str, headers: &[(&str, &str)], local: &str) -> http::Response<Body> {
        let local: SocketAddr = local.parse().unwrap();
        let mut request =
            Request::get(format!("/api/v1/stream{query}")).extension(Origin { peer: local, local });
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    async fn watch(&self, query: &str, last: Option<&str>) -> Watching {
        let headers: Vec<_> = last.map(|id| ("last-event-id", id)).into_iter().collect();
        let response = self.ask(query, &headers, "127.0.0.1:8010").await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Watching(response.into_body().into_data_stream())
    }

    fn pause(&self, name: &str) {
        self.desk.handle.command(&Command::Pause(Some(name.to_owned()))).unwrap();
    }

    fn log(&self, text: &str) {
        let ring = tracing_subscriber::registry().with(self.desk.log.clone());
        tracing::subscriber::with_default(ring, || tracing::info!("{text}"));
    }
}

struct Watching(BodyDataStream);

impl Watching {
    /// The next bytes as text; `None` at the end.
    async fn text(&mut self) -> Option<String> {
        let bytes = self.0.next().await?.unwrap();
        Some(String::from_utf8(bytes.to_vec()).unwrap())
    }

    /// The next events; comments are skipped.
    async fn events(&mut self) -> Vec<Event> {
        loop {
            let text = self.text().await.expect("more of the stream");
            let events = parse(&text);
            if !events.is_empty() {
                return events;
            }
        }
    }
}

fn parse(text: &str) -> Vec<Event> {
    assert!(text.ends_with("\n\n"), "{text:?}");
    let frames = text.split_terminator("\n\n");
    let of = |frame: &str, field: &str| {
        let line = frame.lines().find_map(|line| line.strip_prefix(field));
        line.unwrap_or_default().to_owned()
    };
    let events = frames.filter(|frame| frame.contains("event: ")).map(|frame| Event {
        id: of(frame, "id: "),
        name: of(frame, "event: "),
        data: serde_json::from_str(&of(frame, "data: ")).unwrap(),
    });
    events.collect()
}

fn names(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.name.as_str()).collect()
}

const MUCH: Most = Most { frames: 100, bytes: 1 << 20 };

#[tokio::test(start_paused = true)]
async fn first_the_whole_state_then_what_changes_with_the_next_numbers() {
    let scene = Scene::new(MUCH);
    let mut watching = scene.watch("", None).await;
    let mut first = watching.events().await;
    let charts = first.split_off(7);
    assert_eq!(names(&first), ["status", "endpoint", "group", "connection", "suspended", "request", "log"]);
    assert!(charts.len() == 7 && charts.iter().all(|event| event.name == "chart"));
    assert_eq!(
        (&first[1].data["endpoints"][1]["name"], &first[1].data["whole"]),
        (&"b".into(), &true.into())
    );
    assert!(first.iter().all(|event| event.id == first[0].id && event.id.ends_with("-0")));
    scene.pause("b");
    let changed = watching.events().await;
    let endpoint = changed.iter().find(|event| event.name == "endpoint").expect("what changed");
    assert_eq!(endpoint.data["endpoints"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&endpoint.data["endpoints"][0]["name"], &endpoint.data["endpoints"][0]["admin"]),
        (&"b".into(), &"paused".into())
    );
    let numbers: Vec<u64> =
        changed.iter().map(|e| e.id.rsplit_once('-').unwrap().1.parse().unwrap()).collect();
    assert_eq!(numbers, (1..=changed.len() as u64).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn charts_come_at_first_and_then_each_minute() {
    let scene = Scene::new(MUCH);
    let mut watching = scene.watch("?events=chart", None).await;
    let began = tokio::time::Instant::now();
    for minute in 0..3 {
        let charts = watching.events().await;
        // The first tick is at once, so that the first minute is a second short.
        assert!(
            began.elapsed() + Duration::from_secs(2) >= Duration::from_secs(60 * minute),
            "{:?}",
            began.elapsed()
        );
        assert_eq!((charts.len(), &charts[0].data["chart"]), (7, &"request-trends".into()));
        assert!(charts[0].data["labels"].as_array().is_some_and(|labels| labels.len() > 30));
    }
}

#[tokio::test(start_paused = true)]
async fn what_follows_soon_is_gathered_into_one_event_a_second() {
    let scene = Scene::new(MUCH);
    let mut watching = scene.watch("?events=log", None).await;
    watching.events().await;
    // Between two ticks.
    tokio::time::sleep(Duration::from_millis(1300)).await;
    let began = tokio::time::Instant::now();
    scene.log("first");
    let first = watching.events().await;
    assert_eq!((began.elapsed(), &first[0].data["lines"][0]["message"]), (Duration::ZERO, &"first".into()));
    (0..30).for_each(|n| scene.log(&format!("more {n}")));
    let later = watching.events().await;
    assert!(began.elapsed() >= Duration::from_millis(950), "{:?}", began.elapsed());
    let lines = later[0].data["lines"].as_array().unwrap();
    assert_eq!((later.len(), lines.len(), &later[0].data["missed"]), (1, 20, &10.into()));
    assert_eq!(lines[19]["message"], "more 29");
}

#[tokio::test(start_paused = true)]
async fn who_comes_back_gets_what_it_missed_and_nothing_twice() {
    let scene = Scene::new(MUCH);
    let mut stays = scene.watch("?events=log", None).await;
    let mut leaves = scene.watch("?events=log", None).await;
    let (_, known) = (stays.events().await, leaves.events().await);
    drop(leaves);
    let mut missed = Vec::new();
    for n in 0..3 {
        scene.log(&format!("line {n}"));
        missed.extend(stays.events().await);
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
    let mut back = scene.watch("?events=log", Some(&known[0].id)).await;
    let mut got = Vec::new();
    while got.len() < 3 {
        got.extend(back.events().await);
    }
    let ids = |events: &[Event]| events.iter().map(|e| e.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&got), ids(&missed));
    // Whoever names what nobody remembers begins anew.
    for unknown in ["0123-4", "nonsense"] {
        let mut anew = scene.watch("?events=log", Some(unknown)).await;
        let first = anew.events().await;
        assert_eq!(
            (&first[0].id, first[0].data["lines"].as_array().map(Vec::len)),
            (&ids(&missed)[2], Some(3))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_is_told_how_much_it_missed_and_then_the_whole_state() {
    let scene = Scene::new(Most { frames: 4, bytes: 1 << 20 });
    let mut reads = scene.watch("?events=log", None).await;
    let mut sleeps = scene.watch("?events=log", None).await;
    reads.events().await;
    sleeps.events().await;
    for n in 0..9 {
        scene.log(&format!("line {n}"));
        assert_eq!(names(&reads.events().await), ["log"]);
    }
    let late = sleeps.events().await;
    assert_eq!(names(&late), ["lagged", "log"]);
    assert_eq!(
        (&late[0].data["missed"], late[1].data["lines"].as_array().map(Vec::len)),
        (&5.into(), Some(9))
    );
    scene.log("next");
    assert_eq!(sleeps.events().await[0].data["lines"][0]["message"], "next");
}

#[tokio::test(start_paused = true)]
async fn a_quiet_stream_is_kept_alive() {
    let scene = Scene::new(MUCH);
    let mut watching = scene.watch("?events=suspended", None).await;
    watching.events().await;
    let began = tokio::time::Instant::now();
    assert_eq!(watching.text().await.as_deref(), Some(":\n\n"));
    assert!(began.elapsed() <= Duration::from_secs(16));
}

#[tokio::test(start_paused = true)]
async fn only_so_many_watch() {
    let scene = Scene::new(MUCH);
    let mut all = Vec::new();
    for _ in 0..MOST_WATCHERS {
        all.push(scene.watch("", None).await);
    }
    let refused = scene.ask("", &[], "127.0.0.1:8010").await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    all.pop();
    scene.watch("", None).await;
}

#[tokio::test(start_paused = true)]
async fn who_may_not_look_is_refused_and_who_may_not_any_more_is_cut_off() {
    let scene = Scene::new(MUCH);
    let far = "192.0.2.1:8010";
    assert_eq!(scene.ask("", &[], far).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(scene.ask("?events=logs", &[], "127.0.0.1:1").await.status(), StatusCode::BAD_REQUEST);
    let bearer = format!("Bearer {}", scene.access.admin_token());
    let response = scene.ask("?events=log", &[("authorization", &bearer)], far).await;
    let mut watching = Watching(response.into_body().into_data_stream());
    watching.events().await;
    scene.log("seen");
    assert_eq!(names(&watching.events().await), ["log"]);
    scene.access.revoke().unwrap();
    scene.log("unseen");
    assert!(watching.text().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn streams_end_with_the_daemon_and_the_hub_with_its_watchers() {
    let scene = Scene::new(MUCH);
    let mut watching = scene.watch("?events=log", None).await;
    let first = watching.events().await;
    drop(watching);
    tokio::time::sleep(Duration::from_secs(90)).await;
    // The ring of the next has another name: nothing was seen meanwhile.
    let mut next = scene.watch("?events=log", Some(&first[0].id)).await;
    assert_ne!(next.events().await[0].id, first[0].id);
    assert!(next.text().now_or_never().is_none());
    scene.desk.tasks.stop();
    assert!(next.text().await.is_none());
}
