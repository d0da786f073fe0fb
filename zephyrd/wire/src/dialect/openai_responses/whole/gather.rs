//! A stream's last event holds the whole response.
//!
//! One subscription backend leaves `output` empty there; it is then what the items' own last events said.

use std::collections::BTreeMap;

use super::check;
use crate::whole::json::{self, Members};
use crate::whole::{Step, Unsound};

/// The response so far.
#[derive(Default)]
pub(super) struct Response {
    response: Option<Members<'static>>,
    /// Finished items by their `output_index`.
    items: BTreeMap<u64, String>,
    /// Items that have begun.
    begun: usize,
}

impl Step for Response {
    fn step(&mut self, event: &[u8], text: &[u8]) -> Result<(), Unsound> {
        if text == b"[DONE]" {
            return Ok(());
        }
        // The many deltas need not be read: what they bring comes again.
        if event.ends_with(b".delta") && self.response.is_none() {
            return Ok(());
        }
        let data = Members::parse(text)?;
        let kind = match data.word("type") {
            Some(kind) => kind,
            None => String::from_utf8_lossy(event),
        };
        if self.response.is_some() {
            return Err(Unsound("an event came after the end"));
        }
        match kind.as_ref() {
            "response.completed" | "response.incomplete" => {
                self.response = Some(Members::kept(data.object("response")?));
            }
            "response.output_item.added" => self.begun += 1,
            "response.output_item.done" => {
                let index = data.number("output_index").ok_or(Unsound("an item has no place"))?;
                let item = data.get("item").ok_or(Unsound("an item is missing"))?;
                self.items.insert(index, item.to_owned());
            }
            "response.failed" | "response.cancelled" | "error" => {
                return Err(Unsound("the stream tells an error"));
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<u8>, Unsound> {
        let mut response = self.response.ok_or(Unsound("the stream has no end"))?;
        if response.array("output")?.is_empty() {
            if self.items.len() < self.begun {
                return Err(Unsound("an item is missing"));
            }
            response.merge("output", &json::listed(self.items.values()));
        }
        check(&response)?;
        let mut out = Vec::new();
        response.write(&mut out);
        Ok(out)
    }
}
