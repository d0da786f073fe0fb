//! Which room may look into which.

use crate::tree::{File, files, none};

/// Breaches of `banned` (as written in paths: `std::fs`) in the code of `files`.
fn mentions(files: &[File], banned: &[&str]) -> Vec<String> {
    let mut breaches = Vec::new();
    for file in files {
        for (number, line) in file.code() {
            for word in banned {
                let found = line.match_indices(word).any(|(at, _)| {
                    let end = line[at + word.len()..].chars().next();
                    let start = line[..at].chars().next_back();
                    let part = |c: char| c.is_alphanumeric() || c == '_';
                    !end.is_some_and(part) && !start.is_some_and(|c| part(c) || c == ':')
                });
                if found {
                    breaches.push(format!("{}:{number}: `{word}`", file.path));
                }
            }
        }
    }
    breaches
}

#[test]
fn proxy_imports_neither_control_nor_http_nor_web() {
    let banned =
        ["crate::control", "crate::http", "crate::web", "super::super::control", "super::super::web"];
    let proxy = files("zephyrd/src/proxy", &[".rs"]);
    let mut breaches = mentions(&proxy, &banned);
    // `use crate::{control::…, …}`
    for file in &proxy {
        let text: String = file.code().map(|(_, line)| line.trim()).collect();
        for group in text.split("use crate::{").skip(1) {
            let group = group.split(';').next().unwrap_or_default();
            for name in ["control", "http", "web"] {
                let names = group.split(['{', '}', ',', ' ']);
                if names.into_iter().any(|n| n == name || n.starts_with(&format!("{name}::"))) {
                    breaches.push(format!("{}: `use crate::{{{name}…}}`", file.path));
                }
            }
        }
    }
    none("proxy, control, http and web speak to one Handle, not to each other", &breaches);
}

#[test]
fn core_and_wire_touch_nothing_of_the_world() {
    let banned = [
        "std::env",
        "std::fs",
        "std::net::TcpStream",
        "std::net::TcpListener",
        "std::net::UdpSocket",
        "std::os",
        "std::process",
        "std::thread",
        "std::time::Instant",
        "std::time::SystemTime",
        "Instant::now",
        "SystemTime::now",
        "std::io::stdin",
        "std::io::stdout",
        "tokio",
    ];
    for dir in ["zephyrd/core/src", "zephyrd/wire/src"] {
        let rust = files(dir, &[".rs"]);
        none("the pure crates get time, files and environment as arguments", &mentions(&rust, &banned));
        // `use std::{fs, …}` and `use std::time::{Duration, Instant}`
        for file in &rust {
            for (number, line) in file.code() {
                let line = line.trim();
                let grouped = line.starts_with("use std::{") || line.starts_with("use std::time::{");
                let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
                for word in words.filter(|_| grouped) {
                    let bad =
                        ["env", "fs", "process", "thread", "os", "Instant", "SystemTime"].contains(&word);
                    assert!(!bad, "{}:{number}: `{word}` in a pure crate", file.path);
                }
            }
        }
    }
}

#[test]
fn tasks_are_spawned_in_one_place_only() {
    let elsewhere: Vec<File> =
        files("zephyrd/src", &[".rs"]).into_iter().filter(|f| f.path != "zephyrd/src/tasks.rs").collect();
    none("spawn through `tasks::Tasks`", &mentions(&elsewhere, &["tokio::spawn", "tokio::task::spawn"]));
}
