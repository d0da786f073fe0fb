//! Texts that come often, by the field that they stand in. A database holds their numbers, which are positions here,
//! so lists only grow at their ends, and to no more than [`MOST`] texts.

use std::borrow::Cow;

use crate::store::StoreError;
use crate::store::parcel::numbers::{read, text_of, write};

/// Most texts of a list: what is longer by one begins a text that is written out.
const MOST: u64 = 31;

/// HTTP methods.
pub(super) const METHODS: &[&str] = &["POST", "GET", "DELETE", "HEAD", "PUT", "PATCH"];
/// Paths of the dialects.
pub(super) const PATHS: &[&str] = &[
    "/v1/messages",
    "/v1/chat/completions",
    "/v1/responses",
    "/v1/messages/count_tokens",
    "/v1/models",
    "/v1/responses/input_tokens",
    "/chat/completions",
    "/responses",
    "/models",
];
/// Dialects.
pub(super) const DIALECTS: &[&str] = &["anthropic", "openai-chat", "openai-responses"];
/// What a client says a request is for.
pub(super) const CLASSES: &[&str] = &["main", "compaction"];
/// Why a model stopped, in the vendors' words.
pub(super) const STOPS: &[&str] = &[
    "end_turn",
    "tool_use",
    "stop",
    "tool_calls",
    "completed",
    "max_tokens",
    "length",
    "stop_sequence",
    "incomplete",
    "content_filter",
    "refusal",
    "pause_turn",
];
/// Providers, by their hosts.
pub(super) const PROVIDERS: &[&str] = &[
    "api.anthropic.com",
    "api.openai.com",
    "chatgpt.com",
    "openrouter.ai",
    "api.deepseek.com",
    "api.moonshot.ai",
    "api.z.ai",
    "127.0.0.1",
    "localhost",
];

/// Writes a text behind what `out` holds: 0 for none, its number if it is `common`, else its length beyond those and
/// itself.
pub(super) fn write_text(out: &mut Vec<u8>, text: Option<&str>, common: &[&str]) {
    let Some(text) = text else { return out.push(0) };
    match common.iter().position(|known| *known == text) {
        Some(at) => out.push(at as u8 + 1),
        None => {
            write(out, MOST + 1 + text.len() as u64);
            out.extend_from_slice(text.as_bytes());
        }
    }
}

/// Takes a text that [`write_text`] has written off the front of `from`.
pub(super) fn read_text<'a>(
    from: &mut &'a [u8],
    common: &[&str],
) -> Result<Option<Cow<'a, str>>, StoreError> {
    Ok(match read(from)? {
        0 => None,
        number @ 1..=MOST => {
            // A later version may know more.
            let text = common.get(number as usize - 1).copied().unwrap_or("?");
            Some(Cow::Owned(text.to_owned()))
        }
        length => Some(Cow::Borrowed(text_of(from, length - MOST - 1)?)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_texts_keep_their_numbers() {
        let lists = [METHODS, PATHS, DIALECTS, CLASSES, STOPS, PROVIDERS];
        let firsts = ["POST", "/v1/messages", "anthropic", "main", "end_turn", "api.anthropic.com"];
        let lasts = ["PATCH", "/models", "openai-responses", "compaction", "pause_turn", "localhost"];
        let lengths = [6, 9, 3, 2, 12, 9];
        for (n, list) in lists.into_iter().enumerate() {
            assert!(list.len() >= lengths[n] && list.len() as u64 <= MOST);
            assert_eq!((list[0], list[lengths[n] - 1]), (firsts[n], lasts[n]));
            for text in list {
                let mut out = Vec::new();
                write_text(&mut out, Some(text), list);
                assert_eq!(out.len(), 1);
                assert_eq!(read_text(&mut &out[..], list).unwrap().as_deref(), Some(*text));
            }
        }
    }
}
