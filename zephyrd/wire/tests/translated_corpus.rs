//! The corpus of the fuzz targets of translation, replayed: one folder a target, to which the golden cases come as they go in.
#![allow(clippy::expect_used, reason = "a test")]

#[path = "translated/cases.rs"]
mod cases;
#[path = "translated/check.rs"]
mod check;

use std::path::Path;

use zephyr_wire::dialect::ALL;

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/corpus").join(name);
    let entries = std::fs::read_dir(&dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        std::fs::read(entry.expect("a file").path()).expect("readable")
    };
    let inputs: Vec<_> = entries.map(read).collect();
    assert!(!inputs.is_empty(), "{} is empty", dir.display());
    inputs
}

#[test]
fn what_fuzzing_found_holds() {
    for dialect in ALL {
        for input in corpus(&dialect.name().replace('-', "_")) {
            check::check(dialect, &input);
        }
    }
    for input in corpus("sse") {
        check::check_events(&input);
    }
}

#[test]
fn the_golden_cases_hold_however_they_are_cut() {
    for case in cases::cases() {
        for cut in [0, 6, 255] {
            let input = [&[cut], case.bytes.as_slice()].concat();
            check::check(case.dialect, &input);
            check::check_events(&input);
        }
    }
}
