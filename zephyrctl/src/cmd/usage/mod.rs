//! `zephyrctl usage`: what was asked for, what it used and what it cost.

mod export;

use clap::{Subcommand, ValueEnum};
use jiff::Zoned;

use super::{Context, Exit};
use crate::error::Error;
use crate::filter::Filter;
use crate::render;

/// Without `--since`, so many days.
const DAYS: i32 = 30;

/// Show what was used and what it cost
///
/// One row per day of the last 30 days, or as asked for. COST is in US dollars and holds failed attempts too; CACHED is
/// the share of the input that came from the vendors' prompt caches; TTFT and P95 are the time to the first token, in
/// the middle and at the slow end. For operators.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    /// What a row stands for
    #[arg(long, value_enum, default_value_t = By::Day)]
    by: By,

    #[command(flatten)]
    filter: Filter,

    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Export(export::Args),
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum By {
    Day,
    Month,
    Model,
    Endpoint,
    Group,
    Client,
    Session,
    Total,
}

impl By {
    fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
            Self::Model => "model",
            Self::Endpoint => "endpoint",
            Self::Group => "group",
            Self::Client => "client",
            Self::Session => "session",
            Self::Total => "total",
        }
    }
}

pub(super) async fn handle(args: Args, context: &Context) -> Result<Exit, Error> {
    if let Some(Verb::Export(args)) = args.verb {
        return export::handle(args, context).await;
    }
    let which = args.filter.which_of_last(DAYS)?;
    let report = context.connect().await?.report(&which, args.by.name()).await?;
    if context.out.json {
        context.out.document(&report)?;
    } else {
        context.out.data(&render::usage::screen(&report, &Zoned::now(), context.out.width))?;
    }
    Ok(Exit::Success)
}
