//! A probe as bytes: its numbers, then the names of its endpoint and its model, each after its length.

use zephyr_core::usage::{ProbeRecord, Tokens};

use super::numbers::{Packed, damaged, read, text_of, unzigzag, zigzag};
use crate::store::StoreError;

/// Numbers of a probe, the lengths of its names included.
const NUMBERS: usize = 14;

/// Writes `probe` behind what `out` holds.
pub(super) fn pack(probe: &ProbeRecord, out: &mut Vec<u8>) {
    let ProbeRecord { unix_ms, day, endpoint, model, tokens, cost_nanos } = probe;
    let mut numbers = Packed::<NUMBERS>::new();
    [*unix_ms, i64::from(*day), *cost_nanos].into_iter().for_each(|n| numbers.add(zigzag(n)));
    tokens.fields().into_iter().for_each(|n| numbers.add(n));
    [endpoint, model].into_iter().for_each(|name| numbers.add(name.len() as u64));
    out.extend_from_slice(numbers.bytes());
    [endpoint, model].into_iter().for_each(|name| out.extend_from_slice(name.as_bytes()));
}

/// The probe that was packed.
pub(super) fn unpack(mut packed: &[u8]) -> Result<ProbeRecord, StoreError> {
    let from = &mut packed;
    let unix_ms = unzigzag(read(from)?);
    let day = i32::try_from(unzigzag(read(from)?)).map_err(|_| damaged())?;
    let cost_nanos = unzigzag(read(from)?);
    let mut tokens = Tokens::default();
    for number in tokens.fields_mut() {
        *number = read(from)?;
    }
    let lengths = [read(from)?, read(from)?];
    let [endpoint, model] = lengths.map(|length| text_of(from, length).map(str::to_owned));
    Ok(ProbeRecord { unix_ms, day, endpoint: endpoint?, model: model?, tokens, cost_nanos })
}
