//! The status screen: who serves, why, what is next, and how everybody is.

use crate::language::{term, words};
use jiff::Zoned;
use zephyr_words::say;

use super::clock::brief;
use super::glyph::{BAD, BOLD, DIM, WARN, endpoint as glyph, paint};
use super::number::{ago, latency, span};
use super::table::{Cell, Column, Table};
use super::text::{line, name, width};
use super::{config, group, money, note, spending, verdict, waiting};
use crate::view::{Endpoint, Head, Status};

/// Columns for a label.
const LABEL: usize = 8;

/// The whole screen, at most `width` columns wide where that is possible.
pub(crate) fn screen(status: &Status, width: Option<usize>) -> String {
    let mut out = verdict::lines(&status.head, &status.endpoints);
    out.push_str(&facts(status));
    if !status.endpoints.is_empty() {
        out.push('\n');
        out.push_str(&table(status).render(width));
    }
    if group::worth_telling(&status.groups) {
        out.push('\n');
        out.push_str(&group::table(&status.groups, &status.endpoints, width));
    }
    let problems = &status.daemon.config.problems;
    if !problems.is_empty() {
        out.push('\n');
        out.push_str(&paint(WARN, &say!(words(), "reload-refused")));
        out.push('\n');
        out.push_str(&config::problems(problems));
    }
    out
}

fn facts(status: &Status) -> String {
    let (daemon, words) = (&status.daemon, words());
    let mut out = String::new();
    let mut fact = |label: &str, text: String| {
        let pad = " ".repeat(LABEL.saturating_sub(width(label)));
        out.push_str(&format!("  {} {text}\n", paint(DIM, &format!("{label}{pad}"))));
    };
    let listen = daemon.listen.iter().map(|l| line(l)).collect::<Vec<_>>().join(", ");
    let listen = if listen.is_empty() { paint(BAD, &say!(words, "listens-nowhere")) } else { listen };
    fact(&say!(words, "fact-listen"), listen);
    fact(&say!(words, "fact-mode"), mode(&status.head, &daemon.strategy));
    let (version, up) = (line(&daemon.version), span(daemon.uptime_seconds));
    // Those who may only read are told 0, which means nothing.
    let program = match daemon.active_requests {
        0 => say!(words, "daemon-up", version = version, span = up),
        n => say!(words, "daemon-up-running", version = version, span = up, n = n),
    };
    fact("zephyrd", program);
    let none = || say!(words, "config-none").into_owned();
    let file = daemon.config.file.as_deref().map_or_else(none, line);
    let config = match daemon.config.loaded_unix_ms {
        0 => file,
        ms => say!(words, "config-loaded", file = file, ago = ago(ms)),
    };
    fact(&say!(words, "fact-config"), config);
    for (label, text) in status.money.iter().flat_map(|money| money::facts(money, &Zoned::now())) {
        fact(&label, text);
    }
    if let Some(spent) = spending::of_all(status.endpoints.iter().map(|e| &e.probe_spending)) {
        fact(&say!(words, "fact-probes"), spent);
    }
    if let Some(since) = status.head.offline_unix_ms {
        let since = brief(since, &Zoned::now());
        let text = say!(words, "offline-since", since = since);
        fact(&say!(words, "fact-offline"), paint(BAD, &text));
    }
    if let Some(text) = waiting::phrase(&status.waiting) {
        fact(&say!(words, "fact-waiting"), text);
    }
    if status.head.paused {
        fact(&say!(words, "fact-paused"), paint(WARN, &say!(words, "probes-paused-note")));
    }
    out
}

/// What decides: the strategy, or a pin.
pub(crate) fn mode(head: &Head, strategy: &str) -> String {
    let words = words();
    let (mode, strategy) = (line(&term("state", &head.mode)), line(strategy));
    let who = match &head.pinned {
        Some(pinned) if head.pin_fallback => {
            say!(words, "mode-pinned-fallback", mode = mode, name = name(pinned), strategy = strategy)
        }
        Some(pinned) => say!(words, "mode-pinned", mode = mode, name = name(pinned), strategy = strategy),
        None => say!(words, "mode-plain", mode = mode, strategy = strategy),
    };
    if head.auto_switch { who } else { say!(words, "mode-by-hand", mode = who) }
}

fn table(status: &Status) -> Table {
    let column = |head, right, min, drop| Column { head, right, min, drop };
    let mut table = Table::new([
        column("".into(), false, 0, 0),
        column(say!(words(), "head-endpoint"), false, 12, 0),
        column(say!(words(), "head-group"), false, 8, 4),
        column(say!(words(), "head-state"), false, 0, 0),
        column(say!(words(), "head-latency"), true, 0, 1),
        column(say!(words(), "head-ttft"), true, 0, 3),
        column(say!(words(), "head-run"), true, 0, 2),
        column(say!(words(), "head-turn"), true, 0, 1),
    ]);
    for endpoint in &status.endpoints {
        let (mark, style) = glyph(&endpoint.state, &endpoint.admin);
        let why_not = note::why_not(endpoint).map(|(text, style)| Cell::safe(text, style));
        table.row(
            vec![
                Cell::new(mark, style),
                Cell::new(&endpoint.name, if endpoint.current { BOLD } else { anstyle::Style::new() }),
                Cell::plain(&endpoint.group),
                Cell::new(note::state(endpoint), style),
                Cell::plain(latency(endpoint.latency_ms)),
                Cell::plain(latency(endpoint.ttft_ms)),
                Cell::plain(endpoint.in_flight.to_string()),
                Cell::plain(turn(endpoint, &status.head)),
            ],
            why_not,
        );
    }
    table
}

/// Place in the order in which a request of its dialect would try it.
fn turn(endpoint: &Endpoint, head: &Head) -> String {
    let serving = head.serving.iter().find(|s| s.dialect == endpoint.dialect).or(head.serving.first());
    let place = serving.and_then(|s| s.order.iter().position(|name| *name == endpoint.name));
    match place {
        Some(0) => say!(words(), "turn-now").into_owned(),
        Some(place) => (place + 1).to_string(),
        None => "–".to_owned(),
    }
}
