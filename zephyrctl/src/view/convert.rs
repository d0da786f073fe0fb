//! From the protocol's messages to the view: the only place that knows both.

mod explain;
mod usage;

use zephyr_proto::v1;

use super::{
    Change, Checked, Config, ConfigText, Daemon, Endpoint, Group, Head, Hello, Measurement, ModelLimit,
    Nanos, ProbeSpending, Problem, Reloaded, Rest, Serving, Status, Tested, What,
};

/// The protocol says "nothing" with an empty text.
pub(super) fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn all<T: Into<U>, U>(list: Vec<T>) -> Vec<U> {
    list.into_iter().map(Into::into).collect()
}

impl From<v1::Status> for Status {
    fn from(s: v1::Status) -> Self {
        Self {
            head: s.head.unwrap_or_default().into(),
            daemon: s.daemon.unwrap_or_default().into(),
            endpoints: all(s.endpoints),
            groups: all(s.groups),
            money: s.money.filter(|m| m.on).map(Into::into),
            waiting: s.waiting.unwrap_or_default().into(),
        }
    }
}

impl From<v1::Head> for Head {
    fn from(h: v1::Head) -> Self {
        let serving: Vec<Serving> = all(h.serving);
        let main = serving.first();
        Self {
            state: h.state,
            mode: h.mode,
            pinned: some(h.pinned),
            pin_fallback: h.pin_fallback,
            current: main.and_then(|m| m.current.clone()),
            why: main.map(|m| m.why.clone()).unwrap_or_default(),
            next: main.and_then(|m| m.next().map(str::to_owned)),
            paused: h.monitoring_paused,
            offline_unix_ms: h.offline_unix_ms,
            auto_switch: !h.switch_by_hand,
            serving,
            queued: h.queued,
            suspended: h.suspended,
        }
    }
}

impl Serving {
    /// Who comes after `current`.
    pub(crate) fn next(&self) -> Option<&str> {
        self.order.iter().map(String::as_str).find(|name| Some(*name) != self.current.as_deref())
    }
}

impl From<v1::Serving> for Serving {
    fn from(s: v1::Serving) -> Self {
        Self { dialect: s.dialect, current: some(s.current), why: s.why, order: s.order }
    }
}

impl From<v1::Daemon> for Daemon {
    fn from(d: v1::Daemon) -> Self {
        Self {
            strategy: d.strategy,
            listen: d.listen,
            version: d.version,
            pid: d.pid,
            uptime_seconds: d.uptime_seconds,
            active_requests: d.active_requests,
            state_dir: d.state_dir,
            config: Config {
                file: some(d.config_file),
                loaded_unix_ms: d.config_loaded_unix_ms,
                problems: all(d.config_problems),
            },
        }
    }
}

impl From<v1::Group> for Group {
    fn from(g: v1::Group) -> Self {
        Self {
            name: g.name,
            priority: g.priority,
            default: g.default,
            enabled: g.enabled,
            endpoints: g.endpoints,
            state: g.state,
            until_unix_ms: g.until_unix_ms,
            activated: g.activated,
            config_priority: g.config_priority,
        }
    }
}

impl From<v1::Endpoint> for Endpoint {
    fn from(e: v1::Endpoint) -> Self {
        Self {
            index: e.index,
            name: e.name,
            group: e.group,
            provider: e.provider,
            url: e.url,
            dialect: e.dialect,
            state: e.state,
            admin: e.admin,
            current: e.current,
            latency_ms: e.latency_ms,
            ttft_ms: e.ttft_ms,
            error: some(e.error),
            in_flight: e.in_flight,
            max_concurrent: e.max_concurrent,
            sessions: e.sessions,
            priority: e.priority,
            config_priority: e.config_priority,
            group_priority: e.group_priority,
            price: e.price,
            weight: e.weight,
            until_unix_ms: e.until_unix_ms,
            recover_unix_ms: e.recover_unix_ms,
            limits: all(e.limits),
            rest: e.rest.map(Rest::from).unwrap_or_default(),
            consecutive_failures: e.consecutive_failures,
            attempts: e.attempts,
            failures: e.failures,
            last_probe_unix_ms: e.last_probe_unix_ms,
            last_used_unix_ms: e.last_used_unix_ms,
            auth: e.auth,
            probe: e.probe,
            probe_spending: e.probe_spending.map(ProbeSpending::from).unwrap_or_default(),
            history: all(e.history),
        }
    }
}

impl From<v1::ModelLimit> for ModelLimit {
    fn from(l: v1::ModelLimit) -> Self {
        Self { model: l.model, kind: l.kind, until_unix_ms: l.until_unix_ms, detail: some(l.detail) }
    }
}

impl From<v1::Rest> for Rest {
    fn from(r: v1::Rest) -> Self {
        Self {
            on_trial: r.on_trial,
            doublings: r.doublings,
            slow_start_until_unix_ms: r.slow_start_until_unix_ms,
        }
    }
}

impl From<v1::ProbeSpending> for ProbeSpending {
    fn from(s: v1::ProbeSpending) -> Self {
        let nanos = |n: u64| Nanos(i64::try_from(n).unwrap_or(i64::MAX));
        Self { day: s.day, cost: nanos(s.nanos), probes: s.probes, daily_budget: nanos(s.daily_budget_nanos) }
    }
}

impl From<v1::Measurement> for Measurement {
    fn from(m: v1::Measurement) -> Self {
        Self { unix_ms: m.unix_ms, latency_ms: m.latency_ms, error: some(m.error) }
    }
}

impl From<v1::Problem> for Problem {
    fn from(p: v1::Problem) -> Self {
        Self {
            severity: p.severity,
            source: p.source,
            line: p.line,
            column: p.column,
            message: p.message,
            hint: some(p.hint),
        }
    }
}

impl From<v1::HelloResponse> for Hello {
    fn from(h: v1::HelloResponse) -> Self {
        Self { api: h.api, version: h.version, pid: h.pid, features: h.features, journal: h.journal }
    }
}

impl Change {
    /// `None` for a kind of change that this version does not know.
    pub(crate) fn of(message: v1::WatchResponse) -> Option<Self> {
        use v1::watch_response::What as Wire;
        let what = match message.what? {
            Wire::Status(s) => What::Status(Box::new(s.into())),
            Wire::Head(h) => What::Head(h.into()),
            Wire::Endpoint(e) => What::Endpoint(Box::new(e.into())),
            Wire::Endpoints(list) => What::Endpoints(all(list.endpoints)),
            Wire::Groups(list) => What::Groups(all(list.groups)),
            Wire::Lagged(l) => What::Lagged { missed: l.missed },
        };
        Some(Self { number: message.number, what })
    }
}

impl From<v1::CheckResult> for Checked {
    fn from(c: v1::CheckResult) -> Self {
        Self {
            endpoint: c.endpoint,
            kind: c.kind,
            healthy: c.healthy,
            latency_ms: c.latency_ms,
            error: some(c.error),
        }
    }
}

impl From<v1::TestResponse> for Tested {
    fn from(t: v1::TestResponse) -> Self {
        Self {
            endpoint: t.endpoint,
            ok: t.ok,
            status: t.status,
            error: some(t.error),
            connect_ms: t.connect_ms,
            first_byte_ms: t.first_byte_ms,
            total_ms: t.total_ms,
            model_asked: t.model_asked,
            model_answered: t.model_answered,
            text: t.text,
            input_tokens: t.input_tokens,
            output_tokens: t.output_tokens,
            price: t.price,
        }
    }
}

impl From<v1::ReloadResponse> for Reloaded {
    fn from(r: v1::ReloadResponse) -> Self {
        Self { changes: r.changes, warnings: all(r.warnings) }
    }
}

impl From<v1::ShowConfigResponse> for ConfigText {
    fn from(c: v1::ShowConfigResponse) -> Self {
        Self { path: some(c.path), toml: c.toml }
    }
}
