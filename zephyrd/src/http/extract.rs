//! What comes with a request, read so that whatever is wrong with it is a [`Problem`]: bodies, queries, parts of the path.
//!
//! Limits: bodies of 64 KiB that are there within 10 s. Nothing of a body is quoted, but where it is wrong.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequest};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap};
use http::request::Parts;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::{Problem, Room};

/// Largest body that is read.
const LARGEST: usize = 64 << 10;
/// How long a body may take.
const WITHIN: Duration = Duration::from_secs(10);

/// A JSON body, called so by its sender; `Option<JsonBody<T>>` where it may be missing.
pub(crate) struct JsonBody<T>(pub(crate) T);

/// A JSON body, whatever its sender calls it: `curl -d` calls all of them forms.
pub(crate) struct AnyBody<T>(pub(crate) T);

/// The query.
pub(crate) struct Query<T>(pub(crate) T);

/// The parts of the path that stand for something.
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Room> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, _: &Room) -> Result<Self, Problem> {
        let (head, body) = request.into_parts();
        called_json(&head.headers)?;
        parsed(&read(body).await?).map(Self)
    }
}

impl<T: DeserializeOwned> OptionalFromRequest<Room> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, _: &Room) -> Result<Option<Self>, Problem> {
        let (head, body) = request.into_parts();
        let bytes = read(body).await?;
        if bytes.trim_ascii().is_empty() {
            return Ok(None);
        }
        called_json(&head.headers)?;
        parsed(&bytes).map(|value| Some(Self(value)))
    }
}

impl<T: DeserializeOwned> FromRequest<Room> for AnyBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, _: &Room) -> Result<Self, Problem> {
        parsed(&read(request.into_body()).await?).map(Self)
    }
}

impl<T: DeserializeOwned> FromRequestParts<Room> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Room) -> Result<Self, Problem> {
        axum::extract::Query::try_from_uri(&parts.uri)
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|e| Problem::invalid(format!("the query: {}", innermost(&e))))
    }
}

impl<T: DeserializeOwned + Send> FromRequestParts<Room> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, room: &Room) -> Result<Self, Problem> {
        axum::extract::Path::from_request_parts(parts, room)
            .await
            .map(|axum::extract::Path(value)| Self(value))
            .map_err(|e| Problem::invalid(format!("the path: {}", innermost(&e))))
    }
}

/// `application/json`, or another type whose bodies are JSON.
fn called_json(headers: &HeaderMap) -> Result<(), Problem> {
    let told = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let kind = told.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json")) {
        return Ok(());
    }
    let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    Err(Problem::of(status, "unsupported_media_type", "the body must be JSON")
        .hint("send it with `Content-Type: application/json`"))
}

async fn read(body: Body) -> Result<Bytes, Problem> {
    let slow = |_| Problem::of(StatusCode::REQUEST_TIMEOUT, "timeout", "the body took more than 10 s");
    let read = tokio::time::timeout(WITHIN, Limited::new(body, LARGEST).collect()).await.map_err(slow)?;
    read.map(http_body_util::Collected::to_bytes).map_err(|e| match e.is::<LengthLimitError>() {
        true => {
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            Problem::of(status, "too_large", "the body is larger than 64 KiB")
        }
        false => Problem::invalid("the body broke off"),
    })
}

fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if bytes.trim_ascii().is_empty() {
        return Err(Problem::invalid("there is no body, and one in JSON is needed"));
    }
    serde_json::from_slice(bytes).map_err(|e| {
        let (line, column) = (e.line(), e.column());
        match e.classify() {
            Category::Data => {
                let message = format!("the body is JSON, but not what is asked for here: {}", what(&e));
                Problem::of(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request", message)
            }
            _ => Problem::invalid(format!("the body is no JSON: line {line}, column {column}")),
        }
    })
}

/// What serde says, without its place at the end; what it quotes of the body is made fit to print.
fn what(e: &serde_json::Error) -> String {
    let told = e.to_string();
    let told = told.rsplit_once(" at line ").map_or(told.as_str(), |(what, _)| what);
    crate::system::text::clean(told)
}

/// The cause that says most.
fn innermost(e: &dyn std::error::Error) -> String {
    let mut e = e;
    while let Some(source) = e.source() {
        e = source;
    }
    crate::system::text::clean(&e.to_string())
}
