//! What a text points at outside itself.

use std::path::PathBuf;

use super::super::facts::Needs;
use super::super::raw::{self, Table};
use super::super::vocabulary::{Kind, section};

/// Before the name of a systemd credential in [`Needs::files`].
pub const CREDENTIAL_PREFIX: &str = "credential:";

pub(super) fn needs(table: &Table) -> Needs {
    let server = table.table("server");
    let env_file = server.and_then(|s| s.get("env_file")?.text().map(PathBuf::from));
    let mut files: Vec<PathBuf> = Vec::new();
    raw::visit(table, section(""), &mut |key, node| {
        let Some(text) = node.text() else { return };
        if key.kind == Kind::File && text.starts_with('/') {
            files.push(PathBuf::from(text));
        } else if key.name == "credential" && is_credential_name(text) {
            files.push(PathBuf::from(format!("{CREDENTIAL_PREFIX}{text}")));
        }
    });
    files.sort();
    files.dedup();
    Needs { env_file: env_file.filter(|p| p.is_absolute()), files }
}

/// Whether systemd would take `name`: one path component.
pub(super) fn is_credential_name(name: &str) -> bool {
    !name.is_empty()
        && name != "."
        && name != ".."
        && name.len() < 256
        && !name.contains(|c: char| c == '/' || c == ':' || c.is_control())
}
