//! Both languages say the same things, and say them in Fluent.

mod sources;

use std::collections::{BTreeMap, BTreeSet};

use fluent_bundle::FluentResource;

use super::*;

/// Every key of a text with the variables in it.
fn keys(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut keys = BTreeMap::new();
    let mut key = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some((name, _)) = line.split_once('=')
            && !line.starts_with([' ', '\t', '-', '}', '.'])
        {
            key = name.trim().to_owned();
            assert!(!keys.contains_key(&key), "`{key}` is there twice");
            keys.insert(key.clone(), BTreeSet::new());
        }
        for (at, _) in line.match_indices('$') {
            let rest = &line[at + 1..];
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').unwrap_or(rest.len());
            keys.entry(key.clone()).or_default().insert(rest[..end].to_owned());
        }
    }
    keys
}

#[test]
fn every_text_can_be_read() {
    for topic in TOPICS {
        for (text, language) in topic.texts.iter().zip(Language::ALL) {
            if let Err((_, errors)) = FluentResource::try_new((*text).to_owned()) {
                panic!("locales/{}/{}.ftl: {errors:?}", language.tag(), topic.name);
            }
        }
    }
}

#[test]
fn both_languages_have_the_same_keys_with_the_same_variables() {
    // English help stands in the source.
    for topic in TOPICS.iter().filter(|topic| topic.name != HELP.name) {
        let [english, chinese] = topic.texts.map(keys);
        assert_eq!(english, chinese, "{}", topic.name);
    }
}

#[test]
fn no_key_is_in_two_topics() {
    let mut seen = BTreeSet::new();
    for key in TOPICS.iter().flat_map(|topic| keys(topic.texts[0]).into_keys()) {
        assert!(seen.insert(key.clone()), "{key}");
    }
}

#[test]
fn a_missing_text_is_said_in_english_and_an_unknown_key_is_shown() {
    let topic = Topic { name: "t", texts: ["one = one { $n }\ntwo = two\n", "one = 一 { $n }\n"] };
    let topics: &'static [Topic] = Box::leak(Box::new([topic]));
    let words = Words::read(topics, Language::Chinese);
    assert_eq!(say!(words, "one", n = 5), "一 5");
    assert_eq!((say!(words, "two"), say!(words, "three")), ("two".into(), "three".into()));
}

#[test]
fn a_terminals_language_is_that_of_its_environment() {
    let of = |vars: &[(&str, &str)]| {
        of_environment(|name| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    };
    assert_eq!(of(&[]), Language::English);
    assert_eq!(of(&[("LANG", "zh_CN.UTF-8")]), Language::Chinese);
    assert_eq!(of(&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C.UTF-8")]), Language::English);
    assert_eq!(of(&[("LANG", "zh_CN.UTF-8"), ("LC_MESSAGES", "en_GB.UTF-8")]), Language::English);
    assert_eq!(of(&[("LANG", "de_DE.UTF-8"), ("LANGUAGE", "de:zh:en")]), Language::Chinese);
    assert_eq!(of(&[("LANG", "C"), ("LANGUAGE", "zh")]), Language::English);
    assert_eq!(of(&[("LANG", "fr_FR.UTF-8"), ("LC_ALL", "")]), Language::English);
}

#[test]
fn a_browsers_language_is_the_one_it_wants_most() {
    assert_eq!(of_browser("zh-CN,zh;q=0.9,en;q=0.8"), Some(Language::Chinese));
    assert_eq!(of_browser("de, en-GB;q=0.7, zh;q=0.3"), Some(Language::English));
    assert_eq!(of_browser("en;q=0.2, zh-TW;q=0.4"), Some(Language::Chinese));
    assert_eq!((of_browser("de"), of_browser(""), of_browser("zh;q=0")), (None, None, None));
}
