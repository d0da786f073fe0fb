//! Endpoints and groups: the names that earlier gateways had, and how each stands.

use std::collections::BTreeMap;

use zephyr_core::engine::{Admin, EndpointView, GroupState, Overall, Snapshot, State};

use super::text::Kind::Gauge;
use super::text::{Exposition, Label, Seconds};
use crate::http::health::is_healthy;

const OVERALL: [Overall; 3] = [Overall::Ok, Overall::Degraded, Overall::Down];
const GROUP_STATES: [GroupState; 6] = [
    GroupState::Active,
    GroupState::Standby,
    GroupState::Paused,
    GroupState::Cooling,
    GroupState::Exhausted,
    GroupState::Disabled,
];

pub(super) fn tell(out: &mut Exposition, snapshot: &Snapshot) {
    forwarder(out, &snapshot.endpoints);
    whole(out, snapshot);
    each(out, &snapshot.endpoints);
    let mut family = out.family("zephyr_group_state", Gauge, "State of a group: 1 for the one it is in.");
    for group in &snapshot.groups {
        let states = GROUP_STATES.iter().map(|s| (s.name(), *s == group.state));
        family.one_of(&[("group", &group.name)], "state", states);
    }
    limits(out, &snapshot.endpoints);
}

/// The names that dashboards of earlier gateways know.
fn forwarder(out: &mut Exposition, endpoints: &[EndpointView]) {
    let healthy = endpoints.iter().filter(|e| is_healthy(e)).count();
    out.single("endpoint_forwarder_endpoints_total", Gauge, "Endpoints of the config.", endpoints.len());
    out.single("endpoint_forwarder_endpoints_healthy", Gauge, "Endpoints that requests may go to.", healthy);
    let mut each = |name, help, value: &dyn Fn(&EndpointView) -> Option<u128>, with_priority: bool| {
        let mut family = out.family(name, Gauge, help);
        for e in endpoints {
            let (url, priority) = (e.endpoint.url.to_string(), e.priority.to_string());
            let labels = [("name", e.endpoint.name.as_str()), ("url", &url), ("priority", &priority)];
            if let Some(value) = value(e) {
                family.value(if with_priority { &labels } else { &labels[..2] }, value);
            }
        }
    };
    let name = "endpoint_forwarder_endpoint_healthy";
    each(name, "Requests may go to the endpoint.", &|e| Some(u128::from(is_healthy(e))), true);
    let name = "endpoint_forwarder_endpoint_response_time_ms";
    each(name, "Response time of the last good probe.", &|e| e.latency.map(|l| l.as_millis()), false);
    let name = "endpoint_forwarder_endpoint_consecutive_fails";
    each(name, "Failures in a row.", &|e| Some(u128::from(e.consecutive_failures)), false);
}

/// How it stands with everything together.
fn whole(out: &mut Exposition, snapshot: &Snapshot) {
    let overall = snapshot.overall();
    let states = OVERALL.iter().map(|o| (o.name(), *o == overall));
    let mut family =
        out.family("zephyr_state", Gauge, "State of everything together: 1 for the one it is in.");
    family.one_of(&[], "state", states);
    let mut family =
        out.family("zephyr_serving", Gauge, "The next request of the dialect has an endpoint to go to.");
    for serving in &snapshot.serving {
        family.value(&[("dialect", serving.dialect.name())], u8::from(serving.current.is_some()));
    }
    let offline = u8::from(snapshot.offline_unix_ms.is_some());
    out.single("zephyr_offline", Gauge, "This machine has no network.", offline);
}

fn each(out: &mut Exposition, endpoints: &[EndpointView]) {
    let mut family =
        out.family("zephyr_endpoint_state", Gauge, "State of an endpoint: 1 for the one it is in.");
    for e in endpoints {
        let states = State::ALL.iter().map(|s| (s.name(), *s == e.state));
        family.one_of(&[named(e), ("group", &e.endpoint.group)], "state", states);
    }
    let mut gauge = |name, help, value: &dyn Fn(&EndpointView) -> u32| {
        let mut family = out.family(name, Gauge, help);
        endpoints.iter().for_each(|e| family.value(&[named(e)], value(e)));
    };
    let paused = |e: &EndpointView| u32::from(matches!(e.admin, Admin::Paused | Admin::Drained));
    gauge("zephyr_endpoint_paused", "An operator has paused or drained the endpoint.", &paused);
    gauge("zephyr_endpoint_current", "New requests go to the endpoint.", &|e| u32::from(e.current));
    gauge("zephyr_endpoint_attempts_in_flight", "Attempts that run.", &|e| e.in_flight);
    gauge("zephyr_endpoint_sessions", "Conversations that stay at the endpoint.", &|e| e.sessions);
    let mut family =
        out.family("zephyr_endpoint_probe_seconds", Gauge, "Response time of the last good probe.");
    for e in endpoints {
        if let Some(latency) = e.latency {
            family.value(&[named(e)], latency.as_secs_f64());
        }
    }
}

/// When limits end: of the endpoint as a whole, and of single models.
fn limits(out: &mut Exposition, endpoints: &[EndpointView]) {
    let mut family = out.family(
        "zephyr_limit_reset_timestamp_seconds",
        Gauge,
        "When a limit of the endpoint ends: of the model, or of all where none is named.",
    );
    for e in endpoints {
        let mut ends: BTreeMap<&str, i64> = BTreeMap::new();
        if let (State::Exhausted, Some(until)) = (e.state, e.until_unix_ms) {
            ends.insert("", until);
        }
        for limit in &e.limits {
            let end = ends.entry(&limit.model).or_insert(limit.until_unix_ms);
            *end = limit.until_unix_ms.max(*end);
        }
        for (model, until) in ends {
            family.value(&[named(e), ("model", model)], Seconds(u64::try_from(until).unwrap_or(0)));
        }
    }
}

fn named(view: &EndpointView) -> Label<'_> {
    ("endpoint", &view.endpoint.name)
}
