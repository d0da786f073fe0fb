//! Plans built directly from the plan's types.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::sync::Arc;
use std::time::Duration;

use zephyr_core::config::{
    Auth, BaseUrl, Cache, Control, Credential, CredentialValue, Dedup, Dialect, Endpoint, Failover, Group,
    HealthCheck, Log, LogFormat, Place, Plan, ProbeKind, Quirks, Route, Routes, Scheme, Selection, Server,
    StrategyKind, Suspension, Target, Timeouts, Usage, Web,
};
use zephyr_core::engine::Ask;
use zephyr_core::secret::Secret;
use zephyr_core::time::Now;

/// `seconds` after the origin of the monotonic clock.
pub(crate) fn at(seconds: f64) -> Now {
    let mono = Duration::from_secs_f64(seconds);
    Now { mono, unix_ms: 1_790_000_000_000 + mono.as_millis() as i64 }
}

pub(crate) const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// An Anthropic inference request without a credential of its own.
pub(crate) const ASK: Ask<'static> = Ask::inference(Dialect::Anthropic);

/// An endpoint of group `main` with a key of ours.
pub(crate) fn endpoint(name: &str) -> Endpoint {
    Endpoint {
        index: 0,
        name: name.to_owned(),
        group: "main".to_owned(),
        tier: 1,
        default_group: false,
        provider: format!("provider of {name}"),
        url: BaseUrl { tls: false, host: "127.0.0.1".to_owned(), port: 9, prefix: format!("/{name}") },
        dialect: Dialect::Anthropic,
        auth: key("sixteen characters"),
        headers: Vec::new(),
        proxy: None,
        ca_file: None,
        priority: 1,
        price: 1.0,
        weight: 1,
        max_concurrent: None,
        group_max_concurrent: None,
        overage: true,
        recover: None,
        timeouts: Timeouts::default(),
        quirks: Quirks::default(),
        probe: HealthCheck {
            kind: ProbeKind::Messages,
            enabled: true,
            model: "claude-haiku-4-5".to_owned(),
            prompt: "hi".to_owned(),
            command: Vec::new(),
            interval: Duration::from_secs(60),
            timeout: Duration::from_secs(20),
            dynamic_scaling: false,
            min_interval: Duration::from_secs(30),
            max_interval: Duration::from_secs(3600),
            daily_budget_nanos: 100_000_000,
        },
    }
}

/// A Bearer credential of ours.
pub(crate) fn key(value: &str) -> Auth {
    Auth::Key(Credential { scheme: Scheme::Bearer, value: CredentialValue::Known(Secret::new(value)) })
}

/// A plan of these endpoints; groups in the order of their first endpoints.
pub(crate) fn plan(strategy: StrategyKind, endpoints: Vec<Endpoint>) -> Plan {
    let mut groups: Vec<Group> = Vec::new();
    for e in &endpoints {
        match groups.iter_mut().find(|g| g.name == e.group) {
            Some(group) => group.endpoints.push(e.name.clone()),
            None => groups.push(Group {
                name: e.group.clone(),
                priority: e.tier,
                default: e.default_group,
                enabled: true,
                max_concurrent: None,
                recover: None,
                endpoints: vec![e.name.clone()],
            }),
        }
    }
    let endpoints = endpoints.into_iter().enumerate();
    Plan {
        server: Server {
            listen: Vec::new(),
            hosts: Vec::new(),
            cors_origins: Vec::new(),
            tls: None,
            state_dir: None,
            switch_threshold: ms(50),
            graceful_switch_timeout: Duration::from_secs(300),
            max_body: 32 << 20,
            max_replay_bytes: 512 << 20,
            trusted_proxies: Vec::new(),
            estimate_tokens: true,
        },
        groups: groups.into_iter().map(Arc::new).collect(),
        endpoints: endpoints.map(|(index, e)| Arc::new(Endpoint { index, ..e })).collect(),
        selection: Selection { strategy, ..Selection::default() },
        routes: Routes::default(),
        failover: Failover::default(),
        suspension: Suspension::default(),
        clients: Vec::new(),
        control: Control { socket: None, others_read: true },
        web: Web { listen: Vec::new(), reads_by_loopback: true, writes_by_loopback: false },
        language: None,
        log: Log { level: "info".to_owned(), format: LogFormat::Text },
        usage: Usage::default(),
        prices: Arc::default(),
        budgets: Vec::new(),
        dedup: Dedup::default(),
        cache: Cache::default(),
    }
}

/// A route of these targets: group or endpoint (`@name`), model (empty = passthrough), priority.
pub(crate) fn route(model: &str, targets: &[(&str, &str, u32)]) -> Route {
    let target = |(place, model, priority): &(&str, &str, u32)| Target {
        place: match place.strip_prefix('@') {
            Some(endpoint) => Place::Endpoint(endpoint.to_owned()),
            None => Place::Group((*place).to_owned()),
        },
        model: (!model.is_empty()).then(|| Arc::from(*model)),
        priority: *priority,
    };
    Route { model: model.to_owned(), line: 0, targets: targets.iter().map(target).collect() }
}

/// The names of a plan's endpoints in file order, as a reload hands them over.
pub(crate) fn order(plan: &Plan) -> Vec<String> {
    plan.endpoints.iter().map(|e| e.name.clone()).collect()
}
