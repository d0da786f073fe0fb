//! A record as a row of `requests`, and back.

use rusqlite::{Connection, OptionalExtension, Row, Statement};
use zephyr_core::usage::{Tokens, UsageRecord};

use super::{failed, key};
use crate::store::StoreError;
use crate::store::parcel::{Request, unpack_facts};

/// Writes one row; one whose key is taken is passed over.
pub(super) const INSERT: &str =
    "INSERT INTO requests (key, id, series, session, facts) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";

/// Reads rows as [`read`] wants them; what follows `rest` are conditions on `r`, order and limit.
pub(super) fn select(rest: &str) -> String {
    format!(
        "SELECT r.key, r.id, r.series, r.session, r.facts, s.model, s.endpoint, s.endpoint_group, s.client, n.name \
         FROM requests r LEFT JOIN series s ON s.id = r.series LEFT JOIN sessions n ON n.id = r.session {rest}"
    )
}

/// As a column can hold it.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
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

/// Writes `request` with a statement made of [`INSERT`], at `key` or the next that is free; whether it was not there yet.
pub(super) fn write(
    connection: &Connection,
    statement: &mut Statement<'_>,
    (request, mut key): (&Request<'_>, i64),
    (series, session): (i64, i64),
) -> rusqlite::Result<bool> {
    loop {
        let mut row = Binder::new(statement);
        row.add(key).add(request.id).add(series).add(session).add(request.facts);
        if row.run()? == 1 {
            return Ok(true);
        }
        if is_of(connection, key, request.id)? {
            return Ok(false);
        }
        key = key::next(key);
    }
}

/// Whether the row of this key is that of the request `id`.
fn is_of(connection: &Connection, key: i64, id: &str) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM requests WHERE key = ?1 AND id = ?2")?;
    Ok(statement.query_row(rusqlite::params![key, id], |_| Ok(())).optional()?.is_some())
}

/// The record of a row that a statement made of [`select`] gave.
pub(super) fn read(row: &Row<'_>) -> Result<UsageRecord, StoreError> {
    let sql = |e| failed(&e);
    let mut record = UsageRecord {
        started_unix_ms: key::time(row.get(0).map_err(sql)?),
        id: row.get(1).map_err(sql)?,
        model: row.get(5).map_err(sql)?,
        endpoint: row.get(6).map_err(sql)?,
        group: row.get(7).map_err(sql)?,
        client: row.get(8).map_err(sql)?,
        session: row.get(9).map_err(sql)?,
        ..UsageRecord::default()
    };
    let packed = row.get_ref(4).map_err(sql)?.as_blob().map_err(|e| failed(&e.into()))?;
    unpack_facts(packed, &mut record)?;
    Ok(record)
}
