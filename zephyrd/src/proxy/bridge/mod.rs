//! What one endpoint gets of a request, where that is not what the client sent: another model's name, another form of
//! answer, another dialect.
//!
//! A request to an endpoint of its own dialect that is asked for the same model passes untouched and uncopied. A new
//! name changes the bytes of the model's value alone. What is translated is made anew for each attempt and goes with it,
//! so that a request never holds more than one translation; a compressed body is decoded first, up to [`DECODED`] bytes.
//! `answer` is the way back, `error` that of what an endpoint refuses.

mod answer;
mod error;

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue};
use http::response::Parts;
use zephyr_core::config::{Dialect as DialectId, Endpoint};
use zephyr_wire::dialect::{ANTHROPIC, Dialect, OPENAI_CHAT, OPENAI_RESPONSES, Operation};
use zephyr_wire::edit;
use zephyr_wire::encoding::{Encoding, decoded};
use zephyr_wire::form::{Loss, Refused};
use zephyr_wire::headers::{X_API_KEY, bearer};
use zephyr_wire::quirks::Quirks;
use zephyr_wire::translate::{self, Reply, Target, Translated};

use super::identify::Call;
use crate::engine_handle::{Handle, LeaseGuard};
use crate::upstream::Outgoing;

pub(super) use answer::{Crossing, content_type};
pub(super) use error::in_own_words;

/// Most plain bytes of a compressed request that is changed on its way.
const DECODED: usize = 32 * 1024 * 1024;
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
    /// Its id.
    pub(super) id: &'a str,
    /// Knows the time.
    pub(super) handle: &'a Handle,
}

impl Bridge<'_> {
    /// `request` as the endpoint of `lease` gets it.
    ///
    /// # Errors
    /// It cannot be asked there: nothing was sent.
    pub(super) fn cross(&self, lease: &LeaseGuard, request: Outgoing) -> Result<Sent, Refused> {
        let endpoint = lease.endpoint();
        let model = lease.rename();
        match self.call.operation {
            // Lists of models and what is no inference are told by no dialect of ours.
            None | Some(Operation::Models) => Ok(self.untouched(request)),
            Some(_) if self.call.speaks_to(endpoint) => self.same_dialect(request, model),
            Some(Operation::Generate) => self.translated(request, endpoint, dialect(endpoint.dialect), model),
            Some(Operation::CountTokens) => {
                let (name, dialect) = (&endpoint.name, endpoint.dialect.name());
                Err(Refused(format!(
                    "`{name}` speaks {dialect} and cannot be asked for a count in {}",
                    self.call.dialect.name()
                )))
            }
        }
    }

    fn untouched(&self, request: Outgoing) -> Sent {
        let way = Way { dialect: self.call.dialect, stream: self.stream, reply: None };
        Sent { request, way, losses: Vec::new() }
    }

    fn same_dialect(&self, mut request: Outgoing, model: Option<&str>) -> Result<Sent, Refused> {
        if let Some(model) = model {
            let body = plain(&request)?;
            if let Some(renamed) = renamed(&body, model) {
                request.body = renamed.into();
                request.headers.remove(CONTENT_ENCODING);
            }
        }
        Ok(self.untouched(request))
    }

    fn translated(
        &self,
        request: Outgoing,
        endpoint: &Endpoint,
        dialect: &'static dyn Dialect,
        model: Option<&str>,
    ) -> Result<Sent, Refused> {
        let quirks = Quirks::default();
        let id: String = self.id.chars().filter(char::is_ascii_alphanumeric).collect();
        let created = self.handle.clock().now().unix_ms / 1000;
        let target = Target { model, quirks: &quirks, id: &id, created };
        let Translated { body, stream, losses, reply } =
            translate::request(self.call.dialect, dialect, &plain(&request)?, &target)?;
        let Outgoing { method, mut headers, client_credential, .. } = request;
        translate::headers(self.call.dialect, dialect, &mut headers);
        let path = dialect.path(Operation::Generate).unwrap_or("/");
        let client_credential =
            if endpoint.is_passthrough() { credential(dialect, client_credential) } else { Vec::new() };
        let request = Outgoing {
            method,
            path_and_query: path.to_owned(),
            headers,
            body: Bytes::from(body),
            client_credential,
        };
        Ok(Sent { request, way: Way { dialect, stream, reply: Some(Box::new(reply)) }, losses })
    }
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
        assert_eq!(plain(&request("gzip", gzip(1))).unwrap().len(), 64 * 1024);
        assert!(plain(&request("gzip", gzip(DECODED))).unwrap_err().0.contains("larger than"));
        assert!(plain(&request("compress", b"x".to_vec())).unwrap_err().0.contains("`compress`"));
    }
}
