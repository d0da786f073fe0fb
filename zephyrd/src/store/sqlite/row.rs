//! A record as a row of `requests`, and back.

use rusqlite::{Row, Statement};
use zephyr_core::usage::{Ended, Operation, PriceSource, Source, Tier, Tokens, UsageRecord, UsageState};

use super::{attempts, failed};
use crate::store::StoreError;

/// Columns as they are written, in this order.
const WRITTEN: &str = "started_unix_ms, id, series, session, day, duration_ms, ttft_ms, agent, class, method, path, \
    dialect, operation, stream, answered_model, mismatch, provider, status, upstream_status, ended, detail, stop, source, \
    served_by, bytes_in, bytes_out, input, output, cache_write_5m, cache_write_1h, cache_read, reasoning, web_searches, \
    web_fetches, code_runs, usage, tier, cost_nanos, lost_nanos, saved_nanos, cache_saved_nanos, price_source, attempts";
const COLUMNS: usize = 43;

/// Writes one row; one that is there already is passed over.
pub(super) fn insert() -> String {
    let places = vec!["?"; COLUMNS].join(", ");
    format!("INSERT INTO requests ({WRITTEN}) VALUES ({places}) ON CONFLICT DO NOTHING")
}

/// Reads rows as [`read`] wants them; what follows `rest` are conditions on `r`, order and limit.
pub(super) fn select(rest: &str) -> String {
    let columns: Vec<String> = WRITTEN.split(", ").map(|c| format!("r.{}", c.trim())).collect();
    format!(
        "SELECT {}, s.model, s.endpoint, s.endpoint_group, s.client, n.name FROM requests r \
         LEFT JOIN series s ON s.id = r.series LEFT JOIN sessions n ON n.id = r.session {rest}",
        columns.join(", ")
    )
}

/// Position of a code in the list of all: that is what the column holds.
fn code<T: PartialEq>(all: &[T], value: &T) -> i64 {
    all.iter().position(|v| v == value).and_then(|at| i64::try_from(at).ok()).unwrap_or(0)
}

fn of_code<T: Copy + Default>(all: &[T], code: i64) -> T {
    usize::try_from(code).ok().and_then(|at| all.get(at)).copied().unwrap_or_default()
}

/// As a column can hold it.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Numbers the parameters of a statement as they come.
pub(super) struct Binder<'a, 'c> {
    statement: &'a mut Statement<'c>,
    next: usize,
    first_error: Option<rusqlite::Error>,
}

impl<'a, 'c> Binder<'a, 'c> {
    pub(super) fn new(statement: &'a mut Statement<'c>) -> Self {
        Self { statement, next: 1, first_error: None }
    }

    pub(super) fn add(&mut self, value: impl rusqlite::ToSql) -> &mut Self {
        if let Err(e) = self.statement.raw_bind_parameter(self.next, value) {
            self.first_error.get_or_insert(e);
        }
        self.next += 1;
        self
    }

    pub(super) fn tokens(&mut self, tokens: &Tokens) -> &mut Self {
        for number in tokens.fields() {
            self.add(int(number));
        }
        self
    }

    /// Runs the statement; how many rows it changed.
    pub(super) fn run(&mut self) -> rusqlite::Result<usize> {
        match self.first_error.take() {
            Some(e) => Err(e),
            None => self.statement.raw_execute(),
        }
    }
}

/// Writes `record` with a statement made of [`insert`]; whether it was not there yet.
pub(super) fn write(
    statement: &mut Statement<'_>,
    record: &UsageRecord,
    series: i64,
    session: Option<i64>,
) -> Result<bool, StoreError> {
    let attempts = attempts::to_text(record).map_err(|e| StoreError::Unavailable(e.to_string()))?;
    let mut row = Binder::new(statement);
    row.add(record.started_unix_ms).add(record.id.as_str()).add(series).add(session.unwrap_or(0));
    row.add(record.day).add(int(record.duration_ms)).add(record.ttft_ms.map(int));
    row.add(record.agent.as_deref()).add(record.class.as_deref());
    row.add(record.method.as_str()).add(record.path.as_str()).add(record.dialect.as_str());
    row.add(code(Operation::ALL, &record.operation)).add(record.stream);
    row.add(record.answered_model.as_deref()).add(record.mismatch).add(record.provider.as_deref());
    row.add(record.status).add(record.upstream_status).add(code(Ended::ALL, &record.ended));
    row.add(record.detail.as_deref()).add(record.stop.as_deref());
    row.add(code(Source::ALL, &record.source)).add(record.served_by.as_deref());
    row.add(int(record.bytes_in)).add(int(record.bytes_out)).tokens(&record.tokens);
    row.add(code(UsageState::ALL, &record.usage)).add(code(&Tier::ALL, &record.tier));
    row.add(record.cost_nanos).add(record.lost_nanos).add(record.saved_nanos).add(record.cache_saved_nanos);
    row.add(code(PriceSource::ALL, &record.price_source)).add(attempts.as_str());
    Ok(row.run().map_err(|e| failed(&e))? == 1)
}

/// Reads columns one after the other.
struct Reader<'a, 'r> {
    row: &'a Row<'r>,
    next: usize,
}

impl Reader<'_, '_> {
    fn get<T: rusqlite::types::FromSql>(&mut self) -> rusqlite::Result<T> {
        self.next += 1;
        self.row.get(self.next - 1)
    }

    fn count(&mut self) -> rusqlite::Result<u64> {
        self.get().map(count)
    }

    fn skip(&mut self) {
        self.next += 1;
    }
}

/// The record of a row that a statement made of [`select`] gave.
pub(super) fn read(row: &Row<'_>) -> Result<UsageRecord, StoreError> {
    let (mut record, attempts) = read_columns(row).map_err(|e| failed(&e))?;
    record.attempts = attempts::of_text(&attempts, &record)
        .map_err(|e| StoreError::Damaged(format!("attempts of `{}` cannot be read: {e}", record.id)))?;
    Ok(record)
}

fn read_columns(row: &Row<'_>) -> rusqlite::Result<(UsageRecord, String)> {
    let mut from = Reader { row, next: 0 };
    let mut r = UsageRecord { started_unix_ms: from.get()?, id: from.get()?, ..UsageRecord::default() };
    // Series and session: their names come last.
    from.skip();
    from.skip();
    r.day = from.get()?;
    r.duration_ms = from.count()?;
    r.ttft_ms = from.get::<Option<i64>>()?.map(count);
    r.agent = from.get()?;
    r.class = from.get()?;
    r.method = from.get()?;
    r.path = from.get()?;
    r.dialect = from.get()?;
    r.operation = of_code(Operation::ALL, from.get()?);
    r.stream = from.get()?;
    r.answered_model = from.get()?;
    r.mismatch = from.get()?;
    r.provider = from.get()?;
    r.status = from.get()?;
    r.upstream_status = from.get()?;
    r.ended = of_code(Ended::ALL, from.get()?);
    r.detail = from.get()?;
    r.stop = from.get()?;
    r.source = of_code(Source::ALL, from.get()?);
    r.served_by = from.get()?;
    r.bytes_in = from.count()?;
    r.bytes_out = from.count()?;
    for number in r.tokens.fields_mut() {
        *number = from.count()?;
    }
    r.usage = of_code(UsageState::ALL, from.get()?);
    r.tier = of_code(&Tier::ALL, from.get()?);
    r.cost_nanos = from.get()?;
    r.lost_nanos = from.get()?;
    r.saved_nanos = from.get()?;
    r.cache_saved_nanos = from.get()?;
    r.price_source = of_code(PriceSource::ALL, from.get()?);
    let attempts = from.get()?;
    r.model = from.get()?;
    r.endpoint = from.get()?;
    r.group = from.get()?;
    r.client = from.get()?;
    r.session = from.get()?;
    Ok((r, attempts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_in_databases_keep_their_meaning() {
        fn names<T>(all: &[T], name: impl Fn(&T) -> &'static str) -> Vec<&'static str> {
            all.iter().map(name).collect()
        }
        assert_eq!(names(Operation::ALL, |v| v.name()), ["generate", "count-tokens", "models", "other"]);
        assert_eq!(names(Ended::ALL, |v| v.name()), ["cancelled", "complete", "cut", "refused"]);
        assert_eq!(names(Source::ALL, |v| v.name()), ["endpoint", "shared", "cache"]);
        assert_eq!(names(UsageState::ALL, |v| v.name()), ["none", "partial", "final"]);
        assert_eq!(names(&Tier::ALL, |v| v.name()), ["standard", "batch", "priority", "flex"]);
        assert_eq!(names(PriceSource::ALL, |v| v.name()), ["none", "builtin", "config", "default"]);
        assert_eq!(WRITTEN.split(", ").count(), COLUMNS);
    }
}
