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
    name("", "hooks", "hooks"),
    name("groups", "paths", "groups by path"),
    name("clients", "models", "models per client"),
];

const fn name(section: &'static str, key: &'static str, feature: &'static str) -> Later {
    Later { section, key, feature }
}

/// The feature that `key` of `section` is reserved for.
pub(in super::super) fn later(section: &str, key: &str) -> Option<&'static Later> {
    LATER.iter().find(|l| l.section == section && l.key == key)
}
