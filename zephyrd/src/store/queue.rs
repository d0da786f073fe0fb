//! Entries that wait to be written, and when the writer has something to do. No clock and no thread in here.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::parcel::{CHUNK_ENTRIES, Chunk};

/// Most entries that wait; then the oldest go.
const ENTRIES: usize = 50_000;
/// Most bytes that wait.
const BYTES: usize = 64 * 1024 * 1024;
/// Most entries in one transaction.
const BATCH: usize = 16 * CHUNK_ENTRIES;
/// Most chunks whose memory is kept for what comes next.
const SPARE: usize = 16;
/// Batches follow each other no faster than this unless there are more than [`BATCH`] or they are asked for: under load
/// fewer and larger ones cost less.
const APART: Duration = Duration::from_millis(400);
/// So long a full batch waits for what a burst brings with it.
const LINGER: Duration = Duration::from_millis(200);

/// What a reload may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Timing {
    /// So many entries are not kept waiting for more, but for a moment.
    pub(super) batch_size: usize,
    /// Nor is one for longer than this.
    pub(super) flush_interval: Duration,
}

/// What the writer shall do next.
#[derive(Debug, PartialEq)]
pub(super) enum Job {
    /// Write these, in order; none: see whether it can be written again.
    Write(Vec<Chunk>),
    /// Look whether what is kept is damaged.
    Check,
    /// Forget what is old, one slice.
    Prune,
    /// End.
    End,
}

/// See the head of this file.
pub(super) struct Queue {
    chunks: VecDeque<Chunk>,
    /// How many entries they hold.
    entries: usize,
    bytes: usize,
    /// Empty ones.
    spare: Vec<Chunk>,
    /// When the first of those that wait came.
    first_at: Option<Instant>,
    /// Entries taken and not yet told of.
    in_hand: usize,
    /// Before this, no batch is full enough.
    next_batch_at: Option<Instant>,
    /// Entries that ever came.
    appended: u64,
    /// Those that were given up.
    pub(super) dropped: u64,
    /// Somebody waits until so many of all that came are written.
    wanted: u64,
    /// Whether it can be written; else when to try again.
    pub(super) retry_at: Option<Instant>,
    /// Something read was damaged.
    pub(super) suspect: bool,
    /// When to forget what is old.
    pub(super) prune_at: Instant,
    pub(super) closing: bool,
    pub(super) timing: Timing,
}

/// What so many entries of so many bytes in all take, with what chunks have in reserve.
fn size(entries: usize, bytes: usize) -> usize {
    2 * (bytes + entries * size_of::<usize>())
}

fn size_of_chunk(chunk: &Chunk) -> usize {
    size(chunk.len(), chunk.bytes())
}

impl Queue {
    /// An empty one; its first job, at `now`, is an empty write, which opens the store.
    pub(super) fn new(timing: Timing, now: Instant) -> Self {
        Self {
            chunks: VecDeque::new(),
            entries: 0,
            bytes: 0,
            spare: Vec::new(),
            first_at: None,
            in_hand: 0,
            next_batch_at: None,
            appended: 0,
            dropped: 0,
            wanted: 0,
            retry_at: Some(now),
            suspect: false,
            prune_at: now,
            closing: false,
            timing,
        }
    }

    /// Takes a packed entry in; whether the writer should be woken for it. `now` is asked for only by the first of a
    /// batch.
    pub(super) fn push(&mut self, packed: &[u8], now: impl FnOnce() -> Instant) -> bool {
        self.appended += 1;
        self.entries += 1;
        self.bytes += size(1, packed.len());
        match self.chunks.back_mut().filter(|chunk| !chunk.is_full()) {
            Some(chunk) => chunk.push(packed),
            None => {
                let mut chunk = self.spare.pop().unwrap_or_default();
                chunk.push(packed);
                self.chunks.push_back(chunk);
            }
        }
        if self.first_at.is_none() {
            self.first_at = Some(now());
        }
        self.trim();
        let waiting = self.entries;
        waiting == 1 || waiting == self.timing.batch_size || waiting == BATCH + 1
    }

    fn trim(&mut self) {
        while self.entries > ENTRIES || self.bytes > BYTES {
            let Some(oldest) = self.chunks.front_mut() else { break };
            match oldest.pop() {
                Some(length) => {
                    self.entries -= 1;
                    self.bytes -= size(1, length);
                    self.dropped += 1;
                }
                None => _ = self.chunks.pop_front(),
            }
        }
    }

    pub(super) fn waiting(&self) -> usize {
        self.entries + self.in_hand
    }

    /// How many of all that came are written or given up.
    pub(super) fn settled(&self) -> u64 {
        self.appended - self.waiting() as u64
    }

    /// Asks for all that came to be written at once; when [`Self::settled`] reaches the answer, they are.
    pub(super) fn want_all(&mut self) -> u64 {
        self.wanted = self.appended;
        self.wanted
    }

    /// The job that is due, with its entries.
    pub(super) fn take_job(&mut self, now: Instant) -> Option<Job> {
        if let Some(at) = self.retry_at {
            return (now >= at || self.closing).then(|| self.take_batch());
        }
        if self.suspect {
            self.suspect = false;
            return Some(Job::Check);
        }
        let wanted = self.closing || self.wanted > self.settled() || self.entries > BATCH;
        if self.entries > 0 && (wanted || self.write_at().is_some_and(|at| now >= at)) {
            self.next_batch_at = Some(now + APART);
            return Some(self.take_batch());
        }
        if self.closing {
            return Some(Job::End);
        }
        (now >= self.prune_at).then_some(Job::Prune)
    }

    /// When the next job is due if nothing happens before.
    pub(super) fn next_at(&self) -> Instant {
        match self.retry_at {
            Some(at) => at,
            None => self.write_at().map_or(self.prune_at, |at| at.min(self.prune_at)),
        }
    }

    /// When those that wait are written if nobody asks for them.
    fn write_at(&self) -> Option<Instant> {
        let first = self.first_at?;
        let flush = first + self.timing.flush_interval;
        let full = self.entries >= self.timing.batch_size;
        let soon = self.next_batch_at.unwrap_or(first).max(first + LINGER);
        Some(if full { soon.min(flush) } else { flush })
    }

    fn take_batch(&mut self) -> Job {
        let mut batch = Vec::with_capacity(self.chunks.len().min(BATCH / CHUNK_ENTRIES));
        self.in_hand = 0;
        while let Some(next) = self.chunks.front().filter(|next| self.in_hand + next.len() <= BATCH) {
            self.in_hand += next.len();
            batch.extend(self.chunks.pop_front());
        }
        self.entries -= self.in_hand;
        if self.entries == 0 {
            (self.bytes, self.first_at) = (0, None);
        } else {
            self.bytes -= batch.iter().map(size_of_chunk).sum::<usize>();
        }
        Job::Write(batch)
    }

    /// The batch in hand is written; how many entries that were.
    pub(super) fn written(&mut self, batch: Vec<Chunk>) -> usize {
        let written = std::mem::take(&mut self.in_hand);
        // As many as were needed just now.
        let kept = batch.len().min(SPARE);
        self.spare.truncate(kept);
        for mut chunk in batch.into_iter().take(kept - self.spare.len()) {
            chunk.clear();
            self.spare.push(chunk);
        }
        written
    }

    /// The batch in hand could not be written and waits again, before all others.
    pub(super) fn put_back(&mut self, batch: Vec<Chunk>, now: Instant) {
        self.in_hand = 0;
        for chunk in batch.into_iter().rev() {
            self.entries += chunk.len();
            self.bytes += size_of_chunk(&chunk);
            self.chunks.push_front(chunk);
        }
        if self.entries > 0 {
            self.first_at.get_or_insert(now);
        }
        self.trim();
    }

    /// Gives up everything; how many that were.
    pub(super) fn give_up(&mut self) -> u64 {
        let lost = self.entries as u64;
        self.chunks = VecDeque::new();
        (self.entries, self.bytes, self.first_at) = (0, 0, None);
        self.dropped += lost;
        lost
    }
}

#[cfg(test)]
mod tests {
    use zephyr_core::usage::Entry;

    use super::super::parcel::{Parcel, packed};
    use super::super::suite::{DAY, request};
    use super::*;

    const TIMING: Timing = Timing { batch_size: 3, flush_interval: Duration::from_secs(1) };

    /// A queue whose store is open and pruned, and the moment that it counts from.
    fn queue() -> (Queue, Instant) {
        let now = Instant::now();
        let mut queue = Queue::new(TIMING, now);
        assert_eq!(queue.take_job(now), Some(Job::Write(Vec::new())), "it opens the store");
        queue.retry_at = None;
        assert_eq!(queue.take_job(now), Some(Job::Prune));
        queue.prune_at = now + Duration::from_secs(86_400);
        (queue, now)
    }

    fn written(queue: &mut Queue, now: Instant) -> Option<Vec<i64>> {
        match queue.take_job(now)? {
            Job::Write(batch) => {
                let all = batch.iter().flat_map(Chunk::parcels).map(at).collect();
                queue.written(batch);
                Some(all)
            }
            other => panic!("{other:?}"),
        }
    }

    fn at(parcel: Parcel<'_>) -> i64 {
        match parcel.entry().unwrap() {
            Entry::Request(r) => r.started_unix_ms - DAY,
            Entry::Probe(p) => p.unix_ms - DAY,
        }
    }

    fn push(queue: &mut Queue, n: i64, now: Instant) -> bool {
        packed(&request(DAY + n, |_| {}), |entry| queue.push(entry, || now))
    }

    #[test]
    fn an_entry_waits_for_others_for_the_flush_interval() {
        let (mut queue, now) = queue();
        assert!(push(&mut queue, 1, now), "the first one wakes the writer");
        assert!(!push(&mut queue, 2, now + Duration::from_millis(900)));
        assert_eq!(queue.next_at(), now + TIMING.flush_interval);
        assert_eq!(written(&mut queue, now + Duration::from_millis(999)), None);
        assert_eq!(written(&mut queue, now + Duration::from_secs(1)), Some(vec![1, 2]));
        assert_eq!(queue.next_at(), queue.prune_at);
    }

    #[test]
    fn a_full_batch_is_written_a_moment_later() {
        let (mut queue, now) = queue();
        let woken: Vec<bool> = (0..5).map(|n| push(&mut queue, n, now)).collect();
        assert_eq!(woken, [true, false, true, false, false]);
        assert_eq!((written(&mut queue, now), queue.next_at()), (None, now + LINGER));
        assert_eq!(written(&mut queue, now + LINGER), Some(vec![0, 1, 2, 3, 4]));
        queue.timing.flush_interval = LINGER / 2;
        (0..5).for_each(|n| _ = push(&mut queue, n, now + APART));
        assert_eq!(queue.next_at(), now + APART + LINGER / 2, "never later than any other");
    }

    #[test]
    fn full_batches_follow_each_other_in_a_while() {
        let (mut queue, now) = queue();
        let more = |queue: &mut Queue, n: std::ops::Range<i64>| n.for_each(|n| _ = push(queue, n, now));
        more(&mut queue, 0..3);
        let first = now + LINGER;
        assert_eq!(written(&mut queue, first), Some(vec![0, 1, 2]));
        more(&mut queue, 3..6);
        assert_eq!((written(&mut queue, first), queue.next_at()), (None, first + APART));
        more(&mut queue, 6..9);
        assert_eq!(written(&mut queue, first + APART), Some((3..9).collect()));
        more(&mut queue, 0..BATCH as i64 + 1);
        assert_eq!(written(&mut queue, first + APART).map(|b| b.len()), Some(BATCH), "too many to wait");
    }

    #[test]
    fn who_asks_for_all_gets_it_written_at_once() {
        let (mut queue, now) = queue();
        push(&mut queue, 1, now);
        let wanted = queue.want_all();
        assert!(queue.settled() < wanted);
        assert_eq!(written(&mut queue, now), Some(vec![1]));
        assert_eq!(queue.settled(), wanted);
    }

    #[test]
    fn what_could_not_be_written_comes_first_when_it_is_time_to_try_again() {
        let (mut queue, now) = queue();
        push(&mut queue, 1, now);
        let Some(Job::Write(batch)) = queue.take_job(now + Duration::from_secs(1)) else { panic!() };
        push(&mut queue, 2, now);
        queue.put_back(batch, now);
        queue.retry_at = Some(now + Duration::from_secs(5));
        queue.want_all();
        assert_eq!(written(&mut queue, now + Duration::from_secs(4)), None, "not even for who asks");
        assert_eq!(written(&mut queue, now + Duration::from_secs(5)), Some(vec![1, 2]));
    }

    #[test]
    fn what_waits_is_bounded_and_the_oldest_are_given_up() {
        let (mut queue, now) = queue();
        for n in 0..ENTRIES as i64 + 10 {
            push(&mut queue, n, now);
        }
        assert_eq!((queue.waiting(), queue.dropped), (ENTRIES, 10));
        assert_eq!(queue.chunks[0].parcels().next().map(at), Some(10));
        let too_big = request(DAY, |r| r.detail = Some("x".repeat(BYTES)));
        packed(&too_big, |entry| queue.push(entry, || now));
        assert_eq!(queue.waiting(), 0, "one that is too big goes too");
        assert_eq!(queue.bytes, 0);
        assert_eq!(queue.settled(), ENTRIES as u64 + 11);
    }

    #[test]
    fn many_entries_go_in_several_transactions_without_waiting() {
        let (mut queue, now) = queue();
        for n in 0..BATCH as i64 + 1 {
            push(&mut queue, n, now);
        }
        queue.timing.batch_size = 10_000;
        let later = now + TIMING.flush_interval;
        assert_eq!(written(&mut queue, later).map(|b| b.len()), Some(BATCH));
        assert_eq!(written(&mut queue, later), Some(vec![BATCH as i64]));
        assert_eq!(queue.bytes, 0);
    }

    #[test]
    fn closing_writes_what_waits_and_then_ends() {
        let (mut queue, now) = queue();
        push(&mut queue, 1, now);
        queue.closing = true;
        assert_eq!(written(&mut queue, now), Some(vec![1]));
        assert_eq!(queue.take_job(now), Some(Job::End));
    }

    #[test]
    fn damage_is_looked_at_before_more_is_written() {
        let (mut queue, now) = queue();
        queue.suspect = true;
        push(&mut queue, 1, now);
        assert_eq!(queue.take_job(now + Duration::from_secs(1)), Some(Job::Check));
        assert_eq!(written(&mut queue, now + Duration::from_secs(1)), Some(vec![1]));
    }
}
