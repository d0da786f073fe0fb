//! The paths at the root: what they answer, on both listeners, and what is refused in which form.

use serde_json::Value;
use zephyr_tests::Scene;
use zephyr_tests::client::Reply;

/// Asserts that a refusal has the one shape, and gives its word for programs.
fn refused(reply: &Reply, status: u16) -> String {
    assert_eq!(reply.status(), status, "{}", reply.text());
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let error = reply.json()["error"].clone();
    assert!(error["message"].as_str().is_some_and(|m| !m.is_empty()), "{error}");
    error["type"].as_str().expect("a word").to_owned()
}

#[tokio::test]
async fn what_is_not_there_is_refused_in_the_one_shape() {
    let scene = Scene::of(1).await;
    let daemon = &scene.daemon;
    let reply = daemon.ask_web("GET", "/nothing/here", &[], b"").await;
    assert_eq!(refused(&reply, 404), "not_found");
    assert!(reply.text().contains("/nothing/here"), "{}", reply.text());
    let reply = daemon.ask_web("DELETE", "/health", &[], b"").await;
    assert_eq!(refused(&reply, 405), "method_not_allowed");
    assert_eq!(reply.header("allow"), Some("GET,HEAD"));
    let reply = daemon.ask_web("HEAD", "/health", &[], b"").await;
    assert_eq!((reply.status(), reply.body.len()), (200, 0));
    let reply = daemon.ask_web("GET", "/health", &[], b"").await;
    assert_eq!(reply.json()["status"], Value::from("healthy"));
}
