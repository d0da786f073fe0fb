//! Opening the database: mode of the file, settings of the connection, migrations, and what is refused.
//!
//! The log is written ahead (WAL) and `synchronous` is NORMAL: a killed daemon loses nothing that was committed; when
//! the machine loses power, the last commits may be missing, but never a part of one, and the file stays whole.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::failed;
use crate::store::StoreError;

/// What each version added to the one before; a number is never given twice.
const MIGRATIONS: [&str; 2] =
    [include_str!("schema/0001_records.sql"), include_str!("schema/0002_facts.sql")];
/// Says in the file's head that it is ours: `Zeph`.
const APPLICATION: i32 = 0x5a65_7068;
/// How long to wait for another program's lock.
const BUSY: Duration = Duration::from_millis(if cfg!(test) { 20 } else { 2_000 });
/// Statements kept prepared.
const STATEMENTS: usize = 32;

/// Opens the database at `path`, making or migrating it where needed.
pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    create(path).map_err(|e| StoreError::Unavailable(format!("`{}` cannot be made: {e}", path.display())))?;
    let mut connection = connect(path)?;
    adopt(&mut connection, path)?;
    Ok(connection)
}

/// A further connection to a database that [`open`] has opened before.
pub(super) fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let set_up = |connection: &Connection| {
        connection.busy_timeout(BUSY)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        // Negative: KiB.
        connection.pragma_update(None, "cache_size", -8192)?;
        // In pages: those that many batches change are moved into the database once.
        connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
        connection.pragma_update(None, "journal_size_limit", 16 * 1024 * 1024)?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        Ok(())
    };
    let connection = Connection::open_with_flags(path, flags).map_err(|e| failed(&e))?;
    set_up(&connection).map_err(|e| failed(&e))?;
    Ok(connection)
}

/// Makes the file, for its owner alone. One that exists is never opened here: closing it would give up the locks that
/// another connection of this process holds on it.
fn create(path: &Path) -> std::io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {
            let mut rights = path.metadata()?.permissions();
            if rights.mode() & 0o077 != 0 {
                rights.set_mode(0o600);
                // It may belong to somebody else; whether it can be used is seen soon enough.
                let _ = std::fs::set_permissions(path, rights);
            }
            Ok(())
        }
        made => made.map(drop),
    }
}

fn adopt(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let number =
        |connection: &Connection, sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let look = |connection: &Connection| {
        let application = number(connection, "PRAGMA application_id")?;
        let version = number(connection, "PRAGMA user_version")?;
        Ok((application, version, number(connection, "SELECT count(*) FROM sqlite_schema")?))
    };
    let (application, version, things) = look(connection).map_err(|e| failed(&e))?;
    let empty = application == 0 && version == 0 && things == 0;
    if !empty && application != i64::from(APPLICATION) {
        return Err(StoreError::Unavailable(format!(
            "`{}` is a database of another program and is left alone: name another file in `[usage] database`",
            path.display()
        )));
    }
    let known = MIGRATIONS.len() as i64;
    if version > known {
        return Err(StoreError::Unavailable(format!(
            "`{}` was written by a newer zephyrd (format {version}, this one knows up to {known}) and is left alone: \
             install that one again, or name another file in `[usage] database`",
            path.display()
        )));
    }
    migrate(connection, empty, version).map_err(|e| failed(&e))
}

fn migrate(connection: &mut Connection, empty: bool, version: i64) -> rusqlite::Result<()> {
    if empty {
        // Both hold only from before the first table on.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    }
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    for (at, sql) in (1i64..).zip(MIGRATIONS).filter(|(at, _)| *at > version) {
        let migration = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        migration.execute_batch(sql)?;
        migration.pragma_update(None, "application_id", APPLICATION)?;
        migration.pragma_update(None, "user_version", at)?;
        migration.commit()?;
    }
    Ok(())
}
