//! What the source says by key has a text, and every text is said somewhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;

/// Where people are spoken to, from this crate.
const ROOMS: [&str; 3] = ["../../zephyrctl/src", "../src", "../web"];

/// Every file of ours beneath a directory.
fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        let kind = path.extension().and_then(|kind| kind.to_str());
        if path.is_dir() {
            files(&path, found);
        } else if matches!(kind, Some("rs" | "js")) {
            found.push(path);
        }
    }
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for room in ROOMS {
        files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(room), &mut found);
    }
    assert!(found.len() > 100, "only {} sources were found", found.len());
    found.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// The keys that `say!` gets in a text.
fn said(text: &str) -> impl Iterator<Item = &str> {
    text.split("say!(").skip(1).filter_map(|call| {
        let mut depth = 0;
        let end = call.find(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth < 0 || depth == 0 && c == ','
        })?;
        let rest = call[end..].strip_prefix(',')?.trim_start().strip_prefix('"')?;
        rest.split('"').next()
    })
}

fn all_keys() -> BTreeSet<String> {
    let topics = TOPICS.iter().flat_map(|topic| topic.texts);
    topics.flat_map(|text| keys(text).into_keys()).collect()
}

#[test]
fn what_the_source_says_has_a_text() {
    let known = all_keys();
    let mut missing = Vec::new();
    let mut calls = 0;
    for (path, text) in sources() {
        for key in said(&text) {
            calls += 1;
            if !known.contains(key) {
                missing.push(format!("{}: {key}", path.display()));
            }
        }
    }
    assert!(calls > 300, "only {calls} calls of `say!` were found");
    assert!(missing.is_empty(), "no text for {missing:#?}");
}

/// Help is asked for by keys that are made of commands; zephyrctl's own tests hold it.
#[test]
fn every_text_is_said_somewhere() {
    let sources = sources();
    // Whatever stands between two quotes; what is put together at run time begins with a kind: `state-{…}`.
    let quoted = sources.iter().flat_map(|(_, text)| text.split(['"', '\'', '`']));
    let literals: BTreeSet<&str> = quoted.filter(|part| part.len() < 80).collect();
    let kinds: BTreeSet<&str> = literals
        .iter()
        .filter_map(|part| Some(part.split_once("-{")?.0))
        .chain(sources.iter().flat_map(|(_, text)| {
            text.split("term(")
                .skip(1)
                .filter_map(|call| call.trim_start().strip_prefix('"')?.split('"').next())
        }))
        .filter(|kind| !kind.is_empty())
        .collect();
    let of_a_kind = |key: &str| key.match_indices('-').any(|(at, _)| kinds.contains(&key[..at]));
    let ours = TOPICS.iter().filter(|topic| topic.name != HELP.name);
    let stale: Vec<String> = ours
        .flat_map(|topic| keys(topic.texts[0]).into_keys())
        .filter(|key| !literals.contains(key.as_str()) && !of_a_kind(key))
        .collect();
    assert!(stale.is_empty(), "nobody says {stale:#?}");
}

#[test]
fn every_text_can_be_said_with_its_variables() {
    for (topic, language) in TOPICS.iter().flat_map(|topic| Language::ALL.map(|l| (topic, l))) {
        let topics: &'static [Topic] = Box::leak(Box::new([*topic]));
        let words = Words::read(topics, language);
        for (key, variables) in keys(topic.texts[language as usize]) {
            let mut values = FluentArgs::new();
            for variable in &variables {
                values.set(variable.as_str(), 2);
            }
            let message = words.bundle.get_message(&key).and_then(|message| message.value());
            let mut wrong = Vec::new();
            let pattern = message.unwrap_or_else(|| panic!("`{key}` has no text"));
            let text = words.bundle.format_pattern(pattern, Some(&values), &mut wrong);
            assert!(wrong.is_empty() && !text.is_empty(), "{}: `{key}`: {wrong:?}", language.tag());
        }
    }
}
