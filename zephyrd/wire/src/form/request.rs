//! A request in the intermediate form.

use super::{Json, Seal, Text};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Request<'a> {
    /// The model, as the endpoint is to be asked for it.
    pub model: Text<'a>,
    /// A stream is asked for.
    pub stream: bool,
    /// The client wishes usage inside its stream. Only Chat Completions clients can wish otherwise.
    pub stream_usage: bool,
    /// The conversation in its order. Instructions are turns of [`Role::System`], wherever they stand.
    pub turns: Vec<Turn<'a>>,
    /// Tools that may be called.
    pub tools: Vec<Tool<'a>>,
    /// Which of them must be.
    pub choice: Option<Choice<'a>>,
    /// Whether several calls may come in one answer; `None` = the endpoint's default.
    pub parallel: Option<bool>,
    /// Most tokens of the answer, thinking included.
    pub max_tokens: Option<u64>,
    /// How tokens are drawn.
    pub sampling: Sampling<'a>,
    /// Texts that end the answer.
    pub stops: Vec<Text<'a>>,
    /// Whether and how much it thinks first.
    pub reasoning: Reasoning,
    /// What the answer's text must look like.
    pub format: Option<Format<'a>>,
    /// How long the answer's text should be.
    pub verbosity: Option<Text<'a>>,
    /// Who asks, for the vendor's own protection: Anthropic's `metadata.user_id`, OpenAI's `safety_identifier` and `user`.
    pub user: Option<Text<'a>>,
    /// What OpenAI calls `prompt_cache_key`.
    pub cache_key: Option<Text<'a>>,
    /// `service_tier`, as the client wrote it.
    pub service_tier: Option<Text<'a>>,
    /// OpenAI's `metadata`: an object of strings.
    pub metadata: Option<Json<'a>>,
    /// OpenAI's `store`.
    pub store: Option<bool>,
    /// Top-level members of the request that its reader knows and this form has no place for, by name. A writer of
    /// another dialect reports them as lost.
    pub beside: Vec<&'static str>,
}

/// One turn of the conversation. Neighbours may have the same role.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Turn<'a> {
    /// Whose it is.
    pub role: Role,
    /// Its parts in order.
    pub parts: Vec<Part<'a>>,
    /// OpenAI's `name` of the participant.
    pub name: Option<Text<'a>>,
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// Instructions: `system`, `developer`, Responses' `instructions`.
    System,
    /// The person's, and results of tools.
    #[default]
    User,
    /// The model's.
    Assistant,
}

/// A part of a turn.
#[derive(Debug, Clone, PartialEq)]
pub enum Part<'a> {
    /// Text. Of the model's own, citations and annotations are not kept.
    Text {
        /// The text.
        text: Text<'a>,
        /// The prompt's cache may end behind it: Anthropic's `cache_control`, its own JSON.
        cache: Option<Json<'a>>,
    },
    /// An image, document, sound.
    Media(Media<'a>),
    /// The model called a tool.
    Call {
        /// The call's id, as the client knows it.
        id: Text<'a>,
        /// The tool's name.
        name: Text<'a>,
        /// A JSON object. What was no sound JSON object is `{}`.
        input: Json<'a>,
    },
    /// What a tool gave.
    Result(Result<'a>),
    /// The model thought.
    Thinking(Thinking<'a>),
    /// The model refused, in these words (OpenAI's `refusal`).
    Refusal(Text<'a>),
}

/// An image, a document or a sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Media<'a> {
    /// `image/png`, `application/pdf`, `text/plain`, `audio/wav`; `image/*` where only that is known.
    pub kind: Text<'a>,
    /// Where it is.
    pub source: Source<'a>,
    /// A document's title or file name.
    pub title: Option<Text<'a>>,
    /// OpenAI's `detail` of an image.
    pub detail: Option<Text<'a>>,
    /// As in [`Part::Text`].
    pub cache: Option<Json<'a>>,
}

/// Where a medium is.
#[derive(Debug, Clone, PartialEq)]
pub enum Source<'a> {
    /// In the request, base64.
    Base64(Text<'a>),
    /// In the request, as text (Anthropic's plain text documents).
    Plain(Text<'a>),
    /// Where the endpoint fetches it.
    Url(Text<'a>),
    /// At the vendor, by an id: known to no other.
    File(Text<'a>),
}

/// What a tool gave.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Result<'a> {
    /// The call's id.
    pub id: Text<'a>,
    /// Texts and media; empty where it gave nothing.
    pub parts: Vec<Part<'a>>,
    /// It failed.
    pub error: bool,
    /// As in [`Part::Text`].
    pub cache: Option<Json<'a>>,
}

/// What the model thought.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Thinking<'a> {
    /// In words; empty where only its author can read it.
    pub text: Text<'a>,
    /// What its author wants back.
    pub seal: Seal<'a>,
}

/// A tool.
#[derive(Debug, Clone, PartialEq)]
pub enum Tool<'a> {
    /// A function with a schema.
    Function {
        /// Its name.
        name: Text<'a>,
        /// What it is for.
        description: Option<Text<'a>>,
        /// JSON Schema of its input, an object.
        schema: Json<'a>,
        /// Whether its input must follow the schema to the letter.
        strict: Option<bool>,
        /// As in [`Part::Text`].
        cache: Option<Json<'a>>,
    },
    /// A tool that takes free text (Responses' `custom`; Codex' `apply_patch`): as a function it has one string, `input`.
    Free {
        /// Its name.
        name: Text<'a>,
        /// What it is for, its grammar included where it has one.
        description: Option<Text<'a>>,
    },
    /// One that the vendor runs: its `type`, which no other dialect knows.
    Vendor {
        /// `web_search_20250305`, `web_search`, `code_interpreter`, …
        kind: Text<'a>,
        /// Its name, where it has one.
        name: Option<Text<'a>>,
    },
}

/// Which tools must be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice<'a> {
    /// As the model likes.
    Auto,
    /// None.
    None,
    /// At least one.
    Any,
    /// This one.
    Tool(Text<'a>),
}

/// How tokens are drawn. Numbers are JSON text, with the client's own digits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sampling<'a> {
    /// `temperature`.
    pub temperature: Option<Json<'a>>,
    /// `top_p`.
    pub top_p: Option<Json<'a>>,
    /// `top_k`.
    pub top_k: Option<Json<'a>>,
    /// `seed`.
    pub seed: Option<Json<'a>>,
    /// `presence_penalty`.
    pub presence: Option<Json<'a>>,
    /// `frequency_penalty`.
    pub frequency: Option<Json<'a>>,
    /// `logit_bias`.
    pub bias: Option<Json<'a>>,
}

/// Whether and how much a model thinks before it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reasoning {
    /// How much; `None` = the endpoint's default.
    pub effort: Option<Effort>,
    /// Its words are to be shown: Responses' `summary`, Anthropic's `display`; `None` = the endpoint's default.
    pub shown: Option<bool>,
    /// What only its author can read is to be given along (Responses' `include: reasoning.encrypted_content`).
    pub sealed: bool,
}

/// How much a model thinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Not at all.
    Off,
    /// As much as it likes (Anthropic's `adaptive`).
    Adaptive(Option<Level>),
    /// By level.
    Level(Level),
    /// At most so many tokens (Anthropic's `budget_tokens`).
    Budget(u64),
}

/// The levels of effort, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// `minimal`.
    Minimal,
    /// `low`.
    Low,
    /// `medium`.
    Medium,
    /// `high`.
    High,
    /// `xhigh`.
    XHigh,
    /// `max`.
    Max,
}

/// What an answer's text must look like.
#[derive(Debug, Clone, PartialEq)]
pub enum Format<'a> {
    /// Some JSON object.
    Json,
    /// JSON of a schema.
    Schema {
        /// A name for it.
        name: Option<Text<'a>>,
        /// What it is for.
        description: Option<Text<'a>>,
        /// JSON Schema.
        schema: Json<'a>,
        /// Whether it must be followed to the letter.
        strict: Option<bool>,
    },
}

impl Level {
    /// Every level, weakest first.
    pub const ALL: [Self; 6] = [Self::Minimal, Self::Low, Self::Medium, Self::High, Self::XHigh, Self::Max];

    /// Its name at the vendors that know it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Minimal => "minimal",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::XHigh => "xhigh",
            Self::Max => "max",
        }
    }

    /// The level called `name`.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }

    /// So many tokens of thinking (Anthropic's `budget_tokens`, at least 1,024) are about as much.
    #[must_use]
    pub fn budget(self) -> u64 {
        match self {
            Self::Minimal | Self::Low => 1_024,
            Self::Medium => 8_192,
            Self::High => 16_384,
            Self::XHigh => 24_576,
            Self::Max => 31_999,
        }
    }

    /// The level that a budget of tokens is about as much as.
    #[must_use]
    pub fn of_budget(tokens: u64) -> Self {
        match tokens {
            0..4_096 => Self::Low,
            4_096..16_384 => Self::Medium,
            _ => Self::High,
        }
    }
}
