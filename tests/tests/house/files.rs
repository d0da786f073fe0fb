//! Names, lengths and what is left open.

use crate::tree::{files, none, root};

/// Most lines a file may have.
const LONGEST: usize = 600;

#[test]
fn no_file_is_longer_than_600_lines() {
    let long: Vec<String> = files("", &[".rs", ".proto", ".sh", ".py", ".js"])
        .iter()
        .filter(|f| f.text.lines().count() > LONGEST)
        .map(|f| format!("{} has {} lines", f.path, f.text.lines().count()))
        .collect();
    none("files have one job", &long);
}

#[test]
fn no_file_is_named_after_nothing() {
    let vague: Vec<String> = files("", &[".rs", ".sh", ".py"])
        .iter()
        .filter(|f| {
            let name = f.path.rsplit('/').next().unwrap_or_default();
            let stem = name.split('.').next().unwrap_or_default();
            let mut words = stem.split(['_', '-']);
            words.any(|w| matches!(w, "util" | "utils" | "helper" | "helpers" | "manager" | "misc"))
        })
        .map(|f| f.path.clone())
        .collect();
    none("a file is named after what it holds", &vague);
}

#[test]
fn nothing_is_left_open() {
    let open =
        [concat!("todo", "!"), concat!("unimplemented", "!"), concat!("FIX", "ME"), concat!("X", "XX")];
    let mut breaches = Vec::new();
    for file in files("", &[".rs", ".proto", ".sh", ".py"]) {
        for (i, line) in file.text.lines().enumerate() {
            if open.iter().any(|word| line.contains(word)) {
                breaches.push(format!("{}:{}: {}", file.path, i + 1, line.trim()));
            }
        }
    }
    none("what is on main is finished", &breaches);
}

#[test]
fn every_ignored_test_says_why() {
    let mut breaches = Vec::new();
    for file in files("", &[".rs"]) {
        for (i, line) in file.text.lines().enumerate() {
            if line.trim() == concat!("#[", "ignore]") {
                breaches.push(format!("{}:{}", file.path, i + 1));
            }
        }
    }
    none("an ignored test gives its reason", &breaches);
}

#[test]
fn the_top_level_holds_only_what_belongs_there() {
    const ALLOWED: [&str; 25] = [
        ".ci",
        ".git",
        ".gitignore",
        ".gitattributes",
        ".editorconfig",
        ".cargo",
        ".config",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "README.md",
        "README.zh-CN.md",
        "SECURITY.md",
        "clippy.toml",
        "deny.toml",
        "packaging",
        "proto",
        "rust-toolchain.toml",
        "rustfmt.toml",
        "systemd",
        "tests",
        "target",
    ];
    let mut breaches = Vec::new();
    for entry in std::fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = ALLOWED.contains(&name.as_str())
            || ["zephyrd", "zephyrctl"].contains(&name.as_str())
            || name.starts_with("LICENSE-");
        if !known {
            breaches.push(name);
        }
    }
    none("the top level is a table of contents", &breaches);
}

#[test]
fn module_heads_say_what_the_room_is_for() {
    let silent: Vec<String> = files("", &[".rs"])
        .iter()
        .filter(|f| !f.text.starts_with("//! ") || f.text.lines().next().is_some_and(|l| l.len() < 12))
        .map(|f| f.path.clone())
        .collect();
    none("every file begins with a `//!` line that says what it is for", &silent);
}
