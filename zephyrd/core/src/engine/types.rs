//! What goes into the engine and what comes out of it.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::groups::GroupView;
use super::offline::Reach;
use super::{Ask, Decision, Spending};
use crate::config::{Dialect, Endpoint};
use crate::failover::Class;
use crate::health::Begun;
use crate::waiting::{GaveUp, Tally};

/// An endpoint's identity inside one engine: never reused, so that a late settle meets its own endpoint or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EndpointId(pub u32);

/// The right to make one attempt on one endpoint. Settled exactly once, by [`super::Engine::settle`].
#[derive(Debug)]
#[must_use = "a lease that is not settled counts as in flight for ever"]
pub struct Lease {
    /// Unique number of this lease.
    pub number: u64,
    /// Whose it is.
    pub id: EndpointId,
    /// The endpoint's settings at the moment of choosing.
    pub endpoint: Arc<Endpoint>,
    /// Usable endpoints that this ask has not tried, this one not counted.
    pub alternatives: usize,
    /// Given although the endpoint is softly open, as nothing else was usable (last resort or a pin).
    pub last_resort: bool,
    /// Why it is this endpoint.
    pub decision: Decision,
    /// The model that is asked for here; empty where none is named.
    pub(crate) model: Arc<str>,
    /// It is not the client's.
    pub(crate) renamed: bool,
    /// The request's route may ask the endpoint for another too.
    pub(crate) another: bool,
    /// The endpoints that the ask could be served by.
    pub(crate) dialect: Option<Dialect>,
    pub(crate) translates: bool,
    pub(crate) granted: Duration,
    pub(crate) counts: bool,
    /// The client whose limit it counts for.
    pub(crate) by: Option<Arc<str>>,
    pub(crate) begun: bool,
    /// The conversation that it counts for.
    pub session: Option<u64>,
    /// Hash of the last piece of thinking in the conversation's history that the endpoint refuses, others having
    /// written it.
    pub cut: Option<u64>,
    /// What health knew when the answer began.
    pub(crate) start: Option<Begun>,
    /// The request brought a credential of its own.
    pub(crate) credential: bool,
    /// As in the ask, where the endpoint is a passthrough one.
    pub(crate) client: Option<u64>,
}

impl Lease {
    /// The model that is to be asked for here instead of the client's; `None` = the name stays.
    #[must_use]
    pub fn rename(&self) -> Option<&Arc<str>> {
        Some(&self.model).filter(|_| self.renamed)
    }

    /// The model that is asked for here, where the endpoint may be asked for another if this one fails
    /// ([`crate::failover::Walk::after_as`]).
    #[must_use]
    pub fn other(&self) -> Option<&Arc<str>> {
        Some(&self.model).filter(|_| self.another)
    }

    /// Who could have served the ask that it was given for.
    pub(crate) fn ask(&self) -> Ask<'_> {
        Ask {
            dialect: self.dialect,
            route: self.decision.route.as_deref(),
            translates: self.translates,
            ..Ask::inference(Dialect::Anthropic)
        }
    }
}

/// What became of a lease.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// How it ended.
    pub class: Class,
    /// Time from sending to the first semantic event or first body byte, where there was one.
    pub ttft: Option<Duration>,
    /// What the endpoint said about when to come back (`Retry-After` and the like).
    pub retry_after: Option<Duration>,
    /// One line for people: `HTTP 503: overloaded`, `connection refused`.
    pub detail: Option<String>,
    /// Neither success nor failure of it says anything about health (count_tokens, other paths).
    pub neutral: bool,
    /// What it says about the network between.
    pub reach: Reach,
}

impl Outcome {
    /// An outcome of `class` without further knowledge.
    #[must_use]
    pub fn of(class: Class) -> Self {
        Self { class, ttft: None, retry_after: None, detail: None, neutral: false, reach: Reach::ByClass }
    }
}

/// What a probe found.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// `Ok` = healthy.
    pub class: Class,
    /// Full response time where there was an answer.
    pub latency: Option<Duration>,
    /// True for kinds that prove the whole way (`messages`, `command`): they close a breaker. A cheap one
    /// (`connect`, `models`, `count-tokens`) only brings the next trial forward.
    pub proves: bool,
    /// The model that was asked for; `None` = that of the endpoint's settings, where its kind of probe asks for one.
    pub model: Option<String>,
    /// As in [`Outcome`].
    pub retry_after: Option<Duration>,
    /// As in [`Outcome`].
    pub detail: Option<String>,
    /// As in [`Outcome`].
    pub reach: Reach,
}

impl Verdict {
    /// A cheap probe's verdict of `class` without further knowledge.
    #[must_use]
    pub fn of(class: Class) -> Self {
        Self {
            class,
            latency: None,
            proves: false,
            model: None,
            retry_after: None,
            detail: None,
            reach: Reach::ByClass,
        }
    }
}

/// State of an endpoint, by what was seen of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Nothing is known yet; counts as usable.
    Unknown,
    /// The last thing seen was good.
    Up,
    /// Usable, but the last thing seen was a failure, or it is on trial after a cooldown.
    Degraded,
    /// Softly open: failed repeatedly, rests until its time.
    Cooling,
    /// Its credential has reached a limit that was stated or is plain (hard).
    Exhausted,
    /// It refuses our credential (hard).
    AuthFailed,
    /// What answers there is no API (hard).
    Misconfigured,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Unknown,
        Self::Up,
        Self::Degraded,
        Self::Cooling,
        Self::Exhausted,
        Self::AuthFailed,
        Self::Misconfigured,
    ];

    /// The name in CLI, API and log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Up => "up",
            Self::Degraded => "degraded",
            Self::Cooling => "cooling",
            Self::Exhausted => "exhausted",
            Self::AuthFailed => "auth-failed",
            Self::Misconfigured => "misconfigured",
        }
    }

    /// Whether requests may go there without a last resort or a pin.
    #[must_use]
    pub fn usable(self) -> bool {
        matches!(self, Self::Unknown | Self::Up | Self::Degraded)
    }

    /// Whether even a pin or a last resort must not try it before its time.
    #[must_use]
    pub fn hard(self) -> bool {
        matches!(self, Self::Exhausted | Self::AuthFailed | Self::Misconfigured)
    }
}

/// What the operator wants of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Admin {
    /// Nothing special.
    Auto,
    /// It, or its group, is pinned.
    Pinned,
    /// No new requests, no probes.
    Paused,
    /// As paused, and somebody waits for the last request to end.
    Drained,
}

impl Admin {
    /// The name in CLI, API and log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Pinned => "pinned",
            Self::Paused => "paused",
            Self::Drained => "drained",
        }
    }
}

/// Who decides: the strategy, or a pin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// The strategy.
    Auto,
    /// The operator.
    Pinned {
        /// Endpoint or group.
        name: String,
        /// Whether failover happens while it is down.
        fallback: bool,
    },
}

/// Why [`super::Engine::choose`] found nothing: one line per endpoint that could have been asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoEndpoint {
    /// Every endpoint of the plan and why it was not chosen, in file order.
    pub why: Vec<(String, WhyNot)>,
    /// When the first of them may be usable again, if any states a time.
    pub retry_after: Option<Duration>,
    /// The client has so many running, and may not have more.
    pub client_full: Option<u32>,
    /// This machine has no network, as it seems, and nobody who could serve is on the machine itself.
    pub offline: bool,
    /// It waits for its turn to retry, which may come after so long.
    pub turn: Option<Duration>,
    /// How long it has waited, and why no longer.
    pub waited: Option<(Duration, GaveUp)>,
}

/// Why one endpoint was not chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyNot {
    /// This request tried it already.
    Tried,
    /// It speaks another dialect.
    Dialect,
    /// The model has a route, and it is none of its targets.
    NotRouted,
    /// It passes the client's credential on, and the client sent none.
    NoClientCredential,
    /// The operator paused or drained it.
    Paused,
    /// Something else is pinned without fallback.
    NotPinned,
    /// Paths that are no inference paths are served by the default group alone.
    OtherGroup,
    /// It is in this state, and for how long still.
    State(State, Option<Duration>),
    /// It has as many attempts in flight as it may.
    Busy,
    /// It was closed a moment ago, and the one attempt that tries it is running.
    OnTrial,
    /// It limits the client's own credential for now.
    ClientLimit,
    /// Another group is active, and none takes over by itself (`auto_switch = false`).
    Standby,
    /// It has refused the model so, and is not asked for it for so long.
    Limited(Class, Duration),
}

impl std::fmt::Display for WhyNot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tried => f.write_str("tried"),
            Self::Dialect => f.write_str("speaks another dialect"),
            Self::NotRouted => f.write_str("is no target of the model's route"),
            Self::NoClientCredential => f.write_str("needs a credential from the client"),
            Self::Paused => f.write_str("paused"),
            Self::OtherGroup => f.write_str("is not in the default group"),
            Self::NotPinned => f.write_str("another is pinned"),
            Self::State(s, None) => f.write_str(s.name()),
            Self::State(s, Some(d)) => write!(f, "{} for {} s", s.name(), d.as_secs().max(1)),
            Self::Busy => f.write_str("at its concurrency limit"),
            Self::OnTrial => f.write_str("on trial: one request at a time"),
            Self::ClientLimit => f.write_str("limits your own credential"),
            Self::Standby => f.write_str(
                "on standby, as `auto_switch` is off (`zephyrctl group activate` with its group starts it)",
            ),
            Self::Limited(class, d) => {
                write!(f, "{} for this model for {} s", class.name(), d.as_secs().max(1))
            }
        }
    }
}

/// One measurement of the history.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// When, Unix milliseconds.
    pub unix_ms: i64,
    /// Full response time of a good probe.
    pub latency: Option<Duration>,
    /// What was wrong.
    pub error: Option<String>,
}

/// One endpoint as everybody sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct EndpointView {
    /// Its identity.
    pub id: EndpointId,
    /// Its settings.
    pub endpoint: Arc<Endpoint>,
    /// Its group's priority number in force: the config's, or an operator's.
    pub tier: u32,
    /// Its own priority number in force: the config's, or an operator's.
    pub priority: u32,
    /// What was seen of it.
    pub state: State,
    /// What the operator wants of it.
    pub admin: Admin,
    /// New requests of its dialect go there.
    pub current: bool,
    /// Response time of the last good probe.
    pub latency: Option<Duration>,
    /// Time to the first token of real traffic, averaged.
    pub ttft: Option<Duration>,
    /// The last thing that went wrong; cleared by the next good one.
    pub error: Option<String>,
    /// Attempts that run now.
    pub in_flight: u32,
    /// When a cooling or hard state ends, Unix milliseconds.
    pub until_unix_ms: Option<i64>,
    /// It rested, and one attempt at a time tries it until one succeeds.
    pub on_trial: bool,
    /// How often its present rest was doubled; 0 for the first, and for what does not rest for failures.
    pub doublings: u32,
    /// Until then its share of new requests grows, after a rest for failures; Unix milliseconds.
    pub slow_start_until_unix_ms: Option<i64>,
    /// Failures in a row.
    pub consecutive_failures: u32,
    /// Attempts settled since start, neutral ones not counted.
    pub attempts: u64,
    /// Those of them that failed.
    pub failures: u64,
    /// Last probe, Unix milliseconds.
    pub last_probe_unix_ms: Option<i64>,
    /// Last attempt or probe that failed since the start, Unix milliseconds.
    pub last_failure_unix_ms: Option<i64>,
    /// Last attempt given out, Unix milliseconds.
    pub last_used_unix_ms: Option<i64>,
    /// Conversations that stay there: their last answer came from it, and its cache still holds them.
    pub sessions: u32,
    /// The last 20 probe measurements, oldest first.
    pub history: Vec<Measurement>,
    /// What its probes have cost.
    pub spending: Spending,
    /// Limited, or a model there, and its group has a `recover.cron`: when it is seen next whether it is back, Unix
    /// milliseconds.
    pub recover_unix_ms: Option<i64>,
    /// Models that are not asked for there for a time, by when that ends.
    pub limits: Vec<LimitView>,
}

/// One model that is not asked for at an endpoint for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitView {
    /// What was said.
    pub class: Class,
    /// The model.
    pub model: String,
    /// Until when, Unix milliseconds.
    pub until_unix_ms: i64,
    /// In what words; empty where there were none.
    pub detail: String,
}

/// Who serves one dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Serving {
    /// The dialect.
    pub dialect: Dialect,
    /// Where its next new request goes; `None` = nothing is usable.
    pub current: Option<EndpointId>,
    /// One phrase: `fastest: 112 ms`, `pinned`, `only one usable`, `last resort: …`.
    pub why: String,
    /// Usable endpoints in the order in which a request would try them, `current` first.
    pub order: Vec<EndpointId>,
}

/// The whole state as everybody sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Who decides.
    pub mode: Mode,
    /// No probes are sent.
    pub monitoring_paused: bool,
    /// Since when this machine has no network, Unix milliseconds.
    pub offline_unix_ms: Option<i64>,
    /// One entry per dialect that has endpoints, in the order of the dialects' first endpoints in the file.
    pub serving: Vec<Serving>,
    /// Groups take over by themselves when the active one fails.
    pub auto_switch: bool,
    /// Groups in file order.
    pub groups: Vec<GroupView>,
    /// Endpoints in file order.
    pub endpoints: Vec<EndpointView>,
    /// How many requests wait.
    pub waiting: Tally,
}

/// How it stands with everything together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overall {
    /// Nothing is wrong.
    Ok,
    /// A dialect has nobody for its next request, or an endpoint that nobody paused is failing.
    Degraded,
    /// No dialect has an endpoint for its next request.
    Down,
}

impl Overall {
    /// Its word in answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded => "degraded",
            Self::Down => "down",
        }
    }
}

impl Snapshot {
    /// How it stands with everything together.
    #[must_use]
    pub fn overall(&self) -> Overall {
        let served = |s: &Serving| s.current.is_some();
        let wanted = |e: &&EndpointView| !matches!(e.admin, Admin::Paused | Admin::Drained);
        let reached = |e: &EndpointView| self.offline_unix_ms.is_none() || e.endpoint.url.is_loopback();
        let usable = |e: &EndpointView| e.state.usable() && wanted(&e) && reached(e);
        let offline = self.offline_unix_ms.is_some();
        if !self.serving.iter().any(served) || (offline && !self.endpoints.iter().any(usable)) {
            Overall::Down
        } else if offline {
            Overall::Degraded
        } else if self.serving.iter().all(served)
            && self.endpoints.iter().filter(wanted).all(|e| matches!(e.state, State::Up | State::Unknown))
        {
            Overall::Ok
        } else {
            Overall::Degraded
        }
    }
}

/// One change of the snapshot. Applying all events to an old snapshot gives the new one
/// ([`Snapshot::apply`]). Changes of one endpoint that nobody has polled yet are folded into one event.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Mode, monitoring, the serving table or a group changed.
    Head {
        /// As in [`Snapshot`].
        mode: Mode,
        /// As in [`Snapshot`].
        monitoring_paused: bool,
        /// As in [`Snapshot`].
        offline_unix_ms: Option<i64>,
        /// As in [`Snapshot`].
        serving: Vec<Serving>,
        /// As in [`Snapshot`].
        auto_switch: bool,
        /// As in [`Snapshot`].
        groups: Vec<GroupView>,
        /// As in [`Snapshot`].
        waiting: Tally,
    },
    /// The list of endpoints or their order changed: all of them anew.
    Endpoints(Vec<EndpointView>),
    /// One endpoint changed.
    Endpoint(Box<EndpointView>),
}

impl Snapshot {
    /// Takes up one change. Events must come in the order in which the engine gave them.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Head {
                mode,
                monitoring_paused,
                offline_unix_ms,
                serving,
                auto_switch,
                groups,
                waiting,
            } => {
                self.mode.clone_from(mode);
                self.monitoring_paused = *monitoring_paused;
                self.offline_unix_ms = *offline_unix_ms;
                self.serving.clone_from(serving);
                self.auto_switch = *auto_switch;
                self.groups.clone_from(groups);
                self.waiting = *waiting;
            }
            Event::Endpoints(endpoints) => self.endpoints.clone_from(endpoints),
            Event::Endpoint(view) => {
                if let Some(old) = self.endpoints.iter_mut().find(|e| e.id == view.id) {
                    old.clone_from(view);
                }
            }
        }
    }
}
