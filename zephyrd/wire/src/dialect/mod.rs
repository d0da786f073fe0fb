//! The wire formats: one file each, one line in [`ALL`].

mod anthropic;
mod openai_chat;
mod openai_responses;

use http::Method;
pub use openai_responses::response_id;

use crate::peek::members;
use crate::translate::Overflow;
use crate::usage::Draft;

/// The type of an error that says that a request is too long for the model. OpenAI's code for it; Anthropic tells it as
/// an `invalid_request_error` by its words.
pub const OVERFLOW: &str = "context_length_exceeded";

/// Every dialect.
pub static ALL: [&dyn Dialect; 3] = [ANTHROPIC, OPENAI_CHAT, OPENAI_RESPONSES];

/// Anthropic Messages.
pub const ANTHROPIC: &dyn Dialect = &anthropic::Anthropic;
/// OpenAI Chat Completions.
pub const OPENAI_CHAT: &dyn Dialect = &openai_chat::OpenaiChat;
/// OpenAI Responses.
pub const OPENAI_RESPONSES: &dyn Dialect = &openai_responses::OpenaiResponses;

/// What a request on an inference path asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Tokens: the answer costs money and may stream.
    Generate,
    /// A count of input tokens; says nothing about an endpoint's health.
    CountTokens,
    /// The list of models.
    Models,
}

/// What one event of a stream means for the commit gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sign {
    /// Nothing yet: pings, heads, unknown events.
    Nothing,
    /// Content has begun, or a complete answer without any: the attempt is an answer.
    Semantic,
    /// The end, without anything semantic before it.
    End,
    /// An error instead of an answer.
    Error {
        /// The vendor's type: `overloaded_error`.
        kind: String,
        /// The vendor's words.
        message: String,
    },
}

/// One wire format.
pub trait Dialect: Send + Sync {
    /// The name in the config and in records.
    fn name(&self) -> &'static str;

    /// What a request asks for, if its path is one of this dialect's inference paths.
    fn claims(&self, method: &Method, path: &str) -> Option<Operation>;

    /// Where a request of it goes: the path behind an endpoint's base URL; `None` for what it has no path for.
    fn path(&self, operation: Operation) -> Option<&'static str>;

    /// Whether a request header, lower case, is this vendor's own and says nothing to others. Credentials are none.
    fn owns_header(&self, name: &str) -> bool;

    /// Headers that its requests must have.
    fn wanted_headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// What one event means before anything semantic has come. `event` is empty where the stream names none.
    fn sign(&self, event: &[u8], data: &[u8]) -> Sign;

    /// Reads what one event tells of the answer into `draft`; whether it is the stream's own end, after which its
    /// connection may close cleanly. Called for every event, so what most events hold must cost next to nothing.
    fn follow(&self, event: &[u8], data: &[u8], draft: &mut Draft) -> bool;

    /// Whether an event is the stream's own end: what [`Dialect::follow`] says, for whoever wants no more than that.
    fn ends(&self, event: &[u8], data: &[u8]) -> bool;

    /// Whether [`Dialect::read`] wants a member of a whole answer. `within` is empty for members of the answer itself,
    /// else the key of an array in it whose objects the member belongs to.
    fn wants(&self, within: &[u8], key: &[u8]) -> bool;

    /// Reads such a member, a raw JSON value, into `draft`.
    fn read(&self, within: &[u8], key: &[u8], value: &[u8], draft: &mut Draft);

    /// An error body in the dialect's own shape. `kind` is an Anthropic-style type, or [`OVERFLOW`].
    fn error_body(&self, kind: &str, message: &str, request_id: &str) -> Vec<u8>;

    /// The same as the one event of a stream that has brought nothing else.
    fn error_event(&self, kind: &str, message: &str, request_id: &str) -> Vec<u8>;

    /// How clients are told that a request was too long for the model, so that they shorten it; `told` are the endpoint's
    /// words.
    fn overflow(&self, _tokens: &Overflow, told: &str) -> String {
        told.to_owned()
    }

    /// How its streams and its whole answers become each other.
    fn fold(&self) -> &'static dyn crate::whole::Fold;

    /// How it is read into the intermediate form and written from it.
    fn convert(&self) -> &'static dyn crate::translate::Convert;
}

impl std::fmt::Debug for dyn Dialect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// The dialect and operation of an inference path; `None` for every other path.
#[must_use]
pub fn claim(method: &Method, path: &str) -> Option<(&'static dyn Dialect, Operation)> {
    ALL.iter().find_map(|d| d.claims(method, path).map(|operation| (*d, operation)))
}

/// The `type` and `message` of the error object in `body`, in whichever vendor's shape.
#[must_use]
pub fn read_error(body: &[u8]) -> Option<(String, String)> {
    let value: serde_json::Value = serde_json::from_slice(body).ok()?;
    error_of(&value)
}

pub(crate) fn error_of(value: &serde_json::Value) -> Option<(String, String)> {
    let error = match &value["error"] {
        serde_json::Value::Null => value,
        error => error,
    };
    let text = |key: &str| error[key].as_str().map(str::to_owned);
    let message = text("message").or_else(|| error.as_str().map(str::to_owned)).or_else(|| text("detail"));
    let kind = text("type").filter(|t| t != "error").or_else(|| text("code"));
    if message.is_none() && kind.is_none() {
        return None;
    }
    Some((kind.unwrap_or_default(), message.unwrap_or_default()))
}

/// One event with `data` on a line of its own; `name` may be empty.
fn event(name: &str, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() + name.len() + 16);
    if !name.is_empty() {
        out.extend_from_slice(format!("event: {name}\n").as_bytes());
    }
    out.extend_from_slice(b"data: ");
    out.extend_from_slice(data);
    out.extend_from_slice(b"\n\n");
    out
}

/// The event's name, or the `type` in its data where the stream names no events.
fn kind<'a>(event: &'a [u8], data: &'a [u8]) -> &'a [u8] {
    if !event.is_empty() {
        return event;
    }
    if let Some(rest) = data.strip_prefix(b"{\"type\":\"") {
        return &rest[..memchr::memchr(b'"', rest).unwrap_or(0)];
    }
    let mut found: &[u8] = b"";
    members(data, |key, value| {
        if key == b"type" {
            found = value.strip_prefix(b"\"").and_then(|v| v.strip_suffix(b"\"")).unwrap_or_default();
        }
    });
    found
}

/// As [`error_of`], for an event that is known to be an error.
fn error_sign(data: &[u8]) -> Sign {
    let (kind, message) = read_error(data).unwrap_or_else(|| {
        (String::new(), String::from_utf8_lossy(&data[..data.len().min(200)]).into_owned())
    });
    Sign::Error { kind, message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::Encoding;
    use crate::tap::{Form, Tap};

    #[test]
    fn every_inference_path_has_its_dialect() {
        for (method, path, dialect, operation) in [
            (Method::POST, "/v1/messages", ANTHROPIC, Operation::Generate),
            (Method::POST, "/v1/messages/count_tokens", ANTHROPIC, Operation::CountTokens),
            (Method::POST, "/v1/chat/completions", OPENAI_CHAT, Operation::Generate),
            (Method::POST, "/v1/responses", OPENAI_RESPONSES, Operation::Generate),
        ] {
            let (d, o) = claim(&method, path).expect(path);
            assert_eq!((d.name(), o), (dialect.name(), operation));
            assert_eq!(d.path(o), Some(path));
        }
        for (method, path) in [
            (Method::GET, "/v1/messages"),
            (Method::POST, "/v1/files"),
            (Method::POST, "/v1/messages/batches"),
        ] {
            assert!(claim(&method, path).is_none(), "{path}");
        }
    }

    #[test]
    fn an_error_event_is_read_as_the_error_it_tells() {
        for dialect in ALL {
            let event = dialect.error_event("overloaded_error", "two\nlines", "req-1");
            let mut tap = Tap::new(dialect, Form::Stream, Encoding::Identity);
            tap.feed(&event);
            let seen = tap.seen();
            assert!(event.ends_with(b"\n\n") && seen.error.is_some(), "{dialect:?}: {seen:?}");
            let (kind, message) = seen.error.clone().expect("an error");
            assert_eq!(message, "two\nlines", "{dialect:?}");
            assert!(!kind.is_empty(), "{dialect:?}");
        }
    }

    #[test]
    fn errors_are_read_in_each_vendors_shape() {
        let e = |s: &str| read_error(s.as_bytes());
        let pair = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(
            e(r#"{"type":"error","error":{"type":"overloaded_error","message":"m"}}"#),
            pair("overloaded_error", "m")
        );
        assert_eq!(
            e(r#"{"error":{"message":"m","type":"insufficient_quota","code":"x"}}"#),
            pair("insufficient_quota", "m")
        );
        assert_eq!(e(r#"{"error":"plain"}"#), pair("", "plain"));
        assert_eq!(e(r#"{"detail":"d"}"#), pair("", "d"));
        assert_eq!(e("<html>"), None);
    }
}
