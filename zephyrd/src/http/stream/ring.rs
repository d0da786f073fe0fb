//! The last frames, from which every watcher is served, and from which one that comes back goes on.
//!
//! Bounded by number and bytes. A watcher has no queue of its own: it knows the number of the last frame that it was given,
//! and what fell out of the ring before it came for it, it has missed.

use std::collections::VecDeque;

use bytes::Bytes;

use super::kind::{Kind, Kinds};

/// The last frames.
pub(super) struct Ring {
    epoch: String,
    frames: VecDeque<Frame>,
    /// Number of the next frame; the first is 1.
    next: u64,
    bytes: usize,
    most: Most,
}

/// How much is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Most {
    /// Frames.
    pub(super) frames: usize,
    /// Their bytes together.
    pub(super) bytes: usize,
}

struct Frame {
    kind: Kind,
    /// The batch it was written in, and where.
    batch: Bytes,
    begin: usize,
    end: usize,
}

/// What there is for a watcher.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Frames in their order; it has all up to this number now.
    Frames(Bytes, u64),
    /// Nothing it wants; it has all up to this number.
    Nothing(u64),
    /// So many fell out before it came.
    Missed(u64),
}

impl Ring {
    /// Nothing yet, under a name that no ring had before.
    pub(super) fn new(epoch: String, most: Most) -> Self {
        Self { epoch, frames: VecDeque::new(), next: 1, bytes: 0, most }
    }

    /// What the ids of its frames begin with.
    pub(super) fn epoch(&self) -> &str {
        &self.epoch
    }

    /// Number of the next frame.
    pub(super) fn next_number(&self) -> u64 {
        self.next
    }

    /// The number in an id of this ring, if all after it is still there.
    pub(super) fn resumes(&self, id: &str) -> Option<u64> {
        let (epoch, number) = id.rsplit_once('-')?;
        let number: u64 = number.parse().ok()?;
        let known = epoch == self.epoch && number < self.next && number + 1 >= self.oldest();
        known.then_some(number)
    }

    /// Takes a batch up.
    pub(super) fn push(&mut self, batch: &Bytes, ends: &[(Kind, usize)]) {
        let mut begin = 0;
        for (kind, end) in ends {
            self.frames.push_back(Frame { kind: *kind, batch: batch.clone(), begin, end: *end });
            begin = *end;
        }
        self.next += ends.len() as u64;
        self.bytes += begin;
        while self.frames.len() > self.most.frames || self.bytes > self.most.bytes {
            let Some(frame) = self.frames.pop_front() else { break };
            self.bytes -= frame.end - frame.begin;
        }
    }

    /// What a watcher that has all up to `number` is given next: as many frames as stand together in one batch.
    pub(super) fn after(&self, number: u64, kinds: Kinds) -> Next {
        let oldest = self.oldest();
        if number + 1 < oldest {
            return Next::Missed(oldest - number - 1);
        }
        let skip = usize::try_from(number + 1 - oldest).unwrap_or(usize::MAX).min(self.frames.len());
        let mut frames = (number + 1..).zip(self.frames.range(skip..));
        let Some((mut last, first)) = frames.find(|(_, frame)| kinds.has(frame.kind)) else {
            return Next::Nothing(self.next - 1);
        };
        let mut end = first.end;
        for (number, frame) in frames {
            let follows = frame.begin == end && frame.batch.as_ptr() == first.batch.as_ptr();
            if !follows || !kinds.has(frame.kind) {
                break;
            }
            (last, end) = (number, frame.end);
        }
        Next::Frames(first.batch.slice(first.begin..end), last)
    }

    /// Number of the oldest frame that is kept.
    fn oldest(&self) -> u64 {
        self.next - self.frames.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::super::batch::Batch;
    use super::*;

    fn ring(frames: usize) -> Ring {
        Ring::new("e".to_owned(), Most { frames, bytes: 10_000 })
    }

    fn push(ring: &mut Ring, kinds: &[Kind]) {
        let epoch = ring.epoch().to_owned();
        let mut batch = Batch::begin(&epoch, ring.next_number());
        kinds.iter().for_each(|kind| batch.add_json(*kind, b"{}"));
        let (bytes, ends) = batch.finished();
        ring.push(&bytes, &ends);
    }

    /// The numbers of the frames that a watcher gets.
    fn numbers(next: &Next) -> Vec<u64> {
        let Next::Frames(bytes, _) = next else { panic!("{next:?}") };
        let text = std::str::from_utf8(bytes).unwrap();
        text.lines().filter_map(|line| line.strip_prefix("id: e-")).map(|n| n.parse().unwrap()).collect()
    }

    #[test]
    fn a_batch_goes_out_in_one_piece_to_whoever_wants_all_of_it() {
        let mut ring = ring(9);
        push(&mut ring, &[Kind::Status, Kind::Log, Kind::Request]);
        push(&mut ring, &[Kind::Log]);
        let first = ring.after(0, Kinds::ALL);
        assert_eq!(numbers(&first), [1, 2, 3]);
        assert_eq!(numbers(&ring.after(3, Kinds::ALL)), [4]);
        assert_eq!(ring.after(4, Kinds::ALL), Next::Nothing(4));
        let logs = Kinds::of(&[Kind::Log]);
        assert_eq!(numbers(&ring.after(0, logs)), [2]);
        assert_eq!(numbers(&ring.after(2, logs)), [4]);
        assert_eq!(ring.after(0, Kinds::of(&[Kind::Chart])), Next::Nothing(4));
    }

    #[test]
    fn what_fell_out_is_counted_and_cannot_be_resumed_behind() {
        let mut ring = ring(3);
        (0..5).for_each(|_| push(&mut ring, &[Kind::Status]));
        assert_eq!(ring.after(0, Kinds::ALL), Next::Missed(2));
        assert_eq!(numbers(&ring.after(2, Kinds::ALL)), [3]);
        let resumed: Vec<_> =
            ["e-1", "e-2", "e-5", "e-6", "f-3", "e-", "e", ""].map(|id| ring.resumes(id)).into();
        assert_eq!(resumed, [None, Some(2), Some(5), None, None, None, None, None]);
    }

    #[test]
    fn bytes_are_bounded_too() {
        let mut ring = Ring::new("e".to_owned(), Most { frames: 1000, bytes: 100 });
        (0..50).for_each(|_| push(&mut ring, &[Kind::Status]));
        assert!(ring.bytes <= 100 && ring.frames.len() < 5);
        assert!(matches!(ring.after(0, Kinds::ALL), Next::Missed(_)));
    }
}
