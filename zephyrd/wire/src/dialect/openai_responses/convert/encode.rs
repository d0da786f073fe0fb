//! A stream for a client.
//!
//! Every block is an item of its own, in the order in which the blocks open. The last event repeats all of them, so all
//! of their texts are kept until then; an answer of more than [`MOST`] bytes is given up, and ends as one that was cut.

use super::answer::sealed;
use super::block::{Block, Out, Shared};
use super::response::{self, Response, Standing};
use super::spaces::Spaces;
use crate::dialect::OVERFLOW;
use crate::form::{Event, Opening, Stop};
use crate::translate::{Encode, Wish};
use crate::usage::Usage;
use crate::whole::MOST;

/// What an item is counted as beside its text, so that empty ones are bounded too.
const ITEM: usize = 256;

/// See the module.
pub(super) struct Encoder {
    wish: Wish,
    spaces: Spaces,
    response: Option<Response>,
    blocks: Vec<State>,
    /// The number of the next event.
    number: u64,
    /// What is kept, in bytes.
    size: usize,
    usage: Option<Usage>,
    stop: Stop<'static>,
    refused: bool,
    /// Nothing more is written.
    ended: bool,
}

enum State {
    Open(Box<Block>),
    /// The finished item.
    Done(Vec<u8>),
}

impl Encoder {
    /// For a client that wishes this.
    pub(super) fn new(wish: &Wish) -> Self {
        Self {
            spaces: wish.echo.as_deref().map(Spaces::of).unwrap_or_default(),
            wish: wish.clone(),
            response: None,
            blocks: Vec::new(),
            number: 0,
            size: 0,
            usage: None,
            stop: Stop::End,
            refused: false,
            ended: false,
        }
    }

    fn start(&mut self, id: &str, model: &str, created: Option<i64>, out: &mut Vec<u8>) {
        self.response = Some(Response::new(id, model, created, &self.wish));
        let standing = Standing { status: "in_progress", reason: None, error: None, usage: None };
        for kind in ["response.created", "response.in_progress"] {
            self.lifecycle(kind, &standing, out);
        }
    }

    /// The event `kind`, with the response as it stands.
    fn lifecycle(&mut self, kind: &str, standing: &Standing<'_>, out: &mut Vec<u8>) {
        let Some(response) = &self.response else { return };
        let mut out = Out { number: &mut self.number, bytes: out };
        let bytes = out.begin(kind);
        bytes.extend_from_slice(b",\"response\":");
        let items = self.blocks.iter().filter_map(|block| match block {
            State::Done(item) => Some(item.as_slice()),
            State::Open(_) => None,
        });
        response.write(standing, items, bytes);
        out.end();
    }

    fn open(&mut self, n: u32, opening: &Opening<'_>, out: &mut Vec<u8>) {
        let Some(response) = &self.response else { return };
        self.refused |= matches!(opening, Opening::Refusal);
        let shared = Shared { stem: &response.stem, spaces: &self.spaces, wish: &self.wish };
        let block = Block::open(n, opening, shared, &mut Out { number: &mut self.number, bytes: out });
        self.blocks.push(State::Open(Box::new(block)));
        self.grow(ITEM);
    }

    /// Lets the open block `n` write something; what it gives is kept beside.
    fn block(&mut self, n: u32, out: &mut Vec<u8>, write: impl FnOnce(&mut Block, &mut Out<'_>) -> usize) {
        let state = usize::try_from(n).ok().and_then(|n| self.blocks.get_mut(n));
        if let Some(State::Open(block)) = state {
            let more = write(block, &mut Out { number: &mut self.number, bytes: out });
            self.grow(more);
        }
    }

    fn grow(&mut self, by: usize) {
        self.size += by;
        self.ended |= self.size > MOST;
    }

    fn close(&mut self, n: usize, out: &mut Vec<u8>) {
        let (Some(response), Some(state)) = (&self.response, self.blocks.get_mut(n)) else { return };
        if let State::Open(block) = std::mem::replace(state, State::Done(Vec::new())) {
            let shared = Shared { stem: &response.stem, spaces: &self.spaces, wish: &self.wish };
            *state = State::Done(block.close(shared, &mut Out { number: &mut self.number, bytes: out }));
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        let (status, reason) = response::status(&self.stop, self.refused);
        let standing = Standing { status, reason, error: None, usage: Some(self.usage.unwrap_or_default()) };
        let kind = if reason.is_some() { "response.incomplete" } else { "response.completed" };
        self.lifecycle(kind, &standing, out);
        self.ended = true;
    }

    fn fail(&mut self, kind: &str, message: &str, out: &mut Vec<u8>) {
        if self.response.is_none() {
            self.response = Some(Response::new("", "", None, &self.wish));
        }
        let error = Some((code_of(kind), message));
        let standing = Standing { status: "failed", reason: None, error, usage: self.usage };
        self.lifecycle("response.failed", &standing, out);
        self.ended = true;
    }
}

impl Encode for Encoder {
    fn has_given_up(&self) -> bool {
        self.size > MOST
    }

    fn event(&mut self, event: &Event<'_>, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        match event {
            Event::Start { id, model, created } => self.start(id, model, *created, out),
            Event::Open(n, opening) => self.open(*n, opening, out),
            Event::Text(n, text) => self.block(*n, out, |block, out| block.text(text, out)),
            Event::Input(n, input) => self.block(*n, out, |block, out| block.input(input, out)),
            Event::Seal(n, seal) => {
                let sealed = sealed(seal).filter(|_| self.wish.sealed);
                self.block(*n, out, |block, _| block.seal(sealed));
            }
            Event::Close(n) => self.close(usize::try_from(*n).unwrap_or(usize::MAX), out),
            Event::Usage(usage) => self.usage = Some(*usage),
            Event::Stop(stop) => {
                for n in 0..self.blocks.len() {
                    if matches!(self.blocks.get(n), Some(State::Open(_))) {
                        self.close(n, out);
                    }
                }
                self.stop = stop.clone().into_owned();
            }
            Event::End => self.end(out),
            Event::Error { kind, message } => self.fail(kind, message, out),
            Event::Ping => out.extend_from_slice(b": ping\n\n"),
        }
    }
}

/// OpenAI's code for an error of this (Anthropic's) type. Codex acts on the codes; others are kept.
fn code_of(kind: &str) -> &str {
    match kind {
        OVERFLOW => OVERFLOW,
        "rate_limit_error" => "rate_limit_exceeded",
        "overloaded_error" => "server_is_overloaded",
        "billing_error" => "insufficient_quota",
        "invalid_request_error" => "invalid_prompt",
        "api_error" | "timeout_error" | "" => "server_error",
        other => other,
    }
}
