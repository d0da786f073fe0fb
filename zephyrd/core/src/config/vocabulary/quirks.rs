//! The keys that say in what an endpoint differs from its dialect.

use super::{Key, Kind, Section, key};

/// Servers whose differences are built in.
pub(super) const PROFILES: &[&str] = &[
    "generic",
    "openai",
    "azure",
    "openrouter",
    "deepseek",
    "kimi",
    "glm",
    "qwen",
    "vllm",
    "llama-cpp",
    "ollama",
    "lm-studio",
    "mistral",
    "groq",
    "xai",
    "gemini",
];

pub(super) const PROFILE: Key = key(
    "profile",
    Kind::Choice(PROFILES),
    "Which server it is, for its differences from its dialect; default: by the URL's host, else generic",
);
pub(super) const QUIRKS_KEY: Key = key(
    "quirks",
    Kind::Table("quirks"),
    "What differs from its `profile`; a key that is left out is as there",
);

pub(super) const QUIRKS: Section = Section {
    name: "quirks",
    title: "`quirks`",
    doc: "In what an endpoint differs from its dialect, where its profile does not say it",
    keys: &[
        key("without", Kind::Texts, "Top-level members of a request that it refuses: they are left out"),
        key("without_betas", Kind::Texts, "Values of `anthropic-beta` that it refuses: they are left out"),
        key("with", Kind::Values, "Top-level members that translated requests get where they have none"),
        key(
            "thinking_field",
            Kind::Choice(&["none", "content", "content-in-loop", "details"]),
            "Chat: where thinking is handed back: `reasoning_content`, or `reasoning_details`",
        ),
        key(
            "effort_field",
            Kind::Choice(&["none", "effort", "reasoning", "thinking", "enable-thinking", "template"]),
            "Chat: how it is told how much to think: `reasoning_effort`, `reasoning`, `thinking` and so on",
        ),
        key(
            "levels",
            Kind::Texts,
            "Levels of effort that it knows, of minimal, low, medium, high, xhigh, max",
        ),
        key(
            "token_field",
            Kind::Choice(&["max_tokens", "max_completion_tokens"]),
            "Chat: what it calls the limit of the answer",
        ),
        key(
            "max_tokens",
            Kind::Integer { min: 1, max: 10_000_000 },
            "Most tokens of an answer; also the limit where a client names none and the dialect wants one",
        ),
        key("max_tool_name", Kind::Integer { min: 16, max: 512 }, "Most characters of a tool's name"),
        key(
            "call_id_length",
            Kind::Integer { min: 4, max: 64 },
            "Exact length of the ids of tool calls, letters and digits alone",
        ),
        key("system_first", Kind::Flag, "Instructions are taken in the first turn alone"),
        key("developer", Kind::Flag, "Instructions are called `developer` instead of `system`"),
        key("alternate", Kind::Flag, "Turns must alternate between user and assistant"),
        key("stream_options", Kind::Flag, "Chat: `stream_options` is understood"),
        key("media_in_results", Kind::Flag, "Images are understood in the results of tools"),
        key(
            "cache_control",
            Kind::Flag,
            "Chat: Anthropic's models are told where the cache may end, as Anthropic does",
        ),
        key(
            "forms",
            Kind::Choice(&["both", "streams", "wholes"]),
            "Whether it answers with streams, with whole answers, or with both",
        ),
    ],
};
