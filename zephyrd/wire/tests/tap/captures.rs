//! Every recorded request of a real client tells its session, and means what it says.

use std::path::Path;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::value::RawValue;
use zephyr_wire::peek::{meaning, peek};
use zephyr_wire::session::session_of;

#[derive(serde::Deserialize)]
struct Capture {
    headers: Vec<(String, String)>,
    body: Box<RawValue>,
}

/// Each capture with the name of its file.
fn all() -> Vec<(String, Capture)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/captures");
    let files = std::fs::read_dir(&dir).expect("the captures").map(|entry| entry.expect("a file").path());
    let all: Vec<_> = files
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("readable");
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, serde_json::from_str(&text).expect("a capture"))
        })
        .collect();
    assert!(all.len() >= 15);
    all
}

fn headers(capture: &Capture) -> HeaderMap {
    let header = |(name, value): &(String, String)| {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
        (name, HeaderValue::from_str(value).expect("a header value"))
    };
    capture.headers.iter().map(header).collect()
}

#[test]
fn every_agent_tells_its_session() {
    for (name, capture) in all() {
        let got = session_of(&headers(&capture), &peek(capture.body.get().as_bytes()));
        assert_eq!(got.session.is_some(), !name.starts_with("anthropic-py"), "{name}");
        assert_eq!(got.agent.is_some(), name.ends_with("_subagent"), "{name}");
        assert_eq!(got.class, None, "{name}");
    }
}

#[test]
fn body_and_headers_tell_the_same_session() {
    let mut both = 0;
    for (name, capture) in all() {
        let wish = peek(capture.body.get().as_bytes());
        let Some(in_body) = wish.session.clone() else { continue };
        let in_headers = session_of(&headers(&capture), &Default::default()).session;
        assert_eq!(in_headers.as_deref(), Some(&*in_body), "{name}");
        both += 1;
    }
    assert!(both >= 11, "{both}");
}

#[test]
fn a_requests_meaning_is_all_but_the_members_left_out() {
    for (name, capture) in all() {
        let body = capture.body.get();
        let mut keys = Vec::new();
        let whole = meaning(body.as_bytes(), &["metadata"], |key, value| {
            keys.push(String::from_utf8_lossy(key).into_owned());
            serde_json::from_slice::<&RawValue>(value).expect("a sound value");
        });
        assert_eq!(whole, Some(()), "{name}");
        let all: serde_json::Map<String, serde_json::Value> = serde_json::from_str(body).expect("an object");
        let mut want: Vec<_> = all.keys().filter(|k| *k != "stream" && *k != "metadata").cloned().collect();
        keys.sort();
        want.sort();
        assert_eq!(keys, want, "{name}");
        assert_eq!(meaning(&body.as_bytes()[..body.len() - 1], &[], |_, _| {}), None, "{name}");
    }
}
