//! Which requests mean the same.
//!
//! Two do if they come with the same credential, ask the same path, say the same in every header that is not known
//! to be beside the point, and their bodies have the same members, but for the form of the answer. What is not
//! understood makes a difference: then two requests are two.
//!
//! Where only a conversation shares with itself, every request of every agent comes through here, so it has to cost
//! next to nothing: there a repeat is one whose body is the same to the byte, form included, and nothing is parsed.

use std::hash::{BuildHasher, Hasher};

use foldhash::quality::{FoldHasher, RandomState};
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, HeaderMap, HeaderName};
use http::request::Parts;
use memchr::memmem;
use ring::digest::{Context, SHA256};
use zephyr_core::config::{Cache, Dedup, Plan};
use zephyr_wire::dialect::{ANTHROPIC, OPENAI_CHAT, OPENAI_RESPONSES};
use zephyr_wire::peek::meaning;

use super::super::admit::Caller;
use super::super::identify::{Call, Wishes};
use super::reply::Form;

/// Tells bodies of 100 KB apart in microseconds, by 64 bits under a key of this process: only requests of one conversation
/// that are on their way together are compared, a handful, and whoever found two that collide could confuse no conversation
/// but its own.
pub(super) struct Fingerprint {
    key: RandomState,
    /// Looks for the member of requests that are answered behind the client's back.
    background: memmem::Finder<'static>,
}

impl Default for Fingerprint {
    fn default() -> Self {
        Self { key: RandomState::default(), background: memmem::Finder::new(b"\"background\"") }
    }
}

impl Fingerprint {
    fn begin(&self) -> Print<'_> {
        Print(self.key.build_hasher())
    }
}

/// A fingerprint in the making.
struct Print<'a>(FoldHasher<'a>);

/// What takes the pieces of a request in.
trait Pieces {
    /// One piece, told from the next by its length.
    fn add(&mut self, piece: &[u8]);
}

impl Pieces for Print<'_> {
    fn add(&mut self, piece: &[u8]) {
        self.0.write_usize(piece.len());
        self.0.write(piece);
    }
}

/// Path and query, and the headers that count.
fn add_head(head: &Parts, to: &mut impl Pieces) {
    to.add(head.uri.path_and_query().map_or("/", |p| p.as_str()).as_bytes());
    for (name, value) in head.headers.iter().filter(|(name, _)| counts(name.as_str())) {
        to.add(name.as_str().as_bytes());
        to.add(value.as_bytes());
    }
}

/// SHA-256 of everything that counts: whoever can make two requests collide can make two equal ones.
pub(super) type Key = [u8; 32];

/// `off`: this request has a call of its own.
const DEDUP: HeaderName = HeaderName::from_static("x-zephyr-dedup");
/// `off`: this request's answer is neither read from the cache nor kept.
const CACHED: HeaderName = HeaderName::from_static("x-zephyr-cache");

/// What a request says about sharing, in headers that end here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Marks {
    dedup: bool,
    read: bool,
    keep: bool,
}

impl Marks {
    /// Takes the marks out of `headers`. `Cache-Control` (RFC 9111) is obeyed and goes on.
    fn take(headers: &mut HeaderMap) -> Self {
        let off = |value: Option<http::HeaderValue>| {
            value.is_some_and(|v| matches!(v.as_bytes(), b"off" | b"no" | b"false" | b"0"))
        };
        let (dedup, cache) = (!off(headers.remove(DEDUP)), !off(headers.remove(CACHED)));
        let told = |word: &str| {
            let values = headers.get_all(CACHE_CONTROL).iter().filter_map(|v| v.to_str().ok());
            values.flat_map(|v| v.split(',')).any(|v| v.trim().eq_ignore_ascii_case(word))
        };
        let keep = cache && !told("no-store");
        Self { dedup, read: keep && !told("no-cache"), keep }
    }
}

/// What a request asks for, and what may be done with that.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Asked {
    pub(super) key: Key,
    /// How it wants the answer.
    pub(in super::super) form: Form,
    /// It may share a call, its own or another's.
    pub(super) may_join: bool,
    /// It may be answered from the cache.
    pub(super) may_be_read: bool,
    /// Its answer may be kept.
    pub(super) may_be_kept: bool,
    /// The cache's bounds.
    pub(super) cache: Cache,
}

impl Asked {
    /// `None` where the request stands alone: it asks for no tokens, is marked so, or is not understood. The marks
    /// end here in any case.
    pub(super) fn of(
        fingerprint: &Fingerprint,
        plan: &Plan,
        call: &Call,
        caller: &Caller,
        (head, body): (&mut Parts, &[u8]),
        wishes: &Wishes,
    ) -> Option<Self> {
        let session = &wishes.session;
        let marks = Marks::take(&mut head.headers);
        if !call.is_gated() || head.headers.contains_key(CONTENT_ENCODING) {
            return None;
        }
        let may_join = marks.dedup
            && match plan.dedup {
                Dedup::Off => false,
                Dedup::Sessions => session.session.is_some(),
                Dedup::All => true,
            };
        let caches = plan.cache.enabled;
        let (may_be_read, may_be_kept) = (caches && marks.read, caches && marks.keep);
        if !may_join && !may_be_read && !may_be_kept {
            return None;
        }
        let mut hash = Hash(Context::new(&SHA256));
        hash.add(caller.name.as_bytes());
        for (name, value) in &caller.credentials {
            hash.add(name.as_str().as_bytes());
            hash.add(value.as_bytes());
        }
        hash.add(b"/");
        let include_usage = if caches || plan.dedup == Dedup::All {
            add_head(head, &mut hash);
            hash.add(b"{");
            hash.body(call, body, wishes.stream)?
        } else {
            // Only there a request may be answered behind the client's back.
            let responses = call.dialect.name() == OPENAI_RESPONSES.name();
            if responses && fingerprint.background.find(body).is_some() {
                return None;
            }
            hash.add(session.session.as_deref().unwrap_or_default().as_bytes());
            hash.add(session.agent.as_deref().unwrap_or_default().as_bytes());
            let mut print = fingerprint.begin();
            add_head(head, &mut print);
            print.add(body);
            hash.add(&print.0.finish().to_le_bytes());
            false
        };
        let form = Form { stream: wishes.stream, include_usage };
        Some(Self { key: hash.done(), form, may_join, may_be_read, may_be_kept, cache: plan.cache.clone() })
    }
}

struct Hash(Context);

impl Pieces for Hash {
    fn add(&mut self, piece: &[u8]) {
        self.0.update(&(piece.len() as u64).to_le_bytes());
        self.0.update(piece);
    }
}

impl Hash {
    /// The body's members. Whether a stream of it is to end with the usage; `None` where it should not be shared.
    fn body(&mut self, call: &Call, body: &[u8], stream: bool) -> Option<bool> {
        // Whom an answer is billed to at the vendor is not what is asked for; elsewhere metadata is kept with it.
        let chat = call.dialect.name() == OPENAI_CHAT.name();
        let skip = if call.dialect.name() == ANTHROPIC.name() { "metadata" } else { "" };
        let mut options: &[u8] = b"";
        let mut alone = false;
        meaning(body, &[], |key, value| {
            let name = std::str::from_utf8(key).unwrap_or_default();
            alone |= name == "background" && value == b"true";
            if chat && name == "stream_options" {
                options = value;
            } else if name != skip {
                self.add(key);
                self.add(value);
            }
        })?;
        // A whole answer always tells its usage: it is the same as a stream that is asked to.
        let include_usage = !chat || !stream || asks_for_usage(options);
        self.add(if include_usage { b"usage" } else { options });
        (!alone).then_some(include_usage)
    }

    fn done(self) -> Key {
        let mut key = Key::default();
        key.copy_from_slice(self.0.finish().as_ref());
        key
    }
}

/// Whether a header says anything about what is asked for.
fn counts(name: &str) -> bool {
    let beside_the_point = matches!(
        name,
        "accept"
            | "accept-encoding"
            | "accept-language"
            | "baggage"
            | "cache-control"
            | "connection"
            | "content-length"
            | "date"
            | "expect"
            | "forwarded"
            | "host"
            | "keep-alive"
            | "pragma"
            | "priority"
            | "te"
            | "traceparent"
            | "tracestate"
            | "user-agent"
            | "via"
            | "x-request-id"
            | "x-client-request-id"
            // Which conversation asks is told apart where that matters.
            | "session-id"
            | "session_id"
            | "x-session-id"
    );
    let prefixed = || {
        let prefixes: &[&str] = match name.as_bytes().first() {
            Some(b'x') => &["x-stainless-", "x-forwarded-", "x-claude-code-"],
            Some(b's') => &["sec-"],
            _ => &[],
        };
        prefixes.iter().any(|prefix| name.starts_with(prefix))
    };
    !beside_the_point && !prefixed()
}

/// `{"include_usage":true}` and nothing else.
fn asks_for_usage(options: &[u8]) -> bool {
    let plain: Vec<u8> = options.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    plain == br#"{"include_usage":true}"#
}
