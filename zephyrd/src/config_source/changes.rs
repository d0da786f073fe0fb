//! What a reload changed, for people, and what it cannot change before a restart.

use std::path::Path;

use zephyr_core::config::{Change, Endpoint, Plan, Problem, Route, Routes, Severity, diff};

/// One line per change; empty when nothing that counts differs. Never a secret.
pub(super) fn lines(old: &Plan, new: &Plan) -> Vec<String> {
    let mut out: Vec<String> = diff(old, new).iter().flat_map(|change| one(change, old, new)).collect();
    for client in &new.clients {
        match old.clients.iter().find(|c| c.name == client.name) {
            None => out.push(format!("client {} added", client.name)),
            Some(before) if before != client => out.push(format!("client {} changed", client.name)),
            Some(_) => {}
        }
    }
    for client in old.clients.iter().filter(|c| !new.clients.iter().any(|n| n.name == c.name)) {
        out.push(format!("client {} removed", client.name));
    }
    let (a, b) = (&old.server, &new.server);
    let settings = [
        ("hosts", a.hosts != b.hosts),
        ("cors_origins", a.cors_origins != b.cors_origins),
        ("graceful_switch_timeout_ms", a.graceful_switch_timeout != b.graceful_switch_timeout),
        ("max_body", a.max_body != b.max_body),
        ("trusted_proxies", a.trusted_proxies != b.trusted_proxies),
        ("estimate_tokens", a.estimate_tokens != b.estimate_tokens),
        ("control others", old.control.others_read != new.control.others_read),
        ("log level", old.log.level != new.log.level),
        ("usage", old.usage != new.usage),
        ("prices", old.prices != new.prices),
        ("budgets", old.budgets != new.budgets),
        ("dedup", old.dedup != new.dedup),
        ("cache", old.cache != new.cache),
    ];
    out.extend(
        settings.into_iter().filter(|(_, changed)| *changed).map(|(name, _)| format!("{name} changed")),
    );
    out
}

fn one(change: &Change, old: &Plan, new: &Plan) -> Vec<String> {
    match change {
        Change::Added(e) => vec![format!("endpoint {} added", e.name)],
        Change::Removed(name) => vec![format!("endpoint {name} removed")],
        Change::Changed(e) => {
            let before = old.endpoints.iter().find(|o| o.name == e.name);
            let what = before.map(|o| fields(o, e)).unwrap_or_default();
            // Its place in the file is all that differs.
            if what.is_empty() {
                Vec::new()
            } else {
                vec![format!("endpoint {} changed: {}", e.name, what.join(", "))]
            }
        }
        Change::Selection(selection, threshold) => {
            let mut out = Vec::new();
            if old.selection.auto_switch != selection.auto_switch {
                out.push(format!("auto_switch is now {}", selection.auto_switch));
            }
            if old.selection.affinity != selection.affinity {
                out.push(format!("affinity is now {}", selection.affinity));
            }
            if old.selection.strategy != selection.strategy {
                out.push(format!("strategy is now {}", selection.strategy.name()));
            }
            if old.server.switch_threshold != *threshold {
                out.push(format!("switch_threshold_ms is now {}", threshold.as_millis()));
            }
            out
        }
        // Told with everything else about clients.
        Change::Clients(_) => Vec::new(),
        Change::Suspension(_) => vec!["suspension changed".to_owned()],
        Change::Failover(_) => vec!["failover changed".to_owned()],
        Change::Routes(routes) => self::routes(&old.routes, routes),
        Change::Groups(_) => {
            let names = |p: &Plan| p.groups.iter().map(|g| g.name.clone()).collect::<Vec<_>>();
            let (before, after) = (names(old), names(new));
            let added = after.iter().filter(|n| !before.contains(n)).map(|n| format!("group {n} added"));
            let removed = before.iter().filter(|n| !after.contains(n)).map(|n| format!("group {n} removed"));
            let mut out: Vec<String> = added.chain(removed).collect();
            if out.is_empty() {
                out.push("order of the groups changed".to_owned());
            }
            out
        }
    }
}

fn routes(old: &Routes, new: &Routes) -> Vec<String> {
    let same = |a: &Route, b: &Route| a.model == b.model;
    let added = new.iter().filter(|n| !old.iter().any(|o| same(o, n)));
    let added = added.map(|n| format!("route {} added", n.model));
    let removed = old.iter().filter(|o| !new.iter().any(|n| same(o, n)));
    let removed = removed.map(|o| format!("route {} removed", o.model));
    let changed = new.iter().filter(|n| old.iter().any(|o| same(o, n) && o != *n));
    let changed = changed.map(|n| format!("targets of route {} changed", n.model));
    let out: Vec<String> = added.chain(removed).chain(changed).collect();
    if out.is_empty() { vec!["order of the routes changed".to_owned()] } else { out }
}

fn fields(a: &Endpoint, b: &Endpoint) -> Vec<&'static str> {
    let all = [
        ("group", a.group != b.group),
        ("group priority", a.tier != b.tier),
        ("default group", a.default_group != b.default_group),
        ("provider", a.provider != b.provider),
        ("url", a.url != b.url),
        ("dialect", a.dialect != b.dialect),
        ("credential", a.auth != b.auth),
        ("headers", a.headers != b.headers),
        ("proxy", a.proxy != b.proxy),
        ("ca_file", a.ca_file != b.ca_file),
        ("priority", a.priority != b.priority),
        ("price", a.price != b.price),
        ("weight", a.weight != b.weight),
        ("max_concurrent", a.max_concurrent != b.max_concurrent),
        ("the group's max_concurrent", a.group_max_concurrent != b.group_max_concurrent),
        ("overage", a.overage != b.overage),
        ("recover", a.recover != b.recover),
        ("timeouts", a.timeouts != b.timeouts),
        ("quirks", a.quirks != b.quirks),
        ("health_check", a.probe != b.probe),
    ];
    all.into_iter().filter(|(_, changed)| *changed).map(|(name, _)| name).collect()
}

/// Warnings about what differs from the plan that the daemon began with and stays as it was until a restart.
pub(super) fn restart_needed(begun: &Plan, new: &Plan, path: Option<&Path>) -> Vec<Problem> {
    let (a, b) = (&begun.server, &new.server);
    let settings = [
        ("[server] listen", a.listen != b.listen),
        ("[server] tls", a.tls != b.tls),
        ("[server] state_dir", a.state_dir != b.state_dir),
        ("[server] max_replay_bytes", a.max_replay_bytes != b.max_replay_bytes),
        ("[control] socket", begun.control.socket != new.control.socket),
        ("[log] format", begun.log.format != new.log.format),
        ("[usage] database", begun.usage.database != new.usage.database),
    ];
    let warning = |name: &str| Problem {
        severity: Severity::Warning,
        source: path.map_or_else(|| "built-in".to_owned(), |p| p.display().to_string()),
        line: 0,
        column: 0,
        message: format!("a change of `{name}` takes effect at the next restart"),
        hint: Some("systemctl restart zephyrd".to_owned()),
    };
    settings.into_iter().filter(|(_, changed)| *changed).map(|(name, _)| warning(name)).collect()
}
