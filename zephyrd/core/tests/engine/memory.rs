//! What a restarted engine knows of endpoints.

use zephyr_core::config::StrategyKind;
use zephyr_core::engine::Engine;
use zephyr_core::failover::Class;

use crate::story::Story;
use crate::support::{endpoint, key, plan};

fn story() -> Story {
    Story::new(StrategyKind::Fastest, vec![endpoint("A"), endpoint("B")])
}

#[test]
fn counters_survive_a_restart() {
    let mut story = story();
    story.fail("A", Class::ServerError);
    story.fail("A", Class::Ok);
    assert!(story.engine.take_unsaved() && !story.engine.take_unsaved());
    let mut next = Engine::new(&story.plan, story.now());
    next.restore(&story.engine.memory(story.now()), story.now());
    let view = &next.snapshot(story.now()).endpoints[0];
    assert_eq!((view.attempts, view.failures), (2, 1));
    assert_eq!(view.last_used_unix_ms, story.view("A").last_used_unix_ms);
}

#[test]
fn nothing_is_known_of_an_endpoint_with_another_key_or_place() {
    let mut story = story();
    story.fail("A", Class::ServerError);
    story.fail("B", Class::ServerError);
    let memory = story.engine.memory(story.now());
    let mut rekeyed = endpoint("A");
    rekeyed.auth = key("another sixteen characters");
    let mut moved = endpoint("B");
    moved.url.port = 1;
    let mut next = Engine::new(&plan(StrategyKind::Fastest, vec![rekeyed, moved]), story.now());
    next.restore(&memory, story.now());
    assert!(next.snapshot(story.now()).endpoints.iter().all(|e| e.attempts == 0));
}

#[test]
fn a_memory_holds_nothing_of_a_key() {
    let text = format!("{:?}", story().engine.memory(story().now()));
    assert!(!text.contains("sixteen"), "{text}");
}
