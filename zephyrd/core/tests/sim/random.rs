//! Random plans, outcomes and commands.

use std::sync::Arc;
use std::time::Duration;

use zephyr_core::config::{
    Auth, Client, Dialect, Failover, Place, Plan, ProbeKind, Route, Routes, StrategyKind, Suspension, Target,
};
use zephyr_core::engine::{Command, Outcome, Verdict};
use zephyr_core::failover::Class;
use zephyr_core::secret::Secret;
use zephyr_core::time::{Rng, SplitMix};

use crate::support::{endpoint, key, plan};

/// True once in `n` times.
pub(crate) fn once_in(n: usize, rng: &mut SplitMix) -> bool {
    rng.below(n) == 0
}

pub(crate) fn one_of<T: Copy>(of: &[T], rng: &mut SplitMix) -> T {
    of[rng.below(of.len())]
}

pub(crate) fn a_plan(rng: &mut SplitMix) -> Plan {
    use StrategyKind::{Cheapest, Fastest, LeastBusy, Priority, Random, RoundRobin};
    let strategy = one_of(&[Fastest, Priority, Cheapest, RoundRobin, Random, LeastBusy], rng);
    let groups: Vec<(u32, Dialect, bool)> = (0..3)
        .map(|_| {
            let dialect = if once_in(3, rng) { Dialect::OpenaiChat } else { Dialect::Anthropic };
            (rng.below(3) as u32, dialect, once_in(4, rng))
        })
        .collect();
    let caps = [0, 1].map(|_| once_in(3, rng).then(|| 1 + rng.below(5) as u32));
    let mut endpoints = Vec::new();
    for n in 0..8 {
        if once_in(4, rng) {
            continue;
        }
        let g = rng.below(groups.len());
        let (tier, dialect, default_group) = groups[g];
        let mut e = endpoint(&format!("E{n}"));
        e.group = format!("G{g}");
        (e.tier, e.dialect, e.default_group) = (tier, dialect, default_group);
        e.url.port = 9 + rng.below(2) as u16;
        e.auth = match rng.below(6) {
            0 => Auth::Passthrough,
            1 => key("another key of sixteen"),
            _ => e.auth,
        };
        e.priority = rng.below(3) as u32;
        e.price = rng.below(3) as f64;
        e.weight = 1 + rng.below(4) as u32;
        e.max_concurrent = once_in(4, rng).then(|| 1 + rng.below(3) as u32);
        e.probe.kind = one_of(&ProbeKind::ALL, rng);
        e.probe.enabled = !once_in(6, rng);
        e.probe.dynamic_scaling = once_in(2, rng);
        e.probe.interval = Duration::from_secs(one_of(&[30, 60, 120], rng));
        endpoints.push(e);
    }
    if once_in(2, rng) {
        endpoints.reverse();
    }
    for e in &mut endpoints {
        e.group_max_concurrent = caps[usize::from(e.group.ends_with('1'))];
    }
    let clients = ["ada", "bob"].map(|name| a_client(name, rng)).to_vec();
    let suspension = a_suspension(rng);
    let mut plan = Plan { failover: a_failover(rng), clients, suspension, ..plan(strategy, endpoints) };
    plan.selection.auto_switch = !once_in(4, rng);
    plan.routes = Routes::new(["large", "small"].into_iter().filter_map(|model| a_route(model, &plan, rng)));
    plan
}

/// A few targets; no endpoint twice at one priority.
fn a_route(model: &str, plan: &Plan, rng: &mut SplitMix) -> Option<Route> {
    let mut targets: Vec<Target> = Vec::new();
    for _ in 0..rng.below(5) {
        let target = Target {
            place: match rng.below(11) {
                n @ 0..=7 => Place::Endpoint(format!("E{n}")),
                n => Place::Group(format!("G{}", n - 8)),
            },
            model: one_of(&[None, Some("large"), Some("tiny")], rng).map(Arc::from),
            priority: 1 + rng.below(3) as u32,
        };
        let taken = plan.endpoints.iter().any(|e| {
            let same = |t: &Target| t.priority == target.priority && t.place.is(&e.name, &e.group);
            target.place.is(&e.name, &e.group) && targets.iter().any(same)
        });
        if !taken {
            targets.push(target);
        }
    }
    (!targets.is_empty()).then(|| Route { model: model.to_owned(), line: 0, targets })
}

fn a_client(name: &str, rng: &mut SplitMix) -> Client {
    let max_concurrent = once_in(2, rng).then(|| 1 + rng.below(6) as u32);
    Client {
        name: name.to_owned(),
        token: Secret::new("a token of a client"),
        paths: Vec::new(),
        max_concurrent,
    }
}

fn a_suspension(rng: &mut SplitMix) -> Suspension {
    Suspension {
        enabled: !once_in(4, rng),
        timeout: Duration::from_secs(one_of(&[10, 300, 900], rng)),
        max: one_of(&[1, 3, 100], rng),
    }
}

fn a_failover(rng: &mut SplitMix) -> Failover {
    Failover {
        max_attempts: 1 + rng.below(4) as u32,
        cooldown: Duration::from_secs(one_of(&[1, 60, 300], rng)),
        any_4xx: once_in(5, rng),
        group_cooldown: Duration::from_secs(one_of(&[5, 600], rng)),
        ..Failover::default()
    }
}

fn a_wait(rng: &mut SplitMix) -> Option<Duration> {
    once_in(3, rng).then(|| Duration::from_secs(one_of(&[0, 1, 4, 30, 600, 3_600], rng)))
}

/// Mostly good.
pub(crate) fn a_class(rng: &mut SplitMix) -> Class {
    if once_in(2, rng) { Class::Ok } else { one_of(&Class::ALL, rng) }
}

pub(crate) fn an_outcome(class: Class, rng: &mut SplitMix) -> Outcome {
    let answered = matches!(class, Class::Ok | Class::Cut | Class::Cancelled);
    Outcome {
        ttft: answered.then(|| Duration::from_millis(rng.below(3_000) as u64)),
        retry_after: a_wait(rng),
        detail: once_in(2, rng).then(|| "HTTP 599: something".to_owned()),
        neutral: once_in(10, rng),
        ..Outcome::of(class)
    }
}

pub(crate) fn a_verdict(class: Class, kind: ProbeKind, rng: &mut SplitMix) -> Verdict {
    Verdict {
        latency: (class == Class::Ok).then(|| Duration::from_millis(1 + rng.below(900) as u64)),
        proves: matches!(kind, ProbeKind::Messages | ProbeKind::Command),
        retry_after: a_wait(rng),
        ..Verdict::of(class)
    }
}

pub(crate) fn a_command(rng: &mut SplitMix) -> Command {
    let name = match rng.below(11) {
        n @ 0..=7 => format!("E{n}"),
        n => format!("G{}", n - 8),
    };
    let group = format!("G{}", rng.below(3));
    match rng.below(15) {
        0 | 1 => Command::Pin { name, fallback: once_in(2, rng) },
        2 | 3 => Command::Unpin,
        4 => Command::Pause(once_in(3, rng).then_some(name.clone())),
        5 => Command::Drain(name),
        6 => Command::Resume(None),
        7 => Command::Activate { group, force: once_in(2, rng) },
        8 => Command::PauseGroup { group, lasts: once_in(2, rng).then(|| Duration::from_secs(600)) },
        9 => Command::ResumeGroup(group),
        10 => Command::Prioritise { name, priority: once_in(2, rng).then(|| rng.below(4) as u32) },
        11 => Command::Prefer(name),
        _ => Command::Resume(Some(name)),
    }
}
