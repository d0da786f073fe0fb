//! What always holds of routes.

use zephyr_core::config::{Plan, Route, Target};
use zephyr_core::engine::{Ask, AskKind, EndpointView, Engine, GroupState, Lease, Mode, Snapshot};
use zephyr_core::time::Now;

use crate::invariants::plainly_usable;
use crate::support::ASK;
use crate::world::World;

/// The ask's route, if the plan has it.
pub(crate) fn route<'p>(plan: &'p Plan, ask: &Ask<'_>) -> Option<&'p Route> {
    let routes = plan.routes.iter().map(AsRef::as_ref);
    routes
        .filter(|_| ask.kind != AskKind::Other)
        .find(|route: &&Route| Some(route.model.as_str()) == ask.route)
}

/// The targets of a route that mean an endpoint.
fn targets<'r>(route: &'r Route, view: &EndpointView) -> impl Iterator<Item = &'r Target> {
    let (endpoint, group) = (view.endpoint.name.clone(), view.endpoint.group.clone());
    route.targets.iter().filter(move |target| target.place.is(&endpoint, &group))
}

/// The models that an ask may be sent there as; none = it is no candidate.
pub(crate) fn models<'a>(plan: &'a Plan, ask: &Ask<'a>, view: &EndpointView) -> Vec<&'a str> {
    let same = ask.dialect.is_none_or(|d| d == view.endpoint.dialect);
    let named: Vec<&str> = match route(plan, ask) {
        Some(_) if !(same || ask.translates) => Vec::new(),
        Some(route) => targets(route, view).map(|t| t.model.as_deref().unwrap_or(ask.model)).collect(),
        None if same => vec![ask.model],
        None => {
            let own = plan.endpoints.iter().any(|e| Some(e.dialect) == ask.dialect);
            let foreign = ask.translates && !own && !view.endpoint.is_passthrough();
            if foreign { vec![ask.model] } else { Vec::new() }
        }
    };
    let open = |model: &&str| !ask.tried_as.iter().any(|(id, tried)| *id == view.id && **tried == **model);
    named.into_iter().filter(open).collect()
}

/// Whether a pin on this endpoint is one for the ask, were the pinned one willing or not; `at` = it asks where `at` is.
pub(crate) fn is_among(plan: &Plan, ask: &Ask<'_>, view: &EndpointView, at: &EndpointView) -> bool {
    match route(plan, ask) {
        Some(route) => targets(route, view).next().is_some(),
        None => {
            let own = plan.endpoints.iter().any(|e| Some(e.dialect) == ask.dialect);
            let foreign = ask.translates && !own && ask.dialect.is_some();
            foreign || view.endpoint.dialect == at.endpoint.dialect
        }
    }
}

/// A choice by a route: the model is one of the target's, and nobody of a lower number could simply have served.
pub(crate) fn of_a_choice(world: &World, before: &Snapshot, ask: &Ask<'_>, lease: &Lease) {
    let Some(route) = route(&world.plan, ask) else {
        assert_eq!((lease.rename(), lease.decision.route.as_deref()), (None, None));
        return;
    };
    assert_eq!(lease.decision.route.as_deref(), Some(route.model.as_str()));
    let view = before.endpoints.iter().find(|e| e.id == lease.id).expect("an endpoint of the plan");
    let sent = lease.rename().map_or(ask.model, |name| name);
    assert!(models(&world.plan, ask, view).contains(&sent), "{} as {sent}", view.endpoint.name);
    if ask.session.is_some() || before.mode != Mode::Auto || lease.last_resort {
        return;
    }
    let as_sent = |target: &&Target| target.model.as_deref().unwrap_or(ask.model) == sent;
    let priority = targets(route, view).filter(as_sent).map(|t| t.priority).min().expect("a target");
    let rests = |e: &EndpointView| {
        before.groups.iter().any(|g| g.name == e.endpoint.group && g.state == GroupState::Cooling)
    };
    for other in before.endpoints.iter().filter(|e| !rests(e)) {
        let ahead = targets(route, other).filter(|t| t.priority < priority);
        let limited = |model: &str| {
            ask.kind == AskKind::Inference && other.limits.iter().any(|limit| limit.model == model)
        };
        let mut ahead =
            ahead.map(|t| t.model.as_deref().unwrap_or(ask.model)).filter(|model| !limited(model));
        let tried = |model: &&str| !ask.tried_as.iter().any(|(id, t)| *id == other.id && **t == **model);
        if ahead.any(|model| tried(&model)) && !limits_somebody(world) {
            assert!(
                !plainly_usable(world, before, ask, other),
                "{} comes before {}",
                other.endpoint.name,
                view.endpoint.name
            );
        }
    }
}

/// Limits of clients' own credentials put endpoints last, and nobody sees them.
fn limits_somebody(world: &World) -> bool {
    world.plan.endpoints.iter().any(|e| e.is_passthrough())
}

/// The routes of a reloaded engine are those of a fresh one.
pub(crate) fn of_a_reload(engine: &mut Engine, new: &Plan, now: Now) {
    let mut fresh = Engine::new(new, now);
    for pattern in ["large", "small"] {
        let ask = Ask { route: Some(pattern), translates: true, client_credential: Some(1), ..ASK };
        let told = |engine: &mut Engine| {
            let routes = engine.route(&ask, now).into_iter();
            let mut told: Vec<_> =
                routes.map(|r| (r.endpoint, r.model.map(|m| m.to_string()), r.priority)).collect();
            told.sort();
            told
        };
        assert_eq!(told(engine), told(&mut fresh), "the route of {pattern}");
    }
}
