//! Sums as bytes: a row of sums is read as one column instead of thirty, which is what makes a report over a year fast.
//!
//! Form: how many plain numbers follow, these numbers, then pairs of a bucket (as the distance from the one before) and
//! its count up to the end. A later version may append plain numbers.

use zephyr_core::usage::{Histogram, ProbeTotals, Tokens, Totals};

use crate::store::StoreError;
use crate::store::parcel::numbers::{damaged, read, unzigzag, write, zigzag};

/// Plain numbers of [`Totals`].
const PLAIN: usize = 24;

/// Writes sums behind what `out` holds.
pub(super) fn pack(totals: &Totals, out: &mut Vec<u8>) {
    // Named one by one, so that a new field is not forgotten here.
    let Totals {
        requests,
        succeeded,
        failed,
        cancelled,
        attempts,
        retried,
        shared,
        cache_hits,
        mismatches,
        default_priced,
        partial,
        tokens,
        cost_nanos,
        lost_nanos,
        saved_nanos,
        cache_saved_nanos,
        ttft,
    } = totals;
    write(out, PLAIN as u64);
    for number in [
        requests,
        succeeded,
        failed,
        cancelled,
        attempts,
        retried,
        shared,
        cache_hits,
        mismatches,
        default_priced,
        partial,
    ] {
        write(out, *number);
    }
    tokens.fields().into_iter().for_each(|n| write(out, n));
    for money in [cost_nanos, lost_nanos, saved_nanos, cache_saved_nanos] {
        write(out, zigzag(*money));
    }
    let mut before = 0;
    for (bucket, count) in ttft.buckets() {
        write(out, u64::from(bucket - before));
        write(out, count);
        before = bucket;
    }
}

/// Adds packed sums to `totals`.
pub(super) fn add(packed: &[u8], totals: &mut Totals) -> Result<(), StoreError> {
    let mut rest = packed;
    let mut left = read(&mut rest)?;
    let mut next = || -> Result<u64, StoreError> {
        if left == 0 {
            return Ok(0);
        }
        left -= 1;
        read(&mut rest)
    };
    let mut more = Totals::default();
    for number in [
        &mut more.requests,
        &mut more.succeeded,
        &mut more.failed,
        &mut more.cancelled,
        &mut more.attempts,
        &mut more.retried,
        &mut more.shared,
        &mut more.cache_hits,
        &mut more.mismatches,
        &mut more.default_priced,
        &mut more.partial,
    ]
    .into_iter()
    .chain(more.tokens.fields_mut())
    {
        *number = next()?;
    }
    for money in
        [&mut more.cost_nanos, &mut more.lost_nanos, &mut more.saved_nanos, &mut more.cache_saved_nanos]
    {
        *money = unzigzag(next()?);
    }
    if !rest.is_empty() {
        more.ttft = buckets(rest)?;
    }
    totals.merge(&more);
    Ok(())
}

fn buckets(mut rest: &[u8]) -> Result<Histogram, StoreError> {
    let mut pairs = Vec::new();
    let mut bucket = 0u64;
    while !rest.is_empty() {
        bucket = bucket.saturating_add(read(&mut rest)?);
        pairs.push((u16::try_from(bucket).map_err(|_| damaged())?, read(&mut rest)?));
    }
    Ok(Histogram::of_buckets(pairs))
}

/// Writes what probes cost behind what `out` holds.
pub(super) fn pack_probes(totals: &ProbeTotals, out: &mut Vec<u8>) {
    let ProbeTotals { probes, tokens, cost_nanos } = totals;
    write(out, *probes);
    write(out, zigzag(*cost_nanos));
    tokens.fields().into_iter().for_each(|n| write(out, n));
}

/// Adds packed sums over probes to `totals`.
pub(super) fn add_probes(mut packed: &[u8], totals: &mut ProbeTotals) -> Result<(), StoreError> {
    totals.probes = totals.probes.saturating_add(read(&mut packed)?);
    totals.cost_nanos = totals.cost_nanos.saturating_add(unzigzag(read(&mut packed)?));
    let mut tokens = Tokens::default();
    for number in tokens.fields_mut() {
        *number = read(&mut packed)?;
    }
    totals.tokens.add(&tokens);
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::suite;
    use super::*;

    proptest! {
        #[test]
        fn sums_come_back_as_they_were(records in proptest::collection::vec(suite::any_record(), 0..20), twice: bool) {
            let mut totals = Totals::default();
            records.iter().for_each(|r| totals.count(r));
            let mut packed = Vec::new();
            pack(&totals, &mut packed);
            let mut back = Totals::default();
            add(&packed, &mut back).unwrap();
            if twice {
                add(&packed, &mut back).unwrap();
                totals.merge(&totals.clone());
            }
            prop_assert_eq!(back, totals);
        }

        #[test]
        fn any_bytes_are_sums_or_damaged(bytes: Vec<u8>) {
            let _ = add(&bytes, &mut Totals::default());
            let _ = add_probes(&bytes, &mut ProbeTotals::default());
        }
    }
}
