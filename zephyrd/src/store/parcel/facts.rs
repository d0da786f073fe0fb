//! What a record says beside its time, its id and the names that a filter knows, as bytes: one column of the database
//! instead of forty, which is what makes keeping a record cheap.
//!
//! Form: how many numbers follow, these numbers, then texts: each its length and one, 0 for none. A later version may
//! append to both.

use zephyr_core::usage::{Ended, Operation, PriceSource, Source, Tier, UsageRecord, UsageState};

use super::attempts;
use super::numbers::{damaged, read, text, unzigzag, write, write_text, zigzag};
use crate::store::StoreError;

/// Plain numbers of a record.
const PLAIN: usize = 28;

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

/// Writes the facts of `record` behind what `out` holds.
pub(super) fn pack(record: &UsageRecord, out: &mut Vec<u8>) {
    let attempts = attempts::to_text(record);
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
        model: _,
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
        attempts: _,
    } = record;
    write(out, PLAIN as u64);
    let plain = [
        zigzag(i64::from(*day)),
        *duration_ms,
        some(*ttft_ms),
        code(Operation::ALL, operation),
        u64::from(*stream),
        u64::from(*mismatch),
        u64::from(*status),
        some(upstream_status.map(u64::from)),
        code(Ended::ALL, ended),
        code(Source::ALL, source),
        *bytes_in,
        *bytes_out,
    ];
    let codes = [code(UsageState::ALL, usage), code(&Tier::ALL, tier), code(PriceSource::ALL, price_source)];
    let money = [*cost_nanos, *lost_nanos, *saved_nanos, *cache_saved_nanos];
    let numbers = plain.into_iter().chain(codes).chain(money.map(zigzag)).chain(tokens.fields());
    numbers.for_each(|n| write(out, n));
    for text in [
        Some(method.as_str()),
        Some(path.as_str()),
        Some(dialect.as_str()),
        agent.as_deref(),
        class.as_deref(),
        answered_model.as_deref(),
        provider.as_deref(),
        detail.as_deref(),
        stop.as_deref(),
        served_by.as_deref(),
        Some(attempts.as_str()),
    ] {
        write_text(out, text);
    }
}

/// Puts packed facts into `record`. Its endpoint is there already: attempts may refer to it.
pub(in crate::store) fn unpack(packed: &[u8], record: &mut UsageRecord) -> Result<(), StoreError> {
    let mut rest = packed;
    unpack_numbers(&mut rest, record)?;
    let mut text = || Ok::<_, StoreError>(text(&mut rest)?.map(str::to_owned));
    record.method = text()?.unwrap_or_default();
    record.path = text()?.unwrap_or_default();
    record.dialect = text()?.unwrap_or_default();
    record.agent = text()?;
    record.class = text()?;
    record.answered_model = text()?;
    record.provider = text()?;
    record.detail = text()?;
    record.stop = text()?;
    record.served_by = text()?;
    let attempts = text()?.unwrap_or_default();
    unpack_attempts(&attempts, record)
}

fn unpack_attempts(attempts: &str, record: &mut UsageRecord) -> Result<(), StoreError> {
    record.attempts = attempts::of_text(attempts, record)
        .map_err(|e| StoreError::Damaged(format!("attempts of `{}` cannot be read: {e}", record.id)))?;
    Ok(())
}

fn unpack_numbers(rest: &mut &[u8], record: &mut UsageRecord) -> Result<(), StoreError> {
    let mut left = read(rest)?;
    let mut next = || -> Result<u64, StoreError> {
        if left == 0 {
            return Ok(0);
        }
        left -= 1;
        read(rest)
    };
    let none_or = |number: u64| number.checked_sub(1);
    record.day = i32::try_from(unzigzag(next()?)).map_err(|_| damaged())?;
    record.duration_ms = next()?;
    record.ttft_ms = none_or(next()?);
    record.operation = of_code(Operation::ALL, next()?);
    record.stream = next()? != 0;
    record.mismatch = next()? != 0;
    record.status = u16::try_from(next()?).map_err(|_| damaged())?;
    record.upstream_status = none_or(next()?).map(u16::try_from).transpose().map_err(|_| damaged())?;
    record.ended = of_code(Ended::ALL, next()?);
    record.source = of_code(Source::ALL, next()?);
    record.bytes_in = next()?;
    record.bytes_out = next()?;
    record.usage = of_code(UsageState::ALL, next()?);
    record.tier = of_code(&Tier::ALL, next()?);
    record.price_source = of_code(PriceSource::ALL, next()?);
    record.cost_nanos = unzigzag(next()?);
    record.lost_nanos = unzigzag(next()?);
    record.saved_nanos = unzigzag(next()?);
    record.cache_saved_nanos = unzigzag(next()?);
    for number in record.tokens.fields_mut() {
        *number = next()?;
    }
    // Numbers of a later version.
    while left > 0 {
        left -= 1;
        read(rest)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
        fn facts_come_back_as_they_were(record in suite::any_record()) {
            let mut packed = Vec::new();
            pack(&record, &mut packed);
            prop_assert_eq!(u64::from(packed[0]), PLAIN as u64);
            let mut back = beside(&record);
            unpack(&packed, &mut back).unwrap();
            prop_assert_eq!(back, record);
        }

        #[test]
        fn what_a_later_version_appends_is_passed_over(record in suite::any_record(), more: u64) {
            let mut packed = Vec::new();
            pack(&record, &mut packed);
            let mut rest = &packed[1..];
            (0..PLAIN).for_each(|_| _ = read(&mut rest).unwrap());
            let mut later = vec![PLAIN as u8 + 1];
            later.extend_from_slice(&packed[1..packed.len() - rest.len()]);
            write(&mut later, more);
            later.extend_from_slice(rest);
            later.extend_from_slice(b"\x05text");
            let mut back = beside(&record);
            unpack(&later, &mut back).unwrap();
            prop_assert_eq!(back, record);
        }

        #[test]
        fn any_bytes_are_facts_or_damaged(bytes: Vec<u8>) {
            let _ = unpack(&bytes, &mut UsageRecord::default());
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
