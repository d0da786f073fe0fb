//! When failures close an endpoint to requests, and how it comes back.

use zephyr_core::config::{Auth, Change, Selection, StrategyKind};
use zephyr_core::engine::{Ask, Outcome, Reason, State};
use zephyr_core::failover::Class;

use crate::story::{Story, good};
use crate::support::{ASK, endpoint, ms, order};

fn two(strategy: StrategyKind) -> Story {
    Story::new(strategy, vec![endpoint("A"), endpoint("B")])
}

/// `A` failed, rested, and has just answered again. Conversations go where the strategy sends them.
fn back(mut story: Story) -> Story {
    let selection = Selection { affinity: false, ..story.plan.selection };
    let change = Change::Selection(selection, story.plan.server.switch_threshold);
    let now = story.now();
    story.engine.apply(&[change], &order(&story.plan), now);
    story.cool("A");
    story.wait(70.0);
    story.attempt("A", &good(100));
    story
}

/// How many of so many requests with a conversation each go to `A`.
fn share(story: &mut Story, requests: u64) -> u64 {
    let mut to_a = 0;
    for session in 0..requests {
        let session = Some(session.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let lease = story.choose(&Ask { session, ..ASK }).unwrap();
        to_a += u64::from(lease.endpoint.name == "A");
        story.settle(lease, Class::Cancelled);
    }
    to_a
}

#[test]
fn each_rest_in_a_row_is_longer_and_the_state_shows_it() {
    let mut story = two(StrategyKind::Priority);
    story.cool("A");
    for (doublings, seconds) in [60.0, 120.0, 240.0, 300.0, 300.0].into_iter().enumerate() {
        let view = story.view("A");
        let left = (view.until_unix_ms.unwrap() - story.now().unix_ms) as f64 / 1000.0;
        assert!((seconds..=seconds * 1.1).contains(&left), "{left}");
        assert_eq!((view.state, view.doublings as usize, view.on_trial), (State::Cooling, doublings, false));
        story.wait(left + 0.1);
        assert_eq!((story.view("A").state, story.view("A").on_trial), (State::Degraded, true));
        story.fail("A", Class::ServerError);
    }
}

#[test]
fn an_endpoint_that_fails_more_often_than_not_rests_though_no_three_fail_in_a_row() {
    let mut story = two(StrategyKind::Priority);
    for class in [Class::ServerError, Class::Ok, Class::ServerError, Class::Ok] {
        story.fail("A", class);
    }
    assert_eq!(story.view("A").state, State::Up);
    story.fail("A", Class::TimedOut);
    assert_eq!((story.view("A").state, story.next()), (State::Cooling, "B".into()));
}

#[test]
fn the_last_that_a_request_could_use_is_spared_while_it_answers_at_all() {
    let mut theirs = endpoint("B");
    theirs.auth = Auth::Passthrough;
    let mut story = Story::new(StrategyKind::Priority, vec![endpoint("A"), theirs]);
    story.attempt("A", &good(100));
    let mut fail = |credential| {
        let lease = story.choose(&Ask { client_credential: credential, ..ASK }).unwrap();
        story.settle(lease, Class::ServerError);
        story.view("A").state
    };
    assert!((0..5).all(|_| fail(None) == State::Degraded), "without a credential B is nobody");
    assert_eq!(fail(Some(7)), State::Cooling, "with one it is");
}

#[test]
fn the_last_one_rests_too_when_nothing_comes_from_it_and_is_then_the_last_resort() {
    let mut story = Story::new(StrategyKind::Priority, vec![endpoint("A")]);
    story.cool("A");
    assert_eq!(story.view("A").state, State::Cooling);
    let resort = story.lease();
    assert!(resort.last_resort);
    story.settle(resort, Class::Ok);
    assert_eq!(story.view("A").state, State::Up);
}

#[test]
fn streams_that_begin_well_and_break_off_each_time_close_it() {
    let mut story = two(StrategyKind::Priority);
    for state in [State::Degraded, State::Degraded, State::Cooling] {
        let mut lease = story.lease();
        let now = story.now();
        story.engine.begun(&mut lease, None, now);
        assert_eq!(story.view("A").state, State::Up);
        story.engine.settle(lease, &Outcome::of(Class::Cut), now);
        assert_eq!(story.view("A").state, state);
    }
}

#[test]
fn what_fails_late_of_before_the_rest_does_not_fail_the_trial() {
    let mut story = two(StrategyKind::Priority);
    let late = story.lease();
    story.wait(1.0);
    story.cool("A");
    story.wait(70.0);
    story.settle(late, Class::TimedOut);
    let view = story.view("A");
    assert_eq!((view.state, view.on_trial, view.failures), (State::Degraded, true, 4));
}

#[test]
fn who_is_back_after_failures_takes_over_conversation_by_conversation() {
    let mut story = back(two(StrategyKind::Priority));
    assert!(story.view("A").slow_start_until_unix_ms.is_some());
    let mut before = 0;
    for (passed, least, most) in [(0.0, 60, 140), (10.0, 350, 450), (10.0, 650, 750), (9.0, 930, 990)] {
        story.wait(passed);
        assert_eq!(story.current().as_deref(), Some("B"));
        let now = share(&mut story, 1_000);
        assert!((least..=most).contains(&now) && now > before, "{now}");
        before = now;
    }
    story.wait(1.0);
    assert_eq!((share(&mut story, 1_000), story.current().as_deref()), (1_000, Some("A")));
    assert_eq!(story.view("A").slow_start_until_unix_ms, None);
}

#[test]
fn a_conversation_moves_once_while_the_share_grows() {
    let mut story = back(two(StrategyKind::Priority));
    let began = story.seconds;
    let mut moves = 0;
    for session in 0..50 {
        let asked = (0..31).map(|second| {
            story.seconds = began + f64::from(second) * 0.9;
            let lease = story.choose(&Ask { session: Some(session), ..ASK }).unwrap();
            let name = lease.endpoint.name.clone();
            assert_eq!(lease.decision.reason == Reason::SlowStart, name == "A");
            story.settle(lease, Class::Cancelled);
            name
        });
        let names: Vec<String> = asked.collect();
        assert!(names.is_sorted_by(|before, after| before >= after), "from B to A at most: {names:?}");
        moves += usize::from(names.first() != names.last());
    }
    assert!(moves > 30, "{moves} of 50 have moved within 27 s");
}

#[test]
fn where_each_request_is_placed_anew_the_share_grows_with_the_weight() {
    for strategy in [StrategyKind::RoundRobin, StrategyKind::Random, StrategyKind::LeastBusy] {
        let mut story = back(two(strategy));
        story.measure("B", 100);
        let first = share(&mut story, 400);
        assert!((1..100).contains(&first), "{strategy:?}: {first} of 400");
        story.wait(30.0);
        let whole = share(&mut story, 400);
        assert!((150..250).contains(&whole), "{strategy:?}: {whole} of 400");
    }
}

#[test]
fn a_better_tier_that_is_back_is_not_flooded_either() {
    for strategy in [StrategyKind::Fastest, StrategyKind::Random] {
        let mut spare = endpoint("B");
        (spare.group, spare.tier) = ("spare".to_owned(), 2);
        let mut story = back(Story::new(strategy, vec![endpoint("A"), spare]));
        let first = share(&mut story, 400);
        assert!((15..80).contains(&first), "{strategy:?}: {first} of 400");
        story.wait(30.0);
        assert_eq!(share(&mut story, 400), 400, "{strategy:?}");
    }
}

#[test]
fn who_is_alone_or_pinned_has_its_whole_share_at_once() {
    let mut story = back(Story::new(StrategyKind::Random, vec![endpoint("A")]));
    assert_eq!(share(&mut story, 50), 50);
    let mut story = two(StrategyKind::Priority);
    story.pin("A", true);
    let mut story = back(story);
    assert_eq!(share(&mut story, 50), 50);
}

#[test]
fn who_was_limited_and_did_not_fail_comes_back_whole() {
    let mut story = two(StrategyKind::Priority);
    story.fail("A", Class::RateLimited);
    story.wait(31.0);
    story.attempt("A", &good(100));
    assert_eq!((share(&mut story, 50), story.view("A").slow_start_until_unix_ms), (50, None));
}

#[test]
fn an_answer_to_what_was_sent_before_the_failures_is_no_news() {
    let mut story = two(StrategyKind::Priority);
    let (mut slow, whole) = (story.lease(), story.lease());
    story.wait(1.0);
    (0..2).for_each(|_| story.fail("A", Class::ServerError));
    story.wait(1.0);
    let now = story.now();
    story.engine.begun(&mut slow, Some(ms(2_000)), now);
    story.settle(slow, Class::Ok);
    story.settle(whole, Class::Ok);
    assert_eq!(story.view("A").consecutive_failures, 2);
    story.fail("A", Class::ServerError);
    assert_eq!(story.view("A").state, State::Cooling);
}
