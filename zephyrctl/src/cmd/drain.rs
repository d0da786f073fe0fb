//! `zephyrctl drain`: as `pause NAME`, and tells when nothing is in flight any more.

use serde::Serialize;

use super::{Context, Exit, show};
use crate::error::{Error, Kind};
use crate::render::number::count;
use crate::render::text;

/// Send nothing new to one endpoint or group
///
/// As `pause NAME`, and tells how many requests are in flight there. `zephyrctl resume NAME` undoes it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Endpoint or group
    #[arg(add = crate::complete::names())]
    name: String,

    /// Wait until nothing is in flight
    #[arg(long)]
    wait: bool,
}

#[derive(Serialize)]
struct Drained<'a> {
    name: &'a str,
    in_flight: u32,
}

pub(super) async fn handle(args: Args, context: &Context) -> Result<Exit, Error> {
    let client = context.connect().await?;
    let mut stream = match client.drain(&args.name, args.wait).await {
        Ok(stream) => stream,
        Err(error) => return Err(show::with_nearest(error, &args.name, &client).await),
    };
    let out = context.out;
    let shown = text::name(&args.name);
    let mut last = None;
    loop {
        let next = match stream.next().await {
            Ok(next) => next,
            Err(error) if last.is_none() => return Err(show::with_nearest(error, &args.name, &client).await),
            Err(error) => return Err(error),
        };
        let Some(in_flight) = next else { break };
        if args.wait && in_flight > 0 && last != Some(in_flight) {
            let (start, end) = if out.talk_is_live() { ("\r\x1b[K", "") } else { ("", "\n") };
            out.talk(&format!("{start}draining {shown}: {} in flight{end}", requests(in_flight)));
        }
        last = Some(in_flight);
        if !args.wait {
            break;
        }
    }
    if args.wait && out.talk_is_live() {
        out.talk("\r\x1b[K");
    }
    match last {
        Some(left) if left > 0 && args.wait => {
            Err(Error::failed(format!("`{}` still has {} in flight", args.name, requests(left)))
                .caused_by("zephyrd ended the wait"))
        }
        None => Err(Error::new(Kind::NotRunning, "zephyrd ended the wait before it began")),
        Some(in_flight) if out.json => {
            out.document(&Drained { name: &args.name, in_flight })?;
            Ok(Exit::Success)
        }
        Some(0) => {
            out.data(&format!("{shown} is drained\n"))?;
            Ok(Exit::Success)
        }
        Some(left) => {
            out.data(&format!("{shown} drains: {} in flight\n", requests(left)))?;
            Ok(Exit::Success)
        }
    }
}

fn requests(number: u32) -> String {
    count(number, "request", "requests")
}
