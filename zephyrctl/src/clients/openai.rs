//! The OpenAI SDKs: they read a variable and have no settings file.

use super::Client;

pub(super) const CLIENT: Client = Client {
    name: "openai",
    variables: |base| vec![("OPENAI_BASE_URL", format!("{base}/v1"))],
    settings: None,
    note: None,
};
