//! `zephyrd check`, and what a daemon says that cannot start for its config.

use std::io::Write;
use std::process::ExitCode;

use zephyr_core::config::{Plan, Problem};

use super::ConfigSource;
use crate::system::text::clean;

/// The config has errors (sysexits.h `EX_CONFIG`).
const BAD_CONFIG: u8 = 78;

/// Loads `source` and prints every problem, or one line that sums up the plan. Exits 78 on errors.
pub(crate) fn check_and_print(source: &ConfigSource) -> ExitCode {
    let mut out = std::io::stdout().lock();
    // Nobody reads any more: the exit status still tells.
    let mut say = |line: String| drop(writeln!(out, "{line}"));
    match source.load() {
        Ok(loaded) => {
            loaded.warnings.iter().for_each(|p| say(readable(p)));
            let name = loaded.path.map_or_else(|| "built-in config".to_owned(), |p| p.display().to_string());
            say(format!("{}: ok: {}", clean(&name), summary(&loaded.plan)));
            ExitCode::SUCCESS
        }
        Err(problems) => {
            problems.iter().for_each(|p| say(readable(p)));
            ExitCode::from(BAD_CONFIG)
        }
    }
}

/// Prints why the daemon does not start, to stderr; the status to exit with.
pub(crate) fn print_problems(problems: &[Problem]) -> ExitCode {
    let mut err = std::io::stderr().lock();
    for problem in problems {
        let _ = writeln!(err, "{}", readable(problem));
    }
    ExitCode::from(BAD_CONFIG)
}

/// The problem as it is printed; nothing in it can steer a terminal.
fn readable(problem: &Problem) -> String {
    problem.to_string().lines().map(clean).collect::<Vec<_>>().join("\n")
}

/// A plan in one line.
pub(super) fn summary(plan: &Plan) -> String {
    let count = |n: usize, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
    let groups = plan.groups.iter().filter(|g| !g.endpoints.is_empty()).count();
    let strategy = plan.selection.strategy.name();
    let listen: Vec<String> = plan.server.listen.iter().map(|l| l.addr.to_string()).collect();
    format!(
        "{} in {}, strategy {strategy}, listens on {}",
        count(plan.endpoints.len(), "endpoint"),
        count(groups, "group"),
        listen.join(" and ")
    )
}
