//! `zephyrctl test`: one real prompt.

use super::{Context, Exit, show};
use crate::error::Error;
use crate::render;

/// Send one real prompt and tell all about the answer
///
/// It may cost money: the tokens of the prompt and of the answer. The exit status is 1 when no answer came.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Endpoint
    #[arg(add = crate::complete::endpoints())]
    name: String,

    /// Ask for this model, not for the one that probes use
    #[arg(long)]
    model: Option<String>,

    /// Send this text, not the one that probes send
    #[arg(long, value_name = "TEXT")]
    prompt: Option<String>,
}

pub(super) async fn handle(args: Args, context: &Context) -> Result<Exit, Error> {
    let client = context.connect().await?;
    let (model, prompt) = (args.model.unwrap_or_default(), args.prompt.unwrap_or_default());
    let test = match client.test(&args.name, &model, &prompt).await {
        Ok(test) => test,
        Err(error) => return Err(show::with_nearest(error, &args.name, &client).await),
    };
    if context.out.json {
        context.out.document(&test)?;
    } else {
        context.out.data(&render::probe::tested(&test))?;
    }
    Ok(Exit::good(test.ok))
}
