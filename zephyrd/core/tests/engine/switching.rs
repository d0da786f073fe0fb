//! Who serves, and when that changes.

use zephyr_core::config::{Auth, Dialect, StrategyKind};
use zephyr_core::engine::{Ask, AskKind, State, WhyNot};
use zephyr_core::failover::Class;

use crate::story::{Story, good, told_to_wait};
use crate::support::{ASK, endpoint};

fn three(strategy: StrategyKind) -> Story {
    Story::new(strategy, vec![endpoint("A"), endpoint("B"), endpoint("C")])
}

#[test]
fn the_first_in_the_file_serves_until_something_is_measured_and_then_the_fastest() {
    let mut story = three(StrategyKind::Fastest);
    assert_eq!((story.next(), story.why()), ("A".into(), "fastest: nothing measured yet".into()));
    story.measure("A", 200);
    story.measure("B", 140);
    story.measure("C", 180);
    assert_eq!(story.order(), ["B", "C", "A"]);
    assert_eq!(story.why(), "fastest: 140 ms, 40 ms ahead of C");
    assert_eq!(story.switches(), [Some("A".into()), Some("B".into())]);
}

#[test]
fn fastest_stays_while_the_other_is_better_by_less_than_the_threshold() {
    let mut story = three(StrategyKind::Fastest);
    for (name, latency) in [("A", 100), ("B", 200), ("C", 300)] {
        story.measure(name, latency);
    }
    (0..5).for_each(|_| story.measure("B", 51));
    assert_eq!(story.current().as_deref(), Some("A"));
    assert_eq!(story.why(), "fastest: 100 ms, B is only 49 ms ahead (threshold 50 ms)");
    (0..5).for_each(|_| story.measure("B", 50));
    assert_eq!(story.current().as_deref(), Some("B"));
}

#[test]
fn one_slow_answer_does_not_make_it_flap() {
    let mut story = three(StrategyKind::Fastest);
    for _ in 0..3 {
        story.measure("A", 100);
        story.measure("B", 160);
    }
    story.switches();
    story.attempt("A", &good(9_000));
    story.measure("A", 9_000);
    assert!(story.switches().is_empty());
    story.measure("A", 9_000);
    assert_eq!(story.switches(), [Some("B".into())]);
}

#[test]
fn priority_cheapest_and_tiers_order_as_they_say() {
    let mut endpoints = vec![endpoint("A"), endpoint("B"), endpoint("C")];
    endpoints[0].priority = 3;
    (endpoints[1].price, endpoints[1].tier) = (0.5, 2);
    (endpoints[2].price, endpoints[2].priority) = (0.8, 2);
    let story = Story::new(StrategyKind::Priority, endpoints.clone());
    assert_eq!((story.order(), story.why()), (vec!["C".into(), "A".into(), "B".into()], "priority 2".into()));
    let story = Story::new(StrategyKind::Cheapest, endpoints.clone());
    assert_eq!(
        (story.order(), story.why()),
        (vec!["C".into(), "A".into(), "B".into()], "cheapest: price 0.8".into())
    );
    endpoints.iter_mut().for_each(|e| e.tier = 1);
    assert_eq!(Story::new(StrategyKind::Cheapest, endpoints).order(), ["B", "C", "A"]);
}

#[test]
fn among_equal_prices_the_faster_is_taken_with_the_same_threshold() {
    let mut story = three(StrategyKind::Cheapest);
    story.measure("A", 200);
    story.measure("B", 160);
    assert_eq!(story.current().as_deref(), Some("A"));
    story.measure("C", 120);
    assert_eq!(story.current().as_deref(), Some("C"));
}

#[test]
fn a_failing_endpoint_rests_and_comes_back_through_one_trial_at_a_time() {
    let mut story = three(StrategyKind::Priority);
    story.cool("A");
    assert_eq!((story.view("A").state, story.next()), (State::Cooling, "B".into()));
    story.wait(59.0);
    assert_eq!(story.next(), "B");
    story.wait(8.0);
    assert_eq!((story.view("A").state, story.current()), (State::Degraded, Some("B".into())));
    let mut trial = story.lease();
    let during = story.lease();
    assert_eq!((trial.endpoint.name.as_str(), during.endpoint.name.as_str()), ("A", "B"));
    let now = story.now();
    story.engine.begun(&mut trial, None, now);
    assert_eq!((story.view("A").state, story.current()), (State::Up, Some("B".into())));
    story.settle(trial, Class::Ok);
    story.settle(during, Class::Ok);
    assert_eq!(story.view("A").attempts, 4);
    story.wait(30.0);
    assert_eq!((story.next(), story.current()), ("A".into(), Some("A".into())));
}

#[test]
fn a_cancelled_trial_gives_its_permit_back() {
    let mut story = Story::new(StrategyKind::Priority, vec![endpoint("A")]);
    story.cool("A");
    story.wait(70.0);
    let trial = story.lease();
    assert!(story.choose(&ASK).is_err());
    story.settle(trial, Class::Cancelled);
    assert_eq!(story.next(), "A");
}

#[test]
fn when_all_rest_the_one_that_rests_least_is_tried_once_at_a_time() {
    let mut story = three(StrategyKind::Priority);
    story.cool("B");
    story.wait(5.0);
    story.cool("A");
    story.attempt("C", &told_to_wait(Class::RateLimited, 5_000));
    assert_eq!(
        (story.current(), story.why().as_str()),
        (None, "nothing usable: A cooling, B cooling, C exhausted")
    );
    let resort = story.lease();
    assert_eq!((resort.endpoint.name.as_str(), resort.last_resort, resort.alternatives), ("B", true, 0));
    let second = story.lease();
    assert_eq!(second.endpoint.name, "A");
    let refusal = story.choose(&ASK).unwrap_err();
    assert!(matches!(refusal.why[2].1, WhyNot::State(State::Exhausted, Some(_))));
    assert!(refusal.retry_after.unwrap().as_secs() < 66);
    story.settle(resort, Class::Ok);
    assert_eq!((story.view("B").state, story.current()), (State::Up, Some("B".into())));
    story.settle(second, Class::ServerError);
    assert_eq!(story.view("A").state, State::Cooling);
}

#[test]
fn hard_states_are_never_a_last_resort_and_say_how_long_they_last() {
    let mut story = Story::new(StrategyKind::Fastest, vec![endpoint("A")]);
    story.attempt("A", &told_to_wait(Class::RateLimited, 7));
    let refusal = story.choose(&ASK).unwrap_err();
    assert_eq!(refusal.retry_after.unwrap().as_secs(), 7);
    story.wait(7.0);
    assert_eq!(story.next(), "A");
}

#[test]
fn requests_without_a_credential_pass_by_the_endpoints_that_need_one() {
    let mut mine = endpoint("A");
    mine.auth = Auth::Passthrough;
    let mut story = Story::new(StrategyKind::Priority, vec![mine, endpoint("B")]);
    assert_eq!(story.next(), "B");
    let lease = story.choose(&Ask { client_credential: Some(1), ..ASK }).unwrap();
    assert_eq!((lease.endpoint.name.as_str(), lease.alternatives), ("A", 1));
    story.settle(lease, Class::AuthFailed);
    assert_eq!(story.view("A").state, State::Unknown);
}

#[test]
fn a_used_up_subscription_yields_to_the_key_for_its_own_client_alone() {
    let mut mine = endpoint("Subscription");
    mine.auth = Auth::Passthrough;
    let mut story = Story::new(StrategyKind::Priority, vec![mine, endpoint("Key")]);
    let (one, two) = (Ask { client_credential: Some(1), ..ASK }, Ask { client_credential: Some(2), ..ASK });
    let lease = story.choose(&one).unwrap();
    assert_eq!(lease.endpoint.name, "Subscription");
    story.settle(lease, Class::RateLimited);
    for (ask, name) in [(&one, "Key"), (&two, "Subscription")] {
        let lease = story.choose(ask).unwrap();
        assert_eq!(lease.endpoint.name, name);
        story.settle(lease, Class::Ok);
    }
    story.wait(31.0);
    let lease = story.choose(&one).unwrap();
    assert_eq!(lease.endpoint.name, "Subscription");
    story.settle(lease, Class::Ok);
}

#[test]
fn a_limited_client_still_gets_the_only_endpoints_own_word() {
    let mut mine = endpoint("Subscription");
    mine.auth = Auth::Passthrough;
    let mut story = Story::new(StrategyKind::Priority, vec![mine]);
    for _ in 0..2 {
        let lease = story.choose(&Ask { client_credential: Some(1), ..ASK }).unwrap();
        story.settle(lease, Class::RateLimited);
    }
}

#[test]
fn each_dialect_has_its_own_order() {
    let mut chat = endpoint("B");
    chat.dialect = Dialect::OpenaiChat;
    let mut story = Story::new(StrategyKind::Fastest, vec![endpoint("A"), chat]);
    let lease = story.choose(&Ask { dialect: Some(Dialect::OpenaiChat), ..ASK }).unwrap();
    assert_eq!((lease.endpoint.name.as_str(), lease.alternatives), ("B", 0));
    story.settle(lease, Class::Ok);
    let refusal = story.choose(&Ask { dialect: Some(Dialect::OpenaiResponses), ..ASK }).unwrap_err();
    assert!(refusal.why.iter().all(|(_, why)| *why == WhyNot::Dialect));
    let any = story.choose(&Ask { dialect: None, ..ASK }).unwrap();
    assert_eq!(any.endpoint.name, "A");
    story.settle(any, Class::Ok);
}

#[test]
fn other_paths_go_to_the_default_group_in_file_order() {
    let mut endpoints = vec![endpoint("A"), endpoint("B"), endpoint("C")];
    for e in &mut endpoints[1..] {
        (e.group, e.default_group, e.tier) = ("second".to_owned(), true, 2);
    }
    let mut story = Story::new(StrategyKind::Fastest, endpoints);
    story.measure("C", 1);
    let other = Ask { kind: AskKind::Other, dialect: None, ..ASK };
    let lease = story.choose(&other).unwrap();
    assert_eq!((lease.endpoint.name.as_str(), lease.alternatives), ("B", 1));
    story.settle(lease, Class::ConnectFailed);
    story.cool("B");
    let lease = story.choose(&other).unwrap();
    assert_eq!(lease.endpoint.name, "C");
    story.settle(lease, Class::Ok);
    story.fail("C", Class::Misconfigured);
    story.cool("A");
    assert_eq!(story.choose(&other).unwrap().endpoint.name, "B");
}
