//! Licences and sources of every dependency, by the lists of deny.toml.

use crate::dependencies::metadata;
use crate::tree::{none, root};

/// The strings of the list `key = [ … ]` in deny.toml.
fn list(key: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join("deny.toml")).unwrap();
    let from = text.find(&format!("\n{key} = [")).unwrap_or_else(|| panic!("deny.toml has no `{key}`"));
    let body = &text[from..];
    let body = &body[..body.find(']').unwrap()];
    body.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Whether an SPDX expression can be fulfilled with `allowed` licences: `OR` binds weaker than `AND`.
fn fulfilled(expression: &str, allowed: &[String]) -> bool {
    let expression = expression.replace('/', " OR ");
    let bare = expression.trim();
    if let Some(inner) = bare.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        let (inside, after) = inner;
        let first = fulfilled(inside, allowed);
        return match after.trim().split_once(' ') {
            Some(("AND", rest)) => first && fulfilled(rest, allowed),
            Some(("OR", rest)) => first || fulfilled(rest, allowed),
            _ => first,
        };
    }
    bare.split(" OR ").any(|any| any.split(" AND ").all(|one| allowed.iter().any(|a| a == one.trim())))
}

#[test]
fn spdx_expressions_are_read_as_written() {
    let allowed = vec!["MIT".to_owned(), "ISC".to_owned()];
    for good in ["MIT", "GPL-3.0 OR MIT", "MIT AND ISC", "(GPL-3.0 OR MIT) AND ISC", "Unlicense/MIT"] {
        assert!(fulfilled(good, &allowed), "{good}");
    }
    for bad in ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND GPL-3.0"] {
        assert!(!fulfilled(bad, &allowed), "{bad}");
    }
}

#[test]
fn every_dependency_has_a_listed_licence() {
    let allowed = list("allow");
    let mut breaches = Vec::new();
    for package in &metadata().packages {
        let licence = package.license.as_deref().unwrap_or("none stated");
        if !fulfilled(licence, &allowed) {
            breaches.push(format!("{} {}: {licence}", package.name, package.version));
        }
    }
    none("licences outside deny.toml", &breaches);
}

#[test]
fn every_dependency_comes_from_a_listed_source() {
    let registries = list("allow-registry");
    let mut breaches = Vec::new();
    for package in &metadata().packages {
        let Some(source) = &package.source else { continue };
        if !registries.iter().any(|r| source.repr == format!("registry+{r}")) {
            breaches.push(format!("{}: {source}", package.name));
        }
    }
    none("sources outside deny.toml", &breaches);
}

#[test]
fn no_banned_crate_is_in_the_tree() {
    let banned = list("deny");
    let found: Vec<String> =
        metadata().packages.iter().map(|p| p.name.to_string()).filter(|n| banned.contains(n)).collect();
    none("a bare machine with Rust and cc builds everything", &found);
}
