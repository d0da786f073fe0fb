//! The part of the plan about records, shared calls and kept answers. Prices and budgets are the business of
//! [`crate::usage`].

use std::path::PathBuf;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// `[usage]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// Off = answers are not looked into, and nothing is recorded.
    pub enabled: bool,
    /// Where records are kept.
    pub database: Database,
    /// How long a record is kept.
    pub retention: Duration,
    /// Most records that are written at one time.
    pub batch_size: usize,
    /// Longest that a record waits to be written.
    pub flush_interval: Duration,
}

impl Default for Usage {
    fn default() -> Self {
        Self {
            enabled: true,
            database: Database::Default,
            retention: 400 * DAY,
            batch_size: 256,
            flush_interval: Duration::from_secs(1),
        }
    }
}

/// Where records are kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Database {
    /// `usage.db` in the state directory.
    #[default]
    Default,
    /// Nowhere: a restart forgets them.
    Memory,
    /// In this file.
    File(PathBuf),
}

/// `[dedup]`: which identical requests in flight share one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Dedup {
    /// None.
    Off,
    /// Those that name their session: an agent's own repeats, never the equal questions of somebody who wants
    /// several answers.
    #[default]
    Sessions,
    /// All of one credential.
    All,
}

/// `[cache]`: answers that are given again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    /// Off by default.
    pub enabled: bool,
    /// Most answers.
    pub entries: usize,
    /// Most bytes of answers.
    pub bytes: u64,
    /// How long an answer is good.
    pub ttl: Duration,
}

impl Default for Cache {
    fn default() -> Self {
        Self { enabled: false, entries: 1000, bytes: 64 << 20, ttl: Duration::from_secs(3600) }
    }
}
