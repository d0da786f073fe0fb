//! The documents point at what exists: files, headings, verbs.

use std::collections::BTreeSet;
use std::process::Command;

use crate::tree::{File, files, none, root};

fn documents() -> Vec<File> {
    files("", &[".md"])
}

/// Every `](target)` of a document, with its line.
fn links(file: &File) -> Vec<(usize, &str)> {
    let lines = file.text.lines().enumerate();
    lines
        .flat_map(|(i, line)| {
            line.split("](").skip(1).filter_map(move |rest| Some((i + 1, rest.split(')').next()?)))
        })
        .collect()
}

/// The anchors of a document's headings, as forges make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|l| l.starts_with('#')).map(|l| l.trim_start_matches('#').trim());
    headings
        .map(|heading| {
            let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.collect::<String>().to_lowercase().replace(' ', "-")
        })
        .collect()
}

#[test]
fn every_link_of_a_document_leads_somewhere() {
    let mut breaches = Vec::new();
    let mut seen = 0;
    for file in documents() {
        let dir = root().join(&file.path).parent().unwrap().to_path_buf();
        for (line, target) in links(&file) {
            seen += 1;
            if target.contains("://") {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let there = if path.is_empty() { root().join(&file.path) } else { dir.join(path) };
            let text = if there.is_dir() { Ok(String::new()) } else { std::fs::read_to_string(&there) };
            match text {
                Err(_) => breaches.push(format!("{}:{line}: there is no `{path}`", file.path)),
                Ok(text) if !anchor.is_empty() && !anchors(&text).contains(anchor) => {
                    breaches.push(format!("{}:{line}: no heading makes `#{anchor}`", file.path));
                }
                Ok(_) => {}
            }
        }
    }
    assert!(seen > 0, "no document has a link: the rule looks at nothing");
    none("links lead somewhere", &breaches);
}

#[test]
fn every_source_file_that_a_document_names_exists() {
    let sources = files("", &[".rs", ".toml", ".proto"]);
    let mut breaches = Vec::new();
    let mut seen = 0;
    for file in documents() {
        for (i, line) in file.text.lines().enumerate() {
            for word in line.split('`').skip(1).step_by(2) {
                let names_one = word.contains('/') && (word.ends_with(".rs") || word.ends_with(".proto"));
                if !names_one || word.contains("NAME") {
                    continue;
                }
                seen += 1;
                // Also from inside a crate: `core/failover/table.rs`, `select/mod.rs`.
                let inside = |path: &str| path.replace("/src/", "/").ends_with(&format!("/{word}"));
                if !sources
                    .iter()
                    .any(|s| s.path == word || s.path.ends_with(&format!("/{word}")) || inside(&s.path))
                {
                    breaches.push(format!("{}:{}: there is no `{word}`", file.path, i + 1));
                }
            }
        }
    }
    assert!(seen > 0, "no document names a source file: the rule looks at nothing");
    none("documents name files that exist", &breaches);
}

#[test]
fn every_verb_that_the_readme_shows_exists() {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let verb =
        |rest: &str| rest.split(|c: char| !c.is_ascii_lowercase()).next().unwrap_or_default().to_owned();
    let verbs: BTreeSet<String> =
        text.split("zephyrctl ").skip(1).map(verb).filter(|v| !v.is_empty()).collect();
    let mut breaches = Vec::new();
    for verb in &verbs {
        let mut command = Command::new(zephyr_tests::binary("zephyrctl"));
        if !command.args([verb, "--help"]).output().unwrap().status.success() {
            breaches.push(verb.clone());
        }
    }
    assert!(verbs.len() > 5, "the README shows {verbs:?} alone");
    none("verbs in the README are verbs of zephyrctl", &breaches);
}

#[test]
fn the_versions_that_the_readme_says_were_tested_are_the_pinned_ones() {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).unwrap();
    let readme = read("README.md");
    let python = read("tests/sdk/requirements.txt");
    let mut pinned: Vec<(String, String)> = python
        .lines()
        .filter_map(|l| l.split_once("=="))
        .filter(|(name, _)| matches!(*name, "anthropic" | "openai"))
        .map(|(name, version)| (name.to_owned(), version.to_owned()))
        .collect();
    for file in ["tests/sdk/package.json", "tests/sdk/clients/package.json"] {
        let package: serde_json::Value = serde_json::from_str(&read(file)).unwrap();
        for (name, version) in package["dependencies"].as_object().unwrap() {
            pinned.push((name.clone(), version.as_str().unwrap().to_owned()));
        }
    }
    assert_eq!(pinned.len(), 7, "{pinned:?}");
    let missing: Vec<String> = pinned
        .iter()
        .filter(|(_, version)| !readme.contains(version))
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    none("the README tells the pinned versions", &missing);
}
