//! Request ids.

use proptest::prelude::*;
use zephyr_core::request_id::request_id;

proptest! {
    #[test]
    fn different_counters_have_different_ids(key: [u8; 16], a: u32, b: u32) {
        prop_assert_eq!(request_id(&key, a) == request_id(&key, b), a == b);
    }

    #[test]
    fn a_run_of_counters_has_as_many_ids(key: [u8; 16], from: u32) {
        let ids: std::collections::HashSet<_> = (0..200).map(|n| request_id(&key, from.wrapping_add(n))).collect();
        prop_assert_eq!(ids.len(), 200);
    }
}
