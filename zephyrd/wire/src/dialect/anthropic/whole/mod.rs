//! Anthropic Messages: streams and whole messages.

mod gather;
mod scatter;

use crate::whole::json::Members;
use crate::whole::{Fold, Gather, Scatter, Steps, Unsound};

/// See the module.
pub(super) struct Whole;

impl Fold for Whole {
    fn gatherer(&self) -> Box<dyn Gather> {
        Steps::<gather::Message>::boxed()
    }

    fn scatter(&self, whole: &[u8], _wish: Scatter) -> Result<Vec<u8>, Unsound> {
        scatter::scatter(whole)
    }

    fn check(&self, whole: &[u8]) -> Result<(), Unsound> {
        check(&Members::parse(whole)?)
    }
}

/// What every answer has, and what the blocks have whose kind is known.
fn check(message: &Members<'_>) -> Result<(), Unsound> {
    if message.word("type").as_deref() != Some("message")
        || message.word("role").as_deref() != Some("assistant")
    {
        return Err(Unsound("it is no message of the assistant"));
    }
    if message.name("id").is_none() || message.name("model").is_none() || !message.has_object("usage") {
        return Err(Unsound("the message lacks its id, model or usage"));
    }
    if message.given("error").is_some() {
        return Err(Unsound("the message has an error"));
    }
    if message.name("stop_reason").is_none() {
        return Err(Unsound("the message does not say why it stopped"));
    }
    if message.given("content").is_none() {
        return Err(Unsound("the message has no content"));
    }
    message.array("content")?.into_iter().try_for_each(|block| check_block(&Members::of(block)?))
}

fn check_block(block: &Members<'_>) -> Result<(), Unsound> {
    let kind = block.name("type").ok_or(Unsound("a block has no type"))?;
    let sound = match kind.as_ref() {
        "text" => block.has_text("text"),
        "thinking" => block.has_text("thinking"),
        "redacted_thinking" => block.has_text("data"),
        kind if is_call(kind) => {
            block.name("id").is_some() && block.name("name").is_some() && block.has_object("input")
        }
        _ => true,
    };
    if sound { Ok(()) } else { Err(Unsound("a block lacks what its type needs")) }
}

/// Whether blocks of this type carry an `input` that streams as text: `tool_use`, `server_tool_use`, `mcp_tool_use`.
fn is_call(kind: &str) -> bool {
    kind == "tool_use" || kind.ends_with("_tool_use")
}
