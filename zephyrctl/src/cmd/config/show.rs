//! `zephyrctl config show`: what the running daemon says.

use super::super::{Context, Exit};
use crate::error::Error;
use crate::language::words;
use crate::render::text::data;
use zephyr_words::say;

/// Show the config in force, secrets masked
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Every key with the value in force, defaults too
    #[arg(long)]
    effective: bool,
}

pub(super) async fn handle(args: Args, context: &Context) -> Result<Exit, Error> {
    let config = context.connect().await?.config(args.effective).await?;
    if context.out.json {
        context.out.document(&config)?;
    } else {
        if config.path.is_none() && !args.effective {
            context.out.talk(&format!("{}\n", say!(words(), "no-config-file-effective")));
        }
        let lines = config.toml.lines().map(|line| format!("{}\n", data(line)));
        context.out.data(&lines.collect::<String>())?;
    }
    Ok(Exit::Success)
}
