//! When which probe is due.

use std::time::Duration;

use zephyr_core::config::{Auth, ProbeKind, StrategyKind, diff};
use zephyr_core::engine::{Command, State};
use zephyr_core::failover::Class;

use crate::story::{Story, good, told_to_wait};
use crate::support::{endpoint, order, plan};

impl Story {
    pub(crate) fn due(&self) -> Vec<(String, ProbeKind)> {
        let due = self.engine.probe_due(self.now()).into_iter();
        due.map(|(_, e, kind)| (e.name.clone(), kind)).collect()
    }

    /// Sends what is due and says what that was.
    pub(crate) fn sent(&mut self) -> Vec<(String, ProbeKind)> {
        let due = self.due();
        for (name, _) in &due {
            let id = self.view(name).id;
            self.engine.probe_started(id, self.now());
        }
        due
    }
}

fn messages(name: &str) -> (String, ProbeKind) {
    (name.to_owned(), ProbeKind::Messages)
}

fn connect(name: &str) -> (String, ProbeKind) {
    (name.to_owned(), ProbeKind::Connect)
}

#[test]
fn all_are_due_at_once_and_then_each_interval() {
    let mut story = Story::new(StrategyKind::Fastest, vec![endpoint("A"), endpoint("B")]);
    assert_eq!(story.sent(), [messages("A"), messages("B")]);
    assert_eq!(story.due(), []);
    assert_eq!(story.engine.poll_timeout(), Some(Duration::from_secs(160)));
    story.wait(59.9);
    assert_eq!(story.due(), []);
    story.wait(0.1);
    assert_eq!(story.sent(), [messages("A"), messages("B")]);
}

#[test]
fn nothing_is_paid_where_real_traffic_has_shown_that_it_works() {
    let mut free = endpoint("B");
    free.probe.kind = ProbeKind::Models;
    let mut story = Story::new(StrategyKind::Fastest, vec![endpoint("A"), free]);
    story.sent();
    story.wait(50.0);
    story.attempt("A", &good(100));
    story.attempt("B", &good(100));
    story.wait(10.0);
    assert_eq!(story.sent(), [("B".to_owned(), ProbeKind::Models)]);
    story.wait(50.0);
    assert_eq!(story.due(), [messages("A")]);
}

#[test]
fn beyond_the_daily_budget_a_connect_must_do_until_the_next_day() {
    let mut story = Story::new(StrategyKind::Fastest, vec![endpoint("A"), endpoint("B")]);
    let (a, now) = (story.view("A").id, story.now());
    story.engine.probe_cost(a, 99_999_999, now);
    assert_eq!(story.due(), [messages("A"), messages("B")]);
    story.engine.probe_cost(a, 1, now);
    assert_eq!(story.sent(), [connect("A"), connect("B")]);
    story.probe("A", Class::Ok, 1, false);
    assert_eq!(story.view("A").latency, None, "a connect does not measure what messages do");
    assert_eq!(story.engine.probe_spent(now), 100_000_000);
    let spending = story.view("A").spending;
    assert_eq!((spending.nanos, spending.probes, story.view("B").spending.probes), (100_000_000, 2, 0));
    story.wait(86_400.0);
    assert_eq!(story.due(), [messages("A"), messages("B")]);
}

#[test]
fn a_probe_has_no_credential_where_the_client_s_own_is_used() {
    let mut theirs = endpoint("A");
    theirs.auth = Auth::Passthrough;
    let mut off = endpoint("B");
    off.probe.enabled = false;
    let story = Story::new(StrategyKind::Fastest, vec![theirs, off]);
    assert_eq!(story.due(), [connect("A")]);
}

#[test]
fn paused_monitoring_and_paused_endpoints_are_not_probed_and_resume_probes_at_once() {
    let mut story = Story::new(StrategyKind::Fastest, vec![endpoint("A"), endpoint("B")]);
    story.sent();
    story.command(Command::Pause(None)).unwrap();
    story.wait(600.0);
    assert_eq!((story.due(), story.engine.next_probe()), (vec![], None));
    story.command(Command::Pause(Some("B".into()))).unwrap();
    story.command(Command::Resume(None)).unwrap();
    assert_eq!(story.sent(), [messages("A")]);
    story.command(Command::Resume(Some("B".into()))).unwrap();
    assert_eq!(story.sent(), [messages("B")]);
}

#[test]
fn a_hard_state_is_probed_again_when_it_ends() {
    let mut story = Story::new(StrategyKind::Fastest, vec![endpoint("A")]);
    story.sent();
    story.attempt("A", &told_to_wait(Class::RateLimited, 1_000));
    story.wait(999.0);
    assert_eq!(story.due(), []);
    story.wait(1.0);
    assert_eq!((story.view("A").state, story.due()), (State::Degraded, vec![messages("A")]));
}

#[test]
fn a_new_endpoint_is_due_at_once_and_a_shorter_interval_counts_from_now() {
    let mut story = Story::new(StrategyKind::Fastest, vec![endpoint("A")]);
    story.sent();
    let mut hasty = endpoint("A");
    hasty.probe.interval = Duration::from_secs(10);
    let new = plan(StrategyKind::Fastest, vec![hasty, endpoint("B")]);
    story.engine.apply(&diff(&story.plan, &new), &order(&new), story.now());
    assert_eq!(story.sent(), [messages("B")]);
    story.wait(10.0);
    assert_eq!(story.due(), [messages("A")]);
}

#[test]
fn the_last_twenty_measurements_are_kept() {
    let mut story = Story::new(StrategyKind::Fastest, vec![endpoint("A")]);
    for n in 0..25 {
        story.probe("A", if n == 24 { Class::TimedOut } else { Class::Ok }, n, true);
    }
    let view = story.view("A");
    assert_eq!((view.history.len(), view.history[0].latency), (20, Some(Duration::from_millis(5))));
    assert_eq!((view.history[19].latency, view.history[19].error.is_some()), (None, true));
    assert_eq!((view.state, view.latency), (State::Degraded, Some(Duration::from_millis(23))));
}

#[test]
fn a_refused_probe_still_proves_that_something_answers() {
    let mut story = Story::new(StrategyKind::Fastest, vec![endpoint("A")]);
    story.probe("A", Class::ClientFault, 5, true);
    assert_eq!(story.view("A").state, State::Up);
}

/// An endpoint with a free probe and the interval by load, as it is unless told otherwise.
fn scaled() -> Story {
    let mut free = endpoint("A");
    (free.probe.kind, free.probe.dynamic_scaling) = (ProbeKind::Models, true);
    Story::new(StrategyKind::Fastest, vec![free])
}

#[test]
fn the_longer_nobody_asks_the_less_often_it_is_probed() {
    let mut story = scaled();
    let mut gaps = Vec::new();
    let mut last = story.seconds;
    while story.seconds < 12_000.0 {
        if !story.sent().is_empty() {
            gaps.push((story.seconds - last) as u64);
            last = story.seconds;
        }
        story.wait(1.0);
    }
    assert_eq!(gaps[..4], [0, 60, 60, 68], "to 60 s the interval, at 120 s 1.125 times");
    assert!(gaps.is_sorted(), "{gaps:?}");
    assert_eq!(gaps.last(), Some(&3_600));
}

#[test]
fn a_request_after_a_quiet_hour_does_not_wait_for_what_was_planned_in_it() {
    let mut story = scaled();
    story.sent();
    story.wait(3_600.0);
    story.sent();
    story.wait(200.0);
    assert_eq!(story.due(), []);
    let running = story.lease();
    assert_eq!(story.due().len(), 1, "one that runs: 2.5 times 60 s have passed");
    story.sent();
    let burst: Vec<_> = (0..10).map(|_| story.lease()).collect();
    story.wait(29.0);
    assert_eq!(story.due(), []);
    story.wait(1.0);
    assert_eq!(story.sent().len(), 1, "eleven run: the shortest interval");
    for lease in burst.into_iter().chain([running]) {
        story.settle(lease, Class::Ok);
    }
    story.wait(30.0);
    assert_eq!(story.due().len(), 1, "what was planned under load is kept");
}

#[test]
fn requests_whose_endpoint_left_the_config_do_not_run_for_ever() {
    let mut story = scaled();
    let held = story.lease();
    let new = plan(StrategyKind::Fastest, vec![endpoint("B")]);
    story.engine.apply(&diff(&story.plan, &new), &order(&new), story.now());
    let next = story.lease();
    story.settle(held, Class::Ok);
    story.settle(next, Class::Ok);
    let mut quiet = endpoint("B");
    quiet.probe.dynamic_scaling = true;
    let scaled = plan(StrategyKind::Fastest, vec![quiet]);
    story.engine.apply(&diff(&new, &scaled), &order(&scaled), story.now());
    story.sent();
    assert_eq!(story.engine.next_probe().map(|at| at.as_secs()), Some(160), "idle, not one that runs");
}

#[test]
fn endpoints_of_groups_that_do_not_serve_are_probed_too() {
    let mut spare = endpoint("B");
    (spare.group, spare.tier) = ("spare".to_owned(), 2);
    let mut story = Story::new(StrategyKind::Fastest, vec![endpoint("A"), spare]);
    assert_eq!(story.sent(), [messages("A"), messages("B")]);
}
