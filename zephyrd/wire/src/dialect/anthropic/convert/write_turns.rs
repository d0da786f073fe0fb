//! Writes the conversation: what goes into `system`, and `messages`.
//!
//! The API's rules, each of which fails a whole request: every call of a turn has its result in the turn behind it,
//! before everything else there, and every result its call; ids of calls are not used twice; nothing is blank; the
//! first message is the user's. Neighbours of one role are one turn to it, so they become one message here.
//!
//! - Instructions at the beginning are `system`. Later ones stay what they are behind a message of the user, where the
//!   model takes them there; elsewhere they become text of the user in `<system-reminder>`, the form that Anthropic's
//!   own client uses.
//! - A result without a call becomes text; a call without a result gets one that says that it was cancelled.
//! - Thinking goes back only to those who signed it.
//! - A last turn of the assistant is something to go on with: its trailing blanks go, and a model that does not take
//!   it is asked to continue.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::lose;
use super::messages::{Message, Open};
use super::model::Model;
use super::write_blocks::{self as blocks, Block, Body};
use crate::form::{Loss, Part, Refused, Request, Role, Seal, Thinking, ToolResult, Turn};

/// The conversation as the API takes it.
#[derive(Debug, Default)]
pub(super) struct Conversation<'r> {
    /// Blocks of `system`.
    pub system: Vec<Block<'r>>,
    /// Its messages.
    pub messages: Vec<Message<'r>>,
    /// Names of the tools that were called.
    pub called: BTreeSet<&'r str>,
    /// Calls of the last turn of the assistant that have no result yet.
    pub open: Open<'r>,
    /// Ids of calls that are taken.
    pub used: BTreeSet<Cow<'r, str>>,
}

impl<'r> Conversation<'r> {
    /// The conversation of `request`.
    pub(super) fn of(
        request: &'r Request<'_>,
        model: &Model,
        losses: &mut Vec<Loss>,
    ) -> Result<Self, Refused> {
        let mut out = Self::default();
        let head = request.turns.iter().take_while(|turn| turn.role == Role::System).count();
        let (instructions, turns) = request.turns.split_at(head);
        for part in instructions.iter().flat_map(|turn| &turn.parts) {
            out.system.extend(instruction(part, losses));
        }
        for (at, turn) in turns.iter().enumerate() {
            if turn.name.is_some() {
                lose(losses, "messages[].name");
            }
            match turn.role {
                Role::System => {
                    let next = turns[at..].iter().find(|turn| turn.role != Role::System);
                    out.instructed(turn, model, next.is_none_or(|t| t.role == Role::Assistant), losses);
                }
                Role::User => out.user(turn, losses)?,
                Role::Assistant => out.assistant(turn, losses),
            }
        }
        out.settle();
        for message in &mut out.messages {
            // Stable: each kind keeps its order.
            message.blocks.sort_by_key(|block| !block.is_result());
        }
        out.fringes(model);
        if out.messages.is_empty() {
            return Err(Refused("the request has no message with content".into()));
        }
        Ok(out)
    }

    /// Whether a loop of tools is running whose first turn does not begin with thinking.
    pub(super) fn has_broken_loop(&self) -> bool {
        let of_loop = |m: &&Message<'_>| m.role != Role::User || m.blocks.iter().any(Block::is_result);
        if !self.messages.last().is_some_and(|m| m.role == Role::User && of_loop(&m)) {
            return false;
        }
        let first =
            self.messages.iter().rev().take_while(of_loop).filter(|m| m.role == Role::Assistant).last();
        first.is_some_and(|m| !m.blocks.first().is_some_and(Block::is_thinking))
    }

    fn instructed(&mut self, turn: &'r Turn<'_>, model: &Model, at_end: bool, losses: &mut Vec<Loss>) {
        let last = self.messages.last().map(|message| message.role);
        let stays = model.system_inside && at_end && matches!(last, Some(Role::User | Role::System));
        for block in turn.parts.iter().filter_map(|part| instruction(part, losses)) {
            if stays {
                self.push(Role::System, block);
            } else if let Body::Text(text) = &block.body {
                let text = format!("<system-reminder>\n{text}\n</system-reminder>");
                self.push(Role::User, Block { body: Body::Text(text.into()), cache: block.cache });
            }
        }
    }

    fn user(&mut self, turn: &'r Turn<'_>, losses: &mut Vec<Loss>) -> Result<(), Refused> {
        for part in &turn.parts {
            match part {
                Part::Text { text, cache } => {
                    self.push_some(Role::User, Block::text(text.as_ref(), cache.as_ref()));
                }
                Part::Media(media) => self.push(Role::User, blocks::media(media)?),
                Part::Result(result) => self.result(result)?,
                _ => lose(losses, "parts of the model in turns of the user"),
            }
        }
        Ok(())
    }

    fn result(&mut self, result: &'r ToolResult<'_>) -> Result<(), Refused> {
        if let Some(told) = self.open.answered(&result.id) {
            let block = blocks::result(&told, result)?;
            self.push(Role::User, block);
            return Ok(());
        }
        // Nobody has called: what was found is still worth reading.
        for part in &result.parts {
            match part {
                Part::Text { text, cache } => {
                    self.push_some(Role::User, Block::text(text.as_ref(), cache.as_ref()));
                }
                Part::Media(media) => self.push(Role::User, blocks::media(media)?),
                _ => {}
            }
        }
        Ok(())
    }

    fn assistant(&mut self, turn: &'r Turn<'_>, losses: &mut Vec<Loss>) {
        for part in &turn.parts {
            match part {
                Part::Text { text, cache } => {
                    self.push_some(Role::Assistant, Block::text(text.as_ref(), cache.as_ref()));
                }
                Part::Refusal(text) => self.push_some(Role::Assistant, Block::text(text.as_ref(), None)),
                Part::Call { id, name, input } => {
                    // Settles first: the calls before belong to an earlier turn.
                    self.begin(Role::Assistant);
                    let told = self.unused(id);
                    self.called.insert(name);
                    self.push(Role::Assistant, blocks::call(&told, name, input));
                    self.open.called(id, told);
                }
                Part::Thinking(thinking) => self.thought(thinking, losses),
                Part::Media(_) | Part::Result(_) => {
                    lose(losses, "images and results in turns of the assistant");
                }
            }
        }
    }

    fn thought(&mut self, thinking: &'r Thinking<'_>, losses: &mut Vec<Loss>) {
        let block = match &thinking.seal {
            Seal::Signature(signature) => blocks::thinking(&thinking.text, Some(signature), None),
            Seal::Redacted(data) => blocks::thinking("", None, Some(data)),
            Seal::None | Seal::Item { .. } | Seal::Details(_) => {
                lose(losses, "thinking of other authors");
                return;
            }
        };
        self.push(Role::Assistant, block);
    }
}

/// The block of a part of instructions; only text is one.
fn instruction<'r>(part: &'r Part<'_>, losses: &mut Vec<Loss>) -> Option<Block<'r>> {
    match part {
        Part::Text { text, cache } => Block::text(text.as_ref(), cache.as_ref()),
        _ => {
            lose(losses, "images and files in instructions");
            None
        }
    }
}
