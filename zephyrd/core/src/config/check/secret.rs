//! Secrets: where their values come from. No message here ever contains a value.

use std::path::PathBuf;

use super::super::plan::CredentialValue;
use super::super::raw::{At, Layers, Node, Table, Value};
use super::super::vocabulary::section;
use super::Check;
use super::env_file::is_variable_name;
use super::needs::{CREDENTIAL_PREFIX, is_credential_name};
use crate::secret::Secret;

/// A secret and how it is written in the file, without its value.
pub(super) struct Found {
    /// `None` where it is not resolved (disabled) or could not be.
    pub(super) value: Option<CredentialValue>,
    /// As TOML.
    pub(super) form: String,
}

const SOURCES: [&str; 4] = ["env", "file", "credential", "command"];

impl Check<'_> {
    /// The secret at `node`, which the key `name` holds. Values are looked up only if it is in use.
    pub(super) fn secret(&mut self, name: &str, node: &Node, in_use: bool) -> Option<Found> {
        match &node.value {
            Value::Text(text) => Some(self.literal(name, &node.at, text, in_use)),
            Value::Table(table) => self.reference(name, &node.at, table, in_use),
            _ => None,
        }
    }

    /// The value of the variable `variable`.
    pub(super) fn variable(&mut self, at: &At, variable: &str, in_use: bool) -> Option<String> {
        if !is_variable_name(variable) || variable.len() > 128 {
            let hint = "write the variable's name here and its value in the key file".to_owned();
            self.report.error(at, "this is no variable name", Some(hint));
            return None;
        }
        if !in_use {
            return None;
        }
        let shown = shown_name(variable);
        let wrong = match self.vars.get(variable).map(str::trim) {
            Some("") => "is empty",
            Some(value) => return Some(value.to_owned()),
            None => "is not set",
        };
        let hint = self.vars.advice(&shown);
        self.report.error(at, format!("variable `{shown}` {wrong}"), Some(hint));
        None
    }

    fn literal(&mut self, name: &str, at: &At, text: &str, in_use: bool) -> Found {
        let form = quote(&if is_reference(text) { text.to_owned() } else { Secret::new(text).masked() });
        if !is_reference(text) && self.facts.source_mode & 0o077 != 0 {
            let hint = "keep it in the key file and name the variable, or chmod 600 the config".to_owned();
            self.report.warning(
                at,
                format!("`{name}` is a secret in a file that others can read"),
                Some(hint),
            );
        }
        let value = self.expand(at, text, in_use).and_then(|v| self.good(name, at, &v, in_use));
        Found { value, form }
    }

    /// `text` with every `${VAR}` replaced.
    fn expand(&mut self, at: &At, text: &str, in_use: bool) -> Option<String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((variable, after)) = after.split_once('}') else {
                self.report.error(at, "`${` without `}`", None);
                return None;
            };
            out.push_str(before);
            out.push_str(&self.variable(at, variable, in_use)?);
            rest = after;
        }
        out.push_str(rest);
        Some(out)
    }

    fn reference(&mut self, name: &str, at: &At, table: &Table, in_use: bool) -> Option<Found> {
        let layers = Layers::new([table], section("secret"));
        let named: Vec<&str> = SOURCES.into_iter().filter(|s| table.get(s).is_some()).collect();
        let [source] = named[..] else {
            let message = format!("`{name}` needs exactly one of `env`, `file`, `credential` and `command`");
            self.report.error(at, message, None);
            return None;
        };
        for (extra, of) in [("key", "file"), ("ttl_seconds", "command")] {
            if let Some(entry) = table.entry(extra).filter(|_| source != of) {
                self.report.error(&entry.key_at, format!("`{extra}` goes only with `{of}`"), None);
            }
        }
        let place = layers.at(source)?;
        if source == "command" {
            let argv = self.argv(table.get("command")?)?;
            let ttl = layers.seconds("ttl_seconds")?;
            let list: Vec<String> = argv.iter().map(|a| quote(a)).collect();
            let form = format!("{{ command = [{}], ttl_seconds = {} }}", list.join(", "), ttl.as_secs_f64());
            return Some(Found { value: Some(CredentialValue::Command { argv, ttl }), form });
        }
        let text = layers.text(source)?;
        let key = layers.text("key");
        let form = match (&key, source) {
            (Some(key), "file") => format!("{{ file = {}, key = {} }}", quote(&text), quote(key)),
            _ if source == "env" => format!("{{ env = {} }}", quote(&shown_name(&text))),
            _ => format!("{{ {source} = {} }}", quote(&text)),
        };
        let value = match source {
            "env" => self.variable(place, &text, in_use),
            "file" if in_use => self.value_in_file(place, &PathBuf::from(&text), key.as_deref()),
            "credential" => self.value_of_credential(place, &text, in_use),
            _ => None,
        };
        Some(Found { value: value.and_then(|v| self.good(name, place, &v, in_use)), form })
    }

    fn value_in_file(&mut self, at: &At, path: &std::path::Path, key: Option<&str>) -> Option<String> {
        let text = self.file_text(at, path, "file")?;
        self.refuse_wide_mode(at, path);
        let Some(key) = key else { return Some(text.trim().to_owned()) };
        let value = super::parse_env_file(&text).0.remove(key);
        if value.is_none() {
            self.report.error(at, format!("`{}` has no line `{key}=…`", path.display()), None);
        }
        value
    }

    fn value_of_credential(&mut self, at: &At, name: &str, in_use: bool) -> Option<String> {
        if !is_credential_name(name) {
            self.report.error(at, "this is no name of a systemd credential", None);
            return None;
        }
        let path = PathBuf::from(format!("{CREDENTIAL_PREFIX}{name}"));
        if in_use
            && !matches!(self.facts.file(&path).map(|f| &f.state), Some(super::super::FileState::Text(_)))
        {
            let hint = format!("add `LoadCredential={name}:PATH` to the unit (`systemctl edit zephyrd`)");
            self.report.error(at, format!("systemd gave no readable credential `{name}`"), Some(hint));
            return None;
        }
        // Systemd guards it: the mode shows an access list's mask, not who may read.
        if in_use { self.file_text(at, &path, "credential").map(|t| t.trim().to_owned()) } else { None }
    }

    /// Program and arguments at `node`.
    pub(super) fn argv(&mut self, node: &Node) -> Option<Vec<String>> {
        let argv: Vec<String> = match &node.value {
            Value::Text(line) => {
                if line.contains(['"', '\'', '|', ';', '&', '<', '>', '`', '$', '\\', '*', '\n']) {
                    let hint =
                        "no shell runs it: write it as a list, `[\"program\", \"argument\"]`".to_owned();
                    self.report.error(&node.at, "this command looks as if it were for a shell", Some(hint));
                    return None;
                }
                line.split_whitespace().map(str::to_owned).collect()
            }
            Value::List(_) => node.texts().into_iter().map(|(_, t)| t).collect(),
            _ => return None,
        };
        let sound = argv.first().is_some_and(|p| !p.is_empty()) && argv.len() <= 64;
        if !sound || argv.iter().any(|a| a.contains('\0')) {
            self.report.error(&node.at, "a command is a program and at most 63 arguments", None);
            return None;
        }
        Some(argv)
    }

    /// `value`, if it can be a credential at all.
    pub(super) fn good(&mut self, name: &str, at: &At, value: &str, in_use: bool) -> Option<CredentialValue> {
        if !in_use {
            return None;
        }
        let wrong = if value.is_empty() {
            Some(("is empty", "give it a value"))
        } else if value.len() > 16 * 1024 {
            Some(("is longer than 16 KiB", "is this the right file?"))
        } else if !value.bytes().all(|b| (0x21..0x7f).contains(&b) || b == b' ') {
            Some(("has characters that cannot be sent in a header", "is it one line of plain ASCII?"))
        } else if matches!(name, "bearer" | "auth_token_env")
            && value.get(..7).is_some_and(|p| p.eq_ignore_ascii_case("bearer "))
        {
            Some(("begins with `Bearer `", "leave that word out: it is sent anyway"))
        } else if is_placeholder(value) {
            Some(("is a placeholder, not a credential", "put the real value there"))
        } else {
            None
        };
        if let Some((message, hint)) = wrong {
            self.report.error(at, format!("the value of `{name}` {message}"), Some(hint.to_owned()));
            return None;
        }
        Some(CredentialValue::Known(Secret::new(value)))
    }
}

/// Whether `text` is nothing but references to variables, so that it may be shown.
pub(in super::super) fn is_reference(text: &str) -> bool {
    let mut rest = text;
    while let Some((variable, after)) = rest.strip_prefix("${").and_then(|r| r.split_once('}')) {
        if !is_variable_name(variable) {
            return false;
        }
        rest = after;
    }
    rest.is_empty() && !text.is_empty()
}

/// A variable's name as it may be shown: one that could be a key put in the wrong place is masked.
pub(in super::super) fn shown_name(variable: &str) -> String {
    let usual = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let short_word = variable.len() <= 20 && !variable.contains(|c: char| c.is_ascii_digit());
    if variable.chars().all(usual) || short_word {
        variable.to_owned()
    } else {
        Secret::new(variable).masked()
    }
}

/// `text` as a TOML string.
pub(in super::super) fn quote(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn is_placeholder(value: &str) -> bool {
    const WHOLE: [&str; 14] = [
        "changeme",
        "change-me",
        "change_me",
        "todo",
        "fixme",
        "placeholder",
        "token",
        "secret",
        "password",
        "api-key",
        "api_key",
        "apikey",
        "none",
        "null",
    ];
    const PARTS: [&str; 9] = [
        "token-here",
        "token_here",
        "key-here",
        "key_here",
        "xxxx",
        "...",
        "replace-me",
        "replace_me",
        "api-key-goes",
    ];
    const HEADS: [&str; 7] = ["your-", "your_", "<your", "sk-xxx", "sk-ant-xxx", "sk-your", "insert-"];
    let lower = value.to_ascii_lowercase();
    WHOLE.contains(&lower.as_str())
        || PARTS.iter().any(|p| lower.contains(p))
        || HEADS.iter().any(|p| lower.starts_with(p))
        || (lower.starts_with('<') && lower.ends_with('>'))
        || (lower.starts_with("${") && lower.ends_with('}'))
        || lower.chars().all(|c| matches!(c, 'x' | '-' | '*' | '.'))
}

#[cfg(test)]
mod tests {
    use super::{is_placeholder, is_reference, shown_name};

    #[test]
    fn placeholders_are_told_from_keys() {
        for placeholder in
            ["sk-xxx", "your-token-here", "changeme", "<token>", "YOUR_API_KEY", "xxx", "sk-ant-..."]
        {
            assert!(is_placeholder(placeholder), "{placeholder}");
        }
        for key in ["sk-ant-api03-4fJ2", "test-key", "sk-canary-1", "3f9a0c", "eyJhbGciOi"] {
            assert!(!is_placeholder(key), "{key}");
        }
    }

    #[test]
    fn only_pure_references_may_be_shown() {
        assert!(is_reference("${A}") && is_reference("${A}${B_2}"));
        assert!(
            !is_reference("sk-${A}") && !is_reference("${A}x") && !is_reference("") && !is_reference("${1}")
        );
    }

    #[test]
    fn a_key_in_the_place_of_a_variable_is_not_shown() {
        assert_eq!(shown_name("AUTH_TOKEN_MAIN"), "AUTH_TOKEN_MAIN");
        assert!(!shown_name("3f9a0c8812ab77cd90ef").contains("3f9a"));
        assert!(!shown_name("skabcdefghijklmnopqrstu").contains("abcdef"));
    }
}
