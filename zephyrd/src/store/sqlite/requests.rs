//! Single requests, in pages.
//!
//! Rows are walked along time. Where matches are rare, only the hours are walked whose sums tell of any, so that a page
//! costs little more than the hours that it comes from.

use std::cmp::Ordering;
use std::collections::HashSet;

use rusqlite::{Connection, Row, params};
use zephyr_core::usage::{RequestsQuery, UsageRecord, Went};

use super::{HOUR_MS, failed, key, names, report, row};
use crate::store::StoreError;
use crate::store::matching::Matcher;
use crate::store::parcel::about_facts;

/// Rows that do not match before the sums are asked for hours with some that do.
const MISSES: usize = if cfg!(test) { 3 } else { 5_000 };

pub(super) fn requests(
    connection: &Connection,
    query: &RequestsQuery,
) -> Result<Vec<UsageRecord>, StoreError> {
    if query.limit == 0 {
        return Ok(Vec::new());
    }
    let matcher = Matcher::new(&query.filter);
    if let Some(id) = &query.id {
        return of_id(connection, query, &matcher, id);
    }
    let wanted = Wanted::new(connection, query, &matcher)?;
    let Some(span) = Span::new(query, &matcher) else { return Ok(Vec::new()) };
    let mut page = Page { query, skip: query.skip, records: Vec::new() };
    if let Some(rest) = page.walk(connection, &wanted, span, MISSES)? {
        page.walk_hours(connection, &wanted, rest)?;
    }
    Ok(page.records)
}

/// All of this id: ids come again after some four thousand million. Whoever asks is a person; a walk over all rows
/// costs them some 100 ms in a year of 365,000 requests, and no request anything.
fn of_id(
    connection: &Connection,
    query: &RequestsQuery,
    matcher: &Matcher,
    id: &str,
) -> Result<Vec<UsageRecord>, StoreError> {
    let sql = |e| failed(&e);
    let order = if query.oldest_first { "ASC" } else { "DESC" };
    let mut find = connection
        .prepare_cached(&row::select(&format!("WHERE r.id = ?1 ORDER BY r.key {order}")))
        .map_err(sql)?;
    let mut rows = find.query([id]).map_err(sql)?;
    let mut records = Vec::new();
    while let Some(row) = rows.next().map_err(sql)? {
        let record = row::read(row)?;
        let wanted = matcher.record(&record) && query.went.is_none_or(|went| record.went() == went);
        if wanted && is_behind(query, record.started_unix_ms, &record.id) {
            records.push(record);
        }
    }
    records.drain(..query.skip.min(records.len()));
    records.truncate(query.limit);
    Ok(records)
}

/// Whether a request comes behind the one that the page before ended with.
fn is_behind(query: &RequestsQuery, unix_ms: i64, id: &str) -> bool {
    let side = if query.oldest_first { Ordering::Greater } else { Ordering::Less };
    query.after.as_ref().is_none_or(|(at, after)| (unix_ms, id).cmp(&(*at, after.as_str())) == side)
}

/// Series and sessions that match.
struct Wanted {
    series: HashSet<i64>,
    /// `None`: any.
    sessions: Option<HashSet<i64>>,
}

impl Wanted {
    fn new(connection: &Connection, query: &RequestsQuery, matcher: &Matcher) -> Result<Self, StoreError> {
        let series = names::all_series(connection).map_err(|e| failed(&e))?.into_iter().filter(|(_, s)| {
            query.went.is_none_or(|went| s.failed == (went == Went::Failed))
                && matcher.names(&s.model, s.endpoint.as_deref(), s.group.as_deref(), &s.client, s.generate)
        });
        let series = series.map(|(id, _)| id).collect();
        let mut sessions = None;
        if matcher.names_session() {
            let mut some: HashSet<i64> = report::sessions(connection, matcher)?.into_keys().collect();
            if matcher.session(None) {
                some.insert(0);
            }
            sessions = Some(some);
        }
        Ok(Self { series, sessions })
    }

    fn has(&self, series: i64, session: i64) -> bool {
        self.series.contains(&series) && self.sessions.as_ref().is_none_or(|some| some.contains(&session))
    }
}

/// Where to look: first and last millisecond.
#[derive(Clone, Copy)]
struct Span {
    first: i64,
    last: i64,
}

impl Span {
    fn new(query: &RequestsQuery, matcher: &Matcher) -> Option<Self> {
        let last = match matcher.until {
            None => i64::MAX,
            Some(until) => until.checked_sub(1)?,
        };
        let mut span = Self { first: matcher.since.unwrap_or(i64::MIN), last };
        if let Some((at, _)) = &query.after {
            // Others of the same time may come behind it.
            if query.oldest_first {
                span.first = span.first.max(*at);
            } else {
                span.last = span.last.min(*at);
            }
        }
        Some(span)
    }

    /// What lies behind this time.
    fn behind(self, unix_ms: i64, oldest_first: bool) -> Option<Self> {
        Some(match oldest_first {
            true => Self { first: unix_ms.checked_add(1)?, ..self },
            false => Self { last: unix_ms.checked_sub(1)?, ..self },
        })
    }

    /// The part of it that lies in these hours: the first and the one behind the last.
    fn of_hours(self, first: i64, end: i64) -> Self {
        let (first, last) = (first.saturating_mul(HOUR_MS), end.saturating_mul(HOUR_MS).saturating_sub(1));
        Self { first: self.first.max(first), last: self.last.min(last) }
    }
}

/// Records of a page, in its order.
struct Page<'a> {
    query: &'a RequestsQuery,
    /// So many more are passed over.
    skip: usize,
    records: Vec<UsageRecord>,
}

impl Page<'_> {
    fn is_full(&self) -> bool {
        self.records.len() >= self.query.limit
    }

    /// Adds what matches in `span`. After so many rows that do not it stops, and tells where it would have gone on.
    fn walk(
        &mut self,
        connection: &Connection,
        wanted: &Wanted,
        span: Span,
        misses: usize,
    ) -> Result<Option<Span>, StoreError> {
        let sql = |e| failed(&e);
        let oldest_first = self.query.oldest_first;
        let order = if oldest_first { "ASC" } else { "DESC" };
        let select = format!(
            "SELECT key, series, session, id, facts FROM requests WHERE key BETWEEN ?1 AND ?2 ORDER BY key {order}"
        );
        let mut statement = connection.prepare_cached(&select).map_err(sql)?;
        let mut rows = statement.query([key::first(span.first), key::last(span.last)]).map_err(sql)?;
        // Rows of one time are in no order.
        let mut together = Vec::new();
        let (mut time, mut missed) = (None, 0);
        while let Some(row) = rows.next().map_err(sql)? {
            let key = row.get(0).map_err(sql)?;
            let at = key::time(key);
            if let Some(before) = time.filter(|before| *before != at) {
                self.add(connection, &mut together)?;
                if self.is_full() {
                    return Ok(None);
                }
                if missed >= misses {
                    return Ok(span.behind(before, oldest_first));
                }
            }
            time = Some(at);
            if wanted.has(row.get(1).map_err(sql)?, row.get(2).map_err(sql)?) {
                let id: String = row.get(3).map_err(sql)?;
                if is_behind(self.query, at, &id) && self.went_so(row)? {
                    together.push((id, key));
                }
            } else {
                missed += 1;
            }
        }
        self.add(connection, &mut together)?;
        Ok(None)
    }

    /// Whether a row went as is asked for. Series know which failed; who left is in the row alone.
    fn went_so(&self, row: &Row<'_>) -> Result<bool, StoreError> {
        match self.query.went {
            None | Some(Went::Failed) => Ok(true),
            Some(went) => {
                let facts =
                    row.get_ref(4).map_err(|e| failed(&e))?.as_blob().map_err(|e| failed(&e.into()))?;
                Ok(about_facts(facts)?.counts.went == went)
            }
        }
    }

    /// Adds the records of one time.
    fn add(&mut self, connection: &Connection, together: &mut Vec<(String, i64)>) -> Result<(), StoreError> {
        let sql = |e| failed(&e);
        together.sort();
        if !self.query.oldest_first {
            together.reverse();
        }
        let passed = self.skip.min(together.len());
        self.skip -= passed;
        together.drain(..passed);
        let room = self.query.limit - self.records.len();
        let mut statement = connection.prepare_cached(&row::select("WHERE r.key = ?1")).map_err(sql)?;
        for (_, key) in together.drain(..).take(room) {
            let mut rows = statement.query([key]).map_err(sql)?;
            if let Some(row) = rows.next().map_err(sql)? {
                self.records.push(row::read(row)?);
            }
        }
        Ok(())
    }

    /// Adds what matches in `span`, where only hours are walked that hold some, or of which there are no sums.
    fn walk_hours(&mut self, connection: &Connection, wanted: &Wanted, span: Span) -> Result<(), StoreError> {
        let sql = |e| failed(&e);
        let whole_from = report::whole_from(connection).map_err(sql)?;
        let without_sums = span.of_hours(i64::MIN, whole_from);
        if self.query.oldest_first && whole_from > i64::MIN {
            self.walk(connection, wanted, without_sums, usize::MAX)?;
        }
        let order = if self.query.oldest_first { "ASC" } else { "DESC" };
        let select = format!(
            "SELECT hour, series, session FROM hours WHERE hour BETWEEN ?1 AND ?2 ORDER BY hour {order}"
        );
        let mut statement = connection.prepare_cached(&select).map_err(sql)?;
        let hours = params![span.first.div_euclid(HOUR_MS).max(whole_from), span.last.div_euclid(HOUR_MS)];
        let mut rows = statement.query(hours).map_err(sql)?;
        let mut walked = None;
        while let Some(row) = rows.next().map_err(sql)?.filter(|_| !self.is_full()) {
            let hour: i64 = row.get(0).map_err(sql)?;
            let (series, session) = (row.get(1).map_err(sql)?, row.get(2).map_err(sql)?);
            if walked != Some(hour) && wanted.has(series, session) {
                self.walk(connection, wanted, span.of_hours(hour, hour + 1), usize::MAX)?;
                walked = Some(hour);
            }
        }
        if !self.query.oldest_first && whole_from > i64::MIN && !self.is_full() {
            self.walk(connection, wanted, without_sums, usize::MAX)?;
        }
        Ok(())
    }
}
