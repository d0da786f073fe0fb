//! Texts that try to run, to steer a terminal, to turn lines round or to break formats: for names, models, errors and log
//! lines in the tests of every surface. They stand in `tests/hostile.json`, which tests in other languages read too.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    texts: BTreeMap<String, Vec<String>>,
    repeated: Vec<(String, usize)>,
}

/// Every one of them.
///
/// # Panics
/// The file is damaged.
#[must_use]
pub fn all() -> Vec<String> {
    let file = file();
    let repeated = file.repeated.iter().map(|(text, times)| text.repeat(*times));
    file.texts.into_values().flatten().chain(repeated).collect()
}

/// Those of one kind: `html`, `attributes`, `scripts`, `terminal`, `direction`, …
///
/// # Panics
/// There is no such kind.
#[must_use]
pub fn of_kind(kind: &str) -> Vec<String> {
    file().texts.remove(kind).unwrap_or_else(|| panic!("no hostile texts are called `{kind}`"))
}

/// Those that a config takes as the name of an endpoint or a group.
#[must_use]
pub fn names() -> Vec<String> {
    let turns = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let fits = |text: &String| {
        !text.is_empty()
            && text.len() <= 128
            && text.trim() == text
            && !text.starts_with('-')
            && !text.chars().any(|c| c.is_control() || turns(c))
    };
    all().into_iter().filter(fits).collect()
}

fn file() -> File {
    serde_json::from_str(include_str!("../hostile.json")).expect("hostile.json")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn there_are_five_hundred_of_many_kinds() {
        let all = super::all();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "none is there twice");
        assert!(all.len() >= 500 && super::names().len() > 250, "{} {}", all.len(), super::names().len());
        assert!(super::of_kind("terminal").iter().all(|text| text.chars().any(char::is_control)));
    }
}
