//! The messages that a conversation becomes, and the rules that hold between them.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};

use super::model::Model;
use super::write_blocks::{Block, Body};
use super::write_turns::Conversation;
use crate::form::{Role, Text};

/// One message.
#[derive(Debug)]
pub(super) struct Message<'r> {
    /// Whose it is.
    pub role: Role,
    /// What it holds.
    pub blocks: Vec<Block<'r>>,
}

/// Calls that wait for their results.
#[derive(Debug, Default)]
pub(super) struct Open<'r> {
    /// What each is called here, in their order; `None` once it has its result.
    calls: Vec<Option<Cow<'r, str>>>,
    /// Where they are, by what the client calls them.
    places: BTreeMap<&'r str, VecDeque<usize>>,
}

impl<'r> Open<'r> {
    /// A tool was called.
    pub(super) fn called(&mut self, id: &'r str, told: Cow<'r, str>) {
        self.places.entry(id).or_default().push_back(self.calls.len());
        self.calls.push(Some(told));
    }

    /// A result has come: what its call is called here.
    pub(super) fn answered(&mut self, id: &str) -> Option<Cow<'r, str>> {
        let place = self.places.get_mut(id)?.pop_front()?;
        self.calls.get_mut(place)?.take()
    }
}

const CANCELLED: &str = "The call was cancelled; it has no result.";

impl<'r> Conversation<'r> {
    /// An id for a call that no other has.
    pub(super) fn unused(&mut self, id: &'r str) -> Cow<'r, str> {
        let mut told = Cow::Borrowed(id);
        while told.is_empty() || self.used.contains(&told) {
            told = Cow::Owned(format!("{id}_{}", self.used.len()));
            if self.used.contains(&told) {
                told.to_mut().push('x');
            }
        }
        self.used.insert(told.clone());
        told
    }

    /// Appends a block, if there is one.
    pub(super) fn push_some(&mut self, role: Role, block: Option<Block<'r>>) {
        if let Some(block) = block {
            self.push(role, block);
        }
    }

    /// Appends a block to a message of this role.
    pub(super) fn push(&mut self, role: Role, block: Block<'r>) {
        self.begin(role);
        if let Some(message) = self.messages.last_mut() {
            message.blocks.push(block);
        }
    }

    /// Makes the last message one of this role.
    pub(super) fn begin(&mut self, role: Role) {
        if self.messages.last().is_some_and(|message| message.role == role) {
            return;
        }
        if role == Role::Assistant {
            self.settle();
        }
        self.messages.push(Message { role, blocks: Vec::new() });
    }

    /// Gives a result to calls that have none.
    pub(super) fn settle(&mut self) {
        let waiting: Vec<_> = std::mem::take(&mut self.open).calls.into_iter().flatten().collect();
        if waiting.is_empty() {
            return;
        }
        if self.messages.last().is_none_or(|message| message.role == Role::Assistant) {
            self.messages.push(Message { role: Role::User, blocks: Vec::new() });
        }
        let Some(message) = self.messages.iter_mut().rev().find(|m| m.role == Role::User) else { return };
        for told in waiting {
            let mut out = br#"{"type":"tool_result","tool_use_id":"#.to_vec();
            crate::whole::json::quote(&mut out, &told);
            out.extend_from_slice(format!(r#","content":"{CANCELLED}","is_error":true"#).as_bytes());
            message.blocks.push(Block { body: Body::Result(out), cache: None });
        }
    }

    /// What the first and the last message must be.
    pub(super) fn fringes(&mut self, model: &Model) {
        let said = |text: &'static str| Block { body: Body::Text(text.into()), cache: None };
        match self.messages.first().map(|message| message.role) {
            Some(Role::User) => {}
            // Instructions alone ask for something too.
            None if !self.system.is_empty() => {
                let blocks = std::mem::take(&mut self.system);
                self.messages.push(Message { role: Role::User, blocks });
            }
            None => {}
            Some(_) => {
                let blocks = vec![said("(The conversation goes on.)")];
                self.messages.insert(0, Message { role: Role::User, blocks });
            }
        }
        let Some(last) = self.messages.last_mut().filter(|m| m.role == Role::Assistant) else { return };
        if let Some(Block { body: Body::Text(text), .. }) = last.blocks.last_mut() {
            trim(text);
        }
        if !model.prefill {
            self.messages.push(Message { role: Role::User, blocks: vec![said("Continue.")] });
        }
    }
}

fn trim(text: &mut Text<'_>) {
    let kept = text.trim_end().len();
    match text {
        Cow::Borrowed(text) => *text = &text[..kept],
        Cow::Owned(text) => text.truncate(kept),
    }
}
