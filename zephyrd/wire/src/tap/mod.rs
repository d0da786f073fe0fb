//! The tap: reads an answer as it passes, once, for everybody who must know what it says.
//!
//! One pass serves the commit gate (has content begun?), the relay (has the stream come to its own end?) and the
//! record (tokens, model, why it stopped). Chunks are only looked at: nothing is changed, held back or written anew.
//! Bounded by [`crate::sse::MAX_EVENT`] per event, 64 KiB per member of a whole answer, and the decoder's bounds.

mod scan;

use crate::dialect::{Dialect, Sign};
use crate::encoding::{Decoder, Encoding};
use crate::peek::members;
use crate::sse::{Event, Events};
use crate::usage::{Draft, Reading};
use scan::{Members, Scanned};

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Server-sent events.
    Stream,
    /// One JSON object.
    Whole,
}

/// What an answer has shown so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// Something semantic has come. Of a whole answer: all of it, and it is no error.
    pub semantic: bool,
    /// The dialect's own end has come. Of a whole answer: its object is closed.
    pub ended: bool,
    /// An error has come before anything semantic: its type and message.
    pub error: Option<(String, String)>,
}

/// Follows one answer.
pub struct Tap {
    decoder: Decoder,
    source: Source,
    notes: Notes,
}

enum Source {
    Stream(Events),
    Whole(Members),
    /// Nobody wants to know what it says.
    Unread,
}

struct Notes {
    dialect: &'static dyn Dialect,
    /// Usage and whatever else an answer tells of itself is wanted.
    reads: bool,
    seen: Seen,
    draft: Draft,
}

impl Tap {
    /// Follows an answer of `dialect`.
    #[must_use]
    pub fn new(dialect: &'static dyn Dialect, form: Form, encoding: Encoding) -> Self {
        let source = match form {
            Form::Stream => Source::Stream(Events::default()),
            Form::Whole => Source::Whole(Members::default()),
        };
        Self::with(dialect, source, encoding, true)
    }

    /// Follows an answer of `dialect` for its signs alone: [`Tap::reading`] stays empty. Of a whole answer nothing is
    /// seen.
    #[must_use]
    pub fn watching(dialect: &'static dyn Dialect, form: Form, encoding: Encoding) -> Self {
        let source = match form {
            Form::Stream => Source::Stream(Events::default()),
            Form::Whole => Source::Unread,
        };
        Self::with(dialect, source, encoding, false)
    }

    fn with(dialect: &'static dyn Dialect, source: Source, encoding: Encoding, reads: bool) -> Self {
        let notes = Notes { dialect, reads, seen: Seen::default(), draft: Draft::default() };
        let mut tap = Self { decoder: Decoder::new(encoding), source, notes };
        tap.feed(b"");
        tap
    }

    /// Looks at the next bytes, as they came.
    pub fn feed(&mut self, chunk: &[u8]) {
        let notes = &mut self.notes;
        match &mut self.source {
            Source::Stream(events) => {
                self.decoder.feed(chunk, |plain| events.feed(plain, |event| notes.event(event)));
            }
            Source::Whole(members) => {
                self.decoder.feed(chunk, |plain| members.feed(plain, notes.dialect, |m| notes.member(m)));
            }
            Source::Unread => return,
        }
        if notes.reads && self.decoder.is_blind() {
            notes.draft.untapped();
        }
    }

    /// The answer has ended: looks at a last event that nothing has closed.
    pub fn finish(&mut self) {
        if let Source::Stream(events) = &mut self.source {
            let notes = &mut self.notes;
            events.finish(|event| notes.event(event));
        }
    }

    /// What has been seen so far.
    #[must_use]
    pub fn seen(&self) -> &Seen {
        &self.notes.seen
    }

    /// What has been read so far.
    #[must_use]
    pub fn reading(&self) -> &Reading {
        self.notes.draft.reading()
    }

    /// What was read.
    #[must_use]
    pub fn into_reading(self) -> Reading {
        self.notes.draft.into_reading()
    }

    /// Whether nothing can be read any more, because the encoding is unknown or broken: what [`Tap::seen`] says then
    /// proves nothing.
    #[must_use]
    pub fn is_blind(&self) -> bool {
        self.decoder.is_blind()
    }
}

impl Notes {
    fn event(&mut self, event: Event<'_>) {
        if event.overlong {
            self.seen.ended |= self.follow(event);
            if self.reads {
                self.draft.untapped();
            }
            return;
        }
        // What was cut in its last event has neither ended nor told anything.
        let cut = |data: &[u8]| {
            data.trim_ascii().is_empty() || (data.starts_with(b"{") && members(data, |_, _| {}).is_none())
        };
        if event.unfinished && cut(event.data) {
            return;
        }
        let ended = self.follow(event);
        if ended {
            self.draft.finish();
        }
        let Self { dialect, seen, .. } = self;
        if seen.semantic {
            seen.ended |= ended;
            return;
        }
        match dialect.sign(event.name, event.data) {
            Sign::Nothing => {}
            Sign::Semantic => {
                seen.semantic = true;
                seen.ended |= ended;
            }
            Sign::End => seen.ended = true,
            Sign::Error { kind, message } => {
                seen.error.get_or_insert((kind, message));
            }
        }
    }

    /// Whether `event` is the stream's own end; takes down what it tells, where that is wanted.
    fn follow(&mut self, event: Event<'_>) -> bool {
        if self.reads {
            self.dialect.follow(event.name, event.data, &mut self.draft)
        } else {
            self.dialect.ends(event.name, event.data)
        }
    }

    fn member(&mut self, scanned: Scanned<'_>) {
        let Self { dialect, seen, draft, .. } = self;
        match scanned {
            Scanned::Member { within, key, value } => dialect.read(within, key, value, draft),
            Scanned::TooLong => draft.untapped(),
            Scanned::End => {
                draft.finish();
                seen.ended = true;
                seen.error.clone_from(&draft.reading().error);
                seen.semantic = seen.error.is_none();
            }
        }
    }
}

impl std::fmt::Debug for Tap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tap")
            .field("dialect", &self.notes.dialect)
            .field("seen", &self.notes.seen)
            .field("reading", self.reading())
            .finish_non_exhaustive()
    }
}
