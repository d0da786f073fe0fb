//! An entry on its way into the store: what the writer works with as it is, all texts and facts of a request in one piece
//! of memory instead of twenty.
//!
//! Who settles packs it while all of it is at hand, and the thread that writes finds it in one go; the facts are kept in
//! the database as they come, and nobody takes them apart for that. Entries that come one after the other lie one after
//! the other (see [`Chunk`]): scattered pieces, taken by one thread and given back by another, are cold when they are used
//! again, and counting who still needs them takes as long as packing them.

mod attempts;
mod chunk;
mod facts;
pub(super) mod numbers;
mod probe;

use std::cell::Cell;

use zephyr_core::usage::{Entry, ProbeRecord, UsageRecord};

use super::StoreError;
pub(super) use chunk::{Chunk, ENTRIES as CHUNK_ENTRIES};
pub(super) use facts::{About, about as about_facts, unpack as unpack_facts};
use numbers::{Packed, damaged, read, unzigzag, zigzag};

/// Names of a request that a store looks up.
const NAMES: usize = 6;
/// What a packed request begins with.
const REQUEST: u8 = 0;
/// What a packed probe begins with.
const PROBE: u8 = 1;
/// Memory for a packed entry that is kept for the next.
const KEPT: usize = 4 * 1024;

thread_local! {
    /// Where the entries of this thread are packed.
    static PACKING: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A packed entry: its kind, then, of a request, the lengths of the names (and one, 0 for none), when it came, the names,
/// the facts.
#[derive(Clone, Copy)]
pub(super) struct Parcel<'a>(&'a [u8]);

/// What a parcel holds.
pub(super) enum Contents<'a> {
    Request(Request<'a>),
    Probe(ProbeRecord),
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

/// Packs `entry` and hands its bytes on.
pub(super) fn packed<T>(entry: &Entry, to: impl FnOnce(&[u8]) -> T) -> T {
    let mut out = PACKING.take();
    out.clear();
    match entry {
        Entry::Request(record) => {
            out.push(REQUEST);
            pack(record, &mut out);
        }
        Entry::Probe(probe) => {
            out.push(PROBE);
            probe::pack(probe, &mut out);
        }
    }
    let done = to(&out);
    out.clear();
    out.shrink_to(KEPT);
    PACKING.set(out);
    done
}

fn pack(record: &UsageRecord, out: &mut Vec<u8>) {
    let names: [Option<&str>; NAMES] = [
        Some(&record.id),
        Some(&record.model),
        record.endpoint.as_deref(),
        record.group.as_deref(),
        Some(&record.client),
        record.session.as_deref(),
    ];
    let mut numbers = Packed::<{ NAMES + 1 }>::new();
    for name in names {
        numbers.add(name.map_or(0, |name| name.len() as u64 + 1));
    }
    numbers.add(zigzag(record.started_unix_ms));
    out.extend_from_slice(numbers.bytes());
    names.into_iter().flatten().for_each(|name| out.extend_from_slice(name.as_bytes()));
    facts::pack(record, out);
}

impl<'a> Parcel<'a> {
    /// What is in it.
    pub(super) fn open(self) -> Result<Contents<'a>, StoreError> {
        match self.0.split_first() {
            Some((&REQUEST, packed)) => Request::of(packed).map(Contents::Request),
            Some((&PROBE, packed)) => probe::unpack(packed).map(Contents::Probe),
            _ => Err(damaged()),
        }
    }

    /// The entry that it was made of.
    pub(super) fn entry(self) -> Result<Entry, StoreError> {
        Ok(match self.open()? {
            Contents::Probe(probe) => Entry::Probe(probe),
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
            prop_assert_eq!(packed(&entry, |bytes| Parcel(bytes).entry()).unwrap(), entry);
        }

        #[test]
        fn any_bytes_are_an_entry_or_damaged(mut bytes: Vec<u8>, kind in proptest::option::of(REQUEST..=PROBE)) {
            if let Some(kind) = kind {
                bytes.insert(0, kind);
            }
            let _ = Parcel(&bytes).entry();
        }
    }

    #[test]
    fn a_plain_request_takes_little() {
        let size = packed(&suite::request(suite::DAY, |_| {}), <[u8]>::len);
        assert!(size < 100, "{size}");
    }
}
