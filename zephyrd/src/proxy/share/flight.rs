//! One upstream call that several clients may wait for.
//!
//! Nobody owns it: whoever needs more drives it, under a lock, with a waker that wakes all. So a slow client holds
//! nobody up, a client that leaves hands over by leaving, and the call ends with the last of them. What has come is
//! kept for those who come later, up to [`JOINABLE`] bytes; a client that falls behind by [`BEHIND`] is cut.
//! A whole, sound answer goes into the cache where that is asked for.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use http::response::Parts;
use http_body::Body as _;

use super::super::body::Body;
use super::super::patience::Pending;
use super::super::record::Summary;
use super::cache::{Cache, Settings, Stored};
use super::key::Key;
use super::{Call, Flights};

/// Most of an answer that is kept for clients that may yet come.
const JOINABLE: usize = 1024 * 1024;
/// Most that one client may be behind another.
const BEHIND: usize = 8 * 1024 * 1024;

/// Bytes that all flights keep, and how many they may.
#[derive(Debug)]
pub(super) struct Room {
    used: AtomicUsize,
    most: usize,
}

impl Room {
    /// Room for `most` bytes.
    pub(super) fn new(most: usize) -> Self {
        Self { used: AtomicUsize::new(0), most }
    }

    fn is_full(&self) -> bool {
        self.used.load(Ordering::Relaxed) >= self.most
    }
}

/// What became of the call, for the records of those who did not begin it.
#[derive(Debug, Default)]
pub(in super::super) struct Shared {
    /// Whoever began it has left.
    left: AtomicBool,
    summary: OnceLock<Summary>,
}

impl Shared {
    /// Whether the client that began the call has left it to others.
    pub(in super::super) fn was_left(&self) -> bool {
        self.left.load(Ordering::Relaxed)
    }

    /// The call is settled.
    pub(in super::super) fn settled(&self, summary: Summary) {
        // Settled once; a second word would be a mistake of ours and changes nothing.
        let _ = self.summary.set(summary);
    }

    /// What it came to, once it is settled.
    pub(in super::super) fn summary(&self) -> Option<&Summary> {
        self.summary.get()
    }
}

/// Where a call is known, and where its answer is kept.
pub(super) struct Keeping {
    /// What it means.
    pub(super) key: Key,
    /// Where it is found while it is on its way.
    pub(super) flights: Weak<Flights>,
    /// Where its answer goes.
    pub(super) cache: Option<(Arc<Cache>, Settings)>,
}

impl Keeping {
    /// The largest answer that the cache takes.
    fn largest(&self) -> usize {
        let most = self.cache.as_ref().map_or(0, |(_, settings)| settings.bytes / 8);
        usize::try_from(most).unwrap_or(usize::MAX)
    }
}

/// See the module.
pub(super) struct Flight {
    /// Who began it, and how.
    pub(super) call: Call,
    keeping: Keeping,
    wakers: Arc<Wakers>,
    joinable: AtomicBool,
    room: Arc<Room>,
    state: Mutex<State>,
}

struct State {
    stage: Stage,
    head: Option<Arc<Parts>>,
    /// What is kept of the body; `base` bytes before it are gone.
    kept: BytesMut,
    base: usize,
    /// How far each client has read; `None` = it has left.
    read: Vec<Option<usize>>,
    /// How the body ended.
    ended: Option<Result<(), String>>,
}

enum Stage {
    /// No endpoint has answered yet.
    Walking(Pending),
    /// An endpoint answers.
    Answering(Body),
    /// It is over.
    Over,
}

/// What a client may read next.
pub(super) enum Next {
    /// These bytes.
    Bytes(Bytes),
    /// Nothing: the answer is whole.
    End,
    /// Nothing: it broke off.
    Broken(String),
}

impl Flight {
    /// The call that `walk` makes.
    pub(super) fn new(call: Call, keeping: Keeping, walk: Pending, room: &Arc<Room>) -> Self {
        Self {
            call,
            keeping,
            wakers: Arc::default(),
            joinable: AtomicBool::new(true),
            room: Arc::clone(room),
            state: Mutex::new(State {
                stage: Stage::Walking(walk),
                head: None,
                kept: BytesMut::new(),
                base: 0,
                read: Vec::new(),
                ended: None,
            }),
        }
    }

    fn state(&self) -> Result<MutexGuard<'_, State>, String> {
        // A panic while it was driven left it in a state that nobody knows.
        self.state.lock().map_err(|_| "the gateway failed inside this answer".to_owned())
    }

    /// A place among those who wait, if everything from the beginning is still there.
    pub(super) fn join(&self) -> Option<usize> {
        let mut state = self.state().ok()?;
        if !self.joinable.load(Ordering::Relaxed) || matches!(state.ended, Some(Err(_))) {
            return None;
        }
        state.read.push(Some(0));
        Some(state.read.len() - 1)
    }

    /// Gives a place up.
    pub(super) fn leave(&self, place: usize) {
        self.wakers.forget(place);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let behind = state.read[place].is_some_and(|read| read < state.base + state.kept.len());
        state.read[place] = None;
        let last = state.read.iter().all(Option::is_none);
        if place == 0 && (behind || !last) {
            // Whoever leaves last and has everything so far may have had it all: the answer knows.
            self.call.shared.left.store(true, Ordering::Relaxed);
        }
        if last {
            // Nobody is left: the upstream request ends now, not when the last reference goes.
            self.joinable.store(false, Ordering::Relaxed);
            state.stage = Stage::Over;
        } else {
            self.forget_what_all_have(&mut state);
            if place == 0 && state.ended.is_none() {
                let leader = self.call.leader.as_str();
                tracing::debug!(request = leader, "request {leader} leaves its call to others");
            }
        }
    }

    /// The head of the answer.
    pub(super) fn poll_head(&self, place: usize, cx: &Context<'_>) -> Poll<Result<Arc<Parts>, String>> {
        let mut state = self.state()?;
        self.wakers.remember(place, cx.waker());
        if state.head.is_none() && state.ended.is_none() {
            self.drive_to_head(&mut state, place);
        }
        match (&state.head, &state.ended) {
            (Some(head), _) => Poll::Ready(Ok(Arc::clone(head))),
            (None, Some(Err(why))) => Poll::Ready(Err(why.clone())),
            _ => Poll::Pending,
        }
    }

    /// The next bytes for `place`.
    pub(super) fn poll_next(&self, place: usize, cx: &Context<'_>) -> Poll<Next> {
        let mut state = match self.state() {
            Ok(state) => state,
            Err(why) => return Poll::Ready(Next::Broken(why)),
        };
        self.wakers.remember(place, cx.waker());
        let Some(at) = state.read[place] else { return Poll::Ready(Next::Broken("left".to_owned())) };
        if at == state.base + state.kept.len()
            && state.ended.is_none()
            && let Some(fresh) = self.drive(&mut state, place)
        {
            state.read[place] = Some(at + fresh.len());
            self.forget_what_all_have(&mut state);
            return Poll::Ready(Next::Bytes(fresh));
        }
        if at < state.base {
            return Poll::Ready(Next::Broken("this client read too slowly to share an answer".to_owned()));
        }
        let have = &state.kept[at - state.base..];
        if !have.is_empty() {
            let bytes = Bytes::copy_from_slice(have);
            state.read[place] = Some(at + bytes.len());
            self.forget_what_all_have(&mut state);
            return Poll::Ready(Next::Bytes(bytes));
        }
        match &state.ended {
            Some(Ok(())) => Poll::Ready(Next::End),
            Some(Err(why)) => Poll::Ready(Next::Broken(why.clone())),
            None => Poll::Pending,
        }
    }

    /// Drives the call until an endpoint's answer has a head.
    fn drive_to_head(&self, state: &mut State, place: usize) {
        let Stage::Walking(walk) = &mut state.stage else { return };
        let waker = Waker::from(Arc::clone(&self.wakers));
        if let Poll::Ready(answer) = walk.as_mut().poll(&mut Context::from_waker(&waker)) {
            let (head, body) = answer.into_parts();
            state.head = Some(Arc::new(head));
            state.stage = Stage::Answering(body);
            self.wake_others(state, place);
        }
    }

    /// Takes the next piece from upstream; it is kept too.
    fn drive(&self, state: &mut State, place: usize) -> Option<Bytes> {
        self.drive_to_head(state, place);
        let waker = Waker::from(Arc::clone(&self.wakers));
        loop {
            let Stage::Answering(body) = &mut state.stage else { return None };
            match Pin::new(&mut *body).poll_frame(&mut Context::from_waker(&waker)) {
                Poll::Pending => return None,
                Poll::Ready(Some(Ok(frame))) => {
                    // An answer that says how long it is need not be asked for its end.
                    let last = body.is_end_stream();
                    let Ok(data) = frame.into_data() else { continue };
                    self.keep(state, &data);
                    if last {
                        self.end(state, Ok(()));
                    }
                    self.wake_others(state, place);
                    return Some(data);
                }
                Poll::Ready(end) => {
                    self.end(state, end.map_or(Ok(()), |last| last.map(drop).map_err(|e| e.to_string())));
                    self.wake_others(state, place);
                    return None;
                }
            }
        }
    }

    /// There is something new for those who share the call with `place`: mostly nobody.
    fn wake_others(&self, state: &State, place: usize) {
        if state.read.len() > 1 {
            self.wakers.wake_others(place);
        }
    }

    /// The call's record is settled here, before anybody sees the end.
    fn end(&self, state: &mut State, how: Result<(), String>) {
        state.stage = Stage::Over;
        state.ended = Some(how);
        self.store(state);
    }

    /// Whether `place` has read a whole answer.
    pub(super) fn is_read_out(&self, place: usize) -> bool {
        self.state().is_ok_and(|state| {
            state.ended == Some(Ok(())) && state.read[place] == Some(state.base + state.kept.len())
        })
    }

    /// Hands a whole, sound answer to the cache.
    fn store(&self, state: &State) {
        let Some((cache, settings)) = &self.keeping.cache else { return };
        let (Some(head), Some(summary)) = (&state.head, self.call.shared.summary()) else { return };
        let all =
            state.base == 0 && state.ended == Some(Ok(())) && state.kept.len() <= self.keeping.largest();
        if all && self.call.is_sound(head, &state.kept) {
            let stored = Stored {
                leader: self.call.leader.clone(),
                dialect: self.call.dialect,
                stream: self.call.stream,
                head: Arc::clone(head),
                body: Bytes::copy_from_slice(&state.kept),
                summary: summary.clone(),
                since: Instant::now(),
            };
            cache.put(self.keeping.key, stored, settings);
        }
    }

    fn keep(&self, state: &mut State, data: &Bytes) {
        state.kept.extend_from_slice(data);
        self.room.used.fetch_add(data.len(), Ordering::Relaxed);
        let len = state.base + state.kept.len();
        if len > JOINABLE.max(self.keeping.largest()) || self.room.is_full() {
            self.joinable.store(false, Ordering::Relaxed);
            self.forget_what_all_have(state);
            if state.kept.len() > BEHIND {
                self.forget(state, state.kept.len() - BEHIND);
            }
        }
    }

    fn forget_what_all_have(&self, state: &mut State) {
        if self.joinable.load(Ordering::Relaxed) {
            return;
        }
        let least = state.read.iter().flatten().min().copied().unwrap_or(state.base);
        self.forget(state, least.saturating_sub(state.base));
    }

    fn forget(&self, state: &mut State, count: usize) {
        let count = count.min(state.kept.len());
        bytes::Buf::advance(&mut state.kept, count);
        state.base += count;
        self.room.used.fetch_sub(count, Ordering::Relaxed);
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.room.used.fetch_sub(state.kept.len(), Ordering::Relaxed);
        if let Some(flights) = self.keeping.flights.upgrade() {
            flights.forget(&self.keeping.key);
        }
    }
}

/// Wakes whoever waits, by place.
#[derive(Default)]
struct Wakers(Mutex<Vec<Option<Waker>>>);

impl Wakers {
    fn lock(&self) -> MutexGuard<'_, Vec<Option<Waker>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, place: usize, waker: &Waker) {
        let mut wakers = self.lock();
        if wakers.len() <= place {
            wakers.resize(place + 1, None);
        }
        match &mut wakers[place] {
            Some(known) => known.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
    }

    fn forget(&self, place: usize) {
        if let Some(waker) = self.lock().get_mut(place) {
            *waker = None;
        }
    }

    fn wake_others(&self, place: usize) {
        let wakers = self.lock();
        for (_, waker) in wakers.iter().enumerate().filter(|(at, _)| *at != place) {
            waker.as_ref().inspect(|waker| waker.wake_by_ref());
        }
    }
}

impl Wake for Wakers {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wake_others(usize::MAX);
    }
}
