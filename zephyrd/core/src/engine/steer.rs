//! Carries out an operator's commands and remembers them.
//!
//! A pin holds in every dialect that its target speaks; the others follow the strategy. A pause is stronger than
//! a pin: what is both is not used, and the serving table says so.

use super::groups::End;
use super::{Admin, Command, Engine, Memory, Mode, Notice, Refusal};
use crate::time::Now;

/// An operator's pause or drain.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pause {
    pub(super) admin: Admin,
    /// When it ends by itself.
    pub(super) until: Option<End>,
}

impl Pause {
    fn lasting(admin: Admin) -> Self {
        Self { admin, until: None }
    }
}

impl Engine {
    pub(super) fn obey(&mut self, command: &Command, now: Now) -> Result<(), Refusal> {
        match command {
            Command::Pin { name, fallback } => {
                self.known(name)?;
                self.mode = Mode::Pinned { name: name.clone(), fallback: *fallback };
            }
            Command::Unpin => {
                if self.mode == Mode::Auto {
                    return Err(Refusal::NotPinned);
                }
                self.mode = Mode::Auto;
            }
            Command::Pause(None) => self.monitoring_paused = true,
            Command::Pause(Some(name)) => {
                self.known(name)?;
                self.pause(name, Pause::lasting(Admin::Paused));
            }
            Command::Drain(name) => {
                self.known(name)?;
                self.pause(name, Pause::lasting(Admin::Drained));
            }
            Command::Resume(None) => {
                if !std::mem::take(&mut self.monitoring_paused) {
                    return Err(Refusal::NotPaused { name: None });
                }
                self.slots.iter_mut().for_each(|slot| slot.probe.at_once(now.mono));
            }
            Command::Resume(Some(name)) => self.resume(name, now)?,
            Command::Activate { group, force } => self.activate(group, *force, now)?,
            Command::PauseGroup { group, lasts } => self.pause_group(group, *lasts, now)?,
            Command::ResumeGroup(group) => self.resume_group(group, now)?,
            Command::Prioritise { name, priority } => self.prioritise(name, *priority)?,
            Command::Prefer(name) => self.prefer(name)?,
        }
        self.steered();
        self.notify(Notice::MemoryChanged);
        Ok(())
    }

    pub(super) fn resume(&mut self, name: &str, now: Now) -> Result<(), Refusal> {
        self.known(name)?;
        let concerned: Vec<(String, String)> = self
            .slots
            .iter()
            .filter(|s| (s.endpoint.name == name || s.endpoint.group == name) && s.paused())
            .map(|s| (s.endpoint.name.clone(), s.endpoint.group.clone()))
            .collect();
        if concerned.is_empty() {
            return Err(Refusal::NotPaused { name: Some(name.to_owned()) });
        }
        for (endpoint, group) in &concerned {
            self.paused.remove(endpoint);
            // One endpoint of a paused group runs again: the others stay paused, each by itself.
            if let Some(pause) = self.paused.remove(group)
                && group != name
            {
                let rest =
                    self.slots.iter().map(|s| &s.endpoint).filter(|e| e.group == *group && e.name != name);
                for other in rest {
                    self.paused.entry(other.name.clone()).or_insert(pause);
                }
            }
        }
        for slot in &mut self.slots {
            if concerned.iter().any(|(endpoint, _)| *endpoint == slot.endpoint.name) {
                slot.probe.at_once(now.mono);
            }
        }
        Ok(())
    }

    pub(super) fn remember(&mut self, memory: &Memory) {
        self.mode = memory.mode.clone();
        self.monitoring_paused = memory.monitoring_paused;
        let kept = |admin: &Admin| matches!(admin, Admin::Paused | Admin::Drained);
        let kept = memory.paused.iter().filter(|(_, admin)| kept(admin));
        self.paused = kept.map(|(name, admin)| (name.clone(), Pause::lasting(*admin))).collect();
        self.remember_tiers(memory);
        self.forget_the_unknown();
        self.steered();
    }

    /// Drops the pin and the pauses of names that no longer exist.
    pub(super) fn forget_the_unknown(&mut self) {
        let mut changed = self.forget_unknown_tiers();
        if let Mode::Pinned { name, .. } = &self.mode
            && !self.exists(name)
        {
            let name = name.clone();
            self.mode = Mode::Auto;
            self.notify(Notice::PinDropped { name });
            changed = true;
        }
        let gone: Vec<String> = self.paused.keys().filter(|name| !self.exists(name)).cloned().collect();
        for name in gone {
            self.paused.remove(&name);
            changed = true;
        }
        if changed {
            self.notify(Notice::MemoryChanged);
        }
    }

    /// Gives every endpoint its admin state and every lane its pin, and ranks anew.
    pub(super) fn steered(&mut self) {
        let pin = match &self.mode {
            Mode::Auto => None,
            Mode::Pinned { name, fallback } => Some((name.clone(), *fallback)),
        };
        for at in 0..self.slots.len() {
            let slot = &mut self.slots[at];
            let (name, group) = (&slot.endpoint.name, &slot.endpoint.group);
            slot.pinned = pin.as_ref().is_some_and(|(pin, _)| pin == name || pin == group);
            let paused = [name, group].map(|name| self.paused.get(name).map(|pause| pause.admin));
            let admin = match paused {
                [Some(Admin::Drained), _] | [_, Some(Admin::Drained)] => Admin::Drained,
                [None, None] if slot.pinned => Admin::Pinned,
                [None, None] => Admin::Auto,
                _ => Admin::Paused,
            };
            if std::mem::replace(&mut slot.admin, admin) != admin {
                self.mark(at);
            }
        }
        self.head_dirty = true;
        self.count_groups();
        for lane in 0..self.lanes.len() {
            self.lanes[lane].by_hand = !self.selection.auto_switch;
            self.lanes[lane].strict = pin.as_ref().is_some_and(|(_, fallback)| !fallback);
            self.lanes[lane].preferred = pin.as_ref().is_some_and(|(_, fallback)| *fallback);
            self.sort(lane);
        }
        self.show_groups();
    }

    fn exists(&self, name: &str) -> bool {
        self.slots.iter().any(|s| s.endpoint.name == name || s.endpoint.group == name)
    }

    pub(super) fn known(&self, name: &str) -> Result<(), Refusal> {
        if self.exists(name) {
            return Ok(());
        }
        let names = self.slots.iter().flat_map(|s| [&s.endpoint.name, &s.endpoint.group]);
        Err(Refusal::UnknownName { name: name.to_owned(), nearest: nearest(name, names) })
    }
}

/// The name that was most likely meant.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a String>) -> Option<String> {
    let near = |candidate: &str| strsim::jaro_winkler(&name.to_lowercase(), &candidate.to_lowercase());
    let nearest = known.map(|n| (near(n), n)).max_by(|a, b| a.0.total_cmp(&b.0));
    nearest.filter(|(score, _)| *score > 0.8).map(|(_, n)| n.clone())
}
