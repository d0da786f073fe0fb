//! `zephyrctl check`: probes now.

use crate::language::words;
use serde::Serialize;
use zephyr_words::say;

use super::{Context, Exit, show};
use crate::error::Error;
use crate::render;
use crate::view::Checked;

/// Probe all endpoints now, or one endpoint or group
///
/// Works while probes are paused. The exit status is 1 when one of them fails.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Endpoint or group
    #[arg(add = crate::complete::names())]
    name: Option<String>,
}

#[derive(Serialize)]
struct Results<'a> {
    results: &'a [Checked],
}

pub(super) async fn handle(args: Args, context: &Context) -> Result<Exit, Error> {
    let client = context.connect().await?;
    let name = args.name.unwrap_or_default();
    let results = match client.check(&name).await {
        Ok(results) => results,
        Err(error) => return Err(show::with_nearest(error, &name, &client).await),
    };
    if context.out.json {
        context.out.document(&Results { results: &results })?;
    } else if results.is_empty() {
        context.out.talk(&format!("{}\n", say!(words(), "nothing-to-probe")));
    } else {
        context.out.data(&render::probe::checked(&results, context.out.width))?;
    }
    Ok(Exit::good(results.iter().all(|r| r.healthy)))
}
