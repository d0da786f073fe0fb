//! The rows of each pane: those that the filter lets through, in the order that was asked for.

use std::borrow::Cow;

use zephyr_words::{Words, say};

use super::{Pane, State};
use crate::view::{Endpoint, Head, LogLine, Request, Row, Runner};

/// Lines of the help: those of the table, and two about keys that pick.
const HELP: usize = crate::top::keys::TABLE.len() + 2;

/// How many orders a pane has.
pub(super) fn orders(pane: Pane) -> usize {
    match pane {
        Pane::Endpoints => 5,
        Pane::Connections | Pane::Requests | Pane::Usage => 3,
        Pane::Log | Pane::Help => 0,
    }
}

/// What a pane's rows are sorted by, in words.
pub(crate) fn order(words: &Words, pane: Pane, sort: usize) -> Option<Cow<'_, str>> {
    Some(match (pane, sort) {
        (Pane::Endpoints, 0) => say!(words, "top-order-config"),
        (Pane::Endpoints, 1) => say!(words, "top-order-turn"),
        (Pane::Endpoints, 2) => say!(words, "top-order-latency"),
        (Pane::Endpoints, 3) => say!(words, "top-order-state"),
        (Pane::Endpoints, _) => say!(words, "top-order-name"),
        (Pane::Connections, 0) => say!(words, "top-order-longest"),
        (Pane::Connections, 1) => say!(words, "top-order-endpoint"),
        (Pane::Connections, _) => say!(words, "top-order-model"),
        (Pane::Requests, 0) => say!(words, "top-order-newest"),
        (Pane::Requests, 1) => say!(words, "top-order-slowest"),
        (Pane::Requests, _) => say!(words, "top-order-cost"),
        (Pane::Usage, 0) => say!(words, "top-order-cost"),
        (Pane::Usage, 1) => say!(words, "top-order-requests"),
        (Pane::Usage, _) => say!(words, "top-order-name"),
        _ => return None,
    })
}

fn passes<'a>(filter: &str, fields: impl IntoIterator<Item = &'a str>) -> bool {
    let wanted = filter.to_lowercase();
    wanted.is_empty() || fields.into_iter().any(|field| field.to_lowercase().contains(&wanted))
}

fn or_empty(text: &Option<String>) -> &str {
    text.as_deref().unwrap_or_default()
}

/// Place in the order in which a request of its dialect would try it; `None` = not at all.
pub(crate) fn turn(endpoint: &Endpoint, head: &Head) -> Option<usize> {
    let serving = head.serving.iter().find(|s| s.dialect == endpoint.dialect).or(head.serving.first())?;
    serving.order.iter().position(|name| *name == endpoint.name)
}

/// How bad a state is.
fn badness(endpoint: &Endpoint) -> usize {
    const WORST_FIRST: [&str; 6] =
        ["misconfigured", "auth-failed", "exhausted", "cooling", "degraded", "unknown"];
    WORST_FIRST.iter().position(|state| *state == endpoint.state).unwrap_or(WORST_FIRST.len())
}

/// Endpoints, each with its place in the config.
pub(crate) fn endpoints(state: &State) -> Vec<(usize, &Endpoint)> {
    let Some(status) = &state.status else { return Vec::new() };
    let view = state.view(Pane::Endpoints);
    let mut rows: Vec<_> = status.endpoints.iter().enumerate().collect();
    rows.retain(|(_, e)| {
        passes(&view.filter, [&*e.name, &*e.group, &*e.provider, &*e.state, &*e.admin, &*e.dialect])
    });
    match view.sort {
        1 => rows.sort_by_key(|(_, e)| turn(e, &status.head).unwrap_or(usize::MAX)),
        2 => rows.sort_by(|(_, a), (_, b)| {
            let of = |e: &Endpoint| e.latency_ms.unwrap_or(f64::INFINITY);
            of(a).total_cmp(&of(b))
        }),
        3 => rows.sort_by_key(|(_, e)| badness(e)),
        4 => rows.sort_by_cached_key(|(_, e)| e.name.to_lowercase()),
        _ => {}
    }
    rows
}

/// Requests that run.
pub(crate) fn running(state: &State) -> Vec<&Runner> {
    let view = state.view(Pane::Connections);
    let mut rows: Vec<_> = state.running.requests.iter().collect();
    rows.retain(|r| {
        let fields = [or_empty(&r.model), or_empty(&r.endpoint), or_empty(&r.client), or_empty(&r.session)];
        passes(&view.filter, fields.into_iter().chain([&*r.request, &*r.phase, &*r.path]))
    });
    match view.sort {
        1 => rows.sort_by_key(|r| or_empty(&r.endpoint)),
        2 => rows.sort_by_key(|r| or_empty(&r.model)),
        _ => {}
    }
    rows
}

/// Requests that have ended.
pub(crate) fn requests(state: &State) -> Vec<&Request> {
    let view = state.view(Pane::Requests);
    let mut rows: Vec<_> = state.requests.iter().rev().collect();
    rows.retain(|r| {
        let fields = [or_empty(&r.model), or_empty(&r.endpoint), or_empty(&r.client), or_empty(&r.session)];
        let more = [&*r.id, &*r.ended, &*r.path, or_empty(&r.detail)];
        passes(&view.filter, fields.into_iter().chain(more))
    });
    match view.sort {
        1 => rows.sort_by_key(|r| std::cmp::Reverse(r.duration_ms)),
        2 => rows.sort_by_key(|r| std::cmp::Reverse(r.cost)),
        _ => {}
    }
    rows
}

/// Sums.
pub(crate) fn usage(state: &State) -> Vec<&Row> {
    let view = state.view(Pane::Usage);
    let mut rows: Vec<_> = state.usage.iter().flat_map(|report| &report.rows).collect();
    rows.retain(|r| passes(&view.filter, [&*r.key]));
    match view.sort {
        1 => rows.sort_by_key(|r| std::cmp::Reverse(r.totals.requests)),
        2 => rows.sort_by_cached_key(|r| r.key.to_lowercase()),
        _ => rows.sort_by_key(|r| std::cmp::Reverse(r.totals.cost)),
    }
    rows
}

/// Lines of the log.
pub(crate) fn log(state: &State) -> Vec<&LogLine> {
    let view = state.view(Pane::Log);
    let mut rows: Vec<_> = state.log.iter().collect();
    rows.retain(|l| {
        let fields = l.fields.iter().flat_map(|(name, value)| [&**name, &**value]);
        passes(&view.filter, [&*l.level, &*l.target, &*l.message].into_iter().chain(fields))
    });
    rows
}

/// What names each row of a pane.
pub(super) fn keys(state: &State, pane: Pane) -> Vec<String> {
    match pane {
        Pane::Endpoints => endpoints(state).into_iter().map(|(_, e)| e.name.clone()).collect(),
        Pane::Connections => running(state).into_iter().map(|r| r.request.clone()).collect(),
        Pane::Requests => requests(state).into_iter().map(|r| r.id.clone()).collect(),
        Pane::Usage => usage(state).into_iter().map(|r| r.key.clone()).collect(),
        Pane::Log => log(state).into_iter().map(|l| l.number.to_string()).collect(),
        // Its lines are scrolled one by one.
        Pane::Help => (0..HELP).map(|line| line.to_string()).collect(),
    }
}

/// Which of these rows is selected.
pub(super) fn selected(state: &State, pane: Pane, keys: &[String]) -> usize {
    let wanted = state.view(pane).selected.as_ref();
    let found = wanted.and_then(|wanted| keys.iter().position(|key| key == wanted));
    found.unwrap_or_else(|| at_rest(pane, keys.len()))
}

/// Which of `total` rows is selected, where each has the name that `key` tells.
pub(crate) fn cursor(state: &State, pane: Pane, total: usize, key: impl Fn(usize) -> String) -> usize {
    let wanted = state.view(pane).selected.as_ref();
    let found = wanted.and_then(|wanted| (0..total).find(|row| key(*row) == *wanted));
    found.unwrap_or_else(|| at_rest(pane, total))
}

fn at_rest(pane: Pane, total: usize) -> usize {
    if pane == Pane::Log { total.saturating_sub(1) } else { 0 }
}
