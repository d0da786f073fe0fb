//! What every answer is marked with: whose it is and under which number it can be found.

use std::collections::BTreeSet;

use zephyr_tests::daemon::{Daemon, Home, config};
use zephyr_tests::scene::{fakes, urls};
use zephyr_tests::{Answer, Fake, Scene};

fn id(reply: &zephyr_tests::client::Reply) -> String {
    let id = reply.header("x-request-id").expect("x-request-id").to_owned();
    let rest = id.strip_prefix("req-").expect("req-");
    assert!(rest.len() == 8 && rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()), "{id}");
    id
}

#[tokio::test]
async fn request_ids_never_repeat_also_over_a_restart_and_a_kill() {
    let fake = Fake::start().await;
    let mut home = Home::new(&config(&[fake.url()]));
    let mut seen = BTreeSet::new();
    for round in 0..4 {
        let daemon: Daemon = home.start().await;
        for _ in 0..30 {
            let id = id(&daemon.message(false).await);
            assert!(seen.insert(id.clone()), "{id} came twice, in round {round}");
        }
        home = if round % 2 == 0 { daemon.kill().await } else { daemon.stop().await };
    }
    assert_eq!(seen.len(), 120);
}

#[tokio::test]
async fn every_answer_has_an_id_errors_and_local_ones_too() {
    let scene = Scene::of(1).await;
    scene.a_answers(Answer { status: 503, ..Answer::realistic() });
    let ids = [
        id(&scene.message(false).await),
        id(&scene.message(true).await),
        id(&scene.daemon.ask("GET", "/v1/models", &[], b"").await),
        id(&scene.daemon.ask("GET", "/other", &[], b"").await),
    ];
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 4);
}

#[tokio::test]
async fn an_upstreams_own_request_id_moves_aside() {
    let scene = Scene::of(1).await;
    scene.a_answers(Answer::realistic().header("x-request-id", "theirs").header("request-id", "req_theirs"));
    let reply = scene.message(false).await;
    assert_eq!(reply.header("x-upstream-request-id"), Some("theirs"));
    assert_eq!(reply.head.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case("x-request-id")).count(), 1);
    id(&reply);
}

#[tokio::test]
async fn the_endpoint_is_named_and_numbered_in_file_order() {
    let fakes = fakes(3).await;
    let urls = urls(&fakes);
    // The third in the file is the preferred one.
    let text = format!(
        "[health_check]\nenabled = false\n[selection]\nstrategy = \"priority\"\n\
         [[groups]]\nname = \"g\"\nauth = \"none\"\nendpoints = [\
         {{ url = \"{}\", name = \"one\", priority = 3 }}, {{ url = \"{}\", name = \"two\", priority = 2 }},\
         {{ url = \"{}\", name = \"Zürich ☂\", priority = 1 }}]\n",
        urls[0], urls[1], urls[2]
    );
    let daemon = Daemon::with(&text).await;
    let reply = daemon.message(true).await;
    assert_eq!(reply.header("x-endpoint-index"), Some("2"));
    assert_eq!(reply.header("x-used-endpoint"), Some("Z%C3%BCrich %E2%98%82"));
}

#[tokio::test]
async fn what_the_upstream_claims_about_the_endpoint_does_not_pass() {
    let scene = Scene::of(1).await;
    scene.a_answers(Answer::realistic().header("x-used-endpoint", "forged").header("x-endpoint-index", "77"));
    let reply = scene.message(false).await;
    let all = |name: &str| -> Vec<String> {
        let headers = reply.head.headers.iter();
        headers.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.clone()).collect()
    };
    assert_eq!(
        (all("x-used-endpoint"), all("x-endpoint-index")),
        (vec!["a".to_owned()], vec!["0".to_owned()])
    );
}
