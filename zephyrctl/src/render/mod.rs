//! From view types to text: pure, so that every screen can be tested as a string.
//!
//! Names, errors and model output are hostile strings (a config may come from anywhere, an upstream writes
//! what it likes): everything passes through [`text`] on its way to a terminal.

pub(crate) mod clock;
pub(crate) mod config;
pub(crate) mod csv;
pub(crate) mod endpoint;
pub(crate) mod error;
pub(crate) mod explain;
pub(crate) mod glyph;
pub(crate) mod group;
pub(crate) mod json;
pub(crate) mod list;
pub(crate) mod log;
pub(crate) mod money;
pub(crate) mod note;
pub(crate) mod number;
pub(crate) mod pairs;
pub(crate) mod probe;
pub(crate) mod request;
pub(crate) mod requests;
pub(crate) mod route;
pub(crate) mod spark;
mod spending;
pub(crate) mod status;
pub(crate) mod table;
pub(crate) mod text;
pub(crate) mod usage;
pub(crate) mod verdict;
pub(crate) mod waiting;
pub(crate) mod watch;
