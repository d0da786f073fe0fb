//! `zephyrctl group list`: every group and how it is.

use serde::Serialize;

use super::super::{Context, Exit};
use crate::error::Error;
use crate::render;
use crate::view::Group;

/// List the groups with their states and how long those last
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

#[derive(Serialize)]
struct List<'a> {
    groups: &'a [Group],
}

pub(super) async fn handle(_: Args, context: &Context) -> Result<Exit, Error> {
    let status = context.connect().await?.status().await?;
    if context.out.json {
        context.out.document(&List { groups: &status.groups })?;
    } else {
        context.out.data(&render::group::table(&status.groups, &status.endpoints, context.out.width))?;
    }
    Ok(Exit::Success)
}
