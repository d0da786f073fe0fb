//! Random hours of an engine's life, from a seed, with the invariants checked after every step.
//!
//! `cargo test` runs a sweep of seeds. A failing one is printed with how to replay it:
//! `ZEPHYR_SIM_SEED=17 cargo test -p zephyr-core --test sim`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "sim/calm.rs"]
mod calm;
#[path = "sim/clocks.rs"]
mod clocks;
#[path = "sim/invariants.rs"]
mod invariants;
#[path = "sim/outage.rs"]
mod outage;
#[path = "sim/random.rs"]
mod random;
#[path = "sim/requests.rs"]
mod requests;
#[path = "sim/restart.rs"]
mod restart;
#[path = "sim/routes.rs"]
mod routes;
mod support;
#[path = "sim/waiting.rs"]
mod waiting;
#[path = "sim/weather.rs"]
mod weather;
#[path = "sim/world.rs"]
mod world;

use std::panic::catch_unwind;

use world::World;

const SEEDS: u64 = 256;
const THREADS: usize = 4;
const STEPS: usize = 500;

fn live(seed: u64) {
    let mut world = World::new(seed);
    for _ in 0..STEPS {
        world.step();
        invariants::hold(&mut world);
    }
    calm::hour(&mut world);
}

#[test]
fn an_engine_keeps_its_invariants_through_random_hours() {
    if let Ok(seed) = std::env::var("ZEPHYR_SIM_SEED") {
        return live(seed.parse().expect("ZEPHYR_SIM_SEED is a number"));
    }
    let sweep =
        |first: u64| (first..SEEDS).step_by(THREADS).find(|seed| catch_unwind(|| live(*seed)).is_err());
    let failed = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS as u64).map(|first| scope.spawn(move || sweep(first))).collect();
        threads.into_iter().filter_map(|t| t.join().expect("a sweep")).min()
    });
    if let Some(seed) = failed {
        panic!("replay: ZEPHYR_SIM_SEED={seed} cargo test -p zephyr-core --test sim");
    }
}

#[test]
fn the_same_seed_lives_the_same_life() {
    let life = |seed| {
        let mut world = World::new(seed);
        (0..STEPS).for_each(|_| world.step());
        world.engine.snapshot(world.now)
    };
    assert_eq!(life(5), life(5));
}
