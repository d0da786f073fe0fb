//! Requests per second, over the last ten seconds.

/// Seconds that are looked back.
const SECONDS: usize = 10;

/// Counts of the last seconds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rate {
    counts: [u32; SECONDS],
    /// Unix seconds of the newest count.
    newest: i64,
}

impl Rate {
    /// The time goes on.
    pub(super) fn at(&mut self, now_ms: i64) {
        let now = now_ms.div_euclid(1000);
        let gone = usize::try_from(now.saturating_sub(self.newest)).unwrap_or(0);
        for _ in 0..gone.min(SECONDS) {
            self.counts.rotate_right(1);
            self.counts[0] = 0;
        }
        self.newest = self.newest.max(now);
    }

    /// A request has ended; what ended longer ago than is looked back is not counted.
    pub(super) fn ended(&mut self, unix_ms: i64) {
        let ago = self.newest.saturating_sub(unix_ms.div_euclid(1000)).max(0);
        if let Some(count) = usize::try_from(ago).ok().and_then(|ago| self.counts.get_mut(ago)) {
            *count = count.saturating_add(1);
        }
    }

    /// Whether anything ended lately.
    pub(super) fn any(&self) -> bool {
        self.counts.iter().any(|count| *count > 0)
    }

    /// Requests per second.
    pub(crate) fn per_second(&self) -> f64 {
        self.counts.iter().map(|c| f64::from(*c)).sum::<f64>() / SECONDS as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ended_counts_for_ten_seconds() {
        let mut rate = Rate::default();
        rate.at(100_000);
        for ended in [100_500, 99_000, 91_000, 90_999, 0] {
            rate.ended(ended);
        }
        assert!((rate.per_second() - 0.3).abs() < 1e-9, "{rate:?}");
        rate.at(101_000);
        assert!((rate.per_second() - 0.2).abs() < 1e-9, "{rate:?}");
        rate.at(99_000);
        assert!(rate.any(), "time that goes back takes nothing away");
        rate.at(500_000);
        assert!(!rate.any());
    }
}
