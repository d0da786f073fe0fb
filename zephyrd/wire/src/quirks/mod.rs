//! In what an endpoint differs from its dialect, as data.
//!
//! Servers that speak "the OpenAI API" differ in small things, each of which fails a whole request. The default is what the
//! vendor of the dialect does itself. Quirks hold for translated requests; of same-dialect requests only what
//! the endpoint was configured or seen to refuse is taken out.

mod limit;
mod models;
mod profiles;
mod refused;

use crate::form::Level;
pub use models::ModelRule;
pub use profiles::{PROFILES, Profile};
pub use refused::{Learnt, Refusal, refused, strip};

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct Quirks {
    /// Top-level members of a request that the endpoint refuses: they are left out.
    pub without: Vec<String>,
    /// Values of `anthropic-beta` that it refuses.
    pub without_betas: Vec<String>,
    /// Top-level members that it wants, as JSON text; they are added where absent.
    pub with: Vec<(String, String)>,
    /// Where Chat Completions turns of the assistant carry thinking that is handed back.
    pub thinking_field: ThinkingField,
    /// How Chat Completions endpoints are told how much to think.
    pub effort_field: EffortField,
    /// The levels of effort that it knows; a level between is rounded to the nearest, up where two are. Empty = all that
    /// the dialect has.
    pub levels: Vec<Level>,
    /// Chat Completions: the limit of the answer is called `max_completion_tokens` instead of `max_tokens`.
    pub max_completion_tokens: bool,
    /// The limit of the answer where the client names none and the dialect wants one (Anthropic), and the most that the
    /// endpoint takes where it is known.
    pub max_tokens: Option<u64>,
    /// Most characters of a tool's name.
    pub tool_name: usize,
    /// What ids of calls it takes.
    pub call_id: CallId,
    /// Instructions are taken in the first turn alone.
    pub system_first: bool,
    /// Instructions are called `developer` instead of `system`.
    pub developer: bool,
    /// Turns must alternate between user and assistant.
    pub alternate: bool,
    /// Chat Completions: `stream_options` is understood.
    pub stream_options: bool,
    /// Images and documents are understood in results of tools.
    pub media_in_results: bool,
    /// Chat Completions: where the prompt's cache may end is told as Anthropic does (`cache_control`), to Anthropic's models.
    pub cache_control: bool,
    /// What forms it answers in.
    pub forms: Forms,
    /// What holds for some of its models ([`Quirks::for_model`]).
    pub models: &'static [ModelRule],
}

/// Where thinking is handed back to a Chat Completions endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThinkingField {
    /// Nowhere (OpenAI).
    None,
    /// `reasoning_content` in every turn of the assistant (Kimi, GLM, vLLM, llama.cpp).
    Content,
    /// `reasoning_content`, but only in loops of tools: the one that is running, and earlier ones in which a tool was called
    /// (DeepSeek refuses a history whose turns with calls lack it, and ignores others).
    ContentInLoop,
    /// `reasoning` and `reasoning_details` (OpenRouter).
    Details,
}

impl ThinkingField {
    /// All of them, by their names in the config.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("none", Self::None),
        ("content", Self::Content),
        ("content-in-loop", Self::ContentInLoop),
        ("details", Self::Details),
    ];
}

/// How a Chat Completions endpoint is told how much to think.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EffortField {
    /// It is not told.
    None,
    /// `reasoning_effort` (OpenAI).
    Effort,
    /// `reasoning: {effort | max_tokens | enabled}` (OpenRouter).
    Reasoning,
    /// `thinking: {type: enabled | disabled}` (DeepSeek, GLM, Kimi).
    Thinking,
    /// `enable_thinking` and `thinking_budget` (Qwen).
    EnableThinking,
    /// `chat_template_kwargs: {enable_thinking}` (vLLM, llama.cpp).
    Template,
}

impl EffortField {
    /// All of them, by their names in the config.
    pub const NAMES: [(&'static str, Self); 6] = [
        ("none", Self::None),
        ("effort", Self::Effort),
        ("reasoning", Self::Reasoning),
        ("thinking", Self::Thinking),
        ("enable-thinking", Self::EnableThinking),
        ("template", Self::Template),
    ];
}

/// What ids of calls an endpoint takes. Ids are the client's, or of whoever made the call; one that an endpoint takes
/// reaches it as it is, because it may be its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallId {
    /// All that its dialect does.
    Any,
    /// Of at most so many bytes (OpenAI).
    UpTo(usize),
    /// Of exactly so many letters and digits (Mistral).
    Exactly(usize),
}

/// The forms that an endpoint answers in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forms {
    /// Streams and whole answers.
    Both,
    /// Streams alone.
    Streams,
    /// Whole answers alone.
    Wholes,
}

impl Forms {
    /// All of them, by their names in the config.
    pub const NAMES: [(&'static str, Self); 3] =
        [("both", Self::Both), ("streams", Self::Streams), ("wholes", Self::Wholes)];
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            without: Vec::new(),
            without_betas: Vec::new(),
            with: Vec::new(),
            thinking_field: ThinkingField::Content,
            effort_field: EffortField::Effort,
            levels: Vec::new(),
            max_completion_tokens: false,
            max_tokens: None,
            tool_name: 64,
            call_id: CallId::Any,
            system_first: false,
            developer: false,
            alternate: false,
            stream_options: true,
            media_in_results: false,
            cache_control: false,
            forms: Forms::Both,
            models: &[],
        }
    }
}
