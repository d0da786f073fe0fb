//! `zephyrctl web`: the way into the dashboard.

use std::process::Stdio;

use serde::Serialize;
use tokio::process::Command;
use zephyr_words::say;

use super::{Context, Exit};
use crate::error::Error;
use crate::language::words;
use crate::render::text::line;

/// Print a link that logs a browser in to the web dashboard, once
///
/// The link works for two minutes; the login lasts for a week. `--token` is for scripts: it is sent as
/// `Authorization: Bearer` to the HTTP API.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Open the link in this machine's browser
    #[arg(long, conflicts_with_all = ["token", "revoke"])]
    open: bool,

    /// Print the token for scripts, and nothing else
    #[arg(long, conflicts_with = "revoke")]
    token: bool,

    /// End all logins and make all tokens worthless
    #[arg(long)]
    revoke: bool,
}

#[derive(Serialize)]
struct Revoked {
    revoked: bool,
}

pub(super) async fn handle(args: Args, context: &Context) -> Result<Exit, Error> {
    let client = context.connect().await?;
    if args.revoke {
        client.revoke_logins().await?;
        return match context.out.json {
            true => context.out.document(&Revoked { revoked: true }),
            false => context.out.data(&format!("{}\n", say!(words(), "web-logins-end"))),
        }
        .map(|()| Exit::Success);
    }
    if args.token {
        let token = client.admin_token().await?;
        return match context.out.json {
            true => context.out.document(&token),
            false => context.out.data(&format!("{}\n", line(&token.token))),
        }
        .map(|()| Exit::Success);
    }
    let links = client.login_links().await?;
    let Some(first) = links.links.first() else {
        return Err(Error::failed(say!(words(), "web-nowhere")).hint(say!(words(), "web-nowhere-hint")));
    };
    if context.out.json {
        context.out.document(&links)?;
    } else {
        let shown: String = links.links.iter().map(|link| format!("{}\n", line(link))).collect();
        context.out.data(&shown)?;
        let lasts = say!(words(), "web-link-lasts", seconds = links.lasts_seconds.to_string());
        context.out.talk(&format!("{lasts}\n"));
    }
    match (is_elsewhere(), args.open) {
        (true, _) if context.out.json => {}
        (true, _) => context.out.talk(&format!("{}\n", forwarding(first))),
        (false, true) => open(first)?,
        (false, false) => {}
    }
    Ok(Exit::Success)
}

/// Whoever reads this sits at another machine, and no browser of this one shows there.
fn is_elsewhere() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    set("SSH_CONNECTION") && !set("DISPLAY") && !set("WAYLAND_DISPLAY")
}

/// How the port gets to the machine that the browser is on.
fn forwarding(link: &str) -> String {
    let port = port(link).unwrap_or("8010");
    let command = format!("ssh -L {port}:localhost:{port} …");
    say!(words(), "web-over-ssh", command = command)
}

/// `8010` of `http://127.0.0.1:8010/login#…`.
fn port(link: &str) -> Option<&str> {
    let (_, rest) = link.split_once("://")?;
    let (_, port) = rest.split('/').next()?.rsplit_once(':')?;
    port.bytes().all(|b| b.is_ascii_digit()).then_some(port).filter(|port| !port.is_empty())
}

/// Hands the link to the desktop, which goes on by itself.
fn open(link: &str) -> Result<(), Error> {
    let mut command = Command::new("xdg-open");
    command.arg(link).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match command.spawn() {
        Ok(_) => Ok(()),
        Err(e) => Err(Error::failed(say!(words(), "web-no-browser"))
            .caused_by(e)
            .hint(say!(words(), "web-no-browser-hint"))),
    }
}

#[cfg(test)]
mod tests {
    use super::port;

    #[test]
    fn a_links_port_is_found_whatever_the_host() {
        assert_eq!(port("http://127.0.0.1:8010/login#abc"), Some("8010"));
        assert_eq!(port("https://[::1]:443/login#a:b/c"), Some("443"));
        assert_eq!((port("http://host/login"), port("nonsense"), port("http://h:x/")), (None, None, None));
    }
}
