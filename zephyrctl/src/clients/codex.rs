//! OpenAI Codex. Its built-in provider cannot be redirected in the file, so it gets one more provider.

use crate::language::words;
use std::path::PathBuf;
use zephyr_words::say;

use super::{Client, Settings, directory};
use crate::settings::{Edit, Format};

const PROVIDER: &str = "zephyr";

pub(super) const CLIENT: Client = Client {
    name: "codex",
    variables: |base| vec![("OPENAI_BASE_URL", format!("{base}/v1"))],
    settings: Some(Settings { file: || in_home("config.toml"), format: Format::Toml, edits }),
    note: Some(|| say!(words(), "codex-note")),
};

fn edits(base: &str) -> Vec<Edit> {
    let mut edits = vec![
        Edit::text(&["model_provider"], PROVIDER),
        Edit::text(&["model_providers", PROVIDER, "name"], "Zephyr"),
        Edit::text(&["model_providers", PROVIDER, "base_url"], &format!("{base}/v1")),
        Edit::text(&["model_providers", PROVIDER, "wire_api"], "responses"),
    ];
    // A login stays in use; without one Codex would insist on it, although zephyrd may hold the credential.
    if in_home("auth.json").is_some_and(|login| login.exists()) {
        edits.push(Edit::flag(&["model_providers", PROVIDER, "requires_openai_auth"], true));
    }
    edits
}

fn in_home(file: &str) -> Option<PathBuf> {
    Some(directory("CODEX_HOME", ".codex")?.join(file))
}
