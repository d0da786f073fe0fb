//! Failures that say nothing of the endpoint, because the machine's own network failed: shown and counted, without
//! consequences.

use super::state::{Health, Sample, text};

impl Health {
    /// A failure without consequences.
    pub(crate) fn excused(&mut self, sample: &Sample<'_>, unix_ms: i64) {
        self.attempts += 1;
        self.count_failure(unix_ms);
        self.error = Some(text(sample));
    }

    /// A probe that failed without consequences.
    pub(crate) fn excused_probe(&mut self, sample: &Sample<'_>, unix_ms: i64) {
        self.note_probe(None, Some(text(sample)), unix_ms);
    }

    /// Makes everything as it was `before`, but for what was counted and shown meanwhile.
    pub(crate) fn take_back(&mut self, before: Self) {
        let meanwhile = std::mem::replace(self, before);
        self.attempts = meanwhile.attempts;
        self.failures = meanwhile.failures;
        self.history = meanwhile.history;
        self.last_probe_unix_ms = meanwhile.last_probe_unix_ms;
        self.last_failure_unix_ms = meanwhile.last_failure_unix_ms;
        self.error = meanwhile.error;
    }
}
