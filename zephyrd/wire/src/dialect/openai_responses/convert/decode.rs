//! A stream of an endpoint.
//!
//! Blocks open with their first text, so that parts which stay empty give none; a call opens as soon as its name and id are known.
//! Texts that come in their `done` events alone are given then, and an answer that comes in the last event alone is given there.
//! What the vendor's own tools do gives no more than signs of life.

use std::collections::BTreeMap;

use super::answer::{self, Ended};
use super::item::{Item, Kind, Numbers};
use crate::dialect::{kind as kind_of, read_error};
use crate::form::{Block, Event, Opening, Text};
use crate::peek;
use crate::translate::Decode;
use crate::usage::Draft;
use crate::whole::json::Members;
use crate::whole::{MOST, Unsound};

/// Most items of an answer.
const MOST_ITEMS: usize = 4096;

type Each<'e> = &'e mut dyn FnMut(Event<'_>);

/// See the module.
#[derive(Default)]
pub(super) struct Decoder {
    started: bool,
    ended: bool,
    /// The items by their place.
    items: BTreeMap<u64, Item>,
    /// The place of the item that the last event was about.
    last: u64,
    numbers: Numbers,
}

/// The members of an event that are read, as JSON text.
#[derive(Default)]
struct Fields<'a> {
    delta: &'a str,
    /// `text`, `refusal`, `arguments` or `input` of an event that ends a text.
    whole: &'a str,
    item: &'a str,
    response: &'a str,
    /// `output_index`.
    place: Option<u64>,
    /// `content_index` or `summary_index`.
    index: u64,
}

impl<'a> Fields<'a> {
    fn read(text: &'a str) -> Result<Self, Unsound> {
        let mut fields = Self::default();
        let found = peek::members(text.as_bytes(), |key, value| {
            // What lies between the marks of a text is text.
            let value = || std::str::from_utf8(value).unwrap_or_default();
            match key {
                b"delta" => fields.delta = value(),
                b"text" | b"refusal" | b"arguments" | b"input" => fields.whole = value(),
                b"item" => fields.item = value(),
                b"response" => fields.response = value(),
                b"output_index" => fields.place = value().parse().ok(),
                b"content_index" | b"summary_index" => fields.index = value().parse().unwrap_or_default(),
                _ => {}
            }
        });
        found.map(|()| fields).ok_or(Unsound("an event is no JSON object"))
    }
}

impl Decode for Decoder {
    fn event(&mut self, name: &[u8], data: &[u8], each: &mut dyn FnMut(Event<'_>)) -> Result<(), Unsound> {
        if self.ended || data == b"[DONE]" {
            return Ok(());
        }
        let text = std::str::from_utf8(data).map_err(|_| Unsound("an event is not UTF-8"))?;
        let fields = Fields::read(text)?;
        let kind = kind_of(name, data);
        match kind {
            b"response.output_text.delta" => self.text(&fields, Kind::Text, each),
            b"response.refusal.delta" => self.text(&fields, Kind::Refusal, each),
            b"response.reasoning_summary_text.delta" => self.text(&fields, Kind::Summary, each),
            b"response.reasoning_text.delta" => self.text(&fields, Kind::Thinking, each),
            b"response.output_text.done" => self.whole_text(&fields, Kind::Text, each),
            b"response.refusal.done" => self.whole_text(&fields, Kind::Refusal, each),
            b"response.reasoning_summary_text.done" => self.whole_text(&fields, Kind::Summary, each),
            b"response.reasoning_text.done" => self.whole_text(&fields, Kind::Thinking, each),
            b"response.function_call_arguments.delta" => self.input(&fields, false, fields.delta, each),
            b"response.custom_tool_call_input.delta" => self.input(&fields, true, fields.delta, each),
            b"response.function_call_arguments.done" => self.whole_input(&fields, false, each),
            b"response.custom_tool_call_input.done" => self.whole_input(&fields, true, each),
            b"response.output_item.added" => self.added(&fields, each),
            b"response.output_item.done" => self.done(&fields, each),
            b"response.completed" | b"response.incomplete" => self.end(kind, &fields, data, each),
            b"response.failed" | b"response.cancelled" => self.fail(fields.response.as_bytes(), each),
            b"error" => self.fail(data, each),
            b"response.created" | b"response.in_progress" | b"response.queued" => {
                if self.started {
                    each(Event::Ping);
                }
                self.start(fields.response, each)
            }
            // What these say is said elsewhere.
            b"response.content_part.added"
            | b"response.content_part.done"
            | b"response.reasoning_summary_part.added"
            | b"response.reasoning_summary_part.done" => Ok(()),
            _ => {
                if self.started {
                    each(Event::Ping);
                }
                Ok(())
            }
        }
    }
}

impl Decoder {
    fn start(&mut self, response: &str, each: Each<'_>) -> Result<(), Unsound> {
        if self.started {
            return Ok(());
        }
        self.started = true;
        let response = if response.is_empty() { Members::default() } else { Members::of(response)? };
        let word = |key: &str| response.word(key).unwrap_or_default();
        each(Event::Start { id: word("id"), model: word("model"), created: answer::created(&response) });
        Ok(())
    }

    /// The item that an event is about; where it names none, the one before it.
    fn item(&mut self, fields: &Fields<'_>, each: Each<'_>) -> Result<(&mut Item, &mut Numbers), Unsound> {
        self.start("", each)?;
        self.last = fields.place.unwrap_or(self.last);
        if self.items.len() >= MOST_ITEMS && !self.items.contains_key(&self.last) {
            return Err(Unsound("the answer has more than 4096 items"));
        }
        Ok((self.items.entry(self.last).or_default(), &mut self.numbers))
    }

    fn text(&mut self, fields: &Fields<'_>, kind: Kind, each: Each<'_>) -> Result<(), Unsound> {
        let (item, numbers) = self.item(fields, each)?;
        item.text(kind, fields.index, fields.delta, numbers, each)
    }

    fn whole_text(&mut self, fields: &Fields<'_>, kind: Kind, each: Each<'_>) -> Result<(), Unsound> {
        let (item, numbers) = self.item(fields, each)?;
        item.whole_text(kind, fields.index, fields.whole, numbers, each)
    }

    fn input(
        &mut self,
        fields: &Fields<'_>,
        is_free: bool,
        raw: &str,
        each: Each<'_>,
    ) -> Result<(), Unsound> {
        let (item, numbers) = self.item(fields, each)?;
        item.input(is_free, raw, numbers, each);
        if numbers.held > MOST { Err(Unsound("a call without a name is longer than 32 MiB")) } else { Ok(()) }
    }

    fn whole_input(&mut self, fields: &Fields<'_>, is_free: bool, each: Each<'_>) -> Result<(), Unsound> {
        let (item, _) = self.item(fields, each)?;
        if item.has_input() { Ok(()) } else { self.input(fields, is_free, fields.whole, each) }
    }

    fn added(&mut self, fields: &Fields<'_>, each: Each<'_>) -> Result<(), Unsound> {
        let (item, numbers) = self.item(fields, each)?;
        item.added(&Members::of(fields.item)?, numbers, each);
        Ok(())
    }

    fn done(&mut self, fields: &Fields<'_>, each: Each<'_>) -> Result<(), Unsound> {
        let (item, numbers) = self.item(fields, each)?;
        item.done(&Members::of(fields.item)?, numbers, each)
    }

    fn end(&mut self, kind: &[u8], fields: &Fields<'_>, data: &[u8], each: Each<'_>) -> Result<(), Unsound> {
        let response = Members::of(fields.response)?;
        self.start(fields.response, each)?;
        for item in self.items.values_mut() {
            item.close(&mut self.numbers, each)?;
        }
        if self.numbers.next == 0 {
            for block in answer::blocks(response.part("output").unwrap_or("[]"))? {
                self.give(block, each);
            }
        }
        let mut draft = Draft::default();
        super::super::usage::follow(kind, data, &mut draft);
        if let Some(usage) = draft.reading().usage {
            each(Event::Usage(usage));
        }
        let is_incomplete = kind == b"response.incomplete";
        let Numbers { called, refused, .. } = self.numbers;
        each(Event::Stop(answer::stop(&response, is_incomplete, Ended { called, refused })));
        self.ended = true;
        each(Event::End);
        Ok(())
    }

    /// Gives a block of an answer whose stream did not bring any.
    fn give(&mut self, block: Block<'_>, each: Each<'_>) {
        match block {
            Block::Text(text) => {
                let n = self.numbers.open(Opening::Text, each);
                each(Event::Text(n, text));
                each(Event::Close(n));
            }
            Block::Refusal(text) => {
                let n = self.numbers.open(Opening::Refusal, each);
                each(Event::Text(n, text));
                each(Event::Close(n));
            }
            Block::Thinking(thinking) => {
                let n = self.numbers.open(Opening::Thinking, each);
                if !thinking.text.is_empty() {
                    each(Event::Text(n, thinking.text));
                }
                if !thinking.seal.is_none() {
                    each(Event::Seal(n, thinking.seal));
                }
                each(Event::Close(n));
            }
            Block::Call { id, name, input } => {
                let n = self.numbers.open(Opening::Call { id, name }, each);
                each(Event::Input(n, input));
                each(Event::Close(n));
            }
        }
    }

    fn fail(&mut self, told: &[u8], each: Each<'_>) -> Result<(), Unsound> {
        let (kind, message) = read_error(told).unwrap_or_default();
        self.ended = true;
        each(Event::Error { kind: Text::Owned(kind), message: Text::Owned(message) });
        Ok(())
    }
}
