//! The command line as a whole: what every verb has in common.

use std::path::PathBuf;

use clap::Parser;

use crate::cmd::Verb;

const AFTER: &str = "\
Exit status: 0 fine, 1 failed or degraded, 2 wrong usage, 3 not running,
4 unknown name, 5 no permission, 6 the config has errors.";

const COMMON: &str = "Common options";

/// Steers zephyrd, the gateway between coding agents and LLM API endpoints
///
/// Without a verb it shows the status. What is asked for goes to standard output, everything else to standard
/// error; colours appear only on a terminal and never when NO_COLOR is set.
#[derive(Debug, Parser)]
#[command(name = "zephyrctl", version, after_help = AFTER, subcommand_required = false, max_term_width = 100)]
pub(crate) struct Cli {
    /// Print JSON for programs, with `"schema": 1`
    #[arg(long, global = true, help_heading = COMMON)]
    pub(crate) json: bool,

    /// Control socket, if not the user's own or the system's [env: ZEPHYR_SOCKET]
    #[arg(long, global = true, help_heading = COMMON, value_name = "PATH")]
    pub(crate) socket: Option<PathBuf>,

    #[command(subcommand)]
    pub(crate) verb: Option<Verb>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
