//! What changed, one line per change that a person wants to know of.

use super::glyph::{BOLD, GOOD, WARN, endpoint as glyph, group as group_glyph, paint};
use super::number::latency;
use super::text::{line, name};
use super::{group, note, verdict};
use crate::view::{Change, Endpoint, Group, Head, Status, What};

/// Remembers the last state, so that a change can be told from a repetition.
#[derive(Debug, Default)]
pub(crate) struct Watcher {
    known: Option<Status>,
}

impl Watcher {
    /// Lines for this change, without the line ends; none when nothing a person cares for changed.
    pub(crate) fn lines(&mut self, change: &Change) -> Vec<String> {
        match &change.what {
            What::Status(status) => self.status(status),
            What::Head(head) => self.head(head),
            What::Endpoint(endpoint) => self.endpoint(endpoint),
            What::Endpoints(list) => self.endpoints(list),
            What::Groups(list) => self.groups(list),
            What::Lagged { missed } => vec![paint(WARN, &format!("{missed} changes were missed"))],
        }
    }

    fn status(&mut self, status: &Status) -> Vec<String> {
        self.known = Some(status.clone());
        let lines = verdict::lines(&status.head, &status.endpoints);
        lines.trim_end().lines().map(str::to_owned).collect()
    }

    fn head(&mut self, new: &Head) -> Vec<String> {
        let Some(known) = &mut self.known else { return Vec::new() };
        let old = std::mem::replace(&mut known.head, new.clone());
        let mut lines = Vec::new();
        if old.state != new.state || old.current != new.current {
            lines.extend(verdict::lines(new, &known.endpoints).trim_end().lines().map(str::to_owned));
        } else if old.serving != new.serving {
            let others = verdict::lines(new, &known.endpoints);
            lines.extend(others.trim_end().lines().skip(1).map(str::to_owned));
        }
        if (&old.pinned, old.pin_fallback) != (&new.pinned, new.pin_fallback) {
            lines.push(match &new.pinned {
                Some(pinned) if new.pin_fallback => format!("pinned to {}, with fallback", name(pinned)),
                Some(pinned) => format!("pinned to {}", name(pinned)),
                None => "no longer pinned".to_owned(),
            });
        }
        if old.offline_unix_ms.is_some() != new.offline_unix_ms.is_some() {
            lines
                .push(if new.offline_unix_ms.is_some() { "offline" } else { "no longer offline" }.to_owned());
        }
        if old.paused != new.paused {
            lines.push(if new.paused { "probes are paused" } else { "probes go on" }.to_owned());
        }
        lines
    }

    fn endpoint(&mut self, new: &Endpoint) -> Vec<String> {
        let Some(known) = &mut self.known else { return Vec::new() };
        let Some(slot) = known.endpoints.iter_mut().find(|e| e.name == new.name) else { return Vec::new() };
        let old = std::mem::replace(slot, new.clone());
        let (mark, style) = glyph(&new.state, &new.admin);
        let lead = format!("{} {}", paint(style, mark), paint(BOLD, &name(&new.name)));
        let (before, now) = (line(&note::state(&old)), line(&note::state(new)));
        if (&old.state, &old.admin) != (&new.state, &new.admin) {
            let why = note::why_not(new).map(|(why, _)| format!(" ({why})")).unwrap_or_default();
            return vec![format!("{lead}: {before} → {}{why}", paint(style, &now))];
        }
        if old.error != new.error && new.error.is_some() {
            let error = new.error.as_deref().map(line).unwrap_or_default();
            return vec![format!("{lead}: {now}: {error}")];
        }
        if old.last_probe_unix_ms != new.last_probe_unix_ms && new.error.is_none() {
            return vec![format!("{lead}: {}", latency(new.latency_ms))];
        }
        Vec::new()
    }

    fn groups(&mut self, new: &[Group]) -> Vec<String> {
        let Some(known) = &mut self.known else { return Vec::new() };
        let old = std::mem::replace(&mut known.groups, new.to_vec());
        let changed = new.iter().filter_map(|group| {
            let before = old.iter().find(|g| g.name == group.name)?;
            (before.state != group.state).then(|| {
                let (mark, style) = group_glyph(&group.state);
                let lead = format!("{} group {}", paint(style, mark), paint(BOLD, &name(&group.name)));
                let (from, to) = (line(&before.state), line(&group.state));
                let left = group::left(group).map(|left| format!(" ({left})")).unwrap_or_default();
                format!("{lead}: {from} → {}{left}", paint(style, &to))
            })
        });
        changed.collect()
    }

    fn endpoints(&mut self, new: &[Endpoint]) -> Vec<String> {
        let Some(known) = &mut self.known else { return Vec::new() };
        let has = |list: &[Endpoint], endpoint: &Endpoint| list.iter().any(|e| e.name == endpoint.name);
        let (stay, come): (Vec<_>, Vec<_>) = new.iter().partition(|e| has(&known.endpoints, e));
        let gone = known.endpoints.iter().filter(|e| !has(new, e));
        let gone = gone.map(|e| format!("{} {} is gone", paint(WARN, "-"), name(&e.name)));
        let come = come.into_iter().map(|e| format!("{} {} is new", paint(GOOD, "+"), name(&e.name)));
        let mut lines: Vec<String> = gone.chain(come).collect();
        lines.extend(stay.into_iter().flat_map(|endpoint| self.endpoint(endpoint)));
        if let Some(known) = &mut self.known {
            known.endpoints = new.to_vec();
        }
        lines
    }
}
