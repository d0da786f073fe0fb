//! What changed, one line per change that a person wants to know of.

use super::glyph::{BOLD, GOOD, WARN, endpoint as glyph, group as group_glyph, paint};
use super::number::latency;
use super::text::{line, name};
use super::{group, note, verdict};
use crate::language::{term, words};
use crate::view::{Change, Endpoint, Group, Head, Status, What};
use zephyr_words::say;

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
            What::Lagged { missed } => vec![paint(WARN, &say!(words(), "changes-missed", n = *missed))],
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
                Some(pinned) if new.pin_fallback => {
                    say!(words(), "pinned-to-fallback", name = name(pinned))
                }
                Some(pinned) => say!(words(), "pinned-to", name = name(pinned)),
                None => say!(words(), "no-longer-pinned").into_owned(),
            });
        }
        if old.offline_unix_ms.is_some() != new.offline_unix_ms.is_some() {
            let offline = new.offline_unix_ms.is_some();
            let text = if offline { say!(words(), "offline") } else { say!(words(), "no-longer-offline") };
            lines.push(text.into_owned());
        }
        if old.paused != new.paused {
            let text =
                if new.paused { say!(words(), "probes-paused") } else { say!(words(), "probes-go-on") };
            lines.push(text.into_owned());
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
            let change = format!("{before} → {}", paint(style, &now));
            return vec![told(&lead, with_why(change, note::why_not(new).map(|(why, _)| why)))];
        }
        if old.error != new.error && new.error.is_some() {
            let error = new.error.as_deref().map(line).unwrap_or_default();
            let now = say!(words(), "why-error", text = now, error = error);
            return vec![told(&lead, now)];
        }
        if old.last_probe_unix_ms != new.last_probe_unix_ms && new.error.is_none() {
            return vec![told(&lead, latency(new.latency_ms))];
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
                let (mark, name) = (paint(style, mark), paint(BOLD, &name(&group.name)));
                let lead = say!(words(), "watch-group", mark = mark, name = name);
                let state = |word| line(&term("state", word));
                let change = format!("{} → {}", state(&before.state), paint(style, &state(&group.state)));
                told(&lead, with_why(change, group::left(group)))
            })
        });
        changed.collect()
    }

    fn endpoints(&mut self, new: &[Endpoint]) -> Vec<String> {
        let Some(known) = &mut self.known else { return Vec::new() };
        let has = |list: &[Endpoint], endpoint: &Endpoint| list.iter().any(|e| e.name == endpoint.name);
        let (stay, come): (Vec<_>, Vec<_>) = new.iter().partition(|e| has(&known.endpoints, e));
        let gone = known.endpoints.iter().filter(|e| !has(new, e));
        let gone =
            gone.map(|e| format!("{} {}", paint(WARN, "-"), say!(words(), "is-gone", name = name(&e.name))));
        let come = come
            .into_iter()
            .map(|e| format!("{} {}", paint(GOOD, "+"), say!(words(), "is-new", name = name(&e.name))));
        let mut lines: Vec<String> = gone.chain(come).collect();
        lines.extend(stay.into_iter().flat_map(|endpoint| self.endpoint(endpoint)));
        if let Some(known) = &mut self.known {
            known.endpoints = new.to_vec();
        }
        lines
    }
}

fn told(lead: &str, what: String) -> String {
    say!(words(), "why-error", text = lead, error = what)
}

fn with_why(change: String, why: Option<String>) -> String {
    match why {
        Some(why) => say!(words(), "changed-why", change = change, why = why),
        None => change,
    }
}
