//! What is known of conversations: where each is, since when, and what the endpoint's cache holds of it.
//!
//! Bounded to [`MOST`], some 150 bytes each; whoever was used least recently goes. A conversation whose cache is cold
//! keeps its place here, for who has written its thinking matters as long as its client repeats it.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use hashlink::LinkedHashMap;

use super::Stakes;
use crate::engine::EndpointId;

/// Most conversations that are known at one time.
const MOST: usize = 16_384;
/// How long a vendor's cache lasts after its last use where nothing longer was bought.
const LIFETIME: i64 = 5 * 60 * 1000;
/// The longer one.
const HOUR: i64 = 60 * 60 * 1000;
/// How often conversations are looked through for those that have gone cold.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// What an answer told of the vendor's cache and of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cached<'a> {
    /// The model asked for: each has a cache of its own.
    pub model: &'a str,
    /// Tokens of the prompt that the cache holds after the answer. Where an endpoint tells of no cache, all of the
    /// prompt: many have one without a word.
    pub tokens: u64,
    /// Whether it lasts an hour; `None` = nothing was written that would say so.
    pub hour: Option<bool>,
    /// What the answer cost, in nano-dollars.
    pub request_nanos: i64,
    /// What writing the tokens anew would cost more than reading them, in nano-dollars before the endpoint's factor.
    pub rebuild_nanos: i64,
}

/// The cache of one conversation, as its last telling answer left it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cache {
    pub(super) model: u64,
    pub(super) tokens: u64,
    pub(super) request_nanos: i64,
    pub(super) rebuild_nanos: i64,
}

/// One conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Session {
    /// Where it is.
    pub(super) home: EndpointId,
    /// Where it was before.
    pub(super) before: Option<EndpointId>,
    /// When it was used last, milliseconds on the monotonic clock; negative for what an earlier process knew.
    pub(super) last_ms: i64,
    /// Requests answered.
    pub(super) requests: u32,
    /// Its cache lasts an hour.
    pub(super) hour: bool,
    pub(super) cache: Option<Cache>,
    /// Counted among its home's conversations.
    live: bool,
    /// Endpoints that refuse thinking which others wrote, and the last piece of it.
    pub(super) cuts: [Option<(EndpointId, u64)>; 2],
}

/// Who else has written in a conversation's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// Nobody.
    Own,
    /// Somebody; the endpoint, where it is known.
    Others(Option<EndpointId>),
}

impl Session {
    pub(super) fn new(home: EndpointId, last_ms: i64) -> Self {
        Self {
            home,
            before: None,
            last_ms,
            requests: 0,
            hour: false,
            cache: None,
            live: false,
            cuts: [None; 2],
        }
    }

    /// Where it is.
    pub(crate) fn home(&self) -> EndpointId {
        self.home
    }

    /// Whether an answer has come for it at all.
    pub(crate) fn is_answered(&self) -> bool {
        self.requests > 0
    }

    /// Whether its endpoint still holds it in its cache.
    pub(crate) fn is_warm(&self, now: Duration) -> bool {
        millis(now) - self.last_ms < if self.hour { HOUR } else { LIFETIME }
    }

    /// Tokens in the cache; 0 where nothing was told.
    pub(crate) fn cached_tokens(&self) -> u64 {
        self.cache.map_or(0, |cache| cache.tokens)
    }

    /// What a move from an endpoint with price factor `home` to one with `target` puts at stake; `None` where no
    /// answer has told.
    pub(crate) fn stakes(&self, home: f64, target: f64) -> Option<Stakes> {
        let Cache { tokens, request_nanos, rebuild_nanos, .. } = self.cache?;
        Some(Stakes { tokens, rebuild_nanos, request_nanos, requests: self.requests, home, target })
    }
}

/// All conversations.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    /// The least recently used first.
    table: LinkedHashMap<u64, Session>,
    sweep: Option<Duration>,
    /// Endpoints that have more conversations or fewer, for whoever keeps the counts; to be emptied by it.
    pub(crate) changes: Vec<(EndpointId, i32)>,
}

impl Sessions {
    pub(crate) fn get(&self, key: u64) -> Option<&Session> {
        self.table.get(&key)
    }

    /// A conversation begins with a request to `at`; one that began alike is forgotten.
    pub(crate) fn opens(&mut self, key: u64, at: EndpointId, now: Duration) {
        if let Some(old) = self.table.remove(&key)
            && old.live
        {
            self.changes.push((old.home, -1));
        }
        self.insert(key, Session::new(at, millis(now)), now);
    }

    /// A request of the conversation goes to `at`.
    pub(crate) fn placed(&mut self, key: u64, at: EndpointId, now: Duration) {
        let Some(session) = self.table.to_back(&key) else {
            return self.insert(key, Session::new(at, millis(now)), now);
        };
        // Elsewhere it is at home once an answer has come from there.
        if session.requests == 0 && session.home != at {
            move_home(session, at, &mut self.changes);
            session.before = None;
        }
        if session.home == at {
            session.last_ms = millis(now);
            self.revive(key, now);
        }
    }

    /// An answer to the conversation has begun to come from `at`.
    pub(crate) fn answered(&mut self, key: u64, at: EndpointId, now: Duration) {
        let Some(session) = self.table.to_back(&key) else { return };
        session.requests = session.requests.saturating_add(1);
        session.last_ms = millis(now);
        if session.home != at {
            move_home(session, at, &mut self.changes);
        }
        self.revive(key, now);
    }

    /// An answer of `at` has ended.
    pub(crate) fn ended(&mut self, key: u64, at: EndpointId, now: Duration) {
        if let Some(session) = self.table.get_mut(&key).filter(|session| session.home == at) {
            session.last_ms = millis(now);
        }
    }

    /// What an answer of `at` told of its cache. Small requests to another model beside the conversation do not hide
    /// what its own model holds.
    pub(crate) fn cached(&mut self, key: u64, at: EndpointId, told: &Cached<'_>) {
        let Some(session) = self.table.get_mut(&key).filter(|session| session.home == at) else { return };
        let model = hash_of(told.model);
        if session.cache.is_some_and(|known| known.model != model && known.tokens > told.tokens) {
            return;
        }
        session.hour = told.hour.unwrap_or(session.hour);
        session.cache = Some(Cache {
            model,
            tokens: told.tokens,
            request_nanos: told.request_nanos,
            rebuild_nanos: told.rebuild_nanos,
        });
    }

    /// Who else has written in the history that `at` refuses. Of a conversation that nobody here has answered yet it
    /// is somebody.
    pub(crate) fn foreign(&self, key: u64, at: EndpointId) -> Foreign {
        match self.table.get(&key) {
            Some(session) if session.requests > 0 => match (session.home, session.before) {
                (home, _) if home != at => Foreign::Others(Some(home)),
                (_, Some(before)) if before != at => Foreign::Others(Some(before)),
                _ => Foreign::Own,
            },
            _ => Foreign::Others(None),
        }
    }

    /// `at` refuses what others wrote, up to the piece with this hash.
    pub(crate) fn cut(&mut self, key: u64, at: EndpointId, last: u64) {
        let Some(session) = self.table.get_mut(&key) else { return };
        let other = session.cuts.into_iter().flatten().find(|(id, _)| *id != at);
        session.cuts = [Some((at, last)), other];
    }

    /// The last piece that `at` refuses.
    pub(crate) fn cut_of(&self, key: u64, at: EndpointId) -> Option<u64> {
        let cuts = self.table.get(&key)?.cuts;
        cuts.into_iter().flatten().find(|(id, _)| *id == at).map(|(_, last)| last)
    }

    /// When [`Self::handle_timeout`] wants to be called.
    pub(crate) fn poll_timeout(&self) -> Option<Duration> {
        self.sweep
    }

    /// Counts conversations that have gone cold no longer.
    pub(crate) fn handle_timeout(&mut self, now: Duration) {
        if self.sweep.is_none_or(|at| at > now) {
            return;
        }
        let mut any = false;
        for (_, session) in &mut self.table {
            if session.live && !session.is_warm(now) {
                session.live = false;
                self.changes.push((session.home, -1));
            }
            any |= session.live;
        }
        self.sweep = any.then_some(now + SWEEP_EVERY);
    }

    /// Every conversation, the most recently used first.
    pub(super) fn recent(&self) -> impl Iterator<Item = (u64, &Session)> {
        self.table.iter().rev().map(|(key, session)| (*key, session))
    }

    /// Takes up one that is not known, as the most recently used.
    pub(super) fn insert(&mut self, key: u64, session: Session, now: Duration) {
        self.table.insert(key, session);
        if self.table.len() > MOST
            && let Some((_, old)) = self.table.pop_front()
            && old.live
        {
            self.changes.push((old.home, -1));
        }
        self.revive(key, now);
    }

    /// Counts a conversation that was used just now.
    fn revive(&mut self, key: u64, now: Duration) {
        let Some(session) = self.table.get_mut(&key) else { return };
        if !session.live && session.is_warm(now) {
            session.live = true;
            self.changes.push((session.home, 1));
            self.sweep.get_or_insert(now + SWEEP_EVERY);
        }
    }
}

fn move_home(session: &mut Session, to: EndpointId, changes: &mut Vec<(EndpointId, i32)>) {
    if session.live {
        changes.extend([(session.home, -1), (to, 1)]);
    }
    session.before = Some(std::mem::replace(&mut session.home, to));
}

pub(super) fn millis(mono: Duration) -> i64 {
    i64::try_from(mono.as_millis()).unwrap_or(i64::MAX)
}

fn hash_of(model: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    model.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: EndpointId = EndpointId(1);
    const B: EndpointId = EndpointId(2);
    const C: EndpointId = EndpointId(3);

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn counts(sessions: &mut Sessions) -> [i32; 3] {
        let mut counts = [0; 3];
        for (id, change) in sessions.changes.drain(..) {
            counts[id.0 as usize - 1] += change;
        }
        counts
    }

    fn told(model: &str, tokens: u64, hour: Option<bool>) -> Cached<'_> {
        Cached { model, tokens, hour, request_nanos: 1, rebuild_nanos: 2 }
    }

    #[test]
    fn a_conversation_is_at_home_where_its_last_answer_came_from() {
        let mut sessions = Sessions::default();
        sessions.placed(1, A, s(0));
        sessions.placed(1, B, s(1));
        assert_eq!((sessions.get(1).unwrap().home, sessions.get(1).unwrap().before), (B, None));
        sessions.answered(1, B, s(2));
        sessions.placed(1, C, s(3));
        assert_eq!(sessions.get(1).unwrap().home, B);
        sessions.answered(1, C, s(4));
        assert_eq!((sessions.get(1).unwrap().home, sessions.get(1).unwrap().before), (C, Some(B)));
        assert_eq!(counts(&mut sessions), [0, 0, 1]);
    }

    #[test]
    fn it_is_warm_for_five_minutes_after_its_last_use_or_for_the_hour_that_was_bought() {
        let mut sessions = Sessions::default();
        sessions.placed(1, A, s(0));
        sessions.answered(1, A, s(10));
        sessions.ended(1, A, s(100));
        let warm = |sessions: &Sessions, at| sessions.get(1).unwrap().is_warm(s(at));
        assert_eq!([399, 400].map(|at| warm(&sessions, at)), [true, false]);
        sessions.cached(1, A, &told("m", 9, Some(true)));
        sessions.cached(1, A, &told("m", 9, None));
        assert_eq!([3699, 3700].map(|at| warm(&sessions, at)), [true, false]);
        sessions.cached(1, A, &told("m", 9, Some(false)));
        assert!(!warm(&sessions, 400));
    }

    #[test]
    fn only_warm_conversations_are_counted_and_the_sweep_ends_with_the_last() {
        let mut sessions = Sessions::default();
        sessions.placed(1, A, s(0));
        sessions.placed(2, A, s(200));
        assert_eq!((counts(&mut sessions), sessions.poll_timeout()), ([2, 0, 0], Some(s(60))));
        sessions.handle_timeout(s(300));
        assert_eq!((counts(&mut sessions), sessions.poll_timeout()), ([-1, 0, 0], Some(s(360))));
        sessions.handle_timeout(s(359));
        sessions.handle_timeout(s(600));
        assert_eq!((counts(&mut sessions), sessions.poll_timeout()), ([-1, 0, 0], None));
        sessions.placed(1, A, s(700));
        assert_eq!((counts(&mut sessions), sessions.poll_timeout()), ([1, 0, 0], Some(s(760))));
    }

    #[test]
    fn the_least_recently_used_goes_when_there_is_no_room() {
        let mut sessions = Sessions::default();
        for key in 0..MOST as u64 {
            sessions.placed(key, A, s(0));
        }
        sessions.placed(0, A, s(1));
        sessions.placed(u64::MAX, B, s(1));
        assert!(sessions.get(0).is_some() && sessions.get(1).is_none());
        assert_eq!((sessions.table.len(), counts(&mut sessions)), (MOST, [MOST as i32 - 1, 1, 0]));
    }

    #[test]
    fn small_requests_to_another_model_do_not_hide_the_cache() {
        let mut sessions = Sessions::default();
        sessions.placed(1, A, s(0));
        sessions.cached(1, A, &told("large", 50_000, Some(true)));
        sessions.cached(1, A, &told("small", 300, Some(false)));
        sessions.cached(1, B, &told("large", 7, None));
        assert_eq!(sessions.get(1).unwrap().cached_tokens(), 50_000);
        sessions.cached(1, A, &told("large", 9_000, None));
        assert_eq!(sessions.get(1).unwrap().cached_tokens(), 9_000);
    }

    #[test]
    fn who_else_has_written_is_known_from_who_answered() {
        let mut sessions = Sessions::default();
        assert_eq!(sessions.foreign(1, A), Foreign::Others(None));
        sessions.placed(1, A, s(0));
        assert_eq!(sessions.foreign(1, A), Foreign::Others(None));
        sessions.answered(1, A, s(0));
        assert_eq!(sessions.foreign(1, A), Foreign::Own);
        assert_eq!(sessions.foreign(1, B), Foreign::Others(Some(A)));
        sessions.answered(1, B, s(0));
        assert_eq!(sessions.foreign(1, B), Foreign::Others(Some(A)));
    }

    #[test]
    fn what_two_endpoints_refuse_is_remembered() {
        let mut sessions = Sessions::default();
        sessions.placed(1, A, s(0));
        for (at, last) in [(A, 1), (B, 2), (A, 3), (B, 4)] {
            sessions.cut(1, at, last);
        }
        assert_eq!([A, B, C].map(|at| sessions.cut_of(1, at)), [Some(3), Some(4), None]);
        sessions.cut(1, C, 5);
        assert_eq!([A, B, C].map(|at| sessions.cut_of(1, at)), [None, Some(4), Some(5)]);
    }
}
