//! The daemon's command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Gateway between coding agents and many LLM API endpoints.
///
/// Without a config file zephyrd passes requests on to https://api.anthropic.com with the client's own
/// credential, from port 8080 of this machine: set ANTHROPIC_BASE_URL=http://localhost:8080.
#[derive(Debug, Parser)]
#[command(name = "zephyrd", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// Config file [default: /etc/zephyrd/config.toml, or zephyrd/config.toml in the user's config directory]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Endpoint or group that comes before all others while it is usable, for this run
    #[arg(short, long, value_name = "NAME")]
    pub(crate) prefer: Option<String>,
    /// What to do instead of serving
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What to do instead of serving.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check the config, print everything that is wrong with it, and exit (78 = it has errors)
    Check,
    /// Serve three simulated endpoints of different speed and health, to watch switching without an account
    Demo {
        /// Port of the gateway
        #[arg(long, default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1..))]
        port: u16,
    },
    /// Write the man page of zephyrd to DIR
    #[command(hide = true)]
    Man {
        /// Where to
        dir: PathBuf,
    },
    /// Write shell completions of zephyrd to DIR
    #[command(hide = true)]
    Completions {
        /// Where to
        dir: PathBuf,
    },
}
