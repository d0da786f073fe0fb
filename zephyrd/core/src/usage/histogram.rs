//! Times, counted in buckets: small, addable, and precise enough for percentiles.

/// Buckets below this value are one wide.
const EXACT: u64 = 32;
/// Every doubling above is cut into this many buckets, so a value is known to about 3 %.
const STEPS: u64 = 16;
/// Largest bucket: some 49 days in milliseconds.
const LARGEST: u64 = u32::MAX as u64;

/// Counts of values, by bucket. Values are milliseconds here, but any will do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Histogram {
    /// Bucket and count, ascending by bucket, no count is 0.
    buckets: Vec<(u16, u64)>,
}

impl Histogram {
    /// Counts one value.
    pub fn add(&mut self, value: u64) {
        self.count(bucket_of(value), 1);
    }

    /// Adds all values of another.
    pub fn merge(&mut self, other: &Self) {
        for (bucket, count) in &other.buckets {
            self.count(*bucket, *count);
        }
    }

    fn count(&mut self, bucket: u16, more: u64) {
        match self.buckets.binary_search_by_key(&bucket, |(b, _)| *b) {
            Ok(at) => self.buckets[at].1 = self.buckets[at].1.saturating_add(more),
            Err(at) => self.buckets.insert(at, (bucket, more)),
        }
    }

    /// How many values were counted.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.buckets.iter().map(|(_, count)| count).sum()
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }

    /// The value that `share` (0 to 1) of all values do not exceed, to about 3 %; `None` where there is none.
    #[must_use]
    pub fn percentile(&self, share: f64) -> Option<u64> {
        let wanted = ((self.len() as f64 * share.clamp(0.0, 1.0)).ceil() as u64).max(1);
        let mut seen = 0u64;
        for (bucket, count) in &self.buckets {
            seen = seen.saturating_add(*count);
            if seen >= wanted {
                return Some(middle_of(*bucket));
            }
        }
        None
    }

    /// The buckets and their counts, ascending.
    pub fn buckets(&self) -> impl Iterator<Item = (u16, u64)> + '_ {
        self.buckets.iter().copied()
    }

    /// The histogram of these buckets; the order does not matter, a bucket may come twice.
    pub fn of_buckets(buckets: impl IntoIterator<Item = (u16, u64)>) -> Self {
        let mut histogram = Self::default();
        for (bucket, count) in buckets.into_iter().filter(|(_, count)| *count > 0) {
            histogram.count(bucket.min(bucket_of(LARGEST)), count);
        }
        histogram
    }
}

fn bucket_of(value: u64) -> u16 {
    let value = value.min(LARGEST);
    if value < EXACT {
        return u16::try_from(value).unwrap_or(0);
    }
    // EXACT is 2 * STEPS: the first doubling begins with the bucket that follows the exact ones.
    let doubling = u64::from(value.ilog2() - EXACT.ilog2());
    let step = (value >> (doubling + 1)) - STEPS;
    u16::try_from(EXACT + doubling * STEPS + step).unwrap_or(u16::MAX)
}

fn middle_of(bucket: u16) -> u64 {
    let bucket = u64::from(bucket);
    if bucket < EXACT {
        return bucket;
    }
    let (doubling, step) = ((bucket - EXACT) / STEPS, (bucket - EXACT) % STEPS);
    let width = 1u64 << (doubling + 1);
    (STEPS + step) * width + width / 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn percentiles_of_few_values_are_those_values() {
        let mut h = Histogram::default();
        assert_eq!(h.percentile(0.5), None);
        for value in [1, 2, 3, 30] {
            h.add(value);
        }
        assert_eq!((h.percentile(0.5), h.percentile(0.99), h.percentile(0.0)), (Some(2), Some(30), Some(1)));
    }

    proptest! {
        #[test]
        fn a_value_is_known_to_four_percent(value in 0u64..4_000_000_000) {
            let told = middle_of(bucket_of(value));
            prop_assert!(told.abs_diff(value) as f64 <= value as f64 * 0.04, "{value} is told as {told}");
        }

        #[test]
        fn larger_values_are_in_no_smaller_bucket(a in 0u64..1 << 40, b in 0u64..1 << 40) {
            prop_assert!(bucket_of(a.min(b)) <= bucket_of(a.max(b)));
        }

        #[test]
        fn sums_do_not_depend_on_how_values_were_parted(values in proptest::collection::vec(0u64..100_000, 0..50), cut in 0usize..50) {
            let of = |values: &[u64]| { let mut h = Histogram::default(); values.iter().for_each(|v| h.add(*v)); h };
            let cut = cut.min(values.len());
            let mut parted = of(&values[..cut]);
            parted.merge(&of(&values[cut..]));
            prop_assert_eq!(&parted, &of(&values));
            prop_assert_eq!(&Histogram::of_buckets(parted.buckets()), &parted);
        }
    }
}
