//! One answer in two forms: the events of a stream, and the JSON that the endpoint gives without `stream`.
//!
//! Where one upstream call serves several clients, or an answer is given again, each gets it in the form that it asked
//! for. Nothing is translated here: both forms are of one dialect. Texts, numbers, the order of members and members that nobody
//! knows are kept as the vendor wrote them, because values are carried as text and never read. What cannot be folded with
//! certainty (an unknown kind of delta, two values where one was expected, a cut stream) is [`Unsound`]: the caller then
//! asks upstream.

pub(crate) mod json;
pub(crate) mod repeat;
pub(crate) mod sse;

use crate::dialect::Dialect;

/// Longest stream that is gathered and longest whole answer that is read, in bytes.
pub const MOST: usize = 32 * 1024 * 1024;

/// Why an answer cannot be given in the other form. Holds nothing of the answer's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the answer is unsound: {0}")]
pub struct Unsound(pub &'static str);

/// What the client of a scattered stream wishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scatter {
    /// Chat Completions: `stream_options.include_usage`. A client that has not asked for it gets no usage, and no chunk
    /// without choices.
    pub include_usage: bool,
}

/// Gathers the events of one stream into the whole answer that the endpoint would have given without `stream`.
pub trait Gather: Send {
    /// Takes the next event. `event` is empty where the stream names none; `data` is its data without `data:`.
    fn event(&mut self, event: &[u8], data: &[u8]);

    /// The answer.
    ///
    /// # Errors
    /// The stream was not whole, told an error, or held what cannot be folded.
    fn whole(self: Box<Self>) -> Result<Vec<u8>, Unsound>;
}

/// What a dialect gives for this room.
pub trait Fold: Send + Sync {
    /// An empty [`Gather`], without a bound: use [`gatherer`].
    fn gatherer(&self) -> Box<dyn Gather>;

    /// The stream of a sound `whole`, which is one line of text.
    ///
    /// # Errors
    /// Some part of it is not of the dialect's shape.
    fn scatter(&self, whole: &[u8], wish: Scatter) -> Result<Vec<u8>, Unsound>;

    /// Whether `whole` is a complete, valid answer of the dialect.
    ///
    /// # Errors
    /// Says what it lacks.
    fn check(&self, whole: &[u8]) -> Result<(), Unsound>;
}

/// Gathers a stream as it comes; at most [`MOST`] bytes of it.
#[must_use]
pub fn gatherer(dialect: &dyn Dialect) -> Box<dyn Gather> {
    Box::new(Bounded { inner: Some(dialect.fold().gatherer()), left: MOST })
}

/// The whole answer of the stream `stream`.
///
/// The last event needs no blank line after it, but its dialect's own end must have come: `message_stop`, `[DONE]`,
/// `response.completed` or `response.incomplete`. A Chat Completions stream whose client has not asked for usage gives
/// an answer without `usage`.
///
/// # Errors
/// The stream was not whole, told an error, held what cannot be folded, or is longer than [`MOST`].
pub fn gather(dialect: &dyn Dialect, stream: &[u8]) -> Result<Vec<u8>, Unsound> {
    let mut gather = gatherer(dialect);
    sse::events(stream, |event, data| gather.event(event, data));
    gather.whole()
}

/// All bytes of the stream that says what the JSON `whole` says, in the order of events that strict clients need.
///
/// # Errors
/// `whole` is not sound (see [`is_sound`]) or longer than [`MOST`].
pub fn scatter(dialect: &dyn Dialect, whole: &[u8], wish: Scatter) -> Result<Vec<u8>, Unsound> {
    check(dialect, whole)?;
    dialect.fold().scatter(&json::on_one_line(whole), wish)
}

/// Whether `whole` is a complete, valid answer of the dialect: its shape, a reason for having stopped, and every block
/// closed. An error object is none.
#[must_use]
pub fn is_sound(dialect: &dyn Dialect, whole: &[u8]) -> bool {
    check(dialect, whole).is_ok()
}

/// As [`is_sound`], and says why not.
///
/// # Errors
/// What `whole` lacks.
pub fn check(dialect: &dyn Dialect, whole: &[u8]) -> Result<(), Unsound> {
    if whole.len() > MOST {
        return Err(TOO_LONG);
    }
    dialect.fold().check(whole)
}

const TOO_LONG: Unsound = Unsound("it is longer than 32 MiB");

/// Ends the gathering of what is too long, and gives back its memory.
struct Bounded {
    inner: Option<Box<dyn Gather>>,
    left: usize,
}

impl Gather for Bounded {
    fn event(&mut self, event: &[u8], data: &[u8]) {
        match self.left.checked_sub(event.len() + data.len()) {
            Some(left) => self.left = left,
            None => self.inner = None,
        }
        if let Some(inner) = &mut self.inner {
            inner.event(event, data);
        }
    }

    fn whole(self: Box<Self>) -> Result<Vec<u8>, Unsound> {
        self.inner.ok_or(TOO_LONG)?.whole()
    }
}

/// What the three folds share: events until one fails, then nothing more.
pub(crate) trait Step: Send + Default {
    /// Takes one event; `text` is its data.
    fn step(&mut self, event: &[u8], text: &[u8]) -> Result<(), Unsound>;

    /// The answer, once the stream has ended.
    fn finish(self) -> Result<Vec<u8>, Unsound>;
}

/// A [`Step`] as a [`Gather`].
pub(crate) struct Steps<S>(Result<S, Unsound>);

impl<S: Step + 'static> Steps<S> {
    pub(crate) fn boxed() -> Box<dyn Gather> {
        Box::new(Self(Ok(S::default())))
    }
}

impl<S: Step> Gather for Steps<S> {
    fn event(&mut self, event: &[u8], data: &[u8]) {
        if let Ok(fold) = &mut self.0
            && let Err(unsound) = fold.step(event, data)
        {
            self.0 = Err(unsound);
        }
    }

    fn whole(self: Box<Self>) -> Result<Vec<u8>, Unsound> {
        self.0?.finish()
    }
}
