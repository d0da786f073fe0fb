//! Who asks: the session, the agent in it and the class of the request, as clients tell them.
//!
//! Headers come before the body: they are what clients write for gateways. Ids are taken as they are or not at all:
//! longer than [`LONGEST`] bytes or with anything but printable ASCII they are none, since a cut id would mix two
//! sessions.

use http::{HeaderMap, HeaderName};

use crate::peek::Wish;

/// Longest id that is taken.
pub const LONGEST: usize = 128;

/// Claude Code's session, also in its subagents.
/// Where a session may stand, the surest first (measured: Claude Code, opencode, Codex).
static SESSIONS: [HeaderName; 4] = [
    HeaderName::from_static("x-claude-code-session-id"),
    HeaderName::from_static("x-session-id"),
    HeaderName::from_static("session-id"),
    HeaderName::from_static("session_id"),
];
static AGENT: HeaderName = HeaderName::from_static("x-claude-code-agent-id");
static CLASS: HeaderName = HeaderName::from_static("x-claude-code-request-class");

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Session {
    /// The session's id.
    pub session: Option<String>,
    /// The subagent's id, in requests of one.
    pub agent: Option<String>,
    /// What the request is for: `main`, `subagent`, `compaction`, …
    pub class: Option<String>,
}

/// Reads who asks from headers and body.
#[must_use]
pub fn session_of(headers: &HeaderMap, wish: &Wish<'_>) -> Session {
    let header = |name: &HeaderName| headers.get(name).and_then(|value| id(value.as_bytes()));
    Session {
        session: SESSIONS
            .iter()
            .find_map(header)
            .or_else(|| wish.session.as_deref().and_then(|session| id(session.as_bytes()))),
        agent: header(&AGENT),
        class: header(&CLASS),
    }
}

fn id(raw: &[u8]) -> Option<String> {
    let raw = raw.trim_ascii();
    let fits = !raw.is_empty() && raw.len() <= LONGEST && raw.iter().all(|b| matches!(b, b' '..=b'~'));
    fits.then(|| String::from_utf8_lossy(raw).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peek::peek;
    use http::{HeaderName, HeaderValue};

    fn of(headers: &[(&'static str, &[u8])], body: &str) -> Session {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                (HeaderName::from_static(name), HeaderValue::from_bytes(value).expect("a header value"))
            })
            .collect();
        session_of(&headers, &peek(body.as_bytes()))
    }

    #[test]
    fn headers_come_before_the_body() {
        let body = r#"{"prompt_cache_key":"b"}"#;
        assert_eq!(of(&[], body).session.as_deref(), Some("b"));
        assert_eq!(of(&[("session_id", b"h")], body).session.as_deref(), Some("h"));
        let both: [(&str, &[u8]); 2] = [("x-session-id", b"o"), ("x-claude-code-session-id", b"c")];
        assert_eq!(of(&both, body).session.as_deref(), Some("c"));
    }

    #[test]
    fn agent_and_class_are_read() {
        let all: [(&str, &[u8]); 2] =
            [("x-claude-code-agent-id", b"a1"), ("x-claude-code-request-class", b"subagent")];
        let got = of(&all, "{}");
        assert_eq!((got.agent.as_deref(), got.class.as_deref()), (Some("a1"), Some("subagent")));
    }

    #[test]
    fn what_is_no_id_is_passed_over_for_the_next_place() {
        let long = [b'x'; LONGEST + 1];
        for bad in [&long[..], "é".as_bytes(), b"a\tb", b""] {
            let got = of(&[("x-session-id", bad), ("session-id", b"next")], "{}");
            assert_eq!(got.session.as_deref(), Some("next"), "{bad:?}");
        }
        assert_eq!(of(&[], r#"{"prompt_cache_key":"a\nb"}"#).session, None);
        assert_eq!(of(&[("x-session-id", &long[1..])], "{}").session.map(|s| s.len()), Some(LONGEST));
    }
}
