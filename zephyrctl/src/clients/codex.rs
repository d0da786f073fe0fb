//! OpenAI Codex. Its built-in provider cannot be redirected in the file, so it gets one more provider.

use super::{Client, Settings, directory};
use crate::settings::{Edit, Format};

const PROVIDER: &str = "zephyr";

/// `requires_openai_auth` keeps the client's own login in use.
pub(super) const CLIENT: Client = Client {
    name: "codex",
    variables: |base| vec![("OPENAI_BASE_URL", format!("{base}/v1"))],
    settings: Some(Settings {
        file: || Some(directory("CODEX_HOME", ".codex")?.join("config.toml")),
        format: Format::Toml,
        edits: |base| {
            vec![
                Edit::text(&["model_provider"], PROVIDER),
                Edit::text(&["model_providers", PROVIDER, "name"], "Zephyr"),
                Edit::text(&["model_providers", PROVIDER, "base_url"], &format!("{base}/v1")),
                Edit::text(&["model_providers", PROVIDER, "wire_api"], "responses"),
                Edit::flag(&["model_providers", PROVIDER, "requires_openai_auth"], true),
            ]
        },
    }),
    note: Some(
        "not every version of Codex reads OPENAI_BASE_URL; `zephyrctl env codex --write` works for all",
    ),
};
