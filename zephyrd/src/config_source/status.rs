//! What is told of the config in force, and of the last reload.

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use zephyr_core::config::Problem;

/// What the config source tells about the config in force. Written by it at every load, read by everybody.
pub(crate) struct ConfigStatus {
    now: ArcSwap<ConfigNow>,
}

/// One state of the config.
#[derive(Debug, Clone, Default)]
pub(crate) struct ConfigNow {
    /// The file; `None` when there is none.
    pub(crate) path: Option<PathBuf>,
    /// When the running plan was taken up, Unix milliseconds.
    pub(crate) loaded_unix_ms: i64,
    /// What was wrong with the last reload, if it was refused.
    pub(crate) problems: Vec<Problem>,
    /// The text of the file in force, secrets masked.
    pub(crate) text: String,
    /// Every key with its value in force, as TOML, secrets masked.
    pub(crate) effective: String,
}

impl ConfigStatus {
    /// The daemon begins with this config: there is no moment at which somebody is shown none.
    pub(crate) fn new(now: ConfigNow) -> Self {
        Self { now: ArcSwap::from_pointee(now) }
    }

    /// What is so now.
    pub(crate) fn get(&self) -> Arc<ConfigNow> {
        self.now.load_full()
    }

    /// A plan was taken up: replaces everything.
    pub(crate) fn loaded(&self, now: ConfigNow) {
        self.now.store(Arc::new(now));
    }

    /// A reload was refused: the running plan stays, the problems are kept to be shown.
    pub(crate) fn refused(&self, problems: Vec<Problem>) {
        self.now.rcu(|now| ConfigNow { problems: problems.clone(), ..ConfigNow::clone(now) });
    }
}
