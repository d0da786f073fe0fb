//! A whole answer in the intermediate form.

use super::{Json, Text, Thinking};
use crate::usage::Usage;

/// What a model answered.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer<'a> {
    /// The vendor's id of the answer; empty where it gave none.
    pub id: Text<'a>,
    /// The model that answered; empty where it does not say.
    pub model: Text<'a>,
    /// Seconds since 1970 when it was made; `None` where it does not say.
    pub created: Option<i64>,
    /// Its blocks in order.
    pub blocks: Vec<Block<'a>>,
    /// Why it ended.
    pub stop: Stop<'a>,
    /// Tokens, in our one convention: input without what caches had a part in.
    pub usage: Usage,
}

/// A block of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Block<'a> {
    /// Text.
    Text(Text<'a>),
    /// Thinking.
    Thinking(Thinking<'a>),
    /// A call of a tool.
    Call {
        /// The call's id.
        id: Text<'a>,
        /// The tool's name, as the client knows it.
        name: Text<'a>,
        /// A JSON object.
        input: Json<'a>,
    },
    /// A refusal in these words.
    Refusal(Text<'a>),
}

/// Why an answer ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Stop<'a> {
    /// The model was done.
    #[default]
    End,
    /// It waits for the results of tools.
    Tools,
    /// `max_tokens`.
    Length,
    /// The model's own window is full.
    Window,
    /// One of the request's stop sequences, where the vendor says which.
    Sequence(Option<Text<'a>>),
    /// The model, or the vendor's filter, refused.
    Refusal,
    /// The vendor stopped a long turn that may be gone on with (`pause_turn`).
    Pause,
}
