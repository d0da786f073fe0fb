//! The headers of an answer: the endpoint's own, and who gave it.

use http::header::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use zephyr_core::config::Endpoint;
use zephyr_wire::headers::strip_hop_by_hop;

use super::REQUEST_ID;

const USED_ENDPOINT: HeaderName = HeaderName::from_static("x-used-endpoint");
const ENDPOINT_INDEX: HeaderName = HeaderName::from_static("x-endpoint-index");
const UPSTREAM_REQUEST_ID: HeaderName = HeaderName::from_static("x-upstream-request-id");

/// What cannot stand in a header: everything but printable ASCII (`%` itself, so that decoding is exact).
const ENCODED: &AsciiSet = &CONTROLS.add(b'%');

/// Makes an upstream's headers the client's: hop-by-hop ones go, ours come.
pub(super) fn answer(headers: &mut HeaderMap, endpoint: &Endpoint, request_id: &str) {
    strip_hop_by_hop(headers);
    if let Some(theirs) = headers.remove(REQUEST_ID) {
        headers.insert(UPSTREAM_REQUEST_ID, theirs);
    }
    if let Ok(id) = HeaderValue::try_from(request_id) {
        headers.insert(REQUEST_ID, id);
    }
    used(headers, endpoint);
}

/// Says which endpoint answered, or was asked last.
pub(super) fn used(headers: &mut HeaderMap, endpoint: &Endpoint) {
    if let Ok(name) = HeaderValue::try_from(utf8_percent_encode(&endpoint.name, ENCODED).to_string()) {
        headers.insert(USED_ENDPOINT, name);
    }
    headers.insert(ENDPOINT_INDEX, HeaderValue::from(endpoint.index));
}
