//! The first line of a status: who serves, why, and who is next if it fails.

use super::glyph::{BOLD, overall, paint};
use super::text::{line, name};
use crate::view::{Endpoint, Head, Serving};

/// One line for the main dialect, and one for each further one.
pub(crate) fn lines(head: &Head, endpoints: &[Endpoint]) -> String {
    let (glyph, style) = overall(&head.state);
    let mut out = format!("{} {}", paint(style, glyph), paint(style, &line(&head.state)));
    match head.serving.first() {
        Some(main) => out.push_str(&format!(": {}", sentence(main, head))),
        None if endpoints.is_empty() => out.push_str(": no endpoint is configured"),
        None => out.push_str(": nothing is usable"),
    }
    out.push('\n');
    for serving in head.serving.iter().skip(1) {
        out.push_str(&format!("  {}: {}\n", line(&serving.dialect), sentence(serving, head)));
    }
    out
}

fn sentence(serving: &Serving, head: &Head) -> String {
    let why = line(&serving.why);
    let Some(current) = &serving.current else {
        return if why.is_empty() { "nothing is usable".to_owned() } else { why };
    };
    let why = if why.is_empty() { why } else { format!(" ({why})") };
    let held = head.pinned.as_ref().filter(|_| !head.pin_fallback).map(|pinned| name(pinned));
    let next = match (serving.next(), held) {
        (Some(next), _) => format!("next {}", paint(BOLD, &name(next))),
        (None, Some(pinned)) => format!("nothing is next: pinned to {pinned} without fallback"),
        (None, None) => "nothing is next".to_owned(),
    };
    format!("{} serves{why}; {next}", paint(BOLD, &name(current)))
}
