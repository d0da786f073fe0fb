//! The config: text and facts in, a checked plan or all problems out.
//!
//! `raw` reads the TOML tree with positions and names every unknown key; `vocabulary` is the table of every
//! key; `check` makes a [`Plan`]; `effective` and `mask` show a config without its secrets; `diff` says what
//! differs between two plans, so that a reload touches only what changed. What the text points at
//! (environment, files) is gathered by the shell: [`needs`] says what, [`Facts`] carries it.

mod accounts;
mod check;
mod diff;
mod effective;
mod facts;
mod mask;
mod plan;
mod problem;
mod quirks;
mod raw;
mod routes;
mod vocabulary;

pub use accounts::{Cache, Database, Dedup, Usage};
pub use check::{BUILT_IN, CREDENTIAL_PREFIX, check, needs, parse_env_file};
pub use diff::{Change, diff};
pub use effective::effective;
pub use facts::{Facts, FileFact, FileState, Needs, SourceName};
pub use mask::{mask, mask_proxy};
pub use plan::*;
pub use problem::{Problem, Severity};
pub use quirks::Quirks;
pub use routes::{LONGEST as LONGEST_ROUTED_MODEL, Place, Route, Routes, Target};
pub use vocabulary::{Key, Kind, Section, vocabulary};
