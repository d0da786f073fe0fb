//! `[[routes]]`: which endpoints serve a model, and under which name they are asked for it.
//!
//! A name goes before patterns, whatever the order; of the patterns the first in the file counts. Case does not matter
//! (ASCII), and no two routes have the same pattern, so that a name has at most one route. Only the lookup of names is a
//! map: patterns are compared one by one. A model's name beyond [`LONGEST`] has no route.

use std::collections::HashMap;
use std::sync::Arc;

use wildmatch::WildMatch;

/// Longest name of a model that has a route, and longest pattern, in bytes.
pub const LONGEST: usize = 256;

/// All `[[routes]]` in file order.
#[derive(Debug, Clone, Default)]
pub struct Routes {
    list: Vec<Arc<Route>>,
    /// Position by name in lower case, of routes without `*` and `?`.
    names: HashMap<String, usize>,
    /// The others, in file order.
    patterns: Vec<(WildMatch, usize)>,
}

/// One of `[[routes]]`.
#[derive(Debug, Clone)]
pub struct Route {
    /// A model's name, or a pattern with `*` and `?`: what tells the route from others, also after a reload.
    pub model: String,
    /// Its line in the file, from 1; 0 where that is not known. Two routes that differ in it alone are equal.
    pub line: u32,
    /// By priority, then in file order; at least one.
    pub targets: Vec<Target>,
}

/// One of a route's `targets`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Who serves.
    pub place: Place,
    /// The model that is asked for there; `None` = the one that the client asked for (`"passthrough"`).
    pub model: Option<Arc<str>>,
    /// Lower is tried first; of equal numbers the strategy chooses.
    pub priority: u32,
}

/// Who serves, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// One endpoint.
    Endpoint(String),
    /// Every enabled endpoint of a group.
    Group(String),
}

impl Place {
    /// Whether an endpoint of this name, of this group, is meant.
    #[must_use]
    pub fn is(&self, endpoint: &str, group: &str) -> bool {
        match self {
            Self::Endpoint(name) => name == endpoint,
            Self::Group(name) => name == group,
        }
    }

    /// The name of the endpoint or the group.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Endpoint(name) | Self::Group(name) => name,
        }
    }
}

impl PartialEq for Route {
    fn eq(&self, other: &Self) -> bool {
        (&self.model, &self.targets) == (&other.model, &other.targets)
    }
}

impl Eq for Route {}

impl PartialEq for Routes {
    fn eq(&self, other: &Self) -> bool {
        self.list == other.list
    }
}

impl Eq for Routes {}

impl Route {
    /// Whether it is for one model by its name.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        !self.model.contains(['*', '?'])
    }

    /// Its targets by priority, lowest first: at each all of that number.
    pub fn levels(&self) -> impl Iterator<Item = &[Target]> {
        self.targets.chunk_by(|a, b| a.priority == b.priority)
    }
}

impl Routes {
    /// These routes, in this order. Of two with the same pattern the first counts.
    #[must_use]
    pub fn new(routes: impl IntoIterator<Item = Route>) -> Self {
        let mut out = Self::default();
        for mut route in routes {
            route.targets.sort_by_key(|target| target.priority);
            let at = out.list.len();
            if route.is_exact() {
                out.names.entry(route.model.to_ascii_lowercase()).or_insert(at);
            } else {
                out.patterns.push((WildMatch::new_case_insensitive(&route.model), at));
            }
            out.list.push(Arc::new(route));
        }
        out
    }

    /// The route of `model`, if it has one.
    #[must_use]
    pub fn find(&self, model: &str) -> Option<&Arc<Route>> {
        if self.list.is_empty() || model.is_empty() || model.len() > LONGEST {
            return None;
        }
        let named = || self.names.get(&model.to_ascii_lowercase()).copied();
        let matching = || self.patterns.iter().find(|(glob, _)| glob.matches(model)).map(|(_, at)| *at);
        self.list.get(if self.names.is_empty() { matching() } else { named().or_else(matching) }?)
    }
}

impl std::ops::Deref for Routes {
    type Target = [Arc<Route>];

    fn deref(&self) -> &[Arc<Route>] {
        &self.list
    }
}

impl<'r> IntoIterator for &'r Routes {
    type Item = &'r Arc<Route>;
    type IntoIter = std::slice::Iter<'r, Arc<Route>>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(patterns: &[&str]) -> Routes {
        let target = Target { place: Place::Group("g".to_owned()), model: None, priority: 100 };
        let route = |p: &&str| Route { model: (*p).to_owned(), line: 0, targets: vec![target.clone()] };
        Routes::new(patterns.iter().map(route))
    }

    fn found<'r>(routes: &'r Routes, model: &str) -> Option<&'r str> {
        routes.find(model).map(|route| route.model.as_str())
    }

    #[test]
    fn a_name_goes_before_patterns_and_of_patterns_the_first_counts() {
        let routes = routes(&["*sonnet*", "claude-*", "claude-sonnet-5", "gpt-?"]);
        for (model, expected) in [
            ("claude-sonnet-5", Some("claude-sonnet-5")),
            ("Claude-Sonnet-5", Some("claude-sonnet-5")),
            ("claude-sonnet-5-20270101", Some("*sonnet*")),
            ("CLAUDE-OPUS-5", Some("claude-*")),
            ("gpt-6", Some("gpt-?")),
            ("gpt-60", None),
            ("", None),
        ] {
            assert_eq!(found(&routes, model), expected, "{model}");
        }
    }

    #[test]
    fn a_name_that_is_no_name_has_no_route() {
        let routes = routes(&["*"]);
        assert_eq!(found(&routes, &"m".repeat(LONGEST)), Some("*"));
        assert_eq!(found(&routes, &"m".repeat(LONGEST + 1)), None);
        assert_eq!(found(&routes, ""), None);
    }

    #[test]
    fn targets_are_sorted_by_priority_and_keep_the_order_of_the_file() {
        let target =
            |name: &str, priority| Target { place: Place::Group(name.into()), model: None, priority };
        let targets = vec![target("a", 2), target("b", 1), target("c", 2)];
        let routes = Routes::new([Route { model: "m".into(), line: 1, targets }]);
        let levels: Vec<Vec<&str>> =
            routes[0].levels().map(|level| level.iter().map(|t| t.place.name()).collect()).collect();
        assert_eq!(levels, [vec!["b"], vec!["a", "c"]]);
    }
}
