//! A stream's chunks become the completion.
//!
//! Members that nobody knows are kept: of a chunk the last that says something, of a choice, a delta or a call the only
//! one; two that differ are unsound, because parts cannot be told from successors. `content` is `null` where it is empty
//! beside tool calls or a refusal, as the vendor writes it. `[DONE]` must have come: usage may stand in the chunk before it.

use std::collections::BTreeMap;

use super::{TEXTS, check};
use crate::whole::json::{self, Members};
use crate::whole::repeat::Repeat;
use crate::whole::{Step, Unsound};

/// The completion so far.
#[derive(Default)]
pub(super) struct Completion {
    head: Members<'static>,
    choices: BTreeMap<u64, Choice>,
    done: bool,
    /// The chunk before, and where its text went: a choice, and a member of its message or a call of it.
    before: Repeat,
    joined: Option<(u64, Text)>,
}

/// What a delta appends to.
#[derive(Clone, Copy)]
enum Text {
    Member(&'static str),
    /// By the call's index: the member and its text.
    Call(u64, &'static str, &'static str),
}

#[derive(Default)]
struct Choice {
    members: Members<'static>,
    message: Members<'static>,
    calls: BTreeMap<u64, Call>,
    function: Option<Members<'static>>,
    logprobs: Option<Members<'static>>,
}

/// A tool call: its members, and those of its `function` or `custom`.
#[derive(Default)]
struct Call {
    members: Members<'static>,
    inner: BTreeMap<&'static str, Members<'static>>,
}

const NO_INDEX: Unsound = Unsound("a choice or a call has no index");

impl Step for Completion {
    fn step(&mut self, _event: &[u8], text: &[u8]) -> Result<(), Unsound> {
        if self.done {
            return Err(Unsound("a chunk came after `[DONE]`"));
        }
        if text == b"[DONE]" {
            self.done = true;
            return Ok(());
        }
        if let Some(value) = self.before.text(text)
            && let Some((index, to)) = self.joined
            && let Some(choice) = self.choices.get_mut(&index)
        {
            return choice.join(to, value);
        }
        self.before.clear();
        let chunk = Members::parse(text)?;
        if chunk.given("error").is_some() {
            return Err(Unsound("the stream tells an error"));
        }
        if chunk.name("object").is_some_and(|o| o != "chat.completion.chunk") {
            return Err(Unsound("the stream has an event that is no chunk"));
        }
        for (key, value) in chunk.iter() {
            match key {
                "choices" => {
                    self.head.keep_first(key, "[]");
                    chunk.array(key)?.into_iter().try_for_each(|c| self.choice(c))?;
                }
                // In every chunk but the last where it was asked for.
                "usage" if value == "null" => {}
                // Padding against those who read lengths; a whole answer has none.
                "obfuscation" => {}
                "object" => self.head.keep_first(key, "\"chat.completion\""),
                // Some servers stamp each chunk anew, or leave the first one's empty.
                "created" if value == "0" => {}
                "id" | "created" | "model" => self.head.keep_first(key, value),
                _ if json::is_nothing(value) => self.head.keep_first(key, value),
                _ => self.head.merge(key, value),
            }
        }
        if let Some((index, to, value)) = lone_text(&chunk) {
            self.joined = Some((index, to));
            self.before.note(text, value, chunk.get("obfuscation"));
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<u8>, Unsound> {
        if !self.done {
            return Err(Unsound("the stream has no end"));
        }
        self.head.keep_first("object", "\"chat.completion\"");
        let mut choices = Vec::new();
        for (index, mut choice) in self.choices {
            // Moonshot tells the usage here.
            if let Some(usage) = choice.members.remove("usage") {
                self.head.keep_first("usage", &usage);
            }
            choices.push(choice.whole(index)?);
        }
        self.head.merge("choices", &json::listed(choices));
        check(&self.head)?;
        let mut out = Vec::new();
        self.head.write(&mut out);
        Ok(out)
    }
}

impl Completion {
    fn choice(&mut self, text: &str) -> Result<(), Unsound> {
        let part = Members::of(text)?;
        let choice = self.choices.entry(part.number("index").ok_or(NO_INDEX)?).or_default();
        for (key, value) in part.iter() {
            match key {
                "index" => {}
                "delta" if value == "null" => {}
                "delta" => choice.delta(&Members::of(value)?)?,
                "logprobs" if value != "null" => {
                    let logprobs = choice.logprobs.get_or_insert_default();
                    for (key, value) in Members::of(value)?.iter() {
                        if value.starts_with('[') {
                            logprobs.join_items(key, value)?;
                        } else {
                            logprobs.once(key, value)?;
                        }
                    }
                    choice.members.keep_first("logprobs", "null");
                }
                "logprobs" => choice.members.keep_first(key, value),
                _ => choice.members.once(key, value)?,
            }
        }
        Ok(())
    }
}

impl Choice {
    fn join(&mut self, to: Text, value: &str) -> Result<(), Unsound> {
        match to {
            Text::Member(key) => self.message.join_text(key, value),
            Text::Call(index, kind, key) => {
                let call = self.calls.entry(index).or_default();
                call.inner.entry(kind).or_default().join_text(key, value)
            }
        }
    }

    fn delta(&mut self, delta: &Members<'_>) -> Result<(), Unsound> {
        for (key, value) in delta.iter() {
            match key {
                "tool_calls" => {
                    self.message.keep_first(key, if value == "null" { value } else { "[]" });
                    delta.array(key)?.into_iter().try_for_each(|call| self.call(call))?;
                }
                "function_call" if value != "null" => {
                    self.message.keep_first(key, "{}");
                    join_call(self.function.get_or_insert_default(), value)?;
                }
                "role" => self.message.keep_first(key, value),
                _ if TEXTS.contains(&key) && json::is_text(value) => self.message.join_text(key, value)?,
                _ => self.message.once(key, value)?,
            }
        }
        Ok(())
    }

    fn call(&mut self, text: &str) -> Result<(), Unsound> {
        let part = Members::of(text)?;
        let call = self.calls.entry(part.number("index").ok_or(NO_INDEX)?).or_default();
        for (key, value) in part.iter() {
            let inner = match key {
                "index" => continue,
                "function" if value != "null" => "function",
                "custom" if value != "null" => "custom",
                _ => {
                    call.members.once(key, value)?;
                    continue;
                }
            };
            call.members.keep_first(key, "null");
            join_call(call.inner.entry(inner).or_default(), value)?;
        }
        Ok(())
    }

    fn whole(mut self, index: u64) -> Result<String, Unsound> {
        let called = !self.calls.is_empty() || self.function.is_some();
        if called {
            let calls: Vec<String> = self.calls.into_values().map(Call::whole).collect();
            if !calls.is_empty() {
                self.message.merge("tool_calls", &json::listed(calls));
            }
        }
        if let Some(function) = self.function {
            self.message.merge("function_call", &function.text());
        }
        let mut message = Members::default().with("role", "\"assistant\"").with("content", "null");
        for (key, value) in self.message.iter().filter(|(_, value)| *value != "\"\"") {
            message.merge(key, value);
        }
        let refused = message.name("refusal").is_some();
        for (key, value) in self.message.iter().filter(|(_, value)| *value == "\"\"") {
            if !(key == "content" && (called || refused)) {
                message.keep_first(key, value);
            }
        }
        let mut choice = Members::default().with("index", index.to_string()).with("message", message.text());
        if let Some(logprobs) = self.logprobs {
            self.members.merge("logprobs", &logprobs.text());
        }
        for (key, value) in self.members.iter() {
            choice.set(key, value);
        }
        Ok(choice.text())
    }
}

impl Call {
    fn whole(mut self) -> String {
        for (key, inner) in &self.inner {
            self.members.merge(key, &inner.text());
        }
        if self.inner.contains_key("function") {
            self.members.keep_first("type", "\"function\"");
        }
        self.members.text()
    }
}

/// A part of a call: arguments are joined; a name comes once, early or late, or is repeated.
fn join_call(call: &mut Members<'static>, text: &str) -> Result<(), Unsound> {
    for (key, value) in Members::of(text)?.iter() {
        if matches!(key, "arguments" | "input") && json::is_text(value) {
            call.join_text(key, value)?;
        } else {
            call.once(key, value)?;
        }
    }
    Ok(())
}

/// The one text that a chunk brings, if that is all that it brings to its one choice: its place and its value.
fn lone_text<'a>(chunk: &Members<'a>) -> Option<(u64, Text, &'a str)> {
    let choices = json::items(chunk.part("choices")?).ok()?;
    let [choice] = choices.as_slice() else { return None };
    let choice = Members::of(choice).ok()?;
    if choice.given("logprobs").is_some() {
        return None;
    }
    let index = choice.number("index")?;
    let delta = Members::of(choice.part("delta")?).ok()?;
    let (key, value) = delta.lone()?;
    if let Some(key) = TEXTS.into_iter().find(|text| *text == key) {
        return json::is_text(value).then_some((index, Text::Member(key), value));
    }
    let calls = if key == "tool_calls" { json::items(value).ok()? } else { return None };
    let [call] = calls.as_slice() else { return None };
    let mut call = Members::of(call).ok()?;
    let place = call.remove("index")?.parse().ok()?;
    let (kind, text) = match call.lone()?.0 {
        "function" => ("function", "arguments"),
        "custom" => ("custom", "input"),
        _ => return None,
    };
    let inner = Members::of(call.lone()?.1).ok()?;
    let (key, value) = inner.lone()?;
    (key == text && json::is_text(value)).then_some((index, Text::Call(place, kind, text), value))
}
