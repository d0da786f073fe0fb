//! Concurrency limits, shares of load, and what one request costs among a thousand endpoints.

use zephyr_core::config::StrategyKind;
use zephyr_core::engine::{Ask, AskKind, Lease, WhyNot};
use zephyr_core::failover::Class;

use crate::story::{Story, good};
use crate::support::{ASK, endpoint};

#[test]
fn an_endpoint_at_its_limit_is_passed_over_and_then_busy() {
    let mut small = endpoint("A");
    small.max_concurrent = Some(1);
    let mut story = Story::new(StrategyKind::Priority, vec![small.clone(), endpoint("B")]);
    let first = story.lease();
    assert_eq!((first.endpoint.name.as_str(), first.alternatives), ("A", 1));
    let second = story.lease();
    assert_eq!((second.endpoint.name.as_str(), second.alternatives), ("B", 0));
    story.settle(first, Class::Ok);
    assert_eq!(story.next(), "A");
    story.settle(second, Class::Ok);

    let mut alone = Story::new(StrategyKind::Priority, vec![small]);
    let _held = alone.lease();
    assert_eq!(alone.nobody()[0].1, WhyNot::Busy);
}

#[test]
fn token_counts_take_no_place_and_say_nothing_of_health() {
    let mut small = endpoint("A");
    small.max_concurrent = Some(1);
    let mut story = Story::new(StrategyKind::Priority, vec![small]);
    let aside = Ask { kind: AskKind::Aside, ..ASK };
    let held = story.lease();
    let burst: Vec<Lease> = (0..25).map(|_| story.choose(&aside).unwrap()).collect();
    assert_eq!(story.view("A").in_flight, 26);
    burst.into_iter().for_each(|lease| story.settle(lease, Class::Cancelled));
    assert_eq!(story.nobody()[0].1, WhyNot::Busy);
    story.settle(held, Class::Ok);
    assert_eq!(story.next(), "A");
}

fn shares(strategy: StrategyKind, requests: usize) -> [usize; 3] {
    let mut endpoints = vec![endpoint("A"), endpoint("B"), endpoint("C")];
    endpoints[0].weight = 3;
    endpoints[1].weight = 2;
    let mut story = Story::new(strategy, endpoints);
    let mut got = [0; 3];
    for _ in 0..requests {
        let lease = story.lease();
        got[lease.endpoint.index] += 1;
        story.settle(lease, Class::Ok);
    }
    assert_eq!(story.switches().len(), 1, "a rotation is no switch");
    got
}

#[test]
fn round_robin_shares_exactly_and_random_nearly_by_weight() {
    assert_eq!(shares(StrategyKind::RoundRobin, 600), [300, 200, 100]);
    let [a, b, c] = shares(StrategyKind::Random, 6_000);
    assert!((2_800..3_200).contains(&a) && (1_800..2_200).contains(&b) && (850..1_150).contains(&c));
}

#[test]
fn least_busy_prefers_who_is_quick_and_idle() {
    let mut story = Story::new(StrategyKind::LeastBusy, vec![endpoint("A"), endpoint("B")]);
    story.measure("A", 100);
    story.measure("B", 100);
    let held = story.lease();
    let other = story.lease();
    assert_ne!(held.endpoint.name, other.endpoint.name);
    story.settle(held, Class::Ok);
    story.settle(other, Class::Ok);
    story.attempt("A", &good(5_000));
    assert!((0..20).all(|_| story.next() == "B"));
}

#[test]
fn a_failover_in_a_rotation_never_comes_back_to_what_was_tried() {
    for strategy in [StrategyKind::RoundRobin, StrategyKind::Random, StrategyKind::LeastBusy] {
        let mut story = Story::new(strategy, vec![endpoint("A"), endpoint("B"), endpoint("C")]);
        for _ in 0..50 {
            let mut tried = Vec::new();
            for left in [2, 1, 0] {
                let lease = story.choose(&Ask { tried: &tried, ..ASK }).unwrap();
                assert_eq!(lease.alternatives, left);
                tried.push(lease.id);
                story.settle(lease, Class::Cancelled);
            }
            assert!(story.choose(&Ask { tried: &tried, ..ASK }).is_err());
        }
    }
}

/// Who was chosen, of a thousand with latencies that change with every answer.
#[test]
fn a_thousand_endpoints_keep_their_order_while_each_answer_moves_one() {
    let endpoints = (0..1_000).map(|n| endpoint(&format!("E{n}"))).collect();
    let mut story = Story::new(StrategyKind::Fastest, endpoints);
    for n in 0..1_000 {
        story.measure(&format!("E{n}"), 1_000 + n * 7919 % 1_000);
    }
    for n in (0..1_000).step_by(37) {
        story.attempt(&format!("E{n}"), &good(900 + n * 31 % 400));
    }
    let view = |id| story.snapshot().endpoints.into_iter().find(|e| e.id == id).unwrap();
    assert_eq!(story.order().len(), 1_000);
    assert_eq!(view(story.snapshot().serving[0].order[0]).endpoint.name, story.current().unwrap());
}
