//! What an endpoint of another dialect refused, in the words that the client's own vendor has for it.

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use http::response::Parts;
use zephyr_core::config::Endpoint;
use zephyr_wire::encoding::{Encoding, decoded};
use zephyr_wire::translate;

use super::dialect;
use crate::proxy::identify::Call;

/// Most that is read of a compressed error.
const DECODED: usize = 64 * 1024;

/// The error `body` of `endpoint` as the client of `call` understands it, its status and headers in `head`. `None` where
/// the endpoint speaks the client's dialect: then it passes as it is.
pub(in super::super) fn in_own_words(
    call: &Call,
    endpoint: &Endpoint,
    head: &mut Parts,
    body: &[u8],
    request_id: &str,
) -> Option<Bytes> {
    if !call.is_gated() || call.speaks_to(endpoint) {
        return None;
    }
    let plain = decoded(Encoding::of(&head.headers), body, DECODED);
    let theirs = dialect(endpoint.dialect);
    let (status, body) = translate::error(call.dialect, theirs, head.status.as_u16(), &plain, request_id);
    head.status = StatusCode::from_u16(status).unwrap_or(head.status);
    head.headers.remove(CONTENT_ENCODING);
    head.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    head.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    Some(body.into())
}
