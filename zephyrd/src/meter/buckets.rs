//! Times of requests, counted in the buckets of a Prometheus histogram.

/// Upper ends of the buckets, in milliseconds: a model begins to answer within tenths of a second or after minutes of
/// thinking, and may write for ten minutes.
pub(crate) const BOUNDS_MS: [u64; 13] =
    [100, 250, 500, 1_000, 2_500, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000];

/// Counts of times, by bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Times {
    /// How many lie in each bucket and in none before it; the last are those above all bounds.
    pub(crate) buckets: [u64; BOUNDS_MS.len() + 1],
    /// All of them together, in milliseconds.
    pub(crate) sum_ms: u64,
}

impl Times {
    /// One more.
    pub(super) fn add(&mut self, ms: u64) {
        let bucket = BOUNDS_MS.iter().position(|bound| ms <= *bound).unwrap_or(BOUNDS_MS.len());
        self.buckets[bucket] += 1;
        self.sum_ms = self.sum_ms.saturating_add(ms);
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_counted_where_it_does_not_exceed_the_bound() {
        let mut times = Times::default();
        for ms in [0, 100, 101, 600_000, 600_001] {
            times.add(ms);
        }
        assert_eq!((times.buckets[0], times.buckets[1]), (2, 1));
        assert_eq!((times.buckets[12], times.buckets[13]), (1, 1));
        assert_eq!((times.count(), times.sum_ms), (5, 1_200_202));
    }
}
