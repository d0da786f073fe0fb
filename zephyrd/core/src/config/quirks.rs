//! In what an endpoint differs from its dialect, as the config says it.
//!
//! Plain values: what they mean is known where requests are written. `None` = as the profile says.

/// See the module. Names are those of the vocabulary.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Quirks {
    /// Which server it is; `None` = by the URL's host.
    pub profile: Option<String>,
    /// Top-level members of a request that it refuses.
    pub without: Option<Vec<String>>,
    /// Values of `anthropic-beta` that it refuses.
    pub without_betas: Option<Vec<String>>,
    /// Top-level members that translated requests get where they have none.
    pub with: Option<toml::Table>,
    /// Where thinking is handed back.
    pub thinking_field: Option<String>,
    /// How it is told how much to think.
    pub effort_field: Option<String>,
    /// The levels of effort that it knows; empty = all of its dialect.
    pub levels: Option<Vec<String>>,
    /// What it calls the limit of the answer.
    pub token_field: Option<String>,
    /// Most tokens of an answer.
    pub max_tokens: Option<u32>,
    /// Most characters of a tool's name.
    pub max_tool_name: Option<u32>,
    /// Exact length of the ids of tool calls.
    pub call_id_length: Option<u32>,
    /// Instructions are taken in the first turn alone.
    pub system_first: Option<bool>,
    /// Instructions are called `developer`.
    pub developer: Option<bool>,
    /// Turns must alternate.
    pub alternate: Option<bool>,
    /// `stream_options` is understood.
    pub stream_options: Option<bool>,
    /// Images are understood in the results of tools.
    pub media_in_results: Option<bool>,
    /// Anthropic's models are told where the prompt's cache may end.
    pub cache_control: Option<bool>,
    /// What forms it answers in.
    pub forms: Option<String>,
}
