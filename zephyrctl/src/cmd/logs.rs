//! `zephyrctl logs`: what the daemon has written into its log.
//!
//! From the journal where the daemon logs there and the caller may read it; else what the daemon has in memory, its last
//! 2,000 lines. While following, a daemon that restarts is waited for.

use std::time::Duration;

use jiff::Zoned;
use zephyr_proto::v1::FollowLogRequest;
use zephyr_words::say;

use super::{Context, Exit};
use crate::client::Client;
use crate::client::journal::{self, Journal};
use crate::error::{Error, Kind};
use crate::language::words;
use crate::render;
use crate::view::{LogFollowed, LogLine};

/// How often a daemon that is gone is looked for.
const AGAIN: Duration = Duration::from_millis(500);

/// Show the daemon's log
///
/// From the journal where zephyrd logs there; else the last 2,000 lines that it has in memory. The newest is last. With
/// `--follow` it goes on until interrupted, also when zephyrd restarts. With `--json` every line is one document: `kind`
/// is `line` or `lagged`. For operators.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Go on with every new line until interrupted
    #[arg(short, long)]
    follow: bool,

    /// Only what is about this request: `req-dcfb74db`
    #[arg(long, value_name = "REQ-ID")]
    request: Option<String>,

    /// Only what is as bad as this, or worse
    #[arg(long, value_enum, default_value_t = Level::Trace, hide_default_value = true)]
    level: Level,

    /// Not older than this: `2026-11-21T10:00`, `today`, or how long ago: `30m`, `24h`, `7d`
    #[arg(long, value_name = "TIME", value_parser = crate::filter::time::parse)]
    since: Option<Zoned>,

    /// How many of the past; 0 = all [default: 100, with `--follow` 10]
    #[arg(short = 'n', long, value_name = "NUMBER")]
    lines: Option<u32>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Level {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

pub(super) async fn handle(args: Args, context: &Context) -> Result<Exit, Error> {
    let wanted = wanted(&args);
    let client = match context.connect().await {
        Ok(client) => client,
        // What it wrote before it ended is what is asked for then.
        Err(error) if error.kind() == Kind::NotRunning => {
            let usual = [journal::USUAL.to_owned()];
            return if journal::is_readable(&usual).await {
                context.out.talk(&format!("{}\n", say!(words(), "log-of-the-past")));
                of_journal(&usual, &wanted, context).await
            } else {
                Err(error)
            };
        }
        Err(error) => return Err(error),
    };
    let matches = client.hello().await?.journal;
    if !matches.is_empty() {
        if journal::is_readable(&matches).await {
            return of_journal(&matches, &wanted, context).await;
        }
        context.out.talk(&format!("{}\n", say!(words(), "journal-not-readable")));
    }
    of_memory(client, wanted, context).await
}

fn wanted(args: &Args) -> FollowLogRequest {
    let level = match args.level {
        Level::Error => "error",
        Level::Warn => "warn",
        Level::Info => "info",
        Level::Debug => "debug",
        Level::Trace => "trace",
    };
    FollowLogRequest {
        follow: args.follow,
        last: args.lines.unwrap_or(if args.follow { 10 } else { 100 }),
        level: level.to_owned(),
        request: args.request.clone().unwrap_or_default(),
        since_unix_ms: args.since.as_ref().map(|since| since.timestamp().as_millisecond()),
    }
}

async fn of_journal(matches: &[String], wanted: &FollowLogRequest, context: &Context) -> Result<Exit, Error> {
    let mut journal = Journal::open(matches, wanted)?;
    while let Some(line) = journal.next().await? {
        show(&LogFollowed::Line(line), context)?;
    }
    match wanted.follow {
        true => Err(Error::failed(say!(words(), "journal-ended"))),
        false => Ok(Exit::Success),
    }
}

async fn of_memory(
    mut client: Client,
    mut wanted: FollowLogRequest,
    context: &Context,
) -> Result<Exit, Error> {
    let mut pid = client.hello().await?.pid;
    let mut seen: Option<u64> = None;
    loop {
        let ended = follow(&client, &wanted, &mut seen, context).await;
        if !wanted.follow {
            return ended.map(|()| Exit::Success);
        }
        match ended {
            Err(error) if error.kind() != Kind::NotRunning => return Err(error),
            _ => context.out.talk(&format!("{}\n", say!(words(), "log-waits"))),
        }
        let now;
        (client, now) = again(context).await?;
        if now != pid {
            // Another process counts from 0 again, and what it has written so far is news.
            (pid, seen) = (now, None);
        }
        wanted.last = 0;
        context.out.talk(&format!("{}\n", say!(words(), "log-goes-on")));
    }
}

/// Shows lines until they end; those up to the number `seen` are known.
async fn follow(
    client: &Client,
    wanted: &FollowLogRequest,
    seen: &mut Option<u64>,
    context: &Context,
) -> Result<(), Error> {
    let mut lines = client.follow_log(wanted.clone()).await?;
    while let Some(logged) = lines.next().await? {
        if let LogFollowed::Line(LogLine { number, .. }) = &logged {
            if seen.is_some_and(|seen| *number <= seen) {
                continue;
            }
            *seen = Some(*number);
        }
        show(&logged, context)?;
    }
    Ok(())
}

/// Waits until a daemon answers; with its process id.
async fn again(context: &Context) -> Result<(Client, u32), Error> {
    loop {
        tokio::time::sleep(AGAIN).await;
        let found = match context.connect().await {
            Ok(client) => client.hello().await.map(|hello| (client, hello.pid)),
            Err(error) => Err(error),
        };
        match found {
            Err(error) if error.kind() == Kind::NotRunning => {}
            found => return found,
        }
    }
}

fn show(logged: &LogFollowed, context: &Context) -> Result<(), Error> {
    let out = context.out;
    if out.json {
        return out.line(logged);
    }
    out.data(&render::log::text(logged, &Zoned::now(), out.width))
}
