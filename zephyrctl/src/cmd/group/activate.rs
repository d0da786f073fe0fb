//! `zephyrctl group activate`: prefers one group to those with lower numbers.

use super::super::{Context, Exit, pin};
use crate::error::Error;
use crate::language::{term, words};
use crate::render;
use zephyr_words::say;

/// Let one group serve, whatever its priority number
///
/// New requests go there until it fails or is paused, or until another group is activated; requests that run stay
/// where they are. Activating the group with the lowest number goes back to the order of the numbers. It survives a
/// restart. Refused while the group cools down, is paused or has no usable endpoint.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Group
    #[arg(add = crate::complete::groups())]
    group: String,

    /// Although it cools down or is paused: end that, and try it at once
    #[arg(long)]
    force: bool,
}

pub(super) async fn handle(args: Args, context: &Context) -> Result<Exit, Error> {
    let status = context.connect().await?.activate_group(&args.group, args.force).await?;
    let state = status.groups.iter().find(|g| g.name == args.group).map_or("active", |g| g.state.as_str());
    let name = render::text::name(&args.group);
    let what = match state {
        "active" => say!(words(), "group-is-active", name = name),
        state => say!(
            words(),
            "group-is-activated",
            name = name,
            state = render::text::line(&term("state", state))
        ),
    };
    pin::done(context, &what, &status)
}
