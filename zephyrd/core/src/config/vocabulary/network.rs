//! The keys of the listening side and of the endpoints.

use super::quirks::{PROFILE, QUIRKS_KEY};
use super::{Key, Kind, Section, key, with};

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

pub(super) const DIALECTS: &[&str] = &["anthropic", "openai-chat", "openai-responses"];

pub(super) const SERVER: Section = Section {
    name: "server",
    title: "`[server]`",
    doc: "The proxy's own side: where it listens and how much it takes",
    keys: &[
        with(
            "port",
            Kind::Integer { min: 1, max: 65535 },
            "8080",
            "Port on 127.0.0.1 and, where there is IPv6, [::1]",
        ),
        key(
            "listen",
            Kind::Texts,
            "Addresses with ports instead of `port`; beyond loopback only with `[[clients]]`",
        ),
        with("hosts", Kind::Texts, "[]", "Host names that clients may call it by, beside the loopback names"),
        with("cors_origins", Kind::Texts, "[]", "Origins of web pages that may call it"),
        key("tls", Kind::Table("tls"), "Certificate and key, to speak TLS on every listener"),
        key(
            "state_dir",
            Kind::Path,
            "Where pins and counters are kept; default: systemd's or the user's state directory",
        ),
        key(
            "env_file",
            Kind::Path,
            "File of `NAME=value` lines with keys; default: `zephyrd.env` beside the config",
        ),
        with(
            "switch_threshold_ms",
            Kind::Millis { min_ms: 0, max_ms: HOUR },
            "50",
            "`fastest` moves only to an endpoint that is faster by this",
        ),
        with(
            "graceful_switch_timeout_ms",
            Kind::Millis { min_ms: 0, max_ms: 24 * HOUR },
            "300000",
            "How long a stopping daemon waits for running requests",
        ),
        with("max_body", Kind::Size { min: KIB, max: 32 * MIB }, "\"32MiB\"", "Largest request body"),
        with(
            "max_replay_bytes",
            Kind::Size { min: MIB, max: 1024 * GIB },
            "\"512MiB\"",
            "Largest sum of request bodies held at one time",
        ),
        with(
            "trusted_proxies",
            Kind::Texts,
            "[]",
            "Addresses of proxies whose `X-Forwarded-For` names the client",
        ),
        with(
            "estimate_tokens",
            Kind::Flag,
            "true",
            "Estimate counts of input tokens that no endpoint gives; off: such a request is a 501",
        ),
    ],
};

pub(super) const TLS: Section = Section {
    name: "tls",
    title: "`tls`",
    doc: "Certificate and key of the listeners",
    keys: &[
        key("cert", Kind::File, "Certificate chain in PEM"),
        key("key", Kind::File, "Private key in PEM"),
    ],
};

pub(super) const PRIORITY: Kind = Kind::Integer { min: 0, max: 1_000_000 };
const AUTH_TOKEN_ENV: Key = key(
    "auth_token_env",
    Kind::Text,
    "Variable with a Bearer token; short for `auth = { bearer = { env = … } }`",
);
const AUTH_KEY: Key = key(
    "auth",
    Kind::Auth,
    "Credential: `\"passthrough\"`, `\"none\"`, or `{ bearer | x_api_key | header = … }`",
);
const DIALECT: Key = with(
    "dialect",
    Kind::Choice(DIALECTS),
    "\"anthropic\"",
    "What it speaks: anthropic, openai-chat or openai-responses",
);
const PROVIDER: Key = key("provider", Kind::Text, "Who is behind it; default: the URL's host");
const HEADERS: Key = with("headers", Kind::Pairs, "{}", "Headers set on every request");
const PROXY: Key = key("proxy", Kind::Text, "Proxy on the way there: http://, https:// or socks5://");
const CA_FILE: Key =
    key("ca_file", Kind::File, "PEM file with the only certificate authorities trusted for it");
const MAX_CONCURRENT: Key = key(
    "max_concurrent",
    Kind::Integer { min: 1, max: 100_000 },
    "Most requests at one time, further ones queue; default: no limit",
);
const OVERAGE: Key = with(
    "overage",
    Kind::Flag,
    "true",
    "Off: a subscription that would go on at extra cost counts as used up",
);
const TIMEOUTS_KEY: Key = key("timeouts", Kind::Table("timeouts"), "Limits of one attempt");
const HEALTH_KEY: Key =
    key("health_check", Kind::Table("health_check"), "What differs from `[health_check]` here");

pub(super) const GROUPS: Section = Section {
    name: "groups",
    title: "`[[groups]]`",
    doc: "Endpoints that share a credential and a priority",
    keys: &[
        key("name", Kind::Text, "Its name, unique over groups and endpoints"),
        with(
            "priority",
            PRIORITY,
            "100",
            "Groups of the lowest number are used first, the others when those fail",
        ),
        with(
            "default",
            Kind::Flag,
            "false",
            "Serves paths that are no inference paths; without any, the first enabled group does",
        ),
        with("enabled", Kind::Flag, "true", "Whether it is used"),
        DIALECT,
        PROFILE,
        PROVIDER,
        AUTH_KEY,
        AUTH_TOKEN_ENV,
        HEADERS,
        PROXY,
        CA_FILE,
        key(
            "max_concurrent",
            Kind::Integer { min: 1, max: 100_000 },
            "Most requests at one time over all its endpoints, further ones queue; default: no limit",
        ),
        OVERAGE,
        key(
            "recover",
            Kind::Table("recover"),
            "When it is seen whether a limit is over, beside the stated times",
        ),
        TIMEOUTS_KEY,
        QUIRKS_KEY,
        HEALTH_KEY,
        key("endpoints", Kind::Tables("endpoints"), "Its endpoints"),
    ],
};

pub(super) const ENDPOINTS: Section = Section {
    name: "endpoints",
    title: "an endpoint",
    doc: "One base URL; what is set here goes before what the group says",
    keys: &[
        key("name", Kind::Text, "Its name, unique over groups and endpoints"),
        key(
            "url",
            Kind::Text,
            "Base URL; a version at its end (`/v1`, `/v4`) takes the place of `/v1` in paths",
        ),
        with("priority", PRIORITY, "100", "Lower is preferred by the `priority` strategy"),
        with(
            "price",
            Kind::Number { min: 0.0, max: 1000.0 },
            "1.0",
            "Price factor: 1.0 = list price, 0 = subscription",
        ),
        with(
            "weight",
            Kind::Integer { min: 1, max: 10_000 },
            "1",
            "Share of load in round-robin, random and least-busy",
        ),
        with("enabled", Kind::Flag, "true", "Whether it is used"),
        DIALECT,
        PROFILE,
        PROVIDER,
        AUTH_KEY,
        AUTH_TOKEN_ENV,
        HEADERS,
        PROXY,
        CA_FILE,
        MAX_CONCURRENT,
        OVERAGE,
        TIMEOUTS_KEY,
        QUIRKS_KEY,
        HEALTH_KEY,
    ],
};

const ATTEMPT: Kind = Kind::Seconds { min_ms: 10, max_ms: 24 * HOUR };

pub(super) const TIMEOUTS: Section = Section {
    name: "timeouts",
    title: "`timeouts`",
    doc: "Limits of one attempt",
    keys: &[
        with(
            "connect_seconds",
            Kind::Seconds { min_ms: 10, max_ms: 5 * MINUTE },
            "5",
            "To connect, TLS included",
        ),
        with("first_event_seconds", ATTEMPT, "120", "Streams: to the first event with content"),
        with("non_stream_seconds", ATTEMPT, "600", "Other answers: to the first byte"),
        with("idle_seconds", ATTEMPT, "90", "Between two bytes of an answer"),
    ],
};

pub(super) const RECOVER: Section = Section {
    name: "recover",
    title: "`recover`",
    doc: "When it is seen whether a limit is over",
    keys: &[key("cron", Kind::Text, "Five fields, in the machine's time: minute hour day month weekday")],
};

pub(super) const AUTH: Section = Section {
    name: "auth",
    title: "`auth`",
    doc: "A credential of ours: exactly one of these keys",
    keys: &[
        key("bearer", Kind::Secret, "Sent as `authorization: Bearer …`"),
        key("x_api_key", Kind::Secret, "Sent as `x-api-key: …`"),
        key("header", Kind::Table("header"), "Sent as any other header"),
    ],
};

pub(super) const HEADER: Section = Section {
    name: "header",
    title: "`header`",
    doc: "A header with a credential",
    keys: &[key("name", Kind::Text, "The header's name"), key("value", Kind::Secret, "Its value")],
};

pub(super) const SECRET: Section = Section {
    name: "secret",
    title: "a secret",
    doc: "Where a secret's value is: exactly one of env, file, credential and command",
    keys: &[
        key("env", Kind::Text, "Variable of the key file or of the environment"),
        key("file", Kind::File, "File with mode 0600: the whole file, or its line `key=…`"),
        key("key", Kind::Text, "Which line of `file`"),
        key("credential", Kind::Text, "systemd credential of this name"),
        key("command", Kind::Command, "Program that prints the value"),
        with(
            "ttl_seconds",
            Kind::Seconds { min_ms: 1000, max_ms: 24 * HOUR },
            "300",
            "How long what `command` printed is used",
        ),
    ],
};
