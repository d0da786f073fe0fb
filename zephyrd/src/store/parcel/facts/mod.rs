//! What a record says beside its time, its id and the names that a filter knows, as bytes: one column of the database
//! instead of forty, which is what makes keeping a record cheap.
//!
//! Form: a byte for it ([`FORM`]); as the bits of one number, which numbers are not 0; these numbers; then texts, common
//! ones as their numbers (see [`common`]). A later version may append to both. What was kept before has another form, see
//! [`first_form`].

mod common;
mod first_form;

use zephyr_core::usage::{
    Counts, Ended, Operation, PriceSource, Source, Tier, Tokens, UsageRecord, UsageState,
};

use super::attempts;
use super::numbers::{Packed, damaged, read, unzigzag, zigzag};
use crate::store::StoreError;
use common::{
    CLASSES, Common, DIALECTS, METHODS, NONE, PATHS, PROVIDERS, STOPS, read_answered, read_text,
    write_answered, write_text,
};

/// What packed facts begin with.
const FORM: u8 = 2;
/// Numbers of a record.
const NUMBERS: usize = 29;
/// Which of them is how many attempts there were.
const ATTEMPTS: usize = 17;

/// What the writer wants to know of a request beside its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct About {
    /// On which day it came.
    pub(in crate::store) day: i32,
    /// Whether it was for an answer of a model.
    pub(in crate::store) generate: bool,
    /// What it adds to sums.
    pub(in crate::store) counts: Counts,
}

/// The numbers of a record in the order of their bits: those that are hardly ever 0 first.
struct Numbers([u64; NUMBERS]);

/// Position of a code in the list of all: that is what is kept.
fn code<T: PartialEq>(all: &[T], value: &T) -> u64 {
    all.iter().position(|v| v == value).unwrap_or(0) as u64
}

fn of_code<T: Copy + Default>(all: &[T], code: u64) -> T {
    usize::try_from(code).ok().and_then(|at| all.get(at)).copied().unwrap_or_default()
}

/// A number that may be missing: one more than it is, or 0.
fn some(number: Option<u64>) -> u64 {
    number.map_or(0, |n| n.saturating_add(1))
}

/// A number that nearly always is 1: 0 for that, 1 for 0. The same back.
fn nearly_one(number: u64) -> u64 {
    number ^ u64::from(number < 2)
}

fn day_of(number: u64) -> Result<i32, StoreError> {
    i32::try_from(unzigzag(number)).map_err(|_| damaged())
}

fn status_of(number: u64) -> Result<u16, StoreError> {
    u16::try_from(number).map_err(|_| damaged())
}

/// Writes the facts of `record` behind what `out` holds.
pub(super) fn pack(record: &UsageRecord, out: &mut Vec<u8>) {
    let all_attempts = attempts::to_text(record);
    // Named one by one, so that a new field is not forgotten here.
    let UsageRecord {
        id: _,
        started_unix_ms: _,
        day,
        duration_ms,
        ttft_ms,
        client: _,
        session: _,
        agent,
        class,
        method,
        path,
        dialect,
        operation,
        stream,
        model,
        answered_model,
        mismatch,
        endpoint: _,
        group: _,
        provider,
        status,
        upstream_status,
        ended,
        detail,
        stop,
        source,
        served_by,
        bytes_in,
        bytes_out,
        tokens,
        usage,
        tier,
        cost_nanos,
        lost_nanos,
        saved_nanos,
        cache_saved_nanos,
        price_source,
        attempts,
    } = record;
    out.push(FORM);
    let numbers = Numbers([
        zigzag(i64::from(*day)),
        *duration_ms,
        some(*ttft_ms),
        u64::from(*status),
        some(upstream_status.map(u64::from)),
        code(Ended::ALL, ended),
        *bytes_in,
        *bytes_out,
        code(UsageState::ALL, usage),
        code(PriceSource::ALL, price_source),
        zigzag(*cost_nanos),
        tokens.input,
        tokens.output,
        u64::from(*stream),
        tokens.cache_read,
        tokens.cache_write_5m,
        zigzag(*cache_saved_nanos),
        nearly_one(attempts.len() as u64),
        code(Operation::ALL, operation),
        tokens.cache_write_1h,
        tokens.reasoning,
        code(&Tier::ALL, tier),
        u64::from(*mismatch),
        code(Source::ALL, source),
        zigzag(*lost_nanos),
        zigzag(*saved_nanos),
        tokens.web_searches,
        tokens.web_fetches,
        tokens.code_runs,
    ]);
    numbers.write(out);
    write_text(out, Some(method), METHODS);
    write_text(out, Some(path), PATHS);
    write_text(out, Some(dialect), DIALECTS);
    write_text(out, agent.as_deref(), NONE);
    write_text(out, class.as_deref(), CLASSES);
    write_answered(out, answered_model.as_deref(), model);
    write_text(out, provider.as_deref(), PROVIDERS);
    write_text(out, detail.as_deref(), NONE);
    write_text(out, stop.as_deref(), STOPS);
    write_text(out, served_by.as_deref(), NONE);
    write_text(out, Some(&*all_attempts).filter(|text| !text.is_empty()), NONE);
}

/// Puts packed facts into `record`. Its model and endpoint are there already: what is packed may refer to them.
pub(in crate::store) fn unpack(packed: &[u8], record: &mut UsageRecord) -> Result<(), StoreError> {
    let (numbers, rest) = Numbers::of(packed)?;
    numbers.put(record)?;
    let mut texts = Texts { rest, first_form: packed.first() == Some(&first_form::BEGIN) };
    record.method = texts.next(METHODS)?.unwrap_or_default();
    record.path = texts.next(PATHS)?.unwrap_or_default();
    record.dialect = texts.next(DIALECTS)?.unwrap_or_default();
    record.agent = texts.next(NONE)?;
    record.class = texts.next(CLASSES)?;
    record.answered_model = texts.answered(&record.model)?;
    record.provider = texts.next(PROVIDERS)?;
    record.detail = texts.next(NONE)?;
    record.stop = texts.next(STOPS)?;
    record.served_by = texts.next(NONE)?;
    let attempts = texts.next(NONE)?.unwrap_or_default();
    record.attempts = attempts::of_text(&attempts, record)
        .map_err(|e| StoreError::Damaged(format!("attempts of `{}` cannot be read: {e}", record.id)))?;
    Ok(())
}

/// The texts of packed facts.
struct Texts<'a> {
    rest: &'a [u8],
    first_form: bool,
}

impl Texts<'_> {
    fn next(&mut self, common: Common) -> Result<Option<String>, StoreError> {
        let rest = &mut self.rest;
        let text = if self.first_form { first_form::text(rest) } else { read_text(rest, common) };
        Ok(text?.map(str::to_owned))
    }

    fn answered(&mut self, asked: &str) -> Result<Option<String>, StoreError> {
        if self.first_form { self.next(NONE) } else { read_answered(&mut self.rest, asked) }
    }
}

/// What packed facts say to the writer. How many attempts there were is not known of the [`first_form`].
pub(in crate::store) fn about(packed: &[u8]) -> Result<About, StoreError> {
    Numbers::of(packed)?.0.about()
}

impl Numbers {
    /// Those of packed facts, and what follows them.
    fn of(packed: &[u8]) -> Result<(Self, &[u8]), StoreError> {
        let (form, mut rest) = packed.split_first().ok_or_else(damaged)?;
        let numbers = match *form {
            FORM => Self::read(&mut rest)?,
            first_form::BEGIN => first_form::numbers(&mut rest)?,
            _ => return Err(damaged()),
        };
        Ok((numbers, rest))
    }

    fn write(&self, out: &mut Vec<u8>) {
        let bits = self.0.iter().rev().fold(0, |bits, number| bits << 1 | u64::from(*number != 0));
        let mut packed = Packed::<{ NUMBERS + 1 }>::new();
        packed.add(bits);
        self.0.iter().filter(|number| **number != 0).for_each(|number| packed.add(*number));
        out.extend_from_slice(packed.bytes());
    }

    fn read(from: &mut &[u8]) -> Result<Self, StoreError> {
        let mut numbers = [0; NUMBERS];
        let mut bits = read(from)?;
        while bits != 0 {
            let number = read(from)?;
            // Others are those of a later version.
            if let Some(place) = numbers.get_mut(bits.trailing_zeros() as usize) {
                *place = number;
            }
            bits &= bits - 1;
        }
        Ok(Self(numbers))
    }

    fn put(self, record: &mut UsageRecord) -> Result<(), StoreError> {
        let [
            day,
            duration_ms,
            ttft_ms,
            status,
            upstream_status,
            ended,
            bytes_in,
            bytes_out,
            usage,
            price_source,
            cost,
            input,
            output,
            stream,
            cache_read,
            cache_write_5m,
            cache_saved,
            // The attempts themselves tell how many they are.
            _,
            operation,
            cache_write_1h,
            reasoning,
            tier,
            mismatch,
            source,
            lost,
            saved,
            web_searches,
            web_fetches,
            code_runs,
        ] = self.0;
        record.day = day_of(day)?;
        record.duration_ms = duration_ms;
        record.ttft_ms = ttft_ms.checked_sub(1);
        record.status = status_of(status)?;
        record.upstream_status = upstream_status.checked_sub(1).map(status_of).transpose()?;
        record.ended = of_code(Ended::ALL, ended);
        record.bytes_in = bytes_in;
        record.bytes_out = bytes_out;
        record.usage = of_code(UsageState::ALL, usage);
        record.price_source = of_code(PriceSource::ALL, price_source);
        record.cost_nanos = unzigzag(cost);
        record.stream = stream != 0;
        record.cache_saved_nanos = unzigzag(cache_saved);
        record.operation = of_code(Operation::ALL, operation);
        record.tier = of_code(&Tier::ALL, tier);
        record.mismatch = mismatch != 0;
        record.source = of_code(Source::ALL, source);
        record.lost_nanos = unzigzag(lost);
        record.saved_nanos = unzigzag(saved);
        record.tokens = Tokens {
            input,
            output,
            cache_write_5m,
            cache_write_1h,
            cache_read,
            reasoning,
            web_searches,
            web_fetches,
            code_runs,
        };
        Ok(())
    }

    fn about(self) -> Result<About, StoreError> {
        let attempts = nearly_one(self.0[ATTEMPTS]);
        let mut record = UsageRecord::default();
        self.put(&mut record)?;
        let counts = Counts { attempts, ..Counts::of(&record) };
        Ok(About { day: record.day, generate: record.operation == Operation::Generate, counts })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::numbers::write;
    use super::*;
    use crate::store::suite;

    /// What is not among the facts.
    fn beside(record: &UsageRecord) -> UsageRecord {
        UsageRecord {
            id: record.id.clone(),
            started_unix_ms: record.started_unix_ms,
            client: record.client.clone(),
            session: record.session.clone(),
            model: record.model.clone(),
            endpoint: record.endpoint.clone(),
            group: record.group.clone(),
            ..UsageRecord::default()
        }
    }

    proptest! {
        #[test]
        fn facts_come_back_as_they_were(record in suite::any_record(), same: bool) {
            let record = UsageRecord {
                answered_model: if same { Some(record.model.clone()) } else { record.answered_model },
                ..record
            };
            let mut packed = Vec::new();
            pack(&record, &mut packed);
            let mut back = beside(&record);
            unpack(&packed, &mut back).unwrap();
            let about = about(&packed).unwrap();
            prop_assert_eq!(about.counts, Counts::of(&record));
            prop_assert_eq!((about.day, about.generate), (record.day, record.operation == Operation::Generate));
            prop_assert_eq!(back, record);
        }

        #[test]
        fn what_a_later_version_appends_is_passed_over(record in suite::any_record(), more in 1u64..) {
            let mut packed = Vec::new();
            pack(&record, &mut packed);
            let (_, texts) = Numbers::of(&packed).unwrap();
            let mut rest = &packed[1..];
            let bits = read(&mut rest).unwrap();
            let mut later = vec![FORM];
            write(&mut later, bits | 1 << NUMBERS);
            later.extend_from_slice(&rest[..rest.len() - texts.len()]);
            write(&mut later, more);
            later.extend_from_slice(texts);
            later.extend_from_slice(b"\x24text");
            let mut back = beside(&record);
            unpack(&later, &mut back).unwrap();
            prop_assert_eq!(back, record);
        }

        #[test]
        fn any_bytes_are_facts_or_damaged(mut bytes: Vec<u8>, form in proptest::sample::select(&[FORM, first_form::BEGIN])) {
            let _ = unpack(&bytes, &mut UsageRecord::default());
            bytes.insert(0, form);
            let _ = unpack(&bytes, &mut UsageRecord::default());
            let _ = about(&bytes);
        }
    }

    #[test]
    fn codes_in_databases_keep_their_meaning() {
        fn names<T>(all: &[T], name: impl Fn(&T) -> &'static str) -> Vec<&'static str> {
            all.iter().map(name).collect()
        }
        assert_eq!(names(Operation::ALL, |v| v.name()), ["generate", "count-tokens", "models", "other"]);
        assert_eq!(names(Ended::ALL, |v| v.name()), ["cancelled", "complete", "cut", "refused"]);
        assert_eq!(names(Source::ALL, |v| v.name()), ["endpoint", "shared", "cache"]);
        assert_eq!(names(UsageState::ALL, |v| v.name()), ["none", "partial", "final"]);
        assert_eq!(names(&Tier::ALL, |v| v.name()), ["standard", "batch", "priority", "flex"]);
        assert_eq!(names(PriceSource::ALL, |v| v.name()), ["none", "builtin", "config", "default"]);
    }
}
