//! What one request costs in the engine, with one endpoint and with a thousand: `choose`, `begun` and `settle`
//! with a latency that changes each time, so that the order has to be kept; and the same for requests of 10,000 live
//! conversations, each with a cache that is known, and for requests of 50 models, each with a route of its own to
//! half of the endpoints.
//!
//! `cargo run --release -p zephyr-core --example engine_cost`; compare rows of one run only. It is a measurement
//! and not a test: nothing fails when it is slow.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::time::Instant;

use support::{ASK, at, endpoint, ms, plan, route};
use zephyr_core::affinity::Cached;
use zephyr_core::config::{Route, Routes};
use zephyr_core::engine::{Ask, Engine, Outcome, Verdict};
use zephyr_core::failover::Class;
use zephyr_core::select::TABLE;
use zephyr_core::time::{Rng, SplitMix};

const CACHED: Cached<'_> =
    Cached { model: "m", tokens: 60_000, hour: None, request_nanos: 40_000_000, rebuild_nanos: 345_000_000 };
const REQUESTS: u32 = 200_000;
const ROUTES: usize = 50;

fn main() {
    println!("{:<26} {:>12} {:>14} {:>12}", "strategy", "1 endpoint", "1000 endpoints", "more, each");
    for entry in &TABLE {
        for (sessions, what) in [(0, ""), (1, "a conversation"), (10_000, "10,000 of them")] {
            let [one, thousand] = [1, 1_000].map(|n| nanoseconds_per_request(entry.kind, n, sessions, 0));
            let name = format!("{} {what}", entry.kind.name());
            println!("{name:<26} {one:>9.0} ns {thousand:>11.0} ns {:>9.0} ns", thousand - one);
        }
        let [one, thousand] = [1, 1_000].map(|n| nanoseconds_per_request(entry.kind, n, 0, ROUTES));
        let name = format!("{} {ROUTES} routes", entry.kind.name());
        println!("{name:<26} {one:>9.0} ns {thousand:>11.0} ns {:>9.0} ns", thousand - one);
    }
}

fn nanoseconds_per_request(
    strategy: zephyr_core::config::StrategyKind,
    endpoints: usize,
    sessions: u32,
    routes: usize,
) -> f64 {
    let mut plan = plan(strategy, (0..endpoints).map(|n| endpoint(&format!("E{n}"))).collect());
    let names: Vec<String> = (0..routes).map(|r| format!("model-{r}")).collect();
    plan.routes = Routes::new(names.iter().enumerate().map(|(r, name)| some_of_them(r, name, endpoints)));
    let mut engine = Engine::new(&plan, at(0.0));
    let mut rng = SplitMix::new(1);
    for view in engine.snapshot(at(0.0)).endpoints {
        let latency = Some(ms(100 + rng.below(400) as u64));
        let verdict = Verdict { latency, proves: true, ..Verdict::of(Class::Ok) };
        engine.probed(view.id, &verdict, at(0.0));
    }
    let began = Instant::now();
    for n in 0..REQUESTS {
        let now = at(f64::from(n) / 1_000.0);
        let session = (sessions > 0).then(|| u64::from(n.wrapping_mul(7_919) % sessions.max(1)));
        let model = names.get(n as usize % routes.max(1)).map(String::as_str);
        let route = model.and_then(|model| plan.routes.find(model)).map(|route| route.model.as_str());
        let ask = Ask { session, route, model: model.unwrap_or_default(), ..ASK };
        let mut lease = engine.choose(&ask, now, &mut rng).unwrap();
        let ttft = Some(ms(100 + rng.below(400) as u64));
        engine.begun(&mut lease, ttft, now);
        if let Some(session) = session {
            engine.cached(session, lease.id, &CACHED);
        }
        engine.settle(lease, &Outcome { ttft, ..Outcome::of(Class::Ok) }, now);
        while engine.poll_notice().is_some() {}
    }
    began.elapsed().as_secs_f64() * 1e9 / f64::from(REQUESTS)
}

/// Half of the endpoints, another half for each route, and all of them after that.
fn some_of_them(r: usize, model: &str, endpoints: usize) -> Route {
    let half = (0..endpoints).filter(|n| (n * 31 + r) % 50 < 25 || endpoints == 1);
    let half: Vec<String> = half.map(|n| format!("@E{n}")).collect();
    let mut targets: Vec<(&str, &str, u32)> = half.iter().map(|name| (name.as_str(), "other", 1)).collect();
    targets.push(("main", "", 2));
    route(model, &targets)
}
