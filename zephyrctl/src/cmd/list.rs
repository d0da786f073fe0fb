//! `zephyrctl list`: the endpoints whose name or group matches.

use serde::Serialize;
use wildmatch::WildMatch;

use super::show::unknown;
use super::{Context, Exit};
use crate::error::Error;
use crate::render;
use crate::view::{Endpoint, Group};

/// List the endpoints, or those that match a pattern
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Name of an endpoint or group; `*` and `?` stand for anything, case does not matter
    #[arg(add = crate::complete::names())]
    pattern: Option<String>,
}

#[derive(Serialize)]
struct List<'a> {
    endpoints: Vec<&'a Endpoint>,
    groups: Vec<&'a Group>,
}

pub(super) async fn handle(args: Args, context: &Context) -> Result<Exit, Error> {
    let status = context.connect().await?.status().await?;
    let pattern = args.pattern.as_deref().unwrap_or("*");
    let glob = WildMatch::new_case_insensitive(pattern);
    let endpoints: Vec<_> =
        status.endpoints.iter().filter(|e| glob.matches(&e.name) || glob.matches(&e.group)).collect();
    let groups: Vec<_> = status
        .groups
        .iter()
        .filter(|g| glob.matches(&g.name) || endpoints.iter().any(|e| e.group == g.name))
        .collect();
    if endpoints.is_empty() && groups.is_empty() && args.pattern.is_some() {
        return Err(unknown(pattern, &status));
    }
    if context.out.json {
        context.out.document(&List { endpoints, groups })?;
    } else {
        context.out.data(&render::list::table(endpoints, context.out.width))?;
    }
    Ok(Exit::Success)
}
