//! Which key does what: one table, which the help shows whole.
//!
//! Letters that are commands work in both cases and pick nothing. Capital letters and digits pick; small letters that are
//! no commands do nothing, but for `j` and `k`, so that a slip of the finger pins nobody.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What a key means outside of prompts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Quit,
    Refresh,
    Probes,
    Mode,
    /// Pin the endpoint of this place, from 0.
    Pick(usize),
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    Open,
    Close,
    NextPane,
    LastPane,
    Filter,
    Sort,
    NextBy,
    LastBy,
    More,
    Less,
    Help,
    Redraw,
    Suspend,
}

/// One row: the keys, as the help writes them, and what they do.
pub(crate) struct Binding {
    pub(crate) shown: &'static str,
    keys: &'static [KeyCode],
    pub(crate) control: bool,
    pub(crate) action: Action,
}

#[cfg(test)]
impl Binding {
    pub(crate) fn codes(&self) -> &'static [KeyCode] {
        self.keys
    }
}

const fn plain(shown: &'static str, keys: &'static [KeyCode], action: Action) -> Binding {
    Binding { shown, keys, control: false, action }
}

const fn control(shown: &'static str, keys: &'static [KeyCode], action: Action) -> Binding {
    Binding { shown, keys, control: true, action }
}

use KeyCode::Char;

/// Every key there is, but for those that pick.
pub(crate) const TABLE: [Binding; 24] = [
    plain("q", &[Char('q'), Char('Q')], Action::Quit),
    control("Ctrl-C", &[Char('c')], Action::Quit),
    plain("r", &[Char('r'), Char('R')], Action::Refresh),
    plain("p", &[Char('p'), Char('P')], Action::Probes),
    plain("m", &[Char('m'), Char('M')], Action::Mode),
    plain("+", &[Char('+'), Char('=')], Action::More),
    plain("-", &[Char('-')], Action::Less),
    plain("↑ k", &[KeyCode::Up, Char('k')], Action::Up),
    plain("↓ j", &[KeyCode::Down, Char('j')], Action::Down),
    plain("PgUp", &[KeyCode::PageUp], Action::PageUp),
    plain("PgDn", &[KeyCode::PageDown], Action::PageDown),
    plain("Home", &[KeyCode::Home], Action::Home),
    plain("End", &[KeyCode::End], Action::End),
    plain("Enter", &[KeyCode::Enter], Action::Open),
    plain("Esc", &[KeyCode::Esc], Action::Close),
    plain("Tab", &[KeyCode::Tab], Action::NextPane),
    plain("Shift-Tab", &[KeyCode::BackTab], Action::LastPane),
    plain("/", &[Char('/')], Action::Filter),
    plain("s", &[Char('s'), Char('S')], Action::Sort),
    plain("→", &[KeyCode::Right], Action::NextBy),
    plain("←", &[KeyCode::Left], Action::LastBy),
    plain("?", &[Char('?')], Action::Help),
    control("Ctrl-L", &[Char('l')], Action::Redraw),
    control("Ctrl-Z", &[Char('z')], Action::Suspend),
];

/// The keys that pick, in the order of the config: without the letters that are commands.
pub(crate) const PICKS: &str = "123456789ABCDEFGHIJKLNOTUVWXYZ";

/// The key that picks the endpoint of this place, from 0.
pub(crate) fn label(place: usize) -> Option<char> {
    PICKS.chars().nth(place)
}

/// What a key means.
pub(crate) fn action(key: KeyEvent) -> Option<Action> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    if key.modifiers.contains(KeyModifiers::ALT) {
        return None;
    }
    let bound = TABLE.iter().find(|b| b.control == control && b.keys.contains(&key.code));
    bound.map(|b| b.action).or_else(|| match key.code {
        Char(c) if !control => PICKS.chars().position(|pick| pick == c).map(Action::Pick),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things() {
        let mut seen = Vec::new();
        for binding in &TABLE {
            for key in binding.keys {
                assert!(!seen.contains(&(binding.control, *key)), "{key:?}");
                seen.push((binding.control, *key));
            }
        }
        for pick in PICKS.chars() {
            assert!(!seen.contains(&(false, Char(pick))), "{pick} is a command");
        }
    }

    #[test]
    fn small_letters_pick_nobody() {
        for c in 'a'..='z' {
            let meant = action(KeyEvent::from(Char(c)));
            assert!(!matches!(meant, Some(Action::Pick(_))), "{c}");
        }
        assert_eq!(action(KeyEvent::from(Char('1'))), Some(Action::Pick(0)));
        assert_eq!(action(KeyEvent::from(Char('A'))), Some(Action::Pick(9)));
        assert_eq!(label(9), Some('A'));
        assert_eq!(label(99), None);
    }

    #[test]
    fn a_key_with_control_or_alt_is_another_key() {
        assert_eq!(action(KeyEvent::new(Char('q'), KeyModifiers::CONTROL)), None);
        assert_eq!(action(KeyEvent::new(Char('q'), KeyModifiers::ALT)), None);
        assert_eq!(action(KeyEvent::new(Char('c'), KeyModifiers::CONTROL)), Some(Action::Quit));
    }
}
