//! `zephyrctl config path`: which file it is.

use crate::language::words;
use std::path::PathBuf;
use zephyr_words::say;

use serde::Serialize;

use super::super::{Context, Exit};
use crate::error::{Error, Kind};
use crate::render::text::line;

/// Tell which file the running zephyrd reads, or which it would read
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

#[derive(Serialize)]
struct Answer {
    path: Option<String>,
    /// Whether a running daemon said so.
    running: bool,
}

pub(super) async fn handle(_: Args, context: &Context) -> Result<Exit, Error> {
    let answer = match find(context).await? {
        Some(path) => Answer { path, running: true },
        None => Answer { path: usual().map(|path| path.display().to_string()), running: false },
    };
    if context.out.json {
        context.out.document(&answer)?;
        return Ok(Exit::Success);
    }
    if !answer.running {
        context.out.talk(&format!("{}\n", say!(words(), "would-read")));
    }
    match &answer.path {
        Some(path) => context.out.data(&format!("{}\n", line(path)))?,
        None => context.out.talk(&format!("{}\n", say!(words(), "no-config-file"))),
    }
    Ok(Exit::Success)
}

/// What the running daemon reads, `Some(None)` when that is no file; `None` when none runs.
pub(super) async fn find(context: &Context) -> Result<Option<Option<String>>, Error> {
    match context.connect().await {
        Ok(client) => Ok(Some(client.status().await?.daemon.config.file)),
        Err(error) if error.kind() == Kind::NotRunning => Ok(None),
        Err(error) => Err(error),
    }
}

/// The system's file for root, the user's own for everybody else who has one.
fn usual() -> Option<PathBuf> {
    let system = PathBuf::from("/etc/zephyrd/config.toml");
    if rustix::process::geteuid().is_root() {
        return Some(system);
    }
    let set = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let dir = set("XDG_CONFIG_HOME").or_else(|| Some(set("HOME")?.join(".config")));
    dir.map(|dir| dir.join("zephyrd/config.toml")).or(Some(system))
}
