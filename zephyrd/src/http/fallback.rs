//! What is answered where there is nothing: 404 for a path that nobody has, 405 for a method that its path does not know.

use axum::Router;
use http::{Method, StatusCode, Uri};

use super::{Problem, Room};
use crate::system::text::clean;

/// `router`, whose every refusal has the one shape. Routes that are added later do not have it.
pub(super) fn add(router: Router<Room>) -> Router<Room> {
    router.fallback(unknown).method_not_allowed_fallback(not_so)
}

async fn unknown(uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(100).collect();
    Problem::unknown(format!("there is no `{}` here", clean(&path)))
        .hint("`GET /api/v1/openapi.json` lists all there is")
}

/// The router adds `Allow`.
async fn not_so(method: Method, uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(100).collect();
    let message = format!("`{}` does not answer to {}", clean(&path), clean(method.as_str()));
    Problem::of(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
}
