//! Pins, pauses, drains, and what of them survives.

use zephyr_core::config::{Dialect, StrategyKind, diff};
use zephyr_core::engine::{Admin, Ask, Command, Engine, Mode, Notice, Refusal, State, WhyNot};
use zephyr_core::failover::Class;

use crate::story::Story;
use crate::support::{ASK, endpoint, order, plan};

/// A and B in tier 1, C in group `spare` of tier 2.
fn story() -> Story {
    let mut spare = endpoint("C");
    (spare.group, spare.tier) = ("spare".to_owned(), 2);
    Story::new(StrategyKind::Fastest, vec![endpoint("A"), endpoint("B"), spare])
}

fn pause(name: &str) -> Command {
    Command::Pause(Some(name.to_owned()))
}

fn resume(name: &str) -> Command {
    Command::Resume(Some(name.to_owned()))
}

#[test]
fn a_pin_beats_latency_and_tier_at_once_and_unpin_gives_them_back() {
    let mut story = story();
    story.measure("A", 10);
    let running = story.lease();
    story.pin("C", false);
    assert_eq!((story.next(), story.why(), story.order()), ("C".into(), "pinned".into(), vec!["C".into()]));
    assert_eq!((story.view("C").admin, running.endpoint.name.as_str()), (Admin::Pinned, "A"));
    story.settle(running, Class::Ok);
    story.command(Command::Unpin).unwrap();
    assert_eq!(story.next(), "A");
    assert_eq!(story.command(Command::Unpin), Err(Refusal::NotPinned));
}

#[test]
fn a_pin_without_fallback_ignores_soft_trouble_and_answers_hard_trouble_at_once() {
    let mut story = story();
    story.pin("C", false);
    story.cool("C");
    assert_eq!((story.view("C").state, story.next()), (State::Cooling, "C".into()));
    assert_eq!(story.why(), "pinned, though cooling");
    assert!(story.lease().last_resort);
    story.fail("C", Class::AuthFailed);
    let why = story.nobody();
    assert_eq!((why[0].1, why[1].1), (WhyNot::NotPinned, WhyNot::NotPinned));
    assert!(matches!(why[2].1, WhyNot::State(State::AuthFailed, Some(_))));
    assert_eq!(story.why(), "nothing usable: pinned `C` is auth-failed");
}

#[test]
fn a_pin_with_fallback_leaves_only_while_its_target_is_down() {
    let mut story = story();
    story.measure("B", 10);
    story.pin("C", true);
    assert_eq!(story.order(), ["C", "B", "A"]);
    story.fail("C", Class::Misconfigured);
    assert_eq!((story.next(), story.why()), ("B".into(), "fallback: pinned `C` is misconfigured".into()));
    story.measure("C", 900);
    assert_eq!(story.next(), "C");
}

#[test]
fn a_pinned_group_is_chosen_from_by_the_strategy() {
    let mut story = story();
    story.measure("C", 1);
    story.measure("B", 10);
    story.pin("main", false);
    assert_eq!(story.order(), ["B", "A"]);
}

#[test]
fn a_pin_holds_only_in_the_dialects_of_its_target() {
    let mut chat = endpoint("D");
    chat.dialect = Dialect::OpenaiChat;
    let mut story = Story::new(StrategyKind::Fastest, vec![endpoint("A"), chat]);
    story.pin("A", false);
    let lease = story.choose(&Ask { dialect: Some(Dialect::OpenaiChat), ..ASK }).unwrap();
    assert_eq!(lease.endpoint.name, "D");
}

#[test]
fn paused_wins_over_pinned_and_says_so() {
    let mut story = story();
    story.pin("C", false);
    story.command(pause("C")).unwrap();
    assert_eq!(story.why(), "nothing usable: pinned `C` is paused");
    assert_eq!(story.nobody()[2].1, WhyNot::Paused);
    assert_eq!(story.view("C").admin, Admin::Paused);
}

#[test]
fn a_paused_endpoint_gets_no_new_request_and_its_running_ones_end_as_they_will() {
    let mut story = story();
    let running = story.lease();
    story.command(Command::Drain("A".to_owned())).unwrap();
    assert_eq!(
        (story.next(), story.view("A").admin, story.view("A").in_flight),
        ("B".into(), Admin::Drained, 1)
    );
    story.settle(running, Class::Ok);
    assert_eq!((story.view("A").in_flight, story.view("A").state), (0, State::Up));
    story.command(resume("A")).unwrap();
    assert_eq!(story.order(), ["B", "A", "C"]);
    assert_eq!(story.command(resume("A")), Err(Refusal::NotPaused { name: Some("A".into()) }));
}

#[test]
fn one_endpoint_of_a_paused_group_can_be_resumed_alone() {
    let mut story = story();
    story.command(pause("main")).unwrap();
    assert_eq!(story.next(), "C");
    story.command(resume("B")).unwrap();
    assert_eq!((story.next(), story.view("A").admin), ("B".into(), Admin::Paused));
    story.command(resume("main")).unwrap();
    assert_eq!(story.view("A").admin, Admin::Auto);
}

#[test]
fn an_unknown_name_is_refused_with_the_nearest_known_one() {
    let mut story =
        Story::new(StrategyKind::Fastest, vec![endpoint("Provider-A-1"), endpoint("Provider-A-2")]);
    let refusal = story.command(Command::Pin { name: "provider-a2".into(), fallback: false }).unwrap_err();
    let nearest = Some("Provider-A-2".to_owned());
    assert_eq!(refusal, Refusal::UnknownName { name: "provider-a2".into(), nearest });
    let refusal = story.command(pause("zzz")).unwrap_err();
    assert_eq!(refusal, Refusal::UnknownName { name: "zzz".into(), nearest: None });
    assert_eq!(story.snapshot().mode, Mode::Auto);
}

#[test]
fn pins_and_pauses_survive_a_restart_as_far_as_their_names_do() {
    let mut story = story();
    story.pin("C", true);
    story.command(pause("A")).unwrap();
    story.command(Command::Pause(None)).unwrap();
    let memory = story.engine.memory(story.now());
    let mut next = Engine::new(&story.plan, story.now());
    next.restore(&memory, story.now());
    assert_eq!(next.memory(story.now()), memory);
    assert_eq!(next.snapshot(story.now()).endpoints[0].admin, Admin::Paused);

    let smaller = plan(StrategyKind::Fastest, vec![endpoint("B")]);
    let mut next = Engine::new(&smaller, story.now());
    next.restore(&memory, story.now());
    assert_eq!((next.memory(story.now()).mode, next.memory(story.now()).paused.len()), (Mode::Auto, 0));
    assert!(next.memory(story.now()).monitoring_paused);
}

#[test]
fn a_pinned_name_that_leaves_the_config_is_unpinned_with_a_notice() {
    let mut story = story();
    story.pin("C", false);
    let new = plan(StrategyKind::Fastest, vec![endpoint("A"), endpoint("B")]);
    story.engine.apply(&diff(&story.plan, &new), &order(&new), story.now());
    assert_eq!((story.snapshot().mode, story.next()), (Mode::Auto, "A".into()));
    let mut notices = std::iter::from_fn(|| story.engine.poll_notice());
    assert!(notices.any(|n| n == Notice::PinDropped { name: "C".into() }));
}

#[test]
fn a_reload_keeps_health_and_who_serves_but_not_across_another_url() {
    let mut story = story();
    for (name, latency) in [("A", 100), ("B", 90)] {
        story.measure(name, latency);
    }
    let running = story.lease();
    assert_eq!(running.endpoint.name, "A");
    let mut moved = endpoint("B");
    moved.url.port = 1;
    let mut weighty = endpoint("A");
    weighty.weight = 9;
    let new = plan(StrategyKind::Fastest, vec![endpoint("N"), moved, weighty]);
    story.engine.apply(&diff(&story.plan, &new), &order(&new), story.now());
    assert_eq!((story.view("A").in_flight, story.view("A").state), (1, State::Up));
    assert_eq!((story.view("A").endpoint.index, story.view("A").endpoint.weight), (2, 9));
    assert_eq!(story.view("B").state, State::Unknown);
    assert_eq!(story.current().as_deref(), Some("A"));
    story.settle(running, Class::Ok);
    assert_eq!(story.view("A").in_flight, 0);
}
