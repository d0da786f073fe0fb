//! The language that this process speaks to people.
//!
//! It is chosen once, by the environment. Documents for programs, exit statuses, candidates of completions and the man
//! pages never change with it.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};

use zephyr_words::{CLI, COMMON, Catalogue, Language, Words};

/// Goes before what the locale says: `en` or `zh-CN`.
const VARIABLE: &str = "ZEPHYR_LANGUAGE";

static TEXTS: Catalogue = Catalogue::new(&[COMMON, CLI]);
static TO_PROGRAMS: AtomicBool = AtomicBool::new(false);

/// From here on English, whatever the environment says: documents hold messages too.
pub(crate) fn speak_to_programs() {
    TO_PROGRAMS.store(true, Ordering::Relaxed);
}

/// The language of this process.
pub(crate) fn spoken() -> Language {
    if TO_PROGRAMS.load(Ordering::Relaxed) { Language::English } else { of_process() }
}

#[cfg(not(test))]
fn of_process() -> Language {
    static CHOSEN: std::sync::OnceLock<Language> = std::sync::OnceLock::new();
    *CHOSEN.get_or_init(|| chosen(|name| std::env::var(name).ok()))
}

/// Tests say which they mean.
#[cfg(test)]
fn of_process() -> Language {
    tests::EXPLICIT.get()
}

/// The texts of the command line in it.
pub(crate) fn words() -> &'static Words {
    TEXTS.of(spoken())
}

/// A word of the protocol as people read it: in English the word itself, in other languages the text of
/// `KIND-WORD`; a word that this version does not know stays what it is.
pub(crate) fn term<'w>(kind: &str, word: &'w str) -> Cow<'w, str> {
    if spoken() == Language::English {
        return Cow::Borrowed(word);
    }
    words().maybe(&format!("{kind}-{word}")).map_or(Cow::Borrowed(word), |text| text.into_owned().into())
}

/// What the environment asks for; an unknown wish counts as none.
fn chosen(variable: impl Fn(&str) -> Option<String>) -> Language {
    let wish = variable(VARIABLE).and_then(|tag| Language::of_tag(&tag));
    wish.unwrap_or_else(|| zephyr_words::of_environment(variable))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        pub(super) static EXPLICIT: Cell<Language> = const { Cell::new(Language::English) };
    }

    /// Does something in a language, whatever the environment says.
    pub(crate) fn speaking<T>(language: Language, what: impl FnOnce() -> T) -> T {
        let before = EXPLICIT.replace(language);
        let done = what();
        EXPLICIT.set(before);
        done
    }

    #[test]
    fn a_wish_of_our_own_goes_before_the_locale() {
        let of = |own: &str, lang: &str| {
            chosen(|name| match name {
                VARIABLE => Some(own.to_owned()),
                "LANG" => Some(lang.to_owned()),
                _ => None,
            })
        };
        assert_eq!(of("zh", "en_US.UTF-8"), Language::Chinese);
        assert_eq!(of("en", "zh_CN.UTF-8"), Language::English);
        assert_eq!(of("tlh", "zh_CN.UTF-8"), Language::Chinese);
        assert_eq!(of("", "ja_JP.UTF-8"), Language::English);
    }

    #[test]
    fn a_test_chooses_its_language() {
        let failed = || zephyr_words::say!(words(), "cannot-start-runtime").into_owned();
        assert_eq!(speaking(Language::English, failed), "cannot start the runtime");
        assert_eq!(speaking(Language::Chinese, failed), "无法启动运行时");
    }
}
