//! Help and wrong usage in the language of this process.
//!
//! English help is made of the doc comments and is clap's own business. For other languages the tree of commands is
//! walked only once clap has something to say, so that a verb that runs pays nothing for it.

mod fold;
mod localise;
mod wrong;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

use clap::error::ErrorKind;
use zephyr_words::{Catalogue, HELP, Language, Words};

use crate::language::spoken;
use crate::output::{self, Output};

/// Lines are not wider, as in English.
const WIDEST: usize = 100;

static TEXTS: Catalogue = Catalogue::new(&[HELP]);

fn texts(language: Language) -> &'static Words {
    TEXTS.of(language)
}

/// Shows what clap has to say instead of running a verb, and tells the exit status.
pub(crate) fn show(english: &clap::Error) -> ExitCode {
    let code = ExitCode::from(u8::try_from(english.exit_code()).unwrap_or(2));
    let language = spoken();
    if language == Language::English {
        let _ = english.print();
        return code;
    }
    let asked = localise::command(texts(language)).try_get_matches_from_mut(std::env::args_os());
    let error = match &asked {
        Err(error) if error.kind() == english.kind() => error,
        _ => english,
    };
    let text = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            localise::headings(&error.render().ansi().to_string(), texts(language))
        }
        ErrorKind::DisplayVersion => error.render().to_string(),
        _ => wrong::text(error, texts(language)),
    };
    let text = fold::lines(&text, output::width().unwrap_or(WIDEST).min(WIDEST));
    let out = Output::new(false);
    if error.use_stderr() {
        out.talk(&text);
    } else {
        let _ = out.data(&text);
    }
    code
}
