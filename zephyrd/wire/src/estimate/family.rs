//! What a family of models makes of a text that has so many tokens in o200k, and what it counts beside texts.
//!
//! Claude's tokenizer is not public. Published comparisons of the same texts: Claude 3 and 4 take 15 to 20 % more tokens
//! than o200k for prose and about 30 % more for code; from Opus 4.7 on, by Anthropic's guide to token counting, another
//! 30 % (up to 35 %) more. The factors are those for code, which is what agents send. Other vendors' vocabularies are
//! of the size of o200k; a fifth is added for them. What beside texts is counted is from the vendors' guides to vision,
//! documents and tools.

use super::picture::Rule;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Family {
    /// Tokens for a thousand of o200k.
    per_thousand: u64,
    /// Tokens of a request that says nothing.
    pub(super) request: u64,
    /// Tokens around a turn.
    pub(super) turn: u64,
    /// Tokens around a call of a tool or its result: ids and marks.
    pub(super) call: u64,
    /// Tokens around a tool's definition.
    pub(super) tool: u64,
    /// The prompt that explains tools to the model, where it is free to call one.
    pub(super) tools: u64,
    /// The same where it must call one.
    pub(super) tools_forced: u64,
    /// A page of a document: its text and its picture.
    pub(super) page: u64,
    /// What a picture costs.
    pub(super) picture: Rule,
}

const CLAUDE: Family = Family {
    per_thousand: 1_700,
    request: 4,
    turn: 5,
    call: 20,
    tool: 20,
    tools: 450,
    tools_forced: 410,
    page: 4_600,
    picture: Rule::Area { edge: 2_576, most: 4_784 },
};

const EARLIER_CLAUDE: Family = Family {
    per_thousand: 1_300,
    tools: 346,
    tools_forced: 313,
    page: 4_600,
    picture: Rule::Area { edge: 1_568, most: 1_600 },
    ..CLAUDE
};

const OPENAI: Family = Family {
    per_thousand: 1_000,
    request: 3,
    turn: 4,
    call: 12,
    tool: 8,
    tools: 16,
    tools_forced: 16,
    page: 1_900,
    picture: Rule::Tiles,
};

const OPENAI_SMALL: Family = Family { picture: Rule::Patches { most: 1_536, per_hundred: 246 }, ..OPENAI };

const OTHERS: Family =
    Family { per_thousand: 1_200, picture: Rule::Area { edge: 2_576, most: 4_784 }, ..OPENAI };

/// Models of Claude that count as those before Opus 4.7 do, as a part of their name.
const EARLIER: [&str; 7] =
    ["claude-instant", "claude-2", "claude-3", "sonnet-4", "haiku-4", "opus-4", "opus-3"];
/// Of these the ones that do not.
const LATER: [&str; 6] = ["opus-4-7", "opus-4.7", "opus-4-8", "opus-4.8", "opus-4-9", "opus-4.9"];
const CLAUDES: [&str; 6] = ["claude", "sonnet", "opus", "haiku", "fable", "mythos"];

impl Family {
    /// The family of `model`, by its name. A Claude of an unknown version counts as the latest do.
    #[must_use]
    pub fn of(model: &str) -> &'static Self {
        let model = model.to_ascii_lowercase();
        let has = |parts: &[&str]| parts.iter().any(|part| model.contains(part));
        let name = model.rsplit('/').next().unwrap_or_default();
        let openai =
            ["gpt", "chatgpt", "o1", "o3", "o4", "codex"].iter().any(|start| name.starts_with(start));
        if has(&CLAUDES) {
            if has(&EARLIER) && !has(&LATER) { &EARLIER_CLAUDE } else { &CLAUDE }
        } else if openai {
            if has(&["mini", "nano"]) { &OPENAI_SMALL } else { &OPENAI }
        } else {
            &OTHERS
        }
    }

    /// What the family makes of a text of `tokens`.
    pub(super) fn scaled(&self, tokens: u64) -> u64 {
        (tokens * self.per_thousand).div_ceil(1_000)
    }
}

/// The definition of a tool that the vendor knows by its `kind`: from Anthropic's guide where it names a number, else as
/// much as the largest of those.
pub(super) fn vendor_tool(kind: &str) -> u64 {
    const KNOWN: [(&str, u64); 3] = [("bash", 325), ("text_editor", 910), ("computer", 1_600)];
    let known = KNOWN.iter().find(|(start, _)| kind.starts_with(start));
    known.map_or(1_600, |(_, tokens)| *tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_known_by_their_names() {
        for model in [
            "claude-3-5-haiku-20241022",
            "claude-sonnet-4-20250514",
            "claude-haiku-4-5",
            "claude-opus-4-6",
            "anthropic/claude-sonnet-4.5",
            "us.anthropic.claude-opus-4-1-20250805-v1:0",
        ] {
            assert_eq!(*Family::of(model), EARLIER_CLAUDE, "{model}");
        }
        for model in [
            "claude-opus-4-7",
            "anthropic/claude-opus-4.8",
            "claude-opus-5-5",
            "claude-sonnet-5",
            "claude-x",
            "opus",
        ] {
            assert_eq!(*Family::of(model), CLAUDE, "{model}");
        }
        for model in ["gpt-5.2-codex", "o3", "openai/gpt-4.1", "chatgpt-4o-latest"] {
            assert_eq!(*Family::of(model), OPENAI, "{model}");
        }
        assert_eq!(*Family::of("gpt-5-mini"), OPENAI_SMALL);
        for model in ["deepseek-chat", "glm-4.7", "qwen3-coder", ""] {
            assert_eq!(*Family::of(model), OTHERS, "{model}");
        }
    }

    #[test]
    fn a_factor_rounds_up() {
        assert_eq!((CLAUDE.scaled(0), CLAUDE.scaled(1), OPENAI.scaled(7)), (0, 2, 7));
    }
}
