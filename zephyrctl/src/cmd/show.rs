//! `zephyrctl show`: everything about one endpoint or group.

use crate::language::words;
use serde::Serialize;
use zephyr_words::say;

use super::{Context, Exit};
use crate::error::{Error, Kind};
use crate::render;
use crate::view::{Endpoint, Group, Status};

/// Show everything about one endpoint or group
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Endpoint or group
    #[arg(add = crate::complete::names())]
    name: String,
}

#[derive(Serialize)]
struct OneEndpoint<'a> {
    endpoint: &'a Endpoint,
}

#[derive(Serialize)]
struct OneGroup<'a> {
    group: &'a Group,
    endpoints: Vec<&'a Endpoint>,
}

pub(super) async fn handle(args: Args, context: &Context) -> Result<Exit, Error> {
    let status = context.connect().await?.status().await?;
    let out = context.out;
    if let Some(endpoint) = status.endpoints.iter().find(|e| e.name == args.name) {
        if out.json {
            out.document(&OneEndpoint { endpoint })?;
        } else {
            out.data(&render::endpoint::screen(endpoint))?;
        }
    } else if let Some(group) = status.groups.iter().find(|g| g.name == args.name) {
        let endpoints: Vec<_> = status.endpoints.iter().filter(|e| e.group == group.name).collect();
        if out.json {
            out.document(&OneGroup { group, endpoints })?;
        } else {
            out.data(&render::group::screen(group, &endpoints, out.width))?;
        }
    } else {
        return Err(unknown(&args.name, &status));
    }
    Ok(Exit::Success)
}

/// Nothing has that name; the hint says what has a similar one.
pub(super) fn unknown(name: &str, status: &Status) -> Error {
    let error = Error::new(Kind::UnknownName, say!(words(), "unknown-name", name = name));
    error.hint(match nearest(name, status) {
        Some(near) => say!(words(), "did-you-mean", name = near),
        None => say!(words(), "list-shows-names").into_owned(),
    })
}

/// The known name that was most likely meant.
fn nearest<'a>(name: &str, status: &'a Status) -> Option<&'a str> {
    let known = status.endpoints.iter().map(|e| &e.name).chain(status.groups.iter().map(|g| &g.name));
    let lower = name.to_lowercase();
    known
        .map(|known| (strsim::jaro_winkler(&lower, &known.to_lowercase()), known.as_str()))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

/// Adds what was most likely meant to a refusal that says nothing about it.
pub(super) async fn with_nearest(error: Error, name: &str, client: &crate::client::Client) -> Error {
    if error.kind() != Kind::UnknownName || !error.hints().is_empty() {
        return error;
    }
    match client.status().await {
        Ok(status) => unknown(name, &status),
        Err(_) => error,
    }
}
