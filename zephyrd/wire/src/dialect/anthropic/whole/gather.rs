//! A stream's events become the message.
//!
//! Members that nobody knows are kept: those of `message_start`'s message, of a block's start, of a delta, and of
//! `message_delta`, which become members of the message. Unknown kinds of events and deltas are unsound.

use std::collections::BTreeMap;

use super::{check, is_call};
use crate::whole::json::{self, Members};
use crate::whole::repeat::Repeat;
use crate::whole::{Step, Unsound};

/// The message so far.
#[derive(Default)]
pub(super) struct Message {
    message: Option<Members<'static>>,
    blocks: BTreeMap<u64, Block>,
    stopped: bool,
    /// The delta before, and where its text went.
    before: Repeat,
    joined: Option<(u64, Text)>,
}

/// What a delta appends to.
#[derive(Clone, Copy)]
enum Text {
    Member(&'static str),
    Input,
}

struct Block {
    members: Members<'static>,
    /// The joined `partial_json`, as the one member `json`.
    input: Members<'static>,
    open: bool,
}

const EARLY: Unsound = Unsound("an event came before `message_start`");
const CLOSED: Unsound = Unsound("an event belongs to a block that is not open");

impl Step for Message {
    fn step(&mut self, event: &[u8], text: &[u8]) -> Result<(), Unsound> {
        if let Some(value) = self.before.text(text)
            && let Some((index, to)) = self.joined
            && let Some(block) = self.blocks.get_mut(&index)
        {
            return block.join(to, value);
        }
        self.before.clear();
        // Some servers end their stream in OpenAI's way too.
        if text == b"[DONE]" {
            return Ok(());
        }
        let data = Members::parse(text)?;
        let kind = match data.word("type") {
            Some(kind) => kind,
            None => String::from_utf8_lossy(event),
        };
        if self.stopped && kind != "ping" {
            return Err(Unsound("an event came after `message_stop`"));
        }
        match kind.as_ref() {
            "ping" => Ok(()),
            "message_start" => self.start(&data),
            "content_block_start" => self.open(&data),
            "content_block_delta" => self.delta(&data, text),
            "content_block_stop" => self.close(&data),
            "message_delta" => self.tail(&data),
            "message_stop" => self.stop(),
            "error" => Err(Unsound("the stream tells an error")),
            _ => Err(Unsound("the stream has an event of an unknown kind")),
        }
    }

    fn finish(self) -> Result<Vec<u8>, Unsound> {
        let mut message = self.message.filter(|_| self.stopped).ok_or(Unsound("the stream has no end"))?;
        let blocks = self.blocks.values().map(|block| block.members.text());
        message.merge("content", &json::listed(blocks));
        check(&message)?;
        let mut out = Vec::new();
        message.write(&mut out);
        Ok(out)
    }
}

impl Block {
    fn join(&mut self, to: Text, value: &str) -> Result<(), Unsound> {
        match to {
            Text::Member(key) => self.members.join_text(key, value),
            Text::Input => self.input.join_text("json", value),
        }
    }
}

impl Message {
    fn start(&mut self, data: &Members<'_>) -> Result<(), Unsound> {
        let message = data.object("message")?;
        if self.message.is_some() || !message.array("content")?.is_empty() {
            return Err(Unsound("a message starts twice, or with content"));
        }
        self.message = Some(Members::kept(message));
        Ok(())
    }

    fn open(&mut self, data: &Members<'_>) -> Result<(), Unsound> {
        let message = self.message.as_mut().ok_or(EARLY)?;
        let index = data.number("index").ok_or(CLOSED)?;
        let block = data.object("content_block")?;
        // The whole message names the model that served it in the end.
        if block.word("type").as_deref() == Some("fallback")
            && let Some(model) = block.object("to").ok().and_then(|to| to.get("model").map(str::to_owned))
        {
            message.merge("model", &model);
        }
        let block = Block { members: Members::kept(block), input: Members::default(), open: true };
        match self.blocks.insert(index, block) {
            None => Ok(()),
            Some(_) => Err(Unsound("a block starts twice")),
        }
    }

    fn block(&mut self, data: &Members<'_>) -> Result<&mut Block, Unsound> {
        let index = data.number("index").ok_or(CLOSED)?;
        self.blocks.get_mut(&index).filter(|block| block.open).ok_or(CLOSED)
    }

    fn delta(&mut self, data: &Members<'_>, event: &[u8]) -> Result<(), Unsound> {
        let block = self.block(data)?;
        let delta = data.object("delta")?;
        let delta_kind = delta.word("type").unwrap_or_default();
        let kind = block.members.word("type").unwrap_or_default().into_owned();
        // The member that the delta brings.
        let (member, fits) = match delta_kind.as_ref() {
            "text_delta" => ("text", kind == "text"),
            "thinking_delta" => ("thinking", kind == "thinking"),
            "signature_delta" => ("signature", kind == "thinking"),
            "input_json_delta" => ("partial_json", is_call(&kind)),
            "citations_delta" => ("citation", kind == "text"),
            // Its parts are taken like members that nobody knows.
            "compaction_delta" => ("type", kind == "compaction"),
            _ => ("", false),
        };
        if !fits {
            return Err(Unsound("a delta is of an unknown kind, or not for its block"));
        }
        let value = delta.get(member).ok_or(Unsound("a delta brings nothing"))?;
        if matches!(member, "text" | "thinking" | "signature" | "partial_json") && !json::is_text(value) {
            return Err(Unsound("a delta brings no text"));
        }
        match member {
            "text" | "thinking" => block.join(Text::Member(member), value)?,
            "partial_json" => block.join(Text::Input, value)?,
            "type" => {}
            "citation" => block.members.join_items("citations", &json::listed([value]))?,
            // Clients take a second signature for the first one's successor, others append it.
            _ => block.members.once(member, value)?,
        }
        let rest = delta.iter().filter(|(key, _)| *key != "type" && *key != member);
        rest.into_iter().try_for_each(|(key, value)| block.members.once(key, value))?;
        let to = match member {
            "text" | "thinking" => Text::Member(member),
            "partial_json" => Text::Input,
            _ => return Ok(()),
        };
        self.joined = data.number("index").map(|index| (index, to));
        self.before.note(event, value, None);
        Ok(())
    }

    fn close(&mut self, data: &Members<'_>) -> Result<(), Unsound> {
        let block = self.block(data)?;
        block.open = false;
        let kind = block.members.word("type").unwrap_or_default();
        if !is_call(&kind) {
            return Ok(());
        }
        let written = block.input.word("json").unwrap_or_default().into_owned();
        if written.trim().is_empty() {
            block.members.keep_first("input", "{}");
            return Ok(());
        }
        block.input = Members::default();
        let input = json::value(&written).ok_or(Unsound("a tool's input is no JSON"))?;
        block.members.once("input", input)
    }

    fn tail(&mut self, data: &Members<'_>) -> Result<(), Unsound> {
        let message = self.message.as_mut().ok_or(EARLY)?;
        for (key, value) in data.iter() {
            match key {
                "type" => {}
                "delta" => Members::of(value)?.iter().try_for_each(|(key, value)| {
                    // These have come already, in parts.
                    if matches!(key, "id" | "type" | "role" | "content" | "usage") {
                        return Err(Unsound("`message_delta` brings what only `message_start` may"));
                    }
                    message.merge(key, value);
                    Ok(())
                })?,
                "usage" if value == "null" => {}
                "usage" => {
                    let mut usage = match message.given("usage") {
                        Some(usage) => Members::kept(Members::of(usage)?),
                        None => Members::default(),
                    };
                    for (key, value) in Members::of(value)?.iter() {
                        // Some servers count the input at the start alone, and send zeros here.
                        let counted = key != "output_tokens" && usage.number(key).is_some_and(|n| n > 0);
                        if !(counted && value == "0") {
                            usage.merge(key, value);
                        }
                    }
                    message.merge("usage", &usage.text());
                }
                "content" | "id" | "role" => return Err(Unsound("`message_delta` has an unknown shape")),
                _ => message.merge(key, value),
            }
        }
        Ok(())
    }

    fn stop(&mut self) -> Result<(), Unsound> {
        if self.message.is_none() {
            return Err(EARLY);
        }
        if self.blocks.values().any(|block| block.open) {
            return Err(Unsound("a block is not closed"));
        }
        self.stopped = true;
        Ok(())
    }
}
