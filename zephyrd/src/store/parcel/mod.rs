//! An entry on its way into the store, as bytes: one piece of memory instead of twenty.
//!
//! Who settles packs it while all of it is at hand, and the thread that writes reads it in one go; the facts are kept in
//! the database as they come. No text is taken apart for that but the names that a store looks up.

mod attempts;
mod facts;
pub(super) mod numbers;

use zephyr_core::usage::{Entry, Operation, ProbeRecord, Tokens, Totals, UsageRecord};

use super::StoreError;
pub(super) use facts::unpack as unpack_facts;
use numbers::{damaged, read, text, unzigzag, write, write_text, zigzag};

/// What a parcel holds: its first byte.
const REQUEST: u8 = 0;
const PROBE: u8 = 1;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parcel(Box<[u8]>);

/// What a parcel holds.
pub(super) enum Contents<'a> {
    Request(Request<'a>),
    Probe(ProbeRecord),
}

/// A request, where it lies.
#[derive(Clone, Copy)]
pub(super) struct Request<'a> {
    /// When it came, Unix milliseconds.
    pub(super) started_unix_ms: i64,
    pub(super) id: &'a str,
    pub(super) model: &'a str,
    pub(super) endpoint: Option<&'a str>,
    pub(super) group: Option<&'a str>,
    pub(super) client: &'a str,
    pub(super) session: Option<&'a str>,
    /// Everything else, packed.
    pub(super) facts: &'a [u8],
}

impl Parcel {
    /// Packs an entry.
    pub(super) fn of(entry: &Entry) -> Self {
        // What a plain request takes, so that nothing is copied but at the end.
        let mut out = Vec::with_capacity(512);
        match entry {
            Entry::Request(record) => {
                out.push(REQUEST);
                write(&mut out, zigzag(record.started_unix_ms));
                for name in [
                    Some(record.id.as_str()),
                    Some(record.model.as_str()),
                    record.endpoint.as_deref(),
                    record.group.as_deref(),
                    Some(record.client.as_str()),
                    record.session.as_deref(),
                ] {
                    write_text(&mut out, name);
                }
                facts::pack(record, &mut out);
            }
            Entry::Probe(probe) => {
                out.push(PROBE);
                write(&mut out, zigzag(probe.unix_ms));
                write(&mut out, zigzag(i64::from(probe.day)));
                write_text(&mut out, Some(&probe.endpoint));
                write_text(&mut out, Some(&probe.model));
                write(&mut out, zigzag(probe.cost_nanos));
                probe.tokens.fields().into_iter().for_each(|n| write(&mut out, n));
            }
        }
        Self(out.into_boxed_slice())
    }

    /// Bytes of it.
    pub(super) fn size(&self) -> usize {
        self.0.len()
    }

    /// What is in it.
    pub(super) fn open(&self) -> Result<Contents<'_>, StoreError> {
        let (kind, mut rest) = self.0.split_first().ok_or_else(damaged)?;
        let from = &mut rest;
        let unix_ms = unzigzag(read(from)?);
        if *kind == PROBE {
            let day = i32::try_from(unzigzag(read(from)?)).map_err(|_| damaged())?;
            let mut name = || Ok(text(from)?.unwrap_or_default().to_owned());
            let (endpoint, model) = (name()?, name()?);
            let cost_nanos = unzigzag(read(from)?);
            let mut tokens = Tokens::default();
            for number in tokens.fields_mut() {
                *number = read(from)?;
            }
            return Ok(Contents::Probe(ProbeRecord { unix_ms, day, endpoint, model, tokens, cost_nanos }));
        }
        Ok(Contents::Request(Request {
            started_unix_ms: unix_ms,
            id: text(from)?.unwrap_or_default(),
            model: text(from)?.unwrap_or_default(),
            endpoint: text(from)?,
            group: text(from)?,
            client: text(from)?.unwrap_or_default(),
            session: text(from)?,
            facts: rest,
        }))
    }

    /// The entry that was packed.
    pub(super) fn entry(&self) -> Result<Entry, StoreError> {
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
                facts::unpack(request.facts, &mut record)?;
                Entry::Request(record.into())
            }
        })
    }
}

/// What sums and series want to know of a request's facts: everything but its texts.
#[derive(Default)]
pub(super) struct Countable(UsageRecord);

impl Countable {
    /// Reads the facts of another request.
    pub(super) fn read(&mut self, facts: &[u8]) -> Result<(), StoreError> {
        facts::unpack_countable(facts, &mut self.0)
    }

    /// It asked for tokens.
    pub(super) fn generate(&self) -> bool {
        self.0.operation == Operation::Generate
    }

    /// It went wrong.
    pub(super) fn failed(&self) -> bool {
        self.0.failed()
    }

    /// The day on which it came.
    pub(super) fn day(&self) -> i32 {
        self.0.day
    }

    /// Counts it.
    pub(super) fn count(&self, totals: &mut Totals) {
        totals.count(&self.0);
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
        fn what_counts_is_read_without_the_texts(
            records in proptest::collection::vec(suite::any_record(), 1..4),
        ) {
            let (mut counted, mut totals) = (Totals::default(), Totals::default());
            let mut countable = Countable::default();
            for record in records {
                let parcel = Parcel::of(&Entry::Request(record.clone().into()));
                let Ok(Contents::Request(request)) = parcel.open() else { panic!() };
                countable.read(request.facts).unwrap();
                prop_assert_eq!(countable.generate(), record.operation == Operation::Generate);
                prop_assert_eq!(countable.failed(), record.failed());
                prop_assert_eq!(countable.day(), record.day);
                countable.count(&mut counted);
                totals.count(&record);
            }
            prop_assert_eq!(counted, totals);
        }

        #[test]
        fn any_bytes_are_an_entry_or_damaged(bytes: Vec<u8>) {
            let _ = Parcel(bytes.into()).entry();
        }
    }

    #[test]
    fn a_plain_request_takes_little() {
        let size = Parcel::of(&suite::request(suite::DAY, |_| {})).size();
        assert!(size < 150, "{size}");
    }
}
