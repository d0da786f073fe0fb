//! The config from text and facts to a plan, to problems, and back to text.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "config/good.rs"]
mod good;
#[path = "config/laws.rs"]
mod laws;
#[path = "config/packaged.rs"]
mod packaged;
#[path = "config/problems.rs"]
mod problems;
#[path = "config/routes.rs"]
mod routes;
#[path = "config/show.rs"]
mod show;

use zephyr_core::config::{Facts, FileFact, FileState, Plan, Problem, check};

/// Facts with these variables.
pub(crate) fn facts(env: &[(&str, &str)]) -> Facts {
    Facts {
        source: "config.toml".to_owned(),
        env: env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        ..Facts::default()
    }
}

/// A file of the service's own.
pub(crate) fn private(text: &str) -> FileFact {
    FileFact { state: FileState::Text(text.to_owned()), mode: 0o600 }
}

/// The plan of a good text, which has no warnings.
pub(crate) fn plan(text: &str, facts: &Facts) -> Plan {
    let (plan, warnings) = check(text, facts).unwrap_or_else(|p| panic!("{}", lines(&p)));
    assert!(warnings.is_empty(), "{}", lines(&warnings));
    plan
}

/// Problems as a person reads them.
pub(crate) fn lines(problems: &[Problem]) -> String {
    problems.iter().map(|p| format!("{p}\n")).collect()
}
