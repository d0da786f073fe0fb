//! What the daemon is to its machine: the service manager's protocol and the log.

pub(crate) mod log;
pub(crate) mod log_ring;
mod log_text;
mod log_writer;
pub(crate) mod notify;
pub(crate) mod text;
