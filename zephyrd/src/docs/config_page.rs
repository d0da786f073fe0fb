//! The man page of the config file, made from the vocabulary: a key that the page does not have does not exist.

use std::io::{self, Write};

use clap_mangen::roff::{Inline, Roff, bold, italic, roman};
use zephyr_core::config::{Key, Kind, Section, vocabulary};

const ABOUT: &str = "zephyrd reads one TOML file: the one of --config, else /etc/zephyrd/config.toml, or \
    zephyrd/config.toml in the user's config directory. Everything has a default; without a file it passes \
    requests on to https://api.anthropic.com with the client's own credential. Unknown keys are errors. \
    `zephyrd check` prints everything that is wrong, and `systemctl reload zephyrd` takes a change up, whole or \
    not at all.";
const KEYS: &str = "Keys of providers belong in a file of NAME=value lines beside the config, which only the \
    service can read; auth_token_env and `env` name the variable. zephyrd reads it at start and at every reload.";
const TYPES: &str = "Durations are numbers of seconds (of milliseconds where the name ends in _ms) or strings: \
    \"500ms\", \"60s\", \"2m\", \"1h\". Sizes are numbers of bytes or strings: \"512KiB\", \"32MiB\", \"1GiB\". \
    ZEPHYRD_SECTION__KEY in the environment overrides a key of a table with single brackets.";

/// Writes `zephyrd.toml(5)`.
pub(super) fn render(out: &mut impl Write) -> io::Result<()> {
    let mut page = Roff::new();
    page.control("TH", ["zephyrd.toml", "5", "", concat!("zephyrd ", env!("CARGO_PKG_VERSION"))]);
    page.control("SH", ["NAME"]);
    page.text([roman("zephyrd.toml - config of zephyrd")]);
    page.control("SH", ["DESCRIPTION"]);
    for text in [ABOUT, KEYS, TYPES] {
        page.text([roman(text)]);
        page.control("PP", []);
    }
    for section in vocabulary() {
        let title = section.title.replace('`', "");
        page.control("SH", [title.as_str()]);
        page.text([roman(format!("{}.", section.doc))]);
        for key in section.keys {
            one(&mut page, key);
        }
    }
    page.control("SH", ["FILES"]);
    let files = [
        ("/etc/zephyrd/config.toml", "the config"),
        ("/etc/zephyrd/zephyrd.env", "keys; mode 0600, owner zephyrd"),
    ];
    for (file, what) in files {
        page.control("TP", []);
        page.text([italic(file)]);
        page.text([roman(what)]);
    }
    page.control("SH", ["SEE ALSO"]);
    page.text([bold("zephyrd"), roman("(8), "), bold("zephyrctl"), roman("(1)")]);
    page.to_writer(out)
}

fn one(page: &mut Roff, key: &Key) {
    page.control("TP", []);
    let mut head: Vec<Inline> = vec![bold(key.name), roman(format!(" ({}", kind(key.kind)))];
    if let Some(default) = key.default {
        head.push(roman(format!("; default {default}")));
    }
    head.push(roman(")"));
    page.text(head);
    page.text([roman(key.doc)]);
}

/// The type as the page says it.
fn kind(kind: Kind) -> String {
    let table = |name: &str| vocabulary().iter().find(|s: &&Section| s.name == name).map_or("", |s| s.title);
    match kind {
        Kind::Text => "string".to_owned(),
        Kind::Flag => "true or false".to_owned(),
        Kind::Integer { min, max } => format!("integer, {min} to {max}"),
        Kind::Number { min, max } => format!("number, {min} to {max}"),
        Kind::Seconds { .. } => "seconds".to_owned(),
        Kind::Millis { .. } => "milliseconds".to_owned(),
        Kind::Size { .. } => "size".to_owned(),
        Kind::Choice(of) => of.join(" | "),
        Kind::Texts => "list of strings".to_owned(),
        Kind::Statuses => "list of HTTP statuses".to_owned(),
        Kind::Path | Kind::File => "absolute path".to_owned(),
        Kind::Command => "list of strings: program and arguments".to_owned(),
        Kind::Auth => format!("\"passthrough\", \"none\" or {}", table("auth").replace('`', "")),
        Kind::Secret => format!("string or {}", table("secret").replace('`', "")),
        Kind::Pairs => "table of strings".to_owned(),
        Kind::Values => "table of any values".to_owned(),
        Kind::Table(name) => format!("table: {}", table(name).replace('`', "")),
        Kind::Tables(name) => format!("list of tables: {}", table(name).replace('`', "")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_key_of_the_vocabulary() {
        let mut page = Vec::new();
        render(&mut page).unwrap();
        let page = String::from_utf8(page).unwrap();
        for section in vocabulary() {
            for key in section.keys {
                assert!(page.contains(&format!("\\fB{}\\fR", key.name)), "{} in {}", key.name, section.title);
            }
        }
    }
}
