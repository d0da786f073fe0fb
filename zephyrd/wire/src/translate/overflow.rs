//! Requests that are too long for the model, in every vendor's words.
//!
//! Agents shorten a conversation, or ask for less, only if they recognise that this is what went wrong: Claude Code by
//! Anthropic's sentence (and it reads the numbers in it), Codex by OpenAI's code. The wordings are what the servers named
//! beside them are known to send.

/// How servers say it, lower case. All parts of a row must be there, in this order.
const WORDINGS: &[&[&str]] = &[
    // Anthropic
    &["prompt is too long"],
    &["exceed context limit"],
    // Anthropic models at Bedrock and Vertex AI
    &["input is too long for requested model"],
    &["exceeds the model's context"],
    &["exceeds model context window"],
    // OpenAI, Azure, DeepSeek, vLLM, OpenRouter ("This endpoint's …"), SGLang
    &["maximum context length"],
    &["exceeds the context window"],
    &["input tokens exceed the configured limit"],
    &["reduce the length of the messages"],
    // vLLM
    &["longer than the maximum model length"],
    // SGLang
    &["longer than the model's context length"],
    // llama.cpp
    &["exceeds the available context size"],
    // Ollama
    &["input length exceeds", "context length"],
    // LM Studio
    &["tokens to keep from the initial prompt is greater than the context length"],
    &["loaded with context length of only"],
    // Gemini
    &["input token count", "exceeds the maximum number of tokens allowed"],
    // Qwen (DashScope)
    &["range of input length should be"],
    // Kimi (Moonshot)
    &["exceeded model token limit"],
    // GLM (Zhipu)
    &["prompt exceeds max length"],
    // MiniMax
    &["context window exceeds limit"],
    // xAI
    &["maximum prompt length is"],
    // Mistral
    &["too large for model with", "maximum context length"],
    // GitHub Copilot
    &["prompt token count of", "exceeds the limit of"],
    // Text Generation Inference, Together
    &["`inputs` tokens", "must be <="],
];

/// Behind which words the limit stands, lower case, the clearest first.
const LIMITS: &[&str] = &[
    "maximum context length is ",
    "maximum context length of ",
    "maximum model length of ",
    "maximum prompt length is ",
    "configured limit of ",
    "token limit: ",
    "context length of only ",
    "context size (",
    "context length (",
    "tokens allowed (",
    "input length should be [1, ",
    "exceeds the limit of ",
    "too large for model with ",
    "must be <= ",
    " > ",
];

/// How large a request was and how large it may be, as far as the endpoint tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Overflow {
    /// Tokens of the prompt, or of prompt and answer together where those are not told apart.
    pub tokens: Option<u64>,
    /// Tokens that the model takes.
    pub most: Option<u64>,
    /// The prompt would fit, but not with the answer that was asked for: tokens of the prompt and of the answer.
    pub parts: Option<(u64, u64)>,
}

impl Overflow {
    /// What an error of these words and with this type or code says, if it is one of this kind.
    #[must_use]
    pub fn read(message: &str, code: &str) -> Option<Self> {
        let message = message.to_lowercase();
        let says = |words: &&[&str]| -> bool {
            let mut rest = message.as_str();
            words.iter().all(|word| {
                let found = rest.find(word);
                rest = found.map_or("", |at| &rest[at + word.len()..]);
                found.is_some()
            })
        };
        let by_code = matches!(
            code,
            "context_length_exceeded"
                | "exceed_context_size_error"
                | "model_max_prompt_tokens_exceeded"
                | "1261"
        );
        if !by_code && !WORDINGS.iter().any(says) {
            return None;
        }
        let most = LIMITS.iter().find_map(|words| {
            let at = message.find(words)?;
            numbers(&message[at + words.len()..]).next()
        });
        let tokens = numbers(&message).filter(|n| most.is_some_and(|most| *n > most)).max();
        Some(Self { tokens, most, parts: most.and_then(|most| parts(&message, most)) })
    }

    /// The same in the words by which clients of Anthropic's API know it; `told` are the endpoint's.
    #[must_use]
    pub fn in_anthropics_words(&self, told: &str) -> String {
        match (self.parts, self.tokens, self.most) {
            _ if told.contains("prompt is too long") || told.contains("exceed context limit: ") => {
                told.to_owned()
            }
            (Some((input, output)), _, Some(most)) => format!(
                "input length and `max_tokens` exceed context limit: {input} + {output} > {most}, decrease input length or \
                 `max_tokens` and try again"
            ),
            (None, Some(tokens), Some(most)) => {
                format!("prompt is too long: {tokens} tokens > {most} maximum")
            }
            _ => format!("prompt is too long: {told}"),
        }
    }
}

/// The tokens of prompt and answer, where the words tell both and the prompt alone would fit.
fn parts(message: &str, most: u64) -> Option<(u64, u64)> {
    let before = |words: &str| {
        let at = message.find(words)?;
        let digits = message[..at].trim_end().rsplit(|c: char| !c.is_ascii_digit()).next();
        digits?.parse::<u64>().ok()
    };
    let after = |words: &str| {
        let at = message.find(words)?;
        numbers(&message[at + words.len()..]).next()
    };
    let input =
        before("in the messages").or_else(|| before("input tokens")).or_else(|| before("of text input"))?;
    let output = before("in the completion")
        .or_else(|| before("in the output"))
        .or_else(|| after("is too large: "))?;
    (input < most && input.checked_add(output)? > most).then_some((input, output))
}

/// The whole numbers in a text, in order. Commas between groups of three digits belong to them.
pub(crate) fn numbers(text: &str) -> impl Iterator<Item = u64> {
    let is_digit = |b: Option<&u8>| b.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        at += bytes.get(at..)?.iter().position(u8::is_ascii_digit)?;
        let mut digits = String::new();
        loop {
            if is_digit(bytes.get(at)) {
                digits.push(char::from(bytes[at]));
                at += 1;
            } else if bytes.get(at) == Some(&b',')
                && (1..=3).all(|n| is_digit(bytes.get(at + n)))
                && !is_digit(bytes.get(at + 4))
            {
                at += 1;
            } else {
                break;
            }
        }
        Some(digits.parse().unwrap_or(u64::MAX))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_vendors_wording_is_understood() {
        let cases: &[(&str, Option<u64>, Option<u64>)] = &[
            ("prompt is too long: 210000 tokens > 200000 maximum", Some(210_000), Some(200_000)),
            (
                "This model's maximum context length is 128000 tokens. However, your messages resulted in 130001 tokens. \
                 Please reduce the length of the messages.",
                Some(130_001),
                Some(128_000),
            ),
            (
                "Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 300001 tokens. \
                 Please reduce the length of the messages.",
                Some(300_001),
                Some(272_000),
            ),
            (
                "Your input exceeds the context window of this model. Please adjust your input and try again.",
                None,
                None,
            ),
            (
                "This model's maximum context length is 131072 tokens. However, you requested 140000 tokens (139000 in the \
                 messages, 1000 in the completion). Please reduce the length of the messages or completion.",
                Some(140_000),
                Some(131_072),
            ),
            (
                "This endpoint's maximum context length is 200000 tokens. However, you requested about 210000 tokens \
                 (200100 of text input, 900 of tool input, 9000 in the output). Please reduce the length of either one.",
                Some(210_000),
                Some(200_000),
            ),
            (
                "The decoder prompt (length 5000) is longer than the maximum model length of 4096.",
                Some(5000),
                Some(4096),
            ),
            (
                "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
                Some(5000),
                Some(4096),
            ),
            (
                "request (9001 tokens) exceeds the available context size (8192 tokens), try increasing it",
                Some(9001),
                Some(8192),
            ),
            (
                "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
                Some(1_200_000),
                Some(1_048_576),
            ),
            ("Range of input length should be [1, 129024]", None, Some(129_024)),
            (
                "Invalid request: Your request exceeded model token limit: 131072 (requested: 140000)",
                Some(140_000),
                Some(131_072),
            ),
            ("Prompt exceeds max length", None, None),
            (
                "This model's maximum prompt length is 131,072 but the request contains 140,000 tokens.",
                Some(140_000),
                Some(131_072),
            ),
            (
                "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
                Some(40_000),
                Some(32_768),
            ),
            (
                "`inputs` tokens + `max_new_tokens` must be <= 32769. Given: 40000 `inputs` tokens and 100 `max_new_tokens`",
                Some(40_000),
                Some(32_769),
            ),
        ];
        for (words, tokens, most) in cases {
            let read = Overflow::read(words, "").unwrap_or_else(|| panic!("{words}"));
            assert_eq!((read.tokens, read.most), (*tokens, *most), "{words}");
            let claude = read.in_anthropics_words(words);
            assert!(claude.starts_with("prompt is too long"), "{claude}");
            if let (Some(tokens), Some(most)) = (tokens, most) {
                assert_eq!(claude, format!("prompt is too long: {tokens} tokens > {most} maximum"));
            }
        }
    }

    #[test]
    fn an_answer_that_would_not_fit_behind_a_prompt_that_does_is_told_so() {
        let want = "input length and `max_tokens` exceed context limit: 4000 + 5000 > 8192, decrease input length or \
                    `max_tokens` and try again";
        for words in [
            "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens (4000 in the messages, \
             5000 in the completion). Please reduce the length of the messages or completion.",
            "'max_tokens' or 'max_completion_tokens' is too large: 5000. This model's maximum context length is 8192 tokens \
             and your request has 4000 input tokens (5000 > 8192 - 4000).",
        ] {
            let read = Overflow::read(words, "").expect(words);
            assert_eq!(read.in_anthropics_words(words), want);
        }
    }

    proptest! {
        #[test]
        fn any_words_are_read_without_harm(a in "\\PC{0,20}", b in "\\PC{0,20}", row in 0..WORDINGS.len(), limit in 0..LIMITS.len()) {
            let words = format!("{a}{} {b} {}{a}in the messages {b} is too large: {a}", WORDINGS[row].join(" "), LIMITS[limit]);
            let read = Overflow::read(&words, "").expect("an overflow");
            prop_assert!(!read.in_anthropics_words(&words).is_empty());
        }
    }

    #[test]
    fn a_code_is_enough_and_other_errors_are_none() {
        let by_code = Overflow::read("too long", "context_length_exceeded").expect("an overflow");
        assert_eq!(by_code.in_anthropics_words("too long"), "prompt is too long: too long");
        for words in [
            "",
            "Request too large for gpt-5 in organization on tokens per min (TPM): Limit 30000, Requested 40000",
            "max_tokens: 300000 > 64000, which is the maximum allowed number of output tokens",
            "image exceeds 5 MB maximum",
            "rate limit reached",
        ] {
            assert_eq!(Overflow::read(words, "invalid_request_error"), None, "{words}");
        }
    }
}
