//! Which requests: the options that every verb about usage has in common.

pub(crate) mod time;

use crate::language::words;
use jiff::{ToSpan, Zoned};
use zephyr_words::say;

use crate::error::{Error, Kind};

/// The heading over them in the help.
pub(crate) const WHICH: &str = "Which requests";

/// Options that narrow.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = WHICH)]
pub(crate) struct Filter {
    /// Came at or after this: `2026-11-21`, `2026-11-21T10:00`, `today`, `yesterday`, `month` (its first day), or how
    /// long ago: `30m`, `24h`, `7d`, `2w`
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    since: Option<Zoned>,

    /// Came before this; a day is where it begins
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    until: Option<Zoned>,

    /// Asked for this model; here and below `*` and `?` stand for anything, case does not matter
    #[arg(long, value_name = "NAME")]
    model: Option<String>,

    /// Answered by this endpoint, or failed there last
    #[arg(long, value_name = "NAME", add = crate::complete::endpoints())]
    endpoint: Option<String>,

    /// Answered by this group
    #[arg(long, value_name = "NAME", add = crate::complete::groups())]
    group: Option<String>,

    /// Sent by this client
    #[arg(long, value_name = "NAME")]
    client: Option<String>,

    /// Part of this conversation
    #[arg(long, value_name = "NAME")]
    session: Option<String>,

    /// Also what asked for no tokens: counts of tokens, lists of models, other paths
    #[arg(long)]
    all: bool,
}

/// What is asked of the daemon.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Which {
    pub(crate) since_unix_ms: Option<i64>,
    pub(crate) until_unix_ms: Option<i64>,
    pub(crate) model: Option<String>,
    pub(crate) endpoint: Option<String>,
    pub(crate) group: Option<String>,
    pub(crate) client: Option<String>,
    pub(crate) session: Option<String>,
    pub(crate) everything: bool,
}

impl Filter {
    /// What it asks for; without `--since` from the beginning.
    ///
    /// # Errors
    /// No time lies between `--since` and `--until`.
    pub(crate) fn which(self) -> Result<Which, Error> {
        if let (Some(since), Some(until)) = (&self.since, &self.until)
            && since >= until
        {
            let cause = say!(words(), "not-before", since = shown(since), until = shown(until));
            return Err(Error::new(Kind::Usage, say!(words(), "since-not-before-until"))
                .caused_by(cause)
                .hint(say!(words(), "day-begins-hint")));
        }
        let ms = |time: Zoned| time.timestamp().as_millisecond();
        Ok(Which {
            since_unix_ms: self.since.map(ms),
            until_unix_ms: self.until.map(ms),
            model: self.model,
            endpoint: self.endpoint,
            group: self.group,
            client: self.client,
            session: self.session,
            everything: self.all,
        })
    }

    /// As [`Self::which`]; without `--since` from the beginning of the day `days - 1` days before the end.
    ///
    /// # Errors
    /// As [`Self::which`].
    pub(crate) fn which_of_last(mut self, days: i32) -> Result<Which, Error> {
        if self.since.is_none() {
            let end = self.until.clone().unwrap_or_else(Zoned::now);
            let first = end.checked_sub((days - 1).days()).and_then(|day| day.start_of_day());
            let too_far = |e| Error::new(Kind::Usage, say!(words(), "until-too-far")).caused_by(e);
            self.since = Some(first.map_err(too_far)?);
        }
        self.which()
    }
}

fn shown(time: &Zoned) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        filter: Filter,
    }

    fn filter(line: &str) -> Filter {
        Line::try_parse_from(["x"].into_iter().chain(line.split_whitespace())).unwrap().filter
    }

    #[test]
    fn nothing_asked_for_is_everything_that_asked_for_tokens() {
        assert_eq!(filter("").which().unwrap(), Which::default());
    }

    #[test]
    fn a_span_that_is_empty_is_refused() {
        let error = filter("--since 2026-02-02 --until 2026-02-02").which().unwrap_err();
        assert_eq!(error.kind(), Kind::Usage);
        assert!(filter("--since 2026-02-01 --until 2026-02-02").which().is_ok());
    }

    #[test]
    fn the_last_days_begin_at_the_beginning_of_one() {
        let which = filter("--until 2026-02-11T10:00:00Z").which_of_last(10).unwrap();
        let span = which.until_unix_ms.unwrap() - which.since_unix_ms.unwrap();
        let day = 24 * 3600 * 1000;
        assert!((9 * day - day / 24..=10 * day + day / 24).contains(&span), "{span}");
        let given = filter("--since 2020-01-01T00:00:00Z --until 2026-02-11").which_of_last(10).unwrap();
        assert_eq!(given.since_unix_ms, Some(1_577_836_800_000));
    }
}
