//! Why requests went where they went.

use zephyr_core::config::{Dialect, StrategyKind};
use zephyr_core::engine::{Ask, AskKind, Command, Reason, State, WhyNot};
use zephyr_core::failover::Class;

use crate::story::Story;
use crate::support::{ASK, endpoint};

/// A and B in tier 1, C in tier 2.
fn story(strategy: StrategyKind) -> Story {
    let mut spare = endpoint("C");
    (spare.group, spare.tier) = ("spare".to_owned(), 2);
    let mut first = endpoint("A");
    first.max_concurrent = Some(1);
    Story::new(strategy, vec![first, endpoint("B"), spare])
}

#[test]
fn each_choice_says_by_what_it_was_made() {
    let mut story = story(StrategyKind::Priority);
    let first = story.lease();
    assert_eq!((first.endpoint.name.as_str(), first.decision.reason), ("A", Reason::Current));
    let second = story.lease();
    assert_eq!((second.endpoint.name.as_str(), second.decision.reason), ("B", Reason::Next));
    assert_eq!(second.decision.passed_over, [("A".to_owned(), WhyNot::Busy)]);
    let tried = [first.id];
    let again = story.choose(&Ask { tried: &tried, ..ASK }).unwrap();
    assert_eq!(again.decision.passed_over, [("A".to_owned(), WhyNot::Tried)]);
    let same = story.engine.choose_same(second.id, &ASK, story.now()).unwrap();
    assert_eq!(same.decision.reason, Reason::Same);
    let other = story.choose(&Ask { kind: AskKind::Other, dialect: None, ..ASK }).unwrap();
    assert_eq!(other.decision.reason, Reason::DefaultGroup);
    for lease in [first, second, again, same, other] {
        story.settle(lease, Class::Cancelled);
    }
}

#[test]
fn a_trial_and_a_last_resort_are_told_as_such() {
    let mut story = story(StrategyKind::Priority);
    story.cool("A");
    story.wait(70.0);
    let trial = story.lease();
    assert_eq!((trial.endpoint.name.as_str(), trial.decision.reason), ("A", Reason::Trial));
    story.settle(trial, Class::ServerError);
    story.cool("B");
    story.cool("C");
    let last = story.lease();
    assert_eq!(last.decision.reason, Reason::LastResort);
    assert_eq!(last.decision.lineup.out.len(), 3, "{:?}", last.decision.lineup);
    story.settle(last, Class::Cancelled);
}

#[test]
fn the_lineup_is_shared_until_somebody_comes_or_goes() {
    let mut story = story(StrategyKind::LeastBusy);
    let (a, b) = (story.lease(), story.lease());
    assert_eq!((a.decision.reason, a.decision.lineup.order.len()), (Reason::Turn, 3));
    assert!(std::sync::Arc::ptr_eq(&a.decision.lineup, &b.decision.lineup));
    story.command(Command::Pause(Some("B".into()))).unwrap();
    let c = story.lease();
    assert_eq!(c.decision.lineup.out, [("B".to_owned(), WhyNot::Paused)]);
    for lease in [a, b, c] {
        story.settle(lease, Class::Cancelled);
    }
}

#[test]
fn a_route_names_every_endpoint_and_changes_nothing() {
    let mut story = story(StrategyKind::Priority);
    story.fail("B", Class::AuthFailed);
    story.command(Command::Pause(Some("spare".into()))).unwrap();
    let before = story.snapshot();
    let routes = story.engine.route(&ASK, story.now());
    assert_eq!(story.snapshot(), before);
    let told: Vec<_> = routes.iter().map(|r| (r.endpoint.as_str(), r.first)).collect();
    assert_eq!(told, [("A", true), ("B", false), ("C", false)]);
    assert!(matches!(routes[1].why_not, Some(WhyNot::State(State::AuthFailed, Some(_)))));
    assert_eq!(routes[2].why_not, Some(WhyNot::Paused));
    let other = Ask::inference(Dialect::OpenaiChat);
    assert!(story.engine.route(&other, story.now()).iter().all(|r| r.why_not == Some(WhyNot::Dialect)));
}
