//! Where the prompt's cache may end.
//!
//! The API caches nothing unless told to, and what is read from its cache costs a tenth. Clients of other
//! dialects cannot tell it, so their requests get marks: behind the instructions (or the tools, where there are none)
//! and behind the last two turns of the user, which hold what this request writes and what the one before has written.
//! Marks that a request brings are left as they are, up to the four that the API takes; the last ones count.

use std::borrow::Cow;

use super::messages::Message;
use super::write_blocks::{Block, Body};
use super::write_tools::Written;
use crate::form::Role;

const MOST: usize = 4;
const MARK: &str = r#"{"type":"ephemeral"}"#;
/// Turns of the user that are marked.
const TURNS: usize = 2;

/// Sets the marks; takes them all away where the endpoint knows none.
pub(super) fn mark<'r>(
    tools: &mut [Written<'r>],
    system: &mut [Block<'r>],
    messages: &mut [Message<'r>],
    known: bool,
) {
    let mut marks: Vec<&mut Option<Cow<'r, str>>> = tools.iter_mut().map(|tool| &mut tool.cache).collect();
    marks.extend(system.iter_mut().map(|block| &mut block.cache));
    marks.extend(messages.iter_mut().flat_map(|m| &mut m.blocks).map(|block| &mut block.cache));
    marks.retain(|mark| mark.is_some());
    let is_marked = !marks.is_empty();
    let too_many = if known { marks.len().saturating_sub(MOST) } else { marks.len() };
    for mark in marks.into_iter().take(too_many) {
        *mark = None;
    }
    if is_marked || !known {
        return;
    }
    if let Some(block) = system.last_mut() {
        block.cache = Some(MARK.into());
    } else if let Some(tool) = tools.last_mut() {
        tool.cache = Some(MARK.into());
    }
    for message in messages.iter_mut().rev().filter(|m| m.role == Role::User).take(TURNS) {
        let last = message.blocks.iter_mut().rev().find(|b| !matches!(b.body, Body::Thinking(_)));
        if let Some(block) = last {
            block.cache = Some(MARK.into());
        }
    }
}
