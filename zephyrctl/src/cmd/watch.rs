//! `zephyrctl watch`: what changes, as it changes.

use crate::language::words;
use jiff::Zoned;
use zephyr_words::say;

use super::{Context, Exit};
use crate::error::{Error, Kind};
use crate::render::glyph::{DIM, paint};
use crate::render::watch::Watcher;

/// Show what changes, line by line, until interrupted
///
/// With `--json` every line is one document: `kind` is `status` (the whole state, always first), `head`,
/// `endpoint`, `endpoints` or `lagged`, and `value` is what it has become.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(super) async fn handle(_: Args, context: &Context) -> Result<Exit, Error> {
    let client = context.connect().await?;
    let mut watch = client.watch().await?;
    let mut watcher = Watcher::default();
    while let Some(change) = watch.next().await? {
        if context.out.json {
            context.out.line(&change)?;
            continue;
        }
        let lines = watcher.lines(&change);
        if lines.is_empty() {
            continue;
        }
        let time = paint(DIM, &Zoned::now().strftime("%H:%M:%S").to_string());
        context.out.data(&lines.iter().map(|line| format!("{time} {line}\n")).collect::<String>())?;
    }
    Err(Error::new(Kind::NotRunning, say!(words(), "watch-ended")).hint(say!(words(), "watch-again")))
}
