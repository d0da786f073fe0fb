//! What a key does.

use crossterm::event::{KeyEvent, KeyEventKind};
use zephyr_words::say;

use super::{Command, Job, Note, Of, Over, Pane, State, rows};
use crate::top::keys::{Action, action};

/// Lines of the screen that are no rows.
const AROUND: u16 = 9;

impl State {
    pub(super) fn key(&mut self, key: KeyEvent) -> Vec<Command> {
        if key.kind == KeyEventKind::Release {
            return Vec::new();
        }
        let meant = action(key);
        if let Some(always @ (Action::Redraw | Action::Suspend)) = meant {
            return vec![if always == Action::Redraw { Command::Redraw } else { Command::Suspend }];
        }
        if meant == Some(Action::Quit) && (self.is_control_c(key) || !self.is_asking()) {
            return vec![Command::Quit];
        }
        if self.is_asking() {
            return self.answered(key);
        }
        let Some(action) = meant else { return Vec::new() };
        if let Over::Detail { .. } = self.over {
            return self.in_detail(action);
        }
        self.act(action)
    }

    fn is_control_c(&self, key: KeyEvent) -> bool {
        key.modifiers.contains(crossterm::event::KeyModifiers::CONTROL)
    }

    fn act(&mut self, action: Action) -> Vec<Command> {
        let page = usize::from(self.size.1.saturating_sub(AROUND)).max(1);
        match action {
            Action::Up => self.move_by(-1),
            Action::Down => self.move_by(1),
            Action::PageUp => self.move_by(-(page as isize)),
            Action::PageDown => self.move_by(page as isize),
            Action::Home => self.move_by(isize::MIN),
            Action::End => self.move_by(isize::MAX),
            Action::NextPane => self.look_at(self.pane.step(1)),
            Action::LastPane => self.look_at(self.pane.step(Pane::ALL.len() - 1)),
            Action::Help if self.pane == Pane::Help => self.look_at(self.back),
            Action::Help => self.look_at(Pane::Help),
            Action::Close => self.close(),
            Action::Filter if self.pane != Pane::Help => self.over = Over::Filter,
            Action::Sort => self.sort(),
            Action::NextBy => return self.group(1),
            Action::LastBy => return self.group(super::By::ALL.len() - 1),
            Action::Open => return self.open(),
            Action::More => self.ask_priority(true),
            Action::Less => self.ask_priority(false),
            Action::Refresh => return self.refresh(),
            Action::Probes => return self.probes(),
            Action::Mode => return self.mode(),
            Action::Pick(place) => return self.pick(place),
            Action::Filter | Action::Quit | Action::Redraw | Action::Suspend => {}
        }
        Vec::new()
    }

    fn in_detail(&mut self, action: Action) -> Vec<Command> {
        let page = self.size.1.saturating_sub(AROUND).max(1);
        if let Over::Detail { scroll, .. } = &mut self.over {
            match action {
                Action::Up => *scroll = scroll.saturating_sub(1),
                Action::Down => *scroll = scroll.saturating_add(1),
                Action::PageUp => *scroll = scroll.saturating_sub(page),
                Action::PageDown => *scroll = scroll.saturating_add(page),
                Action::Home => *scroll = 0,
                Action::End => *scroll = u16::MAX,
                Action::Close | Action::Open => self.over = Over::Nothing,
                Action::NextPane | Action::LastPane | Action::Help => {
                    self.over = Over::Nothing;
                    return self.act(action);
                }
                // What steers, steers from here too.
                Action::Refresh | Action::Probes | Action::Mode | Action::Pick(_) => return self.act(action),
                Action::More | Action::Less => return self.act(action),
                _ => {}
            }
        }
        Vec::new()
    }

    fn look_at(&mut self, pane: Pane) {
        if pane == Pane::Help && self.pane != Pane::Help {
            self.back = self.pane;
        }
        self.pane = pane;
        self.note = Note::None;
    }

    /// One thing at a time: the help, the last line's news, the filter, the selection.
    fn close(&mut self) {
        if self.pane == Pane::Help {
            self.look_at(self.back);
        } else if self.note != Note::None {
            self.note = Note::None;
        } else if !self.view(self.pane).filter.is_empty() {
            self.view_mut().filter.clear();
        } else {
            self.view_mut().selected = None;
        }
    }

    fn move_by(&mut self, steps: isize) {
        let keys = rows::keys(self, self.pane);
        if keys.is_empty() {
            return;
        }
        let now = rows::selected(self, self.pane, &keys);
        let last = keys.len() - 1;
        let next = now.saturating_add_signed(steps).min(last);
        let at_rest = if self.pane == Pane::Log { last } else { 0 };
        // Where a pane rests, it goes with what is new.
        let follows = matches!(self.pane, Pane::Log | Pane::Requests) && next == at_rest;
        let key = keys.into_iter().nth(next);
        self.view_mut().selected = if follows { None } else { key };
    }

    fn sort(&mut self) {
        let orders = rows::orders(self.pane);
        if orders > 0 {
            let view = self.view_mut();
            view.sort = (view.sort + 1) % orders;
        }
    }

    fn group(&mut self, steps: usize) -> Vec<Command> {
        if self.pane != Pane::Usage {
            return Vec::new();
        }
        self.by = self.by.step(steps);
        self.usage = None;
        self.view_mut().selected = None;
        vec![Command::Do(Job::Usage(self.by))]
    }

    fn open(&mut self) -> Vec<Command> {
        let keys = rows::keys(self, self.pane);
        let at = rows::selected(self, self.pane, &keys);
        let Some(key) = keys.into_iter().nth(at) else { return Vec::new() };
        let (of, job) = match self.pane {
            Pane::Endpoints => (Of::Endpoint(key), None),
            Pane::Connections => {
                (Of::Request { id: key.clone(), record: None, trace: None }, Some(Job::Explain(key)))
            }
            Pane::Requests => {
                let record = self.requests.iter().rev().find(|r| r.id == key).cloned().map(Box::new);
                (Of::Request { id: key.clone(), record, trace: None }, Some(Job::Explain(key)))
            }
            Pane::Log => match self.log.iter().find(|l| l.number.to_string() == key) {
                Some(line) => (Of::Line(Box::new(line.clone())), None),
                None => return Vec::new(),
            },
            Pane::Usage | Pane::Help => return Vec::new(),
        };
        self.note = Note::None;
        self.over = Over::Detail { of, scroll: 0 };
        job.map(Command::Do).into_iter().collect()
    }

    /// Tells what will happen, and has it done.
    pub(super) fn steer(&mut self, job: Job) -> Vec<Command> {
        if let Some(told) = self.told_doing(&job) {
            self.note = Note::Doing(told);
        }
        vec![Command::Do(job)]
    }

    fn refresh(&mut self) -> Vec<Command> {
        match self.pane {
            Pane::Usage => self.steer(Job::Usage(self.by)),
            Pane::Connections => self.steer(Job::Running),
            _ => self.steer(Job::Probe),
        }
    }

    fn probes(&mut self) -> Vec<Command> {
        let paused = self.status.as_ref().is_some_and(|s| s.head.paused);
        self.steer(if paused { Job::ResumeProbes } else { Job::PauseProbes })
    }

    fn mode(&mut self) -> Vec<Command> {
        let Some(status) = &self.status else { return Vec::new() };
        match (&status.head.pinned, &status.head.current) {
            (Some(_), _) => self.steer(Job::Unpin),
            (None, Some(current)) => {
                let current = current.clone();
                self.steer(Job::Pin(current))
            }
            (None, None) => {
                self.note = Note::Failed(say!(self.words, "top-nobody-to-pin").into_owned());
                Vec::new()
            }
        }
    }

    fn pick(&mut self, place: usize) -> Vec<Command> {
        let name = self.status.as_ref().and_then(|s| s.endpoints.get(place)).map(|e| e.name.clone());
        match name {
            Some(name) => {
                if self.pane == Pane::Endpoints {
                    self.view_mut().selected = Some(name.clone());
                }
                self.steer(Job::Pin(name))
            }
            None => {
                self.note = Note::Failed(say!(self.words, "top-no-such-endpoint").into_owned());
                Vec::new()
            }
        }
    }
}
