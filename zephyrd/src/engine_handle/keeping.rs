//! What must survive a restart goes to the disk beside everything else: neither requests nor the ticker wait for it.
//! Whoever commands may wait until the command is on disk: an answer that was given outlives a crash.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::{Notify, watch};
use zephyr_core::engine::Memory;

use super::Handle;

/// Who waits, what is to be kept, and what is kept already.
#[derive(Default)]
pub(super) struct Keeping {
    asked: AtomicU64,
    /// Somebody waits: the pump should not pause.
    hurry: Notify,
    /// What the last turns have handed over; the latest memory alone is of use.
    next: Mutex<(u64, Option<Memory>)>,
    handed_over: Notify,
    kept: watch::Sender<u64>,
}

impl Keeping {
    /// Waits until what a turn of the pump has found that began after this call is kept. `wake` wakes the pump.
    pub(super) async fn asked(&self, wake: impl FnOnce()) {
        let mine = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut kept = self.kept.subscribe();
        wake();
        self.hurry.notify_one();
        // The sender lives as long as this.
        let _ = kept.wait_for(|turn| *turn >= mine).await;
    }

    /// A turn begins: for whom it will be.
    pub(super) fn begin(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }

    /// A turn has ended, with something to keep or not. Who waits for it waits for all that was handed over before.
    pub(super) fn end(&self, turn: u64, memory: Option<Memory>) {
        if memory.is_none() && *self.kept.borrow() >= turn {
            return;
        }
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        next.0 = turn;
        next.1 = memory.or(next.1.take());
        drop(next);
        self.handed_over.notify_one();
    }

    /// Somebody waits.
    pub(super) async fn hurry(&self) {
        self.hurry.notified().await;
    }
}

impl Handle {
    /// Runs until dropped. `save` keeps a memory, and has done so when it ends.
    pub(crate) async fn keep<F: Future<Output = ()>>(self, save: impl Fn(Memory) -> F) {
        let keeping = &self.inner.keeping;
        loop {
            keeping.handed_over.notified().await;
            let (turn, memory) = {
                let mut next = keeping.next.lock().unwrap_or_else(PoisonError::into_inner);
                (next.0, next.1.take())
            };
            if let Some(memory) = memory {
                save(memory).await;
            }
            keeping.kept.send_if_modified(|kept| std::mem::replace(kept, turn) != turn);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use zephyr_core::engine::Command;

    use super::*;
    use crate::fixtures;

    #[tokio::test]
    async fn an_order_is_answered_when_it_is_kept_and_not_before() {
        let plan = fixtures::plan(vec![fixtures::endpoint("a")]);
        let (handle, _orders) = Handle::new(Arc::new(plan), None, 1);
        let (saving, mut saved) = tokio::sync::mpsc::channel(1);
        let go_on = Arc::new(Notify::new());
        let disk = Arc::clone(&go_on);
        let save = move |memory: Memory| {
            let (saving, disk) = (saving.clone(), Arc::clone(&disk));
            async move {
                let _ = saving.send(memory).await;
                disk.notified().await;
            }
        };
        let running = async { tokio::join!(handle.clone().pump(|| {}), handle.clone().keep(save)) };
        let told = async {
            handle.command(&Command::Pause(None)).expect("a pause");
            let mut answer = Box::pin(handle.kept());
            let memory = tokio::select! {
                () = &mut answer => panic!("answered before it was kept"),
                memory = saved.recv() => memory.expect("a memory"),
            };
            assert!(memory.monitoring_paused);
            go_on.notify_one();
            answer.await;
            // Nothing is to be kept: the answer waits for nobody.
            handle.kept().await;
        };
        let done = async {
            tokio::select! { _ = running => {}, () = told => {} }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), done).await.expect("it did not end");
    }
}
