//! After whatever happened: an hour in which nothing fails.

use std::time::Duration;

use zephyr_core::config::ProbeKind;
use zephyr_core::engine::{Ask, Command, EndpointId, GroupState, Outcome, State, Verdict};
use zephyr_core::failover::Class;

use crate::invariants;
use crate::support::ms;
use crate::world::World;

pub(crate) fn hour(world: &mut World) {
    world.all_end();
    world.weather.clears();
    let _ = world.engine.command(&Command::Unpin, world.now);
    let _ = world.engine.command(&Command::Resume(None), world.now);
    let groups: Vec<String> = world.plan.groups.iter().map(|g| g.name.clone()).collect();
    for name in groups {
        let _ = world.engine.command(&Command::Resume(Some(name)), world.now);
    }
    let mut plan = world.plan.clone();
    plan.selection.auto_switch = true;
    world.reload_as(plan);
    let end = world.now.mono + Duration::from_secs(3_700);
    while world.now.mono < end {
        world.engine.handle_timeout(world.now);
        for (id, _, kind) in world.engine.probe_due(world.now) {
            let proves = matches!(kind, ProbeKind::Messages | ProbeKind::Command);
            let verdict = Verdict { latency: Some(ms(80)), proves, ..Verdict::of(Class::Ok) };
            world.engine.probe_started(id, world.now);
            world.engine.probed(id, &verdict, world.now);
        }
        everybody_is_asked(world);
        invariants::hold(world);
        let next = world.engine.poll_timeout().unwrap_or(end).min(end).max(world.now.mono + ms(500));
        world.pass(next - world.now.mono);
    }
    world.engine.handle_timeout(world.now);
    everybody_is_asked(world);
    for view in world.engine.snapshot(world.now).endpoints {
        assert_eq!(view.state, State::Up, "{} has recovered", view.endpoint.name);
        assert_eq!((view.in_flight, view.error, view.consecutive_failures), (0, None, 0));
    }
    for group in world.engine.snapshot(world.now).groups {
        assert!(group.state.usable() || group.state == GroupState::Disabled, "{group:?} has recovered");
    }
    assert!(world.waiting.is_empty(), "nobody waits after a calm hour");
    world.watch();
}

/// One good request to each endpoint that is usable: no permit was lost on the way.
fn everybody_is_asked(world: &mut World) {
    let snapshot = world.engine.snapshot(world.now);
    let all: Vec<EndpointId> = snapshot.endpoints.iter().map(|e| e.id).collect();
    for view in snapshot.endpoints.iter().filter(|e| e.state.usable()) {
        world.nobody_is_served();
        let tried: Vec<EndpointId> = all.iter().copied().filter(|id| *id != view.id).collect();
        let dialect = view.endpoint.dialect;
        let ask = Ask { client_credential: Some(1), tried: &tried, ..Ask::inference(dialect) };
        let lease =
            world.choose(&ask).unwrap_or_else(|| panic!("{} has lost its permit", view.endpoint.name));
        world.engine.settle(lease, &Outcome { ttft: Some(ms(90)), ..Outcome::of(Class::Ok) }, world.now);
    }
}
