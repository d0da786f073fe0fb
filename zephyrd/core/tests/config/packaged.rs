//! The example config that the packages install: it works untouched and shows every key.

use zephyr_core::config::{Section, Severity, check, vocabulary};

use super::{facts, lines, plan};

fn packaged() -> &'static str {
    include_str!("../../../../packaging/config.toml")
}

#[test]
fn the_packaged_config_means_the_same_as_none() {
    assert_eq!(plan(packaged(), &facts(&[])), plan("", &facts(&[])));
}

/// Whether `line` sets `key`, commented out or not.
fn sets(line: &str, key: &str) -> bool {
    line.trim_start_matches('#').strip_prefix(key).is_some_and(|rest| rest.starts_with(" = "))
}

#[test]
fn the_packaged_config_has_every_key_with_its_explanation_above_it() {
    let lines: Vec<&str> = packaged().lines().collect();
    // These are the forms of one value each, shown where `auth` is.
    let forms = ["", "tls", "auth", "header", "secret", "backoff", "recover"];
    for section in vocabulary() {
        for key in section.keys {
            let name = key.name;
            if forms.contains(&section.name) {
                let shown = lines
                    .iter()
                    .any(|l| l.contains(&format!("{name} = ")) || l.contains(&format!("[{name}]")));
                assert!(shown, "`{name}` of {} is not shown", section.title);
                continue;
            }
            let part = part(&lines, section);
            let head = |l: &str| {
                l.starts_with(&format!("#[groups.{name}]"))
                    || l.starts_with(&format!("#[groups.endpoints.{name}]"))
                    || l.starts_with(&format!("[[groups.{name}]]"))
                    || l.starts_with(&format!("#[[routes.{name}]]"))
            };
            let at = part.iter().position(|l| sets(l, name) || head(l));
            let at =
                at.unwrap_or_else(|| panic!("`{name}` is missing under {}: # {}", section.title, key.doc));
            assert_eq!(part[at - 1], format!("# {}", key.doc), "above `{name}` under {}", section.title);
            if let (Some(default), true) = (key.default, part[at].starts_with('#')) {
                assert_eq!(part[at], format!("#{name} = {default}"), "the default is shown");
            }
        }
    }
}

/// The lines from a section's head to the next one's.
fn part<'l>(lines: &'l [&'l str], section: &Section) -> &'l [&'l str] {
    let heads: &[&str] = match section.name {
        "groups" => &["[[groups]]"],
        "endpoints" => &["[[groups.endpoints]]"],
        "timeouts" => &["#[groups.timeouts]"],
        "quirks" => &["#[groups.quirks]"],
        "routes" => &["#[[routes]]"],
        "targets" => &["#[[routes.targets]]"],
        "clients" => &["#[[clients]]"],
        "prices" => &["#[[prices]]"],
        "budgets" => &["#[[budgets]]"],
        name => &[&*Box::leak(format!("[{name}]").into_boxed_str())],
    };
    let start = lines.iter().position(|l| heads.contains(l)).unwrap_or_else(|| panic!("no {heads:?}"));
    let bare = |l: &&str| l.trim_start_matches('#').starts_with('[');
    // A group's own keys go on behind the tables that it only shows.
    let nested = |l: &&str| l.starts_with("#[groups.") && !["timeouts", "quirks"].contains(&section.name);
    let length =
        lines[start + 1..].iter().position(|l| bare(l) && !nested(l)).unwrap_or(lines.len() - start - 1);
    // One line more: the head of a table that a key of this section names.
    &lines[start..(start + length + 2).min(lines.len())]
}

#[test]
fn every_commented_example_is_known_vocabulary_when_it_is_uncommented() {
    let example = |l: &str| l.strip_prefix('#').is_some_and(|r| !r.starts_with([' ', '#']) && !r.is_empty());
    let all: Vec<&str> = packaged().lines().collect();
    let commented: Vec<usize> = (0..all.len()).filter(|i| example(all[*i])).collect();
    assert!(commented.len() > 60, "{}", commented.len());
    let text: String = all.iter().map(|l| format!("{}\n", if example(l) { &l[1..] } else { l })).collect();
    // All at once some do not go together (`port` and `listen`), and files and variables are missing.
    let problems = check(&text, &facts(&[])).err().unwrap_or_default();
    for problem in problems.iter().filter(|p| p.severity == Severity::Error) {
        let told = lines(std::slice::from_ref(problem));
        let only_together = [
            "do not go together",
            "say the same thing twice",
            "does not exist",
            "is not set",
            "is a placeholder",
            "no client token",
        ];
        assert!(only_together.iter().any(|t| told.contains(t)), "{told}");
    }
}
