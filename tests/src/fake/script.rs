//! Which answer a request gets: the path's queue, the path's standing answer, the default.

use std::collections::{HashMap, VecDeque};

use serde::Deserialize;

use super::answer::Answer;

/// A script; the empty one answers everything realistically.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Script {
    /// For paths that are not named.
    pub default: Answer,
    /// By path without query.
    pub paths: HashMap<String, OnPath>,
}

/// What one path answers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OnPath {
    /// Used up one by one, first.
    pub next: VecDeque<Answer>,
    /// Then this for ever.
    pub always: Option<Answer>,
}

impl Script {
    pub(super) fn path(&mut self, path: &str) -> &mut OnPath {
        self.paths.entry(path.to_owned()).or_default()
    }

    /// The answer for `path`, taken from its queue where there is one.
    pub(super) fn take(&mut self, path: &str) -> Answer {
        let on = self.paths.get_mut(path);
        on.and_then(|on| on.next.pop_front().or_else(|| on.always.clone()))
            .unwrap_or_else(|| self.default.clone())
    }
}
