//! What of a request's headers belongs to its dialect, and what an endpoint of another one gets instead.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::dialect::Dialect;

/// Headers of the vendors' own SDKs and clients: what they say holds for the request as it was.
const CLIENTS_OWN: [&str; 2] = ["x-stainless-", "x-codex-"];
/// What is said of the body as it was.
const OF_THE_BODY: [HeaderName; 4] =
    [header::CONTENT_LENGTH, header::CONTENT_ENCODING, header::ACCEPT, header::ACCEPT_ENCODING];

/// Makes the headers of a request of the dialect `client` those of its translation for an `endpoint` of another: what
/// only the client's vendor understands goes, what the endpoint's wants comes. Credentials are not touched. The query
/// of the client's request (`?beta=true`) is its dialect's own too: a translated request has none.
pub fn headers(client: &dyn Dialect, endpoint: &dyn Dialect, headers: &mut HeaderMap) {
    let gone: Vec<HeaderName> = headers
        .keys()
        .filter(|name| {
            let is_of = |dialect: &dyn Dialect| dialect.owns_header(name.as_str());
            CLIENTS_OWN.iter().any(|own| name.as_str().starts_with(own))
                || (is_of(client) && !is_of(endpoint))
        })
        .cloned()
        .collect();
    for name in gone.iter().chain(&OF_THE_BODY) {
        headers.remove(name);
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
    for (name, value) in endpoint.wanted_headers() {
        headers.entry(*name).or_insert(HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::{ANTHROPIC, OPENAI_CHAT, OPENAI_RESPONSES};

    fn map(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v))).collect()
    }

    #[test]
    fn what_only_the_clients_vendor_understands_stays_behind() {
        let mut of_claude = map(&[
            ("anthropic-version", "2023-06-01"),
            ("anthropic-beta", "claude-code-20250219"),
            ("anthropic-dangerous-direct-browser-access", "true"),
            ("x-app", "cli"),
            ("x-claude-code-session-id", "s"),
            ("x-stainless-lang", "js"),
            ("content-length", "12"),
            ("content-encoding", "gzip"),
            ("accept", "application/json"),
            ("user-agent", "claude-cli/2.1"),
            ("x-mine", "1"),
        ]);
        headers(ANTHROPIC, OPENAI_CHAT, &mut of_claude);
        let want = [
            ("user-agent", "claude-cli/2.1"),
            ("x-mine", "1"),
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
        ];
        assert_eq!(of_claude, map(&want));
    }

    #[test]
    fn an_anthropic_endpoint_gets_its_version_and_the_openai_dialects_share_theirs() {
        let mut of_codex =
            map(&[("openai-organization", "org"), ("originator", "codex"), ("session_id", "s")]);
        let mut for_chat = of_codex.clone();
        headers(OPENAI_RESPONSES, ANTHROPIC, &mut of_codex);
        assert_eq!(of_codex.get("anthropic-version").map(HeaderValue::as_bytes), Some(&b"2023-06-01"[..]));
        assert!(!of_codex.contains_key("openai-organization") && !of_codex.contains_key("originator"));
        headers(OPENAI_RESPONSES, OPENAI_CHAT, &mut for_chat);
        assert!(for_chat.contains_key("openai-organization"));
    }
}
