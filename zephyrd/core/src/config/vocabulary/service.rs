//! The keys of probes, choice, clients, control and log.

use super::{Kind, Section, key, with};

const MINUTE: u64 = 60_000;
const DAY: u64 = 24 * 60 * MINUTE;
const PROBE: Kind = Kind::Seconds { min_ms: 10, max_ms: DAY };

pub(super) const HEALTH_CHECK: Section = Section {
    name: "health_check",
    title: "`[health_check]`",
    doc: "How endpoints are probed",
    keys: &[
        key(
            "kind",
            Kind::Choice(&["messages", "models", "count-tokens", "connect", "command"]),
            "What is sent; default: messages with a key of ours, else connect",
        ),
        with("enabled", Kind::Flag, "true", "Off: only real traffic tells"),
        key(
            "model",
            Kind::Text,
            "Model of `messages`; default: claude-haiku-4-5, or gpt-5-mini for the openai dialects",
        ),
        with("prompt", Kind::Text, "\"hi\"", "Text of `messages`"),
        key(
            "command",
            Kind::Command,
            "Program and arguments of `command`; it finds the endpoint in its environment",
        ),
        with("interval_seconds", PROBE, "60", "Time between two probes of one endpoint"),
        key(
            "timeout_seconds",
            PROBE,
            "A probe without an answer by then has failed; default: 20, at most half the interval",
        ),
        with("dynamic_scaling", Kind::Flag, "true", "Probe less often where real traffic tells already"),
        with("min_interval_seconds", PROBE, "30", "Shortest interval of the dynamic scale"),
        with("max_interval_seconds", PROBE, "3600", "Longest interval of the dynamic scale"),
        with(
            "daily_budget_usd",
            Kind::Number { min: 0.0, max: 10_000.0 },
            "0.10",
            "Most that paid probes may cost in a day, then `connect`",
        ),
        key(
            "claude_binary_path",
            Kind::Text,
            "Claude Code's program, for `kind = \"command\"` without a `command`",
        ),
    ],
};

pub(super) const SELECTION: Section = Section {
    name: "selection",
    title: "`[selection]`",
    doc: "How the endpoint of a request is chosen",
    keys: &[
        with(
            "strategy",
            Kind::Choice(&["fastest", "priority", "cheapest", "round-robin", "random", "least-busy"]),
            "\"fastest\"",
            "fastest, priority, cheapest, round-robin, random or least-busy",
        ),
        with(
            "auto_switch",
            Kind::Flag,
            "true",
            "Off: the active group stays until a person activates another",
        ),
        with(
            "affinity",
            Kind::Flag,
            "true",
            "A conversation stays at its endpoint while that is usable, for its prompt cache",
        ),
    ],
};

pub(super) const FAILOVER: Section = Section {
    name: "failover",
    title: "`[failover]`",
    doc: "When and how often a request moves on",
    keys: &[
        with(
            "max_attempts",
            Kind::Integer { min: 1, max: 32 },
            "3",
            "Most attempts of one request that may have been billed",
        ),
        with(
            "cooldown_seconds",
            Kind::Seconds { min_ms: 10, max_ms: DAY },
            "60",
            "How long an endpoint rests after three failures in a row",
        ),
        with(
            "group_cooldown_seconds",
            Kind::Seconds { min_ms: 10, max_ms: DAY },
            "600",
            "How long a group rests when all its endpoints have failed",
        ),
        with("statuses", Kind::Statuses, "[]", "Status codes that move on, beside the built-in ones"),
        with(
            "body_patterns",
            Kind::Texts,
            "[]",
            "Texts of a refusal that mean a limit is reached, in any case; `*` for anything between",
        ),
        with("any_4xx", Kind::Flag, "false", "Every 4xx moves on, those that are the client's fault too"),
        key("backoff", Kind::Table("backoff"), "Waits before the same endpoint is asked again"),
    ],
};

pub(super) const BACKOFF: Section = Section {
    name: "backoff",
    title: "`backoff`",
    doc: "Waits before the same endpoint is asked again: base, then times the multiplier each time",
    keys: &[
        with("base_seconds", Kind::Seconds { min_ms: 1, max_ms: 60 * MINUTE }, "0.5", "The first wait"),
        with(
            "multiplier",
            Kind::Number { min: 1.0, max: 10.0 },
            "2.0",
            "How much longer each further wait is; after a 429 three times the base and at least 2.5",
        ),
        with(
            "max_seconds",
            Kind::Seconds { min_ms: 1, max_ms: DAY },
            "30",
            "The longest wait; after a 429 twice that",
        ),
    ],
};

pub(super) const SUSPENSION: Section = Section {
    name: "suspension",
    title: "`[suspension]`",
    doc: "Requests that wait where nothing is usable, instead of failing",
    keys: &[
        with("enabled", Kind::Flag, "true", "Off: such a request fails at once"),
        with(
            "timeout_seconds",
            Kind::Seconds { min_ms: 10, max_ms: DAY },
            "300",
            "How long a request waits at most",
        ),
        with(
            "max",
            Kind::Integer { min: 1, max: 100_000 },
            "100",
            "Most requests that wait at one time; further ones fail at once",
        ),
    ],
};

pub(super) const CLIENTS: Section = Section {
    name: "clients",
    title: "`[[clients]]`",
    doc: "Who may use the proxy",
    keys: &[
        key("name", Kind::Text, "Its name in logs"),
        key("token", Kind::Secret, "Its token, at least 16 characters, sent as Bearer or `x-api-key`"),
        with(
            "paths",
            Kind::Texts,
            "[]",
            "Paths beside the inference paths that it may use; `*` at the end for all below",
        ),
        key(
            "max_concurrent",
            Kind::Integer { min: 1, max: 100_000 },
            "Most requests of it at one time, further ones queue; default: no limit",
        ),
    ],
};

pub(super) const CONTROL: Section = Section {
    name: "control",
    title: "`[control]`",
    doc: "The control socket of `zephyrctl`",
    keys: &[
        key(
            "socket",
            Kind::Path,
            "Its path; default: /run/zephyrd/control.sock, or in the user's runtime directory",
        ),
        with(
            "others",
            Kind::Choice(&["read", "none"]),
            "\"read\"",
            "What local users who are no operators may do",
        ),
    ],
};

pub(super) const WEB: Section = Section {
    name: "web",
    title: "`[web]`",
    doc: "The dashboard and the HTTP API",
    keys: &[
        with(
            "listen",
            Kind::Texts,
            "[\"localhost:8010\"]",
            "Addresses with ports; [] = no dashboard; beyond loopback everything but `/health` needs the admin token",
        ),
        with(
            "reads",
            Kind::Choice(&["loopback", "login"]),
            "\"loopback\"",
            "Who may look: loopback = whoever reaches a loopback address; login = who has logged in or sends the admin token",
        ),
        with(
            "writes",
            Kind::Choice(&["login", "loopback"]),
            "\"login\"",
            "Who may change things: login = who has logged in or sends the admin token; loopback = every local user",
        ),
    ],
};

pub(super) const UI: Section = Section {
    name: "ui",
    title: "`[ui]`",
    doc: "What people see",
    keys: &[with(
        "language",
        Kind::Choice(&["auto", "en", "zh-CN"]),
        "\"auto\"",
        "Language of the web dashboard; auto = the browser's (`zephyrctl` goes by LANG)",
    )],
};

pub(super) const LOG: Section = Section {
    name: "log",
    title: "`[log]`",
    doc: "What is logged, and how",
    keys: &[
        with(
            "level",
            Kind::Text,
            "\"info\"",
            "error, warn, info, debug, trace, or a filter such as `info,zephyrd=debug`",
        ),
        with(
            "format",
            Kind::Choice(&["auto", "journal", "json", "text"]),
            "\"auto\"",
            "auto = the journal under systemd, else text",
        ),
    ],
};
