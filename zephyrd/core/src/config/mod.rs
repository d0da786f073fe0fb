//! The config: text and facts in, a checked plan or all problems out.
//!
//! `raw` reads the TOML tree with positions and names every unknown key; `check` makes a [`Plan`] of it;
//! `diff` says what differs between two plans, so that a reload touches only what changed. What the text
//! points at (environment, files) is gathered by the shell: [`needs`] says what, [`Facts`] carries it.

mod check;
mod diff;
mod facts;
mod plan;
mod problem;
mod raw;

pub use check::{check, needs};
pub use diff::{Change, diff};
pub use facts::{Facts, FileFact, FileState, Needs, SourceName};
pub use plan::*;
pub use problem::{Problem, Severity};
