//! Time and randomness as arguments.

use std::time::Duration;

/// One instant, on both clocks: `mono` for every interval and deadline, `unix_ms` for what a person or a
/// server is told. They may drift apart (a suspended laptop, a corrected clock); nothing compares them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Now {
    /// Monotonic time since an arbitrary origin.
    pub mono: Duration,
    /// Wall clock, milliseconds since 1970-01-01T00:00:00Z.
    pub unix_ms: i64,
}

impl Now {
    /// The wall-clock time, in Unix milliseconds, at which the monotonic clock will show `mono`.
    #[must_use]
    pub fn unix_ms_at(&self, mono: Duration) -> i64 {
        let ahead = mono.saturating_sub(self.mono).as_millis();
        let behind = self.mono.saturating_sub(mono).as_millis();
        let clamp = |v: u128| i64::try_from(v).unwrap_or(i64::MAX);
        self.unix_ms.saturating_add(clamp(ahead)).saturating_sub(clamp(behind))
    }
}

/// A source of randomness.
pub trait Rng {
    /// The next 64 random bits.
    fn next_u64(&mut self) -> u64;

    /// A number in `0.0..1.0`.
    fn unit(&mut self) -> f64 {
        // 53 bits: every f64 in the interval of that spacing, none equal to 1.
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A number in `0..n`; 0 when `n` is 0.
    fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next_u64()) * n as u128) >> 64) as usize
    }
}

/// SplitMix64: small, fast, seedable; for load balancing and simulation, never for secrets.
#[derive(Debug, Clone)]
pub struct SplitMix(u64);

impl SplitMix {
    /// A generator whose whole sequence follows from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }
}

impl Rng for SplitMix {
    fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// A time zone as a table: how far the wall is ahead of UTC, and from when on. Made by whoever may ask the machine; the
/// default is UTC.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Zone {
    first_seconds: i32,
    /// From these Unix milliseconds on, so many seconds; in their order.
    changes: Vec<(i64, i32)>,
}

impl Zone {
    /// `first_seconds` east of UTC, until each of `changes` says from when on it is how much. At most 64 changes are
    /// kept, the earliest.
    #[must_use]
    pub fn new(first_seconds: i32, changes: &[(i64, i32)]) -> Self {
        let mut changes = changes.to_vec();
        changes.sort_unstable();
        changes.truncate(64);
        Self { first_seconds, changes }
    }

    /// How far the wall is ahead of UTC at `unix_ms`, in milliseconds.
    #[must_use]
    pub fn offset_ms(&self, unix_ms: i64) -> i64 {
        let after = self.changes.partition_point(|(from, _)| *from <= unix_ms);
        let seconds = match after.checked_sub(1).and_then(|at| self.changes.get(at)) {
            Some((_, seconds)) => *seconds,
            None => self.first_seconds,
        };
        i64::from(seconds) * 1000
    }
}
