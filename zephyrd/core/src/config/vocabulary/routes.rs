//! The keys of model routes.

use super::network::PRIORITY;
use super::{Kind, Section, key, with};

pub(super) const ROUTES: Section = Section {
    name: "routes",
    title: "`[[routes]]`",
    doc: "Models that certain endpoints serve, perhaps under another name",
    keys: &[
        key(
            "model",
            Kind::Text,
            "The model asked for, in any case; `*` and `?` for several: names go first, then the first that matches",
        ),
        key("targets", Kind::Tables("targets"), "Who serves it, and nobody else"),
    ],
};

pub(super) const TARGETS: Section = Section {
    name: "targets",
    title: "`targets` of `[[routes]]`",
    doc: "One group or endpoint that serves a route",
    keys: &[
        key("group", Kind::Text, "All endpoints of this group, or"),
        key("endpoint", Kind::Text, "this endpoint alone"),
        with(
            "model",
            Kind::Text,
            "\"passthrough\"",
            "The model it is asked for; \"passthrough\" keeps the name",
        ),
        key(
            "priority",
            PRIORITY,
            "Lower is tried first, of equal numbers the strategy chooses; default: the target's place in the list",
        ),
    ],
};
