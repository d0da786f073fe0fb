-- Who asked whom for what: everything a filter can name but time and session. Few rows, many requests each.
CREATE TABLE series (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    model          TEXT NOT NULL,
    endpoint       TEXT,
    endpoint_group TEXT,
    client         TEXT NOT NULL,
    generate       INTEGER NOT NULL, -- asked for tokens
    failed         INTEGER NOT NULL  -- went wrong, and the client did not leave
) STRICT;
CREATE INDEX series_by_names ON series (model, endpoint, endpoint_group, client, generate, failed);

CREATE TABLE sessions (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- One row per request. Money is in nano-dollars, times are in milliseconds. Codes (operation, ended, source,
-- usage, tier, price_source) count from 0 in the order of the names in the documentation of the records.
CREATE TABLE requests (
    started_unix_ms   INTEGER NOT NULL,
    id                TEXT NOT NULL,
    series            INTEGER NOT NULL,
    session           INTEGER NOT NULL, -- 0: none
    day               INTEGER NOT NULL, -- where the daemon lives: 20261121
    duration_ms       INTEGER NOT NULL,
    ttft_ms           INTEGER,
    agent             TEXT,
    class             TEXT,
    method            TEXT NOT NULL,
    path              TEXT NOT NULL,
    dialect           TEXT NOT NULL,
    operation         INTEGER NOT NULL,
    stream            INTEGER NOT NULL,
    answered_model    TEXT,
    mismatch          INTEGER NOT NULL,
    provider          TEXT,
    status            INTEGER NOT NULL,
    upstream_status   INTEGER,
    ended             INTEGER NOT NULL,
    detail            TEXT,
    stop              TEXT,
    source            INTEGER NOT NULL,
    served_by         TEXT,
    bytes_in          INTEGER NOT NULL,
    bytes_out         INTEGER NOT NULL,
    input             INTEGER NOT NULL,
    output            INTEGER NOT NULL,
    cache_write_5m    INTEGER NOT NULL,
    cache_write_1h    INTEGER NOT NULL,
    cache_read        INTEGER NOT NULL,
    reasoning         INTEGER NOT NULL,
    web_searches      INTEGER NOT NULL,
    web_fetches       INTEGER NOT NULL,
    code_runs         INTEGER NOT NULL,
    usage             INTEGER NOT NULL,
    tier              INTEGER NOT NULL,
    cost_nanos        INTEGER NOT NULL,
    lost_nanos        INTEGER NOT NULL,
    saved_nanos       INTEGER NOT NULL,
    cache_saved_nanos INTEGER NOT NULL,
    price_source      INTEGER NOT NULL,
    attempts          TEXT NOT NULL,    -- JSON: a list of objects, what is empty or 0 is left out; an
                                        -- empty text: one, answered at once, as the other columns say
    PRIMARY KEY (started_unix_ms, id)
) STRICT, WITHOUT ROWID;
-- None by id: ids come in no order, so that each batch would change pages all over it.
CREATE INDEX requests_by_series ON requests (series, started_unix_ms, id, session);
CREATE INDEX requests_by_session ON requests (session, started_unix_ms, id, series) WHERE session <> 0;

-- Sums over the requests of an hour (hours since 1970), packed. Kept in step with the rows by each transaction.
CREATE TABLE hours (
    hour    INTEGER NOT NULL,
    day     INTEGER NOT NULL,
    series  INTEGER NOT NULL,
    session INTEGER NOT NULL,
    sums    BLOB NOT NULL,
    PRIMARY KEY (hour, day, series, session)
) STRICT, WITHOUT ROWID;

-- Probes that cost money.
CREATE TABLE probed (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    endpoint TEXT NOT NULL,
    model    TEXT NOT NULL,
    UNIQUE (endpoint, model)
) STRICT;
CREATE TABLE probes (
    unix_ms        INTEGER NOT NULL,
    probed         INTEGER NOT NULL,
    day            INTEGER NOT NULL,
    cost_nanos     INTEGER NOT NULL,
    input          INTEGER NOT NULL,
    output         INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    cache_read     INTEGER NOT NULL,
    reasoning      INTEGER NOT NULL,
    web_searches   INTEGER NOT NULL,
    web_fetches    INTEGER NOT NULL,
    code_runs      INTEGER NOT NULL,
    PRIMARY KEY (unix_ms, probed)
) STRICT, WITHOUT ROWID;
CREATE TABLE probe_hours (
    hour   INTEGER NOT NULL,
    probed INTEGER NOT NULL,
    sums   BLOB NOT NULL,
    PRIMARY KEY (hour, probed)
) STRICT, WITHOUT ROWID;

-- From which hour on `hours` and `probe_hours` are whole; what is older is in the rows alone. Empty: all.
CREATE TABLE whole_from (
    hour INTEGER NOT NULL
) STRICT;
