//! Tools that only this dialect's clients know as what they are.
//!
//! Functions in a namespace (Codex' agents and MCP servers) are told to other endpoints under one flat name, the local
//! shell as a function; a call of one goes back to the client as it knows the tool. A flat name that is also another tool's own name
//! is not told apart.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::form::Text;
use crate::whole::json::{self, Members};

/// What the local shell is called as a function.
pub(super) const SHELL: &str = "local_shell";

/// The schema of the local shell as a function: its `action`.
pub(super) const SHELL_SCHEMA: &str = concat!(
    r#"{"type":"object","properties":{"command":{"type":"array","items":{"type":"string"},"#,
    r#""description":"The command and its arguments."},"working_directory":{"type":"string"},"#,
    r#""timeout_ms":{"type":"integer"},"env":{"type":"object","additionalProperties":{"type":"string"}}},"#,
    r#""required":["command"]}"#
);

/// The name of a tool in a namespace, as other endpoints are told it. Joined by two underscores, unless the namespace
/// ends in one.
pub(super) fn flat<'a>(namespace: Option<&str>, name: Text<'a>) -> Text<'a> {
    match namespace {
        // A function outside of namespaces may be called with its own name as one.
        Some(space) if !space.is_empty() && space != name => {
            let joint = if space.ends_with('_') { "" } else { "__" };
            Cow::Owned(format!("{space}{joint}{name}"))
        }
        _ => name,
    }
}

/// The client's tools that are called otherwise than other endpoints know them.
#[derive(Debug, Default)]
pub(super) struct Spaces {
    /// Namespace and name by flat name.
    spaced: BTreeMap<String, (String, String)>,
    shell: bool,
}

impl Spaces {
    /// Reads them out of what the answer repeats of the request.
    pub(super) fn of(echo: &str) -> Self {
        let mut spaces = Self::default();
        let Ok(echo) = Members::of(echo) else { return spaces };
        for tool in echo.array("tools").unwrap_or_default() {
            // Most tools are plain functions: their schemas need not be read.
            if !(tool.contains("\"namespace\"") || tool.contains("\"local_shell\"")) {
                continue;
            }
            let Ok(tool) = Members::of(tool) else { continue };
            match tool.word("type").as_deref() {
                Some("local_shell") => spaces.shell = true,
                Some("namespace") => spaces.add(&tool),
                _ => {}
            }
        }
        spaces
    }

    fn add(&mut self, namespace: &Members<'_>) {
        let Some(space) = namespace.name("name") else { return };
        for tool in namespace.array("tools").unwrap_or_default() {
            let Ok(tool) = Members::of(tool) else { continue };
            let Some(name) = tool.name("name") else { continue };
            let own = (space.clone().into_owned(), name.clone().into_owned());
            self.spaced.insert(flat(Some(&space), name).into_owned(), own);
        }
    }

    /// Namespace and name of the tool that other endpoints call `name`.
    pub(super) fn split<'s>(&'s self, name: &'s str) -> (Option<&'s str>, &'s str) {
        match self.spaced.get(name) {
            Some((space, own)) => (Some(space), own),
            None => (None, name),
        }
    }

    /// Whether `name` is the local shell.
    pub(super) fn is_shell(&self, name: &str) -> bool {
        self.shell && name == SHELL
    }
}

/// The local shell's `action` of a call's input.
pub(super) fn action(input: &str) -> String {
    let Ok(given) = Members::of(input) else { return action("{}") };
    let mut action = Members::default()
        .with("type", "\"exec\"")
        .with("command", given.given("command").unwrap_or("[]"))
        .with("env", given.given("env").unwrap_or("{}"));
    for key in ["working_directory", "timeout_ms", "user"] {
        if let Some(value) = given.given(key) {
            action.set(key, value);
        }
    }
    action.text()
}

/// The input of a call that is this `action` of the local shell.
pub(super) fn input_of_action(action: &str) -> Option<String> {
    let mut input = Members::of(json::value(action)?).ok()?;
    input.remove("type");
    Some(input.text())
}
