//! One watcher: the whole status, then numbered changes; told what it missed when it was too slow.

use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::mpsc;
use tonic::Status;
use zephyr_core::config::Plan;
use zephyr_core::engine::{Event, Snapshot};
use zephyr_proto::v1;
use zephyr_proto::v1::watch_response::What;

use super::peer::Peer;
use super::{Room, convert, refuse};
use crate::engine_handle::Subscription;

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
            let mut seen = Seen::new(snapshot, &whole);
            self.send(number, 1, What::Status(whole)).await?;
            let missed = loop {
                let delta = tokio::select! {
                    delta = deltas.recv() => delta,
                    () = self.sender.closed() => return Err(Left),
                };
                // What was published together is told together, and the head only after it.
                let mut next = delta;
                let end = loop {
                    match next {
                        Ok(delta) => self.tell(number, seen.take(&delta.event)).await?,
                        Err(end) => break Some(end),
                    }
                    next = match deltas.try_recv() {
                        Ok(delta) => Ok(delta),
                        Err(TryRecvError::Empty) => break None,
                        Err(TryRecvError::Lagged(missed)) => Err(RecvError::Lagged(missed)),
                        Err(TryRecvError::Closed) => Err(RecvError::Closed),
                    };
                };
                match end {
                    None => {
                        self.tell(number, seen.groups(&self.room.handle.plan())).await?;
                        self.tell(number, seen.head()).await?;
                    }
                    Some(RecvError::Lagged(missed)) => break missed,
                    Some(RecvError::Closed) => return Ok(()),
                }
            };
            self.send(number, missed, What::Lagged(v1::Lagged { missed })).await?;
        }
    }

    async fn tell(&self, number: &mut u64, what: Option<What>) -> Result<(), Left> {
        match what {
            Some(what) => self.send(number, 1, what).await,
            None => Ok(()),
        }
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
    groups: Vec<v1::Group>,
}

impl Seen {
    /// `told` is the status that was told of `snapshot`.
    fn new(snapshot: Snapshot, told: &v1::Status) -> Self {
        let head = convert::head(&snapshot);
        Self { snapshot, head, groups: told.groups.clone() }
    }

    /// What to tell of `event` at once.
    fn take(&mut self, event: &Event) -> Option<What> {
        self.snapshot.apply(event);
        match event {
            Event::Head { .. } => None,
            Event::Endpoint(view) => Some(What::Endpoint(convert::endpoint(view))),
            Event::Endpoints(views) => {
                let endpoints = views.iter().map(convert::endpoint).collect();
                Some(What::Endpoints(v1::EndpointList { endpoints }))
            }
        }
    }

    /// The groups, if they are news.
    fn groups(&mut self, plan: &Plan) -> Option<What> {
        let groups = convert::groups(&self.snapshot, plan);
        (groups != self.groups).then(|| {
            self.groups.clone_from(&groups);
            What::Groups(v1::GroupList { groups })
        })
    }

    /// The head, if it is news. Its verdict hangs on every endpoint, not only on what the engine calls a head.
    fn head(&mut self) -> Option<What> {
        let head = convert::head(&self.snapshot);
        (head != self.head).then(|| {
            self.head.clone_from(&head);
            What::Head(head)
        })
    }
}
