//! Sums: whole hours from `hours`, the parts of an hour at both ends from the rows.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, OptionalExtension};
use zephyr_core::usage::{By, ProbeTotals, Report, ReportQuery, Tokens, Totals};

use super::names::{self, Series};
use super::{HOUR_MS, failed, key, packed, row};
use crate::store::matching::Matcher;
use crate::store::{StoreError, folding};

/// The first hour of which, and of all after it, the sums are whole; what is older is in the rows alone.
pub(super) fn whole_from(connection: &Connection) -> rusqlite::Result<i64> {
    let mut statement = connection.prepare_cached("SELECT hour FROM whole_from LIMIT 1")?;
    Ok(statement.query_row([], |row| row.get(0)).optional()?.unwrap_or(i64::MIN))
}

/// A time, cut into what sums answer and what rows must.
struct Spans {
    /// Hours: the first, and the one behind the last.
    hours: Option<(i64, i64)>,
    /// Unix milliseconds: first and last.
    rows: Vec<(i64, i64)>,
}

impl Spans {
    /// Of `[since, until)`, where sums are whole from the hour `whole_from` on.
    fn new(since: Option<i64>, until: Option<i64>, whole_from: i64) -> Self {
        let first = since.unwrap_or(i64::MIN);
        let last = match until {
            None => i64::MAX,
            Some(i64::MIN) => return Self { hours: None, rows: Vec::new() },
            Some(until) => until - 1,
        };
        let begin = since.map_or(i64::MIN, |ms| -(-i128::from(ms)).div_euclid(i128::from(HOUR_MS)) as i64);
        let begin = begin.max(whole_from);
        let end = until.map_or(i64::MAX, |ms| ms.div_euclid(HOUR_MS));
        if begin >= end {
            return Self { hours: None, rows: vec![(first, last)] };
        }
        let mut rows = Vec::new();
        if begin != i64::MIN {
            rows.push((first, begin.saturating_mul(HOUR_MS).saturating_sub(1)));
        }
        if until.is_some() {
            rows.push((end.saturating_mul(HOUR_MS), last));
        }
        rows.retain(|(first, last)| first <= last);
        Self { hours: Some((begin, end)), rows }
    }
}

pub(super) fn report(connection: &Connection, query: &ReportQuery) -> Result<Report, StoreError> {
    let sql = |e| failed(&e);
    let matcher = Matcher::new(&query.filter);
    let mut spans = Spans::new(matcher.since, matcher.until, whole_from(connection).map_err(sql)?);
    if query.by == By::Minute {
        // No sums are kept of them.
        spans = Spans::new(matcher.since, matcher.until, i64::MAX);
    }
    let mut sums = HashMap::new();
    if let Some(hours) = spans.hours {
        sums = of_hours(connection, hours, &matcher, query.by)?;
    }
    for span in &spans.rows {
        each_row(connection, *span, |record| {
            if matcher.record(&record) {
                sums.entry(folding::key_of(query.by, &record)).or_default().count(&record);
            }
        })?;
    }
    Ok(folding::report(query.by, sums, probes(connection, &spans, &matcher)?))
}

fn each_row(
    connection: &Connection,
    (first, last): (i64, i64),
    mut with: impl FnMut(zephyr_core::usage::UsageRecord),
) -> Result<(), StoreError> {
    let sql = |e| failed(&e);
    let select = row::select("WHERE r.key BETWEEN ?1 AND ?2");
    let mut statement = connection.prepare_cached(&select).map_err(sql)?;
    let mut rows = statement.query([key::first(first), key::last(last)]).map_err(sql)?;
    while let Some(row) = rows.next().map_err(sql)? {
        with(row::read(row)?);
    }
    Ok(())
}

/// Which row of the report the sums of a series, session and day belong to, by number.
enum Keys {
    One,
    Day,
    Month,
    Hour,
    /// By series: the number of its name.
    Series(HashMap<i64, i64>, Vec<String>),
    Session,
}

impl Keys {
    fn new(by: By, series: &HashMap<i64, Series>) -> Self {
        let name = |s: &Series| match by {
            By::Model => s.model.clone(),
            By::Endpoint => s.endpoint.clone().unwrap_or_default(),
            By::Group => s.group.clone().unwrap_or_default(),
            _ => s.client.clone(),
        };
        match by {
            By::Total => Self::One,
            By::Day => Self::Day,
            By::Month => Self::Month,
            // Of minutes there are no sums.
            By::Hour | By::Minute => Self::Hour,
            By::Session => Self::Session,
            By::Model | By::Endpoint | By::Group | By::Client => {
                let mut numbers: HashMap<String, i64> = HashMap::new();
                let mut names = Vec::new();
                let mut of_series = HashMap::new();
                for (id, series) in series {
                    let number = *numbers.entry(name(series)).or_insert_with_key(|name| {
                        names.push(name.clone());
                        names.len() as i64 - 1
                    });
                    of_series.insert(*id, number);
                }
                Self::Series(of_series, names)
            }
        }
    }

    fn number(&self, (day, hour): (i32, i64), series: i64, session: i64) -> i64 {
        match self {
            Self::One => 0,
            Self::Day => i64::from(day),
            Self::Month => i64::from(day / 100),
            Self::Hour => hour,
            Self::Series(numbers, _) => numbers.get(&series).copied().unwrap_or(-1),
            Self::Session => session,
        }
    }

    fn text(&self, number: i64, sessions: &HashMap<i64, String>) -> String {
        let day = |number| i32::try_from(number).unwrap_or(0);
        match self {
            Self::One => String::new(),
            Self::Day => folding::day(day(number)),
            Self::Month => folding::month(day(number * 100)),
            Self::Hour => folding::moment(number.saturating_mul(HOUR_MS)),
            Self::Series(_, names) => {
                usize::try_from(number).ok().and_then(|at| names.get(at)).cloned().unwrap_or_default()
            }
            Self::Session => sessions.get(&number).cloned().unwrap_or_default(),
        }
    }
}

fn of_hours(
    connection: &Connection,
    (begin, end): (i64, i64),
    matcher: &Matcher,
    by: By,
) -> Result<HashMap<String, Totals>, StoreError> {
    let sql = |e| failed(&e);
    let mut series = names::all_series(connection).map_err(sql)?;
    series.retain(|_, s| {
        matcher.names(&s.model, s.endpoint.as_deref(), s.group.as_deref(), &s.client, s.generate)
    });
    let mut sessions = HashMap::new();
    if matcher.names_session() || by == By::Session {
        sessions = self::sessions(connection, matcher)?;
    }
    let wanted = |id: i64| match id {
        _ if !matcher.names_session() => true,
        0 => matcher.session(None),
        id => sessions.contains_key(&id),
    };
    let keys = Keys::new(by, &series);
    let mut sums: HashMap<i64, Totals> = HashMap::new();
    let select = "SELECT day, series, session, sums, hour FROM hours WHERE hour >= ?1 AND hour < ?2";
    let mut statement = connection.prepare_cached(select).map_err(sql)?;
    let mut rows = statement.query([begin, end]).map_err(sql)?;
    while let Some(row) = rows.next().map_err(sql)? {
        let number = row.get(1).map_err(sql)?;
        let session = row.get(2).map_err(sql)?;
        if series.contains_key(&number) && wanted(session) {
            let time = (row.get(0).map_err(sql)?, row.get(4).map_err(sql)?);
            let key = keys.number(time, number, session);
            let packed = row.get_ref(3).map_err(sql)?.as_blob().map_err(|e| failed(&e.into()))?;
            packed::add(packed, sums.entry(key).or_default())?;
        }
    }
    let mut by_name: HashMap<String, Totals> = HashMap::with_capacity(sums.len());
    for (number, totals) in sums {
        // No session and a session without a name are one row.
        by_name
            .entry(keys.text(number, &sessions))
            .and_modify(|there| there.merge(&totals))
            .or_insert(totals);
    }
    Ok(by_name)
}

/// Names of the sessions that match, by their numbers.
pub(super) fn sessions(
    connection: &Connection,
    matcher: &Matcher,
) -> Result<HashMap<i64, String>, StoreError> {
    let sql = |e| failed(&e);
    let mut statement = connection.prepare_cached("SELECT id, name FROM sessions").map_err(sql)?;
    let mut rows = statement.query([]).map_err(sql)?;
    let mut sessions = HashMap::new();
    while let Some(row) = rows.next().map_err(sql)? {
        let name = row.get_ref(1).map_err(sql)?.as_str().map_err(|e| failed(&e.into()))?;
        if matcher.session(Some(name)) {
            sessions.insert(row.get(0).map_err(sql)?, name.to_owned());
        }
    }
    Ok(sessions)
}

fn probes(connection: &Connection, spans: &Spans, matcher: &Matcher) -> Result<ProbeTotals, StoreError> {
    let sql = |e| failed(&e);
    let mut probed = HashMap::new();
    let mut statement = connection.prepare_cached("SELECT id, endpoint FROM probed").map_err(sql)?;
    let mut rows = statement.query([]).map_err(sql)?;
    while let Some(row) = rows.next().map_err(sql)? {
        let endpoint = row.get_ref(1).map_err(sql)?.as_str().map_err(|e| failed(&e.into()))?;
        probed.insert(row.get::<_, i64>(0).map_err(sql)?, matcher.probed(endpoint));
    }
    let wanted = |id: i64| probed.get(&id).copied().unwrap_or(false);
    let mut totals = ProbeTotals::default();
    if let Some((begin, end)) = spans.hours {
        let select = "SELECT probed, sums FROM probe_hours WHERE hour >= ?1 AND hour < ?2";
        let mut statement = connection.prepare_cached(select).map_err(sql)?;
        let mut rows = statement.query([begin, end]).map_err(sql)?;
        while let Some(row) = rows.next().map_err(sql)? {
            if wanted(row.get(0).map_err(sql)?) {
                let packed = row.get_ref(1).map_err(sql)?.as_blob().map_err(|e| failed(&e.into()))?;
                packed::add_probes(packed, &mut totals)?;
            }
        }
    }
    let select = "SELECT probed, cost_nanos, input, output, cache_write_5m, cache_write_1h, cache_read, reasoning, \
                  web_searches, web_fetches, code_runs FROM probes WHERE unix_ms BETWEEN ?1 AND ?2";
    let mut statement = connection.prepare_cached(select).map_err(sql)?;
    for (first, last) in &spans.rows {
        let mut rows = statement.query([first, last]).map_err(sql)?;
        while let Some(row) = rows.next().map_err(sql)? {
            if !wanted(row.get(0).map_err(sql)?) {
                continue;
            }
            let mut tokens = Tokens::default();
            for (at, number) in (2..).zip(tokens.fields_mut()) {
                *number = row.get(at).map(|n: i64| u64::try_from(n).unwrap_or(0)).map_err(sql)?;
            }
            totals.probes += 1;
            totals.tokens.add(&tokens);
            totals.cost_nanos = totals.cost_nanos.saturating_add(row.get(1).map_err(sql)?);
        }
    }
    Ok(totals)
}

/// What each client's requests cost since then.
pub(super) fn spent(connection: &Connection, since: i64) -> Result<Vec<(String, i64)>, StoreError> {
    let sql = |e| failed(&e);
    let spans = Spans::new(Some(since), None, whole_from(connection).map_err(sql)?);
    let everything = Matcher::new(&zephyr_core::usage::Filter { everything: true, ..Default::default() });
    let mut spent: BTreeMap<String, i64> = BTreeMap::new();
    let mut add = |client: String, nanos: i64| {
        let sum = spent.entry(client).or_default();
        *sum = sum.saturating_add(nanos);
    };
    if let Some(hours) = spans.hours {
        for (client, totals) in of_hours(connection, hours, &everything, By::Client)? {
            add(client, totals.cost_nanos);
        }
    }
    for span in spans.rows {
        each_row(connection, span, |record| add(record.client, record.cost_nanos))?;
    }
    Ok(spent.into_iter().collect())
}
