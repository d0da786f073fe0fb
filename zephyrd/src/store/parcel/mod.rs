//! An entry on its way into the store: what the writer works with as it is, all texts and facts of a request in one piece
//! of memory instead of twenty.
//!
//! Who settles packs it while all of it is at hand, and the thread that writes finds it in one go; the facts are kept in
//! the database as they come, and nobody takes them apart for that. Requests that come one after the other lie one after
//! the other: scattered pieces, taken by one thread and given back by another, are cold when they are used again.

mod attempts;
mod facts;
pub(super) mod numbers;

use std::cell::RefCell;

use bytes::{Bytes, BytesMut};
use zephyr_core::usage::{Entry, ProbeRecord, UsageRecord};

use super::StoreError;
pub(super) use facts::{About, about as about_facts, unpack as unpack_facts};
use numbers::{Packed, damaged, read, unzigzag, zigzag};

/// Names of a request that a store looks up.
const NAMES: usize = 6;

/// Memory that is taken at once for many pieces.
const SHELF: usize = 64 * 1024;
/// Longest piece that lies there, so that one does not keep much more than itself.
const MAX_ON_SHELF: usize = 2 * 1024;

thread_local! {
    /// Where the entries of this thread are packed, and where they lie then.
    static PACKING: RefCell<(Vec<u8>, BytesMut)> = RefCell::default();
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parcel(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// The lengths of the names (and one, 0 for none), when it came, the names, the facts.
    Request(Bytes),
    Probe(Box<ProbeRecord>),
}

/// What a parcel holds.
pub(super) enum Contents<'a> {
    Request(Request<'a>),
    Probe(&'a ProbeRecord),
}

/// Model, endpoint, group and client of a request in one piece: nearly always they are those of the request before,
/// and comparing four names takes four times as long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Who<'a> {
    pub(super) names: &'a str,
    /// Of each name; `None` where there is none.
    pub(super) lengths: [Option<usize>; 4],
}

/// A request, where it lies.
#[derive(Clone, Copy)]
pub(super) struct Request<'a> {
    /// When it came, Unix milliseconds.
    pub(super) started_unix_ms: i64,
    pub(super) id: &'a str,
    pub(super) who: Who<'a>,
    pub(super) model: &'a str,
    pub(super) endpoint: Option<&'a str>,
    pub(super) group: Option<&'a str>,
    pub(super) client: &'a str,
    pub(super) session: Option<&'a str>,
    /// Everything, packed, but the names and the time.
    pub(super) facts: &'a [u8],
}

impl Parcel {
    /// Packs an entry.
    pub(super) fn of(entry: &Entry) -> Self {
        match entry {
            Entry::Request(record) => Self(Kind::Request(pack(record))),
            Entry::Probe(probe) => Self(Kind::Probe(Box::new(probe.clone()))),
        }
    }

    /// Memory that it takes beside its own place.
    pub(super) fn size(&self) -> usize {
        match &self.0 {
            Kind::Request(packed) => packed.len(),
            Kind::Probe(probe) => size_of::<ProbeRecord>() + probe.endpoint.len() + probe.model.len(),
        }
    }

    /// What is in it.
    pub(super) fn open(&self) -> Result<Contents<'_>, StoreError> {
        match &self.0 {
            Kind::Request(packed) => Request::of(packed).map(Contents::Request),
            Kind::Probe(probe) => Ok(Contents::Probe(probe)),
        }
    }

    /// The entry that it was made of.
    pub(super) fn entry(&self) -> Result<Entry, StoreError> {
        Ok(match self.open()? {
            Contents::Probe(probe) => Entry::Probe(probe.clone()),
            Contents::Request(request) => {
                let mut record = UsageRecord {
                    id: request.id.to_owned(),
                    started_unix_ms: request.started_unix_ms,
                    model: request.model.to_owned(),
                    endpoint: request.endpoint.map(str::to_owned),
                    group: request.group.map(str::to_owned),
                    client: request.client.to_owned(),
                    session: request.session.map(str::to_owned),
                    ..UsageRecord::default()
                };
                unpack_facts(request.facts, &mut record)?;
                Entry::Request(record.into())
            }
        })
    }
}

fn pack(record: &UsageRecord) -> Bytes {
    let names: [Option<&str>; NAMES] = [
        Some(&record.id),
        Some(&record.model),
        record.endpoint.as_deref(),
        record.group.as_deref(),
        Some(&record.client),
        record.session.as_deref(),
    ];
    PACKING.with_borrow_mut(|(out, shelf)| {
        out.clear();
        let mut numbers = Packed::<{ NAMES + 1 }>::new();
        for name in names {
            numbers.add(name.map_or(0, |name| name.len() as u64 + 1));
        }
        numbers.add(zigzag(record.started_unix_ms));
        out.extend_from_slice(numbers.bytes());
        names.into_iter().flatten().for_each(|name| out.extend_from_slice(name.as_bytes()));
        facts::pack(record, out);
        if out.len() > MAX_ON_SHELF {
            return Bytes::from(std::mem::take(out));
        }
        if shelf.capacity() < out.len() {
            *shelf = BytesMut::with_capacity(SHELF);
        }
        shelf.extend_from_slice(out);
        shelf.split().freeze()
    })
}

impl<'a> Request<'a> {
    /// A packed one.
    fn of(packed: &'a [u8]) -> Result<Self, StoreError> {
        let mut rest = packed;
        let mut lengths = [None; NAMES];
        let mut all = 0usize;
        for length in &mut lengths {
            let some = usize::try_from(read(&mut rest)?).map_err(|_| damaged())?;
            *length = some.checked_sub(1);
            all = all.saturating_add(length.unwrap_or(0));
        }
        let started_unix_ms = unzigzag(read(&mut rest)?);
        let (names, facts) = rest.split_at_checked(all).ok_or_else(damaged)?;
        // All at once: there are many, and they are short.
        let names = std::str::from_utf8(names).map_err(|_| damaged())?;
        let mut rest = names;
        let mut name = |length: Option<usize>| -> Result<Option<&str>, StoreError> {
            let Some(length) = length else { return Ok(None) };
            let (name, behind) = rest.split_at_checked(length).ok_or_else(damaged)?;
            rest = behind;
            Ok(Some(name))
        };
        let [id, model, endpoint, group, client, session] = lengths;
        let who = [model, endpoint, group, client];
        Ok(Self {
            started_unix_ms,
            id: name(id)?.unwrap_or_default(),
            model: name(model)?.unwrap_or_default(),
            endpoint: name(endpoint)?,
            group: name(group)?,
            client: name(client)?.unwrap_or_default(),
            session: name(session)?,
            who: Who {
                // Each of them was found, so this is.
                names: &names[id.unwrap_or(0)..][..who.into_iter().flatten().sum()],
                lengths: who,
            },
            facts,
        })
    }

    /// What its facts say to the writer.
    pub(super) fn about(&self) -> Result<About, StoreError> {
        facts::about(self.facts)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::suite;

    proptest! {
        #[test]
        fn what_is_packed_comes_out_as_it_was(entry in suite::any_entry()) {
            let parcel = Parcel::of(&entry);
            prop_assert_eq!(parcel.entry().unwrap(), entry);
        }

        #[test]
        fn any_bytes_are_an_entry_or_damaged(bytes: Vec<u8>) {
            let _ = Parcel(Kind::Request(bytes.into())).entry();
        }
    }

    #[test]
    fn a_plain_request_takes_little() {
        let size = Parcel::of(&suite::request(suite::DAY, |_| {})).size();
        assert!(size < 100, "{size}");
    }
}
