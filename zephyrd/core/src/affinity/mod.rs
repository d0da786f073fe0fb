//! Which endpoint a conversation stays at, and when it pays to move it.
//!
//! Vendors keep the beginning of a conversation in a cache of the endpoint's credential, for five minutes or an hour
//! after it was used last. A conversation that goes elsewhere pays for all of its prompt anew, waits for it, and may
//! find its thinking refused there. So it stays while that cache is warm; once it is cold nothing is lost and the
//! strategy decides as for a new one. That is how the preferred provider takes over again by itself.
//!
//! `table` is what is known of conversations, bounded; `worth` is the rule of a move; `kept` is what outlives the
//! process. A conversation is a hash: nothing of its text or its name is here.

mod kept;
mod table;
mod worth;

pub use kept::{KeptCache, KeptSession};
pub(crate) use table::Sessions;
pub use table::{Cached, Foreign};
pub use worth::{Stakes, further_requests};
