//! An error as a person reads it.

use crate::language::words;
use anstyle::Style;
use zephyr_words::say;

use super::config;
use super::glyph::{BAD, DIM, paint};
use super::text::line;
use crate::error::Error;

const STRONG: Style = BAD.bold();

/// `Error:`, then the problems of a config, then `Caused by:` and `Hint:` lines.
pub(crate) fn text(error: &Error) -> String {
    let mut out = format!("{} {}\n", paint(STRONG, &say!(words(), "error-label")), line(&error.to_string()));
    out.push_str(&config::problems(error.problems()));
    for cause in error.causes() {
        out.push_str(&format!("{} {}\n", paint(DIM, &say!(words(), "cause-label")), line(cause)));
    }
    for hint in error.hints() {
        out.push_str(&format!("{} {}\n", paint(DIM, &say!(words(), "hint-label")), line(hint)));
    }
    out
}
