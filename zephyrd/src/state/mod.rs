//! What survives a restart, in small files of the state directory: what the engine knows, and how far request
//! numbers have been given out.

mod atomic;
mod ids;
mod memory;

pub(crate) use atomic::replace;
pub(crate) use ids::RequestIds;
pub(crate) use memory::MemoryFile;
