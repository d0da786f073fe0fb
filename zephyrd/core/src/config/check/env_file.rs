//! The key file (`NAME=value` lines) and the variables that config values may name.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::facts::{Facts, FileFact, FileState};
use super::super::problem::Severity;
use super::super::raw::{At, Report, Table};

/// The variables: the key file's before the environment's.
pub(super) struct Vars<'a> {
    key_file: BTreeMap<String, String>,
    env: &'a BTreeMap<String, String>,
    /// Where the key file is, or would be.
    path: Option<&'a Path>,
}

impl<'a> Vars<'a> {
    /// Reads the key file among the facts and reports what is wrong with it.
    pub(super) fn new(table: &Table, facts: &'a Facts, report: &mut Report<'_>) -> Self {
        let mut vars = Self { key_file: BTreeMap::new(), env: &facts.env, path: None };
        let named = table.table("server").and_then(|s| s.get("env_file"));
        let Some((path, fact)) = &facts.env_file else { return vars };
        vars.path = Some(path);
        let shown = path.display().to_string();
        match &fact.state {
            FileState::Text(text) => {
                wide_mode(&shown, fact, report);
                let (values, wrong) = parse_env_file(text);
                for (line, message) in wrong {
                    report.elsewhere(Severity::Error, &shown, line, message, None);
                }
                for name in values.keys().filter(|n| n.starts_with("ZEPHYRD_") && n.contains("__")) {
                    let hint = Some("set it in the config, or in the service's environment".to_owned());
                    let message = format!("`{name}` has no effect in the key file");
                    report.elsewhere(Severity::Warning, &shown, 0, message, hint);
                }
                vars.key_file = values;
            }
            FileState::Missing => {
                if let Some(node) = named {
                    report.error(&node.at, format!("key file `{shown}` does not exist"), None);
                }
            }
            FileState::Unreadable(why) => {
                let at = named.map_or(At::Nowhere, |n| n.at.clone());
                report.error(&at, format!("key file `{shown}` cannot be read: {why}"), None);
            }
        }
        vars
    }

    /// The value of `name`.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.key_file.get(name).or_else(|| self.env.get(name)).map(String::as_str)
    }

    /// Where to put a variable that is missing.
    pub(super) fn advice(&self, name: &str) -> String {
        match self.path {
            Some(path) => format!("add the line `{name}=…` to `{}`", path.display()),
            None => format!("set `{name}` in the environment"),
        }
    }
}

fn wide_mode(shown: &str, fact: &FileFact, report: &mut Report<'_>) {
    if fact.mode & 0o077 != 0 {
        let message =
            format!("the key file is readable by others than its owner (mode {:04o})", fact.mode & 0o7777);
        report.elsewhere(Severity::Error, shown, 0, message, Some(format!("chmod 600 {shown}")));
    }
}

/// The variables of a key file, and what is wrong with it: line (1-based) and message, never a value.
///
/// One `NAME=value` a line, `export ` before it allowed; `#` at the beginning of a line is a comment;
/// a value may stand in single quotes (taken as it is) or double quotes (`\"`, `\\`, `\n`, `\$`).
#[must_use]
pub fn parse_env_file(text: &str) -> (BTreeMap<String, String>, Vec<(u32, String)>) {
    let mut values = BTreeMap::new();
    let mut wrong = Vec::new();
    for (number, line) in (1u32..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') || line.starts_with(';') {
            continue;
        }
        let line = line.strip_prefix("export ").map_or(line, str::trim_start);
        let Some((name, value)) = line.split_once('=') else {
            wrong.push((number, "no `NAME=value` line".to_owned()));
            continue;
        };
        let name = name.trim_end();
        if !is_variable_name(name) {
            wrong.push((number, "what stands before `=` is no variable name".to_owned()));
            continue;
        }
        match unquote(value.trim()) {
            Some(value) => drop(values.insert(name.to_owned(), value)),
            None => wrong.push((number, format!("the value of `{name}` has an open quote"))),
        }
    }
    (values, wrong)
}

/// Whether `name` may name a variable.
pub(super) fn is_variable_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn unquote(value: &str) -> Option<String> {
    if let Some(rest) = value.strip_prefix('\'') {
        let (inside, after) = rest.split_once('\'')?;
        return ends_well(after).then(|| inside.to_owned());
    }
    let Some(rest) = value.strip_prefix('"') else {
        // As shells do it, a comment begins at ` #`.
        let end = value.find(" #").unwrap_or(value.len());
        return Some(value[..end].trim_end().to_owned());
    };
    let mut out = String::new();
    let mut chars = rest.chars();
    loop {
        match chars.next()? {
            '"' => return ends_well(chars.as_str()).then_some(out),
            '\\' => match chars.next()? {
                'n' => out.push('\n'),
                c @ ('"' | '\\' | '$' | '`') => out.push(c),
                c => out.extend(['\\', c]),
            },
            c => out.push(c),
        }
    }
}

fn ends_well(after: &str) -> bool {
    let after = after.trim();
    after.is_empty() || after.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::parse_env_file;

    #[test]
    fn quotes_comments_and_export_are_read_as_a_shell_would() {
        let text =
            "# comment\nexport A=plain # not part\nB='si ngle' # c\nC=\"dou\\\"ble\"\n D = spaced \nE=\n";
        let (values, wrong) = parse_env_file(text);
        assert!(wrong.is_empty(), "{wrong:?}");
        let pairs: Vec<_> = values.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(pairs, [("A", "plain"), ("B", "si ngle"), ("C", "dou\"ble"), ("D", "spaced"), ("E", "")]);
    }

    #[test]
    fn a_wrong_line_is_named_without_its_content() {
        let (values, wrong) = parse_env_file("sk-canary-alone\n1A=x\nB=\"open-canary\n");
        assert!(values.is_empty());
        assert_eq!(wrong.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 2, 3]);
        assert!(!format!("{wrong:?}").contains("canary"));
    }
}
