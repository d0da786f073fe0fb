//! Requests that wait inside the engine: who may, who is served when something changes, and when waiting ends.
//!
//! After every change that may help, those who wait are looked at in the order of their arrival, and each that can
//! be served is: who cannot be does not hold up those behind. So at no time does anybody wait for what is there, and
//! a request that has just come overtakes nobody. While nobody waits all of this is one comparison.
//!
//! Whoever waits takes no last resort: what rests is asked again when its rest is over, by one of them. Whoever needs a
//! turn to retry first waits for that, whatever is usable; then it is served as any other, or waits on for a place.

use std::mem;
use std::time::Duration;

use super::fit::{Fit, Manner};
use super::slot::Slot;
use super::ways::Ways;
use super::{Ask, AskKind, EndpointId, Engine, NoEndpoint, Refusal, State, WhyNot};
use crate::config::Change;
use crate::time::{Now, Rng};
use crate::waiting::{
    Chosen, Departure, GaveUp, Left, Place, QUEUED_FOR, Release, Room, SILENT_FOR, TURN_FOR, Tally, Tried,
    Waiter, WaiterView, Waits, Wish,
};

/// So many failures in a row show that an endpoint fails for everybody.
const FAILING: u32 = 3;
/// The shortest rest before a request whose attempts are used up makes one more.
const SPENT_REST: Duration = Duration::from_secs(10);

impl Engine {
    /// As [`Self::choose`]; where nothing can serve the ask now but something may in time, it waits.
    pub fn choose_or_wait(&mut self, ask: &Ask<'_>, wish: &Wish<'_>, now: Now, rng: &mut dyn Rng) -> Chosen {
        self.see(now);
        self.catch_up(now);
        let inference = ask.kind == AskKind::Inference;
        let cut_off = inference && self.is_cut_off(ask, wish.spent, now);
        let turn = if wish.retry && inference && !cut_off { self.retry(now).err() } else { None };
        let none = if wish.spent || cut_off || turn.is_some() {
            NoEndpoint { turn, ..self.nobody_for(ask, now) }
        } else {
            match self.choose_lease(ask, now, rng) {
                Ok(lease) => return Chosen::Lease(lease),
                Err(none) => none,
            }
        };
        match self.enter(ask, wish, cut_off, turn, now) {
            Some((place, kind)) => Chosen::Waits(place, kind, self.why_waiting(ask, turn, now)),
            None => Chosen::Nobody(none),
        }
    }

    /// Somebody who waited is gone, by [`Place::number`].
    pub fn leave(&mut self, number: u64) {
        self.head_dirty |= self.queue.forget(number);
    }

    /// The next who waits no more. To be asked after every call that changes anything.
    pub fn poll_departure(&mut self) -> Option<Departure> {
        self.queue.next_departure()
    }

    /// Nobody waits any more: the daemon stops.
    pub fn stop_waiting(&mut self, now: Now) {
        self.see(now);
        self.queue.stopped = true;
        self.dismiss(now, |_, _| Some(GaveUp::Stopped));
    }

    /// Those who wait, in the order of their arrival.
    #[must_use]
    pub fn waiters(&self, now: Now) -> Vec<WaiterView> {
        self.queue.waiters.values().map(|waiter| self.waiter_view(waiter, now)).collect()
    }

    /// How many wait, and what became of those that did.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.queue.tally
    }

    /// Lets some or all go now; how many went.
    ///
    /// # Errors
    /// [`Refusal::NotWaiting`] when the only one that is meant does not wait.
    pub fn release(&mut self, release: Release<'_>, now: Now) -> Result<u32, Refusal> {
        self.see(now);
        self.catch_up(now);
        let meant = |waiter: &Waiter| release.request().is_none_or(|request| waiter.request == request);
        if let Some(request) = release.request()
            && !self.queue.waiters.values().any(meant)
        {
            return Err(Refusal::NotWaiting { request: request.to_owned() });
        }
        let before = self.queue.waiters.len();
        match release {
            Release::Fail(_) => self.dismiss(now, |_, waiter| meant(waiter).then_some(GaveUp::Released)),
            Release::Try(_) => self.serve(now, |waiter| meant(waiter)),
        }
        Ok(u32::try_from(before - self.queue.waiters.len()).unwrap_or(u32::MAX))
    }

    /// Serves whoever can be after something has changed.
    pub(super) fn changed_for_waiters(&mut self, now: Now) {
        if self.queue.is_empty() {
            return;
        }
        self.freshen_all();
        self.serve(now, |_| false);
        if mem::take(&mut self.queue.doubtful) {
            self.dismiss(now, |engine, waiter| {
                let outlook =
                    || engine.outlook(&waiter.ask(), &waiter.again, waiter.place, waiter.silent, now);
                (waiter.turn.is_none() && outlook() == Outlook::Hopeless).then_some(GaveUp::Hopeless)
            });
        }
    }

    /// Does what time has brought before anybody new is served: those who wait come first.
    pub(super) fn catch_up(&mut self, now: Now) {
        let over = self.next_end.is_some_and(|end| end <= now.mono);
        if over {
            self.end_what_is_over(now);
        }
        if over || self.queue.due().is_some_and(|due| due <= now.mono) {
            self.look_at_waiters(now);
        }
    }

    /// Serves whoever can be, and lets those go whose time is over.
    pub(super) fn look_at_waiters(&mut self, now: Now) {
        self.changed_for_waiters(now);
        if self.queue.due().is_some_and(|due| due <= now.mono) {
            self.time_is_over(now);
        }
    }

    /// When somebody who waits wants to be looked at.
    pub(super) fn waiting_due(&self) -> Option<Duration> {
        // Those who wait try now and then whether the network is back.
        let network = self.next_try().filter(|at| !self.queue.is_empty() && *at > self.seen.mono);
        self.queue.due().into_iter().chain(network).min()
    }

    /// An endpoint has recovered: whoever has tried it may ask it again.
    pub(super) fn recovered(&mut self, id: EndpointId) {
        self.queue.recovered(id);
    }

    /// What a reload brings for those who wait.
    pub(super) fn take_up_waiting(&mut self, change: &Change) {
        match change {
            Change::Suspension(suspension) => self.queue.settings = *suspension,
            Change::Clients(clients) => self.client_caps.take_up(clients),
            _ => {}
        }
        self.queue.doubtful = true;
    }

    /// Whether a request waits for the network: this machine has none, nothing that it may go to is on the machine
    /// itself, and it is not the moment to try whether it is back.
    fn is_cut_off(&mut self, ask: &Ask<'_>, spent: bool, now: Now) -> bool {
        if self.offline().is_none() || !self.queue.settings.enabled {
            return false;
        }
        let ways = self.ways(ask);
        !self.serves_locally(&ways) && (spent || !self.may_try(now))
    }

    /// Whether somebody on these ways is on this machine itself.
    pub(super) fn serves_locally(&self, ways: &Ways) -> bool {
        let local = |at: &usize| self.slots[*at].endpoint.url.is_loopback();
        ways.iter().any(|way| self.lanes[way.lane].members.iter().any(local))
    }

    /// Everybody may ask everything again: the network is back, or another.
    pub(super) fn reachable_again(&mut self, now: Now) {
        self.queue.all_recovered();
        self.changed_for_waiters(now);
    }

    fn enter(
        &mut self,
        ask: &Ask<'_>,
        wish: &Wish<'_>,
        cut_off: bool,
        turn: Option<Duration>,
        now: Now,
    ) -> Option<(Place, Waits)> {
        if ask.kind != AskKind::Inference || self.queue.stopped {
            return None;
        }
        let place = wish.place.unwrap_or_else(|| self.queue.place(now.mono, now.unix_ms));
        let again: Vec<EndpointId> =
            wish.again.iter().copied().filter(|id| self.may_rest(*id, wish.spent)).collect();
        let (kind, ends) = if cut_off {
            (Waits::Suspended, self.suspended_until(place, wish.silent)?)
        } else if turn.is_some() {
            (Waits::Queued, now.mono + TURN_FOR)
        } else {
            match self.outlook(ask, &again, place, wish.silent, now) {
                Outlook::Place if !wish.spent => (Waits::Queued, now.mono + QUEUED_FOR),
                Outlook::Recovers => (Waits::Suspended, self.suspended_until(place, wish.silent)?),
                _ => return None,
            }
        };
        if ends <= now.mono {
            return None;
        }
        match self.queue.room(kind, ask.client) {
            Room::Free => {}
            Room::If(newest) => {
                self.dismiss(now, |_, w| (w.place.number == newest).then_some(GaveUp::Crowded))
            }
            Room::None => return None,
        }
        // A trial of somebody else is its own: what comes of it is news also to who has tried the endpoint.
        let tried = ask.tried.iter().copied().filter(|id| !self.tried_by_another(*id)).collect();
        let least = if wish.spent { SPENT_REST } else { Duration::ZERO };
        // With a turn it goes to somebody whom it has not tried, if there is one.
        let rests = turn.is_none() && !again.is_empty();
        let rested = rests.then(|| now.mono + self.rest(place.times).max(least));
        let waiter = Waiter {
            request: wish.request.to_owned(),
            kind,
            place: Place { times: place.times + 1, ..place },
            ends,
            rested,
            again,
            turn: turn.map(|wait| now.mono + wait),
            silent: wish.silent,
            client: ask.client.to_owned(),
            model: ask.model.to_owned(),
            route: ask.route.map(str::to_owned),
            translates: ask.translates,
            session: ask.session,
            opening: ask.opening,
            dialect: ask.dialect,
            client_credential: ask.client_credential,
            tried,
            tried_as: ask.tried_as.to_vec(),
        };
        let place = waiter.place;
        self.queue.enter(waiter);
        self.head_dirty = true;
        Some((place, kind))
    }

    /// Until when a request may be suspended; `None` = not at all.
    fn suspended_until(&self, place: Place, silent: bool) -> Option<Duration> {
        let settings = &self.queue.settings;
        let most = if silent { settings.timeout.min(SILENT_FOR) } else { settings.timeout };
        settings.enabled.then(|| place.since + most)
    }

    /// How long what failed as something that is down does is left alone.
    fn rest(&self, times: u32) -> Duration {
        let backoff = &self.failover.backoff;
        let factor = backoff.multiplier.max(1.0).powi(i32::try_from(times.min(30)).unwrap_or(30));
        let rest = backoff.base.as_secs_f64() * factor;
        Duration::try_from_secs_f64(rest).map_or(backoff.max, |rest| rest.min(backoff.max))
    }

    /// Whether a request may ask an endpoint once more that failed for it as what is down does. When its attempts are
    /// used up it may where the endpoint is failing for everybody and is only spared as there is nobody else.
    fn may_rest(&self, id: EndpointId, spent: bool) -> bool {
        self.slot_of(id).is_some_and(|slot| {
            slot.health.state.usable() && (!spent || slot.health.breaker.run() >= FAILING)
        })
    }

    fn slot_of(&self, id: EndpointId) -> Option<&Slot> {
        self.by_id.get(&id).map(|at| &self.slots[*at])
    }

    fn tried_by_another(&self, id: EndpointId) -> bool {
        self.slot_of(id).is_some_and(|slot| slot.health.on_trial && slot.trial_lease.is_some())
    }

    /// Gives leases to those who can have one; to whoever `forced` says also as a last resort, tried or not.
    fn serve(&mut self, now: Now, forced: impl Fn(&Waiter) -> bool) {
        let mut rng = self.queue.rng.clone();
        let mut waiters = mem::take(&mut self.queue.waiters);
        waiters.retain(|_, waiter| {
            waiter.rest(now.mono);
            let forced = forced(waiter);
            if forced {
                waiter.tried.clear();
                waiter.tried_as.clear();
                waiter.turn = None;
            } else if !self.take_turn(waiter, now) {
                return true;
            }
            let ask = waiter.ask();
            let ways = self.ways(&ask);
            if self.client_is_full(&ask) || !(forced || self.has_room(&ways)) {
                return true;
            }
            let mut pick = self.pick_plain(&ways, &ask, now, &mut rng);
            if pick.is_none() && forced {
                pick = self.pick_last(&ways, &ask, now);
            }
            let Some(pick) = pick else { return true };
            if !forced && self.is_cut_off(&ask, false, now) {
                return true;
            }
            let lease = self.grant(&ways, &pick, &ask, now);
            let (endpoints, models) = (mem::take(&mut waiter.tried), mem::take(&mut waiter.tried_as));
            let tried = Tried { endpoints, models };
            self.queue.depart(waiter, Left::Granted { lease, tried });
            self.head_dirty = true;
            false
        });
        self.queue.waiters = waiters;
        self.queue.rng = rng;
    }

    /// Whether somebody who waits needs no turn to retry, or has it now. From then on it waits for a place.
    fn take_turn(&mut self, waiter: &mut Waiter, now: Now) -> bool {
        let Some(at) = waiter.turn else { return true };
        if at > now.mono {
            return false;
        }
        waiter.turn = self.retry(now).err().map(|wait| now.mono + wait);
        if waiter.turn.is_some() {
            return false;
        }
        let outlook = self.outlook(&waiter.ask(), &waiter.again, waiter.place, waiter.silent, now);
        let place = outlook == Outlook::Place;
        waiter.ends = if place { now.mono + QUEUED_FOR } else { now.mono };
        waiter.rested = (!waiter.again.is_empty()).then(|| now.mono + self.rest(waiter.place.times));
        self.queue.doubtful = true;
        true
    }

    /// Whether anybody at all has room in the lanes that the ask may be served by.
    fn has_room(&self, ways: &Ways) -> bool {
        ways.iter().any(|way| self.lanes[way.lane].free != [0, 0])
    }

    /// Whose time for a place is over is suspended, if that may be; whose time for that is over goes.
    fn time_is_over(&mut self, now: Now) {
        let mut waiters = mem::take(&mut self.queue.waiters);
        let queued = |w: &&mut Waiter| w.kind == Waits::Queued && w.turn.is_none();
        for waiter in waiters.values_mut().filter(|w| w.ends <= now.mono).filter(queued) {
            let until = self.suspended_until(waiter.place, waiter.silent);
            if let Some(until) = until.filter(|until| *until > now.mono)
                && self.queue.tally.suspended < self.queue.settings.max
            {
                waiter.ends = until;
                self.queue.turn(waiter, Waits::Suspended);
                self.head_dirty = true;
            }
        }
        self.queue.waiters = waiters;
        self.dismiss(now, |_, waiter| (waiter.ends <= now.mono).then_some(GaveUp::TimedOut));
    }

    /// Sends those away for whom `why` names a reason, with the error they would have had.
    fn dismiss(&mut self, now: Now, why: impl Fn(&Self, &Waiter) -> Option<GaveUp>) {
        let mut waiters = mem::take(&mut self.queue.waiters);
        waiters.retain(|_, waiter| {
            let Some(why) = why(self, waiter) else { return true };
            let waited = Some((now.mono.saturating_sub(waiter.place.since), why));
            let none = NoEndpoint { waited, ..self.nobody_for(&waiter.ask(), now) };
            self.queue.depart(waiter, Left::Refused(none));
            self.head_dirty = true;
            false
        });
        self.queue.waiters = waiters;
    }

    /// What an ask that found nothing may wait for until its time is over.
    fn outlook(&self, ask: &Ask<'_>, again: &[EndpointId], place: Place, silent: bool, now: Now) -> Outlook {
        let client_full = self.client_is_full(ask);
        let until = self.suspended_until(place, silent);
        let overloaded = self.overloaded(ask);
        let overloaded: Vec<&str> = overloaded.iter().map(|endpoint| &*endpoint.provider).collect();
        let in_time = |left: Duration| until.is_some_and(|until| now.mono + left <= until);
        let (mut hope, mut usable_by_others) = (false, false);
        let ways = self.ways(ask);
        let (manner, overloaded) = (Manner::Limited, overloaded.as_slice());
        let fit = Fit { manner, overloaded, ..self.fit(&ways, ask, now) };
        let candidates = ways.iter().flat_map(|way| {
            let lane = &self.lanes[way.lane];
            lane.members.iter().map(move |at| (fit.on(way, lane), &self.slots[*at]))
        });
        for (fit, slot) in candidates {
            match fit.bars(slot) {
                Some(WhyNot::Busy) => return Outlook::Place,
                None if client_full => return Outlook::Place,
                // It works for others, and not for this request: waiting changes nothing about that.
                None => usable_by_others = true,
                Some(WhyNot::Limited(_, left)) => hope |= in_time(left),
                Some(WhyNot::Tried) if slot.health.state.usable() && slot.is_limited(&fit) => {
                    hope |= slot.limited_for(&fit).is_some_and(in_time);
                }
                Some(WhyNot::Tried) if slot.health.state.usable() => {
                    let may = again.contains(&slot.id) || self.tried_by_another(slot.id);
                    (hope, usable_by_others) = (hope || may, usable_by_others || !may);
                }
                Some(WhyNot::Tried | WhyNot::State(..)) => hope |= self.recovers(slot, until, now),
                Some(WhyNot::OnTrial | WhyNot::Paused | WhyNot::Standby) => hope = true,
                Some(_) => {}
            }
        }
        if hope && !usable_by_others { Outlook::Recovers } else { Outlook::Hopeless }
    }

    /// Whether an endpoint in an open state may be asked again by then.
    fn recovers(&self, slot: &Slot, until: Option<Duration>, now: Now) -> bool {
        let Some(until) = until else { return false };
        let ends = slot.health.until.is_some_and(|(end, _)| end <= until);
        match slot.health.state {
            State::Cooling => ends || self.probed_by(slot, until, now),
            State::Exhausted => ends,
            // Who waits for a key or a URL to be mended waits for a person who has to be told first.
            State::AuthFailed | State::Misconfigured => false,
            State::Unknown | State::Up | State::Degraded => true,
        }
    }

    /// Whether a probe may find it well by then.
    fn probed_by(&self, slot: &Slot, until: Duration, now: Now) -> bool {
        let left = self.budget.left(slot.endpoint.probe.daily_budget_nanos, now.unix_ms);
        let load = self.traffic.load(now.mono);
        let next = slot.probe.next(&slot.endpoint, left, &load);
        !self.monitoring_paused && next.is_some_and(|(time, _)| time <= until)
    }

    /// What keeps a request waiting: that it has tried what is down says less than that it is down.
    fn why_waiting(&self, ask: &Ask<'_>, turn: Option<Duration>, now: Now) -> NoEndpoint {
        let usable = |id: &&EndpointId| self.slot_of(**id).is_some_and(|slot| slot.health.state.usable());
        let tried: Vec<EndpointId> = ask.tried.iter().filter(usable).copied().collect();
        NoEndpoint { turn, ..self.nobody_for(&Ask { tried: &tried, ..*ask }, now) }
    }

    fn waiter_view(&self, waiter: &Waiter, now: Now) -> WaiterView {
        let turn = waiter.turn.map(|at| at.saturating_sub(now.mono));
        WaiterView {
            request: waiter.request.clone(),
            client: waiter.client.clone(),
            model: waiter.model.clone(),
            dialect: waiter.dialect,
            kind: waiter.kind,
            place: waiter.place,
            waited: now.mono.saturating_sub(waiter.place.since),
            left: waiter.ends.saturating_sub(now.mono),
            turn,
            why: self.why_waiting(&waiter.ask(), turn, now).in_short(),
            tried: waiter.tried.clone(),
        }
    }
}

/// What an ask that found nothing may wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outlook {
    /// A place at what is usable and full.
    Place,
    /// Something recovers, or a person steps in.
    Recovers,
    /// Nothing.
    Hopeless,
}

impl NoEndpoint {
    /// The reasons in a few words, the first three endpoints by name.
    #[must_use]
    pub fn in_short(&self) -> String {
        const NAMED: usize = 3;
        if let Some(turn) = self.turn {
            let seconds = turn.as_secs_f64().ceil();
            return format!("enough requests retry now; its turn comes in {seconds} s");
        }
        if self.offline {
            return "this machine's own network is down, as it seems".to_owned();
        }
        if let Some(max) = self.client_full {
            return format!("its client has {max} running, as many as it may");
        }
        let told = || self.why.iter().filter(|(_, why)| !matches!(why, WhyNot::Dialect | WhyNot::NotRouted));
        let named: Vec<String> = told().take(NAMED).map(|(name, why)| format!("{name}: {why}")).collect();
        match told().count().saturating_sub(NAMED) {
            0 => named.join("; "),
            more => format!("{} and {more} more", named.join("; ")),
        }
    }
}
