//! How long to wait before the same endpoint is asked again.

use std::time::Duration;

use crate::config::Backoff;

/// After a 429 the first wait is so many times longer,
const LIMITED_FIRST: f64 = 3.0;
/// each further one grows by this,
const LIMITED_GROWTH: f64 = 2.5;
/// and the longest is so many times as long.
const LIMITED_MOST: f64 = 2.0;
/// A wait may be longer by this part of itself, so that many do not come back in one instant.
const SPREAD: f64 = 0.1;

/// The wait before the `n`-th repeat (from 1): `base`·`multiplier`^(n−1), at most `max`. After a 429 (`limited`) it is
/// 3·`base`·2.5^(n−1), at most 2·`max`. `unit` in `0.0..1.0` spreads it.
#[must_use]
pub fn backoff(config: &Backoff, n: u32, limited: bool, unit: f64) -> Duration {
    let (first, growth, most) = match limited {
        true => (LIMITED_FIRST, LIMITED_GROWTH, config.max.as_secs_f64() * LIMITED_MOST),
        false => (1.0, config.multiplier, config.max.as_secs_f64()),
    };
    if config.base.is_zero() {
        return Duration::ZERO;
    }
    let power = i32::try_from(n.saturating_sub(1)).unwrap_or(i32::MAX);
    let wait = config.base.as_secs_f64() * first * growth.powi(power) * (1.0 + SPREAD * unit);
    // Too large a number is the longest wait.
    if wait < most { Duration::from_secs_f64(wait.max(0.0)) } else { Duration::from_secs_f64(most) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_the_longest() {
        let config = Backoff::default();
        let wait = |n| backoff(&config, n, false, 0.0).as_secs_f64();
        assert_eq!(
            [wait(1), wait(2), wait(3), wait(6), wait(7), wait(99)],
            [0.5, 1.0, 2.0, 16.0, 30.0, 30.0]
        );
    }

    #[test]
    fn waits_after_a_429_are_longer_and_grow_faster() {
        let config = Backoff::default();
        let wait = |n| backoff(&config, n, true, 0.0).as_secs_f64();
        assert_eq!([wait(1), wait(2), wait(3), wait(9)], [1.5, 3.75, 9.375, 60.0]);
    }
}
