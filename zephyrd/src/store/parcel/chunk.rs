//! Packed entries one behind the other in one piece of memory: while they wait, nothing is kept for each but where it
//! ends, and the thread that writes finds them in a row.

#[cfg(test)]
use zephyr_core::usage::Entry;

use super::Parcel;
#[cfg(test)]
use super::packed;

/// Most entries of a chunk: as many as are read, brought into order and written while they are at hand.
pub(in crate::store) const ENTRIES: usize = 256;
/// A chunk of more bytes takes no further entry.
const BYTES: usize = 64 * 1024;
/// Memory that a chunk keeps for the next entries at most.
const KEPT: usize = 2 * BYTES;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Chunk {
    bytes: Vec<u8>,
    /// Where each entry ends.
    ends: Vec<usize>,
    /// Entries at the front that were taken out.
    gone: usize,
}

impl Chunk {
    /// Adds a packed entry.
    pub(in crate::store) fn push(&mut self, packed: &[u8]) {
        self.bytes.extend_from_slice(packed);
        self.ends.push(self.bytes.len());
    }

    /// Whether the next entry belongs into another one.
    pub(in crate::store) fn is_full(&self) -> bool {
        self.ends.len() >= ENTRIES || self.bytes.len() > BYTES
    }

    /// How many entries there are.
    pub(in crate::store) fn len(&self) -> usize {
        self.ends.len() - self.gone
    }

    /// Takes the first entry out; how many bytes it had.
    pub(in crate::store) fn pop(&mut self) -> Option<usize> {
        let length = self.parcels().next()?.0.len();
        self.gone += 1;
        Some(length)
    }

    /// The entries in the order in which they came.
    pub(in crate::store) fn parcels(&self) -> impl Iterator<Item = Parcel<'_>> {
        let mut begin = self.begin();
        self.ends[self.gone..].iter().map(move |end| {
            let parcel = Parcel(&self.bytes[begin..*end]);
            begin = *end;
            parcel
        })
    }

    /// Bytes of all entries.
    pub(in crate::store) fn bytes(&self) -> usize {
        self.bytes.len() - self.begin()
    }

    /// Where the first entry begins.
    fn begin(&self) -> usize {
        self.gone.checked_sub(1).map_or(0, |last| self.ends[last])
    }

    /// Packed entries in chunks.
    #[cfg(test)]
    pub(in crate::store) fn all_of(entries: &[Entry]) -> Vec<Self> {
        let mut chunks: Vec<Self> = Vec::new();
        for entry in entries {
            if chunks.last().is_none_or(Self::is_full) {
                chunks.push(Self::default());
            }
            packed(entry, |entry| chunks.last_mut().unwrap().push(entry));
        }
        chunks
    }

    /// Forgets its entries, and keeps some of its memory for others.
    pub(in crate::store) fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT);
        self.ends.clear();
        self.gone = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_in_their_order_and_go_from_the_front() {
        let mut chunk = Chunk::default();
        for entry in [&b"one"[..], b"", b"three"] {
            chunk.push(entry);
        }
        let all = |chunk: &Chunk| chunk.parcels().map(|parcel| parcel.0.len()).collect::<Vec<_>>();
        assert_eq!((all(&chunk), chunk.len(), chunk.bytes()), (vec![3, 0, 5], 3, 8));
        assert_eq!((chunk.pop(), all(&chunk), chunk.bytes()), (Some(3), vec![0, 5], 5));
        assert_eq!([chunk.pop(), chunk.pop(), chunk.pop()], [Some(0), Some(5), None]);
        assert_eq!((chunk.len(), chunk.bytes()), (0, 0));
        chunk.clear();
        chunk.push(b"x");
        assert_eq!(all(&chunk), [1]);
    }

    #[test]
    fn so_many_entries_or_bytes_fill_it() {
        let mut chunk = Chunk::default();
        (1..ENTRIES).for_each(|_| chunk.push(b"x"));
        assert!(!chunk.is_full());
        chunk.push(b"x");
        assert!(chunk.is_full());
        chunk.clear();
        chunk.push(&[0; BYTES]);
        assert!(!chunk.is_full());
        chunk.push(b"x");
        assert!(chunk.is_full());
    }
}
