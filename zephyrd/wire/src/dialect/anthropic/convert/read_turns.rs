//! Reads the conversation: `system` and `messages`.
//!
//! - The billing block, the first of `system`, is dropped: it changes with every request and would spoil the prompt's
//!   cache of every other vendor.
//! - A system message that says `clear_at: next_user_message` is shown until the person speaks again, and then no more.
//! - What stands before a `compaction` has been replaced by its summary and goes.

use super::read_blocks::{self, Block};
use super::read_tools::Tools;
use crate::form::{Level, Part, Refused, Role, Turn};
use crate::whole::json::{self, Members};

const BILLING: &str = "x-anthropic-billing-header:";

/// What has been read of a conversation.
#[derive(Debug, Default)]
pub(super) struct Conversation<'a> {
    /// Its turns so far.
    pub turns: Vec<Turn<'a>>,
    /// The tools so far.
    pub tools: Tools<'a>,
    /// The effort that the latest system message asks for.
    pub effort: Option<Level>,
    /// So many turns are the request's own `system`.
    head: usize,
    /// Turns that are shown until the person speaks again.
    passing: Vec<usize>,
}

impl<'a> Conversation<'a> {
    /// Reads `system`.
    pub(super) fn system(&mut self, text: &'a str) -> Result<(), Refused> {
        let mut parts = self.content(Role::System, text, || "system".into())?;
        if matches!(parts.first(), Some(Part::Text { text, .. }) if text.starts_with(BILLING)) {
            parts.remove(0);
        }
        if !parts.is_empty() {
            self.turns.push(Turn { role: Role::System, parts, name: None });
        }
        self.head = self.turns.len();
        Ok(())
    }

    /// Reads the message at position `at`.
    pub(super) fn message(&mut self, at: usize, message: &Members<'a>) -> Result<(), Refused> {
        let role = match message.word("role").as_deref() {
            Some("user") => Role::User,
            Some("assistant") => Role::Assistant,
            Some("system") => Role::System,
            other => {
                let role = other.unwrap_or_default();
                return Err(Refused(format!(
                    "`messages[{at}].role` `{role}` is not known; use `user`, `assistant` or `system`"
                )));
            }
        };
        if role == Role::User {
            self.pass();
        }
        if role == Role::System
            && let Ok(config) = message.object("output_config")
            && let Some(level) = config.word("effort").and_then(|name| Level::of(&name))
        {
            self.effort = Some(level);
        }
        let content = message.given_part("content").unwrap_or("[]");
        let parts = self.content(role, content, || format!("messages[{at}].content"))?;
        if parts.is_empty() {
            return Ok(());
        }
        if role == Role::System && message.word("clear_at").as_deref() == Some("next_user_message") {
            self.passing.push(self.turns.len());
        }
        self.turns.push(Turn { role, parts, name: None });
        Ok(())
    }

    /// Takes out the turns that are shown no more.
    fn pass(&mut self) {
        let passing = std::mem::take(&mut self.passing);
        let Some(&first) = passing.first() else { return };
        let mut passing = passing.into_iter().peekable();
        let tail = self.turns.split_off(first);
        let stays = |(at, _): &(usize, Turn<'a>)| passing.next_if_eq(at).is_none();
        self.turns.extend((first..).zip(tail).filter(stays).map(|(_, turn)| turn));
    }

    /// A text, or a list of blocks.
    fn content(
        &mut self,
        role: Role,
        text: &'a str,
        path: impl Fn() -> String,
    ) -> Result<Vec<Part<'a>>, Refused> {
        let mut parts = Vec::new();
        if let Some(text) = json::word(text) {
            if !text.is_empty() {
                parts.push(Part::Text { text, cache: None });
            }
            return Ok(parts);
        }
        let blocks = json::objects(text)
            .map_err(|_| Refused(format!("`{}` must be a string or an array of blocks", path())))?;
        for (at, block) in blocks.iter().enumerate() {
            let place = || format!("{}[{at}]", path());
            match read_blocks::read(block, role, &place, &mut parts)? {
                Block::Read => {}
                Block::Tool { adds, tool } => self.tools.change(adds, tool)?,
                Block::Summary(text) => {
                    self.turns.truncate(self.head);
                    self.passing.clear();
                    parts.clear();
                    let parts = vec![Part::Text { text, cache: None }];
                    self.turns.push(Turn { role: Role::User, parts, name: None });
                }
            }
        }
        Ok(parts)
    }
}
