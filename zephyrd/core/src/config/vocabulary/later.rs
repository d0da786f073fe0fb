//! Tables and keys whose names are reserved for features that this version does not have.

/// One reserved name.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Later {
    section: &'static str,
    key: &'static str,
    /// What it will do, for the hint.
    pub(in super::super) feature: &'static str,
}

const LATER: &[Later] = &[
    name("", "suspension", "holding requests while nothing is up"),
    name("", "routes", "model routes"),
    name("", "web", "the status pages"),
    name("", "hooks", "hooks"),
    name("", "ui", "translated output"),
    name("selection", "auto_switch", "switching by hand only"),
    name("selection", "affinity", "session affinity"),
    name("failover", "group_cooldown_seconds", "group cooldowns"),
    name("failover", "body_patterns", "failover by the answer's text"),
    name("failover", "any_4xx", "failover on every 4xx"),
    name("failover", "backoff", "backoff between attempts"),
    name("groups", "recover", "scheduled recovery"),
    name("groups", "paths", "groups by path"),
    name("clients", "models", "models per client"),
    name("clients", "max_concurrent", "limits per client"),
];

const fn name(section: &'static str, key: &'static str, feature: &'static str) -> Later {
    Later { section, key, feature }
}

/// The feature that `key` of `section` is reserved for.
pub(in super::super) fn later(section: &str, key: &str) -> Option<&'static Later> {
    LATER.iter().find(|l| l.section == section && l.key == key)
}
