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

-- One row per request, appended nearly always: whatever is sorted in another way makes a batch change pages all over
-- the file. What is in few rows is found by the sums of hours (see `hours`).
CREATE TABLE requests (
    key     INTEGER PRIMARY KEY, -- when it came (Unix milliseconds) * 2^20 + a number made of its id
    id      TEXT NOT NULL,
    series  INTEGER NOT NULL,
    session INTEGER NOT NULL,    -- 0: none
    facts   BLOB NOT NULL        -- everything else, packed
) STRICT;

-- Sums over the requests of an hour (hours since 1970), packed. Kept in step with the rows by each transaction.
CREATE TABLE hours (
    hour    INTEGER NOT NULL,
    day     INTEGER NOT NULL, -- where the daemon lives: 20261121
    series  INTEGER NOT NULL,
    session INTEGER NOT NULL,
    sums    BLOB NOT NULL,
    PRIMARY KEY (hour, day, series, session)
) STRICT, WITHOUT ROWID;

-- Probes that cost money. Times are Unix milliseconds, money is in nano-dollars.
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
