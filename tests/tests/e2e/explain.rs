//! Why requests went where they went: `explain` and `route` with a real daemon.

use serde_json::Value;
use zephyr_tests::{Answer, Scene};

fn steps(json: &Value) -> Vec<&str> {
    json["trace"]["steps"].as_array().unwrap().iter().map(|s| s["what"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn every_choice_of_a_request_is_told_with_its_reason() {
    let scene = Scene::of(2).await;
    scene.a_answers(Answer { status: 529, ..Answer::realistic() });
    let reply = scene.message(true).await;
    assert_eq!(reply.status(), 200);
    let id = reply.header("x-request-id").unwrap().to_owned();
    let json = scene.daemon.ctl_json(&["explain", &id]).await;
    assert_eq!(steps(&json), ["chose", "failed", "chose", "answered"], "{json}");
    let all = &json["trace"]["steps"];
    assert_eq!((&all[0]["endpoint"], &all[0]["reason"]), (&"a".into(), &"current".into()));
    assert_eq!((&all[1]["class"], &all[1]["status"]), (&"overloaded".into(), &529.into()));
    assert_eq!(all[2]["endpoint"], "b");
    assert_eq!((&json["trace"]["ended"], &json["trace"]["status"]), (&"complete".into(), &200.into()));
    let newest = scene.daemon.ctl_ok(&["explain"]).await;
    assert!(newest.contains(&id) && newest.contains("HTTP 529"), "{newest}");
}

#[tokio::test]
async fn a_request_that_nobody_could_serve_is_explained() {
    let scene = Scene::of(1).await;
    scene.a_answers(Answer { status: 401, ..Answer::realistic() });
    scene.message(false).await;
    let refused = scene.message(false).await;
    let id = refused.header("x-request-id").unwrap().to_owned();
    let json = scene.daemon.ctl_json(&["explain", &id]).await;
    assert_eq!(steps(&json), ["nobody"], "{json}");
    let why = json["trace"]["steps"][0]["why"][0]["why"].as_str().unwrap();
    assert!(why.starts_with("auth-failed"), "{why}");
}

#[tokio::test]
async fn an_unknown_request_is_exit_4_and_says_where_else_to_look() {
    let scene = Scene::of(1).await;
    let output = scene.daemon.ctl(&["explain", "req-00000000"]).await;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("zephyrctl requests"), "{said}");
}

#[tokio::test]
async fn a_route_names_who_would_serve_and_why_the_others_cannot() {
    let scene = Scene::of(3).await;
    scene.daemon.ctl_ok(&["pause", "b"]).await;
    let json = scene.daemon.ctl_json(&["route", "claude-sonnet-4-5"]).await;
    let candidates = json["route"]["candidates"].as_array().unwrap();
    assert_eq!((&candidates[0]["endpoint"], &candidates[0]["first"]), (&"a".into(), &true.into()));
    let b = candidates.iter().find(|c| c["endpoint"] == "b").unwrap();
    assert_eq!(b["why_not"], "paused");
    scene.message(false).await;
    assert_eq!(scene.a().seen_on("/v1/messages").len(), 1, "asking where sends nothing");
    let chat = ["route", "gpt-5", "--dialect", "openai-chat"];
    let told = scene.daemon.ctl_ok(&chat).await;
    assert!(told.contains("nobody speaks `openai-chat`: translated"), "{told}");
    scene.daemon.ctl_ok(&["pause", "a"]).await;
    scene.daemon.ctl_ok(&["pause", "c"]).await;
    assert_eq!(scene.daemon.ctl(&chat).await.status.code(), Some(1));
}
