//! Rests, how far they have grown, and what probes have cost outlive the process.

use std::time::Duration;

use zephyr_core::config::StrategyKind;
use zephyr_core::engine::{EndpointView, Engine, State};
use zephyr_core::failover::Class;
use zephyr_core::time::Now;

use crate::story::{Story, good, told_to_wait};
use crate::support::endpoint;

fn two() -> Story {
    Story::new(StrategyKind::Priority, vec![endpoint("A"), endpoint("B")])
}

/// The engine of a process that begins so many seconds later, on a monotonic clock of its own.
fn restarted(story: &Story, seconds: u64) -> (Engine, Now) {
    let memory = story.engine.memory(story.now());
    let memory = serde_json::from_str(&serde_json::to_string(&memory).unwrap()).unwrap();
    let unix_ms = story.now().unix_ms + seconds as i64 * 1000;
    let now = Now { mono: Duration::from_secs(3), unix_ms };
    let mut engine = Engine::new(&story.plan, now);
    engine.restore(&memory, now);
    (engine, now)
}

fn view(engine: &Engine, name: &str, now: Now) -> EndpointView {
    engine.snapshot(now).endpoints.into_iter().find(|e| e.endpoint.name == name).unwrap()
}

#[test]
fn a_rest_goes_on_and_its_growth_is_not_forgotten() {
    let mut story = two();
    story.cool("A");
    story.wait(70.0);
    story.fail("A", Class::ServerError);
    let until = story.view("A").until_unix_ms.unwrap();
    let (engine, now) = restarted(&story, 20);
    let a = view(&engine, "A", now);
    assert_eq!((a.state, a.doublings), (State::Cooling, 1));
    assert!((a.until_unix_ms.unwrap() - until).abs() <= 1);
    assert_eq!(view(&engine, "B", now).state, State::Unknown);
}

#[test]
fn a_rest_that_ended_meanwhile_has_become_a_trial() {
    let mut story = two();
    story.cool("A");
    let (engine, now) = restarted(&story, 400);
    let a = view(&engine, "A", now);
    assert_eq!((a.state, a.on_trial, a.until_unix_ms), (State::Degraded, true, None));
    let mut story = two();
    story.cool("A");
    story.wait(70.0);
    let (engine, now) = restarted(&story, 1);
    assert!(view(&engine, "A", now).on_trial, "a trial is still one");
}

#[test]
fn a_stated_limit_holds_to_its_hour() {
    let mut story = two();
    story.attempt("A", &told_to_wait(Class::RateLimited, 7_200));
    let (engine, now) = restarted(&story, 3_600);
    let a = view(&engine, "A", now);
    assert_eq!((a.state, a.until_unix_ms), (State::Exhausted, Some(now.unix_ms + 3_600_000)));
    assert!(engine.probe_due(now).iter().all(|(_, e, _)| e.name == "B"), "it is not worth asking");
}

#[test]
fn a_share_that_grew_goes_on_growing() {
    let mut story = two();
    story.cool("A");
    story.wait(70.0);
    story.attempt("A", &good(100));
    let (engine, now) = restarted(&story, 10);
    assert_eq!(view(&engine, "A", now).slow_start_until_unix_ms, Some(now.unix_ms + 20_000));
    let (engine, now) = restarted(&story, 31);
    assert_eq!(view(&engine, "A", now).slow_start_until_unix_ms, None);
}

#[test]
fn what_an_endpoint_said_is_not_kept() {
    let mut story = two();
    let mut refusal = told_to_wait(Class::RateLimited, 600);
    refusal.detail = Some("HTTP 429: no more of \"my secret prompt\" today".to_owned());
    story.attempt("A", &refusal);
    let text = serde_json::to_string(&story.engine.memory(story.now())).unwrap();
    assert!(text.contains("HTTP 429") && !text.contains("secret prompt"), "{text}");
}

#[test]
fn the_days_probes_are_counted_on_and_the_next_days_are_not() {
    let mut story = two();
    let (a, now) = (story.view("A").id, story.now());
    story.engine.probe_cost(a, 60_000_000, now);
    let (mut engine, now) = restarted(&story, 60);
    let a = view(&engine, "A", now);
    assert_eq!((engine.probe_spent(now), a.spending.nanos, a.spending.probes), (60_000_000, 60_000_000, 1));
    engine.probe_cost(a.id, 5, now);
    assert_eq!(engine.probe_spent(now), 60_000_005);
    let (engine, now) = restarted(&story, 86_400);
    assert_eq!(engine.probe_spent(now), 0);
}
