//! `tests/run` runs everything, and continuous integration runs `tests/run`.

use std::process::Command;

use crate::tree::root;

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

#[test]
fn ci_runs_exactly_what_the_readme_promises() {
    let ci = read(".ci/run");
    let commands: Vec<&str> = ci.lines().filter(|l| l.starts_with("exec ")).collect();
    assert_eq!(commands, ["exec tests/run </dev/null"]);
    assert!(ci.contains("export CI=true"));
}

#[test]
fn every_section_is_a_file_and_every_file_a_section() {
    let output = Command::new(root().join("tests/run")).arg("--list").output().unwrap();
    assert!(output.status.success());
    let listed = String::from_utf8(output.stdout).unwrap();
    let mut sections: Vec<String> =
        listed.lines().filter_map(|l| l.split_whitespace().next()).map(str::to_owned).collect();
    sections.sort();
    let mut scripts: Vec<String> = std::fs::read_dir(root().join("tests/sections"))
        .unwrap()
        .filter_map(|e| e.unwrap().file_name().into_string().unwrap().strip_suffix(".sh").map(str::to_owned))
        .collect();
    scripts.sort();
    assert_eq!(sections, scripts);
}

#[test]
fn an_unknown_section_is_a_usage_error() {
    let output = Command::new(root().join("tests/run")).arg("no-such-section").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("`no-such-section`"));
}
