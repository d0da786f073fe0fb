//! The response object, around its items: in whole answers and in the first and last events of a stream.
//!
//! It repeats much of the request; the official SDKs' types want most of it to be there. Whatever `store` says, nothing
//! is stored.

use std::io::Write as _;

use crate::form::Stop;
use crate::translate::Wish;
use crate::usage::{MOST, Usage};
use crate::whole::json::{self, Members};

/// What is repeated of a request, and what stands there where the request does not say.
const ECHOED: [(&str, &str); 18] = [
    ("background", "false"),
    ("instructions", "null"),
    ("max_output_tokens", "null"),
    ("max_tool_calls", "null"),
    ("metadata", "{}"),
    ("parallel_tool_calls", "true"),
    ("previous_response_id", "null"),
    ("prompt_cache_key", "null"),
    ("reasoning", r#"{"effort":null,"summary":null}"#),
    ("safety_identifier", "null"),
    ("temperature", "1.0"),
    ("text", r#"{"format":{"type":"text"}}"#),
    ("tool_choice", "\"auto\""),
    ("tools", "[]"),
    ("top_logprobs", "0"),
    ("top_p", "1.0"),
    ("truncation", "\"disabled\""),
    ("user", "null"),
];

/// Most characters of an answer's id that are used.
const LONGEST_ID: usize = 40;

/// What the answer to the request `body` repeats, an object on one line.
pub(super) fn echo(body: &str) -> String {
    let request = Members::of(body).unwrap_or_default();
    let mut echo = Members::default();
    for (key, absent) in ECHOED {
        echo.set(key, request.given(key).unwrap_or(absent));
    }
    echo.set("store", "false");
    let echo = echo.text();
    String::from_utf8(json::on_one_line(echo.as_bytes()).into_owned()).unwrap_or_default()
}

/// What does not change of one answer's response object.
#[derive(Debug)]
pub(super) struct Response {
    /// What the ids of the response and of its items have in common.
    pub(super) stem: String,
    /// The members of the object up to its status.
    head: Vec<u8>,
    /// What it repeats, without its braces.
    echo: String,
}

/// How an answer stands.
pub(super) struct Standing<'a> {
    /// `in_progress`, `completed`, `incomplete` or `failed`.
    pub(super) status: &'static str,
    /// Why it is incomplete.
    pub(super) reason: Option<&'static str>,
    /// Code and message of what failed.
    pub(super) error: Option<(&'a str, &'a str)>,
    /// Tokens, if any were told.
    pub(super) usage: Option<Usage>,
}

impl Response {
    /// Of an answer that tells this of itself.
    pub(super) fn new(id: &str, model: &str, created: Option<i64>, wish: &Wish) -> Self {
        let stem = stem(id, &wish.id);
        let model = if model.is_empty() { &wish.model } else { model };
        let mut head = Vec::with_capacity(160);
        head.extend_from_slice(br#"{"id":"resp_"#);
        head.extend_from_slice(stem.as_bytes());
        head.extend_from_slice(br#"","object":"response","created_at":"#);
        number(created.unwrap_or(wish.created), &mut head);
        head.extend_from_slice(br#","model":"#);
        json::quote(&mut head, model);
        let echo = wish.echo.as_deref().map_or_else(|| echo("{}"), str::to_owned);
        let inner = echo.trim().trim_start_matches('{').strip_suffix('}').unwrap_or_default().to_owned();
        Self { stem, head, echo: inner }
    }

    /// Appends the object; `items` are JSON texts.
    pub(super) fn write<'i>(
        &self,
        standing: &Standing<'_>,
        items: impl IntoIterator<Item = &'i [u8]>,
        out: &mut Vec<u8>,
    ) {
        out.extend_from_slice(&self.head);
        out.extend_from_slice(br#","status":""#);
        out.extend_from_slice(standing.status.as_bytes());
        out.extend_from_slice(br#"","error":"#);
        match standing.error {
            None => out.extend_from_slice(b"null"),
            Some((code, message)) => {
                out.extend_from_slice(br#"{"code":"#);
                json::quote(out, code);
                out.extend_from_slice(br#","message":"#);
                json::quote(out, message);
                out.push(b'}');
            }
        }
        out.extend_from_slice(br#","incomplete_details":"#);
        match standing.reason {
            None => out.extend_from_slice(b"null"),
            Some(reason) => {
                out.extend_from_slice(br#"{"reason":""#);
                out.extend_from_slice(reason.as_bytes());
                out.extend_from_slice(br#""}"#);
            }
        }
        out.extend_from_slice(br#","output":["#);
        for (n, item) in items.into_iter().enumerate() {
            if n > 0 {
                out.push(b',');
            }
            out.extend_from_slice(item);
        }
        out.extend_from_slice(br#"],"usage":"#);
        match &standing.usage {
            None => out.extend_from_slice(b"null"),
            Some(usage) => write_usage(usage, out),
        }
        if !self.echo.is_empty() {
            out.push(b',');
            out.extend_from_slice(self.echo.as_bytes());
        }
        out.push(b'}');
    }
}

/// The status of an answer that has stopped, and why it is incomplete. `refused`: its refusal is told in words.
pub(super) fn status(stop: &Stop<'_>, refused: bool) -> (&'static str, Option<&'static str>) {
    match stop {
        Stop::Length | Stop::Window => ("incomplete", Some("max_output_tokens")),
        Stop::Refusal if !refused => ("incomplete", Some("content_filter")),
        Stop::End | Stop::Tools | Stop::Sequence(_) | Stop::Refusal | Stop::Pause => ("completed", None),
    }
}

/// Appends a number.
pub(super) fn number(number: impl std::fmt::Display, out: &mut Vec<u8>) {
    // Writing into memory does not fail.
    let _ = write!(out, "{number}");
}

/// OpenAI counts what caches had a part in as input.
fn write_usage(usage: &Usage, out: &mut Vec<u8>) {
    let sum = |parts: &[u64]| parts.iter().fold(0u64, |sum, part| sum.saturating_add(*part)).min(MOST);
    let written = sum(&[usage.cache_write_5m, usage.cache_write_1h]);
    let input = sum(&[usage.input, usage.cache_read, written]);
    let total = sum(&[input, usage.output]);
    let _ = write!(
        out,
        r#"{{"input_tokens":{input},"input_tokens_details":{{"cached_tokens":{},"cache_write_tokens":{written}}},"#,
        usage.cache_read
    );
    let _ = write!(
        out,
        r#""output_tokens":{},"output_tokens_details":{{"reasoning_tokens":{}}},"total_tokens":{total}}}"#,
        usage.output, usage.reasoning
    );
}

/// What of an id may be in ids of this dialect, without the prefix that other vendors give theirs.
fn stem(id: &str, absent: &str) -> String {
    let bare = ["resp_", "msg_", "chatcmpl-", "gen-"]
        .iter()
        .find_map(|prefix| id.strip_prefix(prefix))
        .unwrap_or(id);
    let plain = |id: &str| -> String {
        id.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).take(LONGEST_ID).collect()
    };
    let stem = plain(bare);
    if stem.is_empty() { plain(absent) } else { stem }
}
