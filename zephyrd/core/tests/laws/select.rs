//! Strategies.

use std::cmp::Ordering;
use std::time::Duration;

use proptest::prelude::*;
use zephyr_core::config::StrategyKind;
use zephyr_core::engine::EndpointId;
use zephyr_core::select::{Candidate, Pool, TABLE, make};
use zephyr_core::time::{Rng, SplitMix};

use crate::support::ms;

const THRESHOLD: Duration = ms(50);

/// A candidate, and whether this request may take it.
type Member = (Candidate<'static>, bool);

struct Bench(Vec<Member>);

impl Pool for Bench {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn candidate(&self, at: usize) -> Candidate<'_> {
        self.0[at].0
    }

    fn open(&self, at: usize) -> bool {
        self.0[at].1
    }

    fn version(&self) -> u64 {
        1
    }
}

fn member() -> impl Strategy<Value = Member> {
    let numbers = (0..20_u32, 0..4_u32, 0..4_u32, 1..6_u32);
    let latencies = proptest::option::of((1..2_000_u64, 1..2_000_u64));
    (numbers, latencies, any::<bool>()).prop_map(|((in_flight, priority, price, weight), latencies, open)| {
        let candidate = Candidate {
            id: EndpointId(0),
            name: "E",
            latency: latencies.map(|(typical, _)| ms(typical)),
            peak: latencies.map(|(_, peak)| ms(peak)),
            in_flight,
            priority,
            price: f64::from(price),
            weight,
            share: if weight == 5 { 0.1 } else { 1.0 },
        };
        (candidate, open)
    })
}

fn members(least: usize) -> impl Strategy<Value = Vec<Member>> {
    let named = |members: Vec<Member>| {
        let ids = (0..).map(EndpointId);
        ids.zip(members).map(|(id, (c, open))| (Candidate { id, ..c }, open)).collect()
    };
    proptest::collection::vec(member(), least..24).prop_map(named)
}

proptest! {
    #[test]
    fn every_order_is_a_permutation_with_nobody_after_a_worse_one(members in members(0)) {
        let pool: Vec<Candidate<'_>> = members.iter().map(|(c, _)| *c).collect();
        for entry in &TABLE {
            let strategy = make(entry.kind, THRESHOLD);
            let mut order = Vec::new();
            strategy.rank(&pool, &mut order);
            for pair in order.windows(2) {
                let ordering = strategy.compare(&pool[pair[0]], &pool[pair[1]]);
                prop_assert!(ordering == Ordering::Less || (ordering == Ordering::Equal && pair[0] < pair[1]));
            }
            order.sort_unstable();
            prop_assert_eq!(order, (0..pool.len()).collect::<Vec<_>>(), "{}", entry.kind.name());
        }
    }

    #[test]
    fn every_comparison_is_a_total_order(members in members(3)) {
        let (a, b, c) = (members[0].0, members[1].0, members[2].0);
        for entry in &TABLE {
            let strategy = make(entry.kind, THRESHOLD);
            prop_assert_eq!(strategy.compare(&a, &b), strategy.compare(&b, &a).reverse());
            if strategy.compare(&a, &b).is_le() && strategy.compare(&b, &c).is_le() {
                prop_assert!(strategy.compare(&a, &c).is_le(), "{}", entry.kind.name());
            }
        }
    }

    #[test]
    fn fastest_leaves_exactly_when_the_gain_reaches_the_threshold(now in 1..2_000_u64, other in 1..2_000_u64) {
        let strategy = make(StrategyKind::Fastest, THRESHOLD);
        let of = |latency| Candidate { latency: Some(ms(latency)), ..blank(0) };
        prop_assert_eq!(strategy.leaves(&of(now), &of(other)), now >= other + 50);
        prop_assert!(!strategy.leaves(&of(now), &blank(1)));
        prop_assert!(strategy.leaves(&blank(1), &of(now)));
    }

    #[test]
    fn a_pick_is_open_and_there_is_one_whenever_somebody_is(members in members(0), seed: u64) {
        let any = members.iter().any(|(_, open)| *open);
        let bench = Bench(members);
        for entry in &TABLE {
            let mut strategy = make(entry.kind, THRESHOLD);
            let mut rng = SplitMix::new(seed);
            for _ in 0..5 {
                let pick = strategy.pick(&bench, &mut rng);
                prop_assert_eq!(pick.is_some(), any, "{}", entry.kind.name());
                prop_assert!(pick.is_none_or(|at| bench.open(at)));
            }
        }
    }

    #[test]
    fn round_robin_never_strays_a_turn_from_the_weights(weights in proptest::collection::vec(1..8_u32, 1..8)) {
        let candidates = (0..).zip(&weights).map(|(id, weight)| (Candidate { weight: *weight, ..blank(id) }, true));
        let bench = Bench(candidates.collect());
        let mut strategy = make(StrategyKind::RoundRobin, THRESHOLD);
        let total: u32 = weights.iter().sum();
        let mut got = vec![0_u32; weights.len()];
        for turn in 1..=4 * total {
            got[strategy.pick(&bench, &mut SplitMix::new(0)).unwrap()] += 1;
            for (got, weight) in got.iter().zip(&weights) {
                let due = f64::from(turn) * f64::from(*weight) / f64::from(total);
                prop_assert!((f64::from(*got) - due).abs() < 1.0 + weights.len() as f64 / 2.0);
            }
        }
        prop_assert_eq!(got, weights.iter().map(|w| 4 * w).collect::<Vec<_>>());
    }

    #[test]
    fn numbers_below_a_bound_are_below_it(seed: u64, bound in 1..1_000_usize) {
        let mut rng = SplitMix::new(seed);
        prop_assert!((0..50).all(|_| rng.below(bound) < bound && (0.0..1.0).contains(&rng.unit())));
    }
}

fn blank(id: u32) -> Candidate<'static> {
    let id = EndpointId(id);
    let (latency, peak) = (None, None);
    Candidate { id, name: "E", latency, peak, in_flight: 0, priority: 1, price: 1.0, weight: 1, share: 1.0 }
}
