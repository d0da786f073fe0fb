//! What one endpoint gets of a request, where that is not what the client sent: another model's name, another form of
//! answer, another dialect.
//!
//! A request to an endpoint of its own dialect that is asked for the same model passes untouched and uncopied. A new
//! name changes the bytes of the model's value alone, and members that the endpoint is configured or has been seen to
//! refuse are taken out without touching others. What is translated is made anew for each attempt and goes with it,
//! so that a request never holds more than one translation; a compressed body is decoded first, up to [`DECODED`] bytes.
//! What takes long is done while other requests are served by another thread.
//! `answer` is the way back, `error` that of what an endpoint refuses, `again` what is learnt of a refusal.

mod again;
mod answer;
mod error;

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue};
use http::response::Parts;
use tokio::task::block_in_place;
use zephyr_core::config::Dialect as DialectId;
use zephyr_wire::dialect::{ANTHROPIC, Dialect, OPENAI_CHAT, OPENAI_RESPONSES, Operation};
use zephyr_wire::edit;
use zephyr_wire::encoding::{Encoding, decoded};
use zephyr_wire::form::{Loss, Refused};
use zephyr_wire::headers::{X_API_KEY, bearer, drop_betas};
use zephyr_wire::quirks::{Learnt, Quirks, strip};
use zephyr_wire::translate::{self, Reply, Target, Translated};

use super::identify::Call;
use super::learnt::Refusals;
use super::quirks::quirks;
use crate::engine_handle::{Handle, LeaseGuard};
use crate::upstream::Outgoing;

pub(super) use answer::{Crossing, content_type};
pub(super) use error::in_own_words;

/// Most plain bytes of a compressed request that is changed on its way.
const DECODED: usize = 32 * 1024 * 1024;
/// A body from this size on, in bytes, is worked on for milliseconds.
const LARGE: usize = 512 * 1024;
/// How the tokens of Anthropic's own logins begin: they go as bearers, keys do not.
const LOGIN: &str = "sk-ant-oat";

/// A request as one endpoint gets it.
pub(super) struct Sent {
    /// The request.
    pub(super) request: Outgoing,
    /// How its answer comes back.
    pub(super) way: Way,
    /// What a translation left out.
    pub(super) losses: Vec<Loss>,
}

/// How the answer of one attempt comes back.
pub(super) struct Way {
    /// What the endpoint speaks, on an inference path.
    pub(super) dialect: &'static dyn Dialect,
    /// It was asked for a stream.
    pub(super) stream: bool,
    /// What makes the client's answer of the endpoint's; `None` where that passes as it is.
    pub(super) reply: Option<Box<Reply>>,
}

impl Way {
    /// Whether an answer with this head comes as a stream. One that passes as it is has to come as it was asked for;
    /// of others the head is believed.
    pub(super) fn streams(&self, head: &Parts) -> bool {
        let told = head.headers.get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
        match self.reply {
            Some(_) if told.starts_with(b"text/event-stream") => true,
            Some(_) if told.starts_with(b"application/json") => false,
            _ => self.stream,
        }
    }
}

/// What is known of a request that is about to cross.
pub(super) struct Bridge<'a> {
    /// What it is.
    pub(super) call: &'a Call,
    /// It wishes a stream.
    pub(super) stream: bool,
    /// The model that it asks for.
    pub(super) model: &'a str,
    /// Knows the time, and the plan in force.
    pub(super) handle: &'a Handle,
    /// What endpoints have refused.
    pub(super) refusals: &'a Refusals,
    /// How often it has asked again because of that.
    pub(super) repeats: u8,
}

impl Bridge<'_> {
    /// `request`, whose id is `id`, as the endpoint of `lease` gets it.
    ///
    /// # Errors
    /// It cannot be asked there: nothing was sent.
    pub(super) fn cross(&self, lease: &LeaseGuard, request: Outgoing, id: &str) -> Result<Sent, Refused> {
        // Counts and lists have ways of their own; what is no inference is told by no dialect of ours.
        if !self.call.is_gated() {
            return Ok(self.untouched(request));
        }
        match self.call.speaks_to(lease.endpoint()) {
            true => self.same_dialect(request, lease, id),
            false => self.translated(request, lease, id),
        }
    }

    fn untouched(&self, request: Outgoing) -> Sent {
        let way = Way { dialect: self.call.dialect, stream: self.stream, reply: None };
        Sent { request, way, losses: Vec::new() }
    }

    /// What the endpoint of `lease` has refused of requests for the model that it would be asked for.
    fn learnt(&self, lease: &LeaseGuard) -> Option<Arc<Learnt>> {
        if self.refusals.is_empty() {
            return None;
        }
        self.refusals.of(&self.handle.plan(), lease.id(), lease.rename().unwrap_or(self.model))
    }

    fn same_dialect(&self, mut request: Outgoing, lease: &LeaseGuard, id: &str) -> Result<Sent, Refused> {
        let said = &lease.endpoint().quirks;
        let (rename, learnt) = (lease.rename(), self.learnt(lease));
        let without = said.without.as_deref().unwrap_or_default();
        let betas = said.without_betas.as_deref().unwrap_or_default();
        let plain_sailing = without.is_empty() && betas.is_empty() && said.forms.is_none();
        if plain_sailing && rename.is_none() && learnt.is_none() {
            return Ok(self.untouched(request));
        }
        let refused = |beta: &str| learnt.as_ref().is_some_and(|learnt| learnt.betas().any(|b| b == beta));
        drop_betas(&mut request.headers, |beta| betas.iter().any(|b| b == beta) || refused(beta));
        let before = match plain(&request) {
            Ok(body) => body,
            // What cannot be read cannot be changed: the endpoint says what it thinks of it.
            Err(_) if rename.is_none() => return Ok(self.untouched(request)),
            Err(refused) => return Err(refused),
        };
        let changes: [Change<'_>; 3] =
            [&|body| rename.and_then(|model| renamed(body, model)), &|body| strip(body, without), &|body| {
                learnt.as_ref().and_then(|learnt| learnt.strip(body))
            }];
        let mut changed = None;
        for change in changes {
            changed = change(changed.as_deref().unwrap_or(&before)).or(changed);
        }
        let mut way = Way { dialect: self.call.dialect, stream: self.stream, reply: None };
        if said.forms.is_some() {
            let (quirks, id) = (quirks(lease.endpoint(), self.call.dialect), bare(id));
            let target = self.target(None, &quirks, &id);
            let body = changed.as_deref().unwrap_or(&before);
            if let Some(formed) = translate::in_form(self.call.dialect, body, &target) {
                (way.stream, way.reply) = (formed.stream, Some(Box::new(formed.reply)));
                changed = Some(formed.body);
            }
        }
        if let Some(changed) = changed {
            request.body = changed.into();
            request.headers.remove(CONTENT_ENCODING);
        }
        Ok(Sent { request, way, losses: Vec::new() })
    }

    fn translated(&self, request: Outgoing, lease: &LeaseGuard, id: &str) -> Result<Sent, Refused> {
        let endpoint = lease.endpoint();
        let dialect = dialect(endpoint.dialect);
        let mut quirks = quirks(endpoint, dialect);
        if let Some(learnt) = self.learnt(lease) {
            quirks = learnt.on(&quirks);
        }
        let id = bare(id);
        let target = self.target(lease.rename(), &quirks, &id);
        let translate = || translate::request(self.call.dialect, dialect, &plain(&request)?, &target);
        let Translated { body, stream, losses, reply } =
            if request.body.len() < LARGE { translate()? } else { block_in_place(translate)? };
        let Outgoing { method, mut headers, client_credential, .. } = request;
        translate::headers(self.call.dialect, dialect, &mut headers);
        let request = Outgoing {
            method,
            path_and_query: dialect.path(Operation::Generate).unwrap_or("/").to_owned(),
            headers,
            body: Bytes::from(body),
            client_credential: credential(dialect, client_credential),
        };
        Ok(Sent { request, way: Way { dialect, stream, reply: Some(Box::new(reply)) }, losses })
    }

    fn target<'t>(&self, model: Option<&'t str>, quirks: &'t Quirks, id: &'t str) -> Target<'t> {
        Target { model, quirks, id, created: self.handle.clock().unix_ms() / 1000 }
    }
}

/// A change of a body; `None` where there is nothing to change.
type Change<'c> = &'c dyn Fn(&[u8]) -> Option<Vec<u8>>;

/// A request's id as vendors write theirs: letters and digits.
fn bare(id: &str) -> String {
    id.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// Asks for another model, and changes no other byte but for a content encoding.
///
/// # Errors
/// The body cannot be read.
pub(super) fn rename(request: &mut Outgoing, model: &str) -> Result<(), Refused> {
    if let Some(body) = renamed(&plain(request)?, model) {
        request.body = body.into();
        request.headers.remove(CONTENT_ENCODING);
    }
    Ok(())
}

/// The body with another model's name, and every other byte as it was; `None` where it names none.
fn renamed(body: &[u8], model: &str) -> Option<Vec<u8>> {
    let named = edit::member(body, "model").is_some_and(|value| value.starts_with(b"\""));
    let name = serde_json::to_string(model).ok().filter(|_| named)?;
    edit::with(body, "model", &name)
}

/// The wire format of that name.
pub(super) fn dialect(id: DialectId) -> &'static dyn Dialect {
    match id {
        DialectId::Anthropic => ANTHROPIC,
        DialectId::OpenaiChat => OPENAI_CHAT,
        DialectId::OpenaiResponses => OPENAI_RESPONSES,
    }
}

/// The body without its encoding.
fn plain(request: &Outgoing) -> Result<Cow<'_, [u8]>, Refused> {
    let body = match Encoding::of(&request.headers) {
        Encoding::Identity => return Ok(Cow::Borrowed(&request.body)),
        Encoding::Unknown => {
            let coding = request.headers.get(CONTENT_ENCODING).map_or(&b""[..], HeaderValue::as_bytes);
            return Err(Refused(format!(
                "the request's content encoding `{}` cannot be undone here, and its endpoint gets it changed: send it plain",
                coding.escape_ascii()
            )));
        }
        encoding => decoded(encoding, &request.body, DECODED),
    };
    if body.len() == DECODED {
        return Err(Refused(format!("the request's body is larger than {DECODED} bytes once it is decoded")));
    }
    Ok(Cow::Owned(body))
}

/// The client's own credential in the header that `dialect` has for it.
fn credential(
    dialect: &dyn Dialect,
    credentials: Vec<(HeaderName, HeaderValue)>,
) -> Vec<(HeaderName, HeaderValue)> {
    let anthropic = dialect.name() == ANTHROPIC.name();
    let carry = |(name, value): &(HeaderName, HeaderValue)| -> Option<(HeaderName, HeaderValue)> {
        let token = if *name == AUTHORIZATION { bearer(value)? } else { value.to_str().ok()? };
        let (name, text) = match anthropic && !token.starts_with(LOGIN) {
            true => (X_API_KEY, token.to_owned()),
            false => (AUTHORIZATION, format!("Bearer {token}")),
        };
        let mut value = HeaderValue::try_from(text).ok()?;
        value.set_sensitive(true);
        Some((name, value))
    };
    credentials.iter().find_map(carry).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::*;

    fn carried(dialect: &dyn Dialect, name: HeaderName, value: &'static str) -> Vec<(HeaderName, String)> {
        let own = vec![(name, HeaderValue::from_static(value))];
        let text = |v: HeaderValue| v.to_str().unwrap().to_owned();
        credential(dialect, own).into_iter().map(|(name, value)| (name, text(value))).collect()
    }

    #[test]
    fn a_clients_credential_goes_into_the_header_that_the_endpoints_dialect_has_for_it() {
        let (key, bearer) = ("sk-1", "Bearer sk-1");
        for (dialect, name, value, want) in [
            (OPENAI_CHAT, X_API_KEY, key, (AUTHORIZATION, bearer)),
            (OPENAI_RESPONSES, AUTHORIZATION, bearer, (AUTHORIZATION, bearer)),
            (ANTHROPIC, AUTHORIZATION, bearer, (X_API_KEY, key)),
            (ANTHROPIC, AUTHORIZATION, "Bearer sk-ant-oat01-x", (AUTHORIZATION, "Bearer sk-ant-oat01-x")),
        ] {
            assert_eq!(carried(dialect, name, value), [(want.0, want.1.to_owned())], "{dialect:?}");
        }
        assert_eq!(carried(ANTHROPIC, AUTHORIZATION, "Basic dTpw"), []);
    }

    #[test]
    fn a_compressed_body_is_decoded_within_its_bound_and_only_where_the_encoding_is_known() {
        use std::io::Write as _;
        let gzip = |size: usize| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            let noise: Vec<u8> =
                (0..64 * 1024u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
            (0..size.div_ceil(noise.len())).for_each(|_| encoder.write_all(&noise).unwrap());
            encoder.finish().unwrap()
        };
        let request = |encoding: &'static str, body: Vec<u8>| Outgoing {
            method: Method::POST,
            path_and_query: "/".to_owned(),
            headers: HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static(encoding))]),
            body: body.into(),
            client_credential: Vec::new(),
        };
        assert_eq!(plain(&request("identity", b"{}".to_vec())).unwrap(), &b"{}"[..]);
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(br#"{"a":1,"model": "m"}"#).unwrap();
        let mut named = request("gzip", encoder.finish().unwrap());
        rename(&mut named, "other").unwrap();
        assert_eq!(named.body, &br#"{"a":1,"model": "other"}"#[..]);
        assert!(named.headers.is_empty(), "it is plain now");
        assert!(rename(&mut request("compress", b"x".to_vec()), "other").is_err());
        assert_eq!(plain(&request("gzip", gzip(1))).unwrap().len(), 64 * 1024);
        assert!(plain(&request("gzip", gzip(DECODED))).unwrap_err().0.contains("larger than"));
        assert!(plain(&request("compress", b"x".to_vec())).unwrap_err().0.contains("`compress`"));
    }
}
