//! Calls of tools as the dialect writes them in messages: `{id, type, function: {name, arguments}}`, where the arguments
//! are JSON in a string, or `{id, type, custom: {name, input}}`.

use crate::form::{Json, Text};
use crate::translate::Wish;
use crate::whole::json::{self, Members};

/// Id (empty where there is none), name and input of a call.
pub(super) fn read(raw: &str) -> Option<(Text<'_>, Text<'_>, Json<'_>)> {
    let call = Members::of(raw).ok()?;
    let id = super::text(&call, "id").unwrap_or_default();
    let (name, input) = match call.part("custom").filter(|custom| custom.starts_with('{')) {
        Some(custom) => inner(custom, "input")?,
        None => inner(call.part("function")?, "arguments")?,
    };
    Some((id, name, input))
}

/// Name and input of the object inside of a call; `key` is where the input stands.
pub(super) fn inner<'a>(raw: &'a str, key: &str) -> Option<(Text<'a>, Json<'a>)> {
    let inner = Members::of(raw).ok()?;
    let name = super::text(&inner, "name").filter(|name| !name.is_empty())?;
    let raw = inner.part(key).unwrap_or_default();
    let input = match json::word(raw) {
        Some(text) if key == "input" => Json::Owned(free(&text)),
        Some(text) => object(text),
        // Some servers put the object itself there.
        None => object(Json::Borrowed(raw)),
    };
    Some((name, input))
}

/// The text of a tool that takes free text, as the object that it is a function's input as.
pub(super) fn free(text: &str) -> String {
    Members::default().with("input", json::quoted(text)).text()
}

/// What [`free`] was given, where `input` is such an object.
pub(super) fn freed(input: &str) -> Option<Text<'_>> {
    json::word(Members::of(input).ok()?.part("input")?)
}

/// `text` where it is a sound JSON object, else the empty one.
fn object(text: Json<'_>) -> Json<'_> {
    let sound = json::value(&text).is_some_and(|value| value.starts_with('{'));
    if sound { text } else { Json::Borrowed("{}") }
}

/// An id for a call that has none: the same for the same answer and place.
pub(super) fn made_up(answer: &str, place: usize) -> String {
    let known: Vec<char> = answer.chars().filter(char::is_ascii_alphanumeric).collect();
    let tail: String = known[known.len().saturating_sub(24)..].iter().collect();
    format!("call_{tail}_{place}")
}

/// A call as clients are given it whole.
pub(super) fn written(id: &str, name: &str, input: &str, wish: &Wish) -> Vec<u8> {
    let mut out = b"{\"id\":".to_vec();
    json::quote(&mut out, id);
    let free = if wish.free.contains(name) { freed(input) } else { None };
    let (kind, key) = if free.is_some() { ("custom", "input") } else { ("function", "arguments") };
    out.extend_from_slice(format!(",\"type\":\"{kind}\",\"{kind}\":{{\"name\":").as_bytes());
    json::quote(&mut out, name);
    out.extend_from_slice(format!(",\"{key}\":").as_bytes());
    json::quote(&mut out, free.as_deref().unwrap_or(input));
    out.extend_from_slice(b"}}");
    out
}
