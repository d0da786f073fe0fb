//! A whole answer.

use std::borrow::Cow;

use super::free;
use super::items::Item;
use super::read_input::{free_input, object, thinking};
use super::response::{self, Response, Standing};
use super::spaces::Spaces;
use crate::dialect::OPENAI_RESPONSES;
use crate::form::{Answer, Block, Seal, Stop};
use crate::translate::Wish;
use crate::usage::Draft;
use crate::whole::json::{self, Members};
use crate::whole::{self, Unsound};

/// Reads an answer that is completed or incomplete.
pub(super) fn read(body: &str) -> Result<Answer<'_>, Unsound> {
    whole::check(OPENAI_RESPONSES, body.as_bytes())?;
    let response = Members::of(body)?;
    let blocks = blocks(response.part("output").unwrap_or("[]"))?;
    let mut draft = Draft::default();
    for key in ["usage", "service_tier"] {
        if let Some(value) = response.given(key) {
            super::super::usage::read(b"", key.as_bytes(), value.as_bytes(), &mut draft);
        }
    }
    let is_incomplete = response.word("status").as_deref() == Some("incomplete");
    Ok(Answer {
        id: response.decoded("id").unwrap_or_default(),
        model: response.decoded("model").unwrap_or_default(),
        created: created(&response),
        stop: stop(&response, is_incomplete, Ended::of(&blocks)),
        blocks,
        usage: draft.reading().usage.unwrap_or_default(),
    })
}

/// What was in an answer that says why it ended.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Ended {
    pub(super) called: bool,
    pub(super) refused: bool,
}

impl Ended {
    fn of(blocks: &[Block<'_>]) -> Self {
        Self {
            called: blocks.iter().any(|block| matches!(block, Block::Call { .. })),
            refused: blocks.iter().any(|block| matches!(block, Block::Refusal(_))),
        }
    }
}

/// Why a response ended.
pub(super) fn stop(response: &Members<'_>, is_incomplete: bool, ended: Ended) -> Stop<'static> {
    if is_incomplete {
        let details = response.object("incomplete_details").ok();
        return match details.as_ref().and_then(|details| details.word("reason")).as_deref() {
            Some("content_filter") => Stop::Refusal,
            Some("max_messages" | "steered") => Stop::Pause,
            _ => Stop::Length,
        };
    }
    match ended {
        Ended { called: true, .. } => Stop::Tools,
        Ended { refused: true, .. } => Stop::Refusal,
        _ => Stop::End,
    }
}

/// When a response was made; some servers write it as a float.
pub(super) fn created(response: &Members<'_>) -> Option<i64> {
    let text = response.given("created_at")?;
    text.split('.').next()?.parse().ok()
}

/// The blocks of an `output`. What tells of the vendor's own tools is left out, and so are empty texts.
pub(super) fn blocks(output: &str) -> Result<Vec<Block<'_>>, Unsound> {
    let mut blocks = Vec::new();
    for item in json::items(output)? {
        let item = Members::of(item)?;
        match item.word("type").as_deref().unwrap_or_default() {
            "message" => {
                for part in json::items(item.given_part("content").unwrap_or("[]"))? {
                    let part = Members::of(part)?;
                    let text = |key: &str| part.decoded(key).filter(|text| !text.is_empty());
                    blocks.extend(match part.word("type").as_deref() {
                        Some("output_text") => text("text").map(Block::Text),
                        Some("refusal") => text("refusal").map(Block::Refusal),
                        _ => None,
                    });
                }
            }
            "reasoning" => {
                let thinking = thinking(&item);
                if !(thinking.text.is_empty() && thinking.seal.is_none()) {
                    blocks.push(Block::Thinking(thinking));
                }
            }
            kind @ ("function_call" | "custom_tool_call") => {
                let word = |key: &str| item.decoded(key).filter(|word| !word.is_empty());
                let id = word("call_id").or_else(|| word("id")).ok_or(Unsound("a call has no id"))?;
                let name = word("name").ok_or(Unsound("a call has no name"))?;
                let input = if kind == "function_call" {
                    object(item.decoded("arguments").unwrap_or_default())
                } else {
                    Cow::Owned(free_input(&item.decoded("input").unwrap_or_default()))
                };
                blocks.push(Block::Call { id, name, input });
            }
            _ => {}
        }
    }
    Ok(blocks)
}

/// Writes an answer.
pub(super) fn write(answer: &Answer<'_>, wish: &Wish) -> Vec<u8> {
    let response = Response::new(&answer.id, &answer.model, answer.created, wish);
    let spaces = wish.echo.as_deref().map(Spaces::of).unwrap_or_default();
    let mut items: Vec<Vec<u8>> = Vec::with_capacity(answer.blocks.len());
    for (n, block) in (0..).zip(&answer.blocks) {
        items.push(item(block, n, &response.stem, &spaces, wish));
    }
    let (status, reason) = response::status(&answer.stop, Ended::of(&answer.blocks).refused);
    let standing = Standing { status, reason, error: None, usage: Some(answer.usage) };
    let mut out = Vec::new();
    response.write(&standing, items.iter().map(Vec::as_slice), &mut out);
    out
}

fn item(block: &Block<'_>, n: u32, stem: &str, spaces: &Spaces, wish: &Wish) -> Vec<u8> {
    let mut out = Vec::new();
    let mut written = |item: Item<'_>| item.write(stem, n, "completed", &mut out);
    match block {
        Block::Text(text) => written(Item::Text(Some(text))),
        Block::Refusal(text) => written(Item::Refusal(Some(text))),
        Block::Thinking(thinking) => {
            let sealed = sealed(&thinking.seal).filter(|_| wish.sealed);
            let id = match &thinking.seal {
                Seal::Item { id, .. } if !id.is_empty() => Some(id.as_ref()),
                _ => None,
            };
            written(Item::Thinking { id, summary: &thinking.text, sealed: sealed.as_deref() });
        }
        Block::Call { id, name, input } if spaces.is_shell(name) => {
            written(Item::Shell { id, arguments: input });
        }
        Block::Call { id, name, input } if wish.free.contains(name.as_ref()) => {
            written(Item::Free { id, name: spaces.split(name), input: &free::whole(input) });
        }
        Block::Call { id, name, input } => {
            written(Item::Call { id, name: spaces.split(name), arguments: input });
        }
    }
    out
}

/// What a client keeps of a seal.
pub(super) fn sealed(seal: &Seal<'_>) -> Option<String> {
    match seal {
        Seal::None => None,
        Seal::Item { content, .. } => {
            Some(content.clone().into_owned()).filter(|content| !content.is_empty())
        }
        other => Some(other.wrapped()),
    }
}
