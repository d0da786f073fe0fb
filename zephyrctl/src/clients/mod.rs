//! How each known client is told to use zephyrd: variables for the shell, and keys of its own settings file.
//!
//! One file per client and one line in [`ALL`]. Only the address is written: the client keeps its own login,
//! which zephyrd passes on or replaces as its config says.

mod claude;
mod codex;
mod openai;
mod opencode;

use std::borrow::Cow;
use std::path::PathBuf;

use clap::ValueEnum;

use crate::settings::{Edit, Format};

/// The table of clients.
const ALL: [(Which, &Client); 4] = [
    (Which::Claude, &claude::CLIENT),
    (Which::Codex, &codex::CLIENT),
    (Which::Opencode, &opencode::CLIENT),
    (Which::Openai, &openai::CLIENT),
];

/// A client by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Which {
    /// Claude Code and the Anthropic SDKs
    Claude,
    /// OpenAI Codex
    Codex,
    /// opencode
    Opencode,
    /// The OpenAI SDKs and what is built on them
    Openai,
}

impl Which {
    /// How it is done for this client.
    pub(crate) fn client(self) -> &'static Client {
        ALL.iter().find(|(which, _)| *which == self).map_or(&claude::CLIENT, |(_, client)| client)
    }
}

/// How one client is pointed at a base URL (without a slash at its end).
pub(crate) struct Client {
    /// The name on the command line.
    pub(crate) name: &'static str,
    /// Variables that its programs read.
    pub(crate) variables: fn(base: &str) -> Vec<(&'static str, String)>,
    /// Its settings file, if it has one.
    pub(crate) settings: Option<Settings>,
    /// What a person should know beside that.
    pub(crate) note: Option<fn() -> Cow<'static, str>>,
}

/// The settings file of a client.
pub(crate) struct Settings {
    /// Where it is, after the client's own rules; `None` without a home directory.
    pub(crate) file: fn() -> Option<PathBuf>,
    pub(crate) format: Format,
    /// What has to stand in it.
    pub(crate) edits: fn(base: &str) -> Vec<Edit>,
}

/// A directory named by a variable, else one in the home directory.
fn directory(variable: &str, in_home: &str) -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    set(variable).or_else(|| Some(set("HOME")?.join(in_home)))
}
