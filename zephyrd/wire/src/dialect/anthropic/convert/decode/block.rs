//! Blocks of a stream that are open, and how they grow.

use super::Each;
use crate::form::{Event, Joined, Opening, Seal};

/// A block that is open.
pub(super) struct Block {
    /// `None` until it has begun.
    pub at: Option<u32>,
    pub kind: Kind,
    pub joined: Joined,
}

/// What it is.
pub(super) enum Kind {
    Text,
    Thinking,
    Redacted,
    /// With the input that its start has brought, until a piece comes.
    Call(Option<String>),
}

impl Block {
    /// More text, a JSON string.
    pub(super) fn text(&mut self, raw: Option<&str>, next: &mut u32, each: Each<'_>) {
        let text = raw.map(|raw| self.joined.piece(raw)).unwrap_or_default();
        if text.is_empty() {
            return;
        }
        let at = *self.at.get_or_insert_with(|| {
            each(Event::Open(*next, Opening::Text));
            take(next)
        });
        each(Event::Text(at, text));
    }

    /// More of the text, thinking or input that the block is, a JSON string.
    pub(super) fn more(&mut self, raw: &str, next: &mut u32, each: Each<'_>) {
        let Kind::Call(whole) = &mut self.kind else { return self.text(Some(raw), next, each) };
        let piece = self.joined.piece(raw);
        if let (Some(at), false) = (self.at, piece.is_empty()) {
            *whole = None;
            each(Event::Input(at, piece));
        }
    }

    /// Tells that the block is done, with what was kept back of it.
    pub(super) fn close(self, each: Each<'_>) {
        let Some(at) = self.at else { return };
        if let Kind::Call(Some(input)) = self.kind {
            each(Event::Input(at, input.into()));
        }
        each(Event::Close(at));
    }
}

/// Tells a seal, if there is one.
pub(super) fn seal(at: u32, seal: Option<Seal<'_>>, each: Each<'_>) {
    if let Some(seal) = seal {
        each(Event::Seal(at, seal));
    }
}

/// The number, and the one after it for the next.
pub(super) fn take(next: &mut u32) -> u32 {
    let at = *next;
    *next = next.saturating_add(1);
    at
}
