//! Who may come in: client tokens, which paths they open, and whether there is money left.

use http::Method;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use http::request::Parts;
use subtle::ConstantTimeEq;
use zephyr_core::config::{Client, Plan};
use zephyr_wire::headers::{X_API_KEY, ZEPHYR_TOKEN, bearer, take_credentials};

use crate::ledger::Ledger;

use super::error::Problem;
use super::identify::Call;

/// Who sent a request, and what credential of its own it brought.
#[derive(Debug, Default)]
pub(super) struct Caller {
    /// Name of the client whose token it brought; empty where no tokens are configured.
    pub(super) name: String,
    /// Credential headers that are not a token of ours: for passthrough endpoints alone.
    pub(super) credentials: Vec<(HeaderName, HeaderValue)>,
}

/// Takes every credential out of the request's headers and says who is calling.
///
/// # Errors
/// What the client is told: its token is unknown, or the path is not open to it.
pub(super) fn admit(plan: &Plan, call: &Call, head: &mut Parts) -> Result<Caller, Problem> {
    let mut credentials = take_credentials(&mut head.headers);
    let zephyr = head.headers.remove(ZEPHYR_TOKEN);
    if plan.clients.is_empty() {
        return Ok(Caller { name: String::new(), credentials });
    }
    let mut client = zephyr.as_ref().and_then(|v| v.to_str().ok()).and_then(|token| find(plan, token));
    credentials.retain(|(name, value)| {
        let found = token_in(name, value).and_then(|token| find(plan, token));
        client = client.or(found);
        found.is_none()
    });
    let Some(client) = client else { return Err(Problem::unknown_client()) };
    if call.operation.is_none() && !client.paths.iter().any(|p| allows(p, head.uri.path())) {
        return Err(Problem::path_not_allowed(head.uri.path()));
    }
    Ok(Caller { name: client.name.clone(), credentials })
}

/// Whether there is money left for a request of `caller`.
///
/// # Errors
/// What the client is told: a budget is spent.
pub(super) fn affords(call: &Call, caller: &Caller, method: &Method, ledger: &Ledger) -> Result<(), Problem> {
    if !call.spends(method) {
        return Ok(());
    }
    ledger.admits(&caller.name).map_err(|over| Problem::over_budget(&over, ledger.now()))
}

fn token_in<'a>(name: &HeaderName, value: &'a HeaderValue) -> Option<&'a str> {
    match name {
        n if n == AUTHORIZATION => bearer(value),
        n if n == X_API_KEY => value.to_str().ok(),
        _ => None,
    }
}

/// The client whose token it is. Every token is compared, in constant time.
fn find<'a>(plan: &'a Plan, token: &str) -> Option<&'a Client> {
    let mut found = None;
    for client in &plan.clients {
        let same: bool = client.token.expose().as_bytes().ct_eq(token.as_bytes()).into();
        if same {
            found = Some(client);
        }
    }
    found
}

fn allows(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => path.starts_with(prefix),
        None => path == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::allows;

    #[test]
    fn a_star_at_the_end_opens_everything_below() {
        assert!(allows("/v1/files*", "/v1/files/abc"));
        assert!(allows("/v1/files", "/v1/files"));
        assert!(!allows("/v1/files", "/v1/files/abc"));
    }
}
