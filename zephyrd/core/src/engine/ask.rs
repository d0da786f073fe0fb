//! What the engine is asked for: a request, as far as choosing goes.

use std::sync::Arc;

use super::EndpointId;
use crate::config::Dialect;

/// What a request needs of an endpoint.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// What sort of request it is.
    pub kind: AskKind,
    /// Only endpoints of this dialect are candidates; `None` = any.
    pub dialect: Option<Dialect>,
    /// Keyed hash of the credential that the client sent as its own: with one, passthrough endpoints are
    /// candidates, and what they limit it to is remembered under the hash.
    pub client_credential: Option<u64>,
    /// Endpoints that this request has tried already.
    pub tried: &'a [EndpointId],
    /// Models that it was refused at endpoints which its route also asks for another: those may be asked for that.
    pub tried_as: &'a [(EndpointId, Arc<str>)],
    /// The model asked for; empty where none is named. Limits of one model are kept by it.
    pub model: &'a str,
    /// Pattern of the model's route, where it has one ([`crate::config::Route::model`]): the route's targets are the only
    /// candidates then, whatever their dialect.
    pub route: Option<&'a str>,
    /// The request can be translated: where the plan has nobody of its dialect at all, or its route says so, endpoints
    /// of other dialects are candidates.
    pub translates: bool,
    /// Stable hash of the conversation (a subagent is one of its own), where there is one.
    pub session: Option<u64>,
    /// The request begins the conversation, so that there is nothing to stay for. Two that begin alike are known by the
    /// same hash.
    pub opening: bool,
    /// Name of the client whose token it came with; empty where no token is asked for.
    pub client: &'a str,
}

impl Ask<'_> {
    /// An inference request for endpoints of `dialect` that tells nothing else of itself.
    #[must_use]
    pub const fn inference(dialect: Dialect) -> Self {
        Self {
            kind: AskKind::Inference,
            dialect: Some(dialect),
            client_credential: None,
            tried: &[],
            tried_as: &[],
            model: "",
            route: None,
            translates: false,
            session: None,
            opening: false,
            client: "",
        }
    }
}

/// What sort of request asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskKind {
    /// A path that some dialect claims for inference: strategy, full failover.
    Inference,
    /// An inference path that costs next to nothing and says nothing about health (`count_tokens`, which comes
    /// in bursts): chosen as [`AskKind::Inference`], but it counts for no concurrency limit and is no trial.
    Aside,
    /// Any other path: the `default` group's first usable endpoint, stable.
    Other,
}
