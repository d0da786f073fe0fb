//! An endpoint's answer on its way back to the client.
//!
//! Four ways, by the form in which the answer comes and the one that the client asked for. A stream that becomes a stream
//! goes event by event, and what comes out of one chunk is given at once. A stream for a client that wants one
//! object is collected, a whole answer is read when all of it is there (at most [`MOST`] bytes of either). What is
//! compressed is decoded first.
//!
//! No end is invented: a stream that stops without its own end, tells an error, or cannot be read makes the translator
//! fail, and it stays failed.

use super::collect::Collector;
use super::names::Names;
use super::{Decode, Encode, Wish, replay};
use crate::dialect::Dialect;
use crate::encoding::{Decoder, Encoding};
use crate::form::{Answer, Block, Event, Opening, Text};
use crate::sse::Events;
use crate::tap::Form;
use crate::whole::{self, Gather, MOST, Scatter, Unsound};

/// What an answer's translation must know of the request. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Reply {
    client: &'static dyn Dialect,
    endpoint: &'static dyn Dialect,
    form: Form,
    wish: Wish,
    names: Names,
}

/// Translates one answer. Only good answers (2xx) are for it; see [`super::error`] for the others.
pub struct Translator {
    decoder: Decoder,
    way: Way,
    failed: Option<Unsound>,
}

enum Way {
    Stream(Events, Sink),
    Whole(Vec<u8>, Reply),
}

/// Where the events of a stream go.
enum Sink {
    /// Out again, as events.
    Live(Box<Live>),
    /// Into an answer.
    Collected(Box<Collected>),
    /// Into an answer of the same dialect; `None` once it is written.
    Gathered(Option<Box<dyn Gather>>),
}

struct Live {
    decode: Box<dyn Decode>,
    encode: Box<dyn Encode>,
    names: Names,
    ended: bool,
}

struct Collected {
    decode: Box<dyn Decode>,
    collector: Collector,
    reply: Reply,
}

const CUT: Unsound = Unsound("the stream ended without its dialect's own end");
const ERROR: Unsound = Unsound("the endpoint told an error inside its answer");
const UNREADABLE: Unsound = Unsound("its content encoding cannot be undone");
const TOO_LONG: Unsound = Unsound("it is longer than 32 MiB");
const OVERLONG_EVENT: Unsound = Unsound("an event is longer than 8 MiB");

impl Reply {
    pub(super) fn new(
        client: &'static dyn Dialect,
        endpoint: &'static dyn Dialect,
        form: Form,
        wish: Wish,
        names: Names,
    ) -> Self {
        Self { client, endpoint, form, wish, names }
    }

    /// The form that the client asked for: what [`Translator`] writes, and what the answer's `content-type` must say.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// A translator for an answer that comes in `form` (by its `content-type`, not by what was asked for) and
    /// `encoding`.
    #[must_use]
    pub fn answer(&self, form: Form, encoding: Encoding) -> Translator {
        let way = match (form, self.form) {
            (Form::Whole, _) => Way::Whole(Vec::new(), self.clone()),
            (Form::Stream, _) if self.is_one_dialect() && self.form == Form::Whole => {
                Way::Stream(Events::default(), Sink::Gathered(Some(whole::gatherer(self.endpoint))))
            }
            (Form::Stream, Form::Whole) => {
                let decode = self.endpoint.convert().decoder();
                let collected = Collected { decode, collector: Collector::default(), reply: self.clone() };
                Way::Stream(Events::default(), Sink::Collected(Box::new(collected)))
            }
            (Form::Stream, Form::Stream) => {
                let decode = self.endpoint.convert().decoder();
                let encode = self.client.convert().encoder(&self.wish);
                let live = Live { decode, encode, names: self.names.clone(), ended: false };
                Way::Stream(Events::default(), Sink::Live(Box::new(live)))
            }
        };
        Translator { decoder: Decoder::new(encoding), way, failed: None }
    }

    fn is_one_dialect(&self) -> bool {
        self.client.name() == self.endpoint.name()
    }

    /// The whole answer `body` in the client's dialect and form.
    fn whole(&self, body: &[u8], out: &mut Vec<u8>) -> Result<(), Unsound> {
        if self.is_one_dialect() {
            whole::check(self.endpoint, body)?;
            match self.form {
                Form::Whole => out.extend_from_slice(body),
                Form::Stream => {
                    let wish = Scatter { include_usage: self.wish.stream_usage };
                    out.append(&mut whole::scatter(self.endpoint, body, wish)?);
                }
            }
            return Ok(());
        }
        let text = std::str::from_utf8(body).map_err(|_| Unsound("it is not UTF-8"))?;
        let answer = self.endpoint.convert().read_answer(text)?;
        self.write(answer, out)
    }

    /// An answer of the endpoint's dialect in the client's.
    fn write(&self, mut answer: Answer<'_>, out: &mut Vec<u8>) -> Result<(), Unsound> {
        for block in &mut answer.blocks {
            if let Block::Call { name, .. } = block
                && let Some(known) = self.names.given(name)
            {
                *name = Text::Owned(known.to_owned());
            }
        }
        let writer = self.client.convert();
        match self.form {
            Form::Whole => out.append(&mut writer.write_answer(&answer, &self.wish)),
            Form::Stream => {
                let mut encode = writer.encoder(&self.wish);
                replay::replay(&answer, &mut |event| encode.event(&event, out));
            }
        }
        Ok(())
    }
}

impl Translator {
    /// Takes the next bytes of the answer, as they came, and appends to `out` what they are for the client: nothing for a
    /// client that wants a whole answer.
    ///
    /// # Errors
    /// The answer cannot be trusted any more. `out` may have got what came before; nothing will come after it.
    pub fn feed(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<(), Unsound> {
        if let Some(failed) = self.failed {
            return Err(failed);
        }
        let mut result = Ok(());
        match &mut self.way {
            Way::Stream(events, sink) => self.decoder.feed(chunk, |plain| {
                events.feed(plain, |event| {
                    if result.is_ok() {
                        result = if event.overlong {
                            Err(OVERLONG_EVENT)
                        } else {
                            sink.event(event.name, event.data, out)
                        };
                    }
                });
            }),
            Way::Whole(body, _) => self.decoder.feed(chunk, |plain| {
                if body.len() + plain.len() > MOST {
                    result = Err(TOO_LONG);
                } else {
                    body.extend_from_slice(plain);
                }
            }),
        }
        if result.is_ok() && self.decoder.is_blind() {
            result = Err(UNREADABLE);
        }
        self.failed = result.err();
        result
    }

    /// The endpoint has sent all it sends: appends what is left.
    ///
    /// # Errors
    /// The answer is not complete, or not sound.
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Unsound> {
        if let Some(failed) = self.failed {
            return Err(failed);
        }
        let result = match &mut self.way {
            Way::Stream(events, sink) => {
                let mut result = Ok(());
                events.finish(|event| result = sink.event(event.name, event.data, out));
                result.and_then(|()| sink.finish(out))
            }
            Way::Whole(body, reply) => reply.whole(body, out),
        };
        // Once is enough.
        self.failed = Some(result.err().unwrap_or(CUT));
        result
    }
}

impl Sink {
    fn event(&mut self, name: &[u8], data: &[u8], out: &mut Vec<u8>) -> Result<(), Unsound> {
        match self {
            Self::Live(live) => live.step(out, |decode, each| decode.event(name, data, each)),
            Self::Collected(collected) => collected.step(|decode, each| decode.event(name, data, each)),
            Self::Gathered(gather) => {
                if let Some(gather) = gather {
                    gather.event(name, data);
                }
                Ok(())
            }
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Unsound> {
        match self {
            Self::Live(live) => {
                live.step(out, |decode, each| decode.finish(each))?;
                if live.ended { Ok(()) } else { Err(CUT) }
            }
            Self::Collected(collected) => {
                collected.step(|decode, each| decode.finish(each))?;
                let answer = std::mem::take(&mut collected.collector).answer()?;
                collected.reply.write(answer, out)
            }
            Self::Gathered(gather) => {
                out.append(&mut gather.take().ok_or(CUT)?.whole()?);
                Ok(())
            }
        }
    }
}

/// One step of a decoder.
type Each<'a> = &'a mut dyn FnMut(Event<'_>);

impl Live {
    fn step(
        &mut self,
        out: &mut Vec<u8>,
        step: impl FnOnce(&mut dyn Decode, Each<'_>) -> Result<(), Unsound>,
    ) -> Result<(), Unsound> {
        let Self { decode, encode, names, ended } = self;
        let mut told = Ok(());
        step(decode.as_mut(), &mut |event| {
            if *ended || told.is_err() {
                return;
            }
            match event {
                Event::Error { .. } => told = Err(ERROR),
                Event::Open(n, Opening::Call { id, name }) => {
                    let name = match names.given(&name) {
                        Some(known) => Text::Borrowed(known),
                        None => name,
                    };
                    encode.event(&Event::Open(n, Opening::Call { id, name }), out);
                }
                event => {
                    *ended = matches!(event, Event::End);
                    encode.event(&event, out);
                }
            }
        })?;
        if encode.has_given_up() { Err(TOO_LONG) } else { told }
    }
}

impl Collected {
    fn step(
        &mut self,
        step: impl FnOnce(&mut dyn Decode, Each<'_>) -> Result<(), Unsound>,
    ) -> Result<(), Unsound> {
        let mut taken = Ok(());
        let collector = &mut self.collector;
        step(self.decode.as_mut(), &mut |event| {
            if taken.is_ok() {
                taken = match event {
                    Event::Error { .. } => Err(ERROR),
                    event => collector.event(event),
                };
            }
        })?;
        taken
    }
}

impl std::fmt::Debug for Translator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Translator").field("failed", &self.failed).finish_non_exhaustive()
    }
}
