//! What only the database does: modes of files, versions, locks, a full disk, damage, room given back.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;

use zephyr_core::usage::{Entry, Totals};

use super::*;
use crate::store::suite::{self, DAY, HOUR, page, record, request};

fn fresh() -> (Box<dyn Store>, tempfile::TempDir) {
    let (store, dir) = database();
    (Box::new(store), dir)
}

fn database() -> (SqliteStore, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (SqliteStore::open(&dir.path().join("usage.db")).unwrap(), dir)
}

suite::suite!(super::fresh());

/// What does not hold in a database: pages, and sums that are not those of the rows.
pub(in crate::store) fn faults(path: &Path) -> Vec<String> {
    let store = SqliteStore::open(path).unwrap();
    let check = "SELECT * FROM pragma_integrity_check WHERE integrity_check <> 'ok'";
    let mut statement = store.connection.prepare(check).unwrap();
    let mut faults: Vec<String> =
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let whole_from = report::whole_from(&store.connection).unwrap();
    let mut of_rows: BTreeMap<(i64, i32, i64, i64), Totals> = BTreeMap::new();
    let mut statement = store.connection.prepare(&row::select("")).unwrap();
    let mut rows = statement.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let record = row::read(row).unwrap();
        let hour = record.started_unix_ms.div_euclid(HOUR_MS);
        if hour >= whole_from {
            let key = (hour, record.day, row.get(2).unwrap(), row.get(3).unwrap());
            of_rows.entry(key).or_default().count(&record);
        }
    }
    let mut statement =
        store.connection.prepare("SELECT hour, day, series, session, sums FROM hours").unwrap();
    let mut rows = statement.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let key = (row.get(0).unwrap(), row.get(1).unwrap(), row.get(2).unwrap(), row.get(3).unwrap());
        let mut totals = Totals::default();
        packed::add(&row.get::<_, Vec<u8>>(4).unwrap(), &mut totals).unwrap();
        if of_rows.remove(&key).as_ref() != Some(&totals) {
            faults.push(format!("sums of {key:?} are not those of its rows"));
        }
    }
    faults.extend(of_rows.keys().map(|key| format!("{key:?} has rows and no sums")));
    faults
}

#[test]
fn the_files_are_for_their_owner_alone() {
    let (mut store, dir) = database();
    store.append(&[request(DAY, |_| {})]).unwrap();
    let files: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(Result::unwrap).collect();
    assert_eq!(files.len(), 3, "the database, its log and the log's index");
    for file in files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.file_name());
    }
}

#[test]
fn records_outlive_the_daemon() {
    let (mut store, dir) = database();
    store.append(&[request(DAY, |r| r.session = Some("s".into()))]).unwrap();
    drop(store);
    let mut again = SqliteStore::open(&dir.path().join("usage.db")).unwrap();
    again.append(&[request(DAY + 1, |r| r.session = Some("s".into()))]).unwrap();
    assert_eq!(page(&mut again, |q| q.filter.session = Some("S".into())).len(), 2);
    assert_eq!(faults(&dir.path().join("usage.db")), [""; 0]);
}

#[test]
fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    let (store, dir) = database();
    store.connection.pragma_update(None, "user_version", 7).unwrap();
    drop(store);
    let path = dir.path().join("usage.db");
    let before = std::fs::read(&path).unwrap();
    let Err(StoreError::Unavailable(said)) = SqliteStore::open(&path) else { panic!() };
    assert!(said.contains("was written by a newer zephyrd (format 7, this one knows up to 2)"), "{said}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_database_of_another_program_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cookies.db");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE cookies (id)").unwrap();
    let before = std::fs::read(&path).unwrap();
    let Err(StoreError::Unavailable(said)) = SqliteStore::open(&path) else { panic!() };
    assert!(said.contains("is a database of another program"), "{said}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_lock_of_another_program_is_waited_out() {
    let (mut store, dir) = database();
    let other = Connection::open(dir.path().join("usage.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let said = store.append(&[request(DAY, |_| {})]).unwrap_err();
    assert_eq!(said, StoreError::Unavailable("another program holds the database locked".to_owned()));
    other.execute_batch("ROLLBACK").unwrap();
    store.append(&[request(DAY, |_| {})]).unwrap();
    assert_eq!(page(&mut store, |_| {}).len(), 1);
}

#[test]
fn a_full_disk_takes_nothing_of_a_batch_and_all_of_it_later() {
    let (mut store, dir) = database();
    store.append(&[request(DAY, |_| {})]).unwrap();
    let pages: i64 = store.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    store.connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
    let batch: Vec<Entry> = (1..500)
        .map(|n| request(DAY + n, |r| (r.session, r.model) = (Some(format!("s{n}")), format!("m{n}"))))
        .collect();
    let said = store.append(&batch).unwrap_err();
    assert_eq!(said, StoreError::Unavailable("database or disk is full".to_owned()));
    assert_eq!(page(&mut store, |_| {}).len(), 1);
    store.connection.pragma_update_and_check(None, "max_page_count", 1_000_000, |_| Ok(())).unwrap();
    store.append(&batch).unwrap();
    assert_eq!(page(&mut store, |_| {}).len(), 500);
    drop(store);
    assert_eq!(faults(&dir.path().join("usage.db")), [""; 0]);
}

#[test]
fn a_zeroed_page_is_called_damage() {
    let (mut store, dir) = database();
    let batch: Vec<Entry> = (0..2_000).map(|n| request(DAY + n * 20_000, |_| {})).collect();
    store.append(&batch).unwrap();
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'requests'";
    let root: i64 = store.connection.query_row(root, [], |row| row.get(0)).unwrap();
    let root = usize::try_from(root).unwrap();
    drop(store);
    let path = dir.path().join("usage.db");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[(root - 1) * 4096..root * 4096].fill(0);
    std::fs::write(&path, bytes).unwrap();
    let mut store = SqliteStore::open(&path).unwrap();
    assert!(store.check().unwrap().is_some());
    let query = RequestsQuery { limit: usize::MAX, ..RequestsQuery::default() };
    assert!(matches!(store.requests(&query), Err(StoreError::Damaged(_))));
}

#[test]
fn pruning_gives_room_back_and_forgets_names_that_nobody_bears() {
    let (mut store, dir) = database();
    let batch: Vec<Entry> = (0..5_000)
        .map(|n| {
            request(DAY + n * 1_000, |r| (r.session, r.model) = (Some(format!("s{n}")), format!("m{n}")))
        })
        .collect();
    store.append(&batch).unwrap();
    let number = |store: &SqliteStore, sql: &str| -> i64 {
        store.connection.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    let before = number(&store, "PRAGMA page_count");
    assert_eq!(suite::prune(&mut store, DAY + 4_990_000), 4_990);
    assert!(number(&store, "PRAGMA page_count") < before / 5, "{before}");
    assert!(number(&store, "PRAGMA freelist_count") < 10);
    assert_eq!(number(&store, "SELECT count(*) FROM sessions"), 10);
    assert_eq!(number(&store, "SELECT count(*) FROM series"), 10);
    // A session that was forgotten comes again.
    store.append(&[request(DAY + HOUR * 5, |r| r.session = Some("s1".into()))]).unwrap();
    assert_eq!(page(&mut store, |q| q.filter.session = Some("s1".into())).len(), 1);
    drop(store);
    assert_eq!(faults(&dir.path().join("usage.db")), [""; 0]);
}

#[test]
fn names_of_a_batch_that_failed_are_not_remembered() {
    let (mut store, dir) = database();
    let other = Connection::open(dir.path().join("usage.db")).unwrap();
    other
        .execute_batch(
            "CREATE TRIGGER refuse BEFORE INSERT ON requests WHEN NEW.id = 'no' \
             BEGIN SELECT RAISE(ABORT, 'no'); END",
        )
        .unwrap();
    let with = |n: i64, id: &str| {
        request(DAY + n, |r| (r.session, r.model, r.id) = (Some("new".into()), "new".into(), id.into()))
    };
    store.append(&[with(0, "yes"), with(1, "no")]).unwrap_err();
    store.append(&[request(DAY + 2, |r| r.session = Some("other".into()))]).unwrap();
    store.append(&[with(3, "yes")]).unwrap();
    let found = page(&mut store, |q| q.filter.session = Some("new".into()));
    assert_eq!(
        found,
        [record(DAY + 3, |r| {
            (r.session, r.model, r.id) = (Some("new".into()), "new".into(), "yes".into());
        })]
    );
}

#[test]
fn requests_whose_keys_collide_are_all_kept_and_each_once() {
    let (mut store, dir) = database();
    // Ten thousand ids of one millisecond meet some fifty times.
    let batch: Vec<Entry> =
        (0..10_000).map(|n| request(DAY, |r| r.id = format!("req-{:08x}", n * 7_919))).collect();
    let taken = batch.iter().filter_map(|entry| match entry {
        Entry::Request(record) => Some(key::wanted(DAY, &record.id)),
        Entry::Probe(_) => None,
    });
    assert!(taken.collect::<std::collections::HashSet<i64>>().len() < batch.len());
    store.append(&batch).unwrap();
    store.append(&batch[5_000..]).unwrap();
    assert_eq!(page(&mut store, |_| {}).len(), batch.len());
    assert_eq!(store.report(&ReportQuery::default()).unwrap().total.requests, 10_000);
    drop(store);
    assert_eq!(faults(&dir.path().join("usage.db")), [""; 0]);
}
