//! The tree of commands with the texts of another language in place of its doc comments.
//!
//! Keys follow from the command's path and the argument's id: `help-group-pause-about`, `help-requests-arg-failed`,
//! `help-filter-since`, `help-value-name`. What has no text keeps its English one.

use std::borrow::Cow;

use clap::builder::{PossibleValue, StyledStr};
use clap::{Arg, Command, CommandFactory};
use zephyr_words::Words;

use crate::cli::Cli;
use crate::filter;

/// The whole command line.
pub(super) fn command(words: &'static Words) -> Command {
    let mut command = Cli::command();
    command.build();
    whole(command, "help", words)
}

fn whole(mut command: Command, path: &str, words: &'static Words) -> Command {
    let text = |key: String| words.maybe(&key).map(|text| text.into_owned());
    if let Some(about) = text(format!("{path}-about")) {
        command = command.about(about);
    }
    if command.get_long_about().is_some()
        && let Some(long) = text(format!("{path}-long"))
    {
        let short = command.get_about().map(StyledStr::to_string).unwrap_or_default();
        command = command.long_about(format!("{short}\n\n{long}"));
    }
    if command.get_after_help().is_some()
        && let Some(after) = text(format!("{path}-after"))
    {
        command = command.after_help(after);
    }
    if let Some(heading) = fixed(words, "help-heading-commands") {
        command = command.subcommand_help_heading(heading);
    }
    command = command.mut_args(|arg| argument(arg, path, words));
    command = command.mut_subcommands(|sub| {
        // Every command with verbs of its own has `help` among them.
        let path = if sub.get_name() == "help" { "help-help" } else { &format!("{path}-{}", sub.get_name()) };
        whole(sub, path, words)
    });
    usage(command.term_width(0), words)
}

/// Rendered help with the headings that clap has built in: giving them to arguments would change their order.
pub(super) fn headings(text: &str, words: &Words) -> String {
    let mut text = text.to_owned();
    let built_in = [("Options:", "help-heading-options"), ("Arguments:", "help-heading-arguments")];
    for (english, key) in built_in {
        if let Some(heading) = words.maybe(key) {
            text = text.replace(english, &format!("{heading}:"));
        }
    }
    text
}

/// The line of usage: clap has its words built in.
fn usage(mut command: Command, words: &'static Words) -> Command {
    let text = |key: &str, english: &str| {
        words.maybe(key).map_or_else(|| english.to_owned(), |text| text.into_owned())
    };
    let lead = text("help-usage", "Usage:");
    let indent = " ".repeat(crate::render::text::width(&lead));
    let usage = command.render_usage().to_string();
    let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage);
    let lines: Vec<&str> = usage.lines().map(str::trim).collect();
    let usage = lines.join(&format!("\n{indent}"));
    let usage = usage.replace("[OPTIONS]", &text("help-usage-options", "[OPTIONS]"));
    let usage = usage.replace("[COMMAND]", &text("help-usage-command", "[COMMAND]"));
    let usage = usage.replace("<COMMAND>", &text("help-usage-command-needed", "<COMMAND>"));
    let style = anstyle::Style::new().bold().underline();
    let template = format!(
        "{{before-help}}{{about-with-newline}}\n{style}{lead}{style:#}{{usage}}\n\n{{all-args}}{{after-help}}"
    );
    command.override_usage(usage).help_template(template)
}

fn argument(arg: Arg, path: &str, words: &'static Words) -> Arg {
    let key = key(&arg, path);
    let heading = arg.get_help_heading().and_then(|heading| fixed(words, &heading_key(heading)));
    let arg = match heading {
        Some(heading) => arg.help_heading(heading),
        None => arg,
    };
    let arg = value_names(arg, words);
    match words.maybe(&key) {
        Some(help) => described(arg, &key, help.into_owned(), words),
        None => arg,
    }
}

/// The help, with the defaults and the possible values that clap would tell in English.
fn described(arg: Arg, key: &str, mut help: String, words: &'static Words) -> Arg {
    let text = |key: &str| words.maybe(key).map(|text| text.into_owned());
    let defaults: Vec<_> = arg.get_default_values().iter().filter_map(|v| v.to_str()).collect();
    let defaults = if arg.is_hide_default_value_set() { String::new() } else { defaults.join(" ") };
    let takes = arg.get_action().takes_values();
    if takes
        && !defaults.is_empty()
        && let Some(lead) = text("help-default")
    {
        help.push_str(&format!(" [{lead}{defaults}]"));
    }
    let possible: Vec<PossibleValue> = if takes { arg.get_possible_values() } else { Vec::new() };
    let names: Vec<&str> = possible.iter().map(PossibleValue::get_name).collect();
    if !names.is_empty()
        && let Some(lead) = text("help-possible")
    {
        help.push_str(&format!(" [{lead}{}]", names.join(", ")));
    }
    let told: Vec<String> = names
        .iter()
        .filter_map(|name| Some(format!("\n- {name}：{}", text(&format!("{key}-value-{name}"))?)))
        .collect();
    let long = (!told.is_empty()).then(|| format!("{help}\n{}", told.concat()));
    let long = long.unwrap_or_else(|| help.clone());
    arg.hide_default_value(true).hide_possible_values(true).help(help).long_help(long)
}

fn value_names(arg: Arg, words: &'static Words) -> Arg {
    if !arg.get_action().takes_values() {
        return arg;
    }
    let names = value_names_of(&arg);
    let names: Option<Vec<_>> = names.iter().map(|name| fixed(words, &value_key(name))).collect();
    match names {
        Some(names) => arg.value_names(names),
        None => arg,
    }
}

/// A text without anything put in, as long-lived as the words themselves.
fn fixed(words: &'static Words, key: &str) -> Option<&'static str> {
    match words.maybe(key)? {
        Cow::Borrowed(text) => Some(text),
        Cow::Owned(_) => None,
    }
}

/// As they are in English; clap makes them of the id where none is given.
pub(super) fn value_names_of(arg: &Arg) -> Vec<String> {
    match arg.get_value_names() {
        Some(names) => names.iter().map(|name| name.to_string()).collect(),
        None => vec![arg.get_id().as_str().to_uppercase()],
    }
}

/// The key of the name of a value.
pub(super) fn value_key(name: &str) -> String {
    format!("help-value-{}", slug(name))
}

/// The key of a heading.
pub(super) fn heading_key(heading: &str) -> String {
    format!("help-heading-{}", slug(heading))
}

/// The key of an argument's help: those that many commands share have one for all.
pub(super) fn key(arg: &Arg, path: &str) -> String {
    let id = slug(arg.get_id().as_str());
    match arg.get_help_heading() {
        Some(heading) if heading == filter::WHICH => format!("help-filter-{id}"),
        _ if arg.is_global_set() || matches!(id.as_str(), "help" | "version") => format!("help-arg-{id}"),
        _ => format!("{path}-arg-{id}"),
    }
}

fn slug(name: &str) -> String {
    name.to_lowercase().replace(['_', ' '], "-")
}
