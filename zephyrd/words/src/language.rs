//! Which language a person wants.

use unic_langid::{LanguageIdentifier, langid};

/// A language that there are texts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// English.
    #[default]
    English = 0,
    /// Chinese in simplified characters.
    Chinese = 1,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// Its name in configs, cookies and HTML (BCP 47).
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        }
    }

    /// Its own name.
    #[must_use]
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Chinese => "简体中文",
        }
    }

    /// The language of a tag (`en`, `zh-CN`, `zh_CN.UTF-8`, `zh-Hant`), if there are texts in it. All of Chinese is served
    /// by the simplified texts.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_', '.', '@']).next().unwrap_or_default();
        match primary.to_ascii_lowercase().as_str() {
            "en" | "c" | "posix" => Some(Self::English),
            "zh" => Some(Self::Chinese),
            _ => None,
        }
    }

    pub(crate) fn identifier(self) -> LanguageIdentifier {
        match self {
            Self::English => langid!("en"),
            Self::Chinese => langid!("zh-CN"),
        }
    }
}

/// The language of a terminal, by its environment, read through `variable` (POSIX: `LC_ALL`, `LC_MESSAGES`, `LANG`; before
/// them GNU's list of wishes `LANGUAGE`, unless the locale is `C`).
#[must_use]
pub fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Language {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let locale = set("LC_ALL").or_else(|| set("LC_MESSAGES")).or_else(|| set("LANG")).unwrap_or_default();
    let bare = locale.split('.').next().unwrap_or_default();
    if bare.is_empty() || bare == "C" || bare == "POSIX" {
        return Language::English;
    }
    let wishes = set("LANGUAGE").unwrap_or_default();
    wishes.split(':').chain([locale.as_str()]).find_map(Language::of_tag).unwrap_or_default()
}

/// The language of a browser, by its `Accept-Language` (RFC 9110 §12.5.4); `None` where it wants none that there is.
#[must_use]
pub fn of_browser(accept: &str) -> Option<Language> {
    let mut best: Option<(f32, Language)> = None;
    for wish in accept.split(',').take(32) {
        let (tag, quality) = match wish.split_once(';') {
            None => (wish.trim(), 1.0),
            Some((tag, parameter)) => {
                let quality = parameter.trim().strip_prefix("q=").and_then(|q| q.trim().parse().ok());
                (tag.trim(), quality.unwrap_or(0.0))
            }
        };
        if quality > 0.0
            && best.is_none_or(|(most, _)| quality > most)
            && let Some(language) = Language::of_tag(tag)
        {
            best = Some((quality, language));
        }
    }
    best.map(|(_, language)| language)
}
