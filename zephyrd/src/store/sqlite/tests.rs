//! What only the database does: modes of files, versions, locks, a full disk, damage.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::store::suite::{self, DAY, request};

fn fresh() -> (Box<dyn Store>, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&dir.path().join("usage.db")).unwrap();
    (Box::new(store), dir)
}

suite::suite!(super::fresh());

#[test]
fn the_files_are_for_their_owner_alone() {
    let (mut store, dir) = fresh();
    store.append(&[request(DAY, |_| {})]).unwrap();
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.file_name());
    }
}
