//! The machine's own network fails, and comes back.

use zephyr_core::config::{Endpoint, StrategyKind};
use zephyr_core::engine::{Ask, EndpointId, Lease, Notice, Outcome, Reach, State};
use zephyr_core::failover::Class;
use zephyr_core::waiting::{Chosen, Waits, Wish};

use crate::story::{Story, told_to_wait};
use crate::support::{ASK, endpoint};

/// An endpoint of a provider of its own, somewhere else.
fn beyond(name: &str) -> Endpoint {
    let mut e = endpoint(name);
    e.url.host = format!("{}.example", name.to_lowercase());
    e.provider.clone_from(&e.url.host);
    e
}

fn story(names: &[&str]) -> Story {
    Story::new(StrategyKind::Priority, names.iter().map(|n| beyond(n)).collect())
}

fn no_route() -> Outcome {
    Outcome { reach: Reach::NoRoute, ..Outcome::of(Class::ConnectFailed) }
}

fn refused() -> Outcome {
    Outcome { reach: Reach::Refused, ..Outcome::of(Class::ConnectFailed) }
}

fn states(story: &Story) -> Vec<(State, u32)> {
    let views = story.snapshot().endpoints.into_iter();
    views.map(|e| (e.state, e.consecutive_failures)).collect()
}

fn lease_of(story: &mut Story, name: &str) -> Lease {
    let others = story.snapshot().endpoints.into_iter().filter(|e| e.endpoint.name != name);
    let tried: Vec<EndpointId> = others.map(|e| e.id).collect();
    story.choose(&Ask { tried: &tried, ..ASK }).unwrap()
}

fn said(story: &mut Story) -> Vec<Notice> {
    let notices = std::iter::from_fn(|| story.engine.poll_notice());
    notices
        .filter(|n| matches!(n, Notice::Offline | Notice::Online { .. } | Notice::NetworkChanged))
        .collect()
}

#[test]
fn everybody_silent_at_once_is_the_network_and_no_breaker_opens() {
    let mut story = story(&["A", "B"]);
    story.fail("A", Class::Ok);
    for _ in 0..3 {
        story.wait(1.0);
        story.fail("A", Class::ConnectFailed);
    }
    assert_eq!(story.view("A").state, State::Cooling, "so far it is A's own trouble");
    story.fail("B", Class::TimedOut);
    assert_eq!(story.snapshot().offline_unix_ms, Some(story.now().unix_ms));
    assert_eq!(states(&story), [(State::Up, 0), (State::Unknown, 0)], "what they failed for is taken back");
    for _ in 0..10 {
        story.wait(1.0);
        story.fail("A", Class::ConnectFailed);
        story.attempt("B", &no_route());
        story.probe("B", Class::ConnectFailed, 0, true);
    }
    assert_eq!(states(&story), [(State::Up, 0), (State::Unknown, 0)]);
    assert_eq!(
        (story.view("A").attempts, story.view("A").failures),
        (14, 13),
        "they are counted all the same"
    );
    story.wait(10.0);
    story.fail("B", Class::Ok);
    assert_eq!(story.snapshot().offline_unix_ms, None);
    assert_eq!(
        said(&mut story),
        [Notice::Offline, Notice::Online { after: std::time::Duration::from_secs(20) }]
    );
}

#[test]
fn an_answer_in_between_shows_that_it_is_the_endpoint() {
    let mut story = story(&["A", "B", "C"]);
    for _ in 0..3 {
        story.attempt("A", &no_route());
        story.fail("B", Class::ServerError);
        story.fail("B", Class::Ok);
    }
    assert_eq!((story.view("A").state, story.snapshot().offline_unix_ms), (State::Cooling, None));
    story.attempt("B", &no_route());
    assert_eq!(story.snapshot().offline_unix_ms, None, "A is not believed, and C may be well");
    story.attempt("C", &no_route());
    assert!(story.snapshot().offline_unix_ms.is_some());
    assert_eq!(story.view("A").state, State::Cooling, "that was its own");
}

#[test]
fn silences_at_different_times_are_the_endpoints_own() {
    let mut story = story(&["A", "B"]);
    for _ in 0..3 {
        story.fail("A", Class::ConnectFailed);
    }
    story.wait(11.0);
    story.fail("B", Class::ConnectFailed);
    assert_eq!((story.snapshot().offline_unix_ms, story.view("A").state), (None, State::Cooling));
}

#[test]
fn refusals_and_answers_of_any_kind_are_no_sign_of_a_missing_network() {
    let mut story = story(&["A", "B"]);
    for _ in 0..3 {
        story.attempt("A", &refused());
        story.attempt("B", &refused());
    }
    assert_eq!(states(&story), [(State::Cooling, 3), (State::Cooling, 3)]);
    assert_eq!(story.snapshot().offline_unix_ms, None);
}

#[test]
fn a_single_endpoint_is_believed_only_where_the_fault_is_this_machines() {
    let mut alone = story(&["A"]);
    for _ in 0..3 {
        alone.fail("A", Class::ConnectFailed);
    }
    assert_eq!((alone.view("A").state, alone.snapshot().offline_unix_ms), (State::Cooling, None));
    let mut alone = story(&["A"]);
    alone.attempt("A", &no_route());
    assert_eq!((alone.view("A").state, alone.snapshot().offline_unix_ms.is_some()), (State::Unknown, true));
}

#[test]
fn endpoints_of_one_provider_are_one_witness() {
    let mut same = beyond("B");
    same.provider = "a.example".to_owned();
    let mut story = Story::new(StrategyKind::Priority, vec![beyond("A"), same, beyond("C")]);
    for _ in 0..3 {
        story.fail("A", Class::TimedOut);
        story.fail("B", Class::TimedOut);
    }
    assert_eq!((story.view("A").state, story.snapshot().offline_unix_ms), (State::Cooling, None));
}

#[test]
fn endpoints_on_this_machine_prove_nothing_either_way() {
    let mut story = Story::new(StrategyKind::Priority, vec![endpoint("L"), beyond("A"), beyond("B")]);
    story.attempt("A", &no_route());
    story.attempt("B", &no_route());
    assert!(story.snapshot().offline_unix_ms.is_some());
    story.fail("L", Class::Ok);
    assert!(story.snapshot().offline_unix_ms.is_some(), "a local answer does not end it");
    story.cool("L");
    assert_eq!(story.view("L").state, State::Cooling, "a local failure is its own");
}

#[test]
fn who_fails_alone_whenever_others_answer_is_not_believed_again_before_it_answers() {
    let mut story = story(&["A", "B", "C"]);
    for _ in 0..4 {
        story.attempt("A", &no_route());
        story.attempt("B", &no_route());
        story.fail("C", Class::Ok);
    }
    assert_eq!(
        story.view("A").state,
        State::Cooling,
        "an address that is never reached is no network failure"
    );
    assert_eq!(said(&mut story).len(), 2, "it was taken for one once");
}

#[test]
fn a_changed_network_gives_everybody_another_chance() {
    let mut story = story(&["A", "B", "C"]);
    story.fail("C", Class::Ok);
    for _ in 0..3 {
        story.fail("A", Class::ConnectFailed);
    }
    story.attempt("B", &told_to_wait(Class::Overloaded, 600));
    let running = lease_of(&mut story, "C");
    let now = story.now();
    story.engine.probe_started(story.view("A").id, now);
    story.wait(1.0);
    story.engine.network_changed(story.now());
    assert_eq!(story.view("A").state, State::Degraded, "it may be reached on another way");
    assert_eq!(story.view("B").state, State::Cooling, "a stated time holds on every way");
    assert_eq!(story.engine.probe_due(story.now()).len(), 3);
    story.settle(running, Class::TimedOut);
    assert_eq!(
        states(&story)[2],
        (State::Up, 0),
        "what was on its way when the way was cut counts for nobody"
    );
}

#[test]
fn while_offline_it_is_tried_now_and_then_and_a_changed_network_ends_it() {
    let mut story = story(&["A", "B"]);
    assert!(story.engine.may_try(story.now()) && story.engine.may_try(story.now()));
    story.attempt("A", &no_route());
    story.attempt("B", &no_route());
    let since = story.snapshot().offline_unix_ms;
    assert!(!story.engine.may_try(story.now()));
    story.wait(5.0);
    assert!(story.engine.may_try(story.now()), "somebody has to find out");
    assert!(!story.engine.may_try(story.now()));
    assert_eq!(story.engine.probe_due(story.now()).len(), 2, "probes are sent more often than usual");
    story.wait(5.0);
    story.engine.network_changed(story.now());
    assert!(story.engine.may_try(story.now()));
    assert_eq!(story.snapshot().offline_unix_ms, None);
    story.attempt("A", &no_route());
    story.attempt("B", &no_route());
    assert_eq!(story.snapshot().offline_unix_ms, since, "nobody has answered since");
    assert_eq!(said(&mut story), [Notice::Offline, Notice::NetworkChanged]);
}

#[test]
fn limits_that_ended_while_the_machine_slept_are_over_when_it_wakes() {
    let mut story = story(&["A", "B"]);
    story.attempt("A", &told_to_wait(Class::RateLimited, 3_600));
    story.attempt("B", &told_to_wait(Class::RateLimited, 36_000));
    story.seconds += 7_200.0;
    story.engine.woke(story.now());
    assert_eq!((story.view("A").state, story.view("B").state), (State::Degraded, State::Exhausted));
}

#[test]
fn whoever_waits_without_a_network_is_told_that_it_is_the_network() {
    let mut story = story(&["A", "B"]);
    for name in ["A", "B"] {
        story.attempt(name, &no_route());
    }
    story.wait(0.1);
    let now = story.now();
    let why = |chosen| match chosen {
        Chosen::Waits(_, Waits::Suspended, why) => why.in_short(),
        other => panic!("{other:?}"),
    };
    let wish = Wish { request: "r1", ..Wish::default() };
    let mut ask = || story.engine.choose_or_wait(&ASK, &wish, now, &mut story.rng);
    // The first may try whether it is back.
    let _tries = ask();
    assert_eq!(why(ask()), "this machine's own network is down, as it seems");
    assert_eq!(story.engine.waiters(now)[0].why, "this machine's own network is down, as it seems");
}
