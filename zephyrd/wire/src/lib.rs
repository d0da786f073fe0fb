//! What passes over the wire, as pure functions over bytes.
//!
//! No runtime, no sockets, no clock: bytes in, decisions or bytes out. The same-dialect path only *looks* at
//! bytes; it never re-serialises a body.

pub mod conversation;
pub mod dialect;
pub mod edit;
pub mod encoding;
pub mod estimate;
pub mod foreign;
pub mod form;
pub mod framing;
pub mod headers;
pub mod peek;
pub mod quirks;
pub mod rate_limit;
pub mod retry_after;
pub mod session;
pub mod sse;
pub mod tap;
pub mod translate;
pub mod usage;
pub mod whole;
