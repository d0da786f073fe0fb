//! OpenAI Responses: streams and whole responses.

mod gather;
mod scatter;

use crate::whole::json::Members;
use crate::whole::{Fold, Gather, Scatter, Steps, Unsound};

/// See the module.
pub(super) struct Whole;

impl Fold for Whole {
    fn gatherer(&self) -> Box<dyn Gather> {
        Steps::<gather::Response>::boxed()
    }

    fn scatter(&self, whole: &[u8], _wish: Scatter) -> Result<Vec<u8>, Unsound> {
        scatter::scatter(whole)
    }

    fn check(&self, whole: &[u8]) -> Result<(), Unsound> {
        check(&Members::parse(whole)?)
    }
}

/// What every response has, and what the items have whose kind is known.
fn check(response: &Members<'_>) -> Result<(), Unsound> {
    if response.word("object").as_deref() != Some("response") || response.name("id").is_none() {
        return Err(Unsound("it is no response, or has no id"));
    }
    if response.given("error").is_some() {
        return Err(Unsound("the response has an error"));
    }
    let status = response.word("status").unwrap_or_default();
    if status != "completed" && status != "incomplete" {
        return Err(Unsound("the response is neither completed nor incomplete"));
    }
    if response.given("usage").is_some() && !response.has_object("usage") {
        return Err(Unsound("the response's usage is no object"));
    }
    if response.given("output").is_none() {
        return Err(Unsound("the response has no output"));
    }
    response.array("output")?.into_iter().try_for_each(|item| check_item(&Members::of(item)?, &status))
}

fn check_item(item: &Members<'_>, status: &str) -> Result<(), Unsound> {
    let kind = item.name("type").ok_or(Unsound("an item has no type"))?;
    let ended = match item.given("status") {
        None => true,
        // A tool that failed is told to the model, which goes on.
        Some(_) => item.word("status").is_some_and(|s| s == "completed" || s == "failed" || s == status),
    };
    if !ended {
        return Err(Unsound("an item has not ended"));
    }
    let sound = match kind.as_ref() {
        "message" => {
            for part in item.array("content")? {
                check_part(&Members::of(part)?)?;
            }
            item.given("content").is_some()
        }
        "function_call" => {
            item.name("call_id").is_some() && item.name("name").is_some() && item.has_text("arguments")
        }
        "custom_tool_call" => item.name("call_id").is_some() && item.has_text("input"),
        "reasoning" => item.array("summary").is_ok(),
        _ => true,
    };
    if sound { Ok(()) } else { Err(Unsound("an item lacks what its type needs")) }
}

fn check_part(part: &Members<'_>) -> Result<(), Unsound> {
    let kind = part.name("type").ok_or(Unsound("a part of a message has no type"))?;
    let sound = match kind.as_ref() {
        "output_text" => part.has_text("text") && part.array("annotations").is_ok(),
        "refusal" => part.has_text("refusal"),
        _ => true,
    };
    if sound { Ok(()) } else { Err(Unsound("a part of a message lacks what its type needs")) }
}
