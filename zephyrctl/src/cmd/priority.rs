//! `zephyrctl priority`: another priority number, for now or for good.

use super::{Context, Exit, pin, show};
use crate::client::Client;
use crate::error::{Error, Kind};
use crate::language::words;
use crate::render;
use crate::settings;
use crate::view::Status;
use zephyr_words::say;

/// Give an endpoint or a group another priority number
///
/// Lower is preferred. The number holds in place of the config's, over reloads and restarts, until `--reset`. The
/// numbers of groups always count; those of endpoints with the strategy `priority` alone.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Endpoint or group
    #[arg(add = crate::complete::names())]
    name: String,

    /// From 0 to 1000000
    #[arg(value_name = "N", required_unless_present = "reset", value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    number: Option<u32>,

    /// Write it into the config file, where comments and order stay, and reload
    #[arg(long, conflicts_with = "reset")]
    save: bool,

    /// Go back to the config's number
    #[arg(long, conflicts_with = "number")]
    reset: bool,
}

pub(super) async fn handle(args: Args, context: &Context) -> Result<Exit, Error> {
    let client = context.connect().await?;
    let name = render::text::name(&args.name);
    let (status, what) = match args.number {
        Some(number) if args.save => {
            let (status, file) = save(&args.name, number, &client).await?;
            let file = render::text::line(&file);
            (status, say!(words(), "priority-is-also-in", name = name, n = number, file = file))
        }
        number => {
            let status = match client.set_priority(&args.name, number).await {
                Ok(status) => status,
                Err(error) => return Err(show::with_nearest(error, &args.name, &client).await),
            };
            let what = match number {
                Some(number) => say!(words(), "priority-is", name = name, n = number),
                None => say!(words(), "priority-is-configs", name = name),
            };
            (status, what)
        }
    };
    let endpoint = status.endpoints.iter().any(|e| e.name == args.name);
    if endpoint && status.daemon.strategy != "priority" {
        let strategy = render::text::line(&status.daemon.strategy);
        context.out.note(&say!(words(), "priority-unused", strategy = strategy));
    }
    pin::done(context, &what, &status)
}

/// Writes it into the file with the caller's own rights: the daemon's sandbox may not let it. What was said for now
/// ends, so that the file is what counts from here on.
pub(crate) async fn save(name: &str, number: u32, client: &Client) -> Result<(Status, String), Error> {
    let status = client.status().await?;
    let known =
        status.endpoints.iter().any(|e| e.name == name) || status.groups.iter().any(|g| g.name == name);
    if !known {
        return Err(show::unknown(name, &status));
    }
    let Some(file) = status.daemon.config.file else {
        return Err(
            Error::failed(say!(words(), "no-config-file")).hint(say!(words(), "priority-without-save"))
        );
    };
    settings::priority::write(std::path::Path::new(&file), name, number)?;
    let reloaded = client.reload().await;
    reloaded.map_err(|e| e.hint(say!(words(), "priority-counts-once-mended", file = file.as_str())))?;
    match client.set_priority(name, None).await {
        // Nothing was said for now.
        Err(error) if error.kind() != Kind::Failed => Err(error),
        _ => Ok((client.status().await?, file)),
    }
}
