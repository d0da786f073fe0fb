//! Where output goes: data to standard output, talk to standard error, with or without colour.
//!
//! Every text is written in one go, so that a reader never sees half of it; anstream takes the colours away
//! where they are not wanted (no terminal, `NO_COLOR`).

use crate::language::words;
use std::io::{self, IsTerminal, Write};
use zephyr_words::say;

use serde::Serialize;

use crate::error::Error;
use crate::render;

/// How this process prints.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// Documents for programs instead of text for people.
    pub(crate) json: bool,
    /// Columns there are; `None` = no limit.
    pub(crate) width: Option<usize>,
}

impl Output {
    /// Looks at the terminal.
    pub(crate) fn new(json: bool) -> Self {
        Self { json, width: width() }
    }

    /// Prints what was asked for.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub(crate) fn data(self, text: &str) -> Result<(), Error> {
        let mut out = anstream::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| Error::output(&e))
    }

    /// Prints one JSON document over several lines.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub(crate) fn document(self, body: &impl Serialize) -> Result<(), Error> {
        self.raw(&render::json::document(body)?)
    }

    /// Prints one JSON document on one line.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub(crate) fn line(self, body: &impl Serialize) -> Result<(), Error> {
        self.raw(&render::json::line(body)?)
    }

    /// Prints bytes that must not be touched, not even their colours.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub(crate) fn raw(self, text: &str) -> Result<(), Error> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| Error::output(&e))
    }

    /// Tells a person something beside the data. A closed standard error is nobody's loss.
    pub(crate) fn talk(self, text: &str) {
        let _ = anstream::stderr().lock().write_all(text.as_bytes());
    }

    /// Tells a person something to mind, on a line of its own.
    pub(crate) fn note(self, text: &str) {
        self.talk(&(say!(words(), "note", text = text) + "\n"));
    }

    /// Reports why the verb gave up; in JSON mode also as a document on standard output.
    pub(crate) fn error(self, error: &Error) {
        if self.json {
            let _ = self.line(&render::json::Failure::of(error));
        }
        self.talk(&render::error::text(error));
    }

    /// Whether a person watches standard error, so that a line may be rewritten in place.
    pub(crate) fn talk_is_live(self) -> bool {
        io::stderr().is_terminal()
    }
}

/// `COLUMNS` when it is set, else the terminal's width; no limit where output is not a terminal.
pub(crate) fn width() -> Option<usize> {
    let set = std::env::var("COLUMNS").ok().and_then(|v| v.parse().ok()).filter(|w| *w > 0);
    set.or_else(|| rustix::termios::tcgetwinsize(io::stdout()).ok().map(|size| size.ws_col.into()))
        .filter(|w| *w > 0)
}
