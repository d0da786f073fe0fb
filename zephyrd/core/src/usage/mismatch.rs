//! Whether an answer comes from another model than was asked for.
//!
//! A warning that is wrong is worse than none: names that only the endpoint can know (deployments, aliases of
//! a broker) are never a mismatch.

use super::model_name::essence;

/// How the names of models begin that are the same everywhere.
const FAMILIES: &[&str] = &[
    "chatgpt-",
    "claude-",
    "codestral",
    "codex-",
    "deepseek-",
    "devstral",
    "gemini-",
    "gemma",
    "glm-",
    "gpt-",
    "grok-",
    "kimi-",
    "llama-",
    "minimax-",
    "mistral-",
    "o1",
    "o3",
    "o4-",
    "qwen",
    "qwq",
];
/// Names that move from model to model within a family.
const MOVING: &[&str] =
    &["deepseek-chat", "deepseek-coder", "deepseek-flash", "deepseek-pro", "deepseek-reasoner"];

/// Whether `answered` is certainly another model than `asked`. Dates, regions, vendors, `-latest`, `[1m]` and case
/// make no other model; an empty name is not known, and so no mismatch.
#[must_use]
pub fn is_mismatch(asked: &str, answered: &str) -> bool {
    if asked.is_empty() || answered.is_empty() || asked.eq_ignore_ascii_case(answered) {
        return false;
    }
    let (asked, answered) = (essence(asked), essence(answered));
    let known = |name: &str| FAMILIES.iter().any(|family| name.starts_with(family));
    let moving = MOVING.contains(&asked.as_str()) && answered.starts_with("deepseek-");
    known(&asked) && !answered.is_empty() && asked != answered && !moving
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_model_by_two_names_is_no_mismatch() {
        for (asked, answered) in [
            ("", "claude-haiku-4-5"),
            ("claude-haiku-4-5", ""),
            ("claude-haiku-4-5", "claude-haiku-4-5-20251001"),
            ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
            ("claude-sonnet-4-5[1m]", "claude-sonnet-4-5-20250929"),
            ("claude-3-5-haiku-latest", "claude-3-5-haiku-20241022"),
            ("claude-opus-4-0", "claude-opus-4-20250514"),
            ("claude-opus-4-5", "us.anthropic.claude-opus-4-5-20251101-v1:0"),
            ("global.anthropic.claude-sonnet-4-20250514-v1:0", "claude-sonnet-4-20250514"),
            ("claude-3-5-sonnet-v2@20241022", "claude-3-5-sonnet-20241022"),
            ("claude-opus-4-6@default", "claude-opus-4-6"),
            ("anthropic/claude-opus-4.5", "claude-opus-4-5-20251101"),
            ("anthropic/claude-3.7-sonnet:thinking", "anthropic/claude-3.7-sonnet"),
            ("claude-sonnet-4-5-thinking", "claude-sonnet-4-5"),
            ("Claude-Sonnet-4-5", "claude-sonnet-4-5"),
            ("anthropic/claude-sonnet-4.5", "anthropic/claude-4.5-sonnet-20250929"),
            ("claude-sonnet-3.5", "claude-3-5-sonnet-20241022"),
            ("gpt-35-turbo", "gpt-3.5-turbo-0125"),
            ("mistral-large-latest", "mistral-large-2411"),
            ("o1-preview", "o1-preview-2024-09-12"),
            ("gpt-4o", "gpt-4o-2024-08-06"),
            ("gpt-5-mini", "gpt-5-mini-2025-08-07"),
            ("gpt-5", "openai/gpt-5-2025-08-07"),
            ("gpt-5-high", "gpt-5-2025-08-07"),
            ("gpt-4", "gpt-4-0613"),
            ("gpt-3.5-turbo", "gpt-3.5-turbo-0125"),
            ("gpt-4.1", "gpt-4.1-2025-04-14"),
            ("o3", "o3-2025-04-16"),
            ("ft:gpt-4o-mini-2024-07-18:acme::x1", "ft:gpt-4o-mini-2024-07-18:acme::x1"),
            ("deepseek-chat", "deepseek-v3.2"),
            ("deepseek/deepseek-chat-v3-0324:free", "deepseek/deepseek-chat-v3-0324"),
            ("kimi-k2", "kimi-k2-0905-preview"),
            ("moonshotai/kimi-k2.5", "kimi-k2.5"),
            ("qwen-plus", "qwen-plus-2025-07-28"),
            ("glm-4.6", "GLM-4.6"),
            ("gemini-2.5-pro", "models/gemini-2.5-pro-preview-05-06"),
            ("gemini-2.0-flash", "gemini-2.0-flash-001"),
            ("demo", "demo"),
            // Names of the endpoint's own making say nothing.
            ("my-deployment", "gpt-4o-2024-08-06"),
            ("openrouter/auto", "anthropic/claude-sonnet-4.5"),
            ("sonnet", "claude-sonnet-4-5"),
        ] {
            assert!(!is_mismatch(asked, answered), "{asked} answered by {answered}");
        }
    }

    #[test]
    fn another_model_is_a_mismatch() {
        for (asked, answered) in [
            ("claude-opus-4-5", "claude-haiku-4-5"),
            ("claude-opus-4-5", "claude-opus-4-1-20250805"),
            ("claude-opus-4", "claude-opus-4-1"),
            ("claude-sonnet-4-5-20250929", "claude-sonnet-4-20250514"),
            ("claude-sonnet-4-5", "glm-4.6"),
            ("claude-3-5-sonnet-20241022", "claude-3-5-haiku-20241022"),
            ("gpt-5", "gpt-5-mini"),
            ("gpt-5", "gpt-5-codex"),
            ("gpt-5", "gpt-5.1-2025-11-13"),
            ("gpt-4o", "gpt-4o-mini-2024-07-18"),
            ("gpt-4.1", "gpt-4.1-nano"),
            ("o3", "o3-mini"),
            ("o3-mini", "o4-mini"),
            ("deepseek-v3.2", "deepseek-v4-flash"),
            ("deepseek-reasoner", "qwen3-max"),
            ("kimi-k2-thinking", "kimi-k2"),
            ("glm-4.6", "glm-4.5-air"),
            ("qwen3-coder-plus", "qwen3-coder-flash"),
            ("gpt-5", "some-local-model"),
        ] {
            assert!(is_mismatch(asked, answered), "{asked} answered by {answered}");
        }
    }

    #[test]
    fn odd_names_break_nothing() {
        for name in [
            "-",
            ":",
            "@",
            "/",
            "[",
            "[]",
            "claude",
            "claude-v",
            "-2025-01-01",
            "ä-20250101",
            "-0",
            "gpt-",
            "é@é:é",
        ] {
            let _ = (is_mismatch(name, "claude-x"), is_mismatch("claude-x", name));
            let _ = crate::usage::model_name::candidates(name);
        }
    }
}
