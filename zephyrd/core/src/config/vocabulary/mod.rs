//! The one table of every key: name, type, default and one line of explanation.
//!
//! It drives the reader (types, bounds, unknown keys and what was meant), the defaults, the test of the
//! packaged example, `config show --effective` and the man page. A key that is not here does not exist.

mod accounts;
mod later;
mod network;
mod quirks;
mod routes;
mod service;

pub(super) use later::later;

/// The type of a key's value, with its bounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// A string that is not empty.
    Text,
    /// `true` or `false`.
    Flag,
    /// An integer within bounds.
    Integer {
        /// Smallest.
        min: u64,
        /// Largest.
        max: u64,
    },
    /// A number within bounds.
    Number {
        /// Smallest.
        min: f64,
        /// Largest.
        max: f64,
    },
    /// A duration: a number of seconds, or `"500ms"`, `"60s"`, `"2m"`, `"1h"`. Bounds in milliseconds.
    Seconds {
        /// Shortest.
        min_ms: u64,
        /// Longest.
        max_ms: u64,
    },
    /// A duration: a number of milliseconds, or a string as in `Seconds`. Bounds in milliseconds.
    Millis {
        /// Shortest.
        min_ms: u64,
        /// Longest.
        max_ms: u64,
    },
    /// A number of bytes, or `"512KiB"`, `"32MiB"`, `"1GiB"`.
    Size {
        /// Smallest.
        min: u64,
        /// Largest.
        max: u64,
    },
    /// One of these strings.
    Choice(&'static [&'static str]),
    /// A list of strings, or one string.
    Texts,
    /// A list of HTTP status codes, 400 to 599.
    Statuses,
    /// An absolute path.
    Path,
    /// An absolute path of a file that must be readable.
    File,
    /// Program and arguments: a list, or one string split at spaces; no shell.
    Command,
    /// `"passthrough"`, `"none"` or a table with one of the keys of the section `auth`.
    Auth,
    /// A literal string, or a table that says where the value is (section `secret`).
    Secret,
    /// A table of strings with keys of any name.
    Pairs,
    /// A table of any values but dates, with keys of any name.
    Values,
    /// A table with the keys of the named section.
    Table(&'static str),
    /// A list of tables with the keys of the named section.
    Tables(&'static str),
}

/// One key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// The default as TOML; `None` where leaving it out means something that no value says, or where it is required.
    pub default: Option<&'static str>,
    /// One line for people.
    pub doc: &'static str,
}

/// The keys of one kind of table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Section {
    /// Its name: `server`; empty for the top level.
    pub name: &'static str,
    /// How it is called in problems: `[server]`.
    pub title: &'static str,
    /// One line for people.
    pub doc: &'static str,
    /// Its keys, in the order in which they are documented.
    pub keys: &'static [Key],
}

impl Section {
    /// The key of this name.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|k| k.name == name)
    }
}

const SECTIONS: &[Section] = &[
    TOP,
    network::SERVER,
    network::TLS,
    network::GROUPS,
    network::ENDPOINTS,
    network::TIMEOUTS,
    quirks::QUIRKS,
    network::RECOVER,
    network::AUTH,
    network::HEADER,
    network::SECRET,
    routes::ROUTES,
    routes::TARGETS,
    service::HEALTH_CHECK,
    service::SELECTION,
    service::FAILOVER,
    service::BACKOFF,
    service::SUSPENSION,
    service::CLIENTS,
    service::CONTROL,
    service::WEB,
    service::UI,
    service::LOG,
    accounts::USAGE,
    accounts::PRICES,
    accounts::BUDGETS,
    accounts::DEDUP,
    accounts::CACHE,
];

const TOP: Section = Section {
    name: "",
    title: "the top level",
    doc: "The tables of the config",
    keys: &[
        key("server", Kind::Table("server"), "The proxy's own side: where it listens and how much it takes"),
        key("groups", Kind::Tables("groups"), "Endpoints that share a credential and a priority"),
        key(
            "routes",
            Kind::Tables("routes"),
            "Models that certain endpoints serve, perhaps under another name",
        ),
        key("health_check", Kind::Table("health_check"), "How endpoints are probed"),
        key("selection", Kind::Table("selection"), "How the endpoint of a request is chosen"),
        key("failover", Kind::Table("failover"), "When and how often a request moves on"),
        key(
            "suspension",
            Kind::Table("suspension"),
            "Requests that wait where nothing is usable, instead of failing",
        ),
        key("clients", Kind::Tables("clients"), "Who may use the proxy; empty = everybody who reaches it"),
        key("control", Kind::Table("control"), "The control socket of `zephyrctl`"),
        key("web", Kind::Table("web"), "The dashboard and the HTTP API"),
        key("ui", Kind::Table("ui"), "What people see"),
        key("log", Kind::Table("log"), "What is logged, and how"),
        key("usage", Kind::Table("usage"), "The records of what requests used and cost"),
        key(
            "prices",
            Kind::Tables("prices"),
            "Prices that go before the built-in ones; the first that matches",
        ),
        key("budgets", Kind::Tables("budgets"), "How much may be spent in a day, a week or a month"),
        key("dedup", Kind::Table("dedup"), "Identical requests in flight that share one call"),
        key("cache", Kind::Table("cache"), "Answers that are kept and given again to the same request"),
        key(
            "claude_binary_path",
            Kind::Text,
            "Claude Code's program, for `kind = \"command\"` without a `command`",
        ),
    ],
};

const fn key(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, kind, default: None, doc }
}

const fn with(name: &'static str, kind: Kind, default: &'static str, doc: &'static str) -> Key {
    Key { name, kind, default: Some(default), doc }
}

/// Every section with every key.
#[must_use]
pub fn vocabulary() -> &'static [Section] {
    SECTIONS
}

/// The section of this name; the top level for a name that there is none of.
pub(super) fn section(name: &str) -> &'static Section {
    SECTIONS.iter().find(|s| s.name == name).unwrap_or(&SECTIONS[0])
}

/// The sections whose keys environment variables override.
pub(super) const VARIABLE_SECTIONS: &[&str] = &[
    "server",
    "selection",
    "failover",
    "suspension",
    "health_check",
    "log",
    "control",
    "web",
    "ui",
    "usage",
    "dedup",
    "cache",
];

/// The variable that overrides `key` of `section`.
pub(super) fn variable(path: &[&str]) -> String {
    format!("ZEPHYRD_{}", path.join("__").to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_that_a_key_names_exists_and_every_key_is_explained_in_one_line() {
        for section in vocabulary() {
            for key in section.keys {
                if let Kind::Table(name) | Kind::Tables(name) = key.kind {
                    assert!(SECTIONS.iter().any(|s| s.name == name), "{name}");
                }
                assert!(
                    !key.doc.is_empty() && !key.doc.contains('\n') && !key.doc.ends_with('.'),
                    "{}",
                    key.name
                );
                let twins = section.keys.iter().filter(|k| k.name == key.name).count();
                assert_eq!(twins, 1, "{} in {}", key.name, section.title);
            }
        }
    }

    #[test]
    fn choices_are_the_names_of_the_plans_variants() {
        use crate::config::{Dialect, ProbeKind, StrategyKind};
        use crate::usage::Period;
        let choices = |of: &str, name: &str| match section(of).key(name).unwrap().kind {
            Kind::Choice(names) => names.to_vec(),
            other => panic!("{other:?}"),
        };
        assert_eq!(choices("groups", "dialect"), Dialect::ALL.map(Dialect::name));
        assert_eq!(choices("health_check", "kind"), ProbeKind::ALL.map(ProbeKind::name));
        assert_eq!(choices("selection", "strategy"), StrategyKind::ALL.map(StrategyKind::name));
        assert_eq!(choices("budgets", "period"), Period::ALL.map(Period::name));
    }

    #[test]
    fn a_later_feature_is_not_in_the_vocabulary() {
        for section in vocabulary() {
            for key in section.keys {
                assert!(later(section.name, key.name).is_none(), "{}.{}", section.name, key.name);
            }
        }
    }
}
