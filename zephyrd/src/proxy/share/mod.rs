//! One upstream call for several requests that mean the same: while it is on its way (dedup), and after it (the
//! response cache).
//!
//! `key` says which requests mean the same, `flight` is a call that several wait for, `place` one client's share
//! of it, `cache` keeps whole answers, `reply` gives an answer in the form that a client asked for.

mod cache;
mod flight;
mod key;
mod place;
mod reply;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use http::StatusCode;
use http::header::CONTENT_ENCODING;
use http::response::Parts;
use zephyr_core::config::Plan;
use zephyr_wire::dialect::Dialect;
use zephyr_wire::whole::{gather, is_sound};

use cache::Cache;
pub(super) use cache::Stored;
pub(super) use flight::Shared;
use flight::{Flight, Keeping, Room};
pub(super) use key::Asked;
use key::{Fingerprint, Key};
pub(crate) use place::Place;
pub(super) use reply::Given;

use super::admit::Caller;
use super::identify::{Call as ClientCall, Wishes};
use super::patience::Pending;
use super::record::Record;

/// Bytes that answers on their way may hold for those who come later.
const ROOM: usize = 64 * 1024 * 1024;

/// The calls on their way and the answers that are kept.
pub(super) struct Shares {
    flights: Arc<Flights>,
    cache: Arc<Cache>,
    room: Arc<Room>,
    fingerprint: Fingerprint,
}

/// Calls on their way, by what they mean. Never more than there are running requests.
#[derive(Default)]
struct Flights(Mutex<ByKey>);

/// Keys are digests already.
type ByKey = HashMap<Key, Weak<Flight>, foldhash::fast::RandomState>;

impl Flights {
    fn lock(&self) -> MutexGuard<'_, ByKey> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A flight is over: forgets it, unless another has taken its place.
    fn forget(&self, key: &Key) {
        let mut flights = self.lock();
        if flights.get(key).is_some_and(|flight| flight.strong_count() == 0) {
            flights.remove(key);
        }
    }
}

impl Default for Shares {
    fn default() -> Self {
        Self {
            flights: Arc::default(),
            cache: Arc::default(),
            room: Arc::new(Room::new(ROOM)),
            fingerprint: Fingerprint::default(),
        }
    }
}

/// What a request found.
pub(super) enum Found<W> {
    /// A call that somebody else began; the work is still to be done if that call is of no use.
    Others(Place, W),
    /// None: it makes the call itself, and others may join.
    Own(Place),
}

impl Shares {
    /// What a request asks for, as far as others may share it. Its marks are taken out of `head`.
    pub(super) fn asked(
        &self,
        plan: &Plan,
        call: &ClientCall,
        caller: &Caller,
        request: (&mut http::request::Parts, &[u8]),
        wishes: &Wishes,
    ) -> Option<Asked> {
        Asked::of(&self.fingerprint, plan, call, caller, request, wishes)
    }

    /// An answer that is kept and may be given.
    pub(super) fn stored(&self, asked: &Asked) -> Option<Arc<Stored>> {
        asked.may_be_read.then(|| self.cache.get(&asked.key, &asked.cache)).flatten()
    }

    /// The call that asks for the same, or the one that `begin` makes of `work`.
    pub(super) fn find<W>(
        &self,
        asked: &Asked,
        work: W,
        begin: impl FnOnce(W) -> (Call, Pending),
    ) -> Found<W> {
        let mut flights = self.flights.lock();
        // Kept until the lock is free again: what may be the last reference takes it.
        let known = flights.get(&asked.key).and_then(Weak::upgrade).filter(|_| asked.may_join);
        if let Some(place) = known.as_ref().and_then(Place::at) {
            drop(flights);
            return Found::Others(place, work);
        }
        let (call, walk) = begin(work);
        let keeping = Keeping {
            key: asked.key,
            flights: Arc::downgrade(&self.flights),
            cache: asked.may_be_kept.then(|| (Arc::clone(&self.cache), asked.cache.clone())),
        };
        let flight = Arc::new(Flight::new(call, keeping, walk, &self.room));
        if asked.may_join {
            flights.insert(asked.key, Arc::downgrade(&flight));
        }
        drop(flights);
        Found::Own(Place::first(&flight))
    }
}

/// A call as whoever began it made it.
pub(super) struct Call {
    /// Id of the request that began it.
    pub(super) leader: String,
    /// What it speaks.
    pub(super) dialect: &'static dyn Dialect,
    /// It asked for a stream.
    pub(super) stream: bool,
    /// What its record tells.
    pub(super) shared: Arc<Shared>,
}

impl Call {
    /// The call that a request begins.
    pub(super) fn begin(record: &mut Record, dialect: &'static dyn Dialect, stream: bool) -> Self {
        let shared = Arc::default();
        record.share(&shared);
        Self { leader: record.id().to_owned(), dialect, stream, shared }
    }

    /// Whether an answer to it is whole and sound, and can be read.
    fn is_sound(&self, head: &Parts, body: &[u8]) -> bool {
        let plain = head.headers.get(CONTENT_ENCODING).is_none_or(|v| v.as_bytes() == b"identity");
        let whole = || match self.stream {
            true => gather(self.dialect, body).is_ok_and(|whole| is_sound(self.dialect, &whole)),
            false => is_sound(self.dialect, body),
        };
        head.status == StatusCode::OK && plain && whole()
    }
}
