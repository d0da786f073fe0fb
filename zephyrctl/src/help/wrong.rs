//! Wrong usage, told in another language than clap's.
//!
//! What clap knows more about than is told here keeps clap's own words within our frame.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use zephyr_words::{Words, say};

/// What is wrong, what was perhaps meant, and the usage.
pub(super) fn text(error: &clap::Error, words: &Words) -> String {
    let mut out = format!("{} {}\n", say!(words, "help-wrong"), sentence(error, words));
    for kind in [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue] {
        if let Some(near) = value(error, kind) {
            out.push_str(&format!("\n  {}\n", say!(words, "help-similar", near = near)));
        }
    }
    if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
        let usage = usage.to_string();
        let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage);
        out.push_str(&format!("\n{}{}\n", say!(words, "help-usage"), usage.trim_end()));
    }
    out.push_str(&format!("\n{}\n", say!(words, "help-more")));
    out
}

fn sentence(error: &clap::Error, words: &Words) -> String {
    let arg = || value(error, ContextKind::InvalidArg).unwrap_or_default();
    let given = || value(error, ContextKind::InvalidValue).unwrap_or_default();
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let name = value(error, ContextKind::InvalidSubcommand).unwrap_or_default();
            say!(words, "help-unknown-command", name = name)
        }
        ErrorKind::UnknownArgument => say!(words, "help-unknown-argument", arg = arg()),
        ErrorKind::MissingRequiredArgument => say!(words, "help-missing", args = arg()),
        ErrorKind::ArgumentConflict => {
            let other = value(error, ContextKind::PriorArg).unwrap_or_default();
            say!(words, "help-conflict", arg = arg(), other = other)
        }
        ErrorKind::InvalidValue if given().is_empty() => say!(words, "help-no-value", arg = arg()),
        ErrorKind::InvalidValue => {
            let possible = value(error, ContextKind::ValidValue).unwrap_or_default();
            say!(words, "help-invalid-of", value = given(), arg = arg(), possible = possible)
        }
        ErrorKind::ValueValidation => {
            let why = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
            say!(words, "help-invalid", value = given(), arg = arg(), why = why)
        }
        // The first line, without the word for an error.
        _ => {
            let said = error.render().to_string();
            let first = said.lines().next().unwrap_or_default();
            first.strip_prefix("error: ").unwrap_or(first).to_owned()
        }
    }
}

/// A fact that comes with the error, made safe for a terminal.
fn value(error: &clap::Error, kind: ContextKind) -> Option<String> {
    let text = match error.get(kind)? {
        ContextValue::String(text) => text.clone(),
        ContextValue::Strings(texts) => texts.join(", "),
        _ => return None,
    };
    Some(crate::render::text::line(&text))
}
