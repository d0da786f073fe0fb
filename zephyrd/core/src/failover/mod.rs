//! What an attempt's outcome means, and how one request walks over the endpoints.
//!
//! `table` is the outcome table as data, in one place; `classify` reads a status line, an error body or an error
//! type into a [`Class`]; `walk` bounds the attempts of one request, `budget` the retries of all together; `finish`
//! says what the client is told when all of them are spent. What an outcome means for the *endpoint* is decided in `health`.

mod budget;
mod classify;
mod finish;
mod table;
mod walk;

pub(crate) use budget::RetryBudget;
pub use classify::{Reply, classify, classify_error_type};
pub use finish::{Final, final_answer, retry_after_header};
pub use table::Class;
pub use walk::{Next, Walk};
