//! `zephyrctl group pause`: no use of one group, perhaps for a time.

use crate::language::words;
use jiff::{SignedDuration, Span, SpanRelativeTo};
use zephyr_words::say;

use super::super::{Context, Exit, pin};
use crate::error::Error;
use crate::render;

/// Send nothing new to one group
///
/// It gets no probes either; requests that run go on to their end. The next group takes over.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Group
    #[arg(add = crate::complete::groups())]
    group: String,

    /// How long: `45s`, `30m`, `2h`, `1d`; without it until `zephyrctl group resume`
    #[arg(long = "for", value_name = "TIME", value_parser = length)]
    lasts: Option<SignedDuration>,
}

pub(super) async fn handle(args: Args, context: &Context) -> Result<Exit, Error> {
    let lasts_ms = args.lasts.and_then(|lasts| u64::try_from(lasts.as_millis()).ok());
    let status = context.connect().await?.pause_group(&args.group, lasts_ms).await?;
    let name = render::text::name(&args.group);
    let what = match lasts_ms {
        Some(ms) => say!(words(), "group-is-paused-for", name = name, span = render::number::span(ms / 1000)),
        None => say!(words(), "group-is-paused", name = name),
    };
    pin::done(context, &what, &status)
}

/// A length of time as people write it; a day has 24 hours.
fn length(text: &str) -> Result<SignedDuration, String> {
    let span: Result<Span, _> = text.parse();
    let length = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
    match length {
        Ok(length) if length >= SignedDuration::from_secs(1) => Ok(length),
        _ => Err(say!(words(), "length-forms").into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_people_write_them() {
        let seconds = |text| length(text).map(|l| l.as_secs());
        assert_eq!(
            [seconds("45s"), seconds("30m"), seconds("1h30m"), seconds("1d")],
            [Ok(45), Ok(1_800), Ok(5_400), Ok(86_400)]
        );
        for wrong in ["", "30", "-5m", "0s", "soon", "30 parsecs"] {
            assert!(length(wrong).is_err(), "{wrong}");
        }
    }
}
