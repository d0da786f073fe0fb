//! Keeps foreign web pages out: DNS rebinding by `Host`, cross-origin calls by `Origin` and `Sec-Fetch-Site`
//! (CVE-2024-28224, CVE-2025-57755), and CORS for the pages that the config lists.

use std::net::IpAddr;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::uri::Authority;
use http::{Method, Request, Response, StatusCode};
use zephyr_core::config::Server;

use crate::proxy::{Body, Problem};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// What a listed page may read of an answer.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "request-id, retry-after, x-request-id, x-upstream-request-id, x-used-endpoint, x-endpoint-index",
);

/// Refuses requests for foreign hosts and from foreign pages; says which listed page is asking, if one is.
pub(crate) fn check<B>(
    request: &Request<B>,
    local: IpAddr,
    server: &Server,
) -> Result<Option<HeaderValue>, Problem> {
    let headers = request.headers();
    // A target with an authority overrides the header (RFC 9112 §3.2.2); HTTP/2 has no other.
    let target = request.uri().authority().map(Authority::as_str);
    let host = target.or_else(|| headers.get(header::HOST).and_then(|v| v.to_str().ok()));
    if let Some(host) = host
        && !is_ours(host, local, &server.hosts)
    {
        let shown: String = host.chars().take(100).filter(|c| !c.is_control()).collect();
        let message = format!("`{shown}` is not a name of this gateway: list it in `[server] hosts`");
        return Err(Problem { close: true, ..Problem::final_(421, "invalid_request_error", message) });
    }
    match headers.get(header::ORIGIN) {
        Some(origin) => match server.cors_origins.iter().any(|o| o.as_bytes() == origin.as_bytes()) {
            true => Ok(Some(origin.clone())),
            false if is_own_page(origin, host) => Ok(None),
            false => Err(foreign()),
        },
        None => match headers.get(SEC_FETCH_SITE).map(HeaderValue::as_bytes) {
            None | Some(b"same-origin" | b"none") => Ok(None),
            Some(_) => Err(foreign()),
        },
    }
}

/// What foreign pages are told.
fn foreign() -> Problem {
    let message = "web pages may not call this gateway: list the page's origin in `[server] cors_origins`";
    Problem::final_(403, "permission_error", message)
}

/// What listed pages are told where they may not look either.
pub(super) fn not_for_pages() -> Problem {
    let message = "web pages of other origins may neither see how the gateway stands nor steer it";
    Problem::final_(403, "permission_error", message)
}

/// Whether a page of this very listener asks: its origin is the host that the request names.
fn is_own_page(origin: &HeaderValue, host: Option<&str>) -> bool {
    let origin = origin.to_str().ok().and_then(|o| o.split_once("://"));
    origin.zip(host).is_some_and(|((_, authority), host)| authority.eq_ignore_ascii_case(host))
}

/// A loopback name, the very address that was connected to, or a configured name; any port.
fn is_ours(host: &str, local: IpAddr, names: &[String]) -> bool {
    // What nearly every client says, without further ado.
    let bare = host.trim_end_matches(|c: char| c.is_ascii_digit()).strip_suffix(':').unwrap_or(host);
    if matches!(bare, "localhost" | "127.0.0.1" | "[::1]") {
        return true;
    }
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority
        .host()
        .trim_start_matches('[')
        .trim_end_matches(']')
        .trim_end_matches('.')
        .to_ascii_lowercase();
    if let Ok(ip) = name.parse::<IpAddr>() {
        return ip.is_loopback() || ip == local.to_canonical() || names.contains(&name);
    }
    name == "localhost" || name.ends_with(".localhost") || names.contains(&name)
}

/// Whether a request is a browser's question for permission.
pub(super) fn is_preflight<B>(request: &Request<B>) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// The permission, for a listed page.
pub(super) fn preflight<B>(page: &HeaderValue, request: &Request<B>) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    grant(page, headers);
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE"),
    );
    if let Some(wanted) = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    response
}

/// Lets a listed page read an answer.
pub(super) fn grant(page: &HeaderValue, headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, page.clone());
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn loopback_names_and_configured_names_are_ours() {
        let local = "127.0.0.1".parse().expect("address");
        for host in ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:8080", "a.localhost", "localhost."]
        {
            assert!(is_ours(host, local, &[]), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "10.0.0.1", "", "a b"] {
            assert!(!is_ours(host, local, &[]), "{host}");
        }
        assert!(is_ours("gate.lan:80", local, &["gate.lan".to_owned()]));
        assert!(is_ours("10.0.0.1", "10.0.0.1".parse().expect("address"), &[]));
    }
}
