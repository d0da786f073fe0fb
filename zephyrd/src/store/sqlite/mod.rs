//! Records in an SQLite database: rows for single requests, sums per hour for reports.
//!
//! One transaction keeps rows and sums in step. A report reads the sums of whole hours and the rows of the parts of an
//! hour at its ends, so it is as exact as a walk over all rows. Counts of probes above 2^63 - 1 are kept as that.

mod append;
mod key;
mod names;
mod open;
mod packed;
mod prune;
mod report;
mod requests;
mod row;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, Transaction};
use zephyr_core::usage::{Report, ReportQuery, RequestsQuery, UsageRecord};

use super::parcel::Chunk;
use super::{Store, StoreError};
#[cfg(test)]
pub(super) use tests::faults;

const HOUR_MS: i64 = 3_600_000;

/// A connection to a database.
pub(super) struct SqliteStore {
    path: PathBuf,
    connection: Connection,
    known: names::Known,
}

impl SqliteStore {
    /// Opens the database at `path`; one that is not there is made, an older one is brought up to date.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { path: path.to_owned(), connection: open::open(path)?, known: names::Known::default() })
    }

    /// Reads every page: `None` where the database is whole, else what is wrong first.
    pub(super) fn check(&self) -> Result<Option<String>, StoreError> {
        let said = self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
        match said {
            Ok(said) if said == "ok" => Ok(None),
            Ok(said) => Ok(Some(said)),
            Err(e) => match failed(&e) {
                StoreError::Damaged(said) => Ok(Some(said)),
                other => Err(other),
            },
        }
    }

    /// A moment of the database: what is written meanwhile is not seen.
    fn reading(&mut self) -> Result<Transaction<'_>, StoreError> {
        self.connection.transaction().map_err(|e| failed(&e))
    }
}

impl Store for SqliteStore {
    fn keep(&mut self, batch: &[Chunk]) -> Result<(), StoreError> {
        let done = append::append(&mut self.connection, &mut self.known, batch);
        if done.is_err() {
            // Names of this batch went with it.
            self.known.forget();
        }
        done
    }

    fn report(&mut self, query: &ReportQuery) -> Result<Report, StoreError> {
        let moment = self.reading()?;
        report::report(&moment, query)
    }

    fn requests(&mut self, query: &RequestsQuery) -> Result<Vec<UsageRecord>, StoreError> {
        let moment = self.reading()?;
        requests::requests(&moment, query)
    }

    fn spent(&mut self, since_unix_ms: i64) -> Result<Vec<(String, i64)>, StoreError> {
        let moment = self.reading()?;
        report::spent(&moment, since_unix_ms)
    }

    fn prune(&mut self, before_unix_ms: i64) -> Result<u64, StoreError> {
        self.known.forget();
        prune::prune(&mut self.connection, before_unix_ms).map_err(|e| failed(&e))
    }

    fn another(&self) -> Result<Box<dyn Store>, StoreError> {
        let connection = open::connect(&self.path)?;
        Ok(Box::new(Self { path: self.path.clone(), connection, known: names::Known::default() }))
    }
}

/// What an error of SQLite means for us.
fn failed(error: &rusqlite::Error) -> StoreError {
    let said = match error {
        // The text without the number that rusqlite puts before it.
        rusqlite::Error::SqliteFailure(code, Some(text)) if !text.is_empty() => match code.code {
            ErrorCode::DatabaseBusy => "another program holds the database locked".to_owned(),
            _ => text.clone(),
        },
        other => other.to_string(),
    };
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Damaged(said),
        // A value of another type than the table allows.
        None if matches!(
            error,
            rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::FromSqlConversionFailure(..)
        ) =>
        {
            StoreError::Damaged(said)
        }
        _ => StoreError::Unavailable(said),
    }
}
