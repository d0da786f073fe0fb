//! The engine against a router that knows everything.
//!
//! Agents work for simulated hours behind three endpoints, one of which at a time is in trouble of a random kind.
//! Whoever knew which would always reach a sound one. The engine, walking as the proxy does, must lose next to
//! nothing against that, and must not buy it with calls: in peace and in bursts they are counted.
//! The clients are SDKs: they repeat a broken connection or an error that says so twice, and then give up.
//!
//! A failing seed is replayed with `ZEPHYR_SIM_SEED=3 cargo test -p zephyr-core --test referee`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "referee/agents.rs"]
mod agents;
#[path = "referee/endpoints.rs"]
mod endpoints;
#[path = "referee/hours.rs"]
mod hours;
#[path = "referee/score.rs"]
mod score;
mod support;

use hours::Hours;
use score::Score;
use zephyr_core::config::StrategyKind;

const SEEDS: u64 = 4;

fn seeds() -> Vec<u64> {
    let one = std::env::var("ZEPHYR_SIM_SEED").ok();
    one.map_or_else(|| (0..SEEDS).collect(), |seed| vec![seed.parse().expect("ZEPHYR_SIM_SEED is a number")])
}

fn hold(strategy: StrategyKind) {
    let mut all = Score::default();
    for seed in seeds() {
        all.add(Hours::new(strategy, seed).live());
    }
    all.hold();
}

#[test]
fn behind_the_fastest_next_to_nothing_is_lost() {
    hold(StrategyKind::Fastest);
}

#[test]
fn behind_the_preferred_next_to_nothing_is_lost() {
    hold(StrategyKind::Priority);
}

#[test]
fn in_turns_next_to_nothing_is_lost() {
    hold(StrategyKind::RoundRobin);
}

#[test]
fn at_the_least_busy_next_to_nothing_is_lost() {
    hold(StrategyKind::LeastBusy);
}
