//! `req-xxxxxxxx`: a keyed permutation of a counter, so that ids never repeat and tell nothing.

/// The id of the request with number `counter` (counters run through all 32 bits once).
#[must_use]
pub fn request_id(key: &[u8; 16], counter: u32) -> String { todo!() }
