//! `/api/v1/status`: the daemon, who serves, what waits, and what today came to.

use std::time::Duration;

use axum::Json;
use axum::extract::State as Given;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zephyr_core::config::Plan;
use zephyr_core::engine::{EndpointId, Mode, Serving, Snapshot};
use zephyr_core::waiting::Tally;

use super::tell::{now, usd};
use crate::desk::Desk;
use crate::http::Room;
use crate::http::access::Reader;
use crate::http::health::is_healthy;
use crate::http::time::rfc3339;
use crate::ledger::{LedgerView, MismatchView};
use crate::store::{StoreHealth, StoreState};
use crate::system::text::clean;

pub(super) fn routes() -> OpenApiRouter<Room> {
    OpenApiRouter::new().routes(routes!(status))
}

/// How the daemon is and what it does.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Status {
    /// Always `running`: who does not run answers nothing.
    status: &'static str,
    /// Since the start, for people: `2d 3h 4m 5s`.
    uptime: String,
    uptime_seconds: u64,
    start_time: String,
    /// The config file; null where there is none.
    config_file: Option<String>,
    /// When the config in force was taken up.
    config_loaded: Option<String>,
    /// Things that are wrong with the last config that was read; `/api/v1/config` tells them.
    config_problems: usize,
    version: Version,
    server: Server,
    strategy: &'static str,
    /// Clients need a token.
    auth_enabled: bool,
    /// Some endpoint is reached through a proxy.
    proxy_enabled: bool,
    timestamp: String,
    /// `ok`, `degraded` (something fails, requests are served) or `down`.
    overall: &'static str,
    /// `auto` (the strategy decides) or `pinned`.
    mode: &'static str,
    /// Endpoint or group that is pinned.
    pinned: Option<String>,
    /// While what is pinned is down, others serve.
    pin_fallback: bool,
    /// No probes are sent.
    monitoring_paused: bool,
    /// Since when this machine has no network.
    offline_since: Option<String>,
    /// Groups take over by themselves.
    auto_switch_enabled: bool,
    /// Who serves, by dialect.
    serving: Vec<ServingTold>,
    endpoints: Counts,
    /// Requests that run.
    active_requests: u32,
    waiting: Waiting,
    today: Today,
    budgets: Vec<Budget>,
    store: Store,
    /// Endpoints that answer with other models than asked for, the newest first.
    mismatches: Vec<Mismatch>,
}

/// What runs.
#[derive(Debug, Serialize, ToSchema)]
struct Version {
    version: &'static str,
    /// The version of these paths.
    api: &'static str,
    /// The version of the control protocol.
    control: &'static str,
}

/// Where it listens.
#[derive(Debug, Serialize, ToSchema)]
struct Server {
    /// Port of the first listener.
    proxy_port: Option<u16>,
    /// Port of the first listener of the dashboard.
    web_port: Option<u16>,
    /// Address of the first listener.
    host: Option<String>,
    /// All listeners for clients.
    listen: Vec<String>,
    /// All listeners of the dashboard.
    web: Vec<String>,
}

/// Who serves one dialect.
#[derive(Debug, Serialize, ToSchema)]
struct ServingTold {
    dialect: &'static str,
    /// Where the next new request goes; null where nothing is usable.
    current: Option<String>,
    /// Why, in one phrase.
    why: String,
    /// Usable endpoints in the order in which a request would try them.
    order: Vec<String>,
}

/// How many endpoints there are.
#[derive(Debug, Serialize, ToSchema)]
struct Counts {
    total: usize,
    /// Requests may go there.
    healthy: usize,
}

/// How many requests wait, and what became of those that did.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(super) struct Waiting {
    /// For a place at what is full.
    queued: u32,
    /// For something to recover.
    suspended: u32,
    /// Most that may be suspended at one time; 0 = none may.
    most_suspended: u32,
    /// Have come to wait since the start.
    waited: u64,
    /// Went on after it.
    served: u64,
    /// Their time was over.
    timed_out: u64,
    /// Somebody released them.
    released: u64,
}

impl Waiting {
    pub(super) fn of(tally: &Tally, plan: &Plan) -> Self {
        Self {
            queued: tally.queued,
            suspended: tally.suspended,
            most_suspended: if plan.suspension.enabled { plan.suspension.max } else { 0 },
            waited: tally.waited,
            served: tally.served,
            timed_out: tally.timed_out,
            released: tally.released,
        }
    }
}

/// What the running day came to.
#[derive(Debug, Serialize, ToSchema)]
struct Today {
    /// Requests for tokens.
    requests: u64,
    cost_usd: f64,
    cost_nanos: i64,
    /// Not paid, thanks to shared and stored answers.
    saved_usd: f64,
    saved_nanos: i64,
    /// What probes cost.
    probe_usd: f64,
    probe_nanos: i64,
    /// Input tokens of all kinds.
    input_tokens: u64,
    output_tokens: u64,
}

/// One budget and how much of it is spent.
#[derive(Debug, Serialize, ToSchema)]
struct Budget {
    /// Whose; null = everybody's together.
    client: Option<String>,
    /// `day`, `week` or `month`.
    period: &'static str,
    limit_usd: f64,
    limit_nanos: i64,
    spent_usd: f64,
    spent_nanos: i64,
    /// What was spent as a share of the limit.
    share: f64,
    /// The share at which a warning is due is reached.
    warn: bool,
    /// The limit is reached: requests are refused.
    over: bool,
    resets: String,
}

/// How the keeping of records goes.
#[derive(Debug, Serialize, ToSchema)]
struct Store {
    /// Records are kept at all.
    enabled: bool,
    /// `ok`, `waiting` (records wait until it works again) or `off`.
    state: &'static str,
    /// Since when that is so; null = from the start on.
    since: Option<String>,
    /// Why.
    detail: Option<String>,
    /// Entries that wait to be written.
    waiting: u64,
    /// Entries that had to be given up.
    dropped: u64,
    /// Entries that were written.
    written: u64,
    last_write: Option<String>,
}

/// An endpoint answers with another model than it is asked for.
#[derive(Debug, Serialize, ToSchema)]
struct Mismatch {
    endpoint: String,
    asked: String,
    answered: String,
    /// How often since the start.
    count: u64,
    last: String,
}

/// How the daemon is, who serves and why, what waits, what today came to, budgets, and the keeping of records.
#[utoipa::path(get, path = "/api/v1/status", tag = "status", responses((status = 200, body = Status)))]
async fn status(_: Reader, Given(desk): Given<Desk>) -> Json<Status> {
    Json(shape(&desk))
}

/// What `/api/v1/status` answers.
pub(in crate::http) fn shape(desk: &Desk) -> Status {
    let (snapshot, plan) = (desk.handle.snapshot(), desk.handle.plan());
    let (ledger, config) = (desk.ledger.view(), desk.config.get());
    let (up, clock) = (desk.handle.clock().up(), desk.handle.clock().now());
    let started = clock.unix_ms.saturating_sub(i64::try_from(up.as_millis()).unwrap_or(i64::MAX));
    let (mode, pinned, pin_fallback) = match &snapshot.mode {
        Mode::Auto => ("auto", None, false),
        Mode::Pinned { name, fallback } => ("pinned", Some(clean(name)), *fallback),
    };
    Status {
        status: "running",
        uptime: lasted(up),
        uptime_seconds: up.as_secs(),
        start_time: rfc3339(started),
        config_file: config.path.as_ref().map(|path| clean(&path.display().to_string())),
        config_loaded: (config.loaded_unix_ms > 0).then(|| rfc3339(config.loaded_unix_ms)),
        config_problems: config.problems.len(),
        version: Version { version: env!("CARGO_PKG_VERSION"), api: "v1", control: zephyr_proto::API },
        server: server(desk),
        strategy: plan.selection.strategy.name(),
        auth_enabled: !plan.clients.is_empty(),
        proxy_enabled: plan.endpoints.iter().any(|e| e.proxy.is_some()),
        timestamp: now(desk),
        overall: snapshot.overall().name(),
        mode,
        pinned,
        pin_fallback,
        monitoring_paused: snapshot.monitoring_paused,
        offline_since: snapshot.offline_unix_ms.map(rfc3339),
        auto_switch_enabled: snapshot.auto_switch,
        serving: snapshot.serving.iter().map(|s| serving(s, &snapshot)).collect(),
        endpoints: Counts {
            total: snapshot.endpoints.len(),
            healthy: snapshot.endpoints.iter().filter(|e| is_healthy(e)).count(),
        },
        active_requests: desk.running.count(),
        waiting: Waiting::of(&snapshot.waiting, &plan),
        today: today(&ledger),
        budgets: budgets(&ledger),
        store: store(ledger.on, &ledger.store),
        mismatches: ledger.mismatches.iter().map(mismatch).collect(),
    }
}

fn serving(serving: &Serving, snapshot: &Snapshot) -> ServingTold {
    let name =
        |id: &EndpointId| snapshot.endpoints.iter().find(|e| e.id == *id).map(|e| clean(&e.endpoint.name));
    ServingTold {
        dialect: serving.dialect.name(),
        current: serving.current.as_ref().and_then(name),
        why: clean(&serving.why),
        order: serving.order.iter().filter_map(name).collect(),
    }
}

fn server(desk: &Desk) -> Server {
    let address = |urls: &[String]| {
        let (_, rest) = urls.first()?.split_once("://")?;
        rest.parse::<std::net::SocketAddr>().ok()
    };
    let proxy = address(&desk.daemon.listen);
    Server {
        proxy_port: proxy.map(|a| a.port()),
        web_port: address(&desk.daemon.web).map(|a| a.port()),
        host: proxy.map(|a| a.ip().to_string()),
        listen: desk.daemon.listen.clone(),
        web: desk.daemon.web.clone(),
    }
}

fn today(ledger: &LedgerView) -> Today {
    let today = &ledger.today;
    Today {
        requests: today.requests,
        cost_usd: usd(today.cost_nanos),
        cost_nanos: today.cost_nanos,
        saved_usd: usd(today.saved_nanos),
        saved_nanos: today.saved_nanos,
        probe_usd: usd(today.probe_nanos),
        probe_nanos: today.probe_nanos,
        input_tokens: today.tokens.all_input(),
        output_tokens: today.tokens.output,
    }
}

fn budgets(ledger: &LedgerView) -> Vec<Budget> {
    let budget = |b: &zephyr_core::usage::BudgetView| Budget {
        client: b.client.as_deref().map(clean),
        period: b.period.name(),
        limit_usd: usd(b.limit_nanos),
        limit_nanos: b.limit_nanos,
        spent_usd: usd(b.spent_nanos),
        spent_nanos: b.spent_nanos,
        share: b.share(),
        warn: b.warn,
        over: b.over,
        resets: rfc3339(b.resets_unix_ms),
    };
    ledger.budgets.iter().map(budget).collect()
}

fn store(enabled: bool, health: &StoreHealth) -> Store {
    Store {
        enabled,
        state: match health.state {
            StoreState::Ok => "ok",
            StoreState::Waiting => "waiting",
            StoreState::Off => "off",
        },
        since: (health.since_unix_ms > 0).then(|| rfc3339(health.since_unix_ms)),
        detail: health.detail.as_deref().map(clean),
        waiting: health.waiting,
        dropped: health.dropped,
        written: health.written,
        last_write: health.last_write_unix_ms.map(rfc3339),
    }
}

fn mismatch(m: &MismatchView) -> Mismatch {
    Mismatch {
        endpoint: clean(&m.endpoint),
        asked: clean(&m.asked),
        answered: clean(&m.answered),
        count: m.count,
        last: rfc3339(m.last_unix_ms),
    }
}

/// `2d 3h 4m 5s`, without what is zero at the front.
fn lasted(time: Duration) -> String {
    let seconds = time.as_secs();
    let parts =
        [(seconds / 86_400, 'd'), (seconds / 3_600 % 24, 'h'), (seconds / 60 % 60, 'm'), (seconds % 60, 's')];
    let first = parts.iter().position(|(n, _)| *n > 0).unwrap_or(parts.len() - 1);
    let told: Vec<String> = parts[first..].iter().map(|(n, unit)| format!("{n}{unit}")).collect();
    told.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn times_are_told_without_zeros_at_the_front() {
        let told = |s| lasted(Duration::from_secs(s));
        assert_eq!([told(0), told(59), told(3_600), told(93_784)], ["0s", "59s", "1h 0m 0s", "1d 2h 3m 4s"]);
    }

    #[tokio::test]
    async fn the_status_names_who_serves_and_why() {
        let (desk, _orders) =
            fixtures::desk(fixtures::plan(vec![fixtures::endpoint("a"), fixtures::endpoint("b")]));
        let status = shape(&desk);
        assert_eq!(status.serving[0].current.as_deref(), Some("a"));
        assert_eq!(status.serving[0].order, ["a", "b"]);
        assert_eq!((status.overall, status.mode, status.endpoints.healthy), ("ok", "auto", 2));
        assert!(!status.serving[0].why.is_empty());
    }
}
