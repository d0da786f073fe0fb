//! When it is seen whether a limited endpoint is back.

use zephyr_core::config::{Auth, Endpoint, ProbeKind, StrategyKind, diff};
use zephyr_core::engine::{Command, State};
use zephyr_core::failover::Class;
use zephyr_core::time::Zone;

use crate::story::{Story, told_to_wait};
use crate::support::{endpoint, order, plan};

/// `A` is looked at in the first two minutes of each hour. Stories begin at 21:21:40 UTC.
fn hourly(change: impl FnOnce(&mut Endpoint)) -> Story {
    let mut a = endpoint("A");
    a.recover = Some("0-1 * * * *".to_owned());
    change(&mut a);
    let mut story = Story::new(StrategyKind::Priority, vec![a, endpoint("B")]);
    story.sent();
    story
}

/// Until which minute after the story's beginning, and what of `A` is due then.
fn next(story: &mut Story) -> (f64, ProbeKind) {
    for _ in 0..10_000 {
        let due = story.due();
        if let Some((_, kind)) = due.iter().find(|(name, _)| name == "A") {
            return (story.now().unix_ms as f64 / 60_000.0 % 60.0, *kind);
        }
        story.sent();
        story.wait(1.0);
    }
    panic!("nothing is due");
}

fn limited(story: &mut Story) {
    story.attempt("A", &told_to_wait(Class::RateLimited, 5 * 3_600));
}

#[test]
fn a_limited_endpoint_is_asked_at_the_stated_minutes_and_comes_back_when_it_answers() {
    let mut story = hourly(|_| {});
    limited(&mut story);
    assert!(story.view("A").recover_unix_ms.is_some());
    for minute in [0.0, 1.0] {
        assert_eq!(next(&mut story), (minute, ProbeKind::Messages));
        story.sent();
        story.probe("A", Class::RateLimited, 0, true);
        assert_eq!(story.view("A").state, State::Exhausted);
    }
    assert_eq!(next(&mut story), (0.0, ProbeKind::Messages), "the next hour");
    story.sent();
    story.measure("A", 50);
    let view = story.view("A");
    assert_eq!((view.state, view.recover_unix_ms, story.next()), (State::Up, None, "A".into()));
}

#[test]
fn the_minutes_are_those_of_the_machines_zone() {
    let mut story = hourly(|_| {});
    let now = story.now();
    story.engine.set_zone(Zone::new(5 * 3_600 + 1_800, &[]), now);
    limited(&mut story);
    assert_eq!(next(&mut story), (30.0, ProbeKind::Messages));
}

#[test]
fn the_probe_proves_whatever_is_sent_otherwise() {
    for (kind, sent) in [
        (ProbeKind::Connect, ProbeKind::Messages),
        (ProbeKind::Models, ProbeKind::Messages),
        (ProbeKind::Command, ProbeKind::Command),
    ] {
        let mut story = hourly(|a| a.probe.kind = kind);
        limited(&mut story);
        assert_eq!(next(&mut story), (0.0, sent));
    }
    let mut story = hourly(|a| a.probe.enabled = false);
    limited(&mut story);
    assert_eq!(next(&mut story), (0.0, ProbeKind::Messages), "it was asked for");
}

#[test]
fn nothing_is_asked_without_a_credential_a_limit_money_or_the_operators_will() {
    let mut theirs = hourly(|a| a.auth = Auth::Passthrough);
    theirs.attempt("A", &told_to_wait(Class::RateLimited, 5 * 3_600));
    assert_eq!(theirs.view("A").recover_unix_ms, None);

    let mut story = hourly(|_| {});
    story.fail("A", Class::AuthFailed);
    assert_eq!(story.view("A").recover_unix_ms, None, "a refused key is no limit");

    let mut story = hourly(|a| a.probe.enabled = false);
    limited(&mut story);
    let (a, now) = (story.view("A").id, story.now());
    story.engine.probe_cost(a, 100_000_000, now);
    story.wait(3_000.0);
    assert!(story.due().iter().all(|(name, _)| name != "A"), "the day's money is spent");

    let mut story = hourly(|_| {});
    limited(&mut story);
    story.command(Command::Pause(Some("A".into()))).unwrap();
    story.wait(3_000.0);
    assert!(story.due().iter().all(|(name, _)| name != "A"));
}

#[test]
fn a_reload_takes_another_expression_up() {
    let mut story = hourly(|_| {});
    limited(&mut story);
    let mut a = endpoint("A");
    a.recover = Some("45 * * * *".to_owned());
    let new = plan(StrategyKind::Priority, vec![a, endpoint("B")]);
    story.engine.apply(&diff(&story.plan, &new), &order(&new), story.now());
    assert_eq!(next(&mut story), (45.0, ProbeKind::Messages));
}
