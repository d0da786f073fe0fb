//! Events written down once, for everybody: finished frames of `text/event-stream`, one behind the other.

use std::io::Write;

use bytes::Bytes;
use serde::Serialize;

use super::kind::Kind;

/// Frames that go out together.
pub(super) struct Batch<'a> {
    epoch: &'a str,
    /// Number of the next frame.
    next: u64,
    bytes: Vec<u8>,
    ends: Vec<(Kind, usize)>,
}

impl<'a> Batch<'a> {
    /// No frames yet; the first has the number `next`.
    pub(super) fn begin(epoch: &'a str, next: u64) -> Self {
        Self { epoch, next, bytes: Vec::new(), ends: Vec::new() }
    }

    /// One more frame.
    pub(super) fn add(&mut self, kind: Kind, data: &impl Serialize) {
        self.add_json(kind, &serde_json::to_vec(data).unwrap_or_else(|_| b"{}".to_vec()));
    }

    /// One more frame, of one line of JSON.
    pub(super) fn add_json(&mut self, kind: Kind, json: &[u8]) {
        frame(&mut self.bytes, self.epoch, self.next, kind.name(), json);
        self.next += 1;
        self.ends.push((kind, self.bytes.len()));
    }

    /// Whether there is any.
    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The frames: kind and end of each in the bytes of all.
    pub(super) fn finished(self) -> (Bytes, Vec<(Kind, usize)>) {
        (self.bytes.into(), self.ends)
    }
}

/// Writes one frame; `json` is one line.
pub(super) fn frame(out: &mut Vec<u8>, epoch: &str, number: u64, event: &str, json: &[u8]) {
    out.reserve(json.len() + 64);
    // Writing into memory cannot fail.
    let _ = write!(out, "id: {epoch}-{number}\nevent: {event}\ndata: ");
    out.extend_from_slice(json);
    out.extend_from_slice(b"\n\n");
}
