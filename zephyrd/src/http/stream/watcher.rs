//! One watcher: the whole state or what it missed, then whatever comes, for as long as it may watch.

use std::convert::Infallible;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use http::request::Parts;

use super::super::Room;
use super::super::access::Rights;
use super::hub::Place;
use super::ring::Next;
use super::shapes::whole;

/// How soon a browser connects again, in milliseconds.
const RETRY: &str = "retry: 1000\n\n";
/// After so many beats without a frame (15 s) the connection is kept alive.
const QUIET_BEATS: u64 = 3;

/// See the module.
pub(super) struct Watcher {
    room: Room,
    place: Place,
    /// Who asked, to see whether it still may.
    parts: Parts,
    begun: bool,
    /// The beat at which something was sent last.
    sent: u64,
}

impl Watcher {
    /// Nothing is sent yet.
    pub(super) fn new(room: Room, place: Place, parts: Parts) -> Self {
        Self { room, place, parts, begun: false, sent: 0 }
    }

    /// The body of the answer. It is asked for more only when there is room on the connection.
    pub(super) fn body(self) -> Body {
        Body::from_stream(stream::unfold(self, |mut watcher| async move {
            let bytes = watcher.next().await?;
            Some((Ok::<_, Infallible>(bytes), watcher))
        }))
    }

    /// The next bytes; `None` at the end.
    async fn next(&mut self) -> Option<Bytes> {
        if !self.begun {
            self.begun = true;
            return Some(match self.place.resumed {
                true => Bytes::from_static(RETRY.as_bytes()),
                false => self.whole(RETRY.to_owned()).await,
            });
        }
        loop {
            if !Rights::of(&self.parts, &self.room).reads {
                return None;
            }
            self.place.news.mark_unchanged();
            let beat = *self.place.news.borrow();
            match self.place.next() {
                Next::Frames(bytes, _) => {
                    self.sent = beat;
                    return Some(bytes);
                }
                Next::Missed(missed) => {
                    self.sent = beat;
                    return Some(
                        self.whole(format!("event: lagged\ndata: {{\"missed\":{missed}}}\n\n")).await,
                    );
                }
                Next::Nothing(_) if beat >= self.sent + QUIET_BEATS => {
                    self.sent = beat;
                    return Some(Bytes::from_static(b":\n\n"));
                }
                Next::Nothing(_) => {}
            }
            // It ends with the daemon.
            self.place.news.changed().await.ok()?;
        }
    }

    /// `begin` and the whole state.
    async fn whole(&mut self, begin: String) -> Bytes {
        let (epoch, number) = self.place.catch_up();
        let mut bytes = begin.into_bytes();
        bytes.extend(whole(&self.room.desk, self.place.kinds(), (&epoch, number)).await);
        bytes.into()
    }
}
