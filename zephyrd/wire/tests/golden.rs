//! Golden vectors of translation. A case is a folder of `golden/`, with one file that goes in and, for each other dialect,
//! what comes out:
//!
//! - `in.DIALECT.request.json` is a client's request; `out.DIALECT.request.json` the one that an endpoint gets, with
//!   `out.DIALECT.losses` for what was left out, or `out.DIALECT.refused` the words in which it is refused.
//! - `in.DIALECT.answer.sse` (or `.json`) is what an endpoint answers; `out.DIALECT.sse` and `out.DIALECT.json` are what
//!   clients get that asked for a stream and for a whole. Where a case begins with `unsound_`, no end may come out.
//!
//! JSON is set out in lines here; streams are as they go out. `ZEPHYR_WRITE_VECTORS=1` writes what comes out anew; read the
//! difference before it is kept. The vendors' own SDKs read all of it in the section `sdk`.
#![allow(clippy::expect_used, reason = "a test")]

#[path = "translated/cases.rs"]
mod cases;

use std::path::Path;

use cases::{Case, Kind, answer, cases, others, set_out, target};
use zephyr_wire::dialect::{ALL, Dialect};
use zephyr_wire::quirks::Quirks;
use zephyr_wire::tap::Form;
use zephyr_wire::translate;

/// Compares what came out with the file, or writes it; says what differs.
fn compare(case: &Case, name: &str, out: Option<String>, differing: &mut Vec<String>) {
    let path = case.folder.join(name);
    if std::env::var_os("ZEPHYR_WRITE_VECTORS").is_some() {
        match out {
            Some(out) => std::fs::write(&path, out).expect("a file to write"),
            None => drop(std::fs::remove_file(&path)),
        }
        return;
    }
    let kept = std::fs::read_to_string(&path).ok();
    if kept != out {
        let said = |text: &Option<String>| text.as_deref().unwrap_or("(nothing)").to_owned();
        differing.push(format!("{}:\nkept\n{}\ncame\n{}", path.display(), said(&kept), said(&out)));
    }
}

fn request(case: &Case, to: &'static dyn Dialect, differing: &mut Vec<String>) {
    let quirks = Quirks::default();
    let (mut body, mut losses, mut refused) = (None, None, None);
    match translate::request(case.dialect, to, &case.bytes, &target(&quirks)) {
        Ok(translated) => {
            body = Some(set_out(&translated.body));
            let names: Vec<_> = translated.losses.iter().map(|loss| format!("{}\n", loss.what)).collect();
            losses = Some(names.concat()).filter(|names| !names.is_empty());
        }
        Err(words) => refused = Some(format!("{words}\n")),
    }
    let name = to.name();
    compare(case, &format!("out.{name}.request.json"), body, differing);
    compare(case, &format!("out.{name}.losses"), losses, differing);
    compare(case, &format!("out.{name}.refused"), refused, differing);
}

fn answers(case: &Case, from: Form, to: &'static dyn Dialect, differing: &mut Vec<String>) {
    for (form, ending) in [(Form::Stream, "sse"), (Form::Whole, "json")] {
        let (out, ended) = answer((case.dialect, from), (to, form), &[&case.bytes]);
        assert_eq!(ended.is_err(), case.is_unsound(), "{} as {ending} of {}", case.name(), to.name());
        let text = String::from_utf8(out).expect("text");
        let out = match form {
            Form::Whole if ended.is_ok() => Some(set_out(text.as_bytes())),
            Form::Whole => {
                assert_eq!(text, "", "{}: part of a whole answer came out", case.name());
                None
            }
            Form::Stream => Some(text),
        };
        compare(case, &format!("out.{}.{ending}", to.name()), out, differing);
    }
}

#[test]
fn what_goes_in_comes_out_as_it_is_kept() {
    let mut differing = Vec::new();
    for case in cases() {
        for to in others(case.dialect) {
            match case.kind {
                Kind::Request => request(&case, to, &mut differing),
                Kind::Answer(form) => answers(&case, form, to, &mut differing),
            }
        }
    }
    assert!(differing.is_empty(), "{} differ:\n{}", differing.len(), differing.join("\n\n"));
}

#[test]
fn no_file_is_kept_that_nothing_writes() {
    for case in cases() {
        let stem = |path: &Path| path.file_name().map(|n| n.to_string_lossy().into_owned()).expect("a name");
        for file in std::fs::read_dir(&case.folder).expect("a folder") {
            let name = stem(&file.expect("a file").path());
            let known = name.starts_with("in.")
                || ALL.iter().any(|d| {
                    d.name() != case.dialect.name() && name.starts_with(&format!("out.{}.", d.name()))
                });
            assert!(known, "{}/{name}", case.name());
        }
    }
}
