//! The OpenAPI document, made of the handlers themselves, and what is the same for all of them: how one logs in, and what
//! a refusal looks like.

use axum::Router;
use axum::routing::get;
use http::header::CONTENT_TYPE;
use utoipa::OpenApi;
use utoipa::openapi::path::Operation;
use utoipa::openapi::response::Response;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, OpenApi as Document, Ref, RefOr, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;

use super::Room;
use super::access::Reader;
use super::error::ErrorBody;

/// What the document says beside the paths.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Zephyr",
        description = "What zephyrd tells of itself over HTTP, and how it is steered. Reading is open on loopback addresses unless the config says otherwise; what changes something needs the admin token (`zephyrctl web --token`) as `Authorization: Bearer`. Times are RFC 3339 in UTC; money is in dollars and, exactly, in nano-dollars. What is refused answers with an `ErrorBody`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/", description = "the daemon that answers")),
    components(schemas(ErrorBody)),
    tags(
        (name = "health", description = "whether requests are served"),
        (name = "status", description = "the daemon, who serves, what waits, money"),
        (name = "endpoints", description = "endpoints, and what is done with one"),
        (name = "groups", description = "groups, and what is done with one"),
        (name = "requests", description = "requests that run, and those that are over"),
        (name = "suspended", description = "requests that wait"),
        (name = "usage", description = "what requests came to"),
        (name = "charts", description = "what changes over time"),
        (name = "config", description = "the config in force"),
        (name = "providers", description = "endpoints as the config names them, pinning and probing as scripts know them"),
        (name = "steering", description = "who decides, and where a request would go"),
    ),
)]
struct Head;

/// The name of the scheme by which one logs in.
const BEARER: &str = "bearer";

/// The document without paths.
pub(super) fn begin() -> OpenApiRouter<Room> {
    OpenApiRouter::with_openapi(Head::openapi())
}

/// Where the document is.
pub(super) fn routes(document: Document) -> Router<Room> {
    let document = complete(document);
    let text: &'static str = Box::leak(document.to_json().unwrap_or_default().into_boxed_str());
    Router::new().route(
        "/api/v1/openapi.json",
        get(move |_: Reader| async move { ([(CONTENT_TYPE, "application/json")], text) }),
    )
}

/// Adds what is the same for every path.
fn complete(mut document: Document) -> Document {
    let scheme = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("the token of `zephyrctl web --token`, or of a login"))
        .build();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(BEARER, SecurityScheme::Http(scheme));
    for (path, item) in &mut document.paths.paths {
        let reads = [&mut item.get].into_iter().flatten().map(|operation| (operation, false));
        let writes =
            [&mut item.post, &mut item.delete].into_iter().flatten().map(|operation| (operation, true));
        for (operation, writes) in reads.chain(writes) {
            finish(operation, path, writes);
        }
    }
    document
}

fn finish(operation: &mut Operation, path: &str, writes: bool) {
    let needed = SecurityRequirement::new(BEARER, [] as [&str; 0]);
    let guarded = path != "/health";
    if operation.security.is_none() && guarded {
        // Reading without a token works where the config lets it.
        let free = (!writes).then(SecurityRequirement::default);
        operation.security = Some(free.into_iter().chain([needed]).collect());
    }
    let mut refusals = vec![
        ("403", "a page of another origin asks"),
        ("421", "it was asked for by a name that is not the daemon's"),
        ("500", "the daemon made a mistake"),
    ];
    if guarded {
        refusals.push(("401", "whoever asks must log in"));
    }
    if operation.parameters.as_ref().is_some_and(|parameters| !parameters.is_empty()) {
        refusals.push(("400", "a parameter makes no sense"));
    }
    if operation.request_body.is_some() {
        refusals.extend([
            ("400", "the body is no JSON, or makes no sense"),
            ("408", "the body did not come in time"),
            ("413", "the body is too large"),
            ("415", "the body is not called JSON"),
            ("422", "the body is JSON of another shape"),
        ]);
    }
    let responses = &mut operation.responses.responses;
    for (status, why) in refusals {
        let response = || RefOr::T(ResponseBuilder::new().description(why).build());
        responses.entry(status.to_owned()).or_insert_with(response);
    }
    for (status, response) in responses.iter_mut() {
        if let RefOr::T(response) = response {
            describe(status, response);
        }
    }
}

/// Gives a response what it lacks.
fn describe(status: &str, response: &mut Response) {
    if response.description.is_empty() {
        "as asked for".clone_into(&mut response.description);
    }
    let refused = status.starts_with(['4', '5']);
    if refused && response.content.is_empty() {
        let content = Content::new(Some(Ref::from_schema_name("ErrorBody")));
        response.content.insert("application/json".to_owned(), RefOr::T(content));
    }
}

#[cfg(test)]
#[path = "openapi/tests.rs"]
mod tests;
