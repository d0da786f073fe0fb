//! Keeping a batch: rows, and the sums of their hours, in one transaction.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use zephyr_core::usage::{ProbeRecord, ProbeTotals, Totals};

use super::names::Known;
use super::{HOUR_MS, failed, key, packed, report, row};
use crate::store::StoreError;
use crate::store::parcel::{About, Chunk, Contents, Request};

/// Sums of one batch, so that each row of `hours` is written once.
#[derive(Default)]
struct Sums {
    /// By hour, day, series and session.
    requests: BTreeMap<(i64, i32, i64, i64), Totals>,
    /// By hour and what was probed.
    probes: BTreeMap<(i64, i64), ProbeTotals>,
}

pub(super) fn append(
    connection: &mut Connection,
    known: &mut Known,
    batch: &[Chunk],
) -> Result<(), StoreError> {
    let sql = |e| failed(&e);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
    known.refresh(&transaction).map_err(sql)?;
    let whole_from = report::whole_from(&transaction).map_err(sql)?;
    let mut sums = Sums::default();
    batch.iter().try_for_each(|chunk| write(&transaction, known, whole_from, chunk, &mut sums))?;
    write_sums(&transaction, sums)?;
    transaction.commit().map_err(sql)
}

/// Writes the rows of `chunk`, and counts in `sums` what is new and of an hour that is kept whole.
fn write(
    connection: &Connection,
    known: &mut Known,
    whole_from: i64,
    chunk: &Chunk,
    sums: &mut Sums,
) -> Result<(), StoreError> {
    let sql = |e| failed(&e);
    let mut requests = Vec::with_capacity(chunk.len());
    let mut order = Vec::with_capacity(chunk.len());
    for parcel in chunk.parcels() {
        match parcel.open()? {
            Contents::Request(request) => {
                order.push((key::wanted(request.started_unix_ms, request.id), requests.len()));
                requests.push(request);
            }
            Contents::Probe(probe) => {
                let probed = known.probed(connection, &probe.endpoint, &probe.model).map_err(sql)?;
                let hour = probe.unix_ms.div_euclid(HOUR_MS);
                if write_probe(connection, &probe, probed).map_err(sql)? && hour >= whole_from {
                    let sum = sums.probes.entry((hour, probed)).or_default();
                    sum.probes += 1;
                    sum.cost_nanos = sum.cost_nanos.saturating_add(probe.cost_nanos);
                    sum.tokens.add(&probe.tokens);
                }
            }
        }
    }
    // In the order of their keys: what is appended changes fewer pages, and finds its place at once.
    order.sort_unstable();
    let mut insert = connection.prepare_cached(row::INSERT).map_err(sql)?;
    for (key, at) in order {
        let request = &requests[at];
        let about = request.about()?;
        let names = numbers(connection, known, request, &about).map_err(sql)?;
        // As it is kept, and read again.
        let hour = key::time(key).div_euclid(HOUR_MS);
        let new = row::write(connection, &mut insert, (request, key), names).map_err(sql)?;
        if new && hour >= whole_from {
            let (series, session) = names;
            sums.requests.entry((hour, about.day, series, session)).or_default().add(&about.counts);
        }
    }
    Ok(())
}

/// The numbers of a request's series and session.
fn numbers(
    connection: &Connection,
    known: &mut Known,
    request: &Request<'_>,
    about: &About,
) -> rusqlite::Result<(i64, i64)> {
    let series = known.series(connection, request, about)?;
    let session = request.session.map(|name| known.session(connection, name)).transpose()?;
    Ok((series, session.unwrap_or(0)))
}

/// Whether it was not there yet.
fn write_probe(connection: &Connection, probe: &ProbeRecord, probed: i64) -> rusqlite::Result<bool> {
    let sql = "INSERT INTO probes (unix_ms, probed, day, cost_nanos, input, output, cache_write_5m, \
               cache_write_1h, cache_read, reasoning, web_searches, web_fetches, code_runs) \
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
    let mut statement = connection.prepare_cached(sql)?;
    let mut row = row::Binder::new(&mut statement);
    row.add(probe.unix_ms).add(probed).add(probe.day).add(probe.cost_nanos).tokens(&probe.tokens);
    Ok(row.run()? == 1)
}

fn write_sums(connection: &Connection, sums: Sums) -> Result<(), StoreError> {
    let sql = |e| failed(&e);
    let mut bytes = Vec::new();
    let look = "SELECT sums FROM hours WHERE hour = ?1 AND day = ?2 AND series = ?3 AND session = ?4";
    let mut look = connection.prepare_cached(look).map_err(sql)?;
    let put = "INSERT OR REPLACE INTO hours (hour, day, series, session, sums) VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut put = connection.prepare_cached(put).map_err(sql)?;
    for ((hour, day, series, session), mut totals) in sums.requests {
        let key = params![hour, day, series, session];
        let before: Option<Vec<u8>> = look.query_row(key, |row| row.get(0)).optional().map_err(sql)?;
        if let Some(before) = before {
            packed::add(&before, &mut totals)?;
        }
        bytes.clear();
        packed::pack(&totals, &mut bytes);
        put.execute(params![hour, day, series, session, bytes]).map_err(sql)?;
    }
    let look = "SELECT sums FROM probe_hours WHERE hour = ?1 AND probed = ?2";
    let put = "INSERT OR REPLACE INTO probe_hours (hour, probed, sums) VALUES (?1, ?2, ?3)";
    for ((hour, probed), mut totals) in sums.probes {
        let mut look = connection.prepare_cached(look).map_err(sql)?;
        let before: Option<Vec<u8>> =
            look.query_row([hour, probed], |row| row.get(0)).optional().map_err(sql)?;
        if let Some(before) = before {
            packed::add_probes(&before, &mut totals)?;
        }
        bytes.clear();
        packed::pack_probes(&totals, &mut bytes);
        connection
            .prepare_cached(put)
            .and_then(|mut put| put.execute(params![hour, probed, bytes]))
            .map_err(sql)?;
    }
    Ok(())
}
