//! Lets whoever commands wait until the command is on disk: an answer that was given outlives a crash.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{Notify, watch};

/// Who waits, and what is kept already.
#[derive(Default)]
pub(super) struct Keeping {
    asked: AtomicU64,
    /// Somebody waits: the pump should not pause.
    hurry: Notify,
    kept: watch::Sender<u64>,
}

impl Keeping {
    /// Waits until a turn of the pump that began after this call has ended. `wake` wakes the pump.
    pub(super) async fn asked(&self, wake: impl FnOnce()) {
        let mine = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut kept = self.kept.subscribe();
        wake();
        self.hurry.notify_one();
        // The sender lives as long as this.
        let _ = kept.wait_for(|turn| *turn >= mine).await;
    }

    /// A turn begins: what it will have kept at its end.
    pub(super) fn begin(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }

    /// A turn has ended.
    pub(super) fn end(&self, turn: u64) {
        self.kept.send_if_modified(|kept| std::mem::replace(kept, turn) != turn);
    }

    /// Somebody waits.
    pub(super) async fn hurry(&self) {
        self.hurry.notified().await;
    }
}
