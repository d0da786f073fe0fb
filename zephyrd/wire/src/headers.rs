//! Which headers end at this hop and which go on.

use std::sync::LazyLock;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use memchr::memmem::Finder;

/// The header in which a client may send its Zephyr token beside a credential of its own.
pub const ZEPHYR_TOKEN: HeaderName = HeaderName::from_static("x-zephyr-token");
/// The header of Anthropic keys.
pub const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Removes hop-by-hop headers (RFC 9110 §7.6.1 and older practice) and every header that `Connection` names.
pub fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let mut gone: Vec<HeaderName> = headers.keys().filter(|name| is_hop_by_hop(name)).cloned().collect();
    for value in headers.get_all(header::CONNECTION) {
        let named = value.to_str().unwrap_or_default().split(',').map(str::trim);
        // The two that nearly every client sends name no header of a message.
        let named =
            named.filter(|n| !n.eq_ignore_ascii_case("keep-alive") && !n.eq_ignore_ascii_case("close"));
        gone.extend(named.filter_map(|name| HeaderName::from_bytes(name.as_bytes()).ok()));
    }
    for name in &gone {
        headers.remove(name);
    }
}

fn is_hop_by_hop(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "connection"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "proxy-connection"
            | "te"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// Takes every credential of the client out of `headers`: what comes back goes to passthrough endpoints alone.
pub fn take_credentials(headers: &mut HeaderMap) -> Vec<(HeaderName, HeaderValue)> {
    let mut taken = Vec::new();
    for name in [header::AUTHORIZATION, X_API_KEY] {
        taken.extend(headers.get_all(&name).iter().map(|v| (name.clone(), v.clone())));
        headers.remove(&name);
    }
    taken
}

const BETA: HeaderName = HeaderName::from_static("anthropic-beta");
static OAUTH: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(b"oauth-"));

/// Keeps of `anthropic-beta` only what an endpoint with a key of its own may see: values `oauth-*` belong to
/// the client's own login.
pub fn drop_oauth_betas(headers: &mut HeaderMap) {
    // Looked for as text first: clients send a dozen betas, and with a key hardly ever one of these.
    if headers.get_all(BETA).iter().any(|v| OAUTH.find(v.as_bytes()).is_some()) {
        drop_betas(headers, |beta| beta.starts_with("oauth-"));
    }
}

/// Takes the values of `anthropic-beta` out for which `gone` says so; the others stay as they were written.
pub fn drop_betas(headers: &mut HeaderMap, gone: impl Fn(&str) -> bool) {
    let has_one = |v: &HeaderValue| v.to_str().is_ok_and(|v| v.split(',').any(|b| gone(b.trim())));
    if !headers.get_all(BETA).iter().any(has_one) {
        return;
    }
    let kept: Vec<HeaderValue> = headers
        .get_all(BETA)
        .iter()
        .filter_map(|v| {
            let kept: Vec<&str> = v.to_str().ok()?.split(',').filter(|b| !gone(b.trim())).collect();
            if kept.is_empty() { None } else { HeaderValue::from_str(kept.join(",").trim()).ok() }
        })
        .collect();
    headers.remove(BETA);
    for value in kept {
        headers.append(BETA, value);
    }
}

/// The token of a `Bearer` credential.
#[must_use]
pub fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(HeaderName::from_bytes(name.as_bytes()).expect("name"), value.parse().expect("value"));
        }
        map
    }

    #[test]
    fn everything_named_in_connection_goes() {
        let mut headers =
            map(&[("connection", "keep-alive, X-Foo"), ("x-foo", "1"), ("te", "trailers"), ("x-bar", "2")]);
        strip_hop_by_hop(&mut headers);
        assert_eq!(headers, map(&[("x-bar", "2")]));
    }

    #[test]
    fn both_credentials_are_taken() {
        let mut headers = map(&[("authorization", "Bearer a"), ("x-api-key", "b"), ("x-bar", "2")]);
        let taken = take_credentials(&mut headers);
        assert_eq!(taken.len(), 2);
        assert_eq!(headers, map(&[("x-bar", "2")]));
    }

    #[test]
    fn only_oauth_betas_are_dropped() {
        let mut headers =
            map(&[("anthropic-beta", "a-1,oauth-2025-04-20,b-2"), ("anthropic-beta", "oauth-x")]);
        drop_oauth_betas(&mut headers);
        assert_eq!(headers, map(&[("anthropic-beta", "a-1,b-2")]));
        let mut untouched = map(&[("anthropic-beta", "a-1, b-2")]);
        drop_oauth_betas(&mut untouched);
        assert_eq!(untouched, map(&[("anthropic-beta", "a-1, b-2")]));
    }

    #[test]
    fn a_beta_that_an_endpoint_refuses_is_taken_out() {
        let mut headers = map(&[("anthropic-beta", "a-1, b-2,c-3")]);
        drop_betas(&mut headers, |beta| beta == "b-2");
        assert_eq!(headers, map(&[("anthropic-beta", "a-1,c-3")]));
        drop_betas(&mut headers, |_| true);
        assert!(headers.is_empty());
    }

    #[test]
    fn bearer_is_read_without_regard_to_case() {
        assert_eq!(bearer(&HeaderValue::from_static("bearer  tok")), Some("tok"));
        assert_eq!(bearer(&HeaderValue::from_static("Basic tok")), None);
    }
}
