//! Requests as CSV (RFC 4180), one row each, for spreadsheets and programs.
//!
//! A text from outside that a spreadsheet would take for a formula begins with `'`; what a terminal would act on is
//! written as an escape. Numbers and names of ours are as they are.

use crate::language::words;
use csv::{Terminator, Writer, WriterBuilder};
use jiff::Timestamp;
use zephyr_words::say;

use super::text::data;
use crate::error::Error;
use crate::view::Request;

/// What a column is called and holds.
type Column = (&'static str, fn(&Request) -> String);

const COLUMNS: [Column; 51] = [
    ("id", |r| text(&r.id)),
    ("started", |r| {
        Timestamp::from_millisecond(r.started_unix_ms).map_or_else(|_| String::new(), |t| t.to_string())
    }),
    ("started_unix_ms", |r| r.started_unix_ms.to_string()),
    ("day", |r| r.day.to_string()),
    ("duration_ms", |r| r.duration_ms.to_string()),
    ("ttft_ms", |r| number(r.ttft_ms)),
    ("client", |r| some(&r.client)),
    ("session", |r| some(&r.session)),
    ("agent", |r| some(&r.agent)),
    ("class", |r| some(&r.class)),
    ("method", |r| text(&r.method)),
    ("path", |r| text(&r.path)),
    ("dialect", |r| some(&r.dialect)),
    ("operation", |r| text(&r.operation)),
    ("stream", |r| r.stream.to_string()),
    ("model", |r| some(&r.model)),
    ("answered_model", |r| some(&r.answered_model)),
    ("mismatch", |r| r.mismatch.to_string()),
    ("endpoint", |r| some(&r.endpoint)),
    ("group", |r| some(&r.group)),
    ("provider", |r| some(&r.provider)),
    ("status", |r| number(r.status)),
    ("upstream_status", |r| number(r.upstream_status)),
    ("ended", |r| text(&r.ended)),
    ("succeeded", |r| r.succeeded.to_string()),
    ("failed", |r| r.failed.to_string()),
    ("detail", |r| some(&r.detail)),
    ("stop", |r| some(&r.stop)),
    ("source", |r| text(&r.source)),
    ("served_by", |r| some(&r.served_by)),
    ("bytes_in", |r| r.bytes_in.to_string()),
    ("bytes_out", |r| r.bytes_out.to_string()),
    ("input", |r| r.tokens.input.to_string()),
    ("output", |r| r.tokens.output.to_string()),
    ("cache_write_5m", |r| r.tokens.cache_write_5m.to_string()),
    ("cache_write_1h", |r| r.tokens.cache_write_1h.to_string()),
    ("cache_read", |r| r.tokens.cache_read.to_string()),
    ("reasoning", |r| r.tokens.reasoning.to_string()),
    ("web_searches", |r| r.tokens.web_searches.to_string()),
    ("web_fetches", |r| r.tokens.web_fetches.to_string()),
    ("code_runs", |r| r.tokens.code_runs.to_string()),
    ("usage", |r| text(&r.usage)),
    ("tier", |r| text(&r.tier)),
    ("cost_usd", |r| r.cost.usd()),
    ("lost_usd", |r| r.lost.usd()),
    ("saved_usd", |r| r.saved.usd()),
    ("cache_saved_usd", |r| r.cache_saved.usd()),
    ("price_source", |r| text(&r.price_source)),
    ("attempts", |r| r.attempts.len().to_string()),
    ("sent_model", |r| r.attempts.last().map(|a| some(&a.model)).unwrap_or_default()),
    ("endpoint_dialect", |r| r.attempts.last().map(|a| some(&a.dialect)).unwrap_or_default()),
];

/// The header row.
///
/// # Errors
/// None that is known: it is written into memory.
pub(crate) fn header() -> Result<String, Error> {
    write(|out| out.write_record(COLUMNS.iter().map(|(name, _)| name)))
}

/// One row per request.
///
/// # Errors
/// As [`header`].
pub(crate) fn rows(requests: &[Request]) -> Result<String, Error> {
    write(|out| requests.iter().try_for_each(|r| out.write_record(COLUMNS.iter().map(|(_, field)| field(r)))))
}

fn write(rows: impl FnOnce(&mut Writer<Vec<u8>>) -> csv::Result<()>) -> Result<String, Error> {
    let broken = |e: &dyn std::fmt::Display| Error::failed(say!(words(), "cannot-write-csv")).caused_by(e);
    let mut out = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    rows(&mut out).map_err(|e| broken(&e))?;
    let bytes = out.into_inner().map_err(|e| broken(&e))?;
    String::from_utf8(bytes).map_err(|e| broken(&e))
}

fn number(number: Option<impl ToString>) -> String {
    number.map(|n| n.to_string()).unwrap_or_default()
}

fn some(field: &Option<String>) -> String {
    field.as_deref().map(text).unwrap_or_default()
}

/// A field whose words are somebody else's.
fn text(field: &str) -> String {
    let field = data(field);
    // The wide forms are formulas too where East Asian text is typed.
    let formula = field.starts_with(['=', '+', '-', '@', '\t', '＝', '＋', '－', '＠']);
    if formula { format!("'{field}") } else { field }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_are_made_text() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1"] {
            assert_eq!(text(formula), format!("'{formula}"));
        }
        assert_eq!(text("claude-opus-4-5"), "claude-opus-4-5");
        assert_eq!(text("\r=1"), "\\u000d=1");
    }

    proptest! {
        #[test]
        fn every_field_is_read_back_as_one(fields in proptest::collection::vec(any::<String>(), 2..6)) {
            let fields: Vec<String> = fields.iter().map(|f| text(f)).collect();
            let written = write(|out| out.write_record(&fields)).unwrap();
            prop_assert_eq!(written.matches('\n').count(), 1);
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(written.as_bytes());
            let read: Vec<String> = reader.records().next().unwrap().unwrap().iter().map(str::to_owned).collect();
            prop_assert_eq!(read, fields);
        }
    }
}
