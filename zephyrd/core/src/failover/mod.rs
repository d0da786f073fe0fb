//! What an attempt's outcome means, and how one request walks over the endpoints.
//!
//! `table` is the outcome table as data, in one place; `classify` reads a status line, headers of limits, an error
//! body or an error type into a [`Class`]; `walk` bounds the attempts of one request, with the waits of `backoff`,
//! and `budget` the retries of all together; `finish` says what the client is told when all of them are spent. What
//! the table says of endpoints is carried out in `health` and, where it holds for more than one, in the engine's
//! `limits`.

mod backoff;
mod budget;
mod classify;
mod finish;
mod table;
mod walk;

pub use backoff::backoff;
pub(crate) use budget::RetryBudget;
pub use classify::{Inside, Reply, Said, Window, classify, classify_inside};
pub use finish::{Final, final_answer, retry_after_header};
pub use table::Class;
pub(crate) use table::{Scope, Then};
pub use walk::{Next, Walk};
