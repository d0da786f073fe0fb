//! Single requests, in pages.
//!
//! First their keys are found, then their rows are read. Keys come from a walk along time where matches are frequent.
//! Where they are rare, the index of each series (or session) that matches is followed, all of them side by side, so
//! that a page costs what is on it and not what lies between.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashSet, VecDeque};

use rusqlite::{Connection, params};
use zephyr_core::usage::{RequestsQuery, UsageRecord};

use super::{failed, names, report, row};
use crate::store::StoreError;
use crate::store::matching::Matcher;

/// Rows that do not match before the indexes are followed instead.
const MISSES: usize = if cfg!(test) { 3 } else { 5_000 };
/// Most sessions whose indexes are followed.
const SESSIONS: usize = if cfg!(test) { 3 } else { 4_096 };
/// Keys that a follower fetches at first, and at most, at a time.
const FETCHED: (i64, i64) = (4, 256);

/// Time and id of a request.
type Key = (i64, String);

pub(super) fn requests(
    connection: &Connection,
    query: &RequestsQuery,
) -> Result<Vec<UsageRecord>, StoreError> {
    let sql = |e| failed(&e);
    if query.limit == 0 {
        return Ok(Vec::new());
    }
    let matcher = Matcher::new(&query.filter);
    if let Some(id) = &query.id {
        return of_id(connection, query, &matcher, id);
    }
    let wanted = Wanted::new(connection, query, &matcher)?;
    let Some(mut span) = Span::new(query, &matcher) else { return Ok(Vec::new()) };
    let mut keys = Vec::new();
    if let Some(stopped) = along_time(connection, &wanted, &span, query.limit, &mut keys).map_err(sql)? {
        span.go_on_behind(stopped);
        side_by_side(connection, &wanted, &span, query.limit, &mut keys).map_err(sql)?;
    }
    read(connection, &keys)
}

/// All of this id: ids come again after some four thousand million. Whoever asks is a person; a walk over the smallest
/// index costs them some 30 ms in a year of 365,000 requests, and no request anything.
fn of_id(
    connection: &Connection,
    query: &RequestsQuery,
    matcher: &Matcher,
    id: &str,
) -> Result<Vec<UsageRecord>, StoreError> {
    let sql = |e| failed(&e);
    let find = "SELECT started_unix_ms, id FROM requests INDEXED BY requests_by_series WHERE id = ?1";
    let mut find = connection.prepare_cached(find).map_err(sql)?;
    let mut rows = find.query([id]).map_err(sql)?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next().map_err(sql)? {
        keys.push((row.get(0).map_err(sql)?, row.get(1).map_err(sql)?));
    }
    keys.sort();
    let mut records = read(connection, &keys)?;
    if !query.oldest_first {
        records.reverse();
    }
    let behind = |record: &UsageRecord, key: &Key| {
        let side = (record.started_unix_ms, record.id.as_str()).cmp(&(key.0, key.1.as_str()));
        side == if query.oldest_first { Ordering::Greater } else { Ordering::Less }
    };
    records.retain(|record| {
        matcher.record(record)
            && (!query.failed || record.failed())
            && query.after.as_ref().is_none_or(|key| behind(record, key))
    });
    records.truncate(query.limit);
    Ok(records)
}

fn read(connection: &Connection, keys: &[Key]) -> Result<Vec<UsageRecord>, StoreError> {
    let sql = |e| failed(&e);
    let select = row::select("WHERE r.started_unix_ms = ?1 AND r.id = ?2");
    let mut statement = connection.prepare_cached(&select).map_err(sql)?;
    let mut records = Vec::with_capacity(keys.len());
    for (at, id) in keys {
        let mut rows = statement.query(params![at, id]).map_err(sql)?;
        match rows.next().map_err(sql)? {
            Some(row) => records.push(row::read(row)?),
            None => return Err(StoreError::Damaged(format!("an index names `{id}`, the table does not"))),
        }
    }
    Ok(records)
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
            (!query.failed || s.failed)
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

/// Where to look, and in which direction.
#[derive(Clone)]
struct Span {
    first: i64,
    last: i64,
    oldest_first: bool,
    /// Only what comes behind this one.
    behind: Option<Key>,
}

impl Span {
    fn new(query: &RequestsQuery, matcher: &Matcher) -> Option<Self> {
        let last = match matcher.until {
            None => i64::MAX,
            Some(until) => until.checked_sub(1)?,
        };
        let first = matcher.since.unwrap_or(i64::MIN);
        let mut span = Self { first, last, oldest_first: query.oldest_first, behind: None };
        if let Some(after) = &query.after {
            span.go_on_behind(after.clone());
        }
        Some(span)
    }

    fn go_on_behind(&mut self, key: Key) {
        if self.oldest_first {
            self.first = self.first.max(key.0);
        } else {
            self.last = self.last.min(key.0);
        }
        self.behind = Some(key);
    }

    /// Conditions, order and limit of a select; parameters 1 to 5 are those of [`Self::parameters`] and the limit.
    fn conditions(&self) -> String {
        let (beyond, order) = if self.oldest_first { ("<=", "ASC") } else { (">=", "DESC") };
        format!(
            "started_unix_ms BETWEEN ?1 AND ?2 AND NOT (started_unix_ms IS ?3 AND id {beyond} ?4) \
             ORDER BY started_unix_ms {order}, id {order} LIMIT ?5"
        )
    }

    fn parameters(&self) -> (i64, i64, Option<i64>, &str) {
        let (at, id) = self.behind.as_ref().map_or((None, ""), |(at, id)| (Some(*at), id.as_str()));
        (self.first, self.last, at, id)
    }
}

/// Collects keys along time. Where too few match it stops and tells behind which key.
fn along_time(
    connection: &Connection,
    wanted: &Wanted,
    span: &Span,
    limit: usize,
    keys: &mut Vec<Key>,
) -> rusqlite::Result<Option<Key>> {
    let select = format!(
        "SELECT started_unix_ms, id, series, session FROM requests NOT INDEXED WHERE {}",
        span.conditions()
    );
    let mut statement = connection.prepare_cached(&select)?;
    let (first, last, at, id) = span.parameters();
    let mut rows = statement.query(params![first, last, at, id, i64::MAX])?;
    let mut misses = 0;
    while let Some(row) = rows.next()? {
        if wanted.has(row.get(2)?, row.get(3)?) {
            keys.push((row.get(0)?, row.get(1)?));
            if keys.len() >= limit {
                return Ok(None);
            }
        } else {
            misses += 1;
            if misses >= MISSES {
                return Ok(Some((row.get(0)?, row.get(1)?)));
            }
        }
    }
    Ok(None)
}

/// Follows the index of one series or session.
struct Follower {
    number: i64,
    span: Span,
    fetched: VecDeque<Key>,
    fetch: i64,
    at_end: bool,
}

impl Follower {
    /// The next key that matches, taken away.
    fn next(
        &mut self,
        connection: &Connection,
        wanted: &Wanted,
        select: &str,
    ) -> rusqlite::Result<Option<Key>> {
        while self.fetched.is_empty() && !self.at_end {
            let mut statement = connection.prepare_cached(select)?;
            let (first, last, at, id) = self.span.parameters();
            let mut rows = statement.query(params![first, last, at, id, self.fetch, self.number])?;
            let (mut seen, mut behind) = (0, None);
            while let Some(row) = rows.next()? {
                let key: Key = (row.get(0)?, row.get(1)?);
                behind = Some(key.clone());
                seen += 1;
                if wanted.has(row.get(2)?, row.get(3)?) {
                    self.fetched.push_back(key);
                }
            }
            drop(rows);
            self.at_end = seen < self.fetch;
            self.fetch = (self.fetch * 4).min(FETCHED.1);
            if let Some(behind) = behind {
                self.span.go_on_behind(behind);
            }
        }
        Ok(self.fetched.pop_front())
    }
}

/// Collects keys from the indexes.
fn side_by_side(
    connection: &Connection,
    wanted: &Wanted,
    span: &Span,
    limit: usize,
    keys: &mut Vec<Key>,
) -> rusqlite::Result<()> {
    let sessions = wanted.sessions.as_ref().filter(|some| some.len() <= SESSIONS && !some.contains(&0));
    let (numbers, column, index) = match sessions {
        // A condition of the partial index.
        Some(sessions) => (sessions, "session <> 0 AND session", "requests_by_session"),
        None => (&wanted.series, "series", "requests_by_series"),
    };
    let select = format!(
        "SELECT started_unix_ms, id, series, session FROM requests INDEXED BY {index} WHERE {column} = ?6 AND {}",
        span.conditions()
    );
    let mut followers: Vec<Follower> = numbers
        .iter()
        .map(|number| Follower {
            number: *number,
            span: span.clone(),
            fetched: VecDeque::new(),
            fetch: FETCHED.0,
            at_end: false,
        })
        .collect();
    let mut heads = BinaryHeap::with_capacity(followers.len());
    for (at, follower) in followers.iter_mut().enumerate() {
        if let Some(key) = follower.next(connection, wanted, &select)? {
            heads.push(Head { key, at, oldest_first: span.oldest_first });
        }
    }
    while keys.len() < limit {
        let Some(head) = heads.pop() else { break };
        if let Some(key) = followers[head.at].next(connection, wanted, &select)? {
            heads.push(Head { key, ..head });
        }
        keys.push(head.key);
    }
    Ok(())
}

/// The next key of a follower; the greatest is the one that comes first.
#[derive(PartialEq, Eq)]
struct Head {
    key: Key,
    at: usize,
    oldest_first: bool,
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = self.key.cmp(&other.key);
        if self.oldest_first { order.reverse() } else { order }
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
