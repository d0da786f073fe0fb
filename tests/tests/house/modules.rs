//! Every source file is part of the program, and every variant file is named in its table.

use std::collections::BTreeSet;

use crate::dependencies::metadata;
use crate::tree::{File, files, none, root};

/// Names declared by `mod name;` lines, each with the path that an attribute above gives it.
fn declared(file: &File) -> Vec<(String, Option<String>)> {
    let mut names = Vec::new();
    let mut given = None;
    for (_, line) in file.code() {
        let line = line.trim();
        if let Some(path) = line.strip_prefix("#[path = \"").and_then(|l| l.strip_suffix("\"]")) {
            given = Some(path.to_owned());
            continue;
        }
        let Some(at) = line.find("mod ") else { continue };
        let visibility = line[..at].trim();
        let plain = visibility.is_empty() || visibility.starts_with("pub");
        if let Some(name) = line[at + 4..].strip_suffix(';').filter(|_| plain) {
            names.push((name.trim().to_owned(), given.take()));
        }
    }
    names
}

/// `dir/path` without `..`.
fn joined(dir: &str, path: &str) -> String {
    let mut parts: Vec<&str> = dir.split('/').filter(|p| !p.is_empty()).collect();
    for part in path.split('/') {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

#[test]
fn every_rust_file_is_reachable_from_a_mod_line() {
    let all = files("", &[".rs"]);
    let find = |path: &str| all.iter().find(|f| f.path == path);
    let root = root();
    let mut open: Vec<(String, bool)> = Vec::new();
    for package in metadata().workspace_packages() {
        for target in &package.targets {
            let path = target.src_path.strip_prefix(&root).unwrap().to_string();
            open.push((path, true));
        }
    }
    // Fuzz targets are a workspace of their own, for nightly compilers.
    let fuzz = all.iter().filter(|f| f.path.starts_with("tests/fuzz/fuzz_targets/"));
    open.extend(fuzz.map(|f| (f.path.clone(), true)));
    let mut reached = BTreeSet::new();
    while let Some((path, is_root)) = open.pop() {
        let Some(file) = find(&path) else { continue };
        if !reached.insert(path.clone()) {
            continue;
        }
        let (dir, name) = path.rsplit_once('/').unwrap_or(("", &path));
        let stem = name.trim_end_matches(".rs");
        let below = if is_root || stem == "mod" { dir.to_owned() } else { format!("{dir}/{stem}") };
        for (module, given) in declared(file) {
            if let Some(path) = given {
                open.push((joined(dir, &path), false));
                continue;
            }
            open.push((format!("{below}/{module}.rs"), false));
            open.push((format!("{below}/{module}/mod.rs"), false));
        }
    }
    let lost: Vec<String> = all.iter().map(|f| f.path.clone()).filter(|p| !reached.contains(p)).collect();
    none("a file that no `mod` line names is not built", &lost);
}

/// Directories where each variant is one file and one line in the table that their `mod.rs` holds.
const TABLES: [&str; 3] = ["zephyrd/core/src/select", "zephyrd/src/probe/kind", "zephyrctl/src/cmd"];

#[test]
fn every_variant_file_is_named_in_its_table() {
    let mut breaches = Vec::new();
    for dir in TABLES {
        let rust = files(dir, &[".rs"]);
        let table = rust.iter().find(|f| f.path == format!("{dir}/mod.rs")).expect("a table");
        for file in &rust {
            let Some(stem) = file.path.strip_prefix(&format!("{dir}/")).and_then(|p| p.strip_suffix(".rs"))
            else {
                continue;
            };
            if stem == "mod" || stem.contains('/') {
                continue;
            }
            // Used, not only declared: `fastest::Fastest`, `status::handle`.
            let used = table.code().any(|(_, line)| {
                line.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
                    .any(|word| word.split("::").any(|part| part == stem) && word.contains("::"))
            });
            if !used {
                breaches.push(format!("{} is not named in {}", file.path, table.path));
            }
        }
    }
    none("each variant is one file and one line in its table", &breaches);
}
