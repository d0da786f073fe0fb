//! JSON taken apart one level at a time; what is below stays text.
//!
//! A number keeps its digits, a string its escapes, an object the order of its members. Strings are joined without being
//! decoded, which also heals a surrogate pair that a vendor has cut in two. An object that is taken apart may have 512
//! members; what is only carried (a tool's input) has no such bound.

use std::borrow::Cow;
use std::fmt;

use memchr::memchr2;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Unsound;

/// Most members of an object that is taken apart.
const MOST_MEMBERS: usize = 512;

const NO_OBJECT: Unsound = Unsound("something is no JSON object where one is due");
const NO_ARRAY: Unsound = Unsound("something is no JSON array where one is due");
const TWO_VALUES: Unsound = Unsound("a member came with two values where one was expected");

/// The members of one object in their order: names decoded, values as text. A repeated name counts as its last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Members<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Members<'a> {
    /// Takes the object `text` apart.
    pub(crate) fn parse(text: &'a [u8]) -> Result<Self, Unsound> {
        serde_json::from_slice(text).map_err(|_| NO_OBJECT)
    }

    /// As [`Members::parse`].
    pub(crate) fn of(text: &'a str) -> Result<Self, Unsound> {
        serde_json::from_str(text).map_err(|_| NO_OBJECT)
    }

    /// The object in the member `key`.
    pub(crate) fn object(&self, key: &str) -> Result<Members<'_>, Unsound> {
        Members::of(self.get(key).ok_or(NO_OBJECT)?)
    }

    /// The texts of the array in the member `key`; none where it is absent or `null`.
    pub(crate) fn array(&self, key: &str) -> Result<Vec<&str>, Unsound> {
        items(self.given(key).unwrap_or("[]"))
    }

    /// The text of a member.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_ref())
    }

    /// The name and the text of the only member, as long as the text that was taken apart.
    pub(crate) fn lone(&self) -> Option<(&str, &'a str)> {
        match self.0.as_slice() {
            [(key, Cow::Borrowed(value))] => Some((key, value)),
            _ => None,
        }
    }

    /// The text of a member, as long as the text that was taken apart.
    pub(crate) fn part(&self, key: &str) -> Option<&'a str> {
        match self.0.iter().find(|(k, _)| k == key) {
            Some((_, Cow::Borrowed(value))) => Some(value),
            _ => None,
        }
    }

    /// As [`Members::get`], where it is not `null`.
    pub(crate) fn given(&self, key: &str) -> Option<&str> {
        self.get(key).filter(|v| *v != "null")
    }

    /// A string, decoded.
    pub(crate) fn word(&self, key: &str) -> Option<Cow<'_, str>> {
        word(self.get(key)?)
    }

    /// A string that is not empty, decoded.
    pub(crate) fn name(&self, key: &str) -> Option<Cow<'_, str>> {
        self.word(key).filter(|w| !w.is_empty())
    }

    /// As [`Members::word`], as long as the text that was taken apart.
    pub(crate) fn decoded(&self, key: &str) -> Option<Cow<'a, str>> {
        word(self.part(key)?)
    }

    /// As [`Members::part`], where it is not `null`.
    pub(crate) fn given_part(&self, key: &str) -> Option<&'a str> {
        self.part(key).filter(|v| *v != "null")
    }

    /// A whole number from zero up.
    pub(crate) fn number(&self, key: &str) -> Option<u64> {
        self.get(key)?.parse().ok()
    }

    /// Whether the member is a string.
    pub(crate) fn has_text(&self, key: &str) -> bool {
        self.get(key).is_some_and(is_text)
    }

    /// Whether the member is an object.
    pub(crate) fn has_object(&self, key: &str) -> bool {
        self.get(key).is_some_and(|v| v.starts_with('{'))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(k, v)| (k.as_ref(), v.as_ref()))
    }

    /// Puts `value` (JSON text) in the place of the member, or at the end.
    pub(crate) fn set(&mut self, key: &'a str, value: impl Into<Cow<'a, str>>) {
        self.put(Cow::Borrowed(key), value.into());
    }

    /// As [`Members::set`], for building an object.
    pub(crate) fn with(mut self, key: &'a str, value: impl Into<Cow<'a, str>>) -> Self {
        self.set(key, value);
        self
    }

    /// As [`Members::set`], where the member is there already.
    pub(crate) fn replace(&mut self, key: &str, value: impl Into<Cow<'a, str>>) {
        if let Some(place) = self.place(key) {
            *place = value.into();
        }
    }

    /// Takes the member out.
    pub(crate) fn remove(&mut self, key: &str) -> Option<Cow<'a, str>> {
        let at = self.0.iter().position(|(k, _)| k == key)?;
        Some(self.0.remove(at).1)
    }

    /// Writes the object.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        for (i, (key, value)) in self.0.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            quote(out, key);
            out.push(b':');
            out.extend_from_slice(value.as_bytes());
        }
        out.push(b'}');
    }

    /// The object as text.
    pub(crate) fn text(&self) -> String {
        let mut out = Vec::new();
        self.write(&mut out);
        // Only texts have been written.
        String::from_utf8(out).unwrap_or_default()
    }

    fn put(&mut self, key: Cow<'a, str>, value: Cow<'a, str>) {
        match self.place(&key) {
            Some(place) => *place = value,
            None => self.0.push((key, value)),
        }
    }

    fn place(&mut self, key: &str) -> Option<&mut Cow<'a, str>> {
        self.0.iter_mut().find(|(k, _)| k == key).map(|(_, v)| v)
    }
}

/// What a fold keeps of the events.
impl Members<'static> {
    /// A copy that outlives the event.
    pub(crate) fn kept(from: Members<'_>) -> Self {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Self(from.0.into_iter().map(|(k, v)| (owned(k), owned(v))).collect())
    }

    /// The member's place, made with `null` if there is none, and the room that it has.
    fn slot(&mut self, key: &str) -> &mut String {
        let at = self.0.iter().position(|(k, _)| k == key).unwrap_or_else(|| {
            self.0.push((Cow::Owned(key.to_owned()), Cow::Borrowed("null")));
            self.0.len() - 1
        });
        self.0[at].1.to_mut()
    }

    /// The later value wins; `null` only says that the member exists.
    pub(crate) fn merge(&mut self, key: &str, value: &str) {
        let slot = self.slot(key);
        if value != "null" && slot != value {
            value.clone_into(slot);
        }
    }

    /// As [`Members::merge`], but the first value that says something stays.
    pub(crate) fn keep_first(&mut self, key: &str, value: &str) {
        let slot = self.slot(key);
        if is_nothing(slot) && value != "null" {
            value.clone_into(slot);
        }
    }

    /// As [`Members::keep_first`]; another value that says something is refused.
    pub(crate) fn once(&mut self, key: &str, value: &str) -> Result<(), Unsound> {
        let slot = self.slot(key);
        if !is_nothing(slot) && !is_nothing(value) && slot != value {
            return Err(TWO_VALUES);
        }
        self.keep_first(key, value);
        Ok(())
    }

    /// Appends the string `value` to the member, which is a string or nothing yet.
    pub(crate) fn join_text(&mut self, key: &str, value: &str) -> Result<(), Unsound> {
        let slot = self.slot(key);
        if slot == "null" {
            value.clone_into(slot);
        } else if is_text(slot) {
            slot.pop();
            slot.push_str(&value[1..]);
        } else {
            return Err(TWO_VALUES);
        }
        Ok(())
    }

    /// Appends the items of the array `value` to the member, which is an array or nothing yet.
    pub(crate) fn join_items(&mut self, key: &str, value: &str) -> Result<(), Unsound> {
        let slot = self.slot(key);
        if is_nothing(slot) {
            value.clone_into(slot);
        } else if !slot.starts_with('[') || !value.starts_with('[') {
            return Err(TWO_VALUES);
        } else if !is_nothing(value) {
            slot.pop();
            slot.push(',');
            slot.push_str(&value[1..]);
        }
        Ok(())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Members(Vec::with_capacity(8));
                while let Some((Text(key), value)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
                    if members.0.len() == MOST_MEMBERS {
                        return Err(A::Error::custom("too many members"));
                    }
                    members.put(key, Cow::Borrowed(value.get()));
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// The texts of an array's items.
pub(crate) fn items(text: &str) -> Result<Vec<&str>, Unsound> {
    let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| NO_ARRAY)?;
    Ok(items.into_iter().map(RawValue::get).collect())
}

/// The objects of an array, taken apart in one go.
pub(crate) fn objects(text: &str) -> Result<Vec<Members<'_>>, Unsound> {
    serde_json::from_str(text).map_err(|_| NO_OBJECT)
}

/// Whether `text` is one JSON value; gives it without the space around it.
pub(crate) fn value(text: &str) -> Option<&str> {
    serde_json::from_str::<&RawValue>(text).ok().map(RawValue::get)
}

/// The string that the JSON text `value` is, decoded.
pub(crate) fn word(value: &str) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Text<'_>>(value).ok().map(|text| text.0)
}

/// `text` as a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    let plain = |b: &u8| *b >= 0x20 && *b != b'"' && *b != b'\\';
    if text.as_bytes().iter().all(plain) {
        return format!("\"{text}\"");
    }
    serde_json::Value::from(text).to_string()
}

/// Appends `text` as a JSON string.
pub(crate) fn quote(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut from = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[from..at]);
        from = at + 1;
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            _ => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                let (high, low) = (HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]);
                out.extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
            }
        }
    }
    out.extend_from_slice(&bytes[from..]);
    out.push(b'"');
}

/// The array of these texts.
pub(crate) fn listed<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    let mut out = String::from("[");
    for (i, item) in items.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        out.push_str(item.as_ref());
    }
    out.push(']');
    out
}

/// Whether the JSON text is a string.
pub(crate) fn is_text(value: &str) -> bool {
    value.starts_with('"')
}

/// `null` or an empty string, array or object: says nothing that another value could contradict.
pub(crate) fn is_nothing(value: &str) -> bool {
    if value.len() <= 4 && matches!(value, "null" | "\"\"" | "[]" | "{}") {
        return true;
    }
    let inner = value.strip_prefix(['[', '{']).and_then(|v| v.strip_suffix([']', '}']));
    inner.is_some_and(|v| v.bytes().all(|b| b.is_ascii_whitespace()))
}

/// Sound JSON without line breaks, as the data of an event must be; space is only touched where there are some.
pub(crate) fn on_one_line(json: &[u8]) -> Cow<'_, [u8]> {
    if memchr2(b'\n', b'\r', json).is_none() {
        return Cow::Borrowed(json);
    }
    let mut out = Vec::with_capacity(json.len());
    let mut rest = json;
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'"' {
            let len = string_len(rest).unwrap_or(rest.len());
            out.extend_from_slice(&rest[..len]);
            rest = &rest[len..];
            continue;
        }
        if !matches!(first, b' ' | b'\t' | b'\r' | b'\n') {
            out.push(first);
        }
        rest = tail;
    }
    Cow::Owned(out)
}

/// The length of the string at the start of `text`, quotes included.
pub(crate) fn string_len(text: &[u8]) -> Option<usize> {
    let mut at = usize::from(text.first() == Some(&b'"'));
    if at == 0 {
        return None;
    }
    loop {
        at += memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_reads_back_as_it_was() {
        for text in ["", "plain", "a\"b\\c", "\n\r\t\u{1}\u{1f}", "é😀\u{7f}", "\\", "ends\n"] {
            let mut out = Vec::new();
            quote(&mut out, text);
            let written = String::from_utf8(out).expect("text");
            assert_eq!(word(&written).as_deref(), Some(text), "{written}");
            assert_eq!(word(&quoted(text)).as_deref(), Some(text));
        }
    }
}
