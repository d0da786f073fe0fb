//! Requests as CSV (RFC 4180), one row each, with the columns of `zephyrctl usage export`.
//!
//! A text from outside that a spreadsheet would take for a formula begins with `'`. Numbers and names of ours are as
//! they are, money is in dollars with all its decimals.

use ::csv::{Terminator, WriterBuilder};
use zephyr_core::usage::UsageRecord;
use zephyr_core::usage::money::NANOS;

use super::row::Row;

/// What a column is called and holds.
type Column = (&'static str, fn(&Row, &UsageRecord) -> String);

const COLUMNS: [Column; 51] = [
    ("id", |r, _| text(&r.id)),
    ("started", |r, _| r.started.clone()),
    ("started_unix_ms", |r, _| r.started_unix_ms.to_string()),
    ("day", |_, u| u.day.to_string()),
    ("duration_ms", |r, _| r.duration_ms.to_string()),
    ("ttft_ms", |r, _| number(r.ttft_ms)),
    ("client", |r, _| some(&r.client)),
    ("session", |r, _| some(&r.session)),
    ("agent", |r, _| some(&r.agent)),
    ("class", |r, _| some(&r.class)),
    ("method", |r, _| text(&r.method)),
    ("path", |r, _| text(&r.path)),
    ("dialect", |r, _| some(&r.dialect)),
    ("operation", |r, _| r.operation.to_owned()),
    ("stream", |r, _| r.stream.to_string()),
    ("model", |r, _| some(&r.model)),
    ("answered_model", |r, _| some(&r.answered_model)),
    ("mismatch", |r, _| r.mismatch.to_string()),
    ("endpoint", |r, _| some(&r.endpoint)),
    ("group", |r, _| some(&r.group)),
    ("provider", |r, _| some(&r.provider)),
    ("status", |r, _| number(r.http_status)),
    ("upstream_status", |r, _| number(r.upstream_status)),
    ("ended", |r, _| r.ended.to_owned()),
    ("succeeded", |_, u| u.succeeded().to_string()),
    ("failed", |_, u| u.failed().to_string()),
    ("detail", |r, _| some(&r.detail)),
    ("stop", |r, _| some(&r.stop)),
    ("source", |r, _| r.source.to_owned()),
    ("served_by", |r, _| some(&r.served_by)),
    ("bytes_in", |r, _| r.bytes_in.to_string()),
    ("bytes_out", |r, _| r.bytes_out.to_string()),
    ("input", |_, u| u.tokens.input.to_string()),
    ("output", |_, u| u.tokens.output.to_string()),
    ("cache_write_5m", |_, u| u.tokens.cache_write_5m.to_string()),
    ("cache_write_1h", |_, u| u.tokens.cache_write_1h.to_string()),
    ("cache_read", |_, u| u.tokens.cache_read.to_string()),
    ("reasoning", |_, u| u.tokens.reasoning.to_string()),
    ("web_searches", |_, u| u.tokens.web_searches.to_string()),
    ("web_fetches", |_, u| u.tokens.web_fetches.to_string()),
    ("code_runs", |_, u| u.tokens.code_runs.to_string()),
    ("usage", |r, _| r.usage.to_owned()),
    ("tier", |r, _| r.tier.to_owned()),
    ("cost_usd", |r, _| dollars(r.cost_nanos)),
    ("lost_usd", |r, _| dollars(r.lost_nanos)),
    ("saved_usd", |r, _| dollars(r.saved_nanos)),
    ("cache_saved_usd", |r, _| dollars(r.cache_saved_nanos)),
    ("price_source", |r, _| r.price_source.to_owned()),
    ("attempts", |r, _| r.attempts.to_string()),
    ("sent_model", |_, u| u.attempts.last().and_then(|a| a.model.as_deref()).map(text).unwrap_or_default()),
    ("endpoint_dialect", |_, u| {
        u.attempts.last().and_then(|a| a.dialect.as_deref()).map(text).unwrap_or_default()
    }),
];

/// The header row.
pub(super) fn header() -> String {
    let mut out = String::new();
    write(COLUMNS.iter().map(|(name, _)| (*name).to_owned()), &mut out);
    out
}

/// One row.
pub(super) fn row(row: &Row, record: &UsageRecord, out: &mut String) {
    write(COLUMNS.iter().map(|(_, field)| field(row, record)), out);
}

fn write(fields: impl Iterator<Item = String>, out: &mut String) {
    let builder = &mut WriterBuilder::new();
    let mut writer = builder.terminator(Terminator::CRLF).buffer_capacity(1024).from_writer(Vec::new());
    // Written into memory: neither fails.
    let _ = writer.write_record(fields.map(String::into_bytes));
    out.push_str(&String::from_utf8_lossy(&writer.into_inner().unwrap_or_default()));
}

fn number(number: Option<impl ToString>) -> String {
    number.map(|n| n.to_string()).unwrap_or_default()
}

fn some(field: &Option<String>) -> String {
    field.as_deref().map(text).unwrap_or_default()
}

/// A field whose words are somebody else's.
fn text(field: &str) -> String {
    let field = crate::system::text::clean(field);
    // The wide forms are formulas too where East Asian text is typed.
    let formula = field.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if formula { format!("'{field}") } else { field }
}

/// `0.001234567`, without zeros at the end.
fn dollars(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let (whole, rest) =
        (nanos.unsigned_abs() / NANOS.unsigned_abs(), nanos.unsigned_abs() % NANOS.unsigned_abs());
    let told = format!("{sign}{whole}.{rest:09}");
    told.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_text_and_what_would_break_a_row_is_quoted() {
        let record = UsageRecord {
            model: "=HYPERLINK(\"x\",\"y\")".to_owned(),
            path: "/v1/a,b".to_owned(),
            cost_nanos: -1_500_000,
            ..UsageRecord::default()
        };
        let mut out = String::new();
        row(&super::super::row::row(&record), &record, &mut out);
        assert!(out.contains(",\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\","), "{out}");
        assert!(out.contains(",\"/v1/a,b\","), "{out}");
        assert!(out.contains(",-0.0015,"), "{out}");
        assert!(out.ends_with("\r\n") && out.matches("\r\n").count() == 1);
        assert_eq!(header().split(',').count(), COLUMNS.len());
    }

    #[test]
    fn dollars_have_all_their_decimals() {
        assert_eq!([0, 1, 1_234_567, 2_000_000_000].map(dollars), ["0", "0.000000001", "0.001234567", "2"]);
        assert_eq!(dollars(i64::MIN), "-9223372036.854775808");
    }
}
