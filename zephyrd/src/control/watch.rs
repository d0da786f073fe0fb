//! One watcher: the whole status, then numbered changes; told what it missed when it was too slow.

use std::sync::Arc;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tonic::Status;
use zephyr_core::engine::{Event, Snapshot};
use zephyr_proto::v1;
use zephyr_proto::v1::watch_response::What;

use super::peer::Peer;
use super::{Room, convert, refuse};
use crate::engine_handle::{Delta, Subscription};

type Sender = mpsc::Sender<Result<v1::WatchResponse, Status>>;

/// Serves one watcher until it goes away or may no longer read. The engine never waits for it: while it does not
/// read, changes pile up in the bounded queue of the subscription and the oldest are lost, counted.
pub(super) async fn run(room: Room, peer: Peer, sender: Sender) {
    let out = Out { room: &room, peer, sender: &sender };
    let mut number = 0;
    // Ends when the watcher is gone.
    let _ = out.watch(&mut number).await;
}

/// The watcher does not read any more.
struct Left;

struct Out<'a> {
    room: &'a Room,
    peer: Peer,
    sender: &'a Sender,
}

impl Out<'_> {
    async fn watch(&self, number: &mut u64) -> Result<(), Left> {
        loop {
            let Subscription { snapshot, mut deltas } = self.room.handle.subscribe();
            let whole = self.room.status_for(self.peer, &snapshot);
            let mut seen = Seen::new(snapshot);
            self.send(number, 1, What::Status(whole)).await?;
            let missed = loop {
                let delta = tokio::select! {
                    delta = deltas.recv() => delta,
                    () = self.sender.closed() => return Err(Left),
                };
                match delta {
                    Ok(delta) => self.tell(number, &mut seen, delta).await?,
                    Err(RecvError::Lagged(missed)) => break missed,
                    Err(RecvError::Closed) => return Ok(()),
                }
            };
            self.send(number, missed, What::Lagged(v1::Lagged { missed })).await?;
        }
    }

    async fn tell(&self, number: &mut u64, seen: &mut Seen, delta: Arc<Delta>) -> Result<(), Left> {
        for what in seen.take(&delta.event) {
            self.send(number, 1, what).await?;
        }
        Ok(())
    }

    async fn send(&self, number: &mut u64, counts: u64, what: What) -> Result<(), Left> {
        if !self.room.gate.may_read(self.peer) {
            let refusal = refuse::no_permission(self.peer.uid, "read the status");
            let _ = self.sender.send(Err(refusal)).await;
            return Err(Left);
        }
        *number += counts;
        let message = v1::WatchResponse { number: *number, what: Some(what) };
        self.sender.send(Ok(message)).await.map_err(|_| Left)
    }
}

/// What a watcher knows.
struct Seen {
    snapshot: Snapshot,
    head: v1::Head,
}

impl Seen {
    fn new(snapshot: Snapshot) -> Self {
        let head = convert::head(&snapshot);
        Self { snapshot, head }
    }

    /// What to tell of `event`. The head's verdict hangs on every endpoint, so it is looked at each time.
    fn take(&mut self, event: &Event) -> Vec<What> {
        apply(&mut self.snapshot, event);
        let mut out = Vec::with_capacity(2);
        match event {
            Event::Head { .. } => {}
            Event::Endpoint(view) => out.push(What::Endpoint(convert::endpoint(view))),
            Event::Endpoints(views) => {
                let endpoints = views.iter().map(convert::endpoint).collect();
                out.push(What::Endpoints(v1::EndpointList { endpoints }));
            }
        }
        let head = convert::head(&self.snapshot);
        if head != self.head {
            self.head.clone_from(&head);
            out.push(What::Head(head));
        }
        out
    }
}

fn apply(snapshot: &mut Snapshot, event: &Event) {
    match event {
        Event::Head { mode, monitoring_paused, serving } => {
            snapshot.mode.clone_from(mode);
            snapshot.monitoring_paused = *monitoring_paused;
            snapshot.serving.clone_from(serving);
        }
        Event::Endpoints(views) => snapshot.endpoints.clone_from(views),
        Event::Endpoint(view) => {
            if let Some(known) = snapshot.endpoints.iter_mut().find(|e| e.id == view.id) {
                known.clone_from(view);
            }
        }
    }
}
