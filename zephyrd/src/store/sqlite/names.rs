//! Numbers of names: a request's row and sums hold the number of its series (model, endpoint, group, client, what it
//! was for, whether it failed) and of its session.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use crate::store::parcel::{About, Request, Who};

/// Most names remembered of each kind; more are looked up again.
const REMEMBERED: usize = 4096;

/// What a series is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Series {
    pub(super) model: String,
    pub(super) endpoint: Option<String>,
    pub(super) group: Option<String>,
    pub(super) client: String,
    pub(super) generate: bool,
    pub(super) failed: bool,
}

impl Series {
    fn of(request: &Request<'_>, about: &About) -> Self {
        Self {
            model: request.model.to_owned(),
            endpoint: request.endpoint.map(str::to_owned),
            group: request.group.map(str::to_owned),
            client: request.client.to_owned(),
            generate: about.generate,
            failed: about.counts.failed(),
        }
    }
}

/// The series of the last request: those of one kind come together.
struct Last {
    /// As of [`Who`].
    names: String,
    lengths: [Option<usize>; 4],
    generate: bool,
    failed: bool,
    id: i64,
}

impl Last {
    fn is_of(&self, request: &Request<'_>, about: &About) -> bool {
        let who = Who { names: &self.names, lengths: self.lengths };
        self.generate == about.generate && self.failed == about.counts.failed() && who == request.who
    }
}

/// Every series by its number.
pub(super) fn all_series(connection: &Connection) -> rusqlite::Result<HashMap<i64, Series>> {
    let sql = "SELECT id, model, endpoint, endpoint_group, client, generate, failed FROM series";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| {
        let series = Series {
            model: row.get(1)?,
            endpoint: row.get(2)?,
            group: row.get(3)?,
            client: row.get(4)?,
            generate: row.get(5)?,
            failed: row.get(6)?,
        };
        Ok((row.get(0)?, series))
    })?;
    rows.collect()
}

/// Numbers the writer has met.
#[derive(Default)]
pub(super) struct Known {
    /// As the database stood when this was read: another connection that writes changes it.
    version: i64,
    series: HashMap<Series, i64>,
    last: Option<Last>,
    sessions: HashMap<String, i64>,
    probed: HashMap<(String, String), i64>,
}

impl Known {
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Forgets everything if another connection has written since.
    pub(super) fn refresh(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached("PRAGMA data_version")?;
        let version = statement.query_row([], |row| row.get(0))?;
        if version != self.version {
            self.forget();
            self.version = version;
        }
        Ok(())
    }

    pub(super) fn series(
        &mut self,
        connection: &Connection,
        request: &Request<'_>,
        about: &About,
    ) -> rusqlite::Result<i64> {
        if let Some(last) = self.last.as_ref().filter(|last| last.is_of(request, about)) {
            return Ok(last.id);
        }
        let series = Series::of(request, about);
        let id = match self.series.get(&series) {
            Some(id) => *id,
            None => {
                let id = series_id(connection, &series)?;
                room(&mut self.series).insert(series.clone(), id);
                id
            }
        };
        self.last = Some(Last {
            names: request.who.names.to_owned(),
            lengths: request.who.lengths,
            generate: about.generate,
            failed: about.counts.failed(),
            id,
        });
        Ok(id)
    }

    pub(super) fn session(&mut self, connection: &Connection, name: &str) -> rusqlite::Result<i64> {
        if let Some(id) = self.sessions.get(name) {
            return Ok(*id);
        }
        let mut look = connection.prepare_cached("SELECT id FROM sessions WHERE name = ?1")?;
        let id = match look.query_row([name], |row| row.get(0)).optional()? {
            Some(id) => id,
            None => connection.prepare_cached("INSERT INTO sessions (name) VALUES (?1)")?.insert([name])?,
        };
        room(&mut self.sessions).insert(name.to_owned(), id);
        Ok(id)
    }

    pub(super) fn probed(
        &mut self,
        connection: &Connection,
        endpoint: &str,
        model: &str,
    ) -> rusqlite::Result<i64> {
        let key = (endpoint.to_owned(), model.to_owned());
        if let Some(id) = self.probed.get(&key) {
            return Ok(*id);
        }
        let look = "SELECT id FROM probed WHERE endpoint = ?1 AND model = ?2";
        let found =
            connection.prepare_cached(look)?.query_row([endpoint, model], |row| row.get(0)).optional()?;
        let id = match found {
            Some(id) => id,
            None => connection
                .prepare_cached("INSERT INTO probed (endpoint, model) VALUES (?1, ?2)")?
                .insert([endpoint, model])?,
        };
        room(&mut self.probed).insert(key, id);
        Ok(id)
    }
}

fn room<K, V>(map: &mut HashMap<K, V>) -> &mut HashMap<K, V> {
    if map.len() >= REMEMBERED {
        map.clear();
    }
    map
}

fn series_id(connection: &Connection, s: &Series) -> rusqlite::Result<i64> {
    let values = params![s.model, s.endpoint, s.group, s.client, s.generate, s.failed];
    let look = "SELECT id FROM series WHERE model IS ?1 AND endpoint IS ?2 AND endpoint_group IS ?3 AND client IS ?4 \
                AND generate IS ?5 AND failed IS ?6";
    let found = connection.prepare_cached(look)?.query_row(values, |row| row.get(0)).optional()?;
    match found {
        Some(id) => Ok(id),
        None => {
            let add = "INSERT INTO series (model, endpoint, endpoint_group, client, generate, failed) \
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            connection.prepare_cached(add)?.insert(values)
        }
    }
}
