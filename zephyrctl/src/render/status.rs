//! The status screen: who serves, why, what is next, and how everybody is.

use jiff::Zoned;

use super::clock::brief;
use super::glyph::{BAD, BOLD, DIM, WARN, endpoint as glyph, paint};
use super::number::{ago, count, latency, span};
use super::table::{Cell, Column, Table};
use super::text::{line, name};
use super::{config, group, money, note, spending, verdict, waiting};
use crate::view::{Endpoint, Head, Status};

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
        out.push_str(&paint(WARN, "The last reload was refused; the config before it is in force:"));
        out.push('\n');
        out.push_str(&config::problems(problems));
    }
    out
}

fn facts(status: &Status) -> String {
    let daemon = &status.daemon;
    let mut out = String::new();
    let mut fact = |label: &str, text: String| {
        out.push_str(&format!("  {} {text}\n", paint(DIM, &format!("{label:<8}"))));
    };
    let listen = daemon.listen.iter().map(|l| line(l)).collect::<Vec<_>>().join(", ");
    fact("listen", if listen.is_empty() { paint(BAD, "nowhere") } else { listen });
    fact("mode", mode(&status.head, &daemon.strategy));
    // Those who may only read are told 0, which means nothing.
    let running = match daemon.active_requests {
        0 => String::new(),
        n => format!(", {} running", count(n, "request", "requests")),
    };
    fact("zephyrd", format!("{}, up {}{running}", line(&daemon.version), span(daemon.uptime_seconds)));
    let file = daemon.config.file.as_deref().map_or_else(|| "no file, defaults".to_owned(), line);
    let loaded = match daemon.config.loaded_unix_ms {
        0 => String::new(),
        ms => format!(", loaded {}", ago(ms)),
    };
    fact("config", format!("{file}{loaded}"));
    for (label, text) in status.money.iter().flat_map(|money| money::facts(money, &Zoned::now())) {
        fact(label, text);
    }
    if let Some(spent) = spending::of_all(status.endpoints.iter().map(|e| &e.probe_spending)) {
        fact("probes", spent);
    }
    if let Some(since) = status.head.offline_unix_ms {
        let since = brief(since, &Zoned::now());
        let text = format!("no endpoint beyond this machine answers since {since}; none is blamed for it");
        fact("offline", paint(BAD, &text));
    }
    if let Some(text) = waiting::phrase(&status.waiting) {
        fact("waiting", text);
    }
    if status.head.paused {
        let text = "probes are paused: the states may be old; `zephyrctl resume` goes on";
        fact("paused", paint(WARN, text));
    }
    out
}

/// What decides: the strategy, or a pin.
pub(crate) fn mode(head: &Head, strategy: &str) -> String {
    let by_hand = if head.auto_switch { "" } else { "; groups are switched by hand (`auto_switch = false`)" };
    let who = match &head.pinned {
        Some(pinned) => {
            let fallback = if head.pin_fallback { "falls back while it is down" } else { "no fallback" };
            format!(
                "{} to {} ({fallback}); {} after `zephyrctl unpin`",
                line(&head.mode),
                name(pinned),
                line(strategy)
            )
        }
        None => format!("{}, {}", line(&head.mode), line(strategy)),
    };
    format!("{who}{by_hand}")
}

fn table(status: &Status) -> Table {
    let column = |head, right, min, drop| Column { head, right, min, drop };
    let mut table = Table::new(&[
        column("", false, 0, 0),
        column("ENDPOINT", false, 12, 0),
        column("GROUP", false, 8, 4),
        column("STATE", false, 0, 0),
        column("LATENCY", true, 0, 1),
        column("TTFT", true, 0, 3),
        column("RUN", true, 0, 2),
        column("TURN", true, 0, 1),
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
        Some(0) => "now".to_owned(),
        Some(place) => (place + 1).to_string(),
        None => "–".to_owned(),
    }
}
