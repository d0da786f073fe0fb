//! What an endpoint says it does not know, read out of a 400 or 422, and what follows for the next request.
//!
//! Servers name the member of the request that they refuse, each in its own words. Only members at the top level are read, and
//! only those without which the request still means the same: a request that asks for JSON, for tools or for a stop sequence
//! is not quietly asked without.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Quirks;
use super::limit::most_tokens;
use crate::dialect::error_of;
use crate::edit;

/// Most names that are learnt of one endpoint.
const MOST: usize = 32;
/// Longest name that is learnt.
const LONGEST: usize = 64;
/// Most bytes of an error's words that are looked at.
const WORDS: usize = 4096;

const MAX_TOKENS: &str = "max_tokens";
const MAX_COMPLETION_TOKENS: &str = "max_completion_tokens";
/// Holds the effort, which may go, and the format, which may not.
const OUTPUT_CONFIG: &str = "output_config";

/// Members that a request cannot do without, or that change what its answer means.
const NEEDED: [&str; 34] = [
    "model",
    "messages",
    "input",
    "instructions",
    "system",
    "prompt",
    "stream",
    "tools",
    "tool_choice",
    "functions",
    "function_call",
    MAX_TOKENS,
    MAX_COMPLETION_TOKENS,
    "max_output_tokens",
    "stop",
    "stop_sequences",
    "response_format",
    "text",
    "output_format",
    "n",
    "logprobs",
    "top_logprobs",
    "modalities",
    "audio",
    "web_search_options",
    "previous_response_id",
    "conversation",
    "background",
    "mcp_servers",
    "container",
    "inference_geo",
    "anthropic_version",
    "type",
    "body",
];

/// What one error says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Top-level members that the endpoint refuses; leaving them out changes nothing of what is asked.
    Members(Vec<String>),
    /// Chat Completions: the limit of the answer is called `max_completion_tokens` here (`true`), or `max_tokens`.
    Limit(bool),
    /// The most tokens that an answer may have. Of use where requests are translated: what a client of the endpoint's own
    /// dialect asks for is its own affair.
    Most(u64),
    /// Values of `anthropic-beta` that it refuses.
    Betas(Vec<String>),
}

/// What one endpoint has refused so far; small and bounded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Learnt {
    members: BTreeSet<String>,
    betas: BTreeSet<String>,
    max_completion_tokens: Option<bool>,
    most: Option<u64>,
}

/// What the error body of a 400 or 422 says that the endpoint refuses; `None` where it says nothing that could be left out.
#[must_use]
pub fn refused(body: &[u8]) -> Option<Refusal> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let (_, mut words) = error_of(&value).unwrap_or_default();
    let end = (0..=WORDS.min(words.len())).rfind(|at| words.is_char_boundary(*at));
    words.truncate(end.unwrap_or_default());
    if let Some(betas) = betas(&words) {
        return Some(Refusal::Betas(betas));
    }
    let error = if value["error"].is_null() { &value } else { &value["error"] };
    let mut names = by_words(&words);
    names.extend(by_param(error, &words));
    names.extend(by_place(&value["detail"]));
    if names.iter().any(|name| name == MAX_TOKENS) && words.contains(MAX_COMPLETION_TOKENS) {
        return Some(Refusal::Limit(true));
    }
    if names.iter().any(|name| name == MAX_COMPLETION_TOKENS) {
        return Some(Refusal::Limit(false));
    }
    if let Some(most) = most_tokens(&words) {
        return Some(Refusal::Most(most));
    }
    names.retain(|name| may_go(name));
    names.sort();
    names.dedup();
    names.truncate(MOST);
    (!names.is_empty()).then_some(Refusal::Members(names))
}

fn may_go(name: &str) -> bool {
    let is_name = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    is_name && (2..=LONGEST).contains(&name.len()) && !NEEDED.contains(&name)
}

/// Words behind which the name of a refused member stands, in quotes or bare.
const BEFORE: [&str; 12] = [
    // OpenAI, Azure
    "Unknown parameter: ",
    "Unrecognized request argument supplied: ",
    "Unrecognized request arguments supplied: ",
    "Unsupported parameter: ",
    "Unsupported value: ",
    // Gemini
    "Unknown name ",
    // Servers in Rust (xAI, DeepSeek)
    "unknown field ",
    "does not support parameter ",
    "Argument not supported on this model: ",
    // Groq
    "property ",
    // Bedrock
    "extraneous key ",
    // LiteLLM
    "does not support parameters: ",
];

/// Words before which it stands.
const BEHIND: [&str; 5] = [
    // Anthropic, and others with the same library
    ": Extra inputs are not permitted",
    // Anthropic
    " cannot both be specified",
    ": may only be set to 1 when thinking is enabled",
    // Groq, Mistral
    " is not supported with this model",
    " is not supported by this model",
];

fn by_words(words: &str) -> Vec<String> {
    let mut names = Vec::new();
    for before in BEFORE {
        if let Some(at) = words.find(before) {
            names.extend(listed(&words[at + before.len()..]));
        }
    }
    for behind in BEHIND {
        if let Some(at) = words.find(behind) {
            let head = words[..at].trim_end_matches(['\'', '`', '"']);
            names.extend(head.rsplit(|c| !is_of_path(c)).next().map(str::to_owned));
        }
    }
    // Kimi
    if words.contains("invalid temperature: only 1 is allowed") {
        names.push("temperature".to_owned());
    }
    // Ollama
    if words.contains("does not support thinking") {
        names.extend(["reasoning_effort", "reasoning", "thinking"].map(str::to_owned));
    }
    // vLLM, whose words are Python's.
    let marks =
        ["'extra_forbidden', 'loc': ('body', '", "'Extra inputs are not permitted', 'loc': ('body', '"];
    for mark in marks {
        names.extend(words.match_indices(mark).filter_map(|(at, _)| {
            let (name, rest) = words[at + mark.len()..].split_once('\'')?;
            rest.starts_with(')').then(|| name.to_owned())
        }));
    }
    names
}

/// What a path of members is made of: a dot or a bracket says that the member is not at the top level.
fn is_of_path(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']')
}

/// The names at the beginning of `words`: `'a'`, `` `a` ``, `a, b`, `['a', 'b']`, `[a]`.
fn listed(words: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = words.trim_start_matches(['[', '{', '(']);
    loop {
        let inner = rest.trim_start_matches(['\'', '`', '"']);
        let end = inner.find(|c: char| !is_of_path(c)).unwrap_or(inner.len());
        // Gemini's words go on with the place where one is not at the top level.
        let (name, behind) = inner.split_at(end);
        let behind = behind.trim_start_matches(['\'', '`', '"']);
        let name = name.trim_end_matches(['.', ']']);
        if name.is_empty() || behind.starts_with(" at '") {
            return names;
        }
        names.push(snake(name));
        match behind.strip_prefix(", ") {
            Some(next) if names.len() < MOST && !next.starts_with("expected") => rest = next,
            _ => return names,
        }
    }
}

/// `presencePenalty` as `presence_penalty`.
fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// The member that an OpenAI-shaped error names beside its words.
fn by_param(error: &Value, words: &str) -> Option<String> {
    let code = error["code"].as_str().unwrap_or_default();
    let says = matches!(code, "unsupported_parameter" | "unknown_parameter" | "unsupported_value")
        || words.starts_with("Unknown parameter")
        || words.starts_with("Unrecognized request argument");
    error["param"].as_str().filter(|_| says).map(str::to_owned)
}

/// What servers on FastAPI name by its place: `{"type": "extra_forbidden", "loc": ["body", "x"]}`.
fn by_place(detail: &Value) -> Vec<String> {
    let extra = |one: &Value| {
        let said = one["type"] == "extra_forbidden" || one["msg"] == "Extra inputs are not permitted";
        match one["loc"].as_array().map(Vec::as_slice) {
            Some([body, name]) if said && body == "body" => name.as_str().map(str::to_owned),
            _ => None,
        }
    };
    detail.as_array().map(|all| all.iter().filter_map(extra).collect()).unwrap_or_default()
}

/// Anthropic: ``Unexpected value(s) `a`, `b` for the `anthropic-beta` header``.
fn betas(words: &str) -> Option<Vec<String>> {
    let (_, rest) = words.split_once("Unexpected value(s) ")?;
    let (named, _) = rest.split_once(" for the `anthropic-beta` header")?;
    let is_beta = |b: &&str| {
        (1..=LONGEST).contains(&b.len())
            && b.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    let betas: Vec<String> = named
        .split(',')
        .map(|b| b.trim().trim_matches('`'))
        .filter(is_beta)
        .take(MOST)
        .map(str::to_owned)
        .collect();
    (!betas.is_empty()).then_some(betas)
}

impl Learnt {
    /// Keeps what was refused; whether anything of it is new, so that asking once more makes sense.
    pub fn learn(&mut self, refusal: &Refusal) -> bool {
        fn add(to: &mut BTreeSet<String>, names: &[String]) -> bool {
            let mut new = false;
            for name in names {
                new |= to.len() < MOST && to.insert(name.clone());
            }
            new
        }
        match refusal {
            Refusal::Members(names) => add(&mut self.members, names),
            Refusal::Betas(names) => add(&mut self.betas, names),
            Refusal::Most(most) => self.most.replace(*most) != Some(*most),
            Refusal::Limit(name) => self.max_completion_tokens.replace(*name) != Some(*name),
        }
    }

    /// Whether nothing was refused.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The quirks of an endpoint with what it has refused: for requests that are translated.
    #[must_use]
    pub fn on(&self, quirks: &Quirks) -> Quirks {
        let mut quirks = quirks.clone();
        let add = |to: &mut Vec<String>, names: &BTreeSet<String>| {
            for name in names {
                if !to.contains(name) {
                    to.push(name.clone());
                }
            }
        };
        add(&mut quirks.without, &self.members);
        add(&mut quirks.without_betas, &self.betas);
        quirks.max_completion_tokens = self.max_completion_tokens.unwrap_or(quirks.max_completion_tokens);
        quirks.max_tokens = self.most.into_iter().chain(quirks.max_tokens).min();
        quirks.stream_options &= !self.members.contains("stream_options");
        quirks
    }

    /// A body of the endpoint's own dialect without what it has refused; `None` if nothing has to change. Every other
    /// byte stays.
    #[must_use]
    pub fn strip(&self, body: &[u8]) -> Option<Vec<u8>> {
        let stripped = strip(body, &self.members);
        let body = stripped.as_deref().unwrap_or(body);
        let renamed = match self.max_completion_tokens {
            Some(true) => edit::renamed(body, MAX_TOKENS, MAX_COMPLETION_TOKENS),
            Some(false) => edit::renamed(body, MAX_COMPLETION_TOKENS, MAX_TOKENS),
            None => None,
        };
        renamed.or(stripped)
    }

    /// The values of `anthropic-beta` that were refused: for [`crate::headers::drop_betas`].
    pub fn betas(&self) -> impl Iterator<Item = &str> {
        self.betas.iter().map(String::as_str)
    }
}

/// A body of the endpoint's own dialect without the top-level members `fields`; `None` if it has none of them. Every other byte
/// stays, and so does an `output_config` that asks for a format.
#[must_use]
pub fn strip<'f>(body: &[u8], fields: impl IntoIterator<Item = &'f String>) -> Option<Vec<u8>> {
    let fields: BTreeSet<&str> = fields.into_iter().map(String::as_str).collect();
    if fields.is_empty() {
        return None;
    }
    let config = fields.contains(OUTPUT_CONFIG).then(|| edit::member(body, OUTPUT_CONFIG)).flatten();
    let has_format = config.is_some_and(|config| edit::member(config, "format").is_some());
    edit::without(body, |name| fields.contains(name) && !(has_format && name == OUTPUT_CONFIG))
}

#[cfg(test)]
mod tests;
