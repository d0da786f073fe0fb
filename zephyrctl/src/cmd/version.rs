//! `zephyrctl version`: which versions talk to each other.

use crate::language::words;
use serde::Serialize;
use zephyr_words::say;

use super::{Context, Exit};
use crate::error::{Error, Kind};
use crate::render::text::line;
use crate::view::Hello;

/// Show the versions of zephyrctl and of the running zephyrd
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

#[derive(Serialize)]
struct Versions<'a> {
    zephyrctl: &'static str,
    api: &'static str,
    /// `null` when it is not running.
    zephyrd: Option<&'a Hello>,
}

const OURS: &str = env!("CARGO_PKG_VERSION");

pub(super) async fn handle(_: Args, context: &Context) -> Result<Exit, Error> {
    let hello = match context.connect().await {
        Ok(client) => Some((client.hello().await?, client.socket().display().to_string())),
        Err(error) if error.kind() == Kind::NotRunning => None,
        Err(error) => return Err(error),
    };
    if context.out.json {
        let zephyrd = hello.as_ref().map(|(hello, _)| hello);
        context.out.document(&Versions { zephyrctl: OURS, api: zephyr_proto::API, zephyrd })?;
        return Ok(Exit::Success);
    }
    context.out.data(&format!("zephyrctl {OURS}\n"))?;
    match hello {
        Some((hello, socket)) => {
            let (version, pid) = (line(&hello.version), hello.pid);
            let socket = line(&socket);
            let told =
                say!(words(), "daemon-version", version = version, pid = pid.to_string(), socket = socket);
            context.out.data(&format!("{told}\n"))?;
            if hello.api != zephyr_proto::API {
                let theirs = line(&hello.api);
                let differ = say!(words(), "versions-differ", theirs = theirs, ours = zephyr_proto::API);
                context.out.talk(&format!("{differ}\n"));
            }
        }
        None => context.out.talk(&format!("{}\n", say!(words(), "not-running"))),
    }
    Ok(Exit::Success)
}
