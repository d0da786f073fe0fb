//! A good answer on its way back through a translation.
//!
//! A stream for a client that wants one is translated as it passes: what comes out of one chunk leaves at once. Anything
//! else is read to its end inside the attempt, within the endpoint's limits on silence and time and the translator's on
//! size, before the client sees a byte: so another endpoint can still be asked when it breaks off.

use std::collections::VecDeque;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::response::Parts;
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};
use zephyr_core::config::Failover;
use zephyr_core::failover::Class;
use zephyr_wire::encoding::Encoding;
use zephyr_wire::tap::{Form, Tap};
use zephyr_wire::translate::{Reply, Translator};
use zephyr_wire::whole::Unsound;

use crate::proxy::gate::{Limits, Passed, Stopped};
use crate::upstream::UpstreamBody;

/// An answer that passed the gate and is translated.
pub(in super::super) struct Crossing<'a> {
    /// Makes the client's answer of it.
    pub(in super::super) reply: &'a Reply,
    /// Status and headers.
    pub(in super::super) head: &'a Parts,
    /// It comes as a stream.
    pub(in super::super) stream: bool,
    /// Longest silence between two of its pieces, and longest time in all.
    pub(in super::super) limits: Limits,
    /// What an error inside it means.
    pub(in super::super) config: &'a Failover,
}

impl Crossing<'_> {
    /// The beginning of the client's answer, and what translates the rest where that is still to come.
    ///
    /// # Errors
    /// The answer broke off, or is none; the client has not seen anything of it.
    pub(in super::super) async fn begin(
        &self,
        passed: Passed,
        body: &mut UpstreamBody,
        tap: &mut Tap,
    ) -> Result<(Passed, Option<Box<Translator>>), Stopped> {
        let form = if self.stream { Form::Stream } else { Form::Whole };
        let unsound = |unsound: Unsound, tap: &Tap| self.unsound(unsound, tap);
        let mut translator = Box::new(self.reply.answer(form, Encoding::of(&self.head.headers)));
        let mut out = Vec::new();
        for chunk in &passed.held {
            translator.feed(chunk, &mut out).map_err(|e| unsound(e, tap))?;
        }
        let live = self.stream && self.reply.form() == Form::Stream;
        if live && !passed.ended {
            return Ok((Passed { held: pieces(out), ..passed }, Some(translator)));
        }
        if !passed.ended {
            self.read_out(body, tap, |chunk| translator.feed(chunk, &mut out)).await?;
        }
        translator.finish(&mut out).map_err(|e| unsound(e, tap))?;
        Ok((Passed { held: pieces(out), follows: false, ended: true }, None))
    }

    /// Hands the rest of the answer to `each`, and lets the tap see it.
    async fn read_out(
        &self,
        body: &mut UpstreamBody,
        tap: &mut Tap,
        mut each: impl FnMut(&[u8]) -> Result<(), Unsound>,
    ) -> Result<(), Stopped> {
        loop {
            let wait = self.limits.end.min(Instant::now() + self.limits.silence);
            let data = match timeout_at(wait, body.frame()).await {
                Err(_) => return Err(Stopped::new(Class::TimedOut, "the answer stopped before its end")),
                Ok(None) => break,
                Ok(Some(Err(e))) => {
                    return Err(Stopped::new(Class::Unanswered, format!("the connection died: {e}")));
                }
                Ok(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
            };
            tap.feed(&data);
            each(&data).map_err(|e| self.unsound(e, tap))?;
        }
        tap.finish();
        Ok(())
    }

    /// What cannot be translated is no answer; an error that was told inside it is what a refusal of its type would
    /// have been.
    fn unsound(&self, unsound: Unsound, tap: &Tap) -> Stopped {
        match &tap.reading().error {
            Some((kind, message)) => Stopped::error(kind, message, self.head, self.config),
            None => Stopped::new(Class::NotAnAnswer, unsound.to_string()),
        }
    }
}

fn pieces(out: Vec<u8>) -> VecDeque<Bytes> {
    if out.is_empty() { VecDeque::new() } else { VecDeque::from([Bytes::from(out)]) }
}

/// Makes the headers of an endpoint's answer those of its translation into `form`; `length` where all of it is there.
pub(in super::super) fn content_type(headers: &mut HeaderMap, form: Form, length: Option<usize>) {
    headers.remove(CONTENT_ENCODING);
    headers.remove(CONTENT_LENGTH);
    let kind = match form {
        Form::Stream => {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            "text/event-stream; charset=utf-8"
        }
        Form::Whole => "application/json",
    };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Some(length) = length {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
}
