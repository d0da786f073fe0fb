//! The intermediate form: what a request asks for and what an answer says, in no vendor's words.
//!
//! Every dialect reads into it and writes from it (hub and spoke), so that three dialects need six converters and not nine.
//! Texts are decoded and borrowed from the body where they hold no escapes. What only passes through (schemas,
//! the input of tools, metadata) stays the vendor's own JSON text, so that numbers, escapes and the order of members
//! are kept. What a dialect has no word for is left out by its writer, which says so ([`Loss`]), or refused
//! ([`Refused`]) where the answer would mean something else.

mod answer;
mod event;
mod join;
mod request;
mod seal;

use std::borrow::Cow;

pub use answer::{Answer, Block, Stop};
pub use event::{Event, Opening};
pub use join::Joined;
pub use request::{
    Choice, Effort, Format, Level, Media, Part, Reasoning, Request, Result as ToolResult, Role, Sampling,
    Source, Thinking, Tool, Turn,
};
pub use seal::Seal;

/// JSON text of one value, sound, as somebody wrote it.
pub type Json<'a> = Cow<'a, str>;
/// Decoded text.
pub type Text<'a> = Cow<'a, str>;

/// The type of an error that Anthropic's SDKs answer by sending the whole conversation again (see their message threads).
pub const THREAD_NOT_FOUND: &str = "thread_not_found";

/// Something that a request asks for and the target's dialect has no word for. The request goes without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// What it is called where it came from: `top_k`, `messages[].content[].citations`.
    pub what: &'static str,
}

/// A request that would mean something else in the target's dialect. Becomes a 400 of type `invalid_request_error`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

/// What is said of a conversation that only Anthropic holds. An endpoint of another dialect has no part of it.
const NO_THREAD: &str =
    "the conversation's earlier turns (`thread`) are kept by another endpoint; send all of its `messages`";

impl Refused {
    /// A request that goes on with a conversation that only the vendor holds (Anthropic's message threads).
    #[must_use]
    pub fn lost_thread() -> Self {
        Self(NO_THREAD.to_owned())
    }

    /// Whether it is [`Self::lost_thread`]: the client has what is missing, and is told so by [`THREAD_NOT_FOUND`].
    #[must_use]
    pub fn is_lost_thread(&self) -> bool {
        self.0 == NO_THREAD
    }

    /// `what` cannot be asked of endpoints of the dialect `target`.
    #[must_use]
    pub fn no_counterpart(what: &str, target: &str) -> Self {
        Self(format!(
            "`{what}` has no counterpart in the {target} dialect of the endpoint that serves this model; leave it out or route \
             the model to an endpoint of the request's own dialect"
        ))
    }
}
