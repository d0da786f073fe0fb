//! A stream in the intermediate form.
//!
//! A decoder gives [`Event::Start`] first and once. Blocks are numbered from 0 in the order in which they open, and open
//! in that order; each is closed once, by the latest before [`Event::Stop`]. Several may be open at one time (parallel
//! calls whose arguments come in turns). [`Event::Stop`] comes once, then [`Event::End`] where, and only where, the stream
//! has told its own end. [`Event::Usage`] may come at any time from the start until the end; a later one counts more.
//! Texts are whole characters, whatever the pieces in which they came.

use super::{Seal, Stop, Text};
use crate::usage::Usage;

/// One step of a stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Event<'a> {
    /// The answer begins.
    Start {
        /// As in [`super::Answer`].
        id: Text<'a>,
        /// As in [`super::Answer`].
        model: Text<'a>,
        /// As in [`super::Answer`].
        created: Option<i64>,
    },
    /// Block `0` begins, or `1`, and so on.
    Open(u32, Opening<'a>),
    /// More of the text of a text, thinking or refusal block.
    Text(u32, Text<'a>),
    /// More of the JSON text of a call's input. All pieces together are a JSON object, or nothing, which means `{}`.
    Input(u32, Text<'a>),
    /// What the author of a thinking block wants back; at most once a block, before it closes.
    Seal(u32, Seal<'a>),
    /// A block is done.
    Close(u32),
    /// Tokens so far.
    Usage(Usage),
    /// Why the answer ended.
    Stop(Stop<'a>),
    /// The stream told its own end.
    End,
    /// The endpoint told an error instead of going on.
    Error {
        /// Anthropic-style type.
        kind: Text<'a>,
        /// The vendor's words.
        message: Text<'a>,
    },
    /// A sign of life.
    Ping,
}

/// What a block is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening<'a> {
    /// Text.
    Text,
    /// Thinking.
    Thinking,
    /// A refusal.
    Refusal,
    /// A call of a tool. Name and id are known and final when it opens.
    Call {
        /// The call's id.
        id: Text<'a>,
        /// The tool's name, as the endpoint was told it.
        name: Text<'a>,
    },
}

fn own(text: Text<'_>) -> Text<'static> {
    Text::Owned(text.into_owned())
}

impl Opening<'_> {
    /// As [`Event::into_owned`].
    #[must_use]
    pub fn into_owned(self) -> Opening<'static> {
        match self {
            Self::Text => Opening::Text,
            Self::Thinking => Opening::Thinking,
            Self::Refusal => Opening::Refusal,
            Self::Call { id, name } => Opening::Call { id: own(id), name: own(name) },
        }
    }
}

impl Event<'_> {
    /// A copy that outlives the bytes that it was read from.
    #[must_use]
    pub fn into_owned(self) -> Event<'static> {
        match self {
            Self::Start { id, model, created } => Event::Start { id: own(id), model: own(model), created },
            Self::Open(n, opening) => Event::Open(n, opening.into_owned()),
            Self::Text(n, text) => Event::Text(n, own(text)),
            Self::Input(n, text) => Event::Input(n, own(text)),
            Self::Seal(n, seal) => Event::Seal(n, seal.into_owned()),
            Self::Close(n) => Event::Close(n),
            Self::Usage(usage) => Event::Usage(usage),
            Self::Stop(stop) => Event::Stop(stop.into_owned()),
            Self::End => Event::End,
            Self::Error { kind, message } => Event::Error { kind: own(kind), message: own(message) },
            Self::Ping => Event::Ping,
        }
    }
}

impl Stop<'_> {
    /// As [`Event::into_owned`].
    #[must_use]
    pub fn into_owned(self) -> Stop<'static> {
        match self {
            Self::End => Stop::End,
            Self::Tools => Stop::Tools,
            Self::Length => Stop::Length,
            Self::Window => Stop::Window,
            Self::Sequence(text) => Stop::Sequence(text.map(own)),
            Self::Refusal => Stop::Refusal,
            Self::Pause => Stop::Pause,
        }
    }
}
