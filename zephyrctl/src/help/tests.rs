//! Every command and argument has its help in Chinese, and no text is there for nothing.

use std::collections::BTreeSet;

use clap::{Command, CommandFactory};
use zephyr_words::{HELP, Language};

use super::{localise, texts};
use crate::cli::Cli;

/// Keys of what clap itself says; `wrong` names the rest.
const FRAME: [&str; 8] = [
    "help-heading-commands",
    "help-heading-arguments",
    "help-heading-options",
    "help-usage-options",
    "help-usage-command",
    "help-usage-command-needed",
    "help-default",
    "help-possible",
];

fn wanted(command: &Command, path: &str, keys: &mut BTreeSet<String>) {
    keys.insert(format!("{path}-about"));
    if command.get_long_about().is_some() {
        keys.insert(format!("{path}-long"));
    }
    if command.get_after_help().is_some() {
        keys.insert(format!("{path}-after"));
    }
    for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
        let key = localise::key(arg, path);
        keys.extend(arg.get_help_heading().map(localise::heading_key));
        if arg.get_action().takes_values() {
            keys.extend(localise::value_names_of(arg).iter().map(|name| localise::value_key(name)));
            let possible = arg.get_possible_values();
            let told = possible.iter().filter(|value| value.get_help().is_some());
            keys.extend(told.map(|value| format!("{key}-value-{}", value.get_name())));
        }
        keys.insert(key);
    }
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help") {
        wanted(sub, &format!("{path}-{}", sub.get_name()), keys);
    }
}

#[test]
fn every_text_is_there_in_chinese_and_none_is_there_for_nothing() {
    let mut command = Cli::command();
    command.build();
    let mut keys: BTreeSet<String> = FRAME.into_iter().map(str::to_owned).collect();
    keys.insert("help-help-about".to_owned());
    wanted(&command, "help", &mut keys);
    let missing: Vec<&String> =
        keys.iter().filter(|key| texts(Language::Chinese).maybe(key).is_none()).collect();
    assert!(missing.is_empty(), "locales/zh-CN/help.ftl lacks {missing:#?}");
    let said = include_str!("wrong.rs");
    let stale: Vec<String> = HELP
        .keys(Language::Chinese)
        .into_iter()
        .filter(|key| !keys.contains(key) && *key != "help-usage" && !said.contains(&format!("\"{key}\"")))
        .collect();
    assert!(stale.is_empty(), "locales/zh-CN/help.ftl says what nobody asks for: {stale:#?}");
}

#[test]
fn the_chinese_command_line_is_that_of_english() {
    let mut chinese = localise::command(texts(Language::Chinese));
    for line in
        ["zephyrctl status", "zephyrctl requests -n 3 --since 24h", "zephyrctl group pause x --for 3m"]
    {
        let parsed = chinese.try_get_matches_from_mut(line.split(' ')).map(|_| ());
        assert!(parsed.is_ok(), "{line}: {parsed:?}");
    }
    chinese.debug_assert();
}
