//! `/api/v1/groups`: the groups, who is active, and what may be done with each.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State as Given;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zephyr_core::config::{self, Plan};
use zephyr_core::engine::{EndpointView, GroupState, GroupView, Snapshot};
use zephyr_core::waiting::{WaiterView, Waits};

use super::tell::now;
use crate::desk::Desk;
use crate::http::Room;
use crate::http::access::Reader;
use crate::http::health::is_healthy;
use crate::http::time::rfc3339;
use crate::system::text::clean;

pub(super) fn routes() -> OpenApiRouter<Room> {
    OpenApiRouter::new().routes(routes!(groups))
}

/// Every group.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Groups {
    /// In the order of the config file.
    groups: Vec<Group>,
    /// The active one; of several (one per dialect) the first to be tried.
    active_group: Option<String>,
    /// All that are active.
    active_groups: Vec<String>,
    /// Another takes over by itself when the active one fails.
    auto_switch_enabled: bool,
    total_groups: usize,
    /// Suspended requests in a dialect that one of the group's endpoints speaks; one may count for several groups.
    group_suspended_counts: BTreeMap<String, usize>,
    total_suspended_requests: u32,
    timestamp: String,
}

/// One group.
#[derive(Debug, Serialize, ToSchema)]
struct Group {
    name: String,
    /// The number in force; lower is tried first.
    priority: u32,
    /// The config's, where another is in force.
    config_priority: Option<u32>,
    is_active: bool,
    /// `active`, `paused`, `cooling`, `no-healthy-endpoint` or `available`.
    status: &'static str,
    /// The same in the words of the rest: `active`, `standby`, `paused`, `cooling`, `exhausted` or `disabled`.
    state: &'static str,
    /// Serves paths that are no inference paths.
    default: bool,
    /// It is switched on in the config.
    enabled: bool,
    /// Somebody prefers it to groups with lower numbers.
    activated: bool,
    /// Names of its endpoints.
    endpoints: Vec<String>,
    total_endpoints: usize,
    healthy_endpoints: usize,
    unhealthy_endpoints: usize,
    in_flight: u32,
    /// All its endpoints are paused or drained.
    manually_paused: bool,
    /// All its endpoints have failed, and it rests.
    in_cooldown: bool,
    /// Seconds until that ends at the latest; 0 where it does not rest.
    cooldown_remaining: u64,
    /// When its state ends by itself at the latest.
    until: Option<String>,
    can_activate: bool,
    can_pause: bool,
    can_resume: bool,
}

/// Every group, who is active, and what may be done with each.
#[utoipa::path(get, path = "/api/v1/groups", tag = "groups", responses((status = 200, body = Groups)))]
async fn groups(_: Reader, Given(desk): Given<Desk>) -> Json<Groups> {
    Json(shape(&desk))
}

/// What `/api/v1/groups` answers.
pub(in crate::http) fn shape(desk: &Desk) -> Groups {
    let (plan, snapshot) = (desk.handle.plan(), desk.handle.snapshot());
    let waiters = if snapshot.waiting.suspended > 0 { desk.handle.waiters().0 } else { Vec::new() };
    let groups = all(&plan, &snapshot, desk.handle.clock().now().unix_ms);
    let mut active: Vec<&Group> = groups.iter().filter(|g| g.is_active).collect();
    active.sort_by_key(|g| (!g.activated, g.priority));
    let active: Vec<String> = active.into_iter().map(|g| g.name.clone()).collect();
    Groups {
        active_group: active.first().cloned(),
        active_groups: active,
        auto_switch_enabled: snapshot.auto_switch,
        total_groups: groups.len(),
        group_suspended_counts: suspended(&plan, &waiters),
        total_suspended_requests: snapshot.waiting.suspended,
        timestamp: now(desk),
        groups,
    }
}

fn all(plan: &Plan, snapshot: &Snapshot, now_unix_ms: i64) -> Vec<Group> {
    let one = |g: &std::sync::Arc<config::Group>| {
        let view = snapshot.groups.iter().find(|view| view.name == g.name);
        let members = snapshot.endpoints.iter().filter(|e| e.endpoint.group == g.name);
        group(g, view, &members.collect::<Vec<_>>(), now_unix_ms)
    };
    plan.groups.iter().map(one).collect()
}

fn group(g: &config::Group, view: Option<&GroupView>, members: &[&EndpointView], now_unix_ms: i64) -> Group {
    let state = view.map_or(GroupState::Disabled, |view| view.state);
    let until = view.and_then(|view| view.until_unix_ms);
    let priority = view.and_then(|view| view.priority);
    let healthy = members.iter().filter(|e| is_healthy(e)).count();
    let paused = |e: &&EndpointView| {
        matches!(e.admin, zephyr_core::engine::Admin::Paused | zephyr_core::engine::Admin::Drained)
    };
    let rests = state == GroupState::Cooling;
    let left = until.filter(|_| rests).map_or(0, |until| until.saturating_sub(now_unix_ms));
    Group {
        name: clean(&g.name),
        priority: priority.unwrap_or(g.priority),
        config_priority: priority.map(|_| g.priority),
        is_active: state == GroupState::Active,
        status: match state {
            GroupState::Active => "active",
            GroupState::Standby => "available",
            GroupState::Paused => "paused",
            GroupState::Cooling => "cooling",
            GroupState::Exhausted | GroupState::Disabled => "no-healthy-endpoint",
        },
        state: state.name(),
        default: g.default,
        enabled: g.enabled,
        activated: view.is_some_and(|view| view.activated),
        endpoints: g.endpoints.iter().map(|name| clean(name)).collect(),
        total_endpoints: members.len(),
        healthy_endpoints: healthy,
        unhealthy_endpoints: members.len() - healthy,
        in_flight: members.iter().map(|e| e.in_flight).sum(),
        manually_paused: state == GroupState::Paused,
        in_cooldown: rests,
        cooldown_remaining: u64::try_from(left).unwrap_or(0).div_ceil(1000),
        until: until.map(rfc3339),
        can_activate: state == GroupState::Standby,
        can_pause: !matches!(state, GroupState::Paused | GroupState::Disabled),
        can_resume: members.iter().any(paused),
    }
}

fn suspended(plan: &Plan, waiters: &[WaiterView]) -> BTreeMap<String, usize> {
    let count = |group: &str| {
        let speaks = |w: &&WaiterView| {
            let mut members = plan.endpoints.iter().filter(|e| e.group == group);
            members.any(|e| w.dialect.is_none_or(|dialect| dialect == e.dialect))
        };
        waiters.iter().filter(|w| w.kind == Waits::Suspended).filter(speaks).count()
    };
    plan.groups.iter().map(|g| (clean(&g.name), count(&g.name))).collect()
}

#[cfg(test)]
mod tests {
    use zephyr_core::engine::Command;

    use super::*;
    use crate::desk::By;
    use crate::fixtures;

    #[tokio::test]
    async fn a_paused_group_can_be_resumed_and_nothing_else() {
        let (desk, _orders) = fixtures::desk(fixtures::plan(vec![fixtures::endpoint("a")]));
        let before = shape(&desk);
        assert_eq!(before.active_group.as_deref(), Some("g"));
        assert_eq!(
            (before.groups[0].status, before.groups[0].can_pause, before.groups[0].can_resume),
            ("active", true, false)
        );
        let pause = Command::PauseGroup { group: "g".to_owned(), lasts: None };
        desk.carry_out(&pause, By::Web).await.unwrap();
        let after = shape(&desk);
        let group = &after.groups[0];
        assert_eq!((group.status, group.manually_paused, group.unhealthy_endpoints), ("paused", true, 1));
        assert_eq!([group.can_activate, group.can_pause, group.can_resume], [false, false, true]);
        assert_eq!(after.active_group, None);
    }
}
