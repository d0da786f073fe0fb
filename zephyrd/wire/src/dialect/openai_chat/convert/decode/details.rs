//! `reasoning_details` in a stream, put together again: an author that gets pieces back refuses them.

use super::super::thinking;
use crate::form::{Json, Seal};
use crate::whole::json::{self, Members};
use crate::whole::{MOST, Unsound};

/// Members of a detail that come in pieces.
const IN_PIECES: [&str; 2] = ["text", "summary"];
/// What only the author can read.
const OPAQUE: [&str; 3] = ["signature", "data", "encrypted_content"];

/// The details of one block of thinking.
#[derive(Default)]
pub(super) struct Details {
    items: Vec<Members<'static>>,
    opaque: bool,
    size: usize,
}

impl Details {
    pub(super) fn add(&mut self, detail: &Members<'_>) -> Result<(), Unsound> {
        self.size += detail.iter().map(|(key, value)| key.len() + value.len() + 64).sum::<usize>();
        if self.size > MOST {
            return Err(Unsound("its reasoning details are longer than 32 MiB"));
        }
        self.opaque |= is_opaque(detail);
        let goes_on = |last: &&mut Members<'static>| {
            let same = |key: &str| last.get(key) == detail.get(key);
            same("type")
                && same("index")
                && IN_PIECES.iter().any(|key| last.has_text(key) || detail.has_text(key))
        };
        match self.items.last_mut().filter(goes_on) {
            Some(last) => {
                for (key, value) in detail.iter() {
                    if IN_PIECES.contains(&key) && json::is_text(value) {
                        last.join_text(key, value)?;
                    } else if !json::is_nothing(value) {
                        last.merge(key, value);
                    }
                }
            }
            None => self.items.push(Members::kept(detail.clone())),
        }
        Ok(())
    }

    /// What the author wants back, if it is more than the words.
    pub(super) fn take(&mut self) -> Option<Seal<'static>> {
        let done = std::mem::take(self);
        // What another gateway of ours wrapped is given back as what it is.
        if let Some(seal) = done.items.iter().find_map(thinking::wrapped_seal) {
            return Some(seal);
        }
        let list = || json::listed(done.items.iter().map(Members::text));
        done.opaque.then(|| Seal::Details(Json::Owned(list())))
    }
}

/// Whether a detail has something that only its author can read.
pub(super) fn is_opaque(detail: &Members<'_>) -> bool {
    OPAQUE.iter().any(|key| detail.name(key).is_some())
}
