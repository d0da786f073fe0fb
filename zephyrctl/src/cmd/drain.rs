//! `zephyrctl drain`: as `pause NAME`, and tells when nothing is in flight any more.

use crate::language::words;
use serde::Serialize;
use zephyr_words::say;

use super::{Context, Exit, show};
use crate::error::{Error, Kind};
use crate::render::number::requests;
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
            let requests = requests(in_flight);
            let told = say!(words(), "draining", name = shown.as_str(), requests = requests);
            out.talk(&format!("{start}{told}{end}"));
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
            let requests = requests(left);
            Err(Error::failed(say!(words(), "still-in-flight", name = args.name, requests = requests))
                .caused_by(say!(words(), "wait-ended")))
        }
        None => Err(Error::new(Kind::NotRunning, say!(words(), "wait-ended-early"))),
        Some(in_flight) if out.json => {
            out.document(&Drained { name: &args.name, in_flight })?;
            Ok(Exit::Success)
        }
        Some(0) => {
            out.data(&(say!(words(), "is-drained", name = shown) + "\n"))?;
            Ok(Exit::Success)
        }
        Some(left) => {
            let requests = requests(left);
            out.data(&(say!(words(), "drains", name = shown, requests = requests) + "\n"))?;
            Ok(Exit::Success)
        }
    }
}
