//! Every pane as a picture, in both sizes and both languages.

use crossterm::event::KeyCode;
use insta::assert_snapshot;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use zephyr_proto::v1;
use zephyr_words::Language;

use crate::language::tests::speaking;
use crate::render::text::{is_hostile, width};
use crate::top::app::{Event, Failure, Pane, State};
use crate::top::fixtures::{NOW, busy, endpoint, press, request, showing, status, type_in};
use crate::view::{Change, Followed, LogFollowed, LogLine, What};

fn terminal(state: &mut State, columns: u16, lines: u16) -> Terminal<TestBackend> {
    state.update(Event::Size(columns, lines));
    let mut terminal = Terminal::new(TestBackend::new(columns, lines)).unwrap();
    terminal.draw(|frame| super::draw(frame, state)).unwrap();
    terminal
}

/// What stands on the screen, without blanks at the ends of lines.
fn picture(terminal: &Terminal<TestBackend>) -> String {
    let buffer = terminal.backend().buffer();
    let mut out = String::new();
    for line in buffer.content().chunks(usize::from(buffer.area.width)) {
        let mut hidden = 0;
        let mut text = String::new();
        for cell in line {
            if hidden == 0 {
                text.push_str(cell.symbol());
                hidden = width(cell.symbol());
            }
            hidden = hidden.saturating_sub(1);
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
    out
}

/// The same scene in every language and size.
fn pictures(scene: impl Fn(Language) -> State) -> String {
    let mut out = String::new();
    for language in Language::ALL {
        for (columns, lines) in [(80, 24), (120, 40)] {
            let shown = speaking(language, || picture(&terminal(&mut scene(language), columns, lines)));
            out.push_str(&format!("== {} {columns}×{lines}\n{shown}", language.tag()));
        }
    }
    out
}

fn at(pane: Pane) -> impl Fn(Language) -> State {
    move |language| {
        let mut state = busy(language);
        for _ in 0..pane as usize {
            press(&mut state, KeyCode::Tab);
        }
        state
    }
}

#[test]
fn endpoints_with_the_latest_requests() {
    assert_snapshot!(pictures(at(Pane::Endpoints)));
}

#[test]
fn requests_that_run() {
    assert_snapshot!(pictures(at(Pane::Connections)));
}

#[test]
fn requests_that_have_ended() {
    assert_snapshot!(pictures(at(Pane::Requests)));
}

#[test]
fn usage_by_model() {
    assert_snapshot!(pictures(at(Pane::Usage)));
}

#[test]
fn the_log() {
    assert_snapshot!(pictures(at(Pane::Log)));
}

#[test]
fn the_help() {
    assert_snapshot!(pictures(at(Pane::Help)));
}

#[test]
fn the_help_lists_every_key_and_ends_with_the_last() {
    let mut state = at(Pane::Help)(Language::English);
    let whole = picture(&terminal(&mut state, 120, 40));
    for binding in &crate::top::keys::TABLE {
        let listed =
            whole.lines().any(|line| line.strip_prefix(binding.shown).is_some_and(|l| l.starts_with("  ")));
        assert!(listed, "{} is not in {whole}", binding.shown);
    }
    press(&mut state, KeyCode::End);
    let end = picture(&terminal(&mut state, 80, 24));
    let last = crate::top::keys::TABLE.last().unwrap();
    assert!(end.contains(last.shown), "{end}");
}

#[test]
fn details_of_an_endpoint() {
    assert_snapshot!(pictures(|language| {
        let mut state = busy(language);
        press(&mut state, KeyCode::Down);
        press(&mut state, KeyCode::Down);
        press(&mut state, KeyCode::Enter);
        state
    }));
}

#[test]
fn a_plan_without_endpoints() {
    assert_snapshot!(pictures(|language| {
        let mut empty = v1::Status { daemon: status().daemon, ..v1::Status::default() };
        empty.head = Some(v1::Head { state: "down".into(), mode: "auto".into(), ..v1::Head::default() });
        showing(empty, language)
    }));
}

#[test]
fn more_endpoints_than_lines_with_the_selected_one_in_sight() {
    assert_snapshot!(pictures(|language| {
        let mut many = status();
        many.endpoints =
            (0..60).map(|n| endpoint(&format!("Endpoint-{n}"), "main", f64::from(n + 1))).collect();
        let mut state = showing(many, language);
        press(&mut state, KeyCode::PageDown);
        press(&mut state, KeyCode::PageDown);
        state
    }));
}

#[test]
fn pinned_paused_offline_and_over_budget() {
    assert_snapshot!(pictures(|language| {
        let mut status = status();
        let head = status.head.as_mut().unwrap();
        head.mode = "pinned".into();
        head.pinned = "Steady".into();
        head.monitoring_paused = true;
        head.offline_unix_ms = Some(NOW - 90_000);
        head.suspended = 3;
        status.endpoints[1].admin = "pinned".into();
        let budget = v1::Budget {
            client: "ada".into(),
            limit_nanos: 5_000_000_000,
            share: 1.02,
            over: true,
            ..v1::Budget::default()
        };
        status.money.as_mut().unwrap().budgets = vec![budget];
        showing(status, language)
    }));
}

#[test]
fn a_daemon_that_has_gone() {
    assert_snapshot!(pictures(|language| {
        let mut state = busy(language);
        let message = "zephyrd is not running".to_owned();
        state.update(Event::Lost(Failure { message, hint: String::new() }));
        state
    }));
}

#[test]
fn what_may_not_be_read_and_what_was_refused() {
    assert_snapshot!(pictures(|language| {
        let mut state = showing(v1::Status { money: None, ..status() }, language);
        let message = "you may look, not steer".to_owned();
        let failure = Failure { message, hint: "operators are in the group `zephyr`".to_owned() };
        state.update(Event::Trouble(Pane::Requests, failure.clone()));
        let mut commands = type_in(&mut state, "2");
        let crate::top::app::Command::Do(job) = commands.remove(0) else { panic!("no job") };
        state.update(Event::Did(job, Err(failure)));
        state
    }));
}

#[test]
fn a_priority_and_whether_to_save_it() {
    let number = |language| {
        let mut state = busy(language);
        type_in(&mut state, "+7");
        state
    };
    assert_snapshot!("priority_asked", pictures(number));
    let save = |language| {
        let mut state = number(language);
        press(&mut state, KeyCode::Enter);
        state
    };
    assert_snapshot!("priority_saved", pictures(save));
}

#[test]
fn a_filter_being_typed() {
    assert_snapshot!(pictures(|language| {
        let mut state = busy(language);
        type_in(&mut state, "/ste");
        state
    }));
}

#[test]
fn any_size_can_be_drawn_and_a_small_one_says_what_is_needed() {
    for pane in 0..Pane::ALL.len() {
        let mut state = busy(Language::Chinese);
        for _ in 0..pane {
            press(&mut state, KeyCode::Tab);
        }
        for (columns, lines) in [(1, 1), (1, 40), (200, 1), (79, 24), (80, 23), (80, 24), (300, 100)] {
            terminal(&mut state, columns, lines);
        }
    }
    let mut state = busy(Language::English);
    let shown = picture(&terminal(&mut state, 60, 10));
    assert!(shown.contains("80×24") && shown.contains("60×10"), "{shown}");
}

/// Every text that tries to take over a terminal, as every text that comes from outside.
#[test]
fn hostile_texts_stay_texts() {
    let file: serde_json::Value =
        serde_json::from_str(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/hostile.json")))
            .unwrap();
    let texts = file["texts"].as_object().unwrap().values().flat_map(|list| list.as_array().unwrap());
    let mut drawn = 0;
    for text in texts.map(|text| text.as_str().unwrap()) {
        for pane in 0..Pane::ALL.len() {
            let mut state = hostile(text);
            for _ in 0..pane {
                press(&mut state, KeyCode::Tab);
            }
            for key in [KeyCode::Null, KeyCode::Enter] {
                press(&mut state, key);
                let terminal = terminal(&mut state, 80, 24);
                for cell in terminal.backend().buffer().content() {
                    let bad = cell.symbol().chars().find(|c| *c != '\u{200e}' && is_hostile(*c));
                    assert_eq!(bad, None, "{text:?}");
                }
                drawn += 1;
            }
        }
    }
    assert!(drawn > 1000, "{drawn}");
}

fn hostile(text: &str) -> State {
    let mut status = status();
    for e in &mut status.endpoints {
        (e.name, e.group, e.url, e.error) = (text.into(), text.into(), text.into(), text.into());
        (e.state, e.admin, e.provider) = (text.into(), text.into(), text.into());
    }
    let head = status.head.as_mut().unwrap();
    (head.pinned, head.state, head.mode) = (text.into(), text.into(), text.into());
    let serving = &mut head.serving[0];
    (serving.current, serving.why, serving.order) = (text.into(), text.into(), vec![text.into()]);
    status.daemon.as_mut().unwrap().strategy = text.into();
    let mut state = showing(status, Language::English);
    let mut record = request(1);
    let some = || Some(text.to_owned());
    (record.id, record.ended, record.path) = (text.into(), text.into(), text.into());
    (record.model, record.endpoint, record.client, record.detail) = (some(), some(), some(), some());
    (record.succeeded, record.stop, record.session) = (false, some(), some());
    state.update(Event::Request(Followed::Request(Box::new(record))));
    let line = LogLine {
        level: text.into(),
        target: text.into(),
        message: text.into(),
        fields: vec![(text.into(), text.into())],
        ..LogLine::default()
    };
    state.update(Event::Log(LogFollowed::Line(line)));
    let runner = v1::RunningRequest {
        request: text.into(),
        model: text.into(),
        endpoint: text.into(),
        client: text.into(),
        session: text.into(),
        phase: text.into(),
        ..v1::RunningRequest::default()
    };
    state.update(Event::Running(v1::ListRunningResponse { requests: vec![runner], totals: None }.into()));
    let mut report = busy(Language::English).usage.unwrap();
    report.rows[0].key = text.into();
    state.update(Event::Usage(Box::new(report)));
    let failure = Failure { message: text.into(), hint: text.into() };
    state.update(Event::Trouble(Pane::Log, failure.clone()));
    state.update(Event::Trouble(Pane::Endpoints, failure));
    state
}

#[test]
fn the_next_state_is_drawn_over_the_one_before() {
    let mut state = busy(Language::English);
    let first = picture(&terminal(&mut state, 80, 24));
    let mut next = status();
    next.head.as_mut().unwrap().serving[0].current = "Steady".into();
    let status = Box::new(next.into());
    state.update(Event::Watch(Change { number: 2, what: What::Status(status) }));
    assert!(state.take_changed());
    let second = picture(&terminal(&mut state, 80, 24));
    assert!(first.contains("Swift serves") && second.contains("Steady serves"), "{second}");
}
