//! Documents for programs: `"schema": 1`, and nothing in them that a terminal would act on.

use crate::language::words;
use std::io::{self, Write};
use zephyr_words::say;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use super::text::is_hostile;
use crate::error::Error;
use crate::view::Problem;

/// Fields may be added within a schema, never renamed or removed.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Document<'a, T> {
    schema: u32,
    #[serde(flatten)]
    body: &'a T,
}

/// One document over several lines.
///
/// # Errors
/// When the body cannot be written as JSON, which no type of ours can bring about.
pub(crate) fn document(body: &impl Serialize) -> Result<String, Error> {
    write(body, Safe(PrettyFormatter::new()))
}

/// One document on one line.
///
/// # Errors
/// As [`document`].
pub(crate) fn line(body: &impl Serialize) -> Result<String, Error> {
    write(body, Safe(CompactFormatter))
}

/// An array that is written element by element, each on a line of its own.
#[derive(Debug)]
pub(crate) struct Array {
    before: String,
    after: &'static str,
    empty: bool,
}

impl Array {
    /// An array and nothing around it.
    pub(crate) fn bare() -> Self {
        Self { before: "[".to_owned(), after: "]\n", empty: true }
    }

    /// An array in a document, under `name`.
    pub(crate) fn named(name: &str) -> Self {
        Self { before: format!("{{\"schema\":{SCHEMA},\"{name}\":["), after: "]}\n", empty: true }
    }

    /// The next elements.
    ///
    /// # Errors
    /// As [`document`].
    pub(crate) fn elements<T: Serialize>(&mut self, elements: &[T]) -> Result<String, Error> {
        let mut out = std::mem::take(&mut self.before);
        for element in elements {
            out.push_str(if self.empty { "\n" } else { ",\n" });
            self.empty = false;
            out.push_str(&text(element, Safe(CompactFormatter))?);
        }
        Ok(out)
    }

    /// The end.
    pub(crate) fn end(self) -> String {
        let gap = if self.empty { "" } else { "\n" };
        format!("{}{gap}{}", self.before, self.after)
    }
}

fn write(body: &impl Serialize, formatter: impl Formatter) -> Result<String, Error> {
    Ok(text(&Document { schema: SCHEMA, body }, formatter)? + "\n")
}

fn text(value: &impl Serialize, formatter: impl Formatter) -> Result<String, Error> {
    let mut out = Vec::new();
    let broken = |e: &dyn std::fmt::Display| Error::failed(say!(words(), "cannot-write-json")).caused_by(e);
    value.serialize(&mut Serializer::with_formatter(&mut out, formatter)).map_err(|e| broken(&e))?;
    String::from_utf8(out).map_err(|e| broken(&e))
}

/// An error as a document.
#[derive(Debug, Serialize)]
pub(crate) struct Failure<'a> {
    error: Body<'a>,
}

#[derive(Debug, Serialize)]
struct Body<'a> {
    kind: &'static str,
    exit: u8,
    message: String,
    causes: &'a [String],
    hints: &'a [String],
    problems: &'a [Problem],
}

impl<'a> Failure<'a> {
    pub(crate) fn of(error: &'a Error) -> Self {
        let kind = error.kind();
        Self {
            error: Body {
                kind: kind.name(),
                exit: kind.code(),
                message: error.to_string(),
                causes: error.causes(),
                hints: error.hints(),
                problems: error.problems(),
            },
        }
    }
}

/// Writes characters that could mislead a terminal as `\u` escapes; JSON itself asks that only below U+0020.
struct Safe<F>(F);

macro_rules! as_inner {
    ($($method:ident($($arg:ident: $type:ty),*);)*) => {
        $(fn $method<W: ?Sized + Write>(&mut self, writer: &mut W $(, $arg: $type)*) -> io::Result<()> {
            self.0.$method(writer $(, $arg)*)
        })*
    };
}

impl<F: Formatter> Formatter for Safe<F> {
    as_inner! {
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        end_object_key();
        begin_object_value();
        end_object_value();
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| is_hostile(*c)) {
            let (before, after) = rest.split_at(at);
            writer.write_all(before.as_bytes())?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = after.get(c.len_utf8()..).unwrap_or_default();
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Serialize)]
    struct Named<'a> {
        name: &'a str,
    }

    #[test]
    fn hostile_characters_are_escaped() {
        let shown = line(&Named { name: "a\u{1b}[2J\u{9b}\u{202e}\u{e0001}é" }).unwrap();
        assert_eq!(shown, "{\"schema\":1,\"name\":\"a\\u001b[2J\\u009b\\u202e\\udb40\\udc01é\"}\n");
    }

    #[test]
    fn arrays_are_whole_however_they_were_parted() {
        let mut array = Array::bare();
        let mut text = array.elements(&[1, 2]).unwrap();
        text.push_str(&array.elements::<u8>(&[]).unwrap());
        text.push_str(&array.elements(&[3]).unwrap());
        text.push_str(&array.end());
        assert_eq!(text, "[\n1,\n2,\n3\n]\n");
        assert_eq!(Array::named("x").end(), "{\"schema\":1,\"x\":[]}\n");
    }

    proptest! {
        #[test]
        fn every_text_survives_and_none_is_hostile(name in any::<String>()) {
            for shown in [line(&Named { name: &name }).unwrap(), document(&Named { name: &name }).unwrap()] {
                prop_assert!(!shown.chars().any(|c| c != '\n' && is_hostile(c)));
                let read: serde_json::Value = serde_json::from_str(&shown).unwrap();
                prop_assert_eq!(read["name"].as_str(), Some(name.as_str()));
            }
        }
    }
}
