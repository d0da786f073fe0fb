//! The plan: the checked config, immutable, swapped whole.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::accounts::{Cache, Dedup, Usage};
use super::routes::{Route, Routes};
use crate::secret::Secret;
use crate::usage::{Budget, Prices};

/// A wire format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// Anthropic Messages.
    Anthropic,
    /// OpenAI Chat Completions.
    OpenaiChat,
    /// OpenAI Responses.
    OpenaiResponses,
}

impl Dialect {
    /// All dialects, in the order in which they are listed to people.
    pub const ALL: [Self; 3] = [Self::Anthropic, Self::OpenaiChat, Self::OpenaiResponses];

    /// The name in the config, the CLI and the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::OpenaiChat => "openai-chat",
            Self::OpenaiResponses => "openai-responses",
        }
    }
}

/// The whole checked config.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// `[server]`.
    pub server: Server,
    /// `[[groups]]` in file order, disabled ones included.
    pub groups: Vec<Arc<Group>>,
    /// Every enabled endpoint of every enabled group, in file order: the position is `X-Endpoint-Index`.
    pub endpoints: Vec<Arc<Endpoint>>,
    /// `[[routes]]`; models that have none go to any endpoint of their dialect.
    pub routes: Routes,
    /// `[selection]`.
    pub selection: Selection,
    /// `[failover]`.
    pub failover: Failover,
    /// `[suspension]`.
    pub suspension: Suspension,
    /// `[[clients]]`; empty means that no token is asked for.
    pub clients: Vec<Client>,
    /// `[control]`.
    pub control: Control,
    /// `[web]`.
    pub web: Web,
    /// `[ui] language`: BCP 47; `None` = whatever the browser wants.
    pub language: Option<String>,
    /// `[log]`.
    pub log: Log,
    /// `[usage]`.
    pub usage: Usage,
    /// `[[prices]]` over the built-in table.
    pub prices: Arc<Prices>,
    /// `[[budgets]]`; for each client, and for all together, at most one of each period.
    pub budgets: Vec<Budget>,
    /// `[dedup]`.
    pub dedup: Dedup,
    /// `[cache]`.
    pub cache: Cache,
}

impl Plan {
    /// The route of `model`, if it has one: as [`Routes::find`].
    #[must_use]
    pub fn route(&self, model: &str) -> Option<&Arc<Route>> {
        self.routes.find(model)
    }
}

/// `[server]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Server {
    /// Where the proxy listens.
    pub listen: Vec<Listen>,
    /// Host names accepted beside the loopback names (SECURITY: DNS rebinding), lower case, without port.
    pub hosts: Vec<String>,
    /// Origins that browsers may call from; none by default.
    pub cors_origins: Vec<String>,
    /// Certificate and key, when the listeners speak TLS.
    pub tls: Option<Tls>,
    /// Where counters and pins are kept; `None` = the shell's default place.
    pub state_dir: Option<PathBuf>,
    /// `fastest` leaves the current endpoint only for one that is better by at least this.
    pub switch_threshold: Duration,
    /// How long a stopping daemon waits for running requests.
    pub graceful_switch_timeout: Duration,
    /// Largest request body, in bytes.
    pub max_body: u64,
    /// Largest sum of request bodies held for replay at one time, in bytes.
    pub max_replay_bytes: u64,
    /// Peers whose `X-Forwarded-For` names the client, as addresses.
    pub trusted_proxies: Vec<std::net::IpAddr>,
    /// Counts of input tokens that no endpoint gives are estimated.
    pub estimate_tokens: bool,
}

/// One listening address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// The address; port 0 lets the kernel choose.
    pub addr: SocketAddr,
    /// True for `[::1]` beside 127.0.0.1: a machine without IPv6 is no error.
    pub optional: bool,
}

/// Certificate and key files in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// Certificate chain.
    pub cert: PathBuf,
    /// Private key.
    pub key: PathBuf,
}

/// One of `[[groups]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Unique over groups and endpoints together.
    pub name: String,
    /// Lower is tried first.
    pub priority: u32,
    /// Serves paths that are no inference paths.
    pub default: bool,
    /// A disabled group has no endpoints in the plan.
    pub enabled: bool,
    /// Most attempts at one time over all its endpoints; `None` = no limit.
    pub max_concurrent: Option<u32>,
    /// `recover.cron`: when it is seen whether a limit is over, beside the stated times.
    pub recover: Option<String>,
    /// Names of its enabled endpoints, in file order.
    pub endpoints: Vec<String>,
}

/// One endpoint, with everything of its group and of the defaults already merged in.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    /// Position in [`Plan::endpoints`].
    pub index: usize,
    /// Unique over groups and endpoints together.
    pub name: String,
    /// Name of its group.
    pub group: String,
    /// The group's priority: the tier it belongs to, lower first.
    pub tier: u32,
    /// Whether its group is the `default` one.
    pub default_group: bool,
    /// Who is behind it (`provider`, else the URL's host).
    pub provider: String,
    /// Where it is.
    pub url: BaseUrl,
    /// What it speaks.
    pub dialect: Dialect,
    /// How it is authenticated.
    pub auth: Auth,
    /// Headers set on every request to it, lower-case names.
    pub headers: Vec<(String, String)>,
    /// Proxy towards it: `http://`, `https://` or `socks5://`.
    pub proxy: Option<String>,
    /// PEM file with the only certificate authorities trusted for it.
    pub ca_file: Option<PathBuf>,
    /// Lower is preferred (`priority` strategy).
    pub priority: u32,
    /// Price factor: 1.0 = list price, 0 = subscription.
    pub price: f64,
    /// Share of load in round-robin, random and least-busy; at least 1.
    pub weight: u32,
    /// Most attempts at one time; `None` = no limit.
    pub max_concurrent: Option<u32>,
    /// Most attempts at one time over all endpoints of its group; `None` = no limit.
    pub group_max_concurrent: Option<u32>,
    /// Its subscription may go on at extra cost once it is used up. Default on.
    pub overage: bool,
    /// `recover.cron` of its group.
    pub recover: Option<String>,
    /// Limits of one attempt.
    pub timeouts: Timeouts,
    /// In what it differs from its dialect.
    pub quirks: super::quirks::Quirks,
    /// How it is probed.
    pub probe: HealthCheck,
}

impl Endpoint {
    /// Whether the client's own credential is passed on to it.
    #[must_use]
    pub fn is_passthrough(&self) -> bool {
        matches!(self.auth, Auth::Passthrough)
    }
}

/// A base URL, split. The path prefix is kept in front of every request path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    /// `https` rather than `http`.
    pub tls: bool,
    /// Host name or address, lower case; IPv6 without brackets.
    pub host: String,
    /// Port, always explicit.
    pub port: u16,
    /// Path prefix without a trailing slash: `""` or `/api/anthropic`.
    pub prefix: String,
}

impl BaseUrl {
    /// `host`, or `host:port` where the port is not the scheme's own: what the `Host` header says.
    #[must_use]
    pub fn authority(&self) -> String {
        let own_port = self.port == if self.tls { 443 } else { 80 };
        let (open, close) = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        let (colon, port) = if own_port { ("", String::new()) } else { (":", self.port.to_string()) };
        [open, &self.host, close, colon, &port].concat()
    }

    /// Scheme and authority: what a credential is bound to.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}://{}", if self.tls { "https" } else { "http" }, self.authority())
    }

    /// What of a request's path stands behind the prefix: all of it, but the `/v1` that the APIs' paths begin with goes
    /// where the prefix ends with a version of its own: `/v1`, `/api/paas/v4`, `/v1beta/openai`.
    #[must_use]
    pub fn behind<'p>(&self, path: &'p str) -> &'p str {
        match path.strip_prefix("/v1") {
            Some(rest) if rest.starts_with('/') && self.names_a_version() => rest,
            _ => path,
        }
    }

    fn names_a_version(&self) -> bool {
        let bare = self.prefix.strip_suffix("/openai").unwrap_or(&self.prefix);
        let Some(version) = bare.rsplit('/').next().and_then(|last| last.strip_prefix('v')) else {
            return false;
        };
        version.starts_with(|c: char| c.is_ascii_digit())
            && version.bytes().all(|b| b.is_ascii_alphanumeric())
    }

    /// Whether it leads to this machine itself, as far as it says so: `localhost` and loopback addresses.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost"
            || self.host.ends_with(".localhost")
            || self.host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
    }
}

impl std::fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.origin(), self.prefix)
    }
}

/// How requests to an endpoint are authenticated.
#[derive(Debug, Clone, PartialEq)]
pub enum Auth {
    /// Nothing is sent.
    None,
    /// The client's own credential is sent; no client credential → not a candidate.
    Passthrough,
    /// A credential of ours.
    Key(Credential),
}

impl Auth {
    /// How a credential is sent, in one word: `bearer x-api-key header passthrough none`; never the credential.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Passthrough => "passthrough",
            Self::Key(key) => match key.scheme {
                Scheme::Bearer => "bearer",
                Scheme::XApiKey => "x-api-key",
                Scheme::Header(_) => "header",
            },
        }
    }
}

/// A credential of ours and the header it goes in.
#[derive(Debug, Clone, PartialEq)]
pub struct Credential {
    /// Which header.
    pub scheme: Scheme,
    /// Where its value comes from.
    pub value: CredentialValue,
}

/// The header a credential goes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scheme {
    /// `authorization: Bearer …`.
    Bearer,
    /// `x-api-key: …`.
    XApiKey,
    /// Any other header, by lower-case name.
    Header(String),
}

/// Where a credential's value comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum CredentialValue {
    /// Known when the plan was made (env, key file, systemd credential, literal).
    Known(Secret),
    /// Printed by a command, kept for `ttl`.
    Command {
        /// Program and arguments; no shell.
        argv: Vec<String>,
        /// How long an answer is used.
        ttl: Duration,
    },
}

/// Limits of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// TCP and TLS together. Default 5 s.
    pub connect: Duration,
    /// Streams: until the first semantic event; any byte restarts it, up to twice this. Default 120 s.
    pub first_event: Duration,
    /// Non-stream: until the first body byte. Default 600 s.
    pub non_stream: Duration,
    /// Between two bytes once the answer has begun. Default 90 s.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        let s = Duration::from_secs;
        Self { connect: s(5), first_event: s(120), non_stream: s(600), idle: s(90) }
    }
}

/// What a probe sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProbeKind {
    /// The smallest real inference request of the endpoint's dialect (costs money).
    Messages,
    /// `GET /v1/models`.
    Models,
    /// `POST /v1/messages/count_tokens`: free, and proves the credential.
    CountTokens,
    /// TCP (and TLS) connect only.
    Connect,
    /// A command with the endpoint in its environment.
    Command,
}

impl ProbeKind {
    /// All kinds, in the order of the documentation.
    pub const ALL: [Self; 5] =
        [Self::Messages, Self::Models, Self::CountTokens, Self::Connect, Self::Command];

    /// The name in the config and the CLI.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Models => "models",
            Self::CountTokens => "count-tokens",
            Self::Connect => "connect",
            Self::Command => "command",
        }
    }
}

/// `[health_check]`, per endpoint after merging.
#[derive(Debug, Clone, PartialEq)]
pub struct HealthCheck {
    /// What is sent. Default: `messages` where the credential is ours, `connect` where it is not.
    pub kind: ProbeKind,
    /// Off = only real traffic tells.
    pub enabled: bool,
    /// Model asked for by `messages`.
    pub model: String,
    /// Text sent by `messages`.
    pub prompt: String,
    /// Program and arguments of `command`; no shell.
    pub command: Vec<String>,
    /// Time between two probes of one endpoint. Default 60 s.
    pub interval: Duration,
    /// A probe without an answer by then has failed. Default 20 s; less than the interval.
    pub timeout: Duration,
    /// Stretch the interval with load (H4).
    pub dynamic_scaling: bool,
    /// Shortest interval of the dynamic scale. Default 30 s.
    pub min_interval: Duration,
    /// Longest interval of the dynamic scale. Default 3600 s.
    pub max_interval: Duration,
    /// Most money that paid probes may cost in a day, in nano-dollars; then `connect`. Default 0.10 USD.
    pub daily_budget_nanos: u64,
}

/// `[selection]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selection {
    /// How candidates are ordered.
    pub strategy: StrategyKind,
    /// A group whose endpoints all failed gives way to the next by itself. Default on.
    pub auto_switch: bool,
    /// A conversation stays at its endpoint while that is usable. Default on.
    pub affinity: bool,
}

impl Default for Selection {
    fn default() -> Self {
        Self { strategy: StrategyKind::Fastest, auto_switch: true, affinity: true }
    }
}

/// The strategies of S1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StrategyKind {
    /// Lowest latency, with hysteresis.
    Fastest,
    /// Lowest priority number.
    Priority,
    /// Lowest price factor.
    Cheapest,
    /// In turn, by weight.
    RoundRobin,
    /// At random, by weight.
    Random,
    /// Power of two choices over latency × in-flight.
    LeastBusy,
}

impl StrategyKind {
    /// All strategies, in the order of the documentation.
    pub const ALL: [Self; 6] =
        [Self::Fastest, Self::Priority, Self::Cheapest, Self::RoundRobin, Self::Random, Self::LeastBusy];

    /// The name in the config, the CLI and the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fastest => "fastest",
            Self::Priority => "priority",
            Self::Cheapest => "cheapest",
            Self::RoundRobin => "round-robin",
            Self::Random => "random",
            Self::LeastBusy => "least-busy",
        }
    }
}

/// `[failover]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Failover {
    /// Most attempts that may have been billed. Default 3.
    pub max_attempts: u32,
    /// How long an endpoint rests after three failures in a row. Default 60 s.
    pub cooldown: Duration,
    /// How long a group rests when all its endpoints have failed. Default 600 s.
    pub group_cooldown: Duration,
    /// Status codes that move on beside the built-in table.
    pub statuses: Vec<u16>,
    /// Texts of a refusal that mean that a limit is reached: lower case, `*` for anything between.
    pub body_patterns: Vec<String>,
    /// Every 4xx moves on. Default off.
    pub any_4xx: bool,
    /// Waits before the same endpoint is asked again.
    pub backoff: Backoff,
}

impl Default for Failover {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            cooldown: Duration::from_secs(60),
            group_cooldown: Duration::from_secs(600),
            statuses: Vec::new(),
            body_patterns: Vec::new(),
            any_4xx: false,
            backoff: Backoff::default(),
        }
    }
}

/// `backoff` of `[failover]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backoff {
    /// The first wait. Default 0.5 s.
    pub base: Duration,
    /// How much longer each further wait is. Default 2.
    pub multiplier: f64,
    /// The longest wait. Default 30 s.
    pub max: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { base: Duration::from_millis(500), multiplier: 2.0, max: Duration::from_secs(30) }
    }
}

/// `[suspension]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspension {
    /// Requests wait where nothing is usable. Default on.
    pub enabled: bool,
    /// How long at most. Default 300 s.
    pub timeout: Duration,
    /// Most that wait at one time. Default 100.
    pub max: u32,
}

impl Default for Suspension {
    fn default() -> Self {
        Self { enabled: true, timeout: Duration::from_secs(300), max: 100 }
    }
}

/// One of `[[clients]]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Client {
    /// Name in records and logs.
    pub name: String,
    /// Its token.
    pub token: Secret,
    /// Paths outside the inference paths that it may use: exact, or ending in `*`.
    pub paths: Vec<String>,
    /// Most requests of it at one time; `None` = no limit.
    pub max_concurrent: Option<u32>,
}

/// `[control]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Control {
    /// Control socket; `None` = the shell's default place.
    pub socket: Option<PathBuf>,
    /// Whether other local users may read status.
    pub others_read: bool,
}

/// `[web]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Web {
    /// Where the dashboard and the HTTP API are; empty = nowhere.
    pub listen: Vec<Listen>,
    /// Whoever reaches a loopback address may look; else only those who have logged in.
    pub reads_by_loopback: bool,
    /// Whoever reaches a loopback address may change things; else only those who have logged in.
    pub writes_by_loopback: bool,
}

/// `[log]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,zephyrd=debug`.
    pub level: String,
    /// Where and how.
    pub format: LogFormat,
}

/// `[log] format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Journal under systemd, else text.
    Auto,
    /// The journal's native protocol.
    Journal,
    /// One JSON object a line.
    Json,
    /// Text, coloured on a terminal.
    Text,
}
