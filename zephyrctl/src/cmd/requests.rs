//! `zephyrctl requests`: single requests, as a log or one with everything about it.

use crate::language::words;
use jiff::Zoned;
use zephyr_words::say;

use super::{Context, Exit};
use crate::client::{Asked, Client};
use crate::error::{Error, Kind};
use crate::filter::{Filter, Which};
use crate::render;
use crate::render::glyph::{WARN, paint};
use crate::render::requests::Log;
use crate::view::{Followed, Request};

/// Most that `--follow` shows first.
const MOST_FIRST: u64 = 1000;

/// Show the last requests, or everything about one
///
/// The newest is last. IN counts what came from prompt caches too. With an id (the answer's header `X-Request-Id`) it
/// shows what is known of that request: every attempt, what each cost and whether it may have been billed. With
/// `--follow --json` every line is one document: `kind` is `request` or `lagged`. For operators.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// One request: `req-dcfb74db`
    #[arg(value_name = "REQ-ID", conflicts_with_all = ["follow", "failed", "limit"])]
    id: Option<String>,

    /// Go on with every new one until interrupted
    #[arg(short, long, conflicts_with = "until")]
    follow: bool,

    /// Only those that went wrong
    #[arg(long)]
    failed: bool,

    /// How many of the past; 0 = all, with `--follow` none [default: 50, with `--follow` 10]
    #[arg(short = 'n', long, value_name = "NUMBER")]
    limit: Option<u64>,

    #[command(flatten)]
    filter: Filter,
}

pub(super) async fn handle(args: Args, context: &Context) -> Result<Exit, Error> {
    let which = args.filter.which()?;
    let client = context.connect().await?;
    if let Some(id) = args.id {
        return one(&id, &client, context).await;
    }
    if args.follow {
        return follow(&which, args.failed, args.limit.unwrap_or(10), &client, context).await;
    }
    let limit = args.limit.unwrap_or(50);
    let asked = Asked { which, failed: args.failed, limit, oldest_first: limit == 0, id: String::new() };
    list(&asked, &client, context).await
}

async fn list(asked: &Asked, client: &Client, context: &Context) -> Result<Exit, Error> {
    let out = context.out;
    let mut stream = client.requests(asked).await?;
    let mut log = Log::new(out.width, asked.oldest_first);
    let mut array = render::json::Array::named("requests");
    let mut newest_first = Vec::new();
    let mut any = false;
    let mut show = |requests: &[Request]| {
        any |= !requests.is_empty();
        if out.json {
            out.raw(&array.elements(requests)?)
        } else if requests.is_empty() {
            Ok(())
        } else {
            out.data(&log.lines(requests, &Zoned::now()))
        }
    };
    while let Some(chunk) = stream.next().await? {
        if asked.oldest_first {
            show(&chunk)?;
        } else {
            newest_first.extend(chunk);
        }
    }
    newest_first.reverse();
    show(&newest_first)?;
    if out.json {
        out.raw(&array.end())?;
    } else if !any {
        out.data(&format!("{}\n", say!(words(), "no-requests")))?;
    }
    Ok(Exit::Success)
}

async fn one(id: &str, client: &Client, context: &Context) -> Result<Exit, Error> {
    let which = Which { everything: true, ..Which::default() };
    let asked = Asked { which, id: id.to_owned(), limit: 1, ..Asked::default() };
    let mut stream = client.requests(&asked).await?;
    let mut found = None;
    while let Some(chunk) = stream.next().await? {
        found = found.or_else(|| chunk.into_iter().next());
    }
    let Some(request) = found else {
        return Err(Error::new(Kind::UnknownName, say!(words(), "no-record", id = id))
            .hint(say!(words(), "no-record-hint")));
    };
    if context.out.json {
        context.out.document(&One { request: &request })?;
    } else {
        context.out.data(&render::request::screen(&request, &Zoned::now(), context.out.width))?;
    }
    Ok(Exit::Success)
}

#[derive(serde::Serialize)]
struct One<'a> {
    request: &'a Request,
}

async fn follow(
    which: &Which,
    failed: bool,
    last: u64,
    client: &Client,
    context: &Context,
) -> Result<Exit, Error> {
    let out = context.out;
    if last > MOST_FIRST {
        return Err(Error::new(Kind::Usage, say!(words(), "follow-most-first", n = MOST_FIRST)));
    }
    let mut stream = client.follow(which, failed, u32::try_from(last).unwrap_or(u32::MAX)).await?;
    let mut log = Log::new(out.width, true);
    while let Some(next) = stream.next().await? {
        match next {
            next if out.json => out.line(&next)?,
            Followed::Request(request) => out.data(&log.lines(&[*request], &Zoned::now()))?,
            Followed::Lagged { missed } => {
                let text = say!(words(), "requests-passed-over", n = missed);
                out.data(&format!("{}\n", paint(WARN, &text)))?;
            }
        }
    }
    Err(Error::new(Kind::NotRunning, say!(words(), "follow-ended")).hint(say!(words(), "follow-again")))
}
