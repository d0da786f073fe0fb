//! What a Responses answer tells of itself.
//!
//! The events that end a stream hold the whole answer with its usage; the ones before it name the model. Tools that the
//! vendor ran have no count of their own: they are counted as their events or items.

use crate::dialect::kind;
use crate::dialect::openai_chat::usage;
use crate::peek::members;
use crate::usage::Draft;

/// See [`crate::dialect::Dialect::follow`].
pub(super) fn follow(event: &[u8], data: &[u8], draft: &mut Draft) -> bool {
    let kind = kind(event, data);
    // Nearly every event of a stream.
    if kind.ends_with(b".delta") {
        return false;
    }
    match kind {
        b"response.completed" | b"response.incomplete" | b"response.failed" => {
            response(data, |key, value| read(b"", key, value, draft));
            return true;
        }
        b"response.created" | b"response.in_progress" | b"response.queued" => {
            response(data, |key, value| {
                if matches!(key, b"model" | b"service_tier") {
                    read(b"", key, value, draft);
                }
            });
        }
        b"response.web_search_call.completed" => draft.beside(|beside| beside.web_searches += 1),
        b"response.code_interpreter_call.completed" => draft.beside(|beside| beside.code_runs += 1),
        b"error" => draft.error(data),
        _ => {}
    }
    false
}

/// See [`crate::dialect::Dialect::ends`].
pub(super) fn ends(event: &[u8], data: &[u8]) -> bool {
    matches!(kind(event, data), b"response.completed" | b"response.incomplete" | b"response.failed")
}

/// Calls `each` with the members of an event's `response`.
fn response<'a>(data: &'a [u8], mut each: impl FnMut(&'a [u8], &'a [u8])) {
    members(data, |key, value| {
        if key == b"response" {
            members(value, &mut each);
        }
    });
}

/// See [`crate::dialect::Dialect::wants`].
pub(super) fn wants(within: &[u8], key: &[u8]) -> bool {
    match within {
        b"" => matches!(key, b"model" | b"status" | b"usage" | b"service_tier" | b"error"),
        b"output" => key == b"type",
        _ => false,
    }
}

/// See [`crate::dialect::Dialect::read`].
pub(super) fn read(within: &[u8], key: &[u8], value: &[u8], draft: &mut Draft) {
    match (within, key) {
        (b"output", b"type") => match value {
            b"\"web_search_call\"" => draft.beside(|beside| beside.web_searches += 1),
            b"\"code_interpreter_call\"" => draft.beside(|beside| beside.code_runs += 1),
            _ => {}
        },
        (b"", b"model") => draft.model(value),
        (b"", b"status") => draft.stop(value),
        (b"", b"usage") => usage(value, draft),
        (b"", b"service_tier") if value != b"null" => draft.tier(value),
        (b"", b"error") => draft.error(value),
        _ => {}
    }
}
