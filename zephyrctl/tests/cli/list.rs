//! `list` and `show`.

use insta::assert_snapshot;

use crate::fake::Fake;
use crate::run::Run;
use crate::script::Script;

#[test]
fn all_endpoints_are_listed() {
    let fake = Fake::start(Script::usual());
    assert_snapshot!(Run::with(&fake).env("COLUMNS", "140").line("list").text());
}

#[test]
fn a_pattern_matches_names_and_groups_in_any_case() {
    let fake = Fake::start(Script::usual());
    let ran = Run::with(&fake).line("list PROVIDER-?-2");
    assert_snapshot!(ran.text());
    let group = Run::with(&fake).line("list OpenAI");
    assert!(group.stdout.contains("Openai-1") && group.stdout.contains("Openai-2"), "{}", group.stdout);
    assert!(!group.stdout.contains("Relay"), "{}", group.stdout);
}

#[test]
fn a_pattern_that_matches_nothing_is_an_unknown_name() {
    let fake = Fake::start(Script::usual());
    assert_snapshot!(Run::with(&fake).line("list providr-a-2").text());
}

#[test]
fn list_as_json() {
    let fake = Fake::start(Script::usual());
    assert_snapshot!(Run::with(&fake).line("list Openai-2 --json").text());
}

#[test]
fn one_endpoint_is_shown_with_its_history() {
    let fake = Fake::start(Script::usual());
    assert_snapshot!(Run::with(&fake).line("show Provider-A-2").text());
}

#[test]
fn one_group_is_shown_with_its_endpoints() {
    let fake = Fake::start(Script::usual());
    assert_snapshot!(Run::with(&fake).line("show relays").text());
}

#[test]
fn show_as_json() {
    let fake = Fake::start(Script::usual());
    let endpoint = Run::with(&fake).line("show Openai-2 --json");
    let group = Run::with(&fake).line("show subscription --json");
    assert_snapshot!(format!("{}\n{}", endpoint.text(), group.text()));
}

#[test]
fn an_unknown_name_comes_with_the_nearest() {
    let fake = Fake::start(Script::usual());
    let near = Run::with(&fake).line("show primary-povider");
    let far = Run::with(&fake).line("show xyz");
    assert_snapshot!(format!("{}\n{}", near.text(), far.text()));
}
