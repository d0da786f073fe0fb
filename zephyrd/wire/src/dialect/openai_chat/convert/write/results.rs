//! What tools gave, as messages.
//!
//! Few endpoints take anything but text from a tool. Media follow in a message of the user behind all results of the turn.

use super::turns::{Message, Piece, Speaker};
use crate::form::{Part, Text, ToolResult};
use crate::quirks::Quirks;

const CANCELLED: &str = "Error: the call was cancelled and has no result";
const FAILED: &str = "Error: the tool failed without a message";
const ELSEWHERE: &str = "(what the tool gave follows in the next message)";

/// The message in answer to the call `id`; without a result, one that says so.
pub(super) fn message<'a>(id: &'a str, result: Option<&'a ToolResult<'a>>, quirks: &Quirks) -> Message<'a> {
    let role = Speaker::Tool(id);
    let Some(result) = result else {
        return Message { role, pieces: vec![Piece::text(CANCELLED)], ..Message::default() };
    };
    let mut pieces = pieces(&result.parts);
    if !quirks.media_in_results {
        let all = pieces.len();
        pieces.retain(|piece| matches!(piece, Piece::Text { .. }));
        if pieces.is_empty() && all > 0 {
            pieces.push(Piece::text(ELSEWHERE));
        }
    }
    if result.error {
        mark_error(&mut pieces);
    }
    Message { role, pieces, ..Message::default() }
}

/// The media of a result, under a line that says whose they are.
pub(super) fn media<'a>(tool: &str, result: &'a ToolResult<'a>) -> Vec<Piece<'a>> {
    let mut media = pieces(&result.parts);
    media.retain(|piece| matches!(piece, Piece::Media(_)));
    if !media.is_empty() {
        media.insert(0, Piece::text(format!("(from the result of `{tool}`, call {})", result.id)));
    }
    media
}

/// A result whose call is not there any more, as what the user says.
pub(super) fn orphan<'a>(result: &'a ToolResult<'a>) -> Vec<Piece<'a>> {
    let mut pieces = pieces(&result.parts);
    if result.error {
        mark_error(&mut pieces);
    }
    if !pieces.is_empty() {
        let head = format!("(result of the earlier tool call {})", result.id);
        pieces.insert(0, Piece::text(head));
    }
    pieces
}

fn pieces<'a>(parts: &'a [Part<'a>]) -> Vec<Piece<'a>> {
    let pieces = parts.iter().filter_map(|part| match part {
        Part::Text { text, .. } | Part::Refusal(text) => Some(Piece::text(text.as_ref())),
        Part::Media(media) => Some(Piece::Media(media)),
        Part::Call { .. } | Part::Result(_) | Part::Thinking(_) => None,
    });
    pieces.filter(|piece| !matches!(piece, Piece::Text { text, .. } if text.is_empty())).collect()
}

/// Says of a result that it is an error, unless it does so itself.
fn mark_error(pieces: &mut Vec<Piece<'_>>) {
    let first = pieces.iter_mut().find_map(|piece| match piece {
        Piece::Text { text, .. } => Some(text),
        Piece::Media(_) => None,
    });
    match first {
        Some(text) => {
            let says = text.trim_start().get(..5).is_some_and(|start| start.eq_ignore_ascii_case("error"));
            if !says {
                *text = Text::Owned(format!("Error: {text}"));
            }
        }
        None => pieces.insert(0, Piece::text(FAILED)),
    }
}
