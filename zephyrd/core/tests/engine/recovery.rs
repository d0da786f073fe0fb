//! When it is seen whether a limited endpoint is back.

use zephyr_core::config::{Auth, Endpoint, ProbeKind, StrategyKind, diff};
use zephyr_core::engine::{Ask, Command, Notice, State, Verdict};
use zephyr_core::failover::Class;
use zephyr_core::time::Zone;

use crate::story::{Story, told_to_wait};
use crate::support::{ASK, endpoint, ms, order, plan};

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

/// `A` is limited for this model, and for no other.
fn limited_for(story: &mut Story, model: &str) {
    let lease = story.choose(&Ask { model, ..ASK }).unwrap();
    assert_eq!(lease.endpoint.name, "A");
    story.engine.settle(lease, &told_to_wait(Class::RateLimited, 5 * 3_600), story.now());
}

/// The models that the probes of `A` ask for that are due now.
fn asked(story: &Story) -> Vec<String> {
    let due = story.engine.probe_due(story.now()).into_iter();
    due.filter(|(_, e, _)| e.name == "A").map(|(_, e, _)| e.probe.model.clone()).collect()
}

/// What a probe of `A` with this model found.
fn probed(story: &mut Story, model: &str, class: Class) {
    let (id, latency) = (story.view("A").id, (class == Class::Ok).then_some(ms(50)));
    let verdict = Verdict { latency, proves: true, model: Some(model.to_owned()), ..Verdict::of(class) };
    story.engine.probed(id, &verdict, story.now());
}

/// The models of which it was told since the last call that `A` serves them again.
fn lifted(story: &mut Story) -> Vec<String> {
    let notices = std::iter::from_fn(|| story.engine.poll_notice());
    let lifted = notices.filter_map(|notice| match notice {
        Notice::Lifted { endpoint, model } if endpoint == "A" => Some(model),
        _ => None,
    });
    lifted.collect()
}

fn limits(story: &Story) -> Vec<String> {
    story.view("A").limits.into_iter().map(|limit| limit.model).collect()
}

#[test]
fn a_limited_model_is_asked_for_itself_and_comes_back_when_it_answers() {
    let mut story = hourly(|a| a.probe.enabled = false);
    limited_for(&mut story, "opus");
    limited_for(&mut story, "sonnet");
    assert!(story.view("A").recover_unix_ms.is_some());
    assert_eq!(next(&mut story), (0.0, ProbeKind::Messages));
    assert_eq!(asked(&story), ["opus", "sonnet"]);
    story.sent();
    assert!(asked(&story).is_empty());
    probed(&mut story, "opus", Class::RateLimited);
    probed(&mut story, "sonnet", Class::Ok);
    assert_eq!(limits(&story), ["opus"], "and no other's");
    assert_eq!(lifted(&mut story), ["sonnet"]);
    assert_eq!(story.view("A").latency, None, "another model's time is no measure");
    while asked(&story) != ["opus"] {
        story.sent();
        story.wait(1.0);
    }
    story.sent();
    probed(&mut story, "opus", Class::Ok);
    let view = story.view("A");
    assert_eq!((view.limits.len(), view.recover_unix_ms), (0, None));
    assert_eq!(story.choose(&Ask { model: "opus", ..ASK }).unwrap().endpoint.name, "A");
}

#[test]
fn a_whole_endpoints_limit_is_asked_about_besides_that_of_its_models() {
    let mut story = hourly(|a| a.probe.model = "haiku".to_owned());
    limited_for(&mut story, "opus");
    limited(&mut story);
    assert_eq!(next(&mut story), (0.0, ProbeKind::Messages));
    assert_eq!(asked(&story), ["haiku", "opus"]);
}

#[test]
fn a_model_that_is_only_doubted_and_a_command_that_asks_for_none_are_left_alone() {
    let mut doubted = hourly(|_| {});
    let lease = doubted.choose(&Ask { model: "opus", ..ASK }).unwrap();
    doubted.settle(lease, Class::ModelMissing);
    assert_eq!((limits(&doubted), doubted.view("A").recover_unix_ms), (vec!["opus".to_owned()], None));

    let mut command = hourly(|a| a.probe.kind = ProbeKind::Command);
    limited_for(&mut command, "opus");
    assert_eq!(command.view("A").recover_unix_ms, None);
}

#[test]
fn what_an_earlier_process_knew_of_a_models_limit_is_asked_about_too() {
    let mut story = hourly(|_| {});
    limited_for(&mut story, "opus");
    let memory = story.engine.memory(story.now());
    let mut next = hourly(|_| {});
    next.engine.restore(&memory, next.now());
    assert_eq!(limits(&next), ["opus"]);
    assert_eq!(next.view("A").recover_unix_ms, story.view("A").recover_unix_ms);
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
