//! The engine's words in the form of the wire. Every string that somebody outside wrote is made harmless here.

use std::time::Duration;

use zephyr_core::config::{Group, Plan, Problem, Severity};
use zephyr_core::engine::{
    EndpointId, EndpointView, GroupState, GroupView, LimitView, Measurement, Mode, Serving, Snapshot,
};
use zephyr_proto::v1;

use crate::system::text::clean;

/// `head`, `endpoints` and `groups` of the status; the rest is the caller's.
pub(super) fn status(
    snapshot: &Snapshot,
    plan: &Plan,
    daemon: v1::Daemon,
    money: Option<v1::Money>,
) -> v1::Status {
    v1::Status {
        head: Some(head(snapshot)),
        endpoints: snapshot.endpoints.iter().map(endpoint).collect(),
        groups: groups(snapshot, plan),
        daemon: Some(daemon),
        money,
        waiting: Some(super::waiting::totals(&snapshot.waiting, plan)),
    }
}

/// What changes as a whole.
pub(super) fn head(snapshot: &Snapshot) -> v1::Head {
    let (mode, pinned, pin_fallback) = match &snapshot.mode {
        Mode::Auto => ("auto", String::new(), false),
        Mode::Pinned { name, fallback } => ("pinned", clean(name), *fallback),
    };
    v1::Head {
        state: snapshot.overall().name().to_owned(),
        mode: mode.to_owned(),
        pinned,
        pin_fallback,
        monitoring_paused: snapshot.monitoring_paused,
        offline_unix_ms: snapshot.offline_unix_ms,
        serving: snapshot.serving.iter().map(|s| serving(s, snapshot)).collect(),
        switch_by_hand: !snapshot.auto_switch,
        queued: snapshot.waiting.queued,
        suspended: snapshot.waiting.suspended,
    }
}

fn serving(serving: &Serving, snapshot: &Snapshot) -> v1::Serving {
    let name =
        |id: &EndpointId| snapshot.endpoints.iter().find(|e| e.id == *id).map(|e| clean(&e.endpoint.name));
    v1::Serving {
        dialect: serving.dialect.name().to_owned(),
        current: serving.current.as_ref().and_then(name).unwrap_or_default(),
        why: clean(&serving.why),
        order: serving.order.iter().filter_map(name).collect(),
    }
}

/// One endpoint, without anything of its credential but the way it is sent.
pub(super) fn endpoint(view: &EndpointView) -> v1::Endpoint {
    let e = &*view.endpoint;
    v1::Endpoint {
        index: u32::try_from(e.index).unwrap_or(u32::MAX),
        name: clean(&e.name),
        group: clean(&e.group),
        provider: clean(&e.provider),
        url: clean(&e.url.to_string()),
        dialect: e.dialect.name().to_owned(),
        state: view.state.name().to_owned(),
        admin: view.admin.name().to_owned(),
        current: view.current,
        latency_ms: view.latency.map(millis),
        ttft_ms: view.ttft.map(millis),
        error: view.error.as_deref().map(clean).unwrap_or_default(),
        in_flight: view.in_flight,
        priority: view.priority,
        price: e.price,
        weight: e.weight,
        until_unix_ms: view.until_unix_ms,
        consecutive_failures: view.consecutive_failures,
        attempts: view.attempts,
        failures: view.failures,
        last_probe_unix_ms: view.last_probe_unix_ms,
        last_used_unix_ms: view.last_used_unix_ms,
        history: view.history.iter().map(measurement).collect(),
        auth: e.auth.name().to_owned(),
        probe: if e.probe.enabled { e.probe.kind.name() } else { "off" }.to_owned(),
        group_priority: view.tier,
        max_concurrent: e.max_concurrent,
        limits: view.limits.iter().map(limit).collect(),
        rest: Some(v1::Rest {
            on_trial: view.on_trial,
            doublings: view.doublings,
            slow_start_until_unix_ms: view.slow_start_until_unix_ms,
        }),
        probe_spending: Some(v1::ProbeSpending {
            day: view.spending.day,
            nanos: view.spending.nanos,
            probes: view.spending.probes,
            daily_budget_nanos: e.probe.daily_budget_nanos,
        }),
        recover_unix_ms: view.recover_unix_ms,
        config_priority: (view.priority != e.priority).then_some(e.priority),
        sessions: view.sessions,
    }
}

fn limit(limit: &LimitView) -> v1::ModelLimit {
    v1::ModelLimit {
        model: clean(&limit.model),
        kind: limit.class.name().to_owned(),
        until_unix_ms: limit.until_unix_ms,
        detail: clean(&limit.detail),
    }
}

fn measurement(m: &Measurement) -> v1::Measurement {
    v1::Measurement {
        unix_ms: m.unix_ms,
        latency_ms: m.latency.map(millis),
        error: m.error.as_deref().map(clean).unwrap_or_default(),
    }
}

/// All groups, by what the config says and by what the engine has seen of them.
pub(super) fn groups(snapshot: &Snapshot, plan: &Plan) -> Vec<v1::Group> {
    let view = |g: &Group| snapshot.groups.iter().find(|view| view.name == g.name);
    plan.groups.iter().map(|g| group(g, view(g))).collect()
}

fn group(g: &Group, view: Option<&GroupView>) -> v1::Group {
    let priority = view.and_then(|view| view.priority);
    v1::Group {
        name: clean(&g.name),
        priority: priority.unwrap_or(g.priority),
        default: g.default,
        enabled: g.enabled,
        endpoints: g.endpoints.iter().map(|n| clean(n)).collect(),
        state: view.map_or(GroupState::Disabled, |view| view.state).name().to_owned(),
        until_unix_ms: view.and_then(|view| view.until_unix_ms),
        activated: view.is_some_and(|view| view.activated),
        config_priority: priority.map(|_| g.priority),
    }
}

/// One thing that is wrong with a config.
pub(super) fn problem(p: &Problem) -> v1::Problem {
    v1::Problem {
        severity: if p.severity == Severity::Error { "error" } else { "warning" }.to_owned(),
        source: clean(&p.source),
        line: p.line,
        column: p.column,
        message: clean(&p.message),
        hint: p.hint.as_deref().map(clean).unwrap_or_default(),
    }
}

/// Milliseconds, to the microsecond.
pub(super) fn millis(d: Duration) -> f64 {
    d.as_micros() as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use zephyr_core::engine::{Admin, State};

    use std::sync::Arc;

    use zephyr_core::engine::{Command, Engine};
    use zephyr_core::time::Now;

    use super::*;
    use crate::fixtures;

    fn snapshot(names: &[&str]) -> Snapshot {
        let plan = fixtures::plan(names.iter().map(|n| fixtures::endpoint(n)).collect());
        Engine::new(&plan, Now::default()).snapshot(Now::default())
    }

    #[test]
    fn the_verdict_is_ok_degraded_or_down() {
        let mut s = snapshot(&["a", "b"]);
        assert_eq!(s.overall().name(), "ok", "unknown endpoints are usable");
        s.endpoints[1].state = State::Cooling;
        assert_eq!(s.overall().name(), "degraded");
        s.endpoints[1].admin = Admin::Paused;
        assert_eq!(s.overall().name(), "ok", "what an operator paused is no fault");
        s.serving[0].current = None;
        assert_eq!(s.overall().name(), "down");
    }

    #[test]
    fn without_a_network_only_what_is_on_this_machine_serves() {
        let mut s = snapshot(&["a", "b"]);
        s.offline_unix_ms = Some(1);
        assert_eq!((s.overall().name(), head(&s).offline_unix_ms), ("down", Some(1)));
        let mut local = fixtures::endpoint("b");
        local.url.host = "127.0.0.1".into();
        s.endpoints[1].endpoint = Arc::new(local);
        assert_eq!(s.overall().name(), "degraded");
    }

    #[test]
    fn one_dialect_without_an_endpoint_is_degraded_while_another_serves() {
        let mut s = snapshot(&["a"]);
        let none = Serving { current: None, ..s.serving[0].clone() };
        s.serving.push(none);
        assert_eq!(s.overall().name(), "degraded");
    }

    #[test]
    fn hostile_strings_arrive_harmless() {
        let mut s = snapshot(&["a"]);
        let mut e = fixtures::endpoint("x\u{1b}[2J");
        e.group = "g\nname".into();
        s.endpoints[0].endpoint = Arc::new(e);
        s.endpoints[0].error = Some("boom\u{7}\u{202e}".into());
        let sent = endpoint(&s.endpoints[0]);
        assert_eq!(
            (sent.name.as_str(), sent.group.as_str(), sent.error.as_str()),
            ("x[2J", "g name", "boom")
        );
        assert_eq!(head(&s).serving[0].current, "x[2J");
    }

    #[test]
    fn nothing_of_a_credential_is_sent_but_its_way() {
        let s = snapshot(&["a"]);
        let sent = endpoint(&s.endpoints[0]);
        assert_eq!(sent.auth, "bearer");
        assert!(!format!("{sent:?}").contains("key-of-a"));
    }

    #[test]
    fn a_pin_is_told_with_its_fallback() {
        let plan = fixtures::plan(vec![fixtures::endpoint("a")]);
        let mut engine = Engine::new(&plan, Now::default());
        engine.command(&Command::Pin { name: "a".into(), fallback: true }, Now::default()).unwrap();
        let told = head(&engine.snapshot(Now::default()));
        assert_eq!((told.mode.as_str(), told.pinned.as_str(), told.pin_fallback), ("pinned", "a", true));
    }
}
