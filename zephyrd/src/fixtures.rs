//! Plans, endpoints and desks for unit tests.

use std::sync::Arc;
use std::time::Duration;

use zephyr_core::config::{
    Auth, BaseUrl, Cache, Control, Credential, CredentialValue, Dedup, Dialect, Endpoint, Failover, Group,
    HealthCheck, Listen, Log, LogFormat, Plan, ProbeKind, Quirks, Routes, Scheme, Selection, Server,
    StrategyKind, Suspension, Timeouts, Usage, Web,
};
use zephyr_core::secret::Secret;

use crate::config_source::{ConfigNow, ConfigStatus};
use crate::desk::Desk;
use crate::engine_handle::{Handle, Orders};
use crate::ledger::Ledger;
use crate::meter::Meter;
use crate::samples::Samples;
use crate::system::log_ring::LogRing;
use crate::tasks::Tasks;
use crate::trace::{Running, Traces};

/// An Anthropic endpoint of group `g` at `http://NAME.example:8080/api` with the bearer key `key-of-NAME`.
pub(crate) fn endpoint(name: &str) -> Endpoint {
    let value = CredentialValue::Known(Secret::new(format!("key-of-{name}")));
    Endpoint {
        index: 0,
        name: name.into(),
        group: "g".into(),
        tier: 1,
        default_group: true,
        provider: "p".into(),
        url: BaseUrl { tls: false, host: format!("{name}.example"), port: 8080, prefix: "/api".into() },
        dialect: Dialect::Anthropic,
        auth: Auth::Key(Credential { scheme: Scheme::Bearer, value }),
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
            model: "m".into(),
            prompt: "hi".into(),
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

/// A plan with one group `g` of `endpoints`, strategy `priority`.
pub(crate) fn plan(endpoints: Vec<Endpoint>) -> Plan {
    let names = endpoints.iter().map(|e| e.name.clone()).collect();
    let group = Group {
        name: "g".into(),
        priority: 1,
        default: true,
        enabled: true,
        max_concurrent: None,
        recover: None,
        endpoints: names,
    };
    let indexed = endpoints.into_iter().enumerate().map(|(index, e)| Arc::new(Endpoint { index, ..e }));
    Plan {
        server: Server {
            listen: vec![Listen { addr: ([127, 0, 0, 1], 0).into(), optional: false }],
            hosts: Vec::new(),
            cors_origins: Vec::new(),
            tls: None,
            state_dir: None,
            switch_threshold: Duration::from_millis(50),
            graceful_switch_timeout: Duration::from_secs(300),
            max_body: 32 << 20,
            max_replay_bytes: 512 << 20,
            trusted_proxies: Vec::new(),
            estimate_tokens: true,
        },
        groups: vec![Arc::new(group)],
        endpoints: indexed.collect(),
        selection: Selection { strategy: StrategyKind::Priority, ..Selection::default() },
        routes: Routes::default(),
        failover: Failover::default(),
        suspension: Suspension::default(),
        clients: Vec::new(),
        control: Control { socket: None, others_read: true },
        web: Web { listen: Vec::new(), reads_by_loopback: true, writes_by_loopback: false },
        language: None,
        log: Log { level: "info".into(), format: LogFormat::Auto },
        usage: Usage::default(),
        prices: Arc::default(),
        budgets: Vec::new(),
        dedup: Dedup::default(),
        cache: Cache::default(),
    }
}

/// A desk on `plan`, with its pump running and its records in memory.
pub(crate) fn desk(plan: Plan) -> (Desk, Orders) {
    let (handle, orders) = Handle::new(Arc::new(plan), None, 1);
    let desk = Desk {
        ledger: Ledger::in_memory(&handle),
        handle,
        traces: Traces::default(),
        running: Running::default(),
        meter: Meter::default(),
        samples: Samples::default(),
        log: LogRing::default(),
        config: Arc::new(ConfigStatus::new(ConfigNow::default())),
        daemon: Arc::default(),
        tasks: Tasks::default(),
    };
    desk.tasks.spawn_until_stop(desk.handle.clone().pump(|| {}));
    desk.tasks.spawn_until_stop(desk.handle.clone().keep(|_| async {}));
    (desk, orders)
}
