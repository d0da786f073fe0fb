//! What goes out, and to whom.

use std::time::Duration;

use zephyr_core::config::{Auth, BaseUrl, Credential, CredentialValue, Scheme};
use zephyr_core::secret::Secret;

use super::*;
use crate::fixtures;

fn endpoint(auth: Auth) -> Endpoint {
    Endpoint { auth, headers: vec![("x-team".into(), "blue".into())], ..fixtures::endpoint("a") }
}

fn outgoing() -> Outgoing {
    let mut headers = HeaderMap::new();
    headers.insert("anthropic-beta", HeaderValue::from_static("x-1,oauth-2025"));
    Outgoing {
        method: Method::POST,
        path_and_query: "/v1/messages?beta=true".into(),
        headers,
        body: Bytes::from_static(b"{}"),
        client_credential: vec![(
            http::header::AUTHORIZATION,
            HeaderValue::from_static("Bearer the-clients-own"),
        )],
    }
}

fn key(value: CredentialValue) -> Auth {
    Auth::Key(Credential { scheme: Scheme::XApiKey, value })
}

#[tokio::test]
async fn an_endpoint_with_a_key_gets_that_key_and_nothing_of_the_client() {
    let endpoint = endpoint(key(CredentialValue::Known(Secret::new("ours"))));
    let credential = Credentials::default().of(&endpoint).await.expect("credential");
    let out = assemble(&endpoint, credential, outgoing()).expect("request");
    assert_eq!(out.uri().to_string(), "/api/v1/messages?beta=true");
    assert_eq!(out.headers()["host"], "a.example:8080");
    assert_eq!(out.headers()["x-api-key"], "ours");
    assert_eq!(out.headers()["x-team"], "blue");
    assert_eq!(out.headers()["anthropic-beta"], "x-1");
    assert!(!out.headers().contains_key("authorization"));
}

#[tokio::test]
async fn a_passthrough_endpoint_gets_the_clients_own() {
    let endpoint = endpoint(Auth::Passthrough);
    let credential = Credentials::default().of(&endpoint).await.expect("credential");
    let out = assemble(&endpoint, credential, outgoing()).expect("request");
    assert_eq!(out.headers()["authorization"], "Bearer the-clients-own");
    assert_eq!(out.headers()["anthropic-beta"], "x-1,oauth-2025");
}

#[tokio::test]
async fn a_command_runs_once_for_its_time_to_live_and_anew_when_refused() {
    let dir = tempfile::tempdir().expect("dir");
    let count = dir.path().join("count");
    let script = format!("echo run >> {0}; echo key-$(wc -l < {0})", count.display());
    let argv = vec!["/bin/sh".to_owned(), "-c".to_owned(), script];
    let endpoint = endpoint(key(CredentialValue::Command { argv, ttl: Duration::from_secs(600) }));
    let credentials = Credentials::default();
    let value = async || credentials.of(&endpoint).await.expect("credential").expect("header").1;
    assert_eq!(value().await, "key-1");
    assert_eq!(value().await, "key-1");
    assert!(credentials.forget(&endpoint, std::time::Instant::now()));
    assert_eq!(value().await, "key-2");
}

#[tokio::test]
async fn a_failing_command_sends_nothing() {
    let argv = vec!["/bin/false".to_owned()];
    let endpoint = endpoint(key(CredentialValue::Command { argv, ttl: Duration::from_secs(1) }));
    let refused = Upstream::default().send(&endpoint, outgoing()).await;
    assert!(matches!(refused, Err(SendError::Credential(_))));
}

#[tokio::test]
async fn a_port_without_a_listener_is_a_connect_error() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("bind");
    let port = listener.local_addr().expect("address").port();
    drop(listener);
    let mut endpoint = endpoint(Auth::None);
    endpoint.url = BaseUrl { tls: false, host: "127.0.0.1".into(), port, prefix: String::new() };
    let upstream = Upstream::default();
    assert!(matches!(upstream.send(&endpoint, outgoing()).await, Err(SendError::Refused(_))));
    assert!(matches!(upstream.connect(&endpoint).await, Err(SendError::Refused(_))));
}
