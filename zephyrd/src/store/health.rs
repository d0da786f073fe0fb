//! How the keeping of records goes, for `status` and the log.

/// Whether records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum StoreState {
    /// They are.
    Ok,
    /// They wait until it works again.
    Waiting,
    /// Nobody writes: closed, or never begun.
    #[default]
    Off,
}

/// A view of the writer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct StoreHealth {
    /// Whether records are written.
    pub(crate) state: StoreState,
    /// Since when that is so, Unix milliseconds; 0 = from the start on.
    pub(crate) since_unix_ms: i64,
    /// Why not; or what was set aside because it was damaged.
    pub(crate) detail: Option<String>,
    /// Entries that wait.
    pub(crate) waiting: u64,
    /// Entries that had to be given up.
    pub(crate) dropped: u64,
    /// Entries that were written.
    pub(crate) written: u64,
    /// When the last were written, Unix milliseconds.
    pub(crate) last_write_unix_ms: Option<i64>,
}
