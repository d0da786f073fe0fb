//! Routes as TOML.

use super::super::check::{PASSTHROUGH, quote};
use super::super::plan::Plan;
use super::super::routes::Place;
use super::Out;

/// Writes their tables; targets stand by priority.
pub(super) fn routes(out: &mut Out, plan: &Plan) {
    if plan.routes.is_empty() {
        out.note("\n# There are no [[routes]] (model, targets): endpoints of its dialect serve a request, whatever the model.");
    }
    for route in &plan.routes {
        out.table("[[routes]]");
        out.key("model", quote(&route.model));
        for target in &route.targets {
            out.table("[[routes.targets]]");
            match &target.place {
                Place::Group(name) => out.key("group", quote(name)),
                Place::Endpoint(name) => out.key("endpoint", quote(name)),
            }
            out.key("model", quote(target.model.as_deref().unwrap_or(PASSTHROUGH)));
            out.key("priority", target.priority);
        }
    }
}
