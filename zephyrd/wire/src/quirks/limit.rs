//! The most tokens of an answer that a model gives, read out of the refusal of a request for more.
//!
//! Agents ask for what the model that they know could give: 32,000 or 128,000 tokens. Another model refuses that, and
//! nearly all name what they would take.

use crate::translate::numbers;

/// What the limit is called.
const NAMES: [&str; 3] = ["max_tokens", "max_completion_tokens", "max_output_tokens"];
/// Behind which words the most stands, lower case.
const BEFORE: [&str; 7] = [
    // OpenAI, Azure
    "this model supports at most ",
    "expected a value <= ",
    // DeepSeek
    "valid range of max_tokens is [1, ",
    // Qwen
    "range of max_tokens should be [1, ",
    // Groq
    "must be less than or equal to `",
    "must be less than or equal to ",
    // Anthropic: `max_tokens: 128000 > 64000, which is the maximum allowed number of output tokens`
    " > ",
];
/// Less is no limit of a model but of this one request.
const LEAST: u64 = 256;

/// The most tokens of an answer, if `words` refuse a request for more.
pub(super) fn most_tokens(words: &str) -> Option<u64> {
    let words = words.to_lowercase();
    // What is left of a window depends on the prompt.
    if !NAMES.iter().any(|name| words.contains(name)) || words.contains("context") {
        return None;
    }
    let at = BEFORE.iter().find_map(|before| words.find(before).map(|at| at + before.len()))?;
    let ends_in_number = words[at..].starts_with(|c: char| c.is_ascii_digit());
    numbers(&words[at..]).next().filter(|most| ends_in_number && *most >= LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_servers_words_name_the_most() {
        for (words, most) in [
            (
                "max_tokens is too large: 32000. This model supports at most 16384 completion tokens, whereas you provided 32000.",
                16_384,
            ),
            (
                "Invalid 'max_output_tokens': integer above maximum value. Expected a value <= 4096, but got 32000 instead.",
                4096,
            ),
            ("Invalid max_tokens value, the valid range of max_tokens is [1, 8192]", 8192),
            ("<400> InternalError.Algo.InvalidParameter: Range of max_tokens should be [1, 8192]", 8192),
            (
                "The parameter `max_completion_tokens` specified in the request are not valid: expected a value <= 12288, but got 32000",
                12_288,
            ),
            ("`max_tokens` must be less than or equal to `8192`, the maximum value for `max_tokens`", 8192),
            (
                "max_tokens: 128000 > 64000, which is the maximum allowed number of output tokens for claude-opus-4-1",
                64_000,
            ),
        ] {
            assert_eq!(most_tokens(words), Some(most), "{words}");
        }
    }

    #[test]
    fn what_a_prompt_leaves_and_other_numbers_are_none() {
        for words in [
            "input length and `max_tokens` exceed context limit: 4000 + 5000 > 8192",
            "'max_tokens' is too large: 5000. This model's maximum context length is 8192 tokens",
            "max_tokens must be greater than thinking.budget_tokens",
            "max_tokens: 5 > 0",
            "prompt is too long: 210000 tokens > 200000 maximum",
            "",
        ] {
            assert_eq!(most_tokens(words), None, "{words}");
        }
    }
}
