//! Texts that come often, by the field that they stand in. A database holds their numbers: one is never given to
//! another text, and none is above [`MOST`].

use crate::store::StoreError;
use crate::store::parcel::numbers::{read, text_of, write};

/// The highest number that a common text can have: those above tell the length of a text that is written out.
const MOST: u64 = 31;
/// The number of a model that is the one that was asked for.
const AS_ASKED: u8 = 1;

/// What the texts of a field are to a database.
#[derive(Clone, Copy)]
pub(super) struct Common {
    number_of: fn(&str) -> u8,
    text_of: fn(u8) -> &'static str,
}

/// Both ways of a list. Texts are compared in the code, without a look into memory: that would take longer than all the
/// rest of writing them.
macro_rules! common {
    ($($(#[$doc:meta])* $field:ident: $($number:literal $text:literal)*;)*) => {
        $($(#[$doc])* pub(super) const $field: Common = Common {
            number_of: |text| match text {
                $($text => $number,)*
                _ => 0,
            },
            text_of: |number| match number {
                $($number => $text,)*
                // One of a later version.
                _ => "?",
            },
        };)*
        #[cfg(test)]
        const ALL: &[(Common, &[(u8, &str)])] = &[$(($field, &[$(($number, $text)),*])),*];
    };
}

common! {
    /// HTTP methods.
    METHODS: 1 "POST" 2 "GET" 3 "DELETE" 4 "HEAD" 5 "PUT" 6 "PATCH";
    /// Paths of the dialects.
    PATHS:
        1 "/v1/messages"
        2 "/v1/chat/completions"
        3 "/v1/responses"
        4 "/v1/messages/count_tokens"
        5 "/v1/models"
        6 "/v1/responses/input_tokens"
        7 "/chat/completions"
        8 "/responses"
        9 "/models";
    /// Dialects.
    DIALECTS: 1 "anthropic" 2 "openai-chat" 3 "openai-responses";
    /// What a client says a request is for.
    CLASSES: 1 "main" 2 "compaction";
    /// Why a model stopped, in the vendors' words.
    STOPS:
        1 "end_turn"
        2 "tool_use"
        3 "stop"
        4 "tool_calls"
        5 "completed"
        6 "max_tokens"
        7 "length"
        8 "stop_sequence"
        9 "incomplete"
        10 "content_filter"
        11 "refusal"
        12 "pause_turn";
    /// Providers, by their hosts.
    PROVIDERS:
        1 "api.anthropic.com"
        2 "api.openai.com"
        3 "chatgpt.com"
        4 "openrouter.ai"
        5 "api.deepseek.com"
        6 "api.moonshot.ai"
        7 "api.z.ai"
        8 "127.0.0.1"
        9 "localhost";
}

/// Nothing is common.
pub(super) const NONE: Common = Common { number_of: |_| 0, text_of: |_| "?" };

/// Writes a text behind what `out` holds: 0 for none, its number if it is `common`, else its length beyond those and
/// itself.
pub(super) fn write_text(out: &mut Vec<u8>, text: Option<&str>, common: Common) {
    let Some(text) = text else { return out.push(0) };
    match (common.number_of)(text) {
        0 => {
            write(out, MOST + 1 + text.len() as u64);
            out.extend_from_slice(text.as_bytes());
        }
        number => out.push(number),
    }
}

/// Writes the model that an answer names, which nearly always is the one that was asked for.
pub(super) fn write_answered(out: &mut Vec<u8>, answered: Option<&str>, asked: &str) {
    if answered == Some(asked) {
        out.push(AS_ASKED);
    } else {
        write_text(out, answered, NONE);
    }
}

/// Takes a model that [`write_answered`] has written off the front of `from`.
pub(super) fn read_answered(from: &mut &[u8], asked: &str) -> Result<Option<String>, StoreError> {
    if let Some((&AS_ASKED, rest)) = from.split_first() {
        *from = rest;
        return Ok(Some(asked.to_owned()));
    }
    Ok(read_text(from, NONE)?.map(str::to_owned))
}

/// Takes a text that [`write_text`] has written off the front of `from`.
pub(super) fn read_text<'a>(from: &mut &'a [u8], common: Common) -> Result<Option<&'a str>, StoreError> {
    Ok(match read(from)? {
        0 => None,
        number @ 1..=MOST => Some((common.text_of)(number as u8)),
        length => Some(text_of(from, length - MOST - 1)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_text_is_a_number_and_comes_back() {
        for (common, texts) in ALL {
            for (number, text) in *texts {
                let mut out = Vec::new();
                write_text(&mut out, Some(text), *common);
                assert_eq!(out, [*number]);
                assert!(u64::from(*number) <= MOST);
                assert_eq!(read_text(&mut &out[..], *common).unwrap(), Some(*text));
            }
        }
    }
}
