//! What the scripted daemon answers, and a small world for it to answer about.

use std::time::{SystemTime, UNIX_EPOCH};

use prost::Message;
use tonic::{Code, Status};
use zephyr_proto::v1;

/// Everything the fake says.
#[derive(Clone)]
pub(crate) struct Script {
    pub(crate) status: v1::Status,
    pub(crate) watch: Vec<v1::watch_response::What>,
    pub(crate) drain: Vec<u32>,
    pub(crate) checks: Vec<v1::CheckResult>,
    pub(crate) tested: v1::TestResponse,
    pub(crate) reloaded: v1::ReloadResponse,
    pub(crate) config: v1::ShowConfigResponse,
    pub(crate) report: Vec<v1::ReportResponse>,
    /// Oldest first.
    pub(crate) records: Vec<v1::UsageRecord>,
    pub(crate) trace: v1::Trace,
    pub(crate) route: v1::RouteResponse,
    pub(crate) waiting: v1::ListWaitingResponse,
    /// Where the dashboard is.
    pub(crate) web: Vec<String>,
    pub(crate) log: Vec<v1::follow_log_response::What>,
    /// The daemon stops before it has told all records.
    pub(crate) cut: bool,
    /// Answers every call that changes or measures something.
    pub(crate) refusal: Option<Status>,
    /// Answers every call that reads.
    pub(crate) unreadable: Option<Status>,
}

impl Script {
    /// A daemon that is mostly well.
    pub(crate) fn usual() -> Self {
        Self {
            status: status(),
            watch: Vec::new(),
            drain: vec![0],
            checks: Vec::new(),
            tested: v1::TestResponse::default(),
            reloaded: v1::ReloadResponse::default(),
            config: v1::ShowConfigResponse::default(),
            report: Vec::new(),
            records: Vec::new(),
            trace: v1::Trace::default(),
            route: v1::RouteResponse::default(),
            waiting: v1::ListWaitingResponse::default(),
            web: Vec::new(),
            log: Vec::new(),
            cut: false,
            refusal: None,
            unreadable: None,
        }
    }

    /// A daemon all of whose endpoints are up.
    pub(crate) fn healthy() -> Self {
        let mut script = Self::usual();
        script.status.endpoints.truncate(2);
        script.status.groups.truncate(1);
        let head = script.status.head.as_mut().unwrap();
        head.state = "ok".into();
        head.serving.truncate(1);
        head.serving[0].order.truncate(2);
        script
    }

    pub(crate) fn head(&mut self) -> &mut v1::Head {
        self.status.head.as_mut().unwrap()
    }
}

/// A refusal as the daemon makes it.
pub(crate) fn refusal(
    code: Code,
    message: &str,
    reason: v1::ErrorReason,
    hint: &str,
    problems: Vec<v1::Problem>,
) -> Status {
    let detail =
        v1::ErrorDetail { reason: reason.into(), subject: String::new(), hint: hint.into(), problems };
    Status::with_details(code, message, detail.encode_to_vec().into())
}

/// So many milliseconds from now, in Unix milliseconds.
pub(crate) fn from_now(ms: i64) -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap() + ms
}

pub(crate) const MINUTE: i64 = 60_000;

fn status() -> v1::Status {
    let order = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
    let serving = v1::Serving {
        dialect: "anthropic".into(),
        current: "Provider-A-2".into(),
        why: "fastest: 112 ms".into(),
        order: order(&["Provider-A-2", "Provider-A-1", "Relay-Slow"]),
    };
    let openai = v1::Serving {
        dialect: "openai-chat".into(),
        current: "Openai-1".into(),
        why: "the only one".into(),
        order: order(&["Openai-1"]),
    };
    v1::Status {
        head: Some(v1::Head {
            state: "degraded".into(),
            mode: "auto".into(),
            serving: vec![serving, openai],
            ..v1::Head::default()
        }),
        endpoints: endpoints(),
        groups: groups(),
        daemon: Some(v1::Daemon {
            version: "9.8.7".into(),
            pid: 4242,
            uptime_seconds: 93_784,
            listen: vec!["http://127.0.0.1:8080".into(), "http://[::1]:8080".into()],
            config_file: "/etc/zephyrd/config.toml".into(),
            config_loaded_unix_ms: from_now(-7 * MINUTE - 30_000),
            config_problems: Vec::new(),
            strategy: "fastest".into(),
            active_requests: 3,
            state_dir: "/var/lib/zephyrd".into(),
        }),
        money: None,
        ..v1::Status::default()
    }
}

/// An endpoint that is up.
pub(crate) fn endpoint(index: u32, name: &str, group: &str, latency: f64) -> v1::Endpoint {
    let measured = |i: i64, ms: f64| v1::Measurement {
        unix_ms: from_now((i - 4) * MINUTE),
        latency_ms: Some(ms),
        error: String::new(),
    };
    let mut history: Vec<_> =
        (0..5i64).zip([1.4, 0.7, 2.0, 1.1, 1.0]).map(|(i, f)| measured(i, latency * f)).collect();
    history[2] = v1::Measurement {
        unix_ms: from_now(-2 * MINUTE),
        latency_ms: None,
        error: "timed out after 20 s".into(),
    };
    v1::Endpoint {
        index,
        name: name.into(),
        group: group.into(),
        provider: "provider-a.com".into(),
        url: format!("https://api{index}.provider-a.com"),
        dialect: "anthropic".into(),
        state: "up".into(),
        admin: "auto".into(),
        latency_ms: Some(latency),
        priority: 1,
        group_priority: 1,
        price: 1.0,
        weight: 1,
        attempts: 1200,
        failures: 7,
        last_probe_unix_ms: Some(from_now(-12 * MINUTE - 20_000)),
        history,
        auth: "bearer".into(),
        probe: "messages".into(),
        ..v1::Endpoint::default()
    }
}

fn endpoints() -> Vec<v1::Endpoint> {
    let mut list = vec![
        endpoint(0, "Provider-A-1", "primary-provider", 148.0),
        v1::Endpoint {
            current: true,
            ttft_ms: Some(340.2),
            in_flight: 2,
            max_concurrent: Some(8),
            sessions: 3,
            last_used_unix_ms: Some(from_now(-6 * MINUTE - 20_000)),
            ..endpoint(1, "Provider-A-2", "primary-provider", 112.0)
        },
        v1::Endpoint {
            state: "degraded".into(),
            error: "first event after 9.1 s".into(),
            ..endpoint(2, "Relay-Slow", "relays", 2310.0)
        },
        v1::Endpoint {
            state: "cooling".into(),
            error: "connection refused".into(),
            consecutive_failures: 3,
            until_unix_ms: Some(from_now(90 * MINUTE)),
            rest: Some(v1::Rest { doublings: 2, ..v1::Rest::default() }),
            latency_ms: None,
            ..endpoint(3, "Relay-Down", "relays", 80.0)
        },
        v1::Endpoint {
            state: "exhausted".into(),
            error: "429: usage limit reached, resets at 05:00".into(),
            until_unix_ms: Some(from_now(180 * MINUTE)),
            price: 0.0,
            ..endpoint(4, "Subscription", "subscription", 95.0)
        },
        v1::Endpoint { admin: "drained".into(), in_flight: 1, ..endpoint(5, "Old-1", "relays", 301.0) },
        v1::Endpoint { admin: "paused".into(), ..endpoint(6, "Old-2", "relays", 302.0) },
        v1::Endpoint {
            state: "auth-failed".into(),
            error: "401: invalid x-api-key".into(),
            latency_ms: None,
            history: Vec::new(),
            ..endpoint(7, "Wrong-Key", "relays", 1.0)
        },
        v1::Endpoint {
            dialect: "openai-chat".into(),
            current: true,
            ..endpoint(8, "Openai-1", "openai", 87.0)
        },
        v1::Endpoint {
            dialect: "openai-chat".into(),
            state: "unknown".into(),
            latency_ms: None,
            last_probe_unix_ms: None,
            probe: "off".into(),
            history: Vec::new(),
            ..endpoint(9, "Openai-2", "openai", 1.0)
        },
    ];
    for endpoint in &mut list {
        if endpoint.group != "primary-provider" {
            endpoint.group_priority = 2;
        }
    }
    list
}

fn groups() -> Vec<v1::Group> {
    let group = |name: &str, priority, default, endpoints: &[&str]| v1::Group {
        name: name.into(),
        priority,
        default,
        enabled: true,
        endpoints: endpoints.iter().map(|e| (*e).to_owned()).collect(),
        state: if priority == 1 { "active" } else { "standby" }.into(),
        ..v1::Group::default()
    };
    let mut groups = vec![
        group("primary-provider", 1, true, &["Provider-A-1", "Provider-A-2"]),
        group("relays", 2, false, &["Relay-Slow", "Relay-Down", "Old-1", "Old-2", "Wrong-Key"]),
        group("subscription", 2, false, &["Subscription"]),
        group("openai", 2, false, &["Openai-1", "Openai-2"]),
    ];
    groups[2].state = "exhausted".into();
    groups[2].until_unix_ms = Some(from_now(180 * MINUTE));
    groups[3].state = "active".into();
    groups
}
