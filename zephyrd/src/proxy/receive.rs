//! Takes a request's body in, within limits of size, time and memory for all bodies together.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, EXPECT, HeaderMap};
use http_body::Body as _;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use super::error::Problem;

/// Unit in which replay memory is counted.
const PAGE: u64 = 4096;
/// How long a body may wait for memory.
const MEMORY_WAIT: Duration = Duration::from_secs(10);
/// A body must come at least this fast, after a grace of [`GRACE`].
const MIN_BYTES_PER_SECOND: u64 = 4096;
/// Most that is read of a body that is too large already.
const DISCARD_LIMIT: usize = 64 * 1024 * 1024;
/// How long it may take.
const DISCARD_WAIT: Duration = Duration::from_secs(10);
/// Time that every body has, however small.
const GRACE: Duration = Duration::from_secs(30);

/// Memory for request bodies that may have to be sent again.
pub(super) struct Replay {
    pages: Arc<Semaphore>,
    all: u32,
}

impl Replay {
    /// Room for `bytes` in all.
    pub(super) fn new(bytes: u64) -> Self {
        let all = u32::try_from(bytes.div_ceil(PAGE)).unwrap_or(u32::MAX);
        Self { pages: Arc::new(Semaphore::new(all as usize)), all }
    }

    async fn take(&self, bytes: u64) -> Result<OwnedSemaphorePermit, Problem> {
        let pages = u32::try_from(bytes.div_ceil(PAGE)).unwrap_or(u32::MAX).min(self.all);
        match timeout(MEMORY_WAIT, Arc::clone(&self.pages).acquire_many_owned(pages)).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(Problem::no_memory()),
        }
    }
}

/// A whole body and the memory that it holds; both go when the request is committed.
pub(super) struct Held {
    /// The body, one piece.
    pub(super) body: Bytes,
    _memory: Option<OwnedSemaphorePermit>,
}

/// Takes the body in.
pub(super) async fn receive(
    mut body: Incoming,
    headers: &HeaderMap,
    max_body: u64,
    replay: &Replay,
) -> Result<Held, Problem> {
    if body.is_end_stream() {
        return Ok(Held { body: Bytes::new(), _memory: None });
    }
    let length =
        headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<u64>().ok());
    if length.is_some_and(|length| length > max_body) {
        if !headers.contains_key(EXPECT) {
            discard(body).await;
        }
        return Err(Problem::too_large(max_body));
    }
    let mut memory = replay.take(length.unwrap_or(64 * 1024)).await?;
    let mut room = length.unwrap_or(64 * 1024);
    let mut whole = BytesMut::with_capacity(usize::try_from(length.unwrap_or(0)).unwrap_or(0).min(1 << 20));
    let started = Instant::now();
    loop {
        let earned = Duration::from_millis(whole.len() as u64 * 1000 / MIN_BYTES_PER_SECOND);
        let frame = match timeout_at(started + GRACE + earned, body.frame()).await {
            Err(_) => return Err(Problem::too_slow()),
            Ok(None) => break,
            Ok(Some(Err(e))) => return Err(Problem::broken_body(&e)),
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(data) = frame.into_data() else { continue };
        let size = whole.len() as u64 + data.len() as u64;
        if size > max_body {
            drop(whole);
            discard(body).await;
            return Err(Problem::too_large(max_body));
        }
        if size > room {
            // A body of unknown length: ask for memory as it grows, in doubling steps.
            let more = room.max(size - room);
            memory.merge(replay.take(more).await?);
            room += more;
        }
        whole.extend_from_slice(&data);
    }
    Ok(Held { body: whole.freeze(), _memory: Some(memory) })
}

/// Reads on and throws away, for a while: a client that is still sending when its connection is closed sees a
/// reset and never the answer that says why.
async fn discard(mut body: Incoming) {
    let reading = async {
        let mut size = 0;
        while let Some(Ok(frame)) = body.frame().await {
            size += frame.data_ref().map_or(0, Bytes::len);
            if size > DISCARD_LIMIT {
                return;
            }
        }
    };
    let _ = timeout(DISCARD_WAIT, reading).await;
}
