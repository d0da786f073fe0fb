//! `zephyrctl env`: gets a client connected, and disconnected again.

use crate::language::words;
use std::collections::BTreeMap;
use std::path::Path;
use zephyr_words::say;

use serde::Serialize;

use super::{Context, Exit};
use crate::clients::{Settings, Which};
use crate::error::{Error, Kind};
use crate::render::text::line;
use crate::settings::{self, Done};

/// Connect a client to zephyrd
///
/// Prints variables for the shell, or edits the client's own settings. `eval "$(zephyrctl env claude)"` connects what is started from this shell; `--write` connects the client for
/// good. zephyrd need not run: its usual address is assumed then.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Without it: the variables that the SDKs read
    client: Option<Which>,

    /// Write the address into the client's own settings file
    #[arg(long, requires = "client", conflicts_with = "undo")]
    write: bool,

    /// Give back what `--write` replaced
    #[arg(long, requires = "client")]
    undo: bool,
}

/// Where zephyrd listens when it was not told otherwise.
const USUAL: &str = "http://localhost:8080";

#[derive(Serialize)]
struct Exports {
    base_url: String,
    variables: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
struct Edited<'a> {
    client: &'a str,
    file: &'a Path,
    record: &'a Path,
    changed: bool,
}

pub(super) async fn handle(args: Args, context: &Context) -> Result<Exit, Error> {
    match args.client {
        Some(which) if args.undo => undo(which, context),
        Some(which) if args.write => write(which, context).await,
        which => export(which, base(context).await?, context),
    }
}

fn export(which: Option<Which>, base: String, context: &Context) -> Result<Exit, Error> {
    let clients = which.map_or_else(|| vec![Which::Claude, Which::Openai], |which| vec![which]);
    let clients = clients.into_iter().map(Which::client);
    let variables: BTreeMap<_, _> = clients.flat_map(|client| (client.variables)(&base)).collect();
    if context.out.json {
        context.out.document(&Exports { base_url: base, variables })?;
        return Ok(Exit::Success);
    }
    let lines = variables.iter().map(|(name, value)| format!("export {name}={}\n", quoted(value)));
    context.out.raw(&lines.collect::<String>())?;
    if let Some(note) = which.and_then(|which| which.client().note) {
        context.out.note(&note());
    }
    Ok(Exit::Success)
}

async fn write(which: Which, context: &Context) -> Result<Exit, Error> {
    let (settings, file) = settings_of(which)?;
    let base = base(context).await?;
    let done = settings::write(&file, settings.format, &(settings.edits)(&base))?;
    let (client, file) = (which.client().name, shown(&done.file));
    let text = if done.changed {
        let wrote = say!(words(), "env-wrote", client = client, base = base, file = file);
        format!("{wrote}\n{}\n", say!(words(), "env-undo-hint", client = client))
    } else {
        say!(words(), "env-already", client = client, base = base, file = file) + "\n"
    };
    report(which, &done, &text, context)
}

fn undo(which: Which, context: &Context) -> Result<Exit, Error> {
    let (settings, file) = settings_of(which)?;
    let done = settings::undo(&file, settings.format)?;
    let text = if done.changed {
        say!(words(), "env-gave-back", file = shown(&done.file))
    } else {
        say!(words(), "env-nothing-back", file = shown(&done.file))
    };
    report(which, &done, &(text + "\n"), context)
}

fn report(which: Which, done: &Done, text: &str, context: &Context) -> Result<Exit, Error> {
    if context.out.json {
        let (file, record) = (&done.file, &done.record);
        let client = which.client().name;
        context.out.document(&Edited { client, file, record, changed: done.changed })?;
    } else {
        context.out.data(text)?;
    }
    Ok(Exit::Success)
}

fn settings_of(which: Which) -> Result<(&'static Settings, std::path::PathBuf), Error> {
    let client = which.client();
    let name = client.name;
    let Some(settings) = &client.settings else {
        return Err(Error::new(Kind::Usage, say!(words(), "no-settings-file", client = name)).hint(say!(
            words(),
            "no-settings-file-hint",
            client = name
        )));
    };
    let file = (settings.file)().ok_or_else(|| {
        Error::failed(say!(words(), "where-settings", client = name))
            .hint(say!(words(), "where-settings-hint"))
    })?;
    Ok((settings, file))
}

/// The address of the running daemon, else the usual one.
async fn base(context: &Context) -> Result<String, Error> {
    let listen = match context.connect().await {
        Ok(client) => client.status().await?.daemon.listen,
        Err(error) if matches!(error.kind(), Kind::NotRunning | Kind::NoPermission) => {
            context.out.note(&say!(words(), "usual-assumed", error = error.to_string(), base = USUAL));
            return Ok(USUAL.to_owned());
        }
        Err(error) => return Err(error),
    };
    Ok(reachable(&listen).unwrap_or_else(|| USUAL.to_owned()))
}

/// The first HTTP address, as a client on this machine can say it.
fn reachable(listen: &[String]) -> Option<String> {
    let urls = || listen.iter().map(|url| url.trim_end_matches('/')).filter(|url| url.starts_with("http"));
    let first = urls().next()?;
    let (scheme, rest) = first.split_once("://")?;
    let port = rest.rsplit_once(':').map(|(_, port)| port).filter(|port| port.parse::<u16>().is_ok());
    let local = port.map(|port| format!("{scheme}://localhost:{port}"));
    let has =
        |host: &str| port.is_some_and(|port| urls().any(|url| url == format!("{scheme}://{host}:{port}")));
    let any = has("0.0.0.0") || has("[::]");
    let both = has("127.0.0.1") && has("[::1]");
    if any || both { local } else { Some(first.to_owned()) }
}

/// A word that every shell takes as it is.
fn quoted(value: &str) -> String {
    if value.chars().all(|c| c.is_ascii_alphanumeric() || ":/._-".contains(c)) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

fn shown(path: &Path) -> String {
    line(&path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_on_this_machine_gets_an_address_it_can_reach() {
        let base = |listen: &[&str]| reachable(&listen.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>());
        assert_eq!(base(&["http://127.0.0.1:8080", "http://[::1]:8080"]).unwrap(), "http://localhost:8080");
        assert_eq!(base(&["http://0.0.0.0:9000"]).unwrap(), "http://localhost:9000");
        assert_eq!(base(&["https://[::]:9000"]).unwrap(), "https://localhost:9000");
        assert_eq!(base(&["unix:/run/x.sock", "http://127.0.0.1:9000/"]).unwrap(), "http://127.0.0.1:9000");
        assert_eq!(base(&["unix:/run/x.sock"]), None);
    }

    #[test]
    fn hostile_addresses_do_not_reach_the_shell() {
        assert_eq!(quoted("http://localhost:8080"), "http://localhost:8080");
        assert_eq!(quoted("http://x';reboot;'"), r"'http://x'\'';reboot;'\'''");
    }
}
