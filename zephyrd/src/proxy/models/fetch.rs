//! Asks one endpoint for its list of models.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use zephyr_core::config::{Dialect, Endpoint};

use crate::upstream::{Outgoing, Upstream};

use super::{MOST_MODELS, Model};

/// Most that is read of a list.
const SIZE: usize = 1 << 20;
/// Longest id or name that is taken.
const LONGEST: usize = 256;

/// Whose list it is.
#[derive(Clone)]
pub(super) struct Source {
    /// Who is asked.
    pub(super) endpoint: Arc<Endpoint>,
    /// Keyed hash of the client's own login, where that goes on.
    pub(super) login: Option<u64>,
    /// That login.
    pub(super) credential: Vec<(HeaderName, HeaderValue)>,
}

impl Source {
    /// The list; `None` where there is none to be had. Never touches health.
    pub(super) async fn fetch(self, upstream: &Upstream) -> Option<Vec<Model>> {
        let anthropic = self.endpoint.dialect == Dialect::Anthropic;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("zephyrd/", env!("CARGO_PKG_VERSION"))));
        if anthropic {
            headers.insert("anthropic-version", HeaderValue::from_static("2023-06-01"));
        }
        let request = Outgoing {
            method: Method::GET,
            path_and_query: if anthropic { "/v1/models?limit=1000" } else { "/v1/models" }.to_owned(),
            headers,
            body: Bytes::new(),
            client_credential: self.credential,
        };
        let (head, body) = upstream.send(&self.endpoint, request).await.ok()?.into_parts();
        if head.status != StatusCode::OK {
            return None;
        }
        parse(&body.whole(SIZE).await.ok()??, &self.endpoint.provider)
    }
}

#[derive(Deserialize)]
struct List {
    data: Vec<Value>,
}

/// Reads a list in either vendor's shape; what is no model in it is left out.
fn parse(body: &[u8], provider: &str) -> Option<Vec<Model>> {
    let list: List = serde_json::from_slice(body).ok()?;
    Some(list.data.iter().filter_map(|entry| model(entry, provider)).take(MOST_MODELS).collect())
}

fn model(entry: &Value, provider: &str) -> Option<Model> {
    let text = |key: &str| {
        let text = entry[key].as_str().filter(|text| !text.is_empty() && text.len() <= LONGEST)?;
        (!text.contains(char::is_control)).then(|| text.to_owned())
    };
    let stamped = |text: &str| text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second);
    let created = entry["created"].as_i64().or_else(|| stamped(entry["created_at"].as_str()?));
    Some(Model {
        id: text("id")?,
        title: text("display_name"),
        created: created.unwrap_or(0),
        owner: text("owned_by").unwrap_or_else(|| provider.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_both_vendors_are_read() {
        let anthropic = br#"{"data":[{"type":"model","id":"claude-x","display_name":"Claude X","created_at":"2025-10-09T08:53:20Z"}],"has_more":false}"#;
        let openai = br#"{"object":"list","data":[{"id":"gpt-x","object":"model","created":1760000000,"owned_by":"system"},7,{"id":""},{"id":"a\nb"},{"x":1}]}"#;
        let model = |id: &str, title: Option<&str>, owner: &str| Model {
            id: id.to_owned(),
            title: title.map(str::to_owned),
            created: 1_760_000_000,
            owner: owner.to_owned(),
        };
        assert_eq!(parse(anthropic, "p"), Some(vec![model("claude-x", Some("Claude X"), "p")]));
        assert_eq!(parse(openai, "p"), Some(vec![model("gpt-x", None, "system")]));
        for broken in [&b""[..], b"<html>", b"[]", br#"{"data":{}}"#] {
            assert_eq!(parse(broken, "p"), None);
        }
    }
}
