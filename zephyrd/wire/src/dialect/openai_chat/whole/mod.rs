//! OpenAI Chat Completions: streams of chunks and whole completions.

mod gather;
mod scatter;

use crate::whole::json::Members;
use crate::whole::{Fold, Gather, Scatter, Steps, Unsound};

/// See the module.
pub(super) struct Whole;

impl Fold for Whole {
    fn gatherer(&self) -> Box<dyn Gather> {
        Steps::<gather::Completion>::boxed()
    }

    fn scatter(&self, whole: &[u8], wish: Scatter) -> Result<Vec<u8>, Unsound> {
        scatter::scatter(whole, wish)
    }

    fn check(&self, whole: &[u8]) -> Result<(), Unsound> {
        check(&Members::parse(whole)?)
    }
}

/// Members of a message and of a delta that are text, which a stream brings in parts. `reasoning_content` and `reasoning` are
/// what DeepSeek and OpenRouter call the thinking.
const TEXTS: [&str; 4] = ["reasoning_content", "reasoning", "content", "refusal"];

/// What every completion has, and what its choices have.
fn check(completion: &Members<'_>) -> Result<(), Unsound> {
    if completion.word("object").as_deref() != Some("chat.completion") || completion.name("id").is_none() {
        return Err(Unsound("it is no completion, or has no id"));
    }
    if completion.given("error").is_some() {
        return Err(Unsound("the completion has an error"));
    }
    if completion.given("usage").is_some() && !completion.has_object("usage") {
        return Err(Unsound("the completion's usage is no object"));
    }
    let choices = completion.array("choices")?;
    if choices.is_empty() {
        return Err(Unsound("the completion has no choices"));
    }
    for (place, choice) in choices.into_iter().enumerate() {
        let choice = Members::of(choice)?;
        if choice.number("index") != Some(place as u64) {
            return Err(Unsound("the choices are not in order"));
        }
        check_choice(&choice)?;
    }
    Ok(())
}

fn check_choice(choice: &Members<'_>) -> Result<(), Unsound> {
    // The last two are what OpenRouter and DeepSeek say when the endpoint failed on the way.
    match choice.word("finish_reason").as_deref() {
        None | Some("" | "error" | "insufficient_system_resource") => {
            return Err(Unsound("a choice has not finished"));
        }
        Some(_) => {}
    }
    let message = choice.object("message")?;
    if message.word("role").as_deref() != Some("assistant") {
        return Err(Unsound("a choice has no message of the assistant"));
    }
    if message.given("content").is_some_and(|c| !c.starts_with(['"', '['])) {
        return Err(Unsound("a message's content is neither text nor parts"));
    }
    message.array("tool_calls")?.into_iter().try_for_each(|call| check_call(&Members::of(call)?))
}

fn check_call(call: &Members<'_>) -> Result<(), Unsound> {
    let named = call.name("id").is_some() && call.name("type").is_some();
    let sound = match call.word("type").as_deref() {
        Some("function") => {
            let function = call.object("function")?;
            function.name("name").is_some() && function.has_text("arguments")
        }
        Some("custom") => {
            let custom = call.object("custom")?;
            custom.name("name").is_some() && custom.has_text("input")
        }
        _ => true,
    };
    if named && sound { Ok(()) } else { Err(Unsound("a tool call lacks its id, type, name or arguments")) }
}
