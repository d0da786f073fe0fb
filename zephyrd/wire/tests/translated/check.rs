//! What holds for any bytes that an endpoint or a client may send: shared by the fuzz targets and the replay of their corpus.
#![allow(dead_code, reason = "each target uses its part")]

use zephyr_wire::dialect::{ALL, Dialect};
use zephyr_wire::encoding::Encoding;
use zephyr_wire::quirks::Quirks;
use zephyr_wire::sse::Events;
use zephyr_wire::tap::Form;
use zephyr_wire::translate::{self, Target};
use zephyr_wire::whole::{Unsound, gather};

/// `input` as a request of a client of this dialect and as an answer of an endpoint of it, for each other one. The first
/// byte says how it is cut into chunks.
pub(crate) fn check(from: &'static dyn Dialect, input: &[u8]) {
    let [cut, body @ ..] = input else { return };
    let cut = usize::from(*cut) + 1;
    for to in ALL.into_iter().filter(|to| to.name() != from.name()) {
        let quirks = Quirks::default();
        let target = Target { model: None, quirks: &quirks, id: "fuzz", created: 0 };
        if let Ok(written) = translate::request(from, to, body, &target) {
            is_json(&written.body);
        }
        for given in [Form::Stream, Form::Whole] {
            for wanted in [Form::Stream, Form::Whole] {
                answer((from, given), (to, wanted), body, cut);
            }
        }
        let (_, error) = translate::error(to, from, 400, body, "fuzz");
        is_json(&error);
    }
}

fn answer(
    (from, given): (&'static dyn Dialect, Form),
    (to, wanted): (&'static dyn Dialect, Form),
    body: &[u8],
    cut: usize,
) {
    let quirks = Quirks::default();
    let target = Target { model: None, quirks: &quirks, id: "fuzz", created: 0 };
    let asked = match to.name() {
        "openai-responses" => r#""input":"hi""#,
        _ => r#""max_tokens":9,"messages":[{"role":"user","content":"hi"}]"#,
    };
    let asked = format!(r#"{{"model":"m","stream":{},{asked}}}"#, wanted == Form::Stream);
    let Ok(written) = translate::request(to, from, asked.as_bytes(), &target) else {
        panic!("{} cannot ask {}", to.name(), from.name())
    };
    let run = |chunks: &[&[u8]]| {
        let mut out = Vec::new();
        let mut translator = written.reply.answer(given, Encoding::Identity);
        let fed = chunks.iter().try_for_each(|chunk| translator.feed(chunk, &mut out));
        let ended = fed.and_then(|()| translator.finish(&mut out));
        (out, ended)
    };
    let (out, ended) = run(&body.chunks(cut).collect::<Vec<_>>());
    let whole = run(&[body]);
    assert_eq!((&out, &ended), (&whole.0, &whole.1));
    if ended.is_ok() {
        match wanted {
            Form::Whole => is_json(&out),
            // What comes out is sound in its own dialect, but for the arguments of calls: those are the model's, and go out
            // as they come.
            Form::Stream => match gather(to, &out) {
                Ok(_) | Err(Unsound("a tool's input is no JSON")) => {}
                Err(unsound) => panic!("{unsound}: {}", String::from_utf8_lossy(&out)),
            },
        }
    }
}

/// The first byte says how the rest is cut into chunks: the events are the same wherever that is.
pub(crate) fn check_events(input: &[u8]) {
    let [cut, body @ ..] = input else { return };
    let run = |chunks: &mut dyn Iterator<Item = &[u8]>| {
        let (mut events, mut seen) = (Events::default(), Vec::new());
        for chunk in chunks {
            events.feed(chunk, |event| seen.push((event.name.to_vec(), event.data.to_vec(), event.overlong)));
        }
        events.finish(|event| seen.push((event.name.to_vec(), event.data.to_vec(), event.overlong)));
        seen
    };
    assert_eq!(run(&mut body.chunks(usize::from(*cut) + 1)), run(&mut std::iter::once(body)));
}

fn is_json(text: &[u8]) {
    let sound = serde_json::from_slice::<serde::de::IgnoredAny>(text);
    assert!(sound.is_ok(), "{sound:?}: {}", String::from_utf8_lossy(text));
}
