//! The keys of records, prices, budgets, shared calls and kept answers.

use super::{Key, Kind, Section, key, with};

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
const DAY: u64 = 24 * 60 * 60 * 1000;

pub(super) const USAGE: Section = Section {
    name: "usage",
    title: "`[usage]`",
    doc: "The records of what requests used and cost",
    keys: &[
        with("enabled", Kind::Flag, "true", "Off: answers are not looked into, and nothing is recorded"),
        key(
            "database",
            Kind::Text,
            "File, or \"memory\" to forget at a restart; default: usage.db in the state directory",
        ),
        with("retention_days", Kind::Integer { min: 1, max: 36_500 }, "400", "How long a record is kept"),
        with(
            "batch_size",
            Kind::Integer { min: 1, max: 10_000 },
            "256",
            "So many records are written without waiting for the flush interval",
        ),
        with(
            "flush_interval_seconds",
            Kind::Seconds { min_ms: 50, max_ms: 60_000 },
            "1",
            "Longest that a record waits to be written: what a crash may lose",
        ),
    ],
};

/// Dollars per million tokens. Up to here nine decimals are exact.
const PRICE: Kind = Kind::Number { min: 0.0, max: 1_000_000.0 };

const fn price(name: &'static str, doc: &'static str) -> Key {
    key(name, PRICE, doc)
}

pub(super) const PRICES: Section = Section {
    name: "prices",
    title: "`[[prices]]`",
    doc: "Prices that go before the built-in ones: the first that matches counts",
    keys: &[
        key(
            "model",
            Kind::Text,
            "Models, with `*` and `?`; a lone \"*\" is for models that the built-in table does not know",
        ),
        key("endpoint", Kind::Text, "The endpoint or group that it holds for; default: all"),
        price("input", "Input in USD per million tokens"),
        price("output", "Output in USD per million tokens"),
        price(
            "cache_write_5m",
            "Input written to a 5-minute cache; default: as the vendor derives it from `input`",
        ),
        price(
            "cache_write_1h",
            "Input written to a 1-hour cache; default: as the vendor derives it from `input`",
        ),
        price("cache_read", "Input read from a cache; default: as the vendor derives it from `input`"),
        price("web_search", "A thousand searches of the web in USD; default: the built-in price"),
    ],
};

pub(super) const BUDGETS: Section = Section {
    name: "budgets",
    title: "`[[budgets]]`",
    doc: "How much may be spent; then requests are refused until the period ends",
    keys: &[
        key("period", Kind::Choice(&["day", "week", "month"]), "day, week (from Monday) or month"),
        key("limit_usd", Kind::Number { min: 0.000_001, max: 1_000_000.0 }, "Most that may be spent in it"),
        key("client", Kind::Text, "The one of `[[clients]]` that it is for; default: all together"),
        with(
            "warn_at",
            Kind::Number { min: 0.01, max: 1.0 },
            "0.8",
            "Share of the limit at which a warning is logged",
        ),
    ],
};

pub(super) const DEDUP: Section = Section {
    name: "dedup",
    title: "`[dedup]`",
    doc: "Identical requests in flight that share one call",
    keys: &[key(
        "enabled",
        Kind::Flag,
        "Whether those of one credential share a call; default: only those that name their session",
    )],
};

pub(super) const CACHE: Section = Section {
    name: "cache",
    title: "`[cache]`",
    doc: "Answers that are kept and given again to the same request",
    keys: &[
        with("enabled", Kind::Flag, "false", "Whether answers are kept"),
        with("max_cache_size", Kind::Integer { min: 1, max: 1_000_000 }, "1000", "Most answers"),
        with("max_cache_bytes", Kind::Size { min: MIB, max: 64 * GIB }, "\"64MiB\"", "Most bytes of answers"),
        with(
            "cache_ttl_seconds",
            Kind::Seconds { min_ms: 1000, max_ms: 30 * DAY },
            "3600",
            "How long an answer is good",
        ),
    ],
};
