//! The OpenAPI document, made of the handlers themselves.

use axum::Router;
use axum::routing::get;
use http::header::CONTENT_TYPE;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa_axum::router::OpenApiRouter;

use super::Room;

/// What the document says beside the paths.
#[derive(OpenApi)]
#[openapi(info(
    title = "Zephyr",
    description = "What zephyrd tells of itself over HTTP, and how it is steered. Reading is open on loopback addresses unless the config says otherwise; what changes something needs the admin token (`zephyrctl web --token`) as `Authorization: Bearer`.",
    license(name = "MIT OR Apache-2.0"),
))]
struct Head;

/// The document without paths.
pub(super) fn begin() -> OpenApiRouter<Room> {
    OpenApiRouter::with_openapi(Head::openapi())
}

/// Where the document is.
pub(super) fn routes(document: Document) -> Router<Room> {
    let text: &'static str = Box::leak(document.to_json().unwrap_or_default().into_boxed_str());
    Router::new().route(
        "/api/v1/openapi.json",
        get(move || async move { ([(CONTENT_TYPE, "application/json")], text) }),
    )
}
