//! From one dialect to another: a request on its way to an endpoint, and its answer on the way back.
//!
//! [`Convert`] is what each dialect gives: readers and writers of the intermediate form ([`crate::form`]). What lies
//! between (names that are too long, forms of answers, errors) is done here once for all of them. [`request`] makes the
//! endpoint's request of the client's and gives a [`Reply`], which makes the [`Translator`] of the answer; [`in_form`] is
//! the same for an endpoint of the client's own dialect that answers in one form alone.

mod answer;
mod collect;
mod error;
mod headers;
mod names;
mod overflow;
mod replay;
mod request;
mod same;

use std::collections::BTreeSet;

pub use answer::{Reply, Translator};
pub use error::{error, told};
pub use headers::headers;
pub use overflow::Overflow;
pub(crate) use overflow::numbers;
pub(crate) use request::sound;
pub use request::{Target, Translated, request};
pub use same::in_form;

use crate::form::{Answer, Event, Json, Loss, Refused, Request};
use crate::quirks::Quirks;
use crate::whole::Unsound;

/// What a dialect gives for this room.
pub trait Convert: Send + Sync {
    /// Reads a request, which is sound JSON.
    ///
    /// # Errors
    /// Something in it cannot be understood, or no other dialect could be asked for it (`n` above 1, `logprobs`).
    fn read_request<'a>(&self, body: &'a str) -> Result<Request<'a>, Refused>;

    /// Writes a request for an endpoint with these quirks. What is left out is added to `losses`.
    ///
    /// # Errors
    /// What is asked for cannot be asked of this dialect, and leaving it out would change what the answer means.
    fn write_request(
        &self,
        request: &Request<'_>,
        quirks: &Quirks,
        losses: &mut Vec<Loss>,
    ) -> Result<Vec<u8>, Refused>;

    /// Reads a whole answer.
    ///
    /// # Errors
    /// It is not complete, or not of the dialect's shape.
    fn read_answer<'a>(&self, body: &'a str) -> Result<Answer<'a>, Unsound>;

    /// Writes a whole answer.
    fn write_answer(&self, answer: &Answer<'_>, wish: &Wish) -> Vec<u8>;

    /// Reads a stream, event by event.
    fn decoder(&self) -> Box<dyn Decode>;

    /// Writes a stream.
    fn encoder(&self, wish: &Wish) -> Box<dyn Encode>;

    /// What of a request the answer to it repeats ([`Wish::echo`]); `None` where the dialect repeats nothing. `body` is
    /// sound JSON.
    fn echo(&self, body: &str) -> Option<Json<'static>> {
        let _ = body;
        None
    }
}

/// Reads the events of one stream.
pub trait Decode: Send {
    /// Takes the next event of the stream and calls `each` with what it means, in the order that [`Event`] promises.
    /// `name` is empty where the stream names no events.
    ///
    /// # Errors
    /// The stream cannot be what it claims to be: nothing after it may be trusted.
    fn event(&mut self, name: &[u8], data: &[u8], each: &mut dyn FnMut(Event<'_>)) -> Result<(), Unsound>;

    /// The endpoint has closed the connection. A stream whose dialect lets it end so (Chat Completions without `[DONE]`
    /// behind a `finish_reason`: what [`crate::dialect::Dialect::ends`] takes for an end) gives what is left, up to
    /// [`Event::End`]; any other gives nothing, and counts as cut.
    ///
    /// # Errors
    /// As of [`Decode::event`].
    fn finish(&mut self, _each: &mut dyn FnMut(Event<'_>)) -> Result<(), Unsound> {
        Ok(())
    }
}

/// Writes the events of one stream.
pub trait Encode: Send {
    /// Appends to `out` what `event` is in the dialect. [`Event::End`] alone writes the dialect's own end; without it the
    /// stream stays open, as one that was cut.
    fn event(&mut self, event: &Event<'_>, out: &mut Vec<u8>);

    /// Whether it has stopped writing because the answer is longer than it can keep: then no end comes either.
    fn has_given_up(&self) -> bool {
        false
    }
}

/// What the client's request means for the shape of its answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wish {
    /// The model asked for: told where the endpoint does not say which one answered.
    pub model: String,
    /// An id for the answer where the endpoint gives none: ASCII letters and digits.
    pub id: String,
    /// Seconds since 1970, where the endpoint does not say when it answered.
    pub created: i64,
    /// Usage is wanted inside the stream.
    pub stream_usage: bool,
    /// What only its author can read of thinking is wanted.
    pub sealed: bool,
    /// Names of tools that take free text (see [`crate::form::Tool::Free`]).
    pub free: BTreeSet<String>,
    /// Members of the request that the dialect's answer repeats, an object (Responses).
    pub echo: Option<Json<'static>>,
}
