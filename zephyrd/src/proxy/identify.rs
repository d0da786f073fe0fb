//! What a request is: its dialect, its operation, and what its body wishes.

use std::borrow::Cow;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

use bytes::Bytes;
use foldhash::quality::FixedState;
use http::header::{HeaderMap, HeaderName};
use http::{Method, Uri};
use siphasher::sip::SipHasher13;
use zephyr_core::config::{Dialect as DialectId, Endpoint, Plan, Route};
use zephyr_core::engine::{Ask, AskKind};
use zephyr_core::failover::{Class, Walk};
use zephyr_wire::conversation::{Turn, begins};
use zephyr_wire::dialect::{self, ANTHROPIC, Dialect, OPENAI_CHAT, OPENAI_RESPONSES, Operation};
use zephyr_wire::encoding::{Encoding, decoded};
use zephyr_wire::headers::X_API_KEY;
use zephyr_wire::peek::{Wish, peek};
use zephyr_wire::session::{Session, session_of};

/// Most that is decoded of a compressed body to read what it wishes.
const DECODE_LIMIT: usize = 32 * 1024 * 1024;
const ANTHROPIC_VERSION: HeaderName = HeaderName::from_static("anthropic-version");

/// What a request is, by its head.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    /// Shape of our own errors, and of the answer on an inference path.
    pub(super) dialect: &'static dyn Dialect,
    /// `None` on a path that is no inference path.
    pub(super) operation: Option<Operation>,
    /// Endpoints of other dialects are no candidates.
    bound: bool,
}

/// What a request wishes, by its body.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Wishes {
    /// The model asked for; empty where none is named.
    pub(super) model: String,
    /// A stream is asked for.
    pub(super) stream: bool,
    /// The answer that it goes on from.
    pub(super) previous: Option<String>,
    /// The conversation that it belongs to.
    pub(super) session: Session,
    /// Hash of how its conversation begins, where it names none, and whether it does so only now.
    pub(super) beginning: Option<(u64, Turn)>,
}

/// Who asks the engine, and for which model.
#[derive(Debug, Default)]
pub(super) struct Asker {
    /// Keyed hash of the credential that it brought of its own.
    pub(super) credential: Option<u64>,
    /// The model asked for; empty where none is named.
    pub(super) model: String,
    /// The model's route, if it has one.
    pub(super) route: Option<Arc<Route>>,
    /// Hash of its conversation.
    pub(super) session: Option<u64>,
    /// It begins the conversation.
    pub(super) opening: bool,
    /// Name of the client; empty where no token is asked for.
    pub(super) client: String,
}

impl Wishes {
    /// The same number for all requests of one conversation of `client`, also after a restart; a subagent is one of
    /// its own.
    pub(super) fn session_key(&self, client: &str) -> Option<u64> {
        // Not keyed, and of an algorithm that is fixed: what is kept on disk must mean the same to the next process,
        // which another compiler may have built.
        let mut hasher = SipHasher13::new();
        match (&self.session.session, self.beginning) {
            (Some(session), _) => session.hash(&mut hasher),
            (None, beginning) => beginning?.0.hash(&mut hasher),
        }
        (&self.session.agent, client).hash(&mut hasher);
        Some(hasher.finish())
    }
}

impl Asker {
    /// Who asks, of `client` and with this credential.
    pub(super) fn new(wishes: &Wishes, client: &str, credential: Option<u64>, plan: &Plan) -> Self {
        Self {
            credential,
            model: wishes.model.clone(),
            route: plan.route(&wishes.model).cloned(),
            session: wishes.session_key(client),
            opening: wishes.beginning.is_some_and(|(_, turn)| turn == Turn::First),
            client: client.to_owned(),
        }
    }
}

impl Call {
    /// Looks at method, path and headers.
    pub(super) fn identify(method: &Method, uri: &Uri, headers: &HeaderMap, plan: &Plan) -> Self {
        let path = uri.path();
        if let Some((dialect, operation)) = dialect::claim(method, path) {
            return Self { dialect, operation: Some(operation), bound: true };
        }
        let anthropic = headers.contains_key(ANTHROPIC_VERSION) || headers.contains_key(X_API_KEY);
        let dialect = if anthropic || path.starts_with("/v1/messages") { ANTHROPIC } else { OPENAI_CHAT };
        let models = method == Method::GET && (path == "/v1/models" || path.starts_with("/v1/models/"));
        let speaks = |d: &dyn Dialect| plan.endpoints.iter().any(|e| e.dialect.name() == d.name());
        Self { dialect, operation: models.then_some(Operation::Models), bound: models && speaks(dialect) }
    }

    /// What the engine is asked for.
    pub(super) fn ask<'a>(&self, asker: &'a Asker, walk: &'a Walk) -> Ask<'a> {
        Ask {
            kind: match self.operation {
                Some(Operation::Generate) => AskKind::Inference,
                Some(Operation::CountTokens | Operation::Models) => AskKind::Aside,
                None => AskKind::Other,
            },
            dialect: self.bound.then(|| id(self.dialect)),
            client_credential: asker.credential,
            tried: walk.tried(),
            tried_as: walk.tried_as(),
            model: &asker.model,
            route: asker.route.as_ref().map(|route| route.model.as_str()),
            translates: self.is_gated(),
            session: asker.session,
            opening: asker.opening,
            client: &asker.client,
        }
    }

    /// Whether `endpoint` speaks the client's dialect.
    pub(super) fn speaks_to(&self, endpoint: &Endpoint) -> bool {
        endpoint.dialect.name() == self.dialect.name()
    }

    /// Whether the answer is one whose beginning is judged before it goes out.
    pub(super) fn is_gated(&self) -> bool {
        self.operation == Some(Operation::Generate)
    }

    /// Whether its answer may cost money.
    pub(super) fn spends(&self, method: &Method) -> bool {
        match self.operation {
            Some(operation) => operation == Operation::Generate,
            None => method == Method::POST,
        }
    }

    /// Whether its answers may make an id that later requests name.
    pub(super) fn makes_ids(&self, method: &Method) -> bool {
        let responses = self.is_gated() && self.dialect.name() == OPENAI_RESPONSES.name();
        responses || (self.operation.is_none() && method == Method::POST)
    }

    /// Whether an attempt that ended as `class` says nothing about health: counts and lists never do, and off the
    /// inference paths only failures of the transport do.
    pub(super) fn is_neutral(&self, class: Class) -> bool {
        match self.operation {
            Some(Operation::Generate) => false,
            Some(Operation::CountTokens | Operation::Models) => true,
            None => !matches!(class, Class::ConnectFailed | Class::Unanswered | Class::Cut),
        }
    }

    /// Whether another endpoint may be asked after a failure of `class`: off the inference paths only if the
    /// request was provably not sent.
    pub(super) fn may_move_on(&self, class: Class) -> bool {
        self.operation.is_some() || class == Class::ConnectFailed
    }

    /// Reads what the body wishes.
    pub(super) fn wishes(&self, headers: &HeaderMap, body: &Bytes) -> Wishes {
        if self.operation.is_none() || body.is_empty() {
            return Wishes { session: session_of(headers, &Wish::default()), ..Wishes::default() };
        }
        let read = |body: &[u8]| {
            let wish = peek(body);
            let session = session_of(headers, &wish);
            let named = session.session.is_some() || !self.is_gated();
            Wishes {
                beginning: if named { None } else { beginning(body) },
                session,
                model: wish.model.unwrap_or_default().into_owned(),
                stream: wish.stream,
                previous: wish.previous.map(Cow::into_owned),
            }
        };
        match Encoding::of(headers) {
            Encoding::Identity => read(body),
            // A broken body is the endpoint's to refuse; what was readable is enough here.
            encoding => read(&decoded(encoding, body, DECODE_LIMIT)),
        }
    }
}

/// Hash of how the conversation begins. A fixed seed, for the reason that [`Wishes::session_key`] has none.
fn beginning(body: &[u8]) -> Option<(u64, Turn)> {
    let mut hasher = FixedState::with_seed(0).build_hasher();
    begins(body, &mut hasher).map(|turn| (hasher.finish(), turn))
}

fn id(dialect: &dyn Dialect) -> DialectId {
    match dialect.name() {
        "openai-chat" => DialectId::OpenaiChat,
        "openai-responses" => DialectId::OpenaiResponses,
        _ => DialectId::Anthropic,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(headers: &[(&'static str, &'static str)], client: &str, body: &str) -> Option<u64> {
        let call = Call { dialect: ANTHROPIC, operation: Some(Operation::Generate), bound: true };
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), http::HeaderValue::from_static(value)))
            .collect();
        call.wishes(&headers, &Bytes::copy_from_slice(body.as_bytes())).session_key(client)
    }

    #[test]
    fn a_conversation_is_known_by_its_id_or_by_how_it_begins() {
        let (session, agent) = (("x-claude-code-session-id", "s1"), ("x-claude-code-agent-id", "a1"));
        let body =
            |turns: &str| format!(r#"{{"model":"m","messages":[{{"role":"user","content":"hi"}}{turns}]}}"#);
        let (first, later) = (body(""), body(r#",{"role":"assistant","content":"yes?"}"#));
        assert_eq!(key(&[session], "", &first), key(&[session], "", "{}"));
        assert_ne!(key(&[session], "", &first), key(&[], "", &first));
        assert_ne!(key(&[session], "", &first), key(&[session, agent], "", &first));
        assert_ne!(key(&[session], "", &first), key(&[session], "ada", &first));
        assert_eq!(key(&[], "", &first), key(&[], "", &later));
        assert_ne!(key(&[], "", &first), key(&[], "", &first.replace("hi", "ho")));
        assert_eq!(key(&[], "", "{}"), None);
    }

    #[test]
    fn every_dialect_has_its_id() {
        for dialect in dialect::ALL {
            assert_eq!(id(dialect).name(), dialect.name());
        }
    }
}
