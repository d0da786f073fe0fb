//! What the families answer, for the pages: they show the same.

use serde::Serialize;
use serde_json::Value;

use super::{connections, endpoints, groups, status, suspended};
use crate::desk::Desk;

/// What is asked for; see the files of these names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Status,
    Endpoints,
    Groups,
    Connections,
    Suspended,
}

/// What the family's path answers now.
pub(crate) fn told(desk: &Desk, family: Family) -> Value {
    match family {
        Family::Status => json(&status::shape(desk)),
        Family::Endpoints => json(&endpoints::shape(desk)),
        Family::Groups => json(&groups::shape(desk)),
        Family::Connections => json(&connections::shape(desk)),
        Family::Suspended => json(&suspended::shape(desk)),
    }
}

/// Shapes have nothing that JSON has no word for.
fn json(shape: &impl Serialize) -> Value {
    serde_json::to_value(shape).unwrap_or_default()
}
