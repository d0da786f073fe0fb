//! Chunks become events.
//!
//! Servers that follow the dialect differ most here. Text, thinking and a refusal run one at a time; calls stay open until
//! their arguments are a whole object and something else begins, or until the end. The end is told when `[DONE]` comes, not
//! with the `finish_reason`, because usage, seals and even calls may come in between; where a server leaves `[DONE]` out,
//! the close of the connection behind a `finish_reason` is as good ([`Decode::finish`]). A chunk that is the one before but
//! for one text is not taken apart again.

mod calls;
mod details;

#[cfg(test)]
mod tests;

use super::stop::{self, Finish};
use super::{error, text, thinking, usage};
use crate::form::{Event, Joined, Opening, Text};
use crate::translate::Decode;
use crate::whole::Unsound;
use crate::whole::json::{self, Members};
use crate::whole::repeat::Repeat;

/// So many chunks in a row that differ, and only some are noted any more.
const MOST_MISSED: u32 = 16;

/// See the module.
#[derive(Default)]
pub(super) struct Decoder {
    started: bool,
    /// The end or an error has been told.
    done: bool,
    id: String,
    /// The next block's number.
    next: u32,
    /// The block that runs.
    running: Option<(u32, Kind)>,
    /// The halves of its characters; of the kind whose text came last, also before it opens.
    joined: (Option<Kind>, Joined),
    details: details::Details,
    calls: calls::Calls,
    refused: bool,
    finish: Option<Finish>,
    /// The chunk before, and where its text went.
    before: Repeat,
    place: Option<Place>,
    /// Chunks in a row that were not the one before but for a text.
    missed: u32,
}

/// What runs one at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Thinking,
    Refusal,
}

/// Where the text of a chunk goes.
#[derive(Debug, Clone, Copy)]
enum Place {
    Running(Kind),
    /// The arguments of a call.
    Call(usize),
}

/// What takes the events.
type Each<'e> = &'e mut dyn FnMut(Event<'_>);

impl Decode for Decoder {
    fn event(&mut self, _name: &[u8], data: &[u8], each: Each<'_>) -> Result<(), Unsound> {
        if self.done {
            return Ok(());
        }
        if let Some(raw) = self.before.text(data)
            && let Some(place) = self.place
        {
            self.missed = 0;
            return self.put(place, raw, each);
        }
        self.before.clear();
        self.missed = self.missed.wrapping_add(1);
        if data == b"[DONE]" {
            return self.end(each);
        }
        if data.trim_ascii().is_empty() {
            return Ok(());
        }
        let chunk = Members::parse(data)?;
        if let Some((kind, message)) = error::read(data, &chunk) {
            self.fail(&kind, &message, each);
            return Ok(());
        }
        self.chunk(&chunk, each)?;
        // Where every chunk differs in more than a text, noting each of them would be in vain.
        let worth = self.missed < MOST_MISSED || self.missed.is_multiple_of(MOST_MISSED);
        if worth && let Some((place, raw)) = self.lone_text(&chunk) {
            self.place = Some(place);
            self.before.note(data, raw, chunk.get("obfuscation"));
        }
        Ok(())
    }

    fn finish(&mut self, each: Each<'_>) -> Result<(), Unsound> {
        if self.done || self.finish.is_none() { Ok(()) } else { self.end(each) }
    }
}

impl Decoder {
    fn chunk(&mut self, chunk: &Members<'_>, each: Each<'_>) -> Result<(), Unsound> {
        let choice = first_choice(chunk)?;
        let id = chunk.name("id");
        // Azure begins with a chunk that has neither.
        if !self.started && (choice.is_some() || id.is_some()) {
            self.started = true;
            self.id = id.unwrap_or_default().into_owned();
            let created = chunk.number("created").filter(|at| *at > 0).and_then(|at| i64::try_from(at).ok());
            let model = chunk.word("model").unwrap_or_default();
            each(Event::Start { id: Text::Borrowed(&self.id), model, created });
        }
        if let Some(choice) = &choice {
            if let Some(delta) = delta(choice, self.next == 0) {
                self.delta(&delta?, each)?;
            }
            if let Some(word) = choice.name("finish_reason") {
                let finish = stop::read(&word);
                if let Finish::Failed(kind) = finish {
                    self.fail(kind, &format!("the endpoint broke its answer off: {word}"), each);
                    return Ok(());
                }
                self.finish = Some(finish);
            }
        }
        if self.started
            && let Some(usage) = usage::read(chunk, choice.as_ref())
        {
            each(Event::Usage(usage));
        }
        Ok(())
    }

    fn delta(&mut self, delta: &Members<'_>, each: Each<'_>) -> Result<(), Unsound> {
        let thought = thinking::TEXTS.into_iter().filter_map(|key| delta.get(key)).find(|raw| says(raw));
        if let Some(raw) = thought {
            self.put(Place::Running(Kind::Thinking), raw, each)?;
        }
        if let Some(list) = delta.part("reasoning_details").filter(|list| list.starts_with('[')) {
            self.details(list, thought.is_some(), each)?;
        }
        match delta.get("content") {
            Some(raw) if raw.starts_with('[') => self.parts(raw, each)?,
            Some(raw) if says(raw) => self.put(Place::Running(Kind::Text), raw, each)?,
            _ => {}
        }
        if let Some(raw) = delta.get("refusal").filter(|raw| says(raw)) {
            self.refused = true;
            self.put(Place::Running(Kind::Refusal), raw, each)?;
        }
        if let Some(list) = delta.part("tool_calls").filter(|list| list.starts_with('[')) {
            for (at, raw) in json::items(list)?.into_iter().enumerate() {
                self.call(&calls::Part::of(raw, at)?, each)?;
            }
        }
        if let Some(raw) = delta.part("function_call").filter(|call| call.starts_with('{')) {
            self.call(&calls::Part::of_old(raw)?, each)?;
        }
        Ok(())
    }

    /// A content in parts (Mistral).
    fn parts(&mut self, raw: &str, each: Each<'_>) -> Result<(), Unsound> {
        for raw in json::items(raw)? {
            let part = Members::of(raw)?;
            if let Some(text) = thinking::of_part(&part) {
                self.said(Kind::Thinking, Text::Owned(text), each);
            } else if let Some(text) = text(&part, "text") {
                self.said(Kind::Text, text, each);
            }
        }
        Ok(())
    }

    /// `told`: the same text has come as text.
    fn details(&mut self, list: &str, told: bool, each: Each<'_>) -> Result<(), Unsound> {
        for raw in json::items(list)? {
            let detail = Members::of(raw)?;
            if !told && let Some(words) = thinking::words(&detail) {
                self.said(Kind::Thinking, Text::Owned(words), each);
            }
            if details::is_opaque(&detail) {
                self.run(Kind::Thinking, each);
            }
            self.details.add(&detail)?;
        }
        Ok(())
    }

    /// More of the text at `place`, a JSON string.
    fn put(&mut self, place: Place, raw: &str, each: Each<'_>) -> Result<(), Unsound> {
        match place {
            Place::Running(kind) => {
                if self.joined.0 != Some(kind) {
                    self.joined = (Some(kind), Joined::default());
                }
                let text = self.joined.1.piece(raw);
                self.said(kind, text, each);
                Ok(())
            }
            Place::Call(at) => self.calls.put(at, raw, each),
        }
    }

    fn said(&mut self, kind: Kind, text: Text<'_>, each: Each<'_>) {
        if !text.is_empty() {
            let block = self.run(kind, each);
            each(Event::Text(block, text));
        }
    }

    /// The block of this kind that runs, opened if there is none.
    fn run(&mut self, kind: Kind, each: Each<'_>) -> u32 {
        if let Some((block, runs)) = self.running
            && runs == kind
        {
            return block;
        }
        self.close_running(each);
        self.calls.close_whole(each);
        let block = self.next;
        self.next += 1;
        self.running = Some((block, kind));
        let opening = match kind {
            Kind::Text => Opening::Text,
            Kind::Thinking => Opening::Thinking,
            Kind::Refusal => Opening::Refusal,
        };
        each(Event::Open(block, opening));
        block
    }

    fn close_running(&mut self, each: Each<'_>) {
        let Some((block, kind)) = self.running.take() else { return };
        if kind == Kind::Thinking
            && let Some(seal) = self.details.take()
        {
            each(Event::Seal(block, seal));
        }
        each(Event::Close(block));
    }

    fn call(&mut self, part: &calls::Part<'_>, each: Each<'_>) -> Result<(), Unsound> {
        let at = self.calls.place(part)?;
        if self.calls.may_open(at) {
            self.joined = (None, Joined::default());
            self.close_running(each);
            self.calls.close_whole(each);
            self.calls.open(at, self.next, &self.id, each);
            self.next += 1;
        }
        match part.input {
            Some(raw) => self.calls.put(at, raw, each),
            None => Ok(()),
        }
    }

    fn end(&mut self, each: Each<'_>) -> Result<(), Unsound> {
        if !self.started {
            return Err(Unsound("the stream ended before it began"));
        }
        self.calls.check()?;
        self.done = true;
        let finish = self.finish.unwrap_or(Finish::End);
        // In the order in which they opened: a text that runs may stand before open calls or behind them.
        let running = self.running.map_or(u32::MAX, |(block, _)| block);
        self.calls.close_until(running, each);
        self.close_running(each);
        self.calls.close_until(u32::MAX, each);
        if let Some(stop) = stop::stop(finish, self.calls.any(), self.refused) {
            each(Event::Stop(stop));
            each(Event::End);
        }
        Ok(())
    }

    fn fail(&mut self, kind: &str, message: &str, each: Each<'_>) {
        self.done = true;
        each(Event::Error { kind: Text::Borrowed(kind), message: Text::Borrowed(message) });
    }

    /// The one text that a chunk brings, where the same chunk with another text would mean nothing else.
    fn lone_text<'a>(&self, chunk: &Members<'a>) -> Option<(Place, &'a str)> {
        let choices = json::items(chunk.part("choices")?).ok()?;
        let [choice] = choices.as_slice() else { return None };
        let choice = Members::of(choice).ok()?;
        let delta = Members::of(choice.part("delta")?).ok()?;
        let mut found = None;
        for (key, value) in delta.iter() {
            if key == "role" || json::is_nothing(value) {
                continue;
            }
            let place = match key {
                "content" => Place::Running(Kind::Text),
                "refusal" => Place::Running(Kind::Refusal),
                _ if thinking::TEXTS.contains(&key) => Place::Running(Kind::Thinking),
                "tool_calls" => {
                    let (at, raw) = self.calls.lone(delta.part(key)?)?;
                    if found.replace((Place::Call(at), raw)).is_some() {
                        return None;
                    }
                    continue;
                }
                _ => return None,
            };
            if !json::is_text(value) || found.replace((place, delta.part(key)?)).is_some() {
                return None;
            }
        }
        found
    }
}

/// The choice that is read: number 0, which is the only one that can have been asked for.
fn first_choice<'a>(chunk: &Members<'a>) -> Result<Option<Members<'a>>, Unsound> {
    let Some(list) = chunk.part("choices").filter(|list| *list != "null") else { return Ok(None) };
    for raw in json::items(list)? {
        let choice = Members::of(raw)?;
        if choice.number("index").is_none_or(|index| index == 0) {
            return Ok(Some(choice));
        }
    }
    Ok(None)
}

/// What a choice brings. Some servers send one chunk with all of the message where nothing could be streamed.
fn delta<'a>(choice: &Members<'a>, is_first: bool) -> Option<Result<Members<'a>, Unsound>> {
    let object = |key: &str| choice.part(key).filter(|value| value.starts_with('{'));
    Some(Members::of(object("delta").or_else(|| object("message").filter(|_| is_first))?))
}

/// Whether a member is a text that is not empty.
fn says(raw: &str) -> bool {
    json::is_text(raw) && raw != "\"\""
}
