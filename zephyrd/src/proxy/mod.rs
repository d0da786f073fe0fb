//! The data plane: one request from its head to the last byte of its answer.
//!
//! [`Proxy::handle`] reads like the way of a request: identify, admit, receive, then choose → send → gate in
//! a walk over endpoints, silently, until something semantic has come; from there on one upstream only. A request
//! that means the same as another may share its call, or have its stored answer.

mod admit;
mod attempt;
mod bindings;
mod body;
mod bridge;
mod count;
mod error;
mod foreign;
mod gate;
mod headers;
mod identify;
mod learnt;
mod models;
mod patience;
mod quirks;
mod receive;
mod record;
mod refuse;
mod relay;
mod share;
mod turns;

use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, EXPECT, HOST, HeaderName};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{Request, Response};
use hyper::body::Incoming;
use zephyr_core::config::Plan;
use zephyr_core::engine::EndpointId;
use zephyr_core::failover::{Next, Walk};
use zephyr_wire::dialect::Operation;
use zephyr_wire::headers::strip_hop_by_hop;

use crate::engine_handle::Handle;
use crate::ledger::Ledger;
use crate::state::RequestIds;
use crate::tasks::Tasks;
use crate::trace::{Running, Traces};
use crate::upstream::{Outgoing, Upstream};

use admit::Caller;
use attempt::{Attempt, Attempted};
use bindings::{Bindings, Learner};
pub(crate) use body::Body;
use bridge::Bridge;
pub(crate) use error::{Problem, shaped};
use foreign::{Again, Thinking};
use identify::{Asker, Call, Wishes};
use learnt::Refusals;
use patience::Pending;
use receive::{Held, Replay};
use record::Record;
use share::{Asked, Found, Given, Shares};
use turns::{Turn, Turns, Wanted};

/// The header that carries a request's id.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The data plane.
pub(crate) struct Proxy {
    handle: Handle,
    upstream: Arc<Upstream>,
    ids: RequestIds,
    replay: Replay,
    bindings: Arc<Bindings>,
    hasher: RandomState,
    running: Running,
    ledger: Ledger,
    traces: Traces,
    shares: Shares,
    counts: count::Counts,
    lists: models::Lists,
    tasks: Tasks,
    refusals: Refusals,
}

impl Proxy {
    /// A data plane that may hold `max_replay_bytes` of request bodies at one time.
    pub(crate) fn new(
        handle: Handle,
        upstream: Arc<Upstream>,
        ids: RequestIds,
        (ledger, traces): (Ledger, Traces),
        max_replay_bytes: u64,
        tasks: Tasks,
    ) -> Self {
        Self {
            handle,
            upstream,
            ids,
            replay: Replay::new(max_replay_bytes),
            bindings: Arc::default(),
            hasher: RandomState::new(),
            running: Running::default(),
            ledger,
            traces,
            shares: Shares::default(),
            counts: count::Counts::default(),
            lists: models::Lists::default(),
            tasks,
            refusals: Refusals::default(),
        }
    }

    /// Requests that run now.
    pub(crate) fn running(&self) -> Running {
        self.running.clone()
    }

    /// An id for a request that is answered before it comes here.
    pub(crate) fn next_id(&self) -> String {
        self.ids.next()
    }

    /// Answers one request; every way out leaves one record.
    pub(crate) async fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
        peer: SocketAddr,
    ) -> Response<Body> {
        let plan = self.handle.plan();
        let (mut head, body) = request.into_parts();
        let call = Call::identify(&head.method, &head.uri, &head.headers, &plan);
        let id = self.ids.next();
        let what = (&head.method, &head.uri);
        let trace = self.traces.begin(&id, self.handle.clock().unix_ms());
        let mut record = Record::begin((id, trace), &self.ledger, &self.running, peer, what, &call);
        let caller = match admit::admit(&plan, &call, &mut head) {
            Ok(caller) => caller,
            Err(problem) => return refuse::unread(&call, &head.headers, &problem, record),
        };
        record.client(&caller.name);
        if let Err(problem) = admit::affords(&call, &caller, &head.method, &self.ledger) {
            return refuse::unread(&call, &head.headers, &problem, record);
        }
        let held = match receive::receive(body, &head.headers, plan.server.max_body, &self.replay).await {
            Ok(held) => held,
            Err(problem) => return refuse::unread(&call, &head.headers, &problem, record),
        };
        let wishes = call.wishes(&head.headers, &held.body);
        let asked = self.shares.asked(&plan, &call, &caller, (&mut head, &held.body), &wishes);
        record.wishes(&wishes, held.body.len());
        let learner = call.makes_ids(&head.method).then(|| Learner::new(&self.bindings));
        let asker = Asker::new(&wishes, &caller.name, self.hash_of(&caller), &plan);
        let bound = self.bound(head.uri.path(), &wishes);
        let request = outgoing(head, caller, held.body.clone());
        let stream = wishes.stream;
        // Whoever waits for a stream is told the id before the walk has ended.
        let waits = (stream && call.is_gated()).then(|| record.id().to_owned());
        let work = Box::new(Work { plan, call, stream, request, _held: held, record, learner, bound, asker });
        if work.call.operation == Some(Operation::CountTokens) {
            return self.count(*work).await;
        }
        if work.call.operation == Some(Operation::Models) && Self::lists_models(&work.plan) {
            return self.models(*work).await;
        }
        let answer: Pending = match asked {
            None => Box::pin(self.walk(work)),
            Some(asked) => Box::pin(self.shared(asked, work)),
        };
        match waits {
            Some(id) => patience::answer(answer, call.dialect, &id).await,
            None => answer.await,
        }
    }

    /// Answers a request that others may make too: from the cache, with another's call, or with its own.
    async fn shared(self: Arc<Self>, asked: Asked, mut work: Box<Work>) -> Response<Body> {
        let form = asked.form;
        if let Some(stored) = self.shares.stored(&asked) {
            match stored.give(form, work.record) {
                Given::Answer(answer) => return answer,
                Given::Not(record) => work.record = *record,
            }
        }
        let begin = |mut work: Box<Work>| {
            let call = share::Call::begin(&mut work.record, work.call.dialect, work.stream);
            (call, Box::pin(Arc::clone(&self).walk(work)) as Pending)
        };
        match self.shares.find(&asked, work, begin) {
            Found::Own(place) => {
                tracing::debug!(request = place.leader(), "request {} shares its call", place.leader());
                place.own(&asked).await
            }
            Found::Others(place, mut work) => {
                let (id, leader) = (work.record.id(), place.leader());
                tracing::debug!(request = id, leader, "request {id} shares the call of {leader}");
                match Box::pin(place.give(form, work.record)).await {
                    Given::Answer(answer) => answer,
                    Given::Not(record) => {
                        work.record = *record;
                        Box::pin(self.walk(work)).await
                    }
                }
            }
        }
    }

    /// Asks one endpoint after the other until one has answered or none is left.
    async fn walk(self: Arc<Self>, work: Box<Work>) -> Response<Body> {
        let Work { plan, call, stream, request, _held, mut record, learner, bound, asker } = *work;
        let posts = request.method == http::Method::POST;
        let renewed = Mutex::default();
        let attempt = Attempt { call: &call, posts, plan: &plan, upstream: &self.upstream, renewed };
        let mut walk = Walk::new(&plan.failover, self.handle.clock().mono()).spread(self.unit(record.id()));
        let mut thinking = Thinking::of(&call, request, &self.handle);
        let (handle, refusals) = (&self.handle, &self.refusals);
        let mut bridge = Bridge { call: &call, stream, model: &asker.model, handle, refusals, repeats: 0 };
        let mut failures = Vec::new();
        let only = bound.filter(|_| call.operation.is_none());
        let mut turns = Turns::new(&self.handle, record.trace(), stream, only);
        let mut wanted = Wanted { same: bound, ..Wanted::default() };
        loop {
            let turn = turns.next(&call.ask(&asker, &walk), wanted).await;
            let Turn { mut lease, tried } = match turn {
                Ok(turn) => turn,
                Err(none) => return refuse::spent(&call, failures, none.as_ref(), record),
            };
            if let Some(tried) = tried {
                walk.resumed(tried, self.handle.clock().mono());
            }
            let ask = call.ask(&asker, &walk);
            record.attempt(&mut lease);
            let (id, alternatives, other) = (lease.id(), lease.alternatives(), lease.other());
            let renamed = lease.rename().map(str::to_owned);
            let attempted = match bridge.cross(&lease, thinking.readable(&lease), record.id()) {
                Ok(sent) => {
                    record.sent(&sent);
                    attempt.run(lease, sent, record.tap()).await
                }
                Err(refused) => attempt.unasked(lease, refused),
            };
            let failure = match attempted {
                Attempted::Answered(answer) => {
                    let again = thinking.refused(answer, &ask);
                    match again.or_else(|answer| bridge.learn(answer)) {
                        Err(answer) => return answer.into_response(&call, record, learner),
                        Ok(Again { at, failure }) => {
                            record.failed(&failure);
                            failures.push(failure);
                            wanted = Wanted { same: Some(at), retry: false, ..wanted };
                            continue;
                        }
                    }
                }
                Attempted::Failed(failure) => failure,
            };
            record.failed(&failure);
            let again = thinking.failed(id, &failure, &ask);
            if let Some(at) = again.or_else(|| bridge.learn_of(id, renamed.as_deref(), &failure)) {
                failures.push(*failure);
                wanted = Wanted { same: Some(at), retry: false, ..wanted };
                continue;
            }
            let (class, retry_after) = (failure.outcome.class, failure.outcome.retry_after);
            failures.push(*failure);
            turns.failed(id, class);
            let now = self.handle.clock().mono();
            let next = walk.after_as(id, other, class, alternatives, retry_after, now);
            let retry = call.is_gated() && class.may_be_billed();
            wanted = match next {
                Next::Another if call.may_move_on(class) => Wanted { retry, ..Wanted::default() },
                Next::SameAfter(wait) if call.may_move_on(class) => {
                    tokio::time::sleep(wait).await;
                    Wanted { same: Some(id), retry, spent: false }
                }
                _ if class.moves_on() => Wanted { spent: true, ..Wanted::default() },
                _ => return refuse::spent(&call, failures, None, record),
            };
        }
    }

    /// A number in `0.0..1.0` that nobody can foretell: spreads the waits of requests that failed together.
    fn unit(&self, id: &str) -> f64 {
        f64::from((self.hasher.hash_one(id) >> 32) as u32) / (f64::from(u32::MAX) + 1.0)
    }

    /// Under which name the limits of a client's own credential are kept; nothing else is kept of it.
    fn hash_of(&self, caller: &Caller) -> Option<u64> {
        let credentials = &caller.credentials;
        (!credentials.is_empty()).then(|| {
            let mut hasher = self.hasher.build_hasher();
            for (name, value) in credentials {
                (name.as_str(), value.as_bytes()).hash(&mut hasher);
            }
            hasher.finish()
        })
    }

    /// The endpoint that made an id which the request names.
    fn bound(&self, path: &str, wishes: &Wishes) -> Option<EndpointId> {
        let name = match &wishes.previous {
            Some(id) => self.bindings.of(id),
            None => self.bindings.in_path(path),
        }?;
        self.handle.find(Some(&name)).ok()?.first().map(|(id, _)| *id)
    }
}

/// A request that was read and may go on its way. In a box, as it is handed on half a dozen times.
struct Work {
    plan: Arc<Plan>,
    call: Call,
    stream: bool,
    request: Outgoing,
    /// Its share of the memory for replays, given back with the answer.
    _held: Held,
    record: Record,
    learner: Option<Learner>,
    bound: Option<EndpointId>,
    asker: Asker,
}

/// The request as every attempt sends it: what ends at this hop is gone, the body is one piece.
fn outgoing(mut head: Parts, caller: Caller, body: Bytes) -> Outgoing {
    strip_hop_by_hop(&mut head.headers);
    for name in [HOST, ACCEPT_ENCODING, CONTENT_LENGTH, EXPECT] {
        head.headers.remove(name);
    }
    let path_and_query = head.uri.path_and_query().map_or("/", PathAndQuery::as_str).to_owned();
    let (method, headers) = (head.method, head.headers);
    Outgoing { method, path_and_query, headers, body, client_credential: caller.credentials }
}
