//! Lines of the log for a terminal: time, glyph, message, and the fields that the message does not tell already.

use jiff::Zoned;
use zephyr_words::say;

use super::clock::brief;
use super::glyph::{BAD, DIM, WARN, paint};
use super::text::{clean, width, wrap};
use crate::language::words;
use crate::view::{LogFollowed, LogLine};

/// Narrowest text beside the time.
const NARROWEST: usize = 20;
/// Most lines on the screen for one of the log.
const MOST_LINES: usize = 12;

/// What to print of it, with its line end.
pub(crate) fn text(logged: &LogFollowed, now: &Zoned, columns: Option<usize>) -> String {
    match logged {
        LogFollowed::Line(line) => one(line, now, columns),
        LogFollowed::Lagged { missed } => {
            format!("{}\n", paint(WARN, &say!(words(), "lines-missed", n = *missed)))
        }
    }
}

fn one(line: &LogLine, now: &Zoned, columns: Option<usize>) -> String {
    let (glyph, style) = match line.level.as_str() {
        "error" => ("✕", Some(BAD)),
        "warn" => ("!", Some(WARN)),
        "debug" | "trace" => ("·", Some(DIM)),
        _ => ("●", None),
    };
    let time = brief(line.unix_ms, now);
    let painted = |text: &str| style.map_or_else(|| text.to_owned(), |style| paint(style, text));
    let message = clean(&line.message);
    let fields: Vec<String> = line
        .fields
        .iter()
        .filter(|(_, value)| !value.is_empty() && !line.message.contains(value.as_str()))
        .map(|(name, value)| format!("{}={}", clean(name), clean(value)))
        .collect();
    let fields = fields.join(" ");
    let indent = width(&time) + 3;
    let room = columns.map_or(usize::MAX, |columns| columns.saturating_sub(indent).max(NARROWEST));
    let margin = format!("\n{}", " ".repeat(indent));
    let mut out = format!("{} {} ", paint(DIM, &time), painted(glyph));
    let told: Vec<String> = wrap(&message, room, MOST_LINES).iter().map(|part| painted(part)).collect();
    out.push_str(&told.join(&margin));
    if !fields.is_empty() {
        let told: Vec<String> = wrap(&fields, room, MOST_LINES).iter().map(|part| paint(DIM, part)).collect();
        let fits = width(&message) + 1 + width(&fields) <= room;
        out.push_str(if fits { " " } else { &margin });
        out.push_str(&told.join(&margin));
    }
    out.push('\n');
    out
}
