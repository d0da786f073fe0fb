//! opencode. Its base URLs contain the version of the API.

use std::path::PathBuf;

use super::{Client, Settings, directory};
use crate::settings::{Edit, Format};

/// The variable carries a whole config, which opencode merges over its files.
pub(super) const CLIENT: Client = Client {
    name: "opencode",
    variables: |base| {
        let config =
            serde_json::json!({"provider": {"anthropic": {"options": {"baseURL": format!("{base}/v1")}}}});
        vec![("OPENCODE_CONFIG_CONTENT", config.to_string())]
    },
    settings: Some(Settings {
        file,
        format: Format::Json,
        edits: |base| {
            vec![Edit::text(&["provider", "anthropic", "options", "baseURL"], &format!("{base}/v1"))]
        },
    }),
    note: None,
};

/// The file with comments is taken where it is the only one.
fn file() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("OPENCODE_CONFIG").filter(|v| !v.is_empty()) {
        return Some(PathBuf::from(named));
    }
    let dir = directory("XDG_CONFIG_HOME", ".config")?.join("opencode");
    let (plain, commented) = (dir.join("opencode.json"), dir.join("opencode.jsonc"));
    Some(if !plain.exists() && commented.exists() { commented } else { plain })
}
