//! `[usage]`, `[[prices]]`, `[[budgets]]`, `[dedup]` and `[cache]`.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::super::accounts::{Cache, Database, Dedup, Usage};
use super::super::plan::Group;
use super::super::raw::{At, Layers, Table, nearest};
use super::super::vocabulary::section;
use super::{Check, Draft};
use crate::usage::money::nanos_of;
use crate::usage::{Budget, Period, PriceRule, Prices};

/// Most rows of `[[prices]]`, `[[budgets]]` or `[[routes]]`.
const MOST: usize = 1024;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) fn dedup(layers: &Layers<'_>) -> Dedup {
    match layers.maybe_flag("enabled") {
        None => Dedup::Sessions,
        Some(true) => Dedup::All,
        Some(false) => Dedup::Off,
    }
}

pub(super) fn cache(layers: &Layers<'_>) -> Cache {
    let default = Cache::default();
    Cache {
        enabled: layers.flag("enabled"),
        entries: count(layers, "max_cache_size").unwrap_or(default.entries),
        bytes: layers.size("max_cache_bytes"),
        ttl: layers.seconds("cache_ttl_seconds").unwrap_or(default.ttl),
    }
}

fn count(layers: &Layers<'_>, key: &str) -> Option<usize> {
    layers.integer(key).and_then(|n| usize::try_from(n).ok())
}

impl Check<'_> {
    pub(super) fn usage(&mut self, layers: &Layers<'_>) -> Usage {
        let default = Usage::default();
        let database = match layers.text("database") {
            None => Database::Default,
            Some(text) if text == "memory" => Database::Memory,
            Some(text) => {
                let path = Path::new(&text);
                let file = text.starts_with('/') && !text.contains('\0') && path.file_name().is_some();
                if let (false, Some(at)) = (file, layers.at("database")) {
                    let hint =
                        "write an absolute path, or \"memory\" to keep nothing over a restart".to_owned();
                    self.report.error(
                        at,
                        "`database` must be an absolute path of a file, or \"memory\"",
                        Some(hint),
                    );
                }
                Database::File(path.to_owned())
            }
        };
        Usage {
            enabled: layers.flag("enabled"),
            database,
            retention: layers.integer("retention_days").map_or(default.retention, |days| DAY * days),
            batch_size: count(layers, "batch_size").unwrap_or(default.batch_size),
            flush_interval: layers.seconds("flush_interval_seconds").unwrap_or(default.flush_interval),
        }
    }

    pub(super) fn prices(&mut self, table: &Table, groups: &[Arc<Group>], drafts: &[Draft]) -> Prices {
        let names = || {
            let endpoints = drafts.iter().map(|d| d.endpoint.name.as_str());
            endpoints.chain(groups.iter().map(|g| g.name.as_str())).filter(|name| !name.is_empty())
        };
        let mut rules = Vec::new();
        for (at, table) in self.rows(table, "prices") {
            let layers = Layers::new([table], section("prices"));
            let price = |key: &str| layers.maybe_number(key).map(nanos_of);
            for key in ["model", "input", "output"] {
                if table.get(key).is_none() {
                    self.report.error(at, format!("this price has no `{key}`"), None);
                }
            }
            let endpoint = layers.text("endpoint");
            if let (Some(name), Some(at)) = (&endpoint, layers.at("endpoint"))
                && !names().any(|n| n == name)
            {
                self.unknown_name(at, "endpoint or group", name, names());
            }
            let (Some(model), Some(input), Some(output)) =
                (layers.text("model"), price("input"), price("output"))
            else {
                continue;
            };
            rules.push(PriceRule {
                model,
                endpoint,
                input,
                output,
                cache_write_5m: price("cache_write_5m"),
                cache_write_1h: price("cache_write_1h"),
                cache_read: price("cache_read"),
                web_search: price("web_search"),
            });
        }
        Prices::new(rules)
    }

    pub(super) fn budgets(&mut self, table: &Table, usage: &Usage) -> Vec<Budget> {
        // As they are written: a client that is wrong otherwise is no reason to say that there is none.
        let clients: Vec<&str> =
            table.tables("clients").iter().filter_map(|(_, c)| c.get("name")?.text()).collect();
        let mut out: Vec<(Budget, At)> = Vec::new();
        let rows = self.rows(table, "budgets");
        if let (Some((at, _)), false) = (rows.first(), usage.enabled) {
            let hint = "remove `enabled = false` of `[usage]`, or the budgets".to_owned();
            self.report.error(at, "a budget without `[usage]` would never be spent", Some(hint));
        }
        for (at, table) in rows {
            let layers = Layers::new([table], section("budgets"));
            for key in ["period", "limit_usd"] {
                if table.get(key).is_none() {
                    self.report.error(at, format!("this budget has no `{key}`"), None);
                }
            }
            let client = layers.text("client");
            if let (Some(name), Some(at)) = (&client, layers.at("client"))
                && !clients.contains(&name.as_str())
            {
                self.unknown_name(at, "client", name, clients.iter().copied());
            }
            let period = layers.text("period").unwrap_or_default();
            let period = Period::ALL.into_iter().find(|p| p.name() == period);
            let (Some(period), Some(limit)) = (period, layers.maybe_number("limit_usd")) else { continue };
            let budget =
                Budget { period, limit_nanos: nanos_of(limit), client, warn_at: layers.number("warn_at") };
            if let Some((_, first)) =
                out.iter().find(|(b, _)| b.period == period && b.client == budget.client)
            {
                let whose = budget.client.as_ref().map_or("all".to_owned(), |c| format!("client `{c}`"));
                let message = format!(
                    "a second budget of a {} for {whose} (the first: {})",
                    period.name(),
                    self.report.place(first)
                );
                self.report.error(at, message, Some("keep the lower one".to_owned()));
                continue;
            }
            out.push((budget, at.clone()));
        }
        out.into_iter().map(|(budget, _)| budget).collect()
    }

    /// The tables of `key`; none when there are too many.
    pub(super) fn rows<'t>(&mut self, table: &'t Table, key: &str) -> Vec<(&'t At, &'t Table)> {
        let rows = table.tables(key);
        if rows.len() <= MOST {
            return rows;
        }
        self.report.whole(format!("more than {MOST} `[[{key}]]`"), None);
        Vec::new()
    }

    pub(super) fn unknown_name<'n>(
        &mut self,
        at: &At,
        what: &str,
        name: &str,
        names: impl Iterator<Item = &'n str>,
    ) {
        let shown: String = name.chars().take(64).map(|c| if c.is_control() { '?' } else { c }).collect();
        let hint = nearest(name, names).map(|near| format!("did you mean `{near}`?"));
        self.report.error(at, format!("there is no {what} `{shown}`"), hint);
    }
}
