//! The config's own text with everything secret in it masked, comments and layout kept.

use std::collections::BTreeMap;

use super::check::is_reference;
use super::raw::{self, At, Node, Value};
use super::vocabulary::{Kind, section};
use crate::secret::Secret;

/// `text` with its secrets masked: literal credentials and tokens, passwords in URLs, headers that look like
/// credentials, what looks like one in comments. A text whose TOML is broken is not shown at all, as nothing
/// says what in it is secret.
#[must_use]
pub fn mask(text: &str) -> String {
    if toml::de::DeTable::parse(text).is_err() {
        return "# this text is no valid TOML and is not shown\n".to_owned();
    }
    let table = raw::read_quietly(text, &BTreeMap::new());
    let mut spans: Vec<(usize, usize, String)> = Vec::new();
    let mut hide = |node: &Node, shown: String| {
        if let At::Text(start, end) = node.at {
            spans.push((start, end, format!("\"{shown}\"")));
        }
    };
    raw::visit(&table, section(""), &mut |key, node| match (key.kind, &node.value) {
        (Kind::Secret, Value::Text(s)) if !is_reference(s) => hide(node, masked(s)),
        (Kind::Auth, Value::Text(s)) if s != "passthrough" && s != "none" => hide(node, masked(s)),
        (Kind::Pairs, Value::Table(pairs)) => {
            for entry in pairs.entries.iter().filter(|e| secret_header(&e.key)) {
                hide(&entry.node, "…".to_owned());
            }
        }
        (Kind::Text, Value::Text(s)) if matches!(key.name, "proxy" | "url") && mask_proxy(s) != *s => {
            hide(node, mask_proxy(s));
        }
        (Kind::Text, Value::Text(s)) if matches!(key.name, "auth_token_env" | "env") => {
            let shown = super::check::shown_name(s);
            if shown != *s {
                hide(node, shown);
            }
        }
        _ => {}
    });
    spans.sort_unstable();
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (start, end, shown) in spans {
        // `get` keeps this sound should two spans ever overlap.
        out.push_str(text.get(from..start).unwrap_or_default());
        out.push_str(&shown);
        from = end.max(from);
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out.split_inclusive('\n').map(mask_comment).collect()
}

/// A whole-line comment may be a key that was in use once; elsewhere only what begins like a key is taken for one.
fn mask_comment(line: &str) -> String {
    let bare = line.trim_start();
    let names = ["bearer", "x_api_key", "token", "value", "auth", "key"];
    let hide = bare.starts_with('#') && bare.contains('=') && names.iter().any(|n| bare.contains(n));
    let line = if hide { mask_quoted(line) } else { line.to_owned() };
    mask_words(&line)
}

fn mask_quoted(line: &str) -> String {
    let mut out = String::new();
    for (index, part) in line.split('"').enumerate() {
        if index > 0 {
            out.push('"');
        }
        let inside = index % 2 == 1;
        let harmless = part.len() < 8
            || part.contains("://")
            || part.starts_with(['/', '<', '['])
            || matches!(part, "passthrough" | "credential")
            || is_reference(part)
            || part.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        out.push_str(&if inside && !harmless { masked(part) } else { part.to_owned() });
    }
    out
}

fn mask_words(line: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let mut out = String::new();
    let mut rest = line;
    while let Some(start) = rest.find("sk-") {
        let end = rest[start..].find(|c| !word(c)).map_or(rest.len(), |i| start + i);
        let begins = !rest[..start].ends_with(word);
        out.push_str(&rest[..start]);
        let found = &rest[start..end];
        out.push_str(&if begins && found.len() >= 12 { masked(found) } else { found.to_owned() });
        rest = &rest[end..];
    }
    out + rest
}

fn masked(secret: &str) -> String {
    // The mask keeps the last four characters, which may need escaping.
    Secret::new(secret)
        .masked()
        .chars()
        .map(|c| if c == '"' || c == '\\' || c.is_control() { '?' } else { c })
        .collect()
}

/// A proxy's URL without the name and the password in it.
#[must_use]
pub fn mask_proxy(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    match rest.rsplit_once('@') {
        Some((_, address)) => format!("{scheme}://…@{address}"),
        None => url.to_owned(),
    }
}

/// Whether a header of this name looks like one with a credential in it.
pub(super) fn secret_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["auth", "key", "token", "secret", "cookie", "password", "credential", "session"]
        .iter()
        .any(|p| name.contains(p))
}
