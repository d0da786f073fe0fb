//! What keys and events do.

use crossterm::event::KeyCode::{
    self, BackTab, Char, Down, End, Enter, Esc, Home, Left, PageDown, Right, Tab, Up,
};
use crossterm::event::{KeyEvent, KeyModifiers};
use zephyr_words::Language;

use super::*;
use crate::top::fixtures::{NOW, busy, endpoint, press, request, showing, status, type_in};
use crate::view::{Change, Followed, What};

fn english() -> State {
    busy(Language::English)
}

fn jobs(commands: Vec<Command>) -> Vec<Job> {
    let job = |command| match command {
        Command::Do(job) => job,
        other => panic!("{other:?}"),
    };
    commands.into_iter().map(job).collect()
}

#[test]
fn keys_that_steer_say_what_will_happen_and_then_what_has() {
    let pin = |name: &str| Job::Pin(name.to_owned());
    for (keys, wanted) in [
        ("1", pin("Swift")),
        ("2", pin("Steady")),
        ("m", pin("Swift")),
        ("M", pin("Swift")),
        ("p", Job::PauseProbes),
        ("P", Job::PauseProbes),
        ("r", Job::Probe),
        ("R", Job::Probe),
    ] {
        let mut state = english();
        let asked = jobs(type_in(&mut state, keys));
        assert_eq!(asked, std::slice::from_ref(&wanted), "{keys}");
        assert!(matches!(state.note, Note::Doing(_)), "{keys}: {:?}", state.note);
        state.update(Event::Did(wanted.clone(), Ok(())));
        assert!(matches!(state.note, Note::Done(_)), "{keys}: {:?}", state.note);
        let refused = Failure { message: "no".to_owned(), hint: "ask ada".to_owned() };
        state.update(Event::Did(wanted, Err(refused)));
        assert_eq!(state.note, Note::Failed("no (ask ada)".to_owned()));
    }
}

#[test]
fn the_same_keys_undo_what_is_in_force() {
    let mut held = status();
    let head = held.head.as_mut().unwrap();
    (head.pinned, head.monitoring_paused) = ("Steady".into(), true);
    let mut state = showing(held, Language::English);
    assert_eq!(jobs(type_in(&mut state, "mp")), [Job::Unpin, Job::ResumeProbes]);
}

#[test]
fn letters_pick_what_comes_after_the_ninth() {
    let mut many = status();
    many.endpoints = (0..40).map(|n| endpoint(&format!("e{n}"), "main", 1.0)).collect();
    let mut state = showing(many, Language::English);
    assert_eq!(jobs(type_in(&mut state, "A")), [Job::Pin("e9".to_owned())]);
    assert_eq!(jobs(type_in(&mut state, "Z")), [Job::Pin("e29".to_owned())]);
    let mut few = english();
    assert!(type_in(&mut few, "9Z").is_empty());
    assert!(matches!(few.note, Note::Failed(_)));
    assert!(type_in(&mut few, "axyz").is_empty());
}

#[test]
fn a_pin_without_anybody_who_serves_is_told() {
    let mut down = status();
    down.head.as_mut().unwrap().serving.clear();
    let mut state = showing(down, Language::English);
    assert!(type_in(&mut state, "m").is_empty());
    assert!(matches!(state.note, Note::Failed(_)));
}

#[test]
fn tab_goes_around_all_panes_and_back() {
    let mut state = english();
    let mut seen = Vec::new();
    for _ in Pane::ALL {
        seen.push(state.pane);
        press(&mut state, Tab);
    }
    assert_eq!((seen.as_slice(), state.pane), (Pane::ALL.as_slice(), Pane::Endpoints));
    press(&mut state, BackTab);
    assert_eq!(state.pane, Pane::Help);
    press(&mut state, Esc);
    type_in(&mut state, "?");
    assert_eq!(state.pane, Pane::Help);
    type_in(&mut state, "?");
    assert_eq!(state.pane, Pane::Endpoints);
}

fn selected(state: &State) -> Option<&str> {
    state.view(state.pane).selected.as_deref()
}

#[test]
fn arrows_select_and_the_selection_stays_with_its_row() {
    let mut state = english();
    press(&mut state, Down);
    type_in(&mut state, "j");
    assert_eq!(selected(&state), Some("Far"));
    press(&mut state, Up);
    assert_eq!(selected(&state), Some("Steady"));
    type_in(&mut state, "k");
    press(&mut state, End);
    assert_eq!(selected(&state), Some("东京"));
    press(&mut state, Home);
    press(&mut state, PageDown);
    assert_eq!(selected(&state), Some("东京"));
    press(&mut state, Home);
    press(&mut state, Down);
    let mut turned = status();
    turned.endpoints.reverse();
    let what = What::Status(Box::new(turned.into()));
    state.update(Event::Watch(Change { number: 2, what }));
    let keys = rows::keys(&state, Pane::Endpoints);
    assert_eq!(keys[rows::selected(&state, Pane::Endpoints, &keys)], "Steady");
}

#[test]
fn the_newest_request_and_the_newest_line_are_followed_until_another_is_selected() {
    let mut state = english();
    press(&mut state, Tab);
    press(&mut state, Tab);
    press(&mut state, Down);
    assert_eq!(selected(&state), Some("req-00000004"));
    press(&mut state, Up);
    assert_eq!(selected(&state), None);
    press(&mut state, Tab);
    press(&mut state, Tab);
    press(&mut state, Up);
    assert_eq!(selected(&state), Some("2"));
    press(&mut state, End);
    assert_eq!(selected(&state), None);
}

#[test]
fn a_filter_narrows_while_it_is_typed_and_escape_takes_it_away() {
    let mut state = english();
    assert!(type_in(&mut state, "/STE1q").is_empty(), "keys are text while a filter is typed");
    assert!(rows::endpoints(&state).is_empty());
    press(&mut state, KeyCode::Backspace);
    press(&mut state, KeyCode::Backspace);
    assert_eq!(rows::endpoints(&state).len(), 1);
    press(&mut state, Enter);
    assert_eq!(state.over, Over::Nothing);
    assert_eq!(rows::endpoints(&state).len(), 1);
    press(&mut state, Esc);
    assert_eq!(rows::endpoints(&state).len(), 5);
    type_in(&mut state, "/x");
    press(&mut state, Esc);
    assert_eq!((rows::endpoints(&state).len(), &state.over), (5, &Over::Nothing));
}

#[test]
fn s_goes_through_the_orders_of_each_pane() {
    for tabs in 0..5 {
        let mut state = english();
        for _ in 0..tabs {
            press(&mut state, Tab);
        }
        let first = rows::keys(&state, state.pane);
        let mut orders = vec![first.clone()];
        for _ in 1..rows::orders(state.pane).max(1) {
            type_in(&mut state, "s");
            let keys = rows::keys(&state, state.pane);
            assert_eq!(keys.len(), first.len());
            orders.push(keys);
        }
        type_in(&mut state, "s");
        assert_eq!(rows::keys(&state, state.pane), first, "{:?}", state.pane);
        orders.dedup();
        assert!(state.pane == Pane::Log || orders.len() > 1, "{:?}: {orders:?}", state.pane);
    }
}

#[test]
fn arrows_change_the_rows_of_the_usage() {
    let mut state = english();
    assert!(press(&mut state, Right).is_empty());
    for _ in 0..3 {
        press(&mut state, Tab);
    }
    assert_eq!(jobs(press(&mut state, Right)), [Job::Usage(By::Endpoint)]);
    assert!(state.usage.is_none());
    assert_eq!(jobs(press(&mut state, Left)), [Job::Usage(By::Model)]);
    assert_eq!(jobs(type_in(&mut state, "r")), [Job::Usage(By::Model)]);
}

#[test]
fn enter_opens_details_and_asks_why_a_request_went_its_way() {
    let mut state = english();
    assert!(press(&mut state, Enter).is_empty());
    assert_eq!(state.over, Over::Detail { of: Of::Endpoint("Swift".to_owned()), scroll: 0 });
    press(&mut state, Down);
    assert!(matches!(state.over, Over::Detail { scroll: 1, .. }));
    press(&mut state, Esc);
    press(&mut state, Tab);
    assert_eq!(jobs(press(&mut state, Enter)), [Job::Explain("req-00000009".to_owned())]);
    press(&mut state, Tab);
    assert_eq!((state.pane, &state.over), (Pane::Requests, &Over::Nothing));
    let id = "req-00000005".to_owned();
    assert_eq!(jobs(press(&mut state, Enter)), [Job::Explain(id.clone())]);
    let gone = Failure { message: "no trace".to_owned(), hint: String::new() };
    state.update(Event::Trace("req-other".to_owned(), Err(gone.clone())));
    let trace_of = |state: &State| match &state.over {
        Over::Detail { of: Of::Request { trace, record, .. }, .. } => {
            assert!(record.is_some());
            trace.clone()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(trace_of(&state), None);
    state.update(Event::Trace(id, Err(gone.clone())));
    assert_eq!(trace_of(&state), Some(Err(gone)));
}

#[test]
fn a_priority_is_typed_and_saved_or_not() {
    let priority = |number, save| Job::Priority { name: "Swift".to_owned(), number, save };
    for (keys, wanted) in [
        ("+\ny", Some(priority(101, true))),
        ("-\nn", Some(priority(99, false))),
        ("+7\ny", Some(priority(7, true))),
        ("+70\n\n", Some(priority(70, false))),
        ("+++\nY", Some(priority(103, true))),
        ("+99999999\nn", Some(priority(999_999, false))),
        ("+\x08\x08\x08\n", None),
        ("+\x1b", None),
        ("+\n\x1b", None),
        ("+\nq", None),
    ] {
        let mut state = english();
        let mut commands = Vec::new();
        for c in keys.chars() {
            let key = match c {
                '\n' => Enter,
                '\x1b' => Esc,
                '\x08' => KeyCode::Backspace,
                c => Char(c),
            };
            commands.extend(press(&mut state, key));
        }
        assert_eq!(jobs(commands), Vec::from_iter(wanted), "{keys:?}");
    }
}

#[test]
fn without_a_config_file_nobody_is_asked_whether_to_save() {
    let mut without = status();
    without.daemon.as_mut().unwrap().config_file.clear();
    let mut state = showing(without, Language::English);
    type_in(&mut state, "+");
    let wanted = Job::Priority { name: "Swift".to_owned(), number: 101, save: false };
    assert_eq!(jobs(press(&mut state, Enter)), [wanted]);
}

#[test]
fn quitting_works_everywhere_and_q_is_text_in_a_filter() {
    let control = |c| KeyEvent::new(Char(c), KeyModifiers::CONTROL);
    for open in ["", "/", "+", "?"] {
        let mut state = english();
        type_in(&mut state, open);
        assert_eq!(state.update(Event::Key(control('c'))), [Command::Quit], "{open}");
        assert_eq!(state.update(Event::Key(control('z'))), [Command::Suspend], "{open}");
        assert_eq!(state.update(Event::Key(control('l'))), [Command::Redraw], "{open}");
    }
    for key in ["q", "Q"] {
        assert_eq!(type_in(&mut english(), key), [Command::Quit]);
    }
    let mut state = english();
    press(&mut state, Enter);
    assert_eq!(type_in(&mut state, "q"), [Command::Quit], "from details");
}

/// Every key of the table changes something or asks for something, in a state where it can.
#[test]
fn every_documented_key_does_something() {
    for binding in &crate::top::keys::TABLE {
        for tabs in 0..Pane::ALL.len() {
            let mut state = english();
            for _ in 0..tabs {
                press(&mut state, Tab);
            }
            press(&mut state, Down);
            press(&mut state, Down);
            state.views[state.pane as usize].filter = String::new();
            let shown = |state: &State| {
                format!("{:?}{:?}{:?}{:?}{:?}", state.pane, state.over, state.note, state.views, state.by)
            };
            let before = shown(&state);
            let commands: Vec<_> = binding
                .codes()
                .iter()
                .map(|code| {
                    let modifiers = if binding.control { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
                    state.update(Event::Key(KeyEvent::new(*code, modifiers)))
                })
                .take(1)
                .flatten()
                .collect();
            if !commands.is_empty() || shown(&state) != before {
                break;
            }
            assert!(tabs + 1 < Pane::ALL.len(), "{} does nothing anywhere", binding.shown);
        }
    }
}

#[test]
fn lists_have_bounds() {
    let mut state = english();
    for number in 0..2 * i64::try_from(REQUESTS).unwrap() {
        state.update(Event::Request(Followed::Request(Box::new(request(number)))));
    }
    assert_eq!(state.requests.len(), REQUESTS);
    let line = crate::view::LogLine::default();
    for _ in 0..2 * LINES {
        state.update(Event::Log(crate::view::LogFollowed::Line(line.clone())));
    }
    assert_eq!(state.log.len(), LINES);
}

#[test]
fn what_is_stale_says_since_when_until_a_daemon_is_back() {
    let mut state = english();
    let failure = Failure { message: "gone".to_owned(), hint: String::new() };
    state.update(Event::Lost(failure.clone()));
    state.update(Event::Time(NOW + 60_000));
    state.update(Event::Lost(failure));
    assert_eq!(state.link, Link::Lost { since_ms: NOW, why: "gone".to_owned() });
    assert!(state.status.is_some(), "what was known stays in sight");
    state.update(Event::Connected);
    assert_eq!(state.link, Link::Live);
    assert!(state.requests.is_empty() && state.log.is_empty(), "the new daemon tells its own");
}

#[test]
fn time_alone_changes_the_picture_only_where_it_is_told() {
    let mut quiet = status();
    quiet.endpoints.truncate(2);
    let mut state = showing(quiet, Language::English);
    state.take_changed();
    state.update(Event::Time(NOW + 1000));
    assert!(!state.take_changed());
    let mut state = english();
    state.take_changed();
    state.update(Event::Time(NOW + 1000));
    assert!(state.take_changed(), "requests run");
}
