//! What holds for more than one endpoint, or for one model alone: the scopes of the outcome table.
//!
//! A limit of a credential is a state of every endpoint with the same credential at the same provider. A limit of a
//! model, or the overload of a provider, is a [`Hold`] at each endpoint that it is about: only requests for that model
//! pass it by. So a request costs the same as without, while nothing is limited, and a few comparisons where something
//! is. Some holds are *soft*: nobody says that asking is in vain, so that whoever has nobody else may.
//!
//! How often in a row something was refused is kept per credential, so that rests grow, and goes down with good
//! answers. Bounded: an endpoint has at most [`MOST`] holds.

use std::sync::Arc;
use std::time::Duration;

use super::fit::Fit;
use super::slot::Slot;
use super::{Ask, AskKind, EndpointId, Engine, Lease, LimitView, Notice, Outcome, Verdict};
use crate::config::{Auth, Endpoint, ProbeKind};
use crate::failover::{Class, Scope, Then};
use crate::time::Now;

/// Most holds of one endpoint; the one that ends first goes first.
const MOST: usize = 32;
/// A hold that has ended is kept for so long for its count.
const COUNTED_FOR: Duration = Duration::from_secs(10 * 60);

/// One model is not asked for at one endpoint for a time.
#[derive(Debug, Clone)]
pub(super) struct Hold {
    pub(super) model: Arc<str>,
    /// Why.
    pub(super) class: Class,
    /// This endpoint itself said so last.
    said: bool,
    /// Since when; what began before proves nothing.
    since: Duration,
    /// Until when, and that on the wall clock as it was told then.
    pub(super) until: (Duration, i64),
    /// It is over; kept for its count.
    pub(super) over: bool,
    pub(super) run: Run,
    pub(super) detail: Option<Arc<str>>,
}

impl Hold {
    /// As an earlier process knew it.
    pub(super) fn kept(
        model: Arc<str>,
        class: Class,
        until: (Duration, i64),
        run: Run,
        now: Duration,
    ) -> Self {
        Self { model, class, said: false, since: now, until, over: false, run, detail: None }
    }

    /// Whether it keeps requests for `model` away.
    pub(super) fn holds(&self, model: &str, now: Duration) -> bool {
        !self.over && self.until.0 > now && &*self.model == model
    }

    /// Whether whoever has nobody else may ask all the same: no time was stated, and it costs nothing.
    pub(super) fn soft(&self) -> bool {
        matches!(self.class, Class::Forbidden | Class::ModelMissing | Class::Overloaded)
    }
}

/// Refusals of one sort in a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) count: u32,
    /// When the last of them was taken up.
    at: Duration,
}

impl Run {
    /// So many, as an earlier process counted them.
    pub(super) fn of(count: u32, now: Duration) -> Self {
        Self { count, at: now }
    }

    /// How many there were before one of a request that was granted at `granted`. Requests that ran at the same time
    /// are told the same once.
    fn before(self, granted: Duration) -> u32 {
        if granted < self.at { self.count.saturating_sub(1) } else { self.count }
    }

    fn refused(&mut self, granted: Duration, now: Duration) {
        if self.count == 0 || granted >= self.at {
            self.count = self.count.saturating_add(1);
            self.at = now;
        }
    }

    fn good(&mut self) {
        self.count = self.count.saturating_sub(1);
    }
}

/// How often in a row an endpoint's credential was refused, by sort; what is the endpoint's own too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Runs {
    pub(super) limited: Run,
    pub(super) refused: Run,
    pub(super) misconfigured: Run,
}

impl Runs {
    fn of(&mut self, class: Class) -> Option<&mut Run> {
        match class {
            Class::AuthFailed => Some(&mut self.refused),
            Class::Misconfigured => Some(&mut self.misconfigured),
            Class::LimitReached | Class::WindowSpent | Class::Overage | Class::RateLimited => {
                Some(&mut self.limited)
            }
            _ => None,
        }
    }
}

/// One outcome, as far as limits go.
pub(super) struct Told<'a> {
    pub(super) class: Class,
    /// Empty where none was named.
    pub(super) model: &'a str,
    pub(super) stated: Option<Duration>,
    pub(super) detail: Option<&'a str>,
    /// When what was told so began.
    pub(super) granted: Duration,
}

impl<'a> Told<'a> {
    pub(super) fn by_lease(lease: &'a Lease, outcome: &'a Outcome) -> Self {
        let (class, stated, detail) = (outcome.class, outcome.retry_after, outcome.detail.as_deref());
        Self { class, model: &lease.model, stated, detail, granted: lease.granted }
    }

    /// Only a probe that asks for a model tells of one.
    pub(super) fn by_probe(endpoint: &'a Endpoint, verdict: &'a Verdict, now: Now) -> Self {
        let check = &endpoint.probe;
        let usual = if verdict.proves && check.kind == ProbeKind::Messages { &*check.model } else { "" };
        let model = verdict.model.as_deref().unwrap_or(usual);
        let (class, stated, detail) = (verdict.class, verdict.retry_after, verdict.detail.as_deref());
        Self { class, model, stated, detail, granted: now.mono }
    }

    /// For whom it holds, of an endpoint where the credential is ours.
    fn scope(&self) -> Option<Scope> {
        match self.class.row().then {
            Then::Barred(scope, _, rest) => scope.of(!self.model.is_empty(), rest),
            _ => None,
        }
    }
}

impl Engine {
    /// How often in a row the same was said before: rests grow by it.
    pub(super) fn said_before(&mut self, at: usize, told: &Told<'_>) -> u32 {
        self.slots[at].runs.of(told.class).map_or(0, |run| run.before(told.granted))
    }

    /// Carries out what an outcome at one endpoint means for more than its own state.
    pub(super) fn limit(&mut self, at: usize, told: &Told<'_>, now: Now) {
        let passthrough = self.slots[at].endpoint.is_passthrough();
        match told.scope() {
            None if told.class == Class::Ok => self.lift(at, told, now),
            None => {}
            Some(Scope::Credential | Scope::Model) if passthrough => {}
            Some(Scope::Endpoint) => self.count_refusal(at, told, now),
            Some(Scope::Credential) => {
                self.count_refusal(at, told, now);
                self.bar_siblings(at, now);
            }
            Some(Scope::Model) => self.hold(at, told, now, Self::same_credential),
            Some(Scope::Provider) => self.hold(at, told, now, Self::same_provider),
        }
    }

    /// What a client's own credential was told is kept for it alone. A refusal of it is for its owner to see.
    pub(super) fn limit_client(&mut self, lease: &Lease, told: &Told<'_>, now: Now) {
        let Some(client) = lease.client else { return };
        if told.class == Class::Ok {
            self.client_limits.lift(client, lease.id, told.model, told.granted);
        }
        let Then::Barred(_, _, rest) = told.class.row().then else { return };
        let model = match told.scope() {
            Some(Scope::Credential) if told.class != Class::AuthFailed => "",
            Some(Scope::Model) => told.model,
            _ => return,
        };
        let until = now.mono + rest.lasts(told.stated, 0);
        let same = |slot: &&Slot| {
            let provider = slot.endpoint.provider == lease.endpoint.provider;
            slot.id == lease.id || slot.endpoint.is_passthrough() && provider
        };
        for slot in self.slots.iter().filter(same) {
            self.client_limits.learn(client, slot.id, model, now.mono, until);
        }
    }

    fn count_refusal(&mut self, at: usize, told: &Told<'_>, now: Now) {
        if let Some(run) = self.slots[at].runs.of(told.class) {
            run.refused(told.granted, now.mono);
        }
    }

    /// Every endpoint with the same credential at the same provider is where this one is now.
    fn bar_siblings(&mut self, at: usize, now: Now) {
        let slot = &self.slots[at];
        let (state, until, runs) = (slot.health.state, slot.health.until, slot.runs);
        let Some((until, _)) = until.filter(|_| state.hard()) else { return };
        let name = &slot.endpoint.name;
        let why = slot.health.error.as_deref().map_or_else(String::new, |e| format!(": {e}"));
        let why = format!("as `{name}`, which has the same credential{why}");
        for sibling in self.siblings(at, Self::same_credential) {
            self.slots[sibling].runs = Runs { misconfigured: self.slots[sibling].runs.misconfigured, ..runs };
            self.learn(sibling, now, |engine| {
                engine.slots[sibling].health.bar(state, until, &why, now);
            });
        }
    }

    fn hold(&mut self, at: usize, told: &Told<'_>, now: Now, among: fn(&Slot, &Slot) -> bool) {
        let Then::Barred(_, _, rest) = told.class.row().then else { return };
        let model: Arc<str> = Arc::from(told.model);
        let same = |hold: &&mut Hold| hold.class == told.class && hold.model == model;
        let mut run = self.slots[at].holds.iter_mut().find(same).map(|hold| hold.run).unwrap_or_default();
        let until = now.mono + rest.lasts(told.stated, run.before(told.granted));
        run.refused(told.granted, now.mono);
        let hold = Hold {
            model,
            class: told.class,
            said: false,
            since: now.mono,
            until: (until, now.unix_ms_at(until)),
            over: false,
            run,
            detail: told.detail.map(Arc::from),
        };
        for sibling in self.siblings(at, among) {
            self.slots[sibling].put(hold.clone());
            self.mark(sibling);
            self.plan_recovery(sibling, now);
        }
        self.slots[at].put(Hold { said: true, ..hold });
        self.mark(at);
        self.plan_recovery(at, now);
        self.index_holds();
        self.next_end = Some(self.next_end.map_or(until, |end| end.min(until)));
        let endpoint = self.slots[at].endpoint.name.clone();
        let (model, lasts) = (told.model.to_owned(), until.saturating_sub(now.mono));
        self.notify(Notice::Limited { endpoint, model, class: told.class, lasts });
        self.unsaved = true;
        self.queue.doubtful = true;
    }

    /// A good answer: what was limited for it is so no more.
    fn lift(&mut self, at: usize, told: &Told<'_>, now: Now) {
        let slot = &mut self.slots[at];
        if slot.runs != Runs::default() {
            slot.runs.limited.good();
            (slot.runs.refused, slot.runs.misconfigured) = (Run::default(), Run::default());
            let runs = slot.runs;
            for sibling in self.siblings(at, Self::same_credential) {
                let slot = &mut self.slots[sibling];
                slot.runs = Runs { misconfigured: slot.runs.misconfigured, ..runs };
                // What its credential was refused for is over; whether it works itself is seen by a trial.
                self.learn(sibling, now, |engine| engine.slots[sibling].health.unbar());
            }
        }
        if self.held.is_empty() || told.model.is_empty() {
            return;
        }
        for other in std::mem::take(&mut self.held) {
            let (this, slot) = (&self.slots[at], &self.slots[other]);
            let (credential, provider) = (
                Self::same_credential(this, slot) || other == at,
                Self::same_provider(this, slot) || other == at,
            );
            let over = |hold: &Hold| {
                let mine = if hold.class == Class::Overloaded { provider } else { credential };
                mine && &*hold.model == told.model && hold.since <= told.granted
            };
            if self.slots[other].holds.iter().any(&over) {
                let held = self.slots[other].holds.iter().any(|hold| !hold.over && over(hold));
                for hold in self.slots[other].holds.iter_mut().filter(|h| over(h)) {
                    hold.over = true;
                    hold.run.good();
                }
                self.queue.lifted(self.slots[other].id, told.model);
                self.slots[other].holds.retain(|hold| !hold.over || hold.run.count > 0);
                self.mark(other);
                self.plan_recovery(other, now);
                if held {
                    let endpoint = self.slots[other].endpoint.name.clone();
                    self.notify(Notice::Lifted { endpoint, model: told.model.to_owned() });
                }
                self.unsaved = true;
            }
        }
        self.index_holds();
    }

    /// Forgets holds that are over and whose count is of no use any more.
    pub(super) fn end_holds(&mut self, now: Now) {
        if self.held.is_empty() {
            return;
        }
        for at in self.held.clone() {
            let (id, holds) = (self.slots[at].id, &mut self.slots[at].holds);
            let ends = |hold: &&mut Hold| !hold.over && hold.until.0 <= now.mono;
            let mut ended = false;
            for hold in holds.iter_mut().filter(ends) {
                (hold.over, ended) = (true, true);
                self.queue.lifted(id, &hold.model);
            }
            if ended {
                self.mark(at);
                self.plan_recovery(at, now);
            }
            self.slots[at].holds.retain(|hold| hold.until.0 + COUNTED_FOR > now.mono);
        }
        self.index_holds();
    }

    /// When the next hold ends.
    pub(super) fn next_hold_end(&self, after: Duration) -> Option<Duration> {
        let holds = self.held.iter().flat_map(|at| &self.slots[*at].holds);
        holds.filter(|hold| !hold.over).map(|hold| hold.until.0).filter(|end| *end > after).min()
    }

    /// One endpoint of each provider that two of the endpoints that the ask has tried have said to be overloaded.
    pub(super) fn overloaded(&self, ask: &Ask<'_>) -> Vec<Arc<Endpoint>> {
        if self.held.is_empty() || ask.tried.len() + ask.tried_as.len() < 2 {
            return Vec::new();
        }
        let ways = self.ways(ask);
        let slot = |id: &EndpointId| self.by_id.get(id).map(|at| &self.slots[*at]);
        let tried = ask.tried.iter().filter_map(slot).filter(|tried| {
            let names = ways.iter().map(|way| way.rename(tried.id).map_or(ask.model, |name| name));
            names.into_iter().any(|name| tried.said_overloaded(name))
        });
        let tried_as = ask.tried_as.iter().filter_map(|(id, model)| Some((slot(id)?, model)));
        let tried_as = tried_as.filter(|(tried, model)| tried.said_overloaded(model)).map(|(tried, _)| tried);
        let mut said: Vec<&Slot> = tried.chain(tried_as).collect();
        said.sort_by(|a, b| a.endpoint.provider.cmp(&b.endpoint.provider));
        let twice = said.windows(2).filter(|two| two[0].endpoint.provider == two[1].endpoint.provider);
        twice.map(|two| Arc::clone(&two[0].endpoint)).collect()
    }

    pub(super) fn index_holds(&mut self) {
        self.held = (0..self.slots.len()).filter(|at| !self.slots[*at].holds.is_empty()).collect();
    }

    fn siblings(&self, at: usize, among: fn(&Slot, &Slot) -> bool) -> Vec<usize> {
        let this = &self.slots[at];
        (0..self.slots.len()).filter(|other| *other != at && among(this, &self.slots[*other])).collect()
    }

    /// The same credential of ours at the same provider.
    fn same_credential(a: &Slot, b: &Slot) -> bool {
        let ours = matches!(a.endpoint.auth, Auth::Key(_));
        ours && a.endpoint.provider == b.endpoint.provider && a.endpoint.auth == b.endpoint.auth
    }

    pub(super) fn same_provider(a: &Slot, b: &Slot) -> bool {
        a.endpoint.provider == b.endpoint.provider && a.endpoint.dialect == b.endpoint.dialect
    }
}

impl Slot {
    /// Takes up a hold, in the place of one of the same sort; a stated time is never made shorter by another.
    pub(super) fn put(&mut self, mut hold: Hold) {
        if let Some(old) = self.holds.iter().position(|h| h.class == hold.class && h.model == hold.model) {
            let old = self.holds.swap_remove(old);
            if !old.over && old.until.0 > hold.until.0 {
                hold.until = old.until;
            }
            hold.said |= old.said && !old.over;
        }
        if self.holds.len() >= MOST
            && let Some(first) = (0..self.holds.len()).min_by_key(|i| self.holds[*i].until.0)
        {
            self.holds.swap_remove(first);
        }
        self.holds.push(hold);
    }

    /// Whether it has itself said that it is overloaded, some seconds ago.
    fn said_overloaded(&self, model: &str) -> bool {
        self.holds.iter().any(|h| h.said && !h.over && h.class == Class::Overloaded && &*h.model == model)
    }

    /// Whether something keeps a request for this model away.
    pub(super) fn is_limited(&self, fit: &Fit<'_>) -> bool {
        let (model, now) = (fit.sent(self.id), fit.now.mono);
        fit.ask.kind == AskKind::Inference && self.holds.iter().any(|hold| hold.holds(model, now))
    }

    /// How long something keeps a request for this model away.
    pub(super) fn limited_for(&self, fit: &Fit<'_>) -> Option<Duration> {
        let (model, now) = (fit.sent(self.id), fit.now);
        let holds = self.holds.iter().filter(|hold| hold.holds(model, now.mono));
        holds.map(|hold| hold.until.0.saturating_sub(now.mono)).max()
    }

    /// What it is limited to now, for people.
    pub(super) fn limits(&self) -> Vec<LimitView> {
        let holds = self.holds.iter().filter(|hold| !hold.over);
        let mut limits: Vec<LimitView> = holds
            .map(|hold| LimitView {
                class: hold.class,
                model: hold.model.to_string(),
                until_unix_ms: hold.until.1,
                detail: hold.detail.as_deref().unwrap_or_default().to_owned(),
            })
            .collect();
        limits.sort_by(|a, b| (a.until_unix_ms, &a.model).cmp(&(b.until_unix_ms, &b.model)));
        limits
    }
}
