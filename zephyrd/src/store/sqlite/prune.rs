//! Forgetting what is old, a slice at a time, so that whoever writes waits for one slice at most.
//!
//! Sums of hours that a slice cuts into are dropped with it: what is left of such an hour is in its rows.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use super::{HOUR_MS, key, report};

/// Requests, and probes, per slice.
const SLICE: i64 = 500;
/// Most pages given back per slice; more than a slice frees, so that it catches up.
const PAGES: i64 = 256;

/// Deletes the oldest entries before `before`; how many. 0 = none are left.
pub(super) fn prune(connection: &mut Connection, before: i64) -> rusqlite::Result<u64> {
    let slice = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut gone = 0;
    if let Some(cut) = cut(&slice, before)? {
        let whole_from = (-(-i128::from(cut)).div_euclid(i128::from(HOUR_MS))) as i64;
        if whole_from > report::whole_from(&slice)? {
            slice.execute("DELETE FROM whole_from", [])?;
            slice.execute("INSERT INTO whole_from (hour) VALUES (?1)", [whole_from])?;
            slice.execute("DELETE FROM hours WHERE hour < ?1", [whole_from])?;
            slice.execute("DELETE FROM probe_hours WHERE hour < ?1", [whole_from])?;
        }
        gone += slice.execute("DELETE FROM requests WHERE key < ?1", [key::first(cut)])?;
        gone += slice.execute("DELETE FROM probes WHERE unix_ms < ?1", [cut])?;
        if cut == before {
            forget_names(&slice)?;
        }
    }
    slice.commit()?;
    // One page is given back per step.
    let mut vacuum = connection.prepare(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
    let mut steps = vacuum.query([])?;
    while steps.next()?.is_some() {}
    Ok(gone as u64)
}

/// Before which time this slice deletes; `None` where nothing is that old.
fn cut(slice: &Transaction<'_>, before: i64) -> rusqlite::Result<Option<i64>> {
    let mut cut = None;
    for (table, column) in [("requests", "key"), ("probes", "unix_ms")] {
        let time = |number| if column == "key" { key::time(number) } else { number };
        let at = |offset: i64| {
            let sql = format!("SELECT {column} FROM {table} ORDER BY {column} LIMIT 1 OFFSET {offset}");
            slice.query_row(&sql, [], |row| row.get(0).map(time)).optional()
        };
        let Some(oldest) = at(0)?.filter(|oldest| *oldest < before) else { continue };
        // As many may have come in one millisecond; these go together.
        let here = at(SLICE)?.map_or(before, |at| at.clamp(oldest.saturating_add(1), before));
        cut = Some(cut.map_or(here, |there: i64| there.min(here)));
    }
    Ok(cut)
}

/// Deletes names that no row bears any more. Which are borne is told by the sums, and by the rows that are in none.
fn forget_names(slice: &Transaction<'_>) -> rusqlite::Result<()> {
    let whole_from = report::whole_from(slice)?.saturating_mul(HOUR_MS);
    for (table, column) in [("sessions", "session"), ("series", "series")] {
        let sql = format!(
            "DELETE FROM {table} WHERE id NOT IN \
             (SELECT {column} FROM hours UNION SELECT {column} FROM requests WHERE key < ?1)"
        );
        slice.execute(&sql, [key::first(whole_from)])?;
    }
    slice.execute("DELETE FROM probed WHERE id NOT IN (SELECT probed FROM probes)", []).map(drop)
}
