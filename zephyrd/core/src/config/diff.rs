//! What differs between two plans, so that a reload touches only what changed.

use std::sync::Arc;

use super::plan::{Endpoint, Failover, Plan, Selection, Suspension};
use super::routes::Routes;

/// One change that the engine applies.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A new endpoint.
    Added(Arc<Endpoint>),
    /// An endpoint of the same name has other settings. Its health is kept, unless URL or credential changed.
    Changed(Arc<Endpoint>),
    /// An endpoint, by name, is gone. Its running leases end as they will.
    Removed(String),
    /// Strategy or threshold changed.
    Selection(Selection, std::time::Duration),
    /// Attempt limits or cooldown changed.
    Failover(Failover),
    /// How long and how many requests wait changed.
    Suspension(Suspension),
    /// Names of all groups in file order changed.
    Groups(Vec<String>),
    /// Routes were added, changed, removed or put in another order: all of them as they are now.
    Routes(Routes),
    /// Names of all clients or how many requests of one may run changed.
    Clients(Vec<(String, Option<u32>)>),
}

/// The changes that make the engine of `old` one of `new`; empty when nothing it knows differs.
#[must_use]
pub fn diff(old: &Plan, new: &Plan) -> Vec<Change> {
    let mut out = Vec::new();
    for e in &old.endpoints {
        if !new.endpoints.iter().any(|n| n.name == e.name) {
            out.push(Change::Removed(e.name.clone()));
        }
    }
    for n in &new.endpoints {
        match old.endpoints.iter().find(|e| e.name == n.name) {
            None => out.push(Change::Added(Arc::clone(n))),
            Some(e) if e != n => out.push(Change::Changed(Arc::clone(n))),
            Some(_) => {}
        }
    }
    if old.selection != new.selection || old.server.switch_threshold != new.server.switch_threshold {
        out.push(Change::Selection(new.selection, new.server.switch_threshold));
    }
    if old.failover != new.failover {
        out.push(Change::Failover(new.failover.clone()));
    }
    if old.suspension != new.suspension {
        out.push(Change::Suspension(new.suspension));
    }
    let names = |p: &Plan| p.groups.iter().map(|g| g.name.clone()).collect::<Vec<_>>();
    if names(old) != names(new) {
        out.push(Change::Groups(names(new)));
    }
    if old.routes != new.routes {
        out.push(Change::Routes(new.routes.clone()));
    }
    let clients = |p: &Plan| p.clients.iter().map(|c| (c.name.clone(), c.max_concurrent)).collect::<Vec<_>>();
    if clients(old) != clients(new) {
        out.push(Change::Clients(clients(new)));
    }
    out
}
