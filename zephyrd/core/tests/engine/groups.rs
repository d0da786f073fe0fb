//! Groups as tiers: who takes over, for how long a group rests, and what operators say about it.

use std::time::Duration;

use zephyr_core::config::{Dialect, StrategyKind, diff};
use zephyr_core::engine::{
    Admin, Ask, Command, EndpointId, GroupState, GroupView, Notice, Refusal, State, WhyNot,
};
use zephyr_core::failover::Class;

use crate::story::{Story, told_to_wait};
use crate::support::{ASK, endpoint, order, plan};

/// A and B in `main` of tier 1, C in `spare` of tier 2, D in `last` of tier 3.
fn endpoints() -> Vec<zephyr_core::config::Endpoint> {
    let tier = |name: &str, group: &str, tier| {
        let mut endpoint = endpoint(name);
        (endpoint.group, endpoint.tier) = (group.to_owned(), tier);
        endpoint
    };
    vec![endpoint("A"), endpoint("B"), tier("C", "spare", 2), tier("D", "last", 3)]
}

fn story() -> Story {
    Story::new(StrategyKind::Priority, endpoints())
}

/// As [`story`], with `auto_switch = false`.
fn by_hand() -> Story {
    let mut story = story();
    let mut new = story.plan.clone();
    new.selection.auto_switch = false;
    reload(&mut story, new);
    story
}

fn reload(story: &mut Story, new: zephyr_core::config::Plan) {
    let (changes, now) = (diff(&story.plan, &new), story.now());
    story.engine.apply(&changes, &order(&new), now);
    story.plan = new;
}

fn group(story: &Story, name: &str) -> GroupView {
    story.snapshot().groups.into_iter().find(|g| g.name == name).unwrap()
}

fn states(story: &Story) -> Vec<GroupState> {
    story.snapshot().groups.iter().map(|g| g.state).collect()
}

fn activate(name: &str, force: bool) -> Command {
    Command::Activate { group: name.to_owned(), force }
}

fn pause(name: &str, seconds: Option<u64>) -> Command {
    Command::PauseGroup { group: name.to_owned(), lasts: seconds.map(Duration::from_secs) }
}

fn prioritise(name: &str, priority: impl Into<Option<u32>>) -> Command {
    Command::Prioritise { name: name.to_owned(), priority: priority.into() }
}

/// How long an endpoint that has failed gets fewer requests than it could once it answers again, in seconds.
const SLOW_START: f64 = 30.0;

/// How long a group's state lasts still, in seconds.
fn left(story: &Story, name: &str) -> f64 {
    (group(story, name).until_unix_ms.unwrap() - story.now().unix_ms) as f64 / 1_000.0
}

fn notices(story: &mut Story) -> Vec<Notice> {
    std::iter::from_fn(|| story.engine.poll_notice()).collect()
}

use GroupState::{Active, Cooling, Disabled, Exhausted, Paused, Standby};

#[test]
fn the_lowest_number_that_is_usable_is_active_and_the_others_stand_by() {
    let mut story = story();
    assert_eq!(states(&story), [Active, Standby, Standby]);
    story.cool("A");
    assert_eq!((states(&story), story.next()), (vec![Active, Standby, Standby], "B".into()));
    notices(&mut story);
    story.cool("B");
    assert_eq!((states(&story), story.next()), (vec![Cooling, Active, Standby], "C".into()));
    assert_eq!(story.why(), "group main is cooling; priority 1");
    let told = notices(&mut story);
    let lasts = Some(Duration::from_secs(600));
    assert!(told.contains(&Notice::Group { group: "main".into(), from: Active, to: Cooling, lasts }));
    let active = Notice::Group { group: "spare".into(), from: Standby, to: Active, lasts: None };
    assert!(told.contains(&active), "{told:?}");
}

#[test]
fn a_group_whose_endpoints_all_failed_rests_and_the_first_proof_ends_that() {
    for proof in ["probe", "half-open request"] {
        let mut story = story();
        story.cool("A");
        story.fail("B", Class::AuthFailed);
        assert_eq!((group(&story, "main").state, left(&story, "main")), (Cooling, 600.0));
        if proof == "probe" {
            story.measure("B", 100);
        } else {
            story.wait(70.0);
            let trial = story.lease();
            assert_eq!(trial.endpoint.name, "A");
            assert_eq!(group(&story, "main").state, Cooling, "nothing is proved yet");
            story.settle(trial, Class::Ok);
            assert_eq!(states(&story), [Standby, Active, Standby], "its share of requests grows first");
            story.wait(SLOW_START);
        }
        assert_eq!(states(&story), [Active, Standby, Standby], "{proof}");
        assert!(["A", "B"].contains(&story.next().as_str()), "{proof}");
    }
}

#[test]
fn a_cheap_probe_alone_does_not_end_a_rest() {
    let mut story = story();
    story.cool("A");
    story.cool("B");
    story.probe("A", Class::Ok, 5, false);
    assert_eq!((story.view("A").state, group(&story, "main").state), (State::Degraded, Cooling));
    assert_eq!(story.current().as_deref(), Some("C"));
}

#[test]
fn a_rest_ends_by_its_time_and_begins_anew_with_the_next_failure_of_all() {
    let mut story = story();
    story.cool("A");
    story.cool("B");
    story.wait(70.0);
    story.attempt("A", &told_to_wait(Class::RateLimited, 5_000));
    assert_eq!(left(&story, "main"), 530.0, "a trial that fails makes a rest no longer");
    story.wait(530.0);
    assert_eq!((group(&story, "main").state, story.view("B").state), (Standby, State::Degraded));
    story.fail("B", Class::ServerError);
    assert_eq!((group(&story, "main").state, left(&story, "main")), (Cooling, 600.0));
}

#[test]
fn a_request_makes_one_attempt_at_a_resting_group_and_then_goes_to_the_next() {
    for strategy in [StrategyKind::Priority, StrategyKind::Fastest, StrategyKind::RoundRobin] {
        let mut story = Story::new(strategy, endpoints());
        story.cool("A");
        story.cool("B");
        story.wait(70.0);
        let mut tried: Vec<EndpointId> = Vec::new();
        let mut met = Vec::new();
        for _ in 0..3 {
            let lease = story.choose(&Ask { tried: &tried, ..ASK }).unwrap();
            tried.push(lease.id);
            met.push(lease.endpoint.name.clone());
            story.settle(lease, Class::ServerError);
        }
        assert_eq!(met, ["A", "C", "D"], "{strategy:?}");
        assert_eq!(story.choose(&Ask { tried: &tried, ..ASK }).unwrap().endpoint.name, "B", "{strategy:?}");
    }
}

#[test]
fn requests_that_run_stay_where_they_are_while_groups_change() {
    let mut story = story();
    let running = story.lease();
    story.command(activate("spare", false)).unwrap();
    assert_eq!((running.endpoint.name.as_str(), story.next().as_str()), ("A", "C"));
    story.settle(running, Class::Ok);
    assert_eq!(story.view("A").in_flight, 0);
}

#[test]
fn a_group_all_of_whose_endpoints_are_used_up_is_exhausted_until_the_first_of_them_is_back() {
    let mut story = story();
    story.attempt("A", &told_to_wait(Class::RateLimited, 3_000));
    story.attempt("B", &told_to_wait(Class::RateLimited, 900));
    assert_eq!(states(&story), [Exhausted, Active, Standby]);
    assert_eq!(left(&story, "main"), 900.0, "the rest of a group adds nothing to a stated time");
    story.wait(900.0);
    let trial = story.lease();
    assert_eq!(trial.endpoint.name, "B");
    story.settle(trial, Class::Ok);
    assert_eq!(states(&story), [Active, Standby, Standby]);
}

#[test]
fn an_activated_group_is_preferred_until_it_fails() {
    let mut story = story();
    story.command(activate("last", false)).unwrap();
    assert_eq!((states(&story), story.next()), (vec![Standby, Standby, Active], "D".into()));
    assert_eq!(story.why(), "group last is activated; priority 1");
    assert!(group(&story, "last").activated);
    assert_eq!(story.order(), ["D", "A", "B", "C"]);
    story.cool("D");
    assert_eq!((states(&story), story.next()), (vec![Active, Standby, Cooling], "A".into()));
    let ended = Notice::ActivationEnded { group: "last".into() };
    assert!(notices(&mut story).contains(&ended), "it is said");
    story.measure("D", 10);
    assert_eq!(story.next(), "A", "the order of the numbers holds again");
}

#[test]
fn activating_the_group_with_the_lowest_number_goes_back_to_the_order_of_the_numbers() {
    let mut story = story();
    assert_eq!(story.command(activate("main", false)), Err(Refusal::AlreadyActive { group: "main".into() }));
    story.command(activate("spare", false)).unwrap();
    story.command(activate("last", false)).unwrap();
    assert!(!group(&story, "spare").activated, "one at a time");
    story.command(activate("main", false)).unwrap();
    assert!(story.snapshot().groups.iter().all(|g| !g.activated));
    assert_eq!(story.next(), "A");
}

#[test]
fn one_group_of_each_dialect_can_be_activated() {
    let mut all = endpoints();
    for (name, group, tier) in [("X", "chat", 1), ("Y", "chat-spare", 2)] {
        let mut chat = endpoint(name);
        (chat.group, chat.tier, chat.dialect) = (group.to_owned(), tier, Dialect::OpenaiChat);
        all.push(chat);
    }
    let mut story = Story::new(StrategyKind::Priority, all);
    assert_eq!(states(&story), [Active, Standby, Standby, Active, Standby]);
    story.command(activate("spare", false)).unwrap();
    story.command(activate("chat-spare", false)).unwrap();
    assert_eq!(states(&story), [Standby, Active, Standby, Standby, Active]);
}

#[test]
fn what_cannot_be_activated_is_refused_with_what_a_person_wants_to_know() {
    let mut story = story();
    let refused = story.command(activate("spar", false)).unwrap_err();
    assert_eq!(refused, Refusal::UnknownGroup { name: "spar".into(), nearest: Some("spare".into()) });
    let refused = story.command(activate("C", false)).unwrap_err();
    assert_eq!(refused, Refusal::UnknownGroup { name: "C".into(), nearest: Some("spare".into()) });
    story.cool("C");
    story.wait(60.0);
    let refused = story.command(activate("spare", false)).unwrap_err();
    assert_eq!(refused.to_string(), "group `spare` cools down for another 9 min");
    story.attempt("D", &told_to_wait(Class::RateLimited, 7_300));
    let refused = story.command(activate("last", false)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "no endpoint of group `last` is usable: `D` is exhausted for another 3 h"
    );
    assert!(story.command(activate("last", true)).is_err(), "force makes no limit go away");
    story.command(pause("spare", Some(60))).unwrap();
    let refused = story.command(activate("spare", false)).unwrap_err();
    assert_eq!(refused.to_string(), "group `spare` is paused for another 60 s");
    assert_eq!(states(&story), [Active, Paused, Exhausted], "and nothing has changed");
}

#[test]
fn a_group_that_is_switched_off_says_so() {
    let mut story = story();
    let mut new = story.plan.clone();
    new.endpoints.retain(|e| e.group != "last");
    reload(&mut story, new);
    assert_eq!(states(&story), [Active, Standby, Disabled]);
    for command in [activate("last", false), pause("last", None), Command::ResumeGroup("last".into())] {
        assert_eq!(story.command(command), Err(Refusal::Disabled { group: "last".into() }));
    }
}

#[test]
fn force_ends_a_rest_or_a_pause_and_tries_the_group_at_once() {
    let mut story = story();
    story.cool("C");
    story.command(activate("spare", true)).unwrap();
    assert_eq!((story.view("C").state, group(&story, "spare").activated), (State::Degraded, true));
    let (trial, meanwhile) = (story.lease(), story.lease());
    assert_eq!((trial.endpoint.name.as_str(), meanwhile.endpoint.name.as_str()), ("C", "A"));
    story.settle(trial, Class::Ok);
    story.settle(meanwhile, Class::Ok);
    story.wait(SLOW_START);
    assert_eq!(states(&story), [Standby, Active, Standby]);

    story.command(pause("last", None)).unwrap();
    story.command(activate("last", true)).unwrap();
    assert_eq!((states(&story), story.next()), (vec![Standby, Standby, Active], "D".into()));
}

#[test]
fn without_auto_switch_nobody_takes_over_until_a_person_says_so() {
    let mut story = by_hand();
    assert!(!story.snapshot().auto_switch);
    assert_eq!(story.order(), ["A", "B"]);
    story.fail("A", Class::AuthFailed);
    story.fail("B", Class::Misconfigured);
    assert_eq!((states(&story), story.current()), (vec![Cooling, Standby, Standby], None));
    let why = story.nobody();
    assert_eq!((why[2].1, why[3].1), (WhyNot::Standby, WhyNot::Standby));
    assert_eq!(
        story.why(),
        "group main is cooling, and none takes over (`auto_switch = false`): `zephyrctl group activate spare`"
    );
    story.command(activate("spare", false)).unwrap();
    assert_eq!((states(&story), story.next()), (vec![Cooling, Active, Standby], "C".into()));
    story.measure("A", 10);
    assert_eq!((states(&story), story.next()), (vec![Standby, Active, Standby], "C".into()));
    story.fail("C", Class::AuthFailed);
    assert!(group(&story, "spare").activated, "it stays the active one while it fails");
    assert_eq!(story.nobody()[0].1, WhyNot::Standby);
    story.command(activate("main", false)).unwrap();
    assert_eq!(story.next(), "A");
}

#[test]
fn without_auto_switch_the_last_resort_is_of_the_active_group() {
    let mut story = by_hand();
    story.cool("A");
    story.cool("B");
    let resort = story.lease();
    assert_eq!((resort.endpoint.name.as_str(), resort.last_resort), ("A", true));
}

#[test]
fn without_auto_switch_a_pause_and_a_pin_are_words_of_a_person_too() {
    let mut story = by_hand();
    story.command(pause("main", Some(60))).unwrap();
    assert_eq!((states(&story), story.next()), (vec![Paused, Active, Standby], "C".into()));
    story.wait(60.0);
    assert_eq!((states(&story), story.next()), (vec![Active, Standby, Standby], "A".into()));
    story.pin("D", true);
    assert_eq!(story.order(), ["D", "A", "B"]);
}

#[test]
fn a_pause_with_a_time_ends_by_itself() {
    let mut story = story();
    story.command(pause("main", Some(1_800))).unwrap();
    assert_eq!((states(&story), left(&story, "main")), (vec![Paused, Active, Standby], 1_800.0));
    story.wait(1_799.0);
    assert_eq!(story.next(), "C");
    assert_eq!(story.engine.poll_timeout().map(|t| t <= Duration::from_secs(1_900)), Some(true));
    notices(&mut story);
    story.wait(1.0);
    assert_eq!((states(&story), story.next()), (vec![Active, Standby, Standby], "A".into()));
    assert!(notices(&mut story).contains(&Notice::PauseEnded { name: "main".into() }));
    let due = story.engine.probe_due(story.now());
    assert!(due.iter().any(|(_, e, _)| e.name == "A"), "it is looked at at once");
}

#[test]
fn a_pause_that_is_over_is_over_for_a_request_that_comes_before_the_ticker() {
    let mut story = story();
    story.command(pause("main", Some(30))).unwrap();
    story.seconds += 30.0;
    assert_eq!(story.next(), "A");
}

#[test]
fn pausing_a_group_by_either_command_is_the_same_thing() {
    let mut story = story();
    let not_paused = Refusal::NotPaused { name: Some("main".into()) };
    assert_eq!(story.command(Command::ResumeGroup("main".into())), Err(not_paused));
    story.command(Command::Pause(Some("main".into()))).unwrap();
    assert_eq!((group(&story, "main").state, group(&story, "main").until_unix_ms), (Paused, None));
    story.command(Command::ResumeGroup("main".into())).unwrap();
    story.command(pause("main", Some(60))).unwrap();
    story.command(Command::Resume(Some("B".into()))).unwrap();
    assert_eq!((group(&story, "main").state, story.next()), (Active, "B".into()));
    assert_eq!(story.view("A").admin, Admin::Paused);
    story.wait(60.0);
    assert_eq!(story.order(), ["A", "B", "C", "D"], "the time holds for what stayed paused");
    story.command(pause("main", Some(60))).unwrap();
    story.command(Command::Pause(Some("main".into()))).unwrap();
    story.wait(61.0);
    assert_eq!(group(&story, "main").state, Paused, "the later word counts");
}

#[test]
fn pausing_an_activated_group_ends_its_activation() {
    let mut story = story();
    story.command(activate("spare", false)).unwrap();
    story.command(pause("spare", Some(60))).unwrap();
    assert_eq!(story.next(), "A");
    story.wait(61.0);
    assert_eq!((story.next(), group(&story, "spare").activated), ("A".into(), false));
}

#[test]
fn another_priority_counts_at_once_and_over_reloads_until_it_is_taken_back() {
    let mut story = story();
    story.command(prioritise("last", 0)).unwrap();
    assert_eq!(
        (story.order(), group(&story, "last").priority),
        (["D", "A", "B", "C"].map(Into::into).to_vec(), Some(0))
    );
    story.command(prioritise("B", 0)).unwrap();
    assert_eq!(story.order(), ["D", "B", "A", "C"]);
    assert_eq!((story.view("B").priority, story.view("D").tier), (0, 0));
    let mut changed = endpoint("A");
    changed.weight = 7;
    let new = plan(StrategyKind::Priority, [vec![changed], endpoints()[1..].to_vec()].concat());
    reload(&mut story, new);
    assert_eq!(story.order(), ["D", "B", "A", "C"]);
    for name in ["B", "last"] {
        story.command(prioritise(name, None)).unwrap();
        let refused = story.command(prioritise(name, None)).unwrap_err();
        assert_eq!(refused, Refusal::NotOverridden { name: name.into() });
    }
    assert_eq!(story.order(), ["A", "B", "C", "D"]);
    assert!(matches!(story.command(prioritise("nobody", 1)), Err(Refusal::UnknownName { .. })));
}

#[test]
fn what_is_preferred_for_a_run_comes_first_whatever_the_strategy_and_is_not_remembered() {
    for strategy in [StrategyKind::Fastest, StrategyKind::RoundRobin] {
        let mut story = Story::new(strategy, endpoints());
        story.measure("A", 10);
        story.measure("B", 400);
        story.command(Command::Prefer("B".into())).unwrap();
        assert_eq!((story.next(), story.order()[..2].to_vec()), ("B".into(), vec!["B".into(), "A".into()]));
        story.cool("B");
        assert_eq!(story.next(), "A", "its group comes next");
        story.measure("B", 400);
        story.wait(SLOW_START);
        assert_eq!(story.next(), "B");
    }
    let mut story = story();
    story.command(Command::Prefer("spare".into())).unwrap();
    assert_eq!((story.next(), story.why()), ("C".into(), "preferred at the start; priority 1".into()));
    assert_eq!(story.engine.memory(story.now()).tiers, Default::default());
    story.command(activate("last", false)).unwrap();
    assert_eq!(story.next(), "D", "the later word counts");
    assert!(matches!(story.command(Command::Prefer("nobody".into())), Err(Refusal::UnknownName { .. })));
}

#[test]
fn a_restart_keeps_activation_priorities_rests_and_the_ends_of_pauses() {
    let mut story = story();
    story.cool("A");
    story.cool("B");
    story.command(activate("last", false)).unwrap();
    story.command(pause("spare", Some(600))).unwrap();
    story.command(prioritise("D", 5)).unwrap();
    story.wait(100.0);
    let memory = story.engine.memory(story.now());
    let mut next = self::story();
    next.seconds = story.seconds + 20.0;
    next.engine.restore(&memory, next.now());
    assert_eq!(states(&next), [Cooling, Paused, Active]);
    assert_eq!((left(&next, "main"), left(&next, "spare")), (480.0, 480.0));
    assert_eq!((next.current(), next.view("D").priority), (Some("D".into()), 5));
    next.wait(480.0);
    assert_eq!(group(&next, "spare").state, Standby);
    next.command(activate("spare", false)).unwrap();

    let mut smaller = Story::new(StrategyKind::Priority, vec![endpoint("A")]);
    let now = smaller.now();
    smaller.engine.restore(&memory, now);
    let tiers = smaller.engine.memory(now).tiers;
    assert_eq!((tiers.activated.len(), tiers.priorities.len(), tiers.pause_ends.len()), (0, 0, 0));
}

#[test]
fn standby_groups_are_probed_and_paused_ones_are_not() {
    let mut story = story();
    let due = |story: &Story| {
        let due = story.engine.probe_due(story.now()).into_iter();
        due.map(|(_, e, _)| e.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(due(&story), ["A", "B", "C", "D"]);
    story.command(pause("spare", None)).unwrap();
    assert_eq!(due(&story), ["A", "B", "D"]);
}

#[test]
fn a_group_that_rested_before_a_restart_is_back_with_its_first_answer() {
    let mut story = story();
    story.cool("A");
    story.cool("B");
    let memory = story.engine.memory(story.now());
    let mut others = endpoints();
    others[0].name = "N".into();
    others.remove(1);
    let mut next = Story::new(StrategyKind::Priority, others);
    next.engine.restore(&memory, next.now());
    assert_eq!((next.view("N").state, group(&next, "main").state), (State::Unknown, Cooling));
    next.measure("N", 100);
    assert_eq!((next.view("N").state, group(&next, "main").state), (State::Up, Active));
}

#[test]
fn a_group_that_is_told_to_wait_longer_says_so() {
    let mut story = story();
    story.command(activate("last", false)).unwrap();
    let (first, second) = (story.lease(), story.lease());
    let now = story.now();
    story.engine.settle(first, &told_to_wait(Class::RateLimited, 900), now);
    assert_eq!((group(&story, "last").state, left(&story, "last")), (Exhausted, 900.0));
    story.engine.settle(second, &told_to_wait(Class::RateLimited, 3_000), now);
    assert_eq!(left(&story, "last"), 3_000.0);
}
