//! A reload moves no conversation whose endpoint stays the same, and no move is free where it costs.

use std::time::Duration;

use proptest::prelude::*;
use zephyr_core::affinity::Stakes;
use zephyr_core::config::{Endpoint, Plan, StrategyKind, diff};
use zephyr_core::engine::{Ask, Engine, Reason};
use zephyr_core::failover::Class;
use zephyr_core::time::{Now, SplitMix};

use crate::support::{ASK, at, endpoint, key, order, plan};

const SESSIONS: u64 = 40;

fn of(session: u64) -> Ask<'static> {
    Ask { session: Some(session), ..ASK }
}

fn talk(engine: &mut Engine, session: u64, now: Now, rng: &mut SplitMix) -> (String, Reason) {
    let lease = engine.choose(&of(session), now, rng).unwrap();
    let told = (lease.endpoint.name.clone(), lease.decision.reason);
    engine.settle(lease, &zephyr_core::engine::Outcome::of(Class::Ok), now);
    told
}

fn strategies() -> impl Strategy<Value = StrategyKind> {
    prop::sample::select(StrategyKind::ALL.to_vec())
}

/// What a reload does to one endpoint.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Edit {
    Keep,
    Reweigh,
    Rekey,
    Remove,
}

fn edited(plan_before: &Plan, edits: &[Edit], added: usize, last_first: bool) -> Vec<Endpoint> {
    let kept = plan_before.endpoints.iter().zip(edits).filter_map(|(e, edit)| {
        let mut e = (**e).clone();
        match edit {
            Edit::Keep => {}
            Edit::Reweigh => (e.weight, e.priority) = (e.weight + 1, e.priority + 1),
            Edit::Rekey => e.auth = key("another sixteen characters"),
            Edit::Remove => return None,
        }
        Some(e)
    });
    let mut all: Vec<Endpoint> = kept.chain((0..added).map(|n| endpoint(&format!("N{n}")))).collect();
    if last_first {
        all.reverse();
    }
    all
}

proptest! {
    #[test]
    fn conversations_are_stable_under_reload(
        strategy in strategies(),
        then in strategies(),
        edits in prop::collection::vec(
            prop::sample::select(vec![Edit::Keep, Edit::Keep, Edit::Reweigh, Edit::Rekey, Edit::Remove]), 1..8),
        added in 0..3_usize,
        last_first: bool,
        seed: u64,
    ) {
        let names = (0..edits.len()).map(|n| endpoint(&format!("E{n}"))).collect();
        let before = plan(strategy, names);
        let mut rng = SplitMix::new(seed);
        let mut engine = Engine::new(&before, at(0.0));
        let homes: Vec<String> =
            (0..SESSIONS).map(|s| talk(&mut engine, s, at(1.0), &mut rng).0).collect();
        let after = plan(then, edited(&before, &edits, added, last_first));
        prop_assume!(!after.endpoints.is_empty());
        engine.apply(&diff(&before, &after), &order(&after), at(2.0));
        for (session, home) in (0..SESSIONS).zip(&homes) {
            let edit = edits[home[1..].parse::<usize>().unwrap()];
            let (name, reason) = talk(&mut engine, session, at(3.0), &mut rng);
            if matches!(edit, Edit::Keep | Edit::Reweigh) {
                prop_assert_eq!((&name, reason), (home, Reason::Stays), "session {} of {:?}", session, edit);
            }
            let again = talk(&mut engine, session, at(4.0), &mut rng);
            prop_assert_eq!(again, (name, Reason::Stays));
        }
        let counted: u32 = engine.snapshot(at(4.0)).endpoints.iter().map(|e| e.sessions).sum();
        prop_assert_eq!(u64::from(counted), SESSIONS);
    }

    #[test]
    fn no_move_to_what_is_dearer_or_slower_pays(
        tokens in 0..1_000_000_u64,
        rebuild_nanos in 0..10_000_000_000_i64,
        request_nanos in 0..10_000_000_000_i64,
        requests: u32,
        home in 0.0..10.0_f64,
        more in 0.0..10.0_f64,
        here in 0..10_000_u64,
        slower in 0..10_000_u64,
    ) {
        let stakes = Stakes { tokens, rebuild_nanos, request_nanos, requests, home, target: home + more };
        prop_assert!(!stakes.saves_money());
        prop_assert!(!stakes.saves_time(Duration::from_millis(here), Duration::from_millis(here + slower)));
    }

    #[test]
    fn what_pays_still_pays_with_less_to_rebuild(
        tokens in 0..1_000_000_u64,
        less in 0..1_000_000_u64,
        rebuild_nanos in 0..10_000_000_000_i64,
        request_nanos in 0..10_000_000_000_i64,
        requests in 0..100_u32,
        target in 0.0..1.0_f64,
        ahead in 0..30_000_u64,
    ) {
        let stakes = Stakes { tokens, rebuild_nanos, request_nanos, requests, home: 1.0, target };
        let smaller = Stakes {
            tokens: tokens.saturating_sub(less),
            rebuild_nanos: rebuild_nanos.saturating_sub(i64::try_from(less).unwrap()).max(0),
            ..stakes
        };
        prop_assert!(!stakes.saves_money() || smaller.saves_money());
        let (slow, fast) = (Duration::from_millis(ahead), Duration::ZERO);
        prop_assert!(!stakes.saves_time(slow, fast) || smaller.saves_time(slow, fast));
    }
}
