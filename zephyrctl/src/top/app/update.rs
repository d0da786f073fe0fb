//! What an event makes of the state.

use super::{Command, Event, LINES, Link, Note, Of, Over, Pane, REQUESTS, State};
use crate::view::{Change, Followed, LogFollowed, Status, What};

impl State {
    /// Takes up an event; what is to be done because of it.
    pub(crate) fn update(&mut self, event: Event) -> Vec<Command> {
        match event {
            Event::Key(key) => {
                self.changed = true;
                return self.key(key);
            }
            Event::Size(columns, lines) => {
                self.size = (columns, lines);
                self.changed = true;
            }
            Event::Time(now_ms) => {
                self.changed |= self.tells_time();
                self.now_ms = now_ms;
                self.rate.at(now_ms);
            }
            Event::Connected => self.connected(),
            Event::Lost(failure) => self.lost(failure.message),
            Event::Watch(change) => self.watched(change),
            Event::Status(status) => self.polled(*status),
            Event::Running(running) => {
                self.changed |= self.running != running;
                self.running = running;
                self.fine(Pane::Connections);
            }
            Event::Request(followed) => self.request(followed),
            Event::Usage(report) => {
                // An answer to what was asked before the rows were changed.
                if report.by == self.by.name() {
                    self.changed |= self.usage.as_ref() != Some(&*report);
                    self.usage = Some(*report);
                }
                self.fine(Pane::Usage);
            }
            Event::Log(followed) => self.logged(followed),
            Event::Trouble(pane, failure) => {
                self.changed = true;
                self.troubles[pane as usize] = Some(failure);
            }
            Event::Trace(id, result) => {
                if let Over::Detail { of: Of::Request { id: shown, trace, .. }, .. } = &mut self.over
                    && *shown == id
                {
                    *trace = Some(result);
                    self.changed = true;
                }
            }
            Event::Did(job, result) => {
                self.changed = true;
                self.note = match result {
                    Ok(()) => self.told_done(&job).map_or(Note::None, Note::Done),
                    Err(failure) => Note::Failed(failure.line()),
                };
            }
        }
        Vec::new()
    }

    fn fine(&mut self, pane: Pane) {
        self.changed |= self.troubles[pane as usize].take().is_some();
    }

    /// What is known of the daemon before is another's.
    fn connected(&mut self) {
        self.changed = true;
        self.link = Link::Live;
        self.requests.clear();
        self.log.clear();
        self.troubles = Default::default();
        if let Note::Doing(_) = self.note {
            self.note = Note::None;
        }
    }

    fn lost(&mut self, why: String) {
        self.changed = true;
        let since_ms = match self.link {
            Link::Lost { since_ms, .. } => since_ms,
            _ => self.now_ms,
        };
        self.link = Link::Lost { since_ms, why };
        self.running.requests.clear();
    }

    fn watched(&mut self, change: Change) {
        self.changed = true;
        if let What::Status(status) = change.what {
            self.status = Some(status);
            return;
        }
        let Some(status) = &mut self.status else { return };
        match change.what {
            What::Status(_) | What::Lagged { .. } => {}
            What::Head(head) => status.head = head,
            What::Endpoint(endpoint) => {
                if let Some(known) = status.endpoints.iter_mut().find(|e| e.name == endpoint.name) {
                    *known = *endpoint;
                }
            }
            What::Endpoints(list) => status.endpoints = list,
            What::Groups(list) => status.groups = list,
        }
    }

    /// Endpoints and head come by the watch, sooner than by this.
    fn polled(&mut self, new: Status) {
        let Some(status) = &mut self.status else { return };
        let mut daemon = new.daemon;
        // Nothing that is shown.
        daemon.uptime_seconds = status.daemon.uptime_seconds;
        self.changed |= status.money != new.money || status.waiting != new.waiting || status.daemon != daemon;
        (status.money, status.waiting, status.daemon) = (new.money, new.waiting, daemon);
    }

    fn request(&mut self, followed: Followed) {
        self.changed = true;
        self.troubles[Pane::Requests as usize] = None;
        let Followed::Request(request) = followed else { return };
        let took = i64::try_from(request.duration_ms).unwrap_or(i64::MAX);
        self.rate.ended(request.started_unix_ms.saturating_add(took));
        if self.requests.len() == REQUESTS {
            self.requests.pop_front();
        }
        self.requests.push_back(*request);
    }

    fn logged(&mut self, followed: LogFollowed) {
        self.changed |= self.pane == Pane::Log;
        self.troubles[Pane::Log as usize] = None;
        let LogFollowed::Line(line) = followed else { return };
        if self.log.len() == LINES {
            self.log.pop_front();
        }
        self.log.push_back(line);
    }
}
