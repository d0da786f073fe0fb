//! The corpus of the fuzz target, replayed.

use std::path::Path;

use crate::check::check;

#[test]
fn the_corpus_of_the_fuzz_target_holds() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/corpus/tap");
    let mut count = 0;
    for entry in std::fs::read_dir(&dir).expect("the corpus") {
        let input = std::fs::read(entry.expect("a file").path()).expect("readable");
        check(&input);
        count += 1;
    }
    assert!(count >= 20, "only {count} inputs in {}", dir.display());
}
