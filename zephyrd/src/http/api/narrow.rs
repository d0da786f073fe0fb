//! Which requests are asked for: the parameters of every path that reads records.
//!
//! What is not known is refused, so that a mistyped filter never looks as if it had filtered.

use serde::Deserialize;
use utoipa::IntoParams;
use zephyr_core::usage::{Filter, Went};

use crate::http::Problem;
use crate::http::time::instant;
use crate::system::text::clean;

/// Longest pattern, in bytes.
const LONGEST: usize = 256;

/// One struct of parameters: those of its own, and those that every path has which narrows. (What would nest one struct in the
/// other cannot refuse what is not known.)
macro_rules! narrowing {
    ($(#[$about:meta])* $name:ident { $($(#[$own:meta])* $field:ident,)* }) => {
        $(#[$about])*
        #[derive(Debug, Default, Deserialize, IntoParams)]
        #[into_params(parameter_in = Query)]
        #[serde(deny_unknown_fields, default)]
        pub(super) struct $name {
            $($(#[$own])* $field: Option<String>,)*
            /// Model asked for; `*` and `?` stand for others, case does not matter.
            #[param(max_length = 256)]
            model: Option<String>,
            /// Endpoint that answered, or was asked last; a pattern like the model.
            #[param(max_length = 256)]
            endpoint: Option<String>,
            /// Its group; a pattern like the model.
            #[param(max_length = 256)]
            group: Option<String>,
            /// Client; a pattern like the model.
            #[param(max_length = 256)]
            client: Option<String>,
            /// Session; a pattern like the model.
            #[param(max_length = 256)]
            session: Option<String>,
            /// From then on: `2026-11-21` (the beginning of that day where the daemon lives) or RFC 3339.
            start_date: Option<String>,
            /// Until then: `2026-11-21` (the end of that day where the daemon lives) or RFC 3339 (that instant, not included).
            end_date: Option<String>,
            /// Counts of tokens, lists of models and other paths too.
            #[param(value_type = Option<bool>)]
            all: Option<String>,
        }

        impl $name {
            /// What the store is asked.
            pub(super) fn filter(&self) -> Result<Filter, Problem> {
                let pattern = |name: &str, text: &Option<String>| match text.as_deref() {
                    None | Some("") => Ok(None),
                    Some(text) if text.len() > LONGEST => {
                        Err(Problem::invalid(format!("`{name}` is longer than {LONGEST} bytes"))
                            .hint("shorten it with `*`"))
                    }
                    Some(text) => Ok(Some(text.to_owned())),
                };
                in_order(Filter {
                    since_unix_ms: moment("start_date", self.start_date.as_deref(), false)?,
                    until_unix_ms: moment("end_date", self.end_date.as_deref(), true)?,
                    model: pattern("model", &self.model)?,
                    endpoint: pattern("endpoint", &self.endpoint)?,
                    group: pattern("group", &self.group)?,
                    client: pattern("client", &self.client)?,
                    session: pattern("session", &self.session)?,
                    everything: flag("all", self.all.as_deref())?,
                })
            }
        }
    };
}

narrowing! {
    /// Which requests, by whom and when.
    Narrow {}
}

narrowing! {
    /// The same for single requests, page by page.
    Page {
        /// How it went; `running` lists those that run, of which there are no records yet.
        #[param(value_type = Option<StatusWord>, inline)]
        status,
        /// At most so many; 100 without.
        #[param(value_type = Option<u32>, minimum = 1, maximum = 1000)]
        limit,
        /// Pass so many over.
        #[param(value_type = Option<u32>, minimum = 0, maximum = 1_000_000_000)]
        offset,
    }
}

narrowing! {
    /// The same for a file of requests.
    Export {
        /// How it is written; `csv` without.
        #[param(value_type = Option<FormWord>, inline)]
        format,
        /// How the request went.
        #[param(value_type = Option<WentWord>, inline)]
        status,
    }
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Rows with commas, and a header.
    Csv,
    /// One array.
    Json,
}

/// How a file is written.
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "for the document alone")]
enum FormWord {
    Csv,
    Json,
}

/// How a request went that is over.
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "for the document alone")]
enum WentWord {
    Succeeded,
    Failed,
    Cancelled,
}

/// How a request went.
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "for the document alone")]
enum StatusWord {
    Succeeded,
    Failed,
    Cancelled,
    Running,
}

/// Which of them by how they went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Those that are over.
    Settled(Option<Went>),
    /// Those that run.
    Running,
}

/// A page, understood.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) filter: Filter,
    pub(super) wanted: Wanted,
    pub(super) limit: usize,
    pub(super) offset: usize,
}

/// The filter, if it begins before it ends.
fn in_order(filter: Filter) -> Result<Filter, Problem> {
    match (filter.since_unix_ms, filter.until_unix_ms) {
        (Some(since), Some(until)) if since > until => {
            Err(Problem::invalid("`start_date` is after `end_date`"))
        }
        _ => Ok(filter),
    }
}

impl Page {
    /// What is asked for.
    pub(super) fn asked(self) -> Result<Asked, Problem> {
        let wanted = match self.status.as_deref().unwrap_or_default() {
            "" => Wanted::Settled(None),
            "running" => Wanted::Running,
            word => Wanted::Settled(Some(Went::of_name(word).ok_or_else(|| {
                Problem::invalid(format!("there is no status `{}`", clean(word)))
                    .hint("there are `succeeded`, `failed`, `cancelled` and `running`")
            })?)),
        };
        let limit = number("limit", self.limit.as_deref(), 1, 1000)?.unwrap_or(100);
        let offset = number("offset", self.offset.as_deref(), 0, 1_000_000_000)?.unwrap_or(0);
        Ok(Asked { filter: self.filter()?, wanted, limit, offset })
    }
}

impl Export {
    /// What is asked for, and how it is to be written.
    pub(super) fn asked(self) -> Result<(Filter, Option<Went>, Form), Problem> {
        let form = match self.format.as_deref().unwrap_or_default() {
            "" | "csv" => Form::Csv,
            "json" => Form::Json,
            other => {
                return Err(Problem::invalid(format!("there is no format `{}`", clean(other)))
                    .hint("there are `csv` and `json`"));
            }
        };
        let went = match self.status.as_deref().unwrap_or_default() {
            "" => None,
            word => Some(Went::of_name(word).ok_or_else(|| {
                Problem::invalid(format!("there is no status `{}`", clean(word)))
                    .hint("there are `succeeded`, `failed` and `cancelled`")
            })?),
        };
        Ok((self.filter()?, went, form))
    }
}

/// A number within bounds.
pub(in crate::http) fn number(
    name: &str,
    text: Option<&str>,
    least: usize,
    most: usize,
) -> Result<Option<usize>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    match text.parse().ok().filter(|n| digits && (least..=most).contains(n)) {
        Some(n) => Ok(Some(n)),
        None => Err(Problem::invalid(format!("`{name}` is a number from {least} to {most}"))),
    }
}

fn flag(name: &str, text: Option<&str>) -> Result<bool, Problem> {
    match text.unwrap_or_default() {
        "" | "false" => Ok(false),
        "true" => Ok(true),
        _ => Err(Problem::invalid(format!("`{name}` is `true` or `false`"))),
    }
}

/// An instant, Unix milliseconds; a date is its beginning, or its end.
fn moment(name: &str, text: Option<&str>, end: bool) -> Result<Option<i64>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    // A `+` that nobody has encoded arrives as a space.
    instant(&text.replace(' ', "+"), end).map(Some).ok_or_else(|| {
        Problem::invalid(format!("`{name}` is no date: `{}`", clean(text)))
            .hint("write it as `2026-11-21` or `2026-11-21T20:15:00Z`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> Result<Asked, String> {
        let uri = format!("/?{text}").parse().unwrap();
        let query = axum::extract::Query::<Page>::try_from_uri(&uri).map_err(|e| e.to_string())?;
        query.0.asked().map_err(|problem| format!("{problem:?}"))
    }

    #[test]
    fn without_parameters_the_first_hundred_are_asked_for() {
        let asked = page("").unwrap();
        assert_eq!((asked.limit, asked.offset, asked.wanted), (100, 0, Wanted::Settled(None)));
        assert_eq!(asked.filter, Filter::default());
        assert_eq!(page("status=&model=&limit=&start_date=").unwrap().filter, Filter::default());
    }

    #[test]
    fn an_end_date_is_in_what_is_asked_for() {
        let asked = page("start_date=2026-11-21&end_date=2026-11-21").unwrap();
        let (since, until) = (asked.filter.since_unix_ms.unwrap(), asked.filter.until_unix_ms.unwrap());
        assert!((23 * 3_600_000..=25 * 3_600_000).contains(&(until - since)), "{since} {until}");
        let asked =
            page("start_date=2026-11-21T01:00:00%2B01:00&end_date=2026-11-21T01:00:00+01:00").unwrap();
        assert_eq!(asked.filter.since_unix_ms, Some(1_795_219_200_000));
        assert_eq!(asked.filter.until_unix_ms, Some(1_795_219_200_000));
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_its_name() {
        for (text, named) in [
            ("limit=0", "`limit`"),
            ("limit=1001", "`limit`"),
            ("limit=%2B5", "`limit`"),
            ("offset=-1", "`offset`"),
            ("status=done", "`done`"),
            ("start_date=yesterday", "`start_date`"),
            ("end_date=2026-02-30", "`end_date`"),
            ("start_date=2026-11-22&end_date=2026-11-20", "`start_date`"),
            ("all=1", "`all`"),
            ("modle=x", "modle"),
            ("model=a&model=b", "model"),
        ] {
            let refused = page(text).unwrap_err();
            assert!(refused.contains(named), "{text}: {refused}");
        }
        assert!(page(&format!("model={}", "x".repeat(257))).is_err());
    }
}
