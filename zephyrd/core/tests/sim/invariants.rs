//! What always holds.

use std::collections::HashSet;

use zephyr_core::config::Plan;
use zephyr_core::engine::{
    Admin, Ask, AskKind, EndpointId, EndpointView, Engine, GroupState, Lease, Mode, NoEndpoint, Snapshot,
    State, WhyNot,
};

use crate::world::{Held, World};
use crate::{routes, waiting};

/// After every step.
pub(crate) fn hold(world: &mut World) {
    world.departures();
    let snapshot = world.engine.snapshot(world.now);
    if world.engine.poll_timeout().is_none_or(|due| due > world.now.mono) {
        waiting::hold(world, &snapshot);
    }
    for view in &snapshot.endpoints {
        let name = &view.endpoint.name;
        let held = world.held.iter().filter(|h| h.lease.id == view.id).count();
        assert_eq!(view.in_flight as usize, held, "in flight at {name} equals leases held");
        let open = !view.state.usable();
        assert_eq!(
            open,
            view.until_unix_ms.is_some(),
            "{name} is {:?}: an open state has a timeout",
            view.state
        );
        assert!(!open || world.engine.poll_timeout().is_some());
        assert!(view.history.len() <= 20);
        assert!(view.failures <= view.attempts);
        assert!(view.state != State::Up || view.error.is_none() || noted(view));
    }
    for serving in &snapshot.serving {
        let unique: HashSet<_> = serving.order.iter().collect();
        assert_eq!(unique.len(), serving.order.len());
        assert_eq!(serving.order.first().copied(), serving.current);
        assert!(!serving.why.is_empty());
        for id in &serving.order {
            let view = snapshot.endpoints.iter().find(|e| e.id == *id).expect("an endpoint of the plan");
            assert_eq!(view.endpoint.dialect, serving.dialect);
            assert!(!paused(view) && !view.state.hard());
            assert!(view.state.usable() || strict(&snapshot, view));
        }
    }
    for group in &snapshot.groups {
        let open = matches!(group.state, GroupState::Cooling | GroupState::Exhausted);
        assert!(!open || group.until_unix_ms.is_some(), "{} is {:?} for ever", group.name, group.state);
    }
    for view in &snapshot.endpoints {
        let serves = snapshot.serving.iter().any(|s| s.current == Some(view.id));
        assert_eq!(view.current, serves, "{} shows whether it serves", view.endpoint.name);
    }
}

/// Forbidden and the like are shown and change nothing.
fn noted(view: &EndpointView) -> bool {
    view.consecutive_failures == 0
}

fn paused(view: &EndpointView) -> bool {
    matches!(view.admin, Admin::Paused | Admin::Drained)
}

fn is_pinned(mode: &Mode, view: &EndpointView) -> bool {
    matches!(mode, Mode::Pinned { name, .. } if *name == view.endpoint.name || *name == view.endpoint.group)
}

/// Whether a pin without fallback holds in the view's dialect.
fn strict(snapshot: &Snapshot, view: &EndpointView) -> bool {
    let same = |e: &&EndpointView| e.endpoint.dialect == view.endpoint.dialect;
    matches!(snapshot.mode, Mode::Pinned { fallback: false, .. })
        && snapshot.endpoints.iter().filter(same).any(|e| is_pinned(&snapshot.mode, e))
}

/// Whether a pin without fallback holds for the ask, where it looks at `view`.
fn strict_for(world: &World, snapshot: &Snapshot, ask: &Ask<'_>, view: &EndpointView) -> bool {
    matches!(snapshot.mode, Mode::Pinned { fallback: false, .. })
        && snapshot
            .endpoints
            .iter()
            .any(|e| is_pinned(&snapshot.mode, e) && routes::is_among(&world.plan, ask, e, view))
}

/// Whether the ask's own nature and the operator let it go there, health aside.
fn allowed(world: &World, snapshot: &Snapshot, ask: &Ask<'_>, view: &EndpointView) -> bool {
    let other = ask.kind == AskKind::Other;
    !paused(view)
        && !routes::models(&world.plan, ask, view).is_empty()
        && (ask.client_credential.is_some() || !view.endpoint.is_passthrough())
        && !ask.tried.contains(&view.id)
        && (!other || in_default_group(snapshot, view))
        && (other || !strict_for(world, snapshot, ask, view) || is_pinned(&snapshot.mode, view))
}

fn in_default_group(snapshot: &Snapshot, view: &EndpointView) -> bool {
    if snapshot.endpoints.iter().any(|e| e.endpoint.default_group) {
        return view.endpoint.default_group;
    }
    snapshot.endpoints.first().is_some_and(|e| e.endpoint.group == view.endpoint.group)
}

/// Leases that count for limits.
fn counted(world: &World, of: impl Fn(&Held) -> bool) -> u32 {
    world.held.iter().filter(|h| h.kind == AskKind::Inference && of(h)).count() as u32
}

/// At the limit of the endpoint or its group.
fn full(world: &World, snapshot: &Snapshot, view: &EndpointView) -> bool {
    let same = |e: &&EndpointView| e.endpoint.group == view.endpoint.group;
    let group: Vec<EndpointId> = snapshot.endpoints.iter().filter(same).map(|e| e.id).collect();
    let at_limit =
        |max: Option<u32>, of: &dyn Fn(&Held) -> bool| max.is_some_and(|max| counted(world, of) >= max);
    at_limit(view.endpoint.max_concurrent, &|h| h.lease.id == view.id)
        || at_limit(view.endpoint.group_max_concurrent, &|h| group.contains(&h.lease.id))
}

/// Its client has as many running as it may.
fn client_full(world: &World, ask: &Ask<'_>) -> bool {
    let client = world.plan.clients.iter().find(|c| c.name == ask.client);
    let max = client.and_then(|c| c.max_concurrent);
    ask.kind == AskKind::Inference && max.is_some_and(|max| counted(world, |h| h.client == ask.client) >= max)
}

/// Whether its group may serve: where groups do not take over by themselves, surely only the active one.
fn takes_over(world: &World, snapshot: &Snapshot, ask: &Ask<'_>, view: &EndpointView) -> bool {
    if !world.plan.selection.auto_switch && routes::route(&world.plan, ask).is_some() {
        // Whose group is the active one among a route's targets is told to nobody.
        return false;
    }
    let group = snapshot.groups.iter().find(|g| g.name == view.endpoint.group);
    world.plan.selection.auto_switch
        || ask.kind == AskKind::Other
        || is_pinned(&snapshot.mode, view)
        || snapshot.mode == Mode::Auto && group.is_some_and(|g| g.state == GroupState::Active)
}

/// The model that is asked for has been refused there.
fn limited(world: &World, ask: &Ask<'_>, view: &EndpointView) -> bool {
    let limited = |model: &&str| view.limits.iter().any(|limit| limit.model == **model);
    ask.kind == AskKind::Inference && routes::models(&world.plan, ask, view).iter().all(limited)
}

/// Nothing but health's permit of a trial, which nobody sees, could keep the ask from it.
pub(crate) fn plainly_usable(world: &World, before: &Snapshot, ask: &Ask<'_>, view: &EndpointView) -> bool {
    allowed(world, before, ask, view)
        && takes_over(world, before, ask, view)
        && matches!(view.state, State::Up | State::Unknown)
        && !limited(world, ask, view)
        && !client_full(world, ask)
        && (ask.kind != AskKind::Inference || !full(world, before, view))
}

/// `before` is the state that the choice was made in.
pub(crate) fn of_a_choice(world: &World, before: &Snapshot, ask: &Ask<'_>, lease: &Lease) {
    let view = before.endpoints.iter().find(|e| e.id == lease.id).expect("an endpoint of the plan");
    let name = &view.endpoint.name;
    assert_eq!(view.endpoint, lease.endpoint);
    routes::of_a_choice(world, before, ask, lease);
    assert!(allowed(world, before, ask, view), "{name} was chosen against the ask or the operator");
    assert!(!view.state.hard(), "{name} was chosen while {:?}", view.state);
    assert!(
        ask.kind != AskKind::Inference || !full(world, before, view),
        "{name} was chosen beyond its limit"
    );
    assert!(!client_full(world, ask), "{} has more running than it may", ask.client);
    assert_eq!(lease.last_resort, view.state == State::Cooling);
    let standby =
        before.groups.iter().any(|g| g.name == view.endpoint.group && g.state == GroupState::Standby);
    let by_hand =
        !world.plan.selection.auto_switch && ask.kind != AskKind::Other && before.mode == Mode::Auto;
    let routed = routes::route(&world.plan, ask).is_some();
    assert!(!(by_hand && standby && !routed), "{name} took over by itself");
    let pinned = ask.kind != AskKind::Other && strict_for(world, before, ask, view);
    if lease.last_resort && !pinned {
        let better = before.endpoints.iter().find(|e| plainly_usable(world, before, ask, e));
        assert!(better.is_none(), "{name} was the last resort although {better:?} was usable");
    }
    let others = || before.endpoints.iter().filter(|e| e.id != lease.id && allowed(world, before, ask, e));
    if ask.kind == AskKind::Inference && ask.dialect.is_some() && !lease.last_resort {
        let least = others().filter(|e| plainly_usable(world, before, ask, e)).count();
        let most = others().filter(|e| e.state.usable() || pinned && e.state == State::Cooling).count();
        // With a route, or in other dialects, only whether there is one is counted.
        let own = world.plan.endpoints.iter().any(|e| Some(e.dialect) == ask.dialect);
        let [least, most] = [least, most].map(|n| if routed || !own { n.min(1) } else { n });
        assert!((least..=most).contains(&lease.alternatives), "{least} <= {} <= {most}", lease.alternatives);
    }
}

pub(crate) fn of_a_refusal(world: &World, before: &Snapshot, ask: &Ask<'_>, nobody: &NoEndpoint) {
    assert_eq!(nobody.why.len(), before.endpoints.len());
    for (view, (name, why)) in before.endpoints.iter().zip(&nobody.why) {
        assert_eq!(view.endpoint.name, *name);
        assert!(!plainly_usable(world, before, ask, view), "{name} was usable: {why}");
        let idle = view.in_flight == 0;
        let resort = allowed(world, before, ask, view) && view.state == State::Cooling && idle;
        let resort = resort && !full(world, before, view) && !client_full(world, ask);
        // Where groups do not take over by themselves, only the one that failed is a last resort.
        let resort = resort && (world.plan.selection.auto_switch || ask.kind == AskKind::Other);
        let resort = resort && !limited(world, ask, view);
        assert!(!resort, "{name} could have been the last resort: {why}");
        if matches!(why, WhyNot::State(_, Some(_))) {
            assert!(nobody.retry_after.is_some());
        }
    }
}

/// `apply(diff(a, b))` to `a` equals `b`, and what did not change keeps its health.
pub(crate) fn of_a_reload(before: &Snapshot, old: &Plan, new: &Plan, after: &Snapshot) {
    let endpoints: Vec<_> = after.endpoints.iter().map(|e| e.endpoint.clone()).collect();
    assert_eq!(endpoints, new.endpoints);
    let fresh = Engine::new(new, zephyr_core::time::Now::default()).snapshot(Default::default());
    let dialects = |s: &Snapshot| s.serving.iter().map(|s| s.dialect).collect::<Vec<_>>();
    assert_eq!(dialects(after), dialects(&fresh));
    for view in &after.endpoints {
        let name = &view.endpoint.name;
        let was = before.endpoints.iter().find(|e| e.endpoint.name == *name);
        let kept = was.filter(|w| {
            let (w, v) = (&w.endpoint, &view.endpoint);
            w.url == v.url && w.dialect == v.dialect && w.auth == v.auth
        });
        match kept {
            Some(was) => {
                // Who waited may have got a lease.
                let seen = |v: &EndpointView| (v.id, v.state, v.attempts, v.until_unix_ms);
                assert_eq!(seen(was), seen(view), "{name} keeps its health");
            }
            None => {
                assert_eq!(view.state, State::Unknown);
                assert!(before.endpoints.iter().all(|e| e.id != view.id), "identities are not used again");
            }
        }
    }
    let _ = old;
}
