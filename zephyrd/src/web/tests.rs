//! Every page renders whatever the plan holds, refers to nothing but itself, and tells its policy.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use axum::body::Body;
use axum::response::Response;
use http::{Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt;
use zephyr_core::config::{Endpoint, Plan, Web};

use super::{PLACES, pages};
use crate::engine_handle::Orders;
use crate::fixtures;
use crate::http::{Access, Room};
use crate::listen::Origin;

/// Texts that somebody might write into a config to make a page do what it should not.
fn nasty() -> Vec<String> {
    let kept: Value = serde_json::from_str(include_str!("../../../tests/hostile.json")).unwrap();
    let mut texts = Vec::new();
    gather(&kept, &mut texts);
    texts.extend(["..".to_owned(), "%2e%2e%2f".to_owned(), "x".repeat(10_000), "<b>".repeat(4_000)]);
    texts.retain(|text| !text.is_empty());
    texts
}

fn gather(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Array(list) => list.iter().for_each(|v| gather(v, into)),
        Value::Object(map) => map.values().for_each(|v| gather(v, into)),
        _ => {}
    }
}

struct Site {
    room: Room,
    _dir: tempfile::TempDir,
    _orders: Orders,
}

fn site(plan: Plan) -> Site {
    let dir = tempfile::tempdir().unwrap();
    let (desk, orders) = fixtures::desk(plan);
    Site { room: Room { desk, access: Access::open(dir.path()).unwrap() }, _dir: dir, _orders: orders }
}

fn hostile() -> Plan {
    let named = |name: &String| Endpoint {
        name: name.clone(),
        provider: name.clone(),
        group: name.clone(),
        ..fixtures::endpoint("a")
    };
    fixtures::plan(nasty().iter().map(named).collect())
}

impl Site {
    async fn get(&self, path: &str, language: &str) -> Response {
        let near = SocketAddr::from(([127, 0, 0, 1], 4711));
        let mut request = Request::get(path).header("accept-language", language).body(Body::empty()).unwrap();
        request.extensions_mut().insert(Origin { peer: near, local: near });
        pages().with_state(self.room.clone()).oneshot(request).await.unwrap()
    }
}

async fn text(response: Response) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What the tags of a page are, without what stands between them: every `<` that begins one.
fn tags(page: &str) -> BTreeSet<&str> {
    let names = page.split('<').skip(1).map(|rest| {
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '/' || c == '!')).unwrap_or(rest.len());
        rest[..end].trim_start_matches('/')
    });
    names.collect()
}

/// The values of an attribute.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let begin = format!(" {attribute}=\"");
    page.split(begin.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[tokio::test]
async fn every_page_renders_without_endpoints_and_with_hostile_names_in_both_languages() {
    for site in [site(fixtures::plan(Vec::new())), site(hostile())] {
        for place in PLACES {
            for (language, tag) in [("en", "lang=\"en\""), ("zh-CN", "lang=\"zh-CN\"")] {
                let response = site.get(place.path, language).await;
                assert_eq!(response.status(), StatusCode::OK, "{}", place.path);
                let page = text(response).await;
                assert!(page.contains(tag) && page.ends_with("</html>"), "{}", place.path);
            }
        }
    }
}

#[tokio::test]
async fn hostile_names_add_no_tag_no_attribute_and_nothing_invisible() {
    let (plain, hostile) = (site(fixtures::plan(vec![fixtures::endpoint("a")])), site(hostile()));
    for place in PLACES {
        let (known, page) =
            (text(plain.get(place.path, "en").await).await, text(hostile.get(place.path, "en").await).await);
        let new: Vec<&str> = tags(&page).difference(&tags(&known)).copied().collect();
        assert_eq!(new, Vec::<&str>::new(), "{}", place.path);
        assert!(!page.contains(['\u{202e}', '\u{2066}', '\u{1b}', '\0']), "{}", place.path);
        for (name, what) in
            [("onerror", "handler"), ("onload", "handler"), ("onmouseover", "handler"), ("style", "style")]
        {
            assert_eq!(values(&page, name), Vec::<&str>::new(), "{}: {what}", place.path);
        }
    }
}

#[tokio::test]
async fn pages_refer_to_themselves_alone_and_run_nothing_that_stands_in_them() {
    let site = site(fixtures::plan(vec![fixtures::endpoint("a")]));
    for place in PLACES {
        let response = site.get(place.path, "en").await;
        let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let page = text(response).await;
        for attribute in ["src", "href", "action"] {
            for to in values(&page, attribute) {
                assert!(
                    to.starts_with('/') && !to.starts_with("//")
                        || to.starts_with('#')
                        || to.starts_with('?'),
                    "{}: {to}",
                    place.path
                );
            }
        }
        assert!(!page.contains("<style") && values(&page, "style").is_empty(), "{}", place.path);
        assert_eq!(page.matches("<script").count(), page.matches("<script src=\"/assets/").count());
    }
}

#[tokio::test]
async fn every_file_that_a_page_names_is_there_and_kept_for_good() {
    let site = site(fixtures::plan(Vec::new()));
    let page = text(site.get("/", "en").await).await;
    let files: Vec<&str> = values(&page, "src")
        .into_iter()
        .chain(values(&page, "href"))
        .filter(|to| to.starts_with("/assets/"))
        .collect();
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        let response = site.get(file, "en").await;
        assert_eq!(response.status(), StatusCode::OK, "{file}");
        assert!(response.headers()["cache-control"].to_str().unwrap().contains("immutable"));
    }
    assert_eq!(site.get("/assets/zephyr-0.js", "en").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_may_not_look_gets_the_login_and_nothing_else() {
    let mut plan = fixtures::plan(vec![fixtures::endpoint("secret-name")]);
    plan.web = Web { reads_by_loopback: false, ..plan.web };
    let site = site(plan);
    for place in PLACES {
        let response = site.get(place.path, "en").await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{}", place.path);
        let page = text(response).await;
        assert!(page.contains("data-login=\"waiting\"") && !page.contains("secret-name"), "{}", place.path);
    }
}

#[tokio::test]
async fn every_field_that_a_page_shows_is_one_that_the_api_tells() {
    use crate::http::api::told::{Family, told};
    let site = site(fixtures::plan(vec![fixtures::endpoint("a")]));
    let shapes = [
        ("/", vec![Family::Status, Family::Endpoints]),
        ("/endpoints", vec![Family::Endpoints, Family::Status]),
        ("/groups", vec![Family::Groups, Family::Status]),
    ];
    for (path, families) in shapes {
        let mut known = BTreeSet::new();
        families.iter().for_each(|family| names(&told(&site.room.desk, *family), &mut known));
        // What an endpoint tells of limits and of measurements, a mismatch and a budget of themselves: none is there yet.
        let more = [
            "model",
            "kind",
            "until",
            "detail",
            "timestamp",
            "latency_ms",
            "error",
            "client",
            "period",
            "spent_usd",
            "limit_usd",
            "share",
            "resets",
            "endpoint",
            "asked",
            "answered",
            "count",
        ];
        let page = text(site.get(path, "en").await).await;
        for field in values(&page, "data-field") {
            let last = field.rsplit('.').next().unwrap();
            assert!(known.contains(last) || more.contains(&last), "{path}: `{field}`");
        }
    }
}

fn names(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(name, value)| {
            into.insert(name.clone());
            names(value, into);
        }),
        Value::Array(list) => list.iter().for_each(|value| names(value, into)),
        _ => {}
    }
}

#[test]
fn no_two_pages_have_the_same_key() {
    let keys: BTreeSet<&str> = PLACES.iter().map(|place| place.key).collect();
    assert_eq!(keys.len(), PLACES.len());
}
