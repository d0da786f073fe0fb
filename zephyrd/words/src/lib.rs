//! What the dashboards and the command line say to people, in their languages.
//!
//! The texts stand in `locales/LANGUAGE/TOPIC.ftl` (Fluent), one file per topic and language; both languages have
//! the same keys with the same variables, and the code and the files name the same keys: tests hold that. Nothing that
//! programs read goes through here: JSON, metrics, the log and exit codes are the same in every language.
//!
//! Pure: the environment and what a browser asks for are arguments.

mod language;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::OnceLock;

use fluent_bundle::FluentResource;
use fluent_bundle::concurrent::FluentBundle;
pub use fluent_bundle::{FluentArgs, FluentValue};

pub use language::{Language, of_browser, of_environment};

/// Texts of one topic, in the order of [`Language::ALL`].
#[derive(Debug, Clone, Copy)]
pub struct Topic {
    /// Its files' name.
    pub name: &'static str,
    texts: [&'static str; 2],
}

impl Topic {
    /// The keys of its texts in `language`, in their order; for tests that hold them against what asks for them.
    #[must_use]
    pub fn keys(&self, language: Language) -> Vec<String> {
        let text = self.texts[language as usize];
        let heads = text.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()));
        heads.filter_map(|line| Some(line.split_once('=')?.0.trim().to_owned())).collect()
    }
}

macro_rules! topics {
    ($($(#[$meta:meta])* $topic:ident = $file:literal;)*) => {
        $($(#[$meta])*
        pub const $topic: Topic = Topic {
            name: $file,
            texts: [
                include_str!(concat!("../locales/en/", $file, ".ftl")),
                include_str!(concat!("../locales/zh-CN/", $file, ".ftl")),
            ],
        };)*

        /// Every topic there is.
        pub const TOPICS: &[Topic] = &[$($topic),*];
    };
}

topics! {
    /// States, units and words that all surfaces share.
    COMMON = "common";
    /// Messages of the command line.
    CLI = "cli";
    /// The help of the command line.
    HELP = "help";
    /// The terminal dashboard.
    TOP = "top";
    /// The frame of the web dashboard, its login, and the pages that steer.
    WEB = "web";
    /// The pages that report.
    REPORTS = "reports";
}

/// The texts of some topics in one language.
pub struct Words {
    language: Language,
    bundle: FluentBundle<FluentResource>,
    topics: &'static [Topic],
    /// What a key that is missing falls back to; read when the first one is.
    english: OnceLock<Box<Words>>,
}

/// The texts of some topics in every language; a language is read when it is first asked for.
pub struct Catalogue {
    topics: &'static [Topic],
    read: [OnceLock<Words>; 2],
}

impl Catalogue {
    /// The texts of `topics`.
    #[must_use]
    pub const fn new(topics: &'static [Topic]) -> Self {
        Self { topics, read: [OnceLock::new(), OnceLock::new()] }
    }

    /// Those in `language`.
    pub fn of(&self, language: Language) -> &Words {
        self.read[language as usize].get_or_init(|| Words::read(self.topics, language))
    }
}

impl Words {
    fn read(topics: &'static [Topic], language: Language) -> Self {
        let mut bundle = FluentBundle::new_concurrent(vec![language.identifier()]);
        // The marks that isolate what is put in from its surroundings show up as boxes in terminals.
        bundle.set_use_isolating(false);
        for topic in topics {
            // What cannot be read is left out; that all can is what the tests are for.
            let resource = match FluentResource::try_new(topic.texts[language as usize].to_owned()) {
                Ok(resource) | Err((resource, _)) => resource,
            };
            bundle.add_resource_overriding(resource);
        }
        Self { language, bundle, topics, english: OnceLock::new() }
    }

    /// Their language.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// The text of `key`; in English where this language has none, else the key itself.
    #[must_use]
    pub fn text<'a>(&'a self, key: &'a str) -> Cow<'a, str> {
        self.find(key, None).unwrap_or(Cow::Borrowed(key))
    }

    /// The text of `key` with `values` put in.
    #[must_use]
    pub fn with(&self, key: &str, values: &FluentArgs<'_>) -> String {
        self.find(key, Some(values)).map_or_else(|| key.to_owned(), Cow::into_owned)
    }

    /// The text of `key`, if there is one.
    #[must_use]
    pub fn maybe(&self, key: &str) -> Option<Cow<'_, str>> {
        self.find(key, None)
    }

    fn find<'a>(&'a self, key: &str, values: Option<&'a FluentArgs<'_>>) -> Option<Cow<'a, str>> {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            if self.language == Language::English {
                return None;
            }
            let read = || Box::new(Self::read(self.topics, Language::English));
            return self.english.get_or_init(read).find(key, values);
        };
        let mut wrong = Vec::new();
        Some(self.bundle.format_pattern(pattern, values, &mut wrong))
    }
}

/// `say!(words, "key")`, or `say!(words, "key", name = value, …)`: the text of a key. The key is always written out, so
/// that a test can tell whether it exists.
#[macro_export]
macro_rules! say {
    ($words:expr, $key:literal $(,)?) => { $words.text($key) };
    ($words:expr, $key:literal, $($name:ident = $value:expr),+ $(,)?) => {{
        let mut values = $crate::FluentArgs::new();
        $(values.set(stringify!($name), $value);)+
        $words.with($key, &values)
    }};
}
