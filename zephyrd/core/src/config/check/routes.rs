//! `[[routes]]`.

use std::collections::BTreeMap;
use std::sync::Arc;

use wildmatch::WildMatch;

use super::super::plan::Group;
use super::super::raw::{At, Layers, Table};
use super::super::routes::{LONGEST, Place, Route, Routes, Target};
use super::super::vocabulary::section;
use super::{Check, Draft};

/// Most targets of one route.
const MOST_TARGETS: usize = 64;
/// What a target says to keep the name.
pub(in super::super) const PASSTHROUGH: &str = "passthrough";

/// Everybody whom a target may name.
struct Names<'n> {
    groups: &'n [Arc<Group>],
    drafts: &'n [Draft],
}

impl Names<'_> {
    fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().map(AsRef::as_ref).find(|g| g.name == name)
    }

    fn endpoint(&self, name: &str) -> Option<&Draft> {
        self.drafts.iter().find(|d| d.endpoint.name == name)
    }

    /// Those that are meant, switched on or not.
    fn meant<'a>(&'a self, place: &'a Place) -> impl Iterator<Item = &'a Draft> {
        self.drafts.iter().filter(|d| place.is(&d.endpoint.name, &d.endpoint.group))
    }
}

impl Check<'_> {
    pub(super) fn routes(&mut self, table: &Table, groups: &[Arc<Group>], drafts: &[Draft]) -> Routes {
        let names = Names { groups, drafts };
        let mut known: Vec<(String, At)> = Vec::new();
        let mut out = Vec::new();
        for (at, table) in self.rows(table, "routes") {
            let model = self.pattern(at, table, &mut known);
            let targets = self.targets(at, table, &names);
            if let (Some(model), false) = (model, targets.is_empty()) {
                out.push(Route { model, line: self.report.line(at), targets });
            }
        }
        Routes::new(out)
    }

    /// Its `model`, if it is one that no route before it has.
    fn pattern(&mut self, at: &At, table: &Table, known: &mut Vec<(String, At)>) -> Option<String> {
        let layers = Layers::new([table], section("routes"));
        if table.get("model").is_none() {
            self.report.error(at, "this route has no `model`", None);
        }
        let model = layers.text("model")?;
        let here = layers.at("model")?.clone();
        if model.len() > LONGEST || model.trim() != model || model.chars().any(char::is_control) {
            let hint = format!("at most {LONGEST} bytes, no control characters, no space at either end");
            self.report.error(&here, "this `model` is not valid", Some(hint));
            return None;
        }
        if let Some((_, first)) = known.iter().find(|(m, _)| m.eq_ignore_ascii_case(&model)) {
            let message = format!("a second route for `{model}` (the first: {})", self.report.place(first));
            self.report.error(&here, message, Some("one route may have several `targets`".to_owned()));
            return None;
        }
        // What `?` stands for may be a `*` of the other: such patterns tell nothing of each other.
        let covers = |pattern: &str| {
            pattern.contains('*')
                && !pattern.contains('?')
                && WildMatch::new_case_insensitive(pattern).matches(&model)
        };
        if model.contains(['*', '?'])
            && let Some((before, first)) = known.iter().find(|(pattern, _)| covers(pattern))
        {
            let message = format!(
                "nothing reaches the route `{model}`: `{before}` ({}) comes first",
                self.report.place(first)
            );
            self.report.warning(&here, message, Some("put the narrower pattern first".to_owned()));
        }
        known.push((model.clone(), here));
        Some(model)
    }

    fn targets(&mut self, at: &At, table: &Table, names: &Names<'_>) -> Vec<Target> {
        let Some(node) = table.get("targets") else {
            let hint = "`targets = [{ group = \"NAME\" }]`".to_owned();
            self.report.error(at, "this route has no `targets`", Some(hint));
            return Vec::new();
        };
        let rows = table.tables("targets");
        if rows.is_empty() && node.is_list() {
            self.report.error(&node.at, "this route has no `targets`", None);
        }
        if rows.len() > MOST_TARGETS {
            self.report.error(&node.at, format!("more than {MOST_TARGETS} `targets`"), None);
            return Vec::new();
        }
        let mut taken: BTreeMap<(u32, &str), At> = BTreeMap::new();
        let (mut out, mut willing) = (Vec::new(), false);
        for ((at, table), number) in rows.iter().zip(1..) {
            let Some(target) = self.target(at, table, number, names) else { continue };
            let place = target.place.clone();
            willing |= names.meant(&place).any(|d| d.enabled);
            for draft in names.drafts.iter().filter(|d| place.is(&d.endpoint.name, &d.endpoint.group)) {
                let name = draft.endpoint.name.as_str();
                match taken.get(&(target.priority, name)) {
                    Some(first) => {
                        let message = format!(
                            "endpoint `{name}` is a target twice at priority {} (the first: {})",
                            target.priority,
                            self.report.place(first)
                        );
                        self.report.error(
                            at,
                            message,
                            Some("give one of them another `priority`".to_owned()),
                        );
                        break;
                    }
                    None => {
                        taken.insert((target.priority, name), (*at).clone());
                    }
                }
            }
            out.push(target);
        }
        if !out.is_empty() && !willing {
            self.report.warning(at, "no target of this route is enabled", {
                Some("requests for its models have nobody".to_owned())
            });
        }
        out
    }

    /// `number` is its place among the route's targets, from 1.
    fn target(&mut self, at: &At, table: &Table, number: u32, names: &Names<'_>) -> Option<Target> {
        let layers = Layers::new([table], section("targets"));
        let place = match (layers.text("group"), layers.text("endpoint")) {
            (Some(_), Some(_)) => {
                let hint = "write two targets, or remove one of them".to_owned();
                self.report.error(at, "`group` and `endpoint` do not go together", Some(hint));
                return None;
            }
            (None, None) => {
                if table.get("group").or(table.get("endpoint")).is_none() {
                    let hint = "`{ group = \"NAME\" }` or `{ endpoint = \"NAME\" }`".to_owned();
                    self.report.error(
                        at,
                        "this target names neither a `group` nor an `endpoint`",
                        Some(hint),
                    );
                }
                return None;
            }
            (Some(group), None) => self.group_target(layers.at("group").unwrap_or(at), group, names)?,
            (None, Some(endpoint)) => {
                self.endpoint_target(layers.at("endpoint").unwrap_or(at), endpoint, names)?
            }
        };
        let model = layers.text("model").filter(|model| model != PASSTHROUGH);
        if let (Some(name), Some(at)) = (&model, layers.at("model"))
            && (name.len() > LONGEST || name.chars().any(char::is_control) || name.contains('*'))
        {
            let hint = format!("one model's name, at most {LONGEST} bytes; `*` stands for nothing here");
            self.report.error(at, "this `model` is not valid", Some(hint));
        }
        Some(Target {
            place,
            model: model.map(Arc::from),
            priority: layers.integer("priority").unwrap_or(number),
        })
    }

    fn group_target(&mut self, at: &At, name: String, names: &Names<'_>) -> Option<Place> {
        let Some(group) = names.group(&name) else {
            if names.endpoint(&name).is_some() {
                let hint = Some(format!("write `endpoint = \"{name}\"`"));
                self.report.error(at, format!("`{name}` is an endpoint"), hint);
            } else {
                let known = names.groups.iter().map(|g| g.name.as_str()).filter(|name| !name.is_empty());
                self.unknown_name(at, "group", &name, known);
            }
            return None;
        };
        if !group.enabled {
            self.report.warning(at, format!("group `{name}` is disabled"), Some(PASSED_OVER.to_owned()));
        }
        Some(Place::Group(name))
    }

    fn endpoint_target(&mut self, at: &At, name: String, names: &Names<'_>) -> Option<Place> {
        let Some(draft) = names.endpoint(&name) else {
            if names.group(&name).is_some() {
                let hint = Some(format!("write `group = \"{name}\"`"));
                self.report.error(at, format!("`{name}` is a group"), hint);
            } else {
                let known = names.drafts.iter().map(|d| d.endpoint.name.as_str());
                self.unknown_name(at, "endpoint", &name, known.filter(|name| !name.is_empty()));
            }
            return None;
        };
        if !draft.enabled {
            self.report.warning(at, format!("endpoint `{name}` is disabled"), Some(PASSED_OVER.to_owned()));
        }
        Some(Place::Endpoint(name))
    }
}

const PASSED_OVER: &str = "this target is passed over";
