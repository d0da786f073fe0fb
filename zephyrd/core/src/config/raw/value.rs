//! Typed values of nodes, and whether a node fits its key.

use std::time::Duration;

use super::super::vocabulary::{Key, Kind, Section};
use super::shape::nearest;
use super::tree::{At, Node, Table, Value, parse_value};

/// Why a value does not fit.
pub(super) struct Wrong {
    pub(super) at: At,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

/// Whether `node` fits `key`; tables are looked into elsewhere.
pub(super) fn fits(key: &Key, node: &Node) -> Result<(), Wrong> {
    let wrong = |message: String, hint: Option<String>| Wrong { at: node.at.clone(), message, hint };
    let expected =
        |what: &str| wrong(format!("`{}` must be {what}, not {}", key.name, node.value.type_name()), None);
    let bounds =
        |low: String, high: String| wrong(format!("`{}` must be between {low} and {high}", key.name), None);
    let name = key.name;
    match key.kind {
        Kind::Text | Kind::Path | Kind::File | Kind::Secret => {
            let what = if key.kind == Kind::Secret { "a string or a table" } else { "a string" };
            let text = node.text().ok_or_else(|| expected(what))?;
            if text.trim().is_empty() {
                return Err(wrong(
                    format!("`{name}` is empty"),
                    Some("give it a value or leave it out".to_owned()),
                ));
            }
            let path = matches!(key.kind, Kind::Path | Kind::File);
            if path && (!text.starts_with('/') || text.contains('\0')) {
                let hint = "nothing is looked up in the working directory".to_owned();
                return Err(wrong(format!("`{name}` must be an absolute path"), Some(hint)));
            }
            Ok(())
        }
        Kind::Flag => node.flag().map(drop).ok_or_else(|| expected("true or false")),
        Kind::Integer { min, max } => match node.value {
            Value::Integer(_) => match node.integer().filter(|i| (min..=max).contains(i)) {
                Some(_) => Ok(()),
                None => Err(out_of_bounds(key, node, bounds(min.to_string(), max.to_string()))),
            },
            _ => Err(expected("an integer")),
        },
        Kind::Number { min, max } => match node.number() {
            Some(n) if n >= min && n <= max => Ok(()),
            Some(_) => Err(bounds(min.to_string(), max.to_string())),
            None => Err(expected("a number")),
        },
        Kind::Seconds { min_ms, max_ms } | Kind::Millis { min_ms, max_ms } => {
            let unit = if matches!(key.kind, Kind::Seconds { .. }) { "seconds" } else { "milliseconds" };
            let found = node.duration(unit == "seconds").ok_or_else(|| match node.value {
                Value::Text(_) => wrong(
                    format!("`{name}` is no duration"),
                    Some(format!("write a number of {unit}, or \"500ms\", \"60s\", \"2m\", \"1h\"")),
                ),
                Value::Integer(_) | Value::Number(_) => bounds(duration(min_ms), duration(max_ms)),
                _ => expected(&format!("a number of {unit} or a string like \"60s\"")),
            })?;
            let ms = found.as_millis();
            if ms < u128::from(min_ms) || ms > u128::from(max_ms) {
                return Err(bounds(duration(min_ms), duration(max_ms)));
            }
            Ok(())
        }
        Kind::Size { min, max } => match node.size() {
            Some(n) if (min..=max).contains(&n) => Ok(()),
            Some(_) => Err(bounds(size(min), size(max))),
            None if matches!(node.value, Value::Text(_)) => Err(wrong(
                format!("`{name}` is no size"),
                Some("write a number of bytes, or \"512KiB\", \"32MiB\", \"1GiB\"".to_owned()),
            )),
            None => Err(expected("a number of bytes or a string like \"32MiB\"")),
        },
        Kind::Choice(names) => {
            let text = node.text().ok_or_else(|| expected("a string"))?;
            if names.contains(&text) {
                return Ok(());
            }
            let hint = match nearest(text, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("one of `{}`", names.join("`, `")),
            };
            let shown: String = text.chars().take(40).map(|c| if c.is_control() { '?' } else { c }).collect();
            Err(wrong(format!("unknown {name} `{shown}`"), Some(hint)))
        }
        Kind::Texts | Kind::Command => match &node.value {
            Value::Text(_) => Ok(()),
            Value::List(nodes) => match nodes.iter().find(|n| n.text().is_none()) {
                Some(n) => Err(Wrong {
                    at: n.at.clone(),
                    message: format!(
                        "`{name}` must be a list of strings, and this is {}",
                        n.value.type_name()
                    ),
                    hint: None,
                }),
                None => Ok(()),
            },
            _ => Err(expected("a list of strings")),
        },
        Kind::Statuses => match &node.value {
            Value::List(nodes) => match nodes.iter().find(|n| n.status().is_none()) {
                Some(n) => Err(Wrong {
                    at: n.at.clone(),
                    message: format!("`{name}` takes HTTP status codes from 400 to 599"),
                    hint: None,
                }),
                None => Ok(()),
            },
            _ => Err(expected("a list of status codes")),
        },
        Kind::Pairs => match &node.value {
            Value::Table(t) => match t.entries.iter().find(|e| e.node.text().is_none()) {
                Some(e) => Err(Wrong {
                    at: e.node.at.clone(),
                    message: format!(
                        "every value in `{name}` must be a string, and this is {}",
                        e.node.value.type_name()
                    ),
                    hint: None,
                }),
                None => Ok(()),
            },
            _ => Err(expected("a table of strings")),
        },
        Kind::Values => match &node.value {
            Value::Table(t) => match t.entries.iter().find_map(|e| not_in_json(&e.node)) {
                Some(n) => Err(Wrong {
                    at: n.at.clone(),
                    message: format!("`{name}` takes what JSON has, and this is {}", n.value.type_name()),
                    hint: Some("dates are strings there, and numbers are finite".to_owned()),
                }),
                None => Ok(()),
            },
            _ => Err(expected("a table")),
        },
        Kind::Auth => match node.text() {
            Some("passthrough" | "none") => Ok(()),
            // The text is not shown: it may well be a key.
            Some(_) => Err(wrong(
                "`auth` must be \"passthrough\", \"none\" or a table".to_owned(),
                Some("for a key of yours write `auth = { bearer = { env = \"VARIABLE\" } }`".to_owned()),
            )),
            None => Err(expected("\"passthrough\", \"none\" or a table")),
        },
        Kind::Table(_) => Err(expected("a table")),
        Kind::Tables(_) => Err(expected("a list of tables")),
    }
}

fn out_of_bounds(key: &Key, node: &Node, mut wrong: Wrong) -> Wrong {
    if node.integer() == Some(0) {
        wrong.hint = match key.name {
            "port" => Some("`listen = [\"127.0.0.1:0\"]` lets the kernel choose a port".to_owned()),
            "weight" => Some("`enabled = false` takes an endpoint out".to_owned()),
            "max_concurrent" => Some("leave it out for no limit".to_owned()),
            _ => None,
        };
    }
    wrong
}

fn duration(ms: u64) -> String {
    match ms {
        0 => "0".to_owned(),
        _ if ms.is_multiple_of(3_600_000) => format!("{}h", ms / 3_600_000),
        _ if ms.is_multiple_of(60_000) => format!("{}m", ms / 60_000),
        _ if ms.is_multiple_of(1000) => format!("{}s", ms / 1000),
        _ => format!("{ms}ms"),
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        _ if bytes >= 1 << 30 => format!("{}GiB", bytes >> 30),
        _ if bytes >= 1 << 20 => format!("{}MiB", bytes >> 20),
        _ => format!("{}KiB", bytes >> 10),
    }
}

/// What in `node` JSON has no word for.
fn not_in_json(node: &Node) -> Option<&Node> {
    match &node.value {
        Value::Date | Value::Integer(None) => Some(node),
        Value::Number(n) if !n.is_finite() => Some(node),
        Value::List(nodes) => nodes.iter().find_map(not_in_json),
        Value::Table(table) => table.entries.iter().find_map(|entry| not_in_json(&entry.node)),
        _ => None,
    }
}

impl Node {
    /// It as a plain value; `None` for what has none.
    fn plain(&self) -> Option<toml::Value> {
        Some(match &self.value {
            Value::Text(text) => toml::Value::String(text.clone()),
            Value::Integer(number) => toml::Value::Integer((*number)?),
            Value::Number(number) => toml::Value::Float(*number),
            Value::Flag(flag) => toml::Value::Boolean(*flag),
            Value::List(nodes) => toml::Value::Array(nodes.iter().filter_map(Self::plain).collect()),
            Value::Table(table) => toml::Value::Table(table.plain()),
            Value::Date => return None,
        })
    }

    /// Its text.
    pub(in super::super) fn text(&self) -> Option<&str> {
        if let Value::Text(s) = &self.value { Some(s) } else { None }
    }

    /// Whether it is a list.
    pub(in super::super) fn is_list(&self) -> bool {
        matches!(self.value, Value::List(_))
    }

    fn flag(&self) -> Option<bool> {
        if let Value::Flag(b) = self.value { Some(b) } else { None }
    }

    fn integer(&self) -> Option<u64> {
        if let Value::Integer(Some(i)) = self.value { u64::try_from(i).ok() } else { None }
    }

    fn number(&self) -> Option<f64> {
        match self.value {
            Value::Number(n) => Some(n),
            Value::Integer(Some(i)) => Some(i as f64),
            _ => None,
        }
    }

    fn status(&self) -> Option<u16> {
        self.integer().and_then(|i| u16::try_from(i).ok()).filter(|s| (400..600).contains(s))
    }

    fn duration(&self, seconds: bool) -> Option<Duration> {
        let ms_of = |n: f64, unit_ms: f64| {
            let ms = n * unit_ms;
            // A year: far above every bound, and safe to turn into a `Duration`.
            (ms.is_finite() && (0.0..=3.2e10).contains(&ms))
                .then(|| Duration::from_micros((ms * 1000.0).round() as u64))
        };
        match &self.value {
            Value::Integer(_) | Value::Number(_) => ms_of(self.number()?, if seconds { 1000.0 } else { 1.0 }),
            Value::Text(s) => {
                let s = s.trim();
                let digits = s.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(s.len());
                let unit_ms = match s[digits..].trim_start() {
                    "ms" => 1.0,
                    "s" => 1000.0,
                    "m" => 60_000.0,
                    "h" => 3_600_000.0,
                    _ => return None,
                };
                ms_of(s[..digits].parse().ok()?, unit_ms)
            }
            _ => None,
        }
    }

    fn size(&self) -> Option<u64> {
        match &self.value {
            Value::Integer(_) => self.integer(),
            Value::Text(s) => {
                let s = s.trim();
                let digits = s.find(|c: char| !c.is_ascii_digit()).unwrap_or(s.len());
                let shift = match s[digits..].trim_start() {
                    "" | "B" => 0,
                    "KiB" => 10,
                    "MiB" => 20,
                    "GiB" => 30,
                    _ => return None,
                };
                s[..digits].parse::<u64>().ok()?.checked_mul(1 << shift)
            }
            _ => None,
        }
    }
}

/// The tables in which a key is looked up, the first that has it wins; then the vocabulary's default.
#[derive(Clone)]
pub(in super::super) struct Layers<'t> {
    tables: Vec<&'t Table>,
    of: &'static Section,
}

impl<'t> Layers<'t> {
    /// Layers of `of`, the strongest first.
    pub(in super::super) fn new(tables: impl IntoIterator<Item = &'t Table>, of: &'static Section) -> Self {
        Self { tables: tables.into_iter().collect(), of }
    }

    /// The node of `key` in the strongest table that has one; no default.
    pub(in super::super) fn node(&self, key: &str) -> Option<&'t Node> {
        self.tables.iter().find_map(|t| t.get(key))
    }

    /// Where `key` is set.
    pub(in super::super) fn at(&self, key: &str) -> Option<&'t At> {
        self.node(key).map(|n| &n.at)
    }

    /// The first value that fits, by strength, then the default. What does not fit was reported.
    fn value<T>(&self, key: &str, read: impl Fn(&Node) -> Option<T>) -> Option<T> {
        let known = self.of.key(key)?;
        let set = self.tables.iter().filter_map(|t| t.get(key)).find(|n| fits(known, n).is_ok());
        match set {
            Some(node) => read(node),
            None => read(&parse_value(known.default?, &At::Nowhere)?),
        }
    }

    pub(in super::super) fn text(&self, key: &str) -> Option<String> {
        self.value(key, |n| n.text().map(str::to_owned))
    }

    pub(in super::super) fn flag(&self, key: &str) -> bool {
        self.value(key, Node::flag).unwrap_or_default()
    }

    pub(in super::super) fn integer(&self, key: &str) -> Option<u32> {
        self.value(key, |n| n.integer().and_then(|i| u32::try_from(i).ok()))
    }

    pub(in super::super) fn number(&self, key: &str) -> f64 {
        self.value(key, Node::number).unwrap_or_default()
    }

    /// The number of `key`; `None` where it is not set and has no default.
    pub(in super::super) fn maybe_number(&self, key: &str) -> Option<f64> {
        self.value(key, Node::number)
    }

    /// The flag of `key`; `None` where it is not set and has no default.
    pub(in super::super) fn maybe_flag(&self, key: &str) -> Option<bool> {
        self.value(key, Node::flag)
    }

    pub(in super::super) fn seconds(&self, key: &str) -> Option<Duration> {
        self.value(key, |n| n.duration(true))
    }

    pub(in super::super) fn millis(&self, key: &str) -> Duration {
        self.value(key, |n| n.duration(false)).unwrap_or_default()
    }

    pub(in super::super) fn size(&self, key: &str) -> u64 {
        self.value(key, Node::size).unwrap_or_default()
    }

    pub(in super::super) fn statuses(&self, key: &str) -> Vec<u16> {
        self.value(key, |n| match &n.value {
            Value::List(nodes) => Some(nodes.iter().filter_map(Node::status).collect()),
            _ => None,
        })
        .unwrap_or_default()
    }

    /// The table of any values in `key`; `None` where it is not set.
    pub(in super::super) fn values(&self, key: &str) -> Option<toml::Table> {
        self.value(key, |n| match &n.value {
            Value::Table(table) => Some(table.plain()),
            _ => None,
        })
    }

    /// The strings of a list, each with its place.
    pub(in super::super) fn texts(&self, key: &str) -> Vec<(At, String)> {
        self.value(key, |n| Some(n.texts())).unwrap_or_default()
    }
}

impl Table {
    fn plain(&self) -> toml::Table {
        self.entries.iter().filter_map(|e| Some((e.key.clone(), e.node.plain()?))).collect()
    }
}

impl Node {
    /// The strings of a list, or the one string, each with its place.
    pub(in super::super) fn texts(&self) -> Vec<(At, String)> {
        match &self.value {
            Value::Text(s) => vec![(self.at.clone(), s.clone())],
            Value::List(nodes) => {
                nodes.iter().filter_map(|n| Some((n.at.clone(), n.text()?.to_owned()))).collect()
            }
            _ => Vec::new(),
        }
    }
}
