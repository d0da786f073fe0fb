//! Thinking in messages: `reasoning_content` (DeepSeek and most), `reasoning` (OpenRouter, vLLM), and `reasoning_details`
//! (OpenRouter), which hold what the author wants back.
//!
//! To clients, the seal of another dialect stands in the `signature` of a detail, or in the `data` of one where the author
//! gave no words. The detail's text is empty where all the thinking so far is its own, as `reasoning_content` has it; only
//! a later block repeats its text, so that both can be told apart when they come back.

use crate::form::{Seal, Text, Thinking};
use crate::whole::json::{self, Members};

/// Where a message or a delta has thinking as text: the first of these that says something.
pub(super) const TEXTS: [&str; 2] = ["reasoning_content", "reasoning"];

/// Where a detail may hold a seal.
const SEALED: [&str; 3] = ["signature", "data", "encrypted_content"];

/// The thinking in a message.
pub(super) fn read<'a>(message: &Members<'a>) -> Vec<Thinking<'a>> {
    let told = TEXTS.into_iter().find_map(|key| super::text(message, key).filter(|text| !text.is_empty()));
    let mut text = told.unwrap_or_default();
    let details = message.part("reasoning_details").filter(|d| d.starts_with('[') && !json::is_nothing(d));
    let items = details.and_then(|details| json::items(details).ok()).unwrap_or_default();
    let items: Vec<Members<'a>> = items.into_iter().filter_map(|item| Members::of(item).ok()).collect();
    if items.iter().any(|item| unwrapped(item).is_some()) {
        return apart(
            text,
            items.iter().filter_map(|item| unwrapped(item).or_else(|| plain(item))).collect(),
        );
    }
    let Some(details) = details.filter(|_| !items.is_empty()) else {
        let plain = Thinking { text, seal: Seal::None };
        return if plain.text.is_empty() { Vec::new() } else { vec![plain] };
    };
    if text.is_empty() {
        text = Text::Owned(items.iter().filter_map(words).collect());
    }
    // Without anything that only its author can read, the text is all that can be given back.
    let opaque = items.iter().any(|item| SEALED.iter().any(|key| item.name(key).is_some()));
    let seal = if opaque { Seal::Details(details.into()) } else { Seal::None };
    vec![Thinking { text, seal }]
}

/// What a detail says in words.
pub(super) fn words(detail: &Members<'_>) -> Option<String> {
    ["text", "summary"].into_iter().find_map(|key| detail.word(key)).map(Text::into_owned)
}

/// The text of a part that holds thinking: `{type: thinking, thinking: [{type: text, text}]}` (Mistral).
pub(super) fn of_part(part: &Members<'_>) -> Option<String> {
    if part.word("type").as_deref() != Some("thinking") {
        return None;
    }
    let pieces = part.array("thinking").ok()?;
    Some(
        pieces
            .into_iter()
            .filter_map(|piece| Some(Members::of(piece).ok()?.word("text")?.into_owned()))
            .collect(),
    )
}

/// The seal of a detail that was written for a client, with its text where it has words of its own.
fn unwrapped<'a>(detail: &Members<'a>) -> Option<(Option<Text<'a>>, Seal<'a>)> {
    SEALED.into_iter().find_map(|key| {
        let seal = Seal::unwrapped(&detail.word(key)?)?;
        let text = if key == "data" { None } else { Some(super::text(detail, "text").unwrap_or_default()) };
        Some((text, seal))
    })
}

/// The seal of another dialect that a detail holds.
pub(super) fn wrapped_seal(detail: &Members<'_>) -> Option<Seal<'static>> {
    SEALED.into_iter().find_map(|key| Seal::unwrapped(&detail.word(key)?))
}

/// A detail beside such ones: a block without a seal, which says its words.
fn plain<'a>(detail: &Members<'a>) -> Option<(Option<Text<'a>>, Seal<'a>)> {
    Some((Some(super::text(detail, "text")?), Seal::None))
}

/// The blocks of `all` that these seals belong to, in order.
fn apart<'a>(all: Text<'a>, seals: Vec<(Option<Text<'a>>, Seal<'a>)>) -> Vec<Thinking<'a>> {
    let mut rest = all;
    let mut blocks = Vec::new();
    for (own, seal) in seals.into_iter().rev() {
        let text = match own {
            None => Text::default(),
            Some(own) if own.is_empty() => std::mem::take(&mut rest),
            Some(own) => {
                let left = rest.strip_suffix(&*own).map(str::len);
                rest = cut(rest, left);
                own
            }
        };
        blocks.push(Thinking { text, seal });
    }
    if !rest.is_empty() {
        blocks.push(Thinking { text: rest, seal: Seal::None });
    }
    blocks.reverse();
    blocks
}

/// The first bytes of a text; all of it where it is not known how many.
fn cut(text: Text<'_>, len: Option<usize>) -> Text<'_> {
    match (text, len) {
        (Text::Borrowed(text), Some(len)) => Text::Borrowed(&text[..len]),
        (Text::Owned(mut text), Some(len)) => {
            text.truncate(len);
            Text::Owned(text)
        }
        (text, None) => text,
    }
}

/// Details for a client, written one by one as the blocks of an answer end.
#[derive(Debug, Default)]
pub(super) struct Details {
    /// How many there have been.
    count: usize,
    /// Bytes of thinking that have been told.
    told: usize,
}

impl Details {
    /// Whether nothing has been told yet, so that the next block's text need not be repeated.
    pub(super) fn is_first(&self) -> bool {
        self.told == 0
    }

    /// Takes down that a block of `len` bytes has ended, and gives its detail, if it has a seal or a block before it had
    /// one. `text` is only read where the block is not the first.
    pub(super) fn end(&mut self, len: usize, text: &str, seal: &Seal<'_>) -> Option<Vec<u8>> {
        let first = self.is_first();
        self.told += len;
        if seal.is_none() && (self.count == 0 || len == 0) {
            return None;
        }
        let mut out = Vec::new();
        if len == 0 {
            out.extend_from_slice(b"{\"type\":\"reasoning.encrypted\",\"data\":");
            json::quote(&mut out, &seal.wrapped());
        } else {
            out.extend_from_slice(b"{\"type\":\"reasoning.text\",\"text\":");
            json::quote(&mut out, if first { "" } else { text });
            if !seal.is_none() {
                out.extend_from_slice(b",\"signature\":");
                json::quote(&mut out, &seal.wrapped());
            }
        }
        out.extend_from_slice(format!(",\"index\":{}}}", self.count).as_bytes());
        self.count += 1;
        Some(out)
    }
}
