//! Reads the messages. Results of tools that follow each other are one turn.
//!
//! Calls and results of old (`function_call`, role `function`) have no ids: they get some, by their order.

use std::collections::VecDeque;

use super::{given, media};
use crate::dialect::openai_chat::convert::{calls, text, thinking, wrong};
use crate::form::{Part, Refused, Role, Text, ToolResult, Turn};
use crate::whole::json::{self, Members};

pub(super) fn read(messages: &str) -> Result<Vec<Turn<'_>>, Refused> {
    let items = json::items(messages).map_err(|_| wrong("`messages` is no list"))?;
    let mut reader = Reader { turns: Vec::with_capacity(items.len()), ..Reader::default() };
    for (at, raw) in items.into_iter().enumerate() {
        let message = Members::of(raw).map_err(|_| wrong(&format!("`messages[{at}]` is no object")))?;
        reader.message(&message, at)?;
    }
    Ok(reader.turns)
}

#[derive(Default)]
struct Reader<'a> {
    turns: Vec<Turn<'a>>,
    /// Ids made up so far.
    made: usize,
    /// Those of calls that wait for a result without an id.
    unanswered: VecDeque<Text<'a>>,
    /// The last turn is one of results.
    in_results: bool,
}

impl<'a> Reader<'a> {
    fn message(&mut self, message: &Members<'a>, at: usize) -> Result<(), Refused> {
        let mut parts = Vec::new();
        let content = given(message, "content");
        let role = match message.word("role").as_deref() {
            Some("system" | "developer") => Role::System,
            Some("user") => Role::User,
            Some("assistant") => {
                self.assistant(message, at, &mut parts)?;
                Role::Assistant
            }
            Some(role @ ("tool" | "function")) => return self.result(message, role, at),
            Some(_) => {
                return Err(wrong(&format!(
                    "`messages[{at}].role` is none of `system`, `developer`, `user`, `assistant` and `tool`"
                )));
            }
            None => return Err(wrong(&format!("`messages[{at}].role` is missing"))),
        };
        if role != Role::Assistant {
            media::content(content, at, &mut parts)?;
        }
        self.in_results = false;
        self.turns.push(Turn { role, parts, name: text(message, "name") });
        Ok(())
    }

    fn assistant(
        &mut self,
        message: &Members<'a>,
        at: usize,
        parts: &mut Vec<Part<'a>>,
    ) -> Result<(), Refused> {
        if given(message, "audio").is_some() {
            return Err(wrong(&format!(
                "`messages[{at}].audio` is known to no other endpoint than the one that spoke; send its transcript"
            )));
        }
        parts.extend(thinking::read(message).into_iter().map(Part::Thinking));
        media::content(given(message, "content"), at, parts)?;
        parts.extend(text(message, "refusal").filter(|t| !t.is_empty()).map(Part::Refusal));
        let unfit = |key: &str| wrong(&format!("`messages[{at}].{key}` is not what the dialect has there"));
        if let Some(list) = given(message, "tool_calls") {
            for raw in json::items(list).map_err(|_| unfit("tool_calls"))? {
                let (id, name, input) = calls::read(raw).ok_or_else(|| unfit("tool_calls"))?;
                let id = if id.is_empty() { self.make_id() } else { id };
                parts.push(Part::Call { id, name, input });
            }
        }
        if let Some(raw) = given(message, "function_call") {
            let (name, input) = calls::inner(raw, "arguments").ok_or_else(|| unfit("function_call"))?;
            parts.push(Part::Call { id: self.make_id(), name, input });
        }
        Ok(())
    }

    fn result(&mut self, message: &Members<'a>, role: &str, at: usize) -> Result<(), Refused> {
        let mut parts = Vec::new();
        media::content(given(message, "content"), at, &mut parts)?;
        let told =
            if role == "tool" { text(message, "tool_call_id").filter(|id| !id.is_empty()) } else { None };
        let id = match told {
            Some(id) => id,
            None => self.unanswered.pop_front().unwrap_or_default(),
        };
        let result = Part::Result(ToolResult { id, parts, ..ToolResult::default() });
        match self.turns.last_mut().filter(|_| self.in_results) {
            Some(turn) => turn.parts.push(result),
            None => self.turns.push(Turn { role: Role::User, parts: vec![result], name: None }),
        }
        self.in_results = true;
        Ok(())
    }

    fn make_id(&mut self) -> Text<'a> {
        self.made += 1;
        let id = format!("call_{}", self.made);
        self.unanswered.push_back(Text::Owned(id.clone()));
        Text::Owned(id)
    }
}
