//! `zephyrctl usage export`: every request as a row, for spreadsheets and programs.

use clap::ValueEnum;

use super::super::{Context, Exit};
use crate::client::Asked;
use crate::error::Error;
use crate::filter::Filter;
use crate::render;

/// Write every request as CSV or JSON, the oldest first
///
/// Without `--since` everything that is kept. CSV has a header row; a text that a spreadsheet would take for a formula
/// begins with `'`. JSON is one array with one request, its attempts included, on each line. For operators.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How it is written [default: csv, with `--json` json]
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// Only those that went wrong
    #[arg(long)]
    failed: bool,

    #[command(flatten)]
    filter: Filter,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Csv,
    Json,
}

pub(super) async fn handle(args: Args, context: &Context) -> Result<Exit, Error> {
    let out = context.out;
    let format = args.format.unwrap_or(if out.json { Format::Json } else { Format::Csv });
    let which = args.filter.which()?;
    let asked = Asked { which, failed: args.failed, oldest_first: true, ..Asked::default() };
    let client = context.connect().await?;
    let mut requests = client.requests(&asked).await?;
    match format {
        Format::Csv => {
            // The header waits for the first chunk: a refusal leaves nothing behind.
            let mut before = render::csv::header()?;
            while let Some(chunk) = requests.next().await? {
                out.raw(&(std::mem::take(&mut before) + &render::csv::rows(&chunk)?))?;
            }
        }
        Format::Json => {
            let mut array = render::json::Array::bare();
            while let Some(chunk) = requests.next().await? {
                out.raw(&array.elements(&chunk)?)?;
            }
            out.raw(&array.end())?;
        }
    }
    Ok(Exit::Success)
}
