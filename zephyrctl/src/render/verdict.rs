//! The first line of a status: who serves, why, and who is next if it fails.

use super::glyph::{BOLD, overall, paint};
use super::text::{line, name};
use crate::language::{term, words};
use crate::view::{Endpoint, Head, Serving};
use zephyr_words::say;

/// One line for the main dialect, and one for each further one.
pub(crate) fn lines(head: &Head, endpoints: &[Endpoint]) -> String {
    let (glyph, style) = overall(&head.state);
    let state = format!("{} {}", paint(style, glyph), paint(style, &line(&term("state", &head.state))));
    let told = match head.serving.first() {
        Some(main) => sentence(main, head).into(),
        None if endpoints.is_empty() => say!(words(), "no-endpoint-configured"),
        None => say!(words(), "nothing-usable"),
    };
    let mut out = say!(words(), "verdict-head", state = state, sentence = told) + "\n";
    for serving in head.serving.iter().skip(1) {
        let (dialect, told) = (line(&serving.dialect), sentence(serving, head));
        let further = say!(words(), "verdict-further", dialect = dialect, sentence = told);
        out.push_str(&format!("  {further}\n"));
    }
    out
}

fn sentence(serving: &Serving, head: &Head) -> String {
    let why = line(&serving.why);
    let Some(current) = &serving.current else {
        return if why.is_empty() { say!(words(), "nothing-usable").into_owned() } else { why };
    };
    let held = head.pinned.as_ref().filter(|_| !head.pin_fallback).map(|pinned| name(pinned));
    let next = match (serving.next(), held) {
        (Some(next), _) => say!(words(), "verdict-next", endpoint = paint(BOLD, &name(next))),
        (None, Some(pinned)) => say!(words(), "verdict-held", endpoint = pinned),
        (None, None) => say!(words(), "verdict-nothing-next").into_owned(),
    };
    let current = paint(BOLD, &name(current));
    match why.as_str() {
        "" => say!(words(), "verdict-sentence", endpoint = current, next = next),
        why => say!(words(), "verdict-sentence-why", endpoint = current, why = why, next = next),
    }
}
