//! `[[groups]]` and their endpoints: names, what is in use, limits of counts.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::plan::Group;
use super::super::raw::{At, Layers, Table};
use super::super::vocabulary::section;
use super::{Check, Draft};
use crate::cron::Cron;

/// Most endpoints in all.
const MOST_ENDPOINTS: usize = 4096;

/// Names of groups and endpoints, and where they are given.
pub(super) type Names = BTreeMap<String, At>;

impl Check<'_> {
    /// The groups, and every endpoint in file order.
    pub(super) fn groups(&mut self, table: &Table) -> (Vec<Arc<Group>>, Vec<Draft>) {
        let tables = table.tables("groups");
        let count: usize = tables.iter().map(|(_, t)| t.tables("endpoints").len()).sum();
        if tables.is_empty() {
            if table.get("groups").is_none_or(super::super::raw::Node::is_list) {
                let hint = "the smallest one: `[[groups]]`, `name = \"main\"`, `auth_token_env = \"VARIABLE\"`, `endpoints = [{ name = \"main-1\", url = \"https://…\" }]`";
                self.report.whole("there is no `[[groups]]`", Some(hint.to_owned()));
            }
            return (Vec::new(), Vec::new());
        }
        if count > MOST_ENDPOINTS || tables.len() > MOST_ENDPOINTS {
            self.report.whole(format!("more than {MOST_ENDPOINTS} groups or endpoints"), None);
            return (Vec::new(), Vec::new());
        }
        let chosen = self.default_group(&tables);
        let mut names = Names::new();
        let (mut groups, mut drafts) = (Vec::new(), Vec::new());
        for (index, (at, group)) in tables.iter().enumerate() {
            groups.push(self.group(at, group, chosen == Some(index), &mut names, &mut drafts, table));
        }
        if !drafts.iter().any(|d: &Draft| d.enabled) && count > 0 {
            let hint = Some("set `enabled = true` on one endpoint and its group".to_owned());
            self.report.whole("no endpoint is enabled", hint);
        }
        (groups.into_iter().map(Arc::new).collect(), drafts)
    }

    /// The index of the group that serves other paths: the one that says so, else the first enabled one.
    fn default_group(&mut self, tables: &[(&At, &Table)]) -> Option<usize> {
        let layers = |table| Layers::new([table], section("groups"));
        let mut chosen: Option<(usize, At)> = None;
        for (index, (at, table)) in tables.iter().enumerate() {
            let layers = layers(*table);
            if !layers.flag("default") {
                continue;
            }
            let here = layers.at("default").unwrap_or(at).clone();
            match &chosen {
                Some((_, first)) => {
                    let message =
                        format!("a second group is `default` (the first: {})", self.report.place(first));
                    self.report.error(&here, message, Some("keep it on one of them".to_owned()));
                }
                None => {
                    if !layers.flag("enabled") {
                        let hint = Some("paths that are no inference paths have nobody".to_owned());
                        self.report.warning(&here, "the `default` group is disabled", hint);
                    }
                    chosen = Some((index, here));
                }
            }
        }
        chosen.map(|(i, _)| i).or_else(|| tables.iter().position(|(_, t)| layers(t).flag("enabled")))
    }

    fn group(
        &mut self,
        at: &At,
        table: &Table,
        default: bool,
        names: &mut Names,
        drafts: &mut Vec<Draft>,
        top: &Table,
    ) -> Group {
        let layers = Layers::new([table], section("groups"));
        let name = self.name(table, at, "group", names);
        let enabled = layers.flag("enabled");
        let mut group = Group {
            priority: layers.integer("priority").unwrap_or_default(),
            default,
            enabled,
            max_concurrent: layers.integer("max_concurrent"),
            recover: self.recover(table),
            endpoints: Vec::new(),
            name,
        };
        // Its form is checked even where every endpoint has its own.
        self.auth_in(table, false);
        let endpoints = table.tables("endpoints");
        if endpoints.is_empty() && table.get("endpoints").is_none_or(super::super::raw::Node::is_list) {
            let hint = Some("add `endpoints = [{ name = \"…\", url = \"https://…\" }]`".to_owned());
            self.report.error(at, format!("group `{}` has no endpoints", group.name), hint);
        }
        for (endpoint_at, endpoint) in endpoints {
            let name = self.name(endpoint, endpoint_at, "endpoint", names);
            let index = drafts.iter().filter(|d| d.enabled).count();
            let place = super::endpoint::Place { group: &group, group_table: table, group_at: at, top };
            let draft = self.endpoint(endpoint, endpoint_at, name, index, &place);
            if draft.enabled {
                group.endpoints.push(draft.endpoint.name.clone());
            }
            drafts.push(draft);
        }
        group
    }

    /// `recover.cron`, if it can be read.
    fn recover(&mut self, group: &Table) -> Option<String> {
        let recover = Layers::new(group.table("recover"), section("recover"));
        let text = recover.text("cron")?;
        match (Cron::parse(&text), recover.at("cron")) {
            (Err(error), Some(at)) => {
                self.report.error(at, format!("`cron`: {error}"), Some(error.hint));
                None
            }
            _ => Some(text),
        }
    }

    /// The name of a group or endpoint; empty when it has none that is valid.
    fn name(&mut self, table: &Table, at: &At, what: &str, names: &mut Names) -> String {
        let Some(node) = table.get("name") else {
            self.report.error(at, format!("this {what} has no `name`"), None);
            return String::new();
        };
        let Some(name) = node.text().filter(|n| !n.trim().is_empty()) else { return String::new() };
        if name.len() > 128 || name.trim() != name || name.starts_with('-') || name.chars().any(bad_in_name) {
            let hint =
                "at most 128 bytes, no control characters, no space at either end, no `-` at the beginning";
            self.report.error(&node.at, format!("this {what}'s `name` is not valid"), Some(hint.to_owned()));
            return String::new();
        }
        if let Some(first) = names.get(name) {
            let message = format!("the name `{name}` is taken already ({})", self.report.place(first));
            let hint = "names are unique over groups and endpoints together".to_owned();
            self.report.error(&node.at, message, Some(hint));
        } else {
            names.insert(name.to_owned(), node.at.clone());
        }
        name.to_owned()
    }
}

/// Control characters, and those that turn the direction of text on a terminal.
fn bad_in_name(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}
