//! What is known of well-known servers.
//!
//! From their public documentation and from issues of projects that speak to them, as of November 2026; each row names
//! its source. What is not documented is left as the dialect has it, and learnt when a server refuses it.

use super::models::{GROK_MODELS, KIMI_MODELS, OPENAI_CHAT_MODELS, OPENAI_RESPONSES_MODELS};
use super::{CallId, EffortField, Quirks, ThinkingField};
use crate::dialect::{ANTHROPIC, Dialect, OPENAI_CHAT, OPENAI_RESPONSES};
use crate::form::Level;

/// One server.
#[derive(Debug, Clone, Copy)]
pub struct Profile {
    /// Its name in the config.
    pub name: &'static str,
    /// The hosts that it is known by; a name that begins with a dot stands for all below it.
    hosts: &'static [&'static str],
    /// The port that it is known by on any other host.
    port: Option<u16>,
    /// What differs where it speaks Chat Completions.
    chat: fn(&mut Quirks),
    /// What differs where it speaks Responses.
    responses: fn(&mut Quirks),
}

const LOW_TO_HIGH: [Level; 3] = [Level::Low, Level::Medium, Level::High];

/// Every server, the one that is nobody in particular first.
pub static PROFILES: [Profile; 16] = [
    Profile { name: "generic", hosts: &[], port: None, chat: nothing, responses: nothing },
    // platform.openai.com/docs/api-reference/chat
    Profile {
        name: "openai",
        hosts: &["api.openai.com"],
        port: None,
        chat: openai,
        responses: openai_responses,
    },
    // learn.microsoft.com/azure/ai-foundry/openai/latest
    Profile {
        name: "azure",
        hosts: &[".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com"],
        port: None,
        chat: openai,
        responses: openai_responses,
    },
    // openrouter.ai/docs/use-cases/reasoning-tokens
    Profile {
        name: "openrouter",
        hosts: &["openrouter.ai"],
        port: None,
        chat: openrouter,
        responses: nothing,
    },
    // api-docs.deepseek.com/guides/thinking_mode
    Profile {
        name: "deepseek",
        hosts: &["api.deepseek.com"],
        port: None,
        chat: deepseek,
        responses: nothing,
    },
    // platform.kimi.ai/docs/api/models-overview
    Profile {
        name: "kimi",
        hosts: &["api.moonshot.ai", "api.moonshot.cn", "api.kimi.com"],
        port: None,
        chat: kimi,
        responses: nothing,
    },
    // docs.z.ai/guides/capabilities/thinking-mode, docs.z.ai/guides/tools/stream-tool
    Profile {
        name: "glm",
        hosts: &["api.z.ai", "open.bigmodel.cn", "api.bigmodel.cn"],
        port: None,
        chat: glm,
        responses: nothing,
    },
    // help.aliyun.com/en/model-studio/deep-thinking
    Profile {
        name: "qwen",
        hosts: &["dashscope.aliyuncs.com", "dashscope-intl.aliyuncs.com", "dashscope-us.aliyuncs.com"],
        port: None,
        chat: qwen,
        responses: nothing,
    },
    // docs.vllm.ai/en/stable/features/reasoning_outputs
    Profile { name: "vllm", hosts: &[], port: None, chat: templated, responses: nothing },
    // github.com/ggml-org/llama.cpp, tools/server/README.md
    Profile { name: "llama-cpp", hosts: &[], port: None, chat: templated, responses: nothing },
    // docs.ollama.com/api/openai-compatibility
    Profile { name: "ollama", hosts: &["ollama.com"], port: Some(11434), chat: ollama, responses: nothing },
    // lmstudio.ai/docs/developer/openai-compat
    Profile { name: "lm-studio", hosts: &[], port: Some(1234), chat: lm_studio, responses: nothing },
    // docs.mistral.ai/api; ids: github.com/anomalyco/opencode/issues/1680
    Profile { name: "mistral", hosts: &["api.mistral.ai"], port: None, chat: mistral, responses: nothing },
    // console.groq.com/docs/openai
    Profile { name: "groq", hosts: &["api.groq.com"], port: None, chat: groq, responses: nothing },
    // docs.x.ai/guides/reasoning
    Profile { name: "xai", hosts: &["api.x.ai"], port: None, chat: xai, responses: nothing },
    // ai.google.dev/gemini-api/docs/openai
    Profile {
        name: "gemini",
        hosts: &["generativelanguage.googleapis.com"],
        port: None,
        chat: gemini,
        responses: nothing,
    },
];

impl Profile {
    /// The server of this name; the generic one for a name that there is none of.
    #[must_use]
    pub fn named(name: &str) -> &'static Self {
        PROFILES.iter().find(|profile| profile.name == name).unwrap_or(&PROFILES[0])
    }

    /// The server at this host (lower case) and port, as far as that tells.
    #[must_use]
    pub fn at(host: &str, port: u16) -> &'static Self {
        let is_host =
            |known: &&str| -> bool { host == *known || (known.starts_with('.') && host.ends_with(*known)) };
        PROFILES
            .iter()
            .find(|profile| profile.hosts.iter().any(is_host))
            .or_else(|| PROFILES.iter().find(|profile| profile.port == Some(port)))
            .unwrap_or(&PROFILES[0])
    }

    /// In what it differs from `dialect` where it speaks that.
    #[must_use]
    pub fn quirks(&self, dialect: &dyn Dialect) -> Quirks {
        let mut quirks = Quirks::default();
        if dialect.name() == ANTHROPIC.name() {
            quirks.tool_name = 128;
            quirks.media_in_results = true;
        } else if dialect.name() == OPENAI_RESPONSES.name() {
            quirks.media_in_results = true;
            (self.responses)(&mut quirks);
        } else if dialect.name() == OPENAI_CHAT.name() {
            (self.chat)(&mut quirks);
        }
        quirks
    }
}

fn nothing(_: &mut Quirks) {}

fn openai(quirks: &mut Quirks) {
    quirks.thinking_field = ThinkingField::None;
    quirks.max_completion_tokens = true;
    quirks.call_id = CallId::UpTo(40);
    quirks.models = OPENAI_CHAT_MODELS;
}

fn openai_responses(quirks: &mut Quirks) {
    quirks.call_id = CallId::UpTo(64);
    quirks.models = OPENAI_RESPONSES_MODELS;
}

/// Caching: openrouter.ai/docs/features/prompt-caching
fn openrouter(quirks: &mut Quirks) {
    quirks.cache_control = true;
    quirks.thinking_field = ThinkingField::Details;
    quirks.effort_field = EffortField::Reasoning;
    quirks.levels = vec![Level::Minimal, Level::Low, Level::Medium, Level::High, Level::XHigh];
}

/// It refuses a history whose turns with calls lack their thinking, and ignores that of others. Its two levels stand in
/// `reasoning_effort` beside `thinking`.
fn deepseek(quirks: &mut Quirks) {
    quirks.thinking_field = ThinkingField::ContentInLoop;
    quirks.effort_field = EffortField::Thinking;
    quirks.levels = vec![Level::High, Level::Max];
}

fn kimi(quirks: &mut Quirks) {
    quirks.thinking_field = ThinkingField::Content;
    quirks.effort_field = EffortField::Thinking;
    quirks.models = KIMI_MODELS;
}

/// Without `tool_stream` the input of a call comes in one piece when all of it is there. Usage comes unasked.
fn glm(quirks: &mut Quirks) {
    quirks.thinking_field = ThinkingField::Content;
    quirks.effort_field = EffortField::Thinking;
    quirks.stream_options = false;
    quirks.with = vec![("tool_stream".to_owned(), "true".to_owned())];
    leave_out(quirks, &["presence_penalty", "frequency_penalty", "logit_bias", "stream_options"]);
}

fn qwen(quirks: &mut Quirks) {
    quirks.thinking_field = ThinkingField::Content;
    quirks.effort_field = EffortField::EnableThinking;
}

/// The model's own template decides; most take instructions in the first turn alone.
fn templated(quirks: &mut Quirks) {
    quirks.thinking_field = ThinkingField::Content;
    quirks.effort_field = EffortField::Template;
    quirks.system_first = true;
}

fn ollama(quirks: &mut Quirks) {
    quirks.thinking_field = ThinkingField::Details;
    quirks.levels = LOW_TO_HIGH.to_vec();
}

fn lm_studio(quirks: &mut Quirks) {
    quirks.levels = LOW_TO_HIGH.to_vec();
    quirks.system_first = true;
}

/// It refuses every member that it does not know; usage comes unasked.
fn mistral(quirks: &mut Quirks) {
    quirks.thinking_field = ThinkingField::None;
    quirks.effort_field = EffortField::None;
    quirks.call_id = CallId::Exactly(9);
    quirks.stream_options = false;
    leave_out(
        quirks,
        &[
            "stream_options",
            "logit_bias",
            "metadata",
            "prompt_cache_key",
            "safety_identifier",
            "seed",
            "service_tier",
            "store",
            "user",
            "verbosity",
        ],
    );
}

fn groq(quirks: &mut Quirks) {
    quirks.thinking_field = ThinkingField::None;
    quirks.max_completion_tokens = true;
    quirks.levels = LOW_TO_HIGH.to_vec();
    leave_out(quirks, &["logit_bias"]);
}

fn xai(quirks: &mut Quirks) {
    quirks.thinking_field = ThinkingField::None;
    quirks.levels = LOW_TO_HIGH.to_vec();
    quirks.models = GROK_MODELS;
    leave_out(quirks, &["presence_penalty", "frequency_penalty", "logit_bias"]);
}

fn gemini(quirks: &mut Quirks) {
    quirks.thinking_field = ThinkingField::None;
    quirks.levels = LOW_TO_HIGH.to_vec();
}

fn leave_out(quirks: &mut Quirks, members: &[&str]) {
    quirks.without.extend(members.iter().map(|member| (*member).to_owned()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::ALL;

    #[test]
    fn a_server_is_known_by_its_host_or_its_port() {
        for (host, port, name) in [
            ("api.openai.com", 443, "openai"),
            ("my-resource.openai.azure.com", 443, "azure"),
            ("openrouter.ai", 443, "openrouter"),
            ("api.deepseek.com", 443, "deepseek"),
            ("api.moonshot.cn", 443, "kimi"),
            ("api.z.ai", 443, "glm"),
            ("dashscope-intl.aliyuncs.com", 443, "qwen"),
            ("localhost", 11434, "ollama"),
            ("127.0.0.1", 1234, "lm-studio"),
            ("api.mistral.ai", 443, "mistral"),
            ("api.x.ai", 443, "xai"),
            ("generativelanguage.googleapis.com", 443, "gemini"),
            ("evil-api.openai.com.example", 443, "generic"),
            ("notopenrouter.ai", 443, "generic"),
            ("127.0.0.1", 8000, "generic"),
        ] {
            assert_eq!(Profile::at(host, port).name, name, "{host}");
        }
    }

    #[test]
    fn names_are_unique_and_an_unknown_one_is_the_generic_server() {
        for profile in &PROFILES {
            assert!(std::ptr::eq(Profile::named(profile.name), profile), "{}", profile.name);
        }
        assert_eq!(Profile::named("nobody").name, "generic");
        assert_eq!(Profile::named("generic").quirks(OPENAI_CHAT), Quirks::default());
    }

    #[test]
    fn what_a_server_leaves_out_and_adds_is_sound() {
        for profile in &PROFILES {
            for dialect in ALL {
                let quirks = profile.quirks(dialect);
                let both = quirks.with.iter().find(|(name, _)| quirks.without.contains(name));
                assert_eq!(both, None, "{}", profile.name);
                for (_, value) in &quirks.with {
                    serde_json::from_str::<serde_json::Value>(value).expect("JSON");
                }
                assert!(quirks.stream_options != quirks.without.iter().any(|w| w == "stream_options"));
                assert!(quirks.levels.is_sorted(), "{}", profile.name);
            }
        }
    }
}
