//! Claude Code, and every program on the Anthropic SDKs.

use super::{Client, Settings, directory};
use crate::settings::{Edit, Format};

/// `env` of its settings is put into its environment at start.
pub(super) const CLIENT: Client = Client {
    name: "claude",
    variables: |base| vec![("ANTHROPIC_BASE_URL", base.to_owned())],
    settings: Some(Settings {
        file: || Some(directory("CLAUDE_CONFIG_DIR", ".claude")?.join("settings.json")),
        format: Format::Json,
        edits: |base| vec![Edit::text(&["env", "ANTHROPIC_BASE_URL"], base)],
    }),
    note: None,
};
