//! Keys while something is asked: a filter, a priority, whether to save it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use zephyr_words::say;

use super::{Command, Job, Note, Over, Pane, State, rows};

/// Longest filter, in characters.
const LONGEST: usize = 60;
/// The protocol's own bound.
const MOST: u32 = 1_000_000;

impl State {
    /// Whether keys are text.
    pub(super) fn is_asking(&self) -> bool {
        matches!(self.over, Over::Filter | Over::Priority { .. } | Over::Save { .. })
    }

    pub(super) fn answered(&mut self, key: KeyEvent) -> Vec<Command> {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match std::mem::replace(&mut self.over, Over::Nothing) {
            Over::Filter => self.filtered(key.code, control),
            Over::Priority { name, number, fresh } => return self.numbered(name, number, fresh, key.code),
            Over::Save { name, number, file } => match key.code {
                KeyCode::Char('y' | 'Y') => {
                    return self.steer(Job::Priority { name, number, save: true });
                }
                KeyCode::Char('n' | 'N') | KeyCode::Enter => {
                    return self.steer(Job::Priority { name, number, save: false });
                }
                KeyCode::Esc => {}
                _ => self.over = Over::Save { name, number, file },
            },
            other => self.over = other,
        }
        Vec::new()
    }

    fn filtered(&mut self, key: KeyCode, control: bool) {
        let view = self.view_mut();
        match key {
            KeyCode::Enter => return,
            KeyCode::Esc => {
                view.filter.clear();
                return;
            }
            KeyCode::Backspace => {
                view.filter.pop();
            }
            KeyCode::Char('u') if control => view.filter.clear(),
            KeyCode::Char(c) if !control && view.filter.chars().count() < LONGEST => view.filter.push(c),
            _ => {}
        }
        self.over = Over::Filter;
    }

    /// Asks for another number for what is selected, beginning beside the one that it has.
    pub(super) fn ask_priority(&mut self, more: bool) {
        if !matches!(self.pane, Pane::Endpoints) {
            self.note = Note::Failed(say!(self.words, "top-priority-where").into_owned());
            return;
        }
        let keys = rows::keys(self, self.pane);
        let name = keys.get(rows::selected(self, self.pane, &keys));
        let endpoint = name.and_then(|name| self.status.as_ref()?.endpoints.iter().find(|e| e.name == *name));
        let Some(endpoint) = endpoint else { return };
        let number = stepped(endpoint.priority, more);
        self.note = Note::None;
        self.over = Over::Priority { name: endpoint.name.clone(), number: number.to_string(), fresh: true };
    }

    fn numbered(&mut self, name: String, mut number: String, fresh: bool, key: KeyCode) -> Vec<Command> {
        let mut fresh = fresh;
        match key {
            KeyCode::Esc => return Vec::new(),
            KeyCode::Enter => {
                if let Ok(number) = number.parse::<u32>() {
                    let file = self.status.as_ref().and_then(|s| s.daemon.config.file.clone());
                    return match file {
                        Some(file) => {
                            self.over = Over::Save { name, number, file };
                            Vec::new()
                        }
                        None => self.steer(Job::Priority { name, number, save: false }),
                    };
                }
            }
            KeyCode::Backspace => {
                number.pop();
                fresh = false;
            }
            KeyCode::Char(sign @ ('+' | '=' | '-')) => {
                number = stepped(number.parse().unwrap_or(0), sign != '-').to_string();
                fresh = true;
            }
            KeyCode::Char(digit) if digit.is_ascii_digit() => {
                if fresh {
                    number.clear();
                }
                fresh = false;
                let longer = format!("{number}{digit}");
                if longer.parse::<u32>().is_ok_and(|n| n <= MOST) {
                    number = longer.parse::<u32>().map_or(longer, |n| n.to_string());
                }
            }
            _ => {}
        }
        self.over = Over::Priority { name, number, fresh };
        Vec::new()
    }
}

fn stepped(number: u32, more: bool) -> u32 {
    if more { number.saturating_add(1).min(MOST) } else { number.saturating_sub(1) }
}
