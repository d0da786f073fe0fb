//! What an edit and its undoing promise: the very bytes, nobody else's changes lost, no refusal ignored.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;

use super::*;

const BASE: &str = "http://localhost:8080";

fn claude(url: &str) -> Vec<Edit> {
    vec![Edit::text(&["env", "ANTHROPIC_BASE_URL"], url)]
}

fn codex() -> Vec<Edit> {
    vec![
        Edit::text(&["model_provider"], "zephyr"),
        Edit::text(&["model_providers", "zephyr", "base_url"], BASE),
        Edit::flag(&["model_providers", "zephyr", "requires_openai_auth"], true),
    ]
}

const JSON: [&str; 9] = [
    "",
    "{}",
    "{}\n",
    "{\n  \"model\": \"opus\"\n}\n",
    "{\n\t\"env\": {\n\t\t\"A\": \"1\"\n\t},\n\t\"b\": [1, 2]\n}",
    "{ // mine\n  \"env\": {}, /* why */\n}\n",
    "{\"env\":{\"ANTHROPIC_BASE_URL\":\"https:\\/\\/old\",\"B\":1e5}}",
    "{\"env\": {\"ANTHROPIC_BASE_URL\" :  null}}\r\n",
    "{\n  \"env\": {\n    \"ANTHROPIC_BASE_URL\": {\"odd\": [true]}\n  }\n}\n",
];

const TOML: [&str; 6] = [
    "",
    "# mine\nmodel = \"gpt-5\"\n",
    "model_provider = 'other' # keep\n\n[model_providers.other]\nbase_url = \"x\"\n",
    "[profiles.a]\nmodel = 1\n\n[model_providers]\n",
    "model_providers = { zephyr = { base_url = \"old\" } }\r\n",
    "model_providers.zephyr.name = \"mine\"\n",
];

fn cases() -> Vec<(Format, &'static str, Vec<Edit>)> {
    let json = JSON.into_iter().map(|text| (Format::Json, text, claude(BASE)));
    json.chain(TOML.into_iter().map(|text| (Format::Toml, text, codex()))).collect()
}

#[test]
fn undo_gives_back_the_very_bytes() {
    for (format, text, edits) in cases() {
        let (after, record) = apply(Some(text), format, &edits, None).unwrap().unwrap();
        for edit in &edits {
            assert_eq!(format.get(&after, &edit.path).unwrap().as_ref(), Some(&edit.raw), "in {after}");
        }
        assert_eq!(revert(Some(&after), format, &record).unwrap().as_deref(), Some(text));
    }
}

#[test]
fn writing_twice_changes_nothing_more() {
    for (format, text, edits) in cases() {
        let (after, record) = apply(Some(text), format, &edits, None).unwrap().unwrap();
        assert_eq!(apply(Some(&after), format, &edits, Some(record)).unwrap(), None);
    }
}

#[test]
fn a_new_address_keeps_the_first_earlier_value() {
    for text in JSON {
        let (first, record) = apply(Some(text), Format::Json, &claude(BASE), None).unwrap().unwrap();
        let (second, record) =
            apply(Some(&first), Format::Json, &claude("http://other"), Some(record)).unwrap().unwrap();
        assert_eq!(revert(Some(&second), Format::Json, &record).unwrap().as_deref(), Some(text));
    }
}

#[test]
fn edits_by_others_survive_an_undo() {
    let (after, record) =
        apply(Some("{\n  \"a\": 1\n}\n"), Format::Json, &claude(BASE), None).unwrap().unwrap();
    let edited = after.replace("\"a\": 1", "\"a\": 2");
    assert_eq!(revert(Some(&edited), Format::Json, &record).unwrap().unwrap(), "{\n  \"a\": 2\n}\n");

    let (after, record) = apply(Some("a = 1\n"), Format::Toml, &codex(), None).unwrap().unwrap();
    let edited = after.replace("a = 1", "a = 2 # so");
    assert_eq!(revert(Some(&edited), Format::Toml, &record).unwrap().unwrap(), "a = 2 # so\n");
}

#[test]
fn undo_refuses_when_the_value_was_changed_since() {
    let (after, record) = apply(Some("{}"), Format::Json, &claude(BASE), None).unwrap().unwrap();
    let edited = after.replace(BASE, "http://mine");
    let error = revert(Some(&edited), Format::Json, &record).unwrap_err();
    assert_eq!(error.to_string(), "`env.ANTHROPIC_BASE_URL` was changed since it was written");
}

#[test]
fn a_file_of_ours_goes_again() {
    for (format, _, edits) in cases() {
        let (after, record) = apply(None, format, &edits, None).unwrap().unwrap();
        assert!(after.ends_with('\n'));
        assert_eq!(revert(Some(&after), format, &record).unwrap(), None);
    }
}

#[test]
fn what_is_no_settings_file_is_left_alone() {
    for (format, text) in [(Format::Json, "[1]"), (Format::Json, "{"), (Format::Json, "{\"env\": 3}")] {
        assert!(apply(Some(text), format, &claude(BASE), None).is_err(), "{text}");
    }
    for text in ["a = ", "model_providers = 3", "[model_provider]\nx = 1"] {
        assert!(apply(Some(text), Format::Toml, &codex(), None).is_err(), "{text}");
    }
}

#[test]
fn mode_and_links_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (file, link) = (dir.path().join("real.json"), dir.path().join("settings.json"));
    fs::write(&file, "{}\n").unwrap();
    fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let done = write(&link, Format::Json, &claude(BASE)).unwrap();
    assert!(done.changed);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o640);
    assert_eq!(fs::metadata(&done.record).unwrap().permissions().mode() & 0o7777, 0o600);
    assert!(undo(&link, Format::Json).unwrap().changed);
    assert_eq!(fs::read_to_string(&file).unwrap(), "{}\n");
    assert!(!done.record.exists());
    assert!(!undo(&link, Format::Json).unwrap().changed);
}

fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map("env|ANTHROPIC_BASE_URL|[a-z]{0,3}", inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn undo_restores_any_json(
        tree in prop::collection::btree_map("env|[a-z]{0,3}", value(), 0..4), pretty in any::<bool>(),
    ) {
        let text = if pretty { serde_json::to_string_pretty(&tree) } else { serde_json::to_string(&tree) }.unwrap();
        if let Ok(Some((after, record))) = apply(Some(&text), Format::Json, &claude(BASE), None) {
            let read: serde_json::Value = serde_json::from_str(&after).unwrap();
            prop_assert_eq!(read["env"]["ANTHROPIC_BASE_URL"].as_str(), Some(BASE));
            prop_assert_eq!(revert(Some(&after), Format::Json, &record).unwrap(), Some(text.clone()));
            // By value too, as after an edit by somebody else.
            let touched = format!("{after}\n");
            let given_back = revert(Some(&touched), Format::Json, &record).unwrap().unwrap();
            let given_back: serde_json::Value = serde_json::from_str(&given_back).unwrap();
            prop_assert_eq!(given_back, serde_json::from_str::<serde_json::Value>(&text).unwrap());
        }
    }
}
