//! What an answer's headers say of limits, in the words of the outcome table.

use std::time::{SystemTime, UNIX_EPOCH};

use http::HeaderMap;
use zephyr_core::failover::{Said, Window};
use zephyr_wire::rate_limit::{RateLimit, Rejected, rate_limit, stated_in_body};

/// What the headers of an answer that came now say.
pub(crate) fn said(headers: &HeaderMap) -> Said {
    // Only for an answer without a `Date` of its own.
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let RateLimit { wait, rejected, .. } =
        rate_limit(headers, || i64::try_from(now().as_millis()).unwrap_or(i64::MAX));
    let window = rejected.map(|rejected| match rejected {
        Rejected::Account => Window::Account,
        Rejected::Family => Window::Family,
    });
    Said { wait, window }
}

/// The same of a refusal, whose body may state the time too.
pub(crate) fn said_by_refusal(headers: &HeaderMap, body: &[u8]) -> Said {
    let said = said(headers);
    Said { wait: said.wait.max(stated_in_body(body)), ..said }
}
