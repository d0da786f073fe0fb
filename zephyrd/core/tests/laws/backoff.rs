//! Waits before the same endpoint is asked again.

use std::time::Duration;

use proptest::prelude::*;
use zephyr_core::config::Backoff;
use zephyr_core::failover::backoff;

fn config() -> impl Strategy<Value = Backoff> {
    (0..20_000_u64, 1.0..6.0_f64, 0..120_000_u64).prop_map(|(base, multiplier, more)| Backoff {
        base: Duration::from_millis(base),
        multiplier,
        max: Duration::from_millis(base + more),
    })
}

proptest! {
    #[test]
    fn a_wait_is_within_its_bounds_and_its_spread(config in config(), n in 1..2_000_u32, limited: bool, unit in 0.0..1.0_f64) {
        let wait = backoff(&config, n, limited, unit);
        let most = config.max * if limited { 2 } else { 1 };
        prop_assert!(wait <= most);
        let plain = backoff(&config, n, limited, 0.0);
        prop_assert!(plain <= wait && wait.as_secs_f64() <= plain.as_secs_f64() * 1.1 + 1e-6);
        let first = config.base * if limited { 3 } else { 1 };
        prop_assert!(wait + Duration::from_micros(1) >= first.min(most));
    }

    #[test]
    fn no_wait_is_shorter_than_the_one_before(config in config(), n in 1..2_000_u32, limited: bool, unit in 0.0..1.0_f64) {
        prop_assert!(backoff(&config, n, limited, unit) <= backoff(&config, n + 1, limited, unit));
    }

    #[test]
    fn no_base_is_no_wait(config in config(), n in 1..2_000_u32, limited: bool, unit in 0.0..1.0_f64) {
        let config = Backoff { base: Duration::ZERO, ..config };
        prop_assert_eq!(backoff(&config, n, limited, unit), Duration::ZERO);
    }
}
