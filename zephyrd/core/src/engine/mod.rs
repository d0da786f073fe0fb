//! The engine: the whole of selection, health and limits, without IO.
//!
//! The shell enters it under a lock for microseconds and never across an await. Its invariants, checked
//! after every step of the simulation: in-flight equals leases held; nothing cooling, paused or drained is
//! chosen (but for the stated last resort); every open state has a timeout; everything recovers in a calm
//! hour; `apply(diff(a, b))` to `a` equals `b`; events replayed give the snapshot.
//!
//! `slot` is one endpoint, `lane` the endpoints of one dialect (or of a priority of a route) in their order, `ways` the lanes that a
//! request may be served by. `fit` says whether one of them may
//! serve a request, `limits` keeps what holds for several of them or for one model, `choose` gives leases out, `learn`
//! takes them and probe verdicts back and lets time pass, `offline` tells the machine's own network from the endpoints',
//! `steer` carries out commands, `memory` is what the next process should know, `reload` takes up a new plan,
//! `publish` tells watchers and the log.
//!
//! Per request nothing is sorted and nothing is allocated that grows with the number of endpoints: a lane's
//! order is kept, and one endpoint moves in it when its latency changes.

mod ask;
mod choose;
mod client_limits;
mod commands;
mod counts;
mod fit;
mod groups;
mod lane;
mod learn;
mod limits;
mod limits_memory;
mod memory;
mod notice;
mod offline;
mod publish;
mod recovery;
mod reload;
mod rests;
mod slot;
mod spending;
mod stay;
mod steer;
mod tiers;
mod trace;
mod types;
mod waiting;
mod ways;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

pub use ask::{Ask, AskKind};
pub use commands::{Command, Refusal};
pub use groups::{GroupState, GroupView, TiersMemory};
pub use limits_memory::{KeptHold, KeptLimit, KeptLimits};
pub use memory::{Counters, MEMORY_VERSION, Memory, Since};
pub use notice::Notice;
pub use offline::Reach;
pub use rests::{Rest, Rests};
pub use spending::Spending;
pub use trace::{Decision, Lineup, Reason, Route};
pub use types::*;

use crate::affinity::{Cached, Foreign, Sessions};
use crate::config::{self, Change, Endpoint, Failover, Plan, ProbeKind, Routes, Selection, diff};
use crate::failover::RetryBudget;
use crate::health::{LoadFactor, Traffic};
use crate::time::{Now, Rng, SplitMix, Zone};
use crate::waiting::{ClientCaps, GroupCap, Queue};
use client_limits::ClientLimits;
use groups::Tiers;
use lane::Lane;
use offline::Network;
use slot::Slot;
use steer::Pause;
use ways::{Levels, Moves};

/// See the module.
pub struct Engine {
    /// In file order: a slot's position is its endpoint's index.
    slots: Vec<Slot>,
    by_id: HashMap<EndpointId, usize>,
    /// Those of the dialects, in the order of the dialects' first endpoints, then those of the routes.
    lanes: Vec<Lane>,
    /// So many lanes are of dialects.
    of_dialects: usize,
    /// By pattern.
    routes: HashMap<Arc<str>, Arc<Levels>>,
    /// As the config says.
    route_plan: Vec<Arc<config::Route>>,
    moves: Moves,
    /// Positions of the endpoints that serve paths outside inference.
    default_members: Vec<usize>,
    tiers: Tiers,
    selection: Selection,
    threshold: Duration,
    failover: Failover,

    mode: Mode,
    monitoring_paused: bool,
    /// By name of an endpoint or a group.
    paused: BTreeMap<String, Pause>,

    factor: LoadFactor,
    traffic: Traffic,
    retries: RetryBudget,
    budget: Spending,
    zone: Zone,
    client_limits: ClientLimits,
    /// Positions of endpoints with holds.
    held: Vec<usize>,
    sessions: Sessions,
    network: Network,
    group_caps: Vec<GroupCap>,
    client_caps: ClientCaps,
    queue: Queue,
    jitter: SplitMix,
    /// Not after the end of the first open state.
    next_end: Option<Duration>,
    /// The latest time that was passed in.
    seen: Now,
    next_id: u32,
    next_lease: u64,

    list_dirty: bool,
    head_dirty: bool,
    dirty: VecDeque<EndpointId>,
    notices: VecDeque<Notice>,
    /// What is worth saving has changed.
    unsaved: bool,
}

impl Engine {
    /// An engine for `plan`, everything unknown, nothing pinned.
    #[must_use]
    pub fn new(plan: &Plan, now: Now) -> Self {
        // Jitter only has to differ from endpoint to endpoint and from machine to machine: the names decide it,
        // so that the same plan and the same events always give the same engine.
        let names = plan.endpoints.iter().flat_map(|e| e.name.bytes());
        let seed =
            names.fold(0xCBF2_9CE4_8422_2325, |h: u64, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01B3));
        let mut engine = Self {
            slots: Vec::new(),
            by_id: HashMap::new(),
            lanes: Vec::new(),
            of_dialects: 0,
            routes: HashMap::new(),
            route_plan: Vec::new(),
            moves: Moves::default(),
            default_members: Vec::new(),
            tiers: Tiers::new(plan.groups.iter().map(|g| g.name.as_str())),
            selection: plan.selection,
            threshold: plan.server.switch_threshold,
            failover: plan.failover.clone(),
            mode: Mode::Auto,
            monitoring_paused: false,
            paused: BTreeMap::new(),
            factor: LoadFactor::default(),
            traffic: Traffic::new(now.mono),
            retries: RetryBudget::default(),
            budget: Spending::default(),
            zone: Zone::default(),
            client_limits: ClientLimits::default(),
            held: Vec::new(),
            sessions: Sessions::default(),
            network: Network::default(),
            group_caps: Vec::new(),
            client_caps: ClientCaps::default(),
            queue: Queue::new(plan.suspension, seed),
            jitter: SplitMix::new(seed),
            next_end: None,
            seen: now,
            next_id: 0,
            next_lease: 0,
            list_dirty: false,
            head_dirty: false,
            dirty: VecDeque::new(),
            notices: VecDeque::new(),
            unsaved: false,
        };
        let empty =
            Plan { endpoints: Vec::new(), clients: Vec::new(), routes: Routes::default(), ..plan.clone() };
        let order: Vec<String> = plan.endpoints.iter().map(|e| e.name.clone()).collect();
        engine.take_up(&diff(&empty, plan), &order, now);
        engine
    }

    /// Takes up what an earlier process knew. Names that no longer exist are dropped.
    pub fn restore(&mut self, memory: &Memory, now: Now) {
        self.see(now);
        self.remember(memory);
        self.recall(memory);
        self.recall_rests(memory, now);
        self.recall_limits(memory, now);
        self.plan_recoveries(now);
    }

    /// What the next process should know.
    #[must_use]
    pub fn memory(&self, now: Now) -> Memory {
        self.memorize(now)
    }

    /// Gives out the right to make one attempt, or says why there is none.
    ///
    /// # Errors
    /// [`NoEndpoint`] when no endpoint may be tried now.
    pub fn choose(&mut self, ask: &Ask<'_>, now: Now, rng: &mut dyn Rng) -> Result<Lease, NoEndpoint> {
        self.see(now);
        self.catch_up(now);
        self.choose_lease(ask, now, rng)
    }

    /// As [`Self::choose`], for one endpoint and no other: to repeat an attempt on it.
    ///
    /// # Errors
    /// [`NoEndpoint`] when it may not be asked now.
    pub fn choose_same(&mut self, id: EndpointId, ask: &Ask<'_>, now: Now) -> Result<Lease, NoEndpoint> {
        self.see(now);
        self.catch_up(now);
        self.lease_at(id, ask, now)
    }

    /// Lets an attempt begin that follows one of the same request that may have been billed.
    ///
    /// # Errors
    /// All requests together have retried enough for now: how long to wait before asking again, at most 10 s.
    pub fn retry(&mut self, now: Now) -> Result<(), Duration> {
        self.see(now);
        let running = usize::try_from(self.traffic.load(now.mono).active).unwrap_or(usize::MAX);
        self.retries.take(running.saturating_add(1), now.mono)
    }

    /// A real answer has begun to come (its first semantic event or body byte, after `ttft`): that proves the
    /// endpoint, and a trial need not wait for the end of a long stream. The lease is settled later all the same.
    pub fn begun(&mut self, lease: &mut Lease, ttft: Option<Duration>, now: Now) {
        self.see(now);
        self.lease_begun(lease, ttft, now);
        self.changed_for_waiters(now);
    }

    /// Takes a lease back and learns from what became of it.
    pub fn settle(&mut self, lease: Lease, outcome: &Outcome, now: Now) {
        self.see(now);
        self.settle_lease(lease, outcome, now);
        self.changed_for_waiters(now);
    }

    /// What an answer of `id` to the conversation `session` told of the cache there.
    pub fn cached(&mut self, session: u64, id: EndpointId, cached: &Cached<'_>) {
        self.sessions.cached(session, id, cached);
    }

    /// Who but `id`, which refuses a piece of it, has written in the history of the ask's conversation; nobody is
    /// named who cannot be asked now.
    #[must_use]
    pub fn foreign(&self, ask: &Ask<'_>, id: EndpointId, now: Now) -> Foreign {
        self.who_else_wrote(ask, id, now)
    }

    /// `id` refuses what others wrote in the conversation `session`, up to the piece with the hash `last`: its leases
    /// say so from now on ([`Lease::cut`]).
    pub fn refuses_foreign(&mut self, session: u64, id: EndpointId, last: u64) {
        self.sessions.cut(session, id, last);
    }

    /// Learns from a probe. Unknown ids (removed meanwhile) are ignored.
    pub fn probed(&mut self, id: EndpointId, verdict: &Verdict, now: Now) {
        self.see(now);
        self.learn_from_probe(id, verdict, now);
        self.changed_for_waiters(now);
    }

    /// The probes that should be sent now: all of them, in parallel, each with the settings to go by (the model that it
    /// asks for may be another than usual). An endpoint stays in the list until [`Self::probe_started`].
    #[must_use]
    pub fn probe_due(&self, now: Now) -> Vec<(EndpointId, Arc<Endpoint>, ProbeKind)> {
        self.due_probes(now)
    }

    /// When the next probe is due, on the monotonic clock (the past: some are due now).
    #[must_use]
    pub fn next_probe(&self) -> Option<Duration> {
        self.next_probe_after(None)
    }

    /// A probe of this endpoint has begun, on its time or on demand: the next is due an interval later.
    pub fn probe_started(&mut self, id: EndpointId, now: Now) {
        self.see(now);
        if let Some(&at) = self.by_id.get(&id) {
            let slot = &mut self.slots[at];
            slot.probe.started(&slot.endpoint, &self.traffic.load(now.mono), now.mono);
            self.plan_recovery(at, now);
        }
    }

    /// What a probe has cost, in nano-dollars: counts for the daily budget of all endpoints together.
    pub fn probe_cost(&mut self, id: EndpointId, nanos: u64, now: Now) {
        self.see(now);
        if let Some(&at) = self.by_id.get(&id) {
            self.budget.spend(nanos, now.unix_ms);
            self.slots[at].spending.spend(nanos, now.unix_ms);
            self.unsaved = true;
            self.mark(at);
        }
    }

    /// Nano-dollars that probes have cost today (UTC).
    #[must_use]
    pub fn probe_spent(&self, now: Now) -> u64 {
        self.budget.on(now.unix_ms).nanos
    }

    /// The endpoints that `name` means, in file order: itself, a group's, or all (`None`).
    ///
    /// # Errors
    /// [`Refusal::UnknownName`].
    pub fn find(&self, name: Option<&str>) -> Result<Vec<(EndpointId, Arc<Endpoint>)>, Refusal> {
        if let Some(name) = name {
            self.known(name)?;
        }
        let meant = |e: &Endpoint| name.is_none_or(|n| e.name == n || e.group == n);
        Ok(self
            .slots
            .iter()
            .filter(|s| meant(&s.endpoint))
            .map(|s| (s.id, Arc::clone(&s.endpoint)))
            .collect())
    }

    /// Carries out an operator's command.
    ///
    /// # Errors
    /// [`Refusal`], and nothing has changed.
    pub fn command(&mut self, command: &Command, now: Now) -> Result<(), Refusal> {
        self.see(now);
        let done = self.obey(command, now);
        self.queue.doubtful = true;
        self.changed_for_waiters(now);
        done
    }

    /// Takes up the changes of a reload. Health and running leases of unchanged endpoints are untouched.
    /// `order` = all endpoint names of the new plan in file order.
    pub fn apply(&mut self, changes: &[Change], order: &[String], now: Now) {
        self.see(now);
        self.take_up(changes, order, now);
        self.queue.doubtful = true;
        self.changed_for_waiters(now);
    }

    /// When [`Self::handle_timeout`] wants to be called next, on the monotonic clock: the end of an open state
    /// or of a slow start, or the next probe that comes due after the time that was last passed in.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        let end = self.first_end();
        let probe = self.next_probe_after(Some(self.seen.mono));
        let sessions = self.sessions.poll_timeout();
        end.into_iter().chain(probe).chain(sessions).chain(self.waiting_due()).min()
    }

    /// Does what is due: cooldowns end, and whoever waited long enough goes.
    pub fn handle_timeout(&mut self, now: Now) {
        self.see(now);
        self.end_what_is_over(now);
        self.sessions.handle_timeout(now.mono);
        self.count_sessions();
        self.look_at_waiters(now);
    }

    /// The next change for watchers. An endpoint's or the head's changes are folded until they are polled.
    pub fn poll_event(&mut self, now: Now) -> Option<Event> {
        self.see(now);
        self.next_event()
    }

    /// The next thing for the log; at most 256 are kept, the oldest are dropped first.
    pub fn poll_notice(&mut self) -> Option<Notice> {
        self.notices.pop_front()
    }

    /// The whole state.
    #[must_use]
    pub fn snapshot(&self, _now: Now) -> Snapshot {
        Snapshot {
            mode: self.mode.clone(),
            monitoring_paused: self.monitoring_paused,
            offline_unix_ms: self.offline(),
            serving: self.serving(),
            auto_switch: self.selection.auto_switch,
            groups: self.group_views(),
            endpoints: self.slots.iter().map(Slot::view).collect(),
            waiting: self.tally(),
        }
    }

    fn see(&mut self, now: Now) {
        self.seen = now;
    }
}
