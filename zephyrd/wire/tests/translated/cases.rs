//! The cases of `golden/`, and the ways through the translator that the tests share.
#![allow(dead_code, reason = "each test uses its part")]

use std::path::{Path, PathBuf};

use zephyr_wire::dialect::{ALL, Dialect};
use zephyr_wire::encoding::Encoding;
use zephyr_wire::quirks::Quirks;
use zephyr_wire::tap::Form;
use zephyr_wire::translate::{self, Target, Translator};
use zephyr_wire::whole::Unsound;

/// One case.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) folder: PathBuf,
    pub(crate) dialect: &'static dyn Dialect,
    pub(crate) kind: Kind,
    pub(crate) bytes: Vec<u8>,
}

/// What goes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Request,
    Answer(Form),
}

impl Case {
    pub(crate) fn name(&self) -> String {
        self.folder.file_name().map(|n| n.to_string_lossy().into_owned()).expect("a name")
    }

    pub(crate) fn is_unsound(&self) -> bool {
        self.name().starts_with("unsound_")
    }
}

fn case(folder: PathBuf) -> Case {
    let names = ["request.json", "answer.sse", "answer.json"];
    let kinds = [Kind::Request, Kind::Answer(Form::Stream), Kind::Answer(Form::Whole)];
    for dialect in ALL {
        for (name, kind) in names.into_iter().zip(kinds) {
            if let Ok(bytes) = std::fs::read(folder.join(format!("in.{}.{name}", dialect.name()))) {
                return Case { folder, dialect, kind, bytes };
            }
        }
    }
    panic!("nothing goes in: {}", folder.display());
}

/// Every case, in the order of their names.
pub(crate) fn cases() -> Vec<Case> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut folders: Vec<_> =
        std::fs::read_dir(dir).expect("the vectors").map(|entry| entry.expect("an entry").path()).collect();
    folders.sort();
    assert!(folders.len() > 50, "{} cases", folders.len());
    folders.into_iter().map(case).collect()
}

/// The dialects but this one.
pub(crate) fn others(dialect: &dyn Dialect) -> Vec<&'static dyn Dialect> {
    ALL.into_iter().filter(|other| other.name() != dialect.name()).collect()
}

pub(crate) fn target(quirks: &Quirks) -> Target<'_> {
    Target { model: None, quirks, id: "req1", created: 1_760_000_000 }
}

/// A small request of a dialect: whose answer is translated.
fn asking(dialect: &dyn Dialect, form: Form) -> String {
    let asked = match dialect.name() {
        "anthropic" => r#""max_tokens":64,"messages":[{"role":"user","content":"hi"}]"#,
        "openai-chat" => {
            r#""messages":[{"role":"user","content":"hi"}],"stream_options":{"include_usage":true}"#
        }
        _ => r#""input":"hi","include":["reasoning.encrypted_content"]"#,
    };
    format!(r#"{{"model":"m","stream":{},{asked}}}"#, form == Form::Stream)
}

/// What comes out for a client of a dialect and form when an endpoint answers so, in these chunks; and whether it ended well.
pub(crate) fn answer(
    from: (&'static dyn Dialect, Form),
    to: (&'static dyn Dialect, Form),
    chunks: &[&[u8]],
) -> (Vec<u8>, Result<(), Unsound>) {
    let (mut translator, mut out) = (translator(from, to), Vec::new());
    let fed = chunks.iter().try_for_each(|chunk| translator.feed(chunk, &mut out));
    let ended = fed.and_then(|()| translator.finish(&mut out));
    (out, ended)
}

/// What has come out when so much has come in, and the connection is still open.
pub(crate) fn answer_so_far(
    from: (&'static dyn Dialect, Form),
    to: (&'static dyn Dialect, Form),
    chunk: &[u8],
) -> Vec<u8> {
    let (mut translator, mut out) = (translator(from, to), Vec::new());
    // How a stream breaks off is what other tests look at.
    let _ = translator.feed(chunk, &mut out);
    out
}

fn translator(
    (from, given): (&'static dyn Dialect, Form),
    (to, wanted): (&'static dyn Dialect, Form),
) -> Translator {
    let quirks = Quirks::default();
    let asked = asking(to, wanted);
    let translated = translate::request(to, from, asked.as_bytes(), &target(&quirks)).expect("a request");
    translated.reply.answer(given, Encoding::Identity)
}

/// Compact JSON in lines, two spaces a level.
pub(crate) fn set_out(json: &[u8]) -> String {
    let (mut out, mut level, mut in_text, mut escaped) = (String::new(), 0_usize, false, false);
    let text = std::str::from_utf8(json).expect("text");
    let line = |out: &mut String, level: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", level));
    };
    let mut before = ' ';
    for c in text.chars() {
        if in_text {
            out.push(c);
            in_text = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        if c.is_ascii_whitespace() {
            continue;
        }
        if matches!(before, '{' | '[') && !matches!(c, '}' | ']') {
            level += 1;
            line(&mut out, level);
        }
        match c {
            '}' | ']' => {
                if !matches!(before, '{' | '[') {
                    level -= 1;
                    line(&mut out, level);
                }
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, level);
            }
            ':' => out.push_str(": "),
            c => {
                in_text = c == '"';
                out.push(c);
            }
        }
        before = c;
    }
    out.push('\n');
    out
}
