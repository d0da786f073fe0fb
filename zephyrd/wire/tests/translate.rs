//! Laws of `translate` over the streams of `whole/`, for every client and endpoint: chunks make no difference, each form
//! says what the other says, a cut answer never ends, and no bytes break it.
#![allow(clippy::expect_used, reason = "a test")]

use std::io::Write;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::Value;
use zephyr_wire::dialect::{ALL, ANTHROPIC, Dialect, OPENAI_CHAT, OPENAI_RESPONSES};
use zephyr_wire::encoding::Encoding;
use zephyr_wire::quirks::{Forms, Quirks};
use zephyr_wire::tap::Form;
use zephyr_wire::translate::{Reply, Target, Translated, in_form, request};
use zephyr_wire::whole::{Unsound, gather};

/// The smallest request of a dialect.
fn asking(dialect: &dyn Dialect, stream: bool) -> String {
    let said = match dialect.name() {
        "openai-responses" => r#""input":"hi""#,
        "anthropic" => r#""max_tokens":99,"messages":[{"role":"user","content":"hi"}]"#,
        _ => r#""stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]"#,
    };
    format!(r#"{{"model":"asked","stream":{stream},{said}}}"#)
}

fn translated(
    client: &'static dyn Dialect,
    endpoint: &'static dyn Dialect,
    stream: bool,
    quirks: &Quirks,
) -> Translated {
    let target = Target { model: Some("sent"), quirks, id: "id1", created: 1_790_000_000 };
    request(client, endpoint, asking(client, stream).as_bytes(), &target).expect("a request")
}

fn reply(client: &'static dyn Dialect, endpoint: &'static dyn Dialect, form: Form) -> Reply {
    translated(client, endpoint, form == Form::Stream, &Quirks::default()).reply
}

/// What the client gets of an answer that comes in these chunks.
fn answered<'c>(
    reply: &Reply,
    form: Form,
    encoding: Encoding,
    chunks: impl IntoIterator<Item = &'c [u8]>,
) -> (Vec<u8>, Result<(), Unsound>) {
    let mut out = Vec::new();
    let mut translator = reply.answer(form, encoding);
    for chunk in chunks {
        if let Err(unsound) = translator.feed(chunk, &mut out) {
            return (out, Err(unsound));
        }
    }
    let end = translator.finish(&mut out);
    (out, end)
}

fn at_once(reply: &Reply, form: Form, answer: &[u8]) -> Vec<u8> {
    let (out, end) = answered(reply, form, Encoding::Identity, [answer]);
    end.unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(answer)));
    out
}

/// The vectors of a dialect: where they are, the stream, the whole answer.
fn vectors(dialect: &dyn Dialect) -> Vec<(PathBuf, Vec<u8>, Vec<u8>)> {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/whole").join(dialect.name().replace('-', "_"));
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<_> = entries.filter(|path| !path.ends_with("unsound")).collect();
    paths.sort();
    let read = |path: PathBuf| std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    paths.into_iter().map(|p| (p.clone(), read(p.join("stream.sse")), read(p.join("whole.json")))).collect()
}

/// Every client, every endpoint of another dialect, and each of its answers.
fn each_case(each: impl Fn(&'static dyn Dialect, &'static dyn Dialect, &str, &[u8], &[u8])) {
    let mut cases = 0;
    for endpoint in ALL {
        for (path, stream, whole) in vectors(endpoint) {
            for client in ALL.into_iter().filter(|client| client.name() != endpoint.name()) {
                let name = format!("{} for {}", path.display(), client.name());
                each(client, endpoint, &name, &stream, &whole);
                cases += 1;
            }
        }
    }
    assert!(cases > 30, "{cases}");
}

fn json(text: &[u8]) -> Value {
    serde_json::from_slice(text).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(text)))
}

/// The answer that a client gathers of its stream. `reasoning_details` are pieces in a stream and cannot be gathered.
fn gathered(client: &dyn Dialect, stream: &[u8], name: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(stream);
    let events: String =
        text.split_inclusive("\n\n").filter(|e| !e.contains("\"reasoning_details\"")).collect();
    gather(client, events.as_bytes()).unwrap_or_else(|e| panic!("{name}: {e}\n{text}"))
}

/// What a JSON says: without members that say nothing, which a stream leaves out.
fn said(text: &[u8]) -> Value {
    fn bare(value: Value) -> Value {
        match value {
            Value::Object(members) => {
                let told = members.into_iter().filter(|(k, v)| !v.is_null() && k != "reasoning_details");
                told.map(|(k, v)| (k, bare(v))).collect()
            }
            Value::Array(items) => items.into_iter().map(bare).collect(),
            other => other,
        }
    }
    // A number that only its text can hold.
    bare(json(String::from_utf8_lossy(text).replace("1e400", "1e40").as_bytes()))
}

#[test]
fn chunks_make_no_difference() {
    each_case(|client, endpoint, name, stream, whole| {
        for (form, answer) in [(Form::Stream, stream), (Form::Whole, whole)] {
            for wanted in [Form::Stream, Form::Whole] {
                let reply = reply(client, endpoint, wanted);
                let (all, end) = answered(&reply, form, Encoding::Identity, [answer]);
                for size in [1, 7, 64] {
                    let in_chunks = answered(&reply, form, Encoding::Identity, answer.chunks(size));
                    assert_eq!(in_chunks, (all.clone(), end), "{name}: {size}");
                }
            }
        }
    });
}

#[test]
fn a_stream_says_what_the_whole_answer_says() {
    each_case(|client, endpoint, name, stream, _| {
        let live = at_once(&reply(client, endpoint, Form::Stream), Form::Stream, stream);
        let gathered = gathered(client, &live, name);
        let collected = at_once(&reply(client, endpoint, Form::Whole), Form::Stream, stream);
        assert_eq!(said(&gathered), said(&collected), "{name}");
    });
}

#[test]
fn a_whole_answer_is_told_as_a_stream() {
    each_case(|client, endpoint, name, _, whole| {
        let replayed = at_once(&reply(client, endpoint, Form::Stream), Form::Whole, whole);
        let gathered = gathered(client, &replayed, name);
        let written = at_once(&reply(client, endpoint, Form::Whole), Form::Whole, whole);
        assert_eq!(said(&gathered), said(&written), "{name}");
    });
}

#[test]
fn a_cut_answer_never_ends() {
    each_case(|client, endpoint, name, stream, whole| {
        for (form, answer) in [(Form::Stream, stream), (Form::Whole, whole)] {
            let (all, live) = (answer.len(), reply(client, endpoint, Form::Stream));
            for cut in (0..all).step_by(1 + all / 50) {
                let (out, end) = answered(&live, form, Encoding::Identity, [&answer[..cut]]);
                // Some streams have ended before their last bytes: what follows is nothing to wait for.
                let ended = gather(client, &out).is_ok();
                assert_eq!(
                    end.is_ok(),
                    ended,
                    "{name}: cut at {cut} of {all}\n{}",
                    String::from_utf8_lossy(&out)
                );
                assert!(!ended || cut > all / 2, "{name}: cut at {cut} of {all}");
            }
        }
    });
}

#[test]
fn a_compressed_answer_is_read() {
    each_case(|client, endpoint, name, stream, _| {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(stream).expect("compression");
        let packed = packed.finish().expect("compression");
        let reply = reply(client, endpoint, Form::Stream);
        let (out, end) = answered(&reply, Form::Stream, Encoding::Gzip, packed.chunks(33));
        assert_eq!((out, end), (at_once(&reply, Form::Stream, stream), Ok(())), "{name}");
        let (_, end) = answered(&reply, Form::Stream, Encoding::Unknown, [&packed[..]]);
        assert!(end.is_err(), "{name}");
    });
}

#[test]
fn a_long_name_of_a_tool_comes_back_in_the_answer() {
    let long = format!("mcp__server__{}", "x".repeat(80));
    let body = format!(
        r#"{{"model":"m","max_tokens":9,"stream":true,"messages":[{{"role":"user","content":"hi"}}],
           "tools":[{{"name":"{long}","input_schema":{{"type":"object"}}}}]}}"#
    );
    let quirks = Quirks::default();
    let target = Target { model: None, quirks: &quirks, id: "id1", created: 0 };
    let sent = request(ANTHROPIC, OPENAI_CHAT, body.as_bytes(), &target).expect("a request");
    let asked = json(&sent.body);
    let short = asked["tools"][0]["function"]["name"].as_str().expect("a name");
    assert!(short.len() <= 64 && sent.stream, "{asked}");
    let stream = format!(
        "data: {{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":\
         {{\"role\":\"assistant\",\"tool_calls\":[{{\"index\":0,\"id\":\"call_1\",\"type\":\"function\",\"function\":{{\"name\":\"{short}\",\
         \"arguments\":\"{{}}\"}}}}]}},\"finish_reason\":null}}]}}\n\n\
         data: {{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{{}},\
         \"finish_reason\":\"tool_calls\"}}]}}\n\ndata: [DONE]\n\n"
    );
    let out = at_once(&sent.reply, Form::Stream, stream.as_bytes());
    let whole = json(&gather(ANTHROPIC, &out).expect("a message"));
    assert_eq!(
        (&whole["content"][0]["name"], &whole["stop_reason"]),
        (&Value::from(long), &Value::from("tool_use"))
    );
}

#[test]
fn an_error_inside_a_stream_ends_it_without_an_end() {
    for client in [ANTHROPIC, OPENAI_RESPONSES] {
        let (_, stream, _) =
            vectors(OPENAI_CHAT).into_iter().find(|(path, ..)| path.ends_with("text")).expect("a stream");
        let half = stream.len() / 2;
        let half = half + stream[half..].windows(2).position(|w| w == b"\n\n").expect("an event") + 2;
        let error =
            b"data: {\"error\":{\"message\":\"overloaded\",\"type\":\"server_error\"}}\n\ndata: [DONE]\n\n";
        let chunks = [&stream[..half], &error[..], &stream[half..]];
        let (out, end) =
            answered(&reply(client, OPENAI_CHAT, Form::Stream), Form::Stream, Encoding::Identity, chunks);
        assert!(end.is_err() && !out.is_empty());
        assert!(gather(client, &out).is_err());
        assert!(!String::from_utf8_lossy(&out).contains("overloaded"));
    }
}

#[test]
fn an_endpoint_that_only_streams_is_asked_for_a_stream() {
    let quirks = Quirks { forms: Forms::Streams, ..Quirks::default() };
    for endpoint in ALL {
        for client in ALL.into_iter().filter(|client| client.name() != endpoint.name()) {
            let sent = translated(client, endpoint, false, &quirks);
            assert_eq!(
                (json(&sent.body)["stream"].as_bool(), sent.stream, sent.reply.form()),
                (Some(true), true, Form::Whole)
            );
        }
        let (_, stream, _) = vectors(endpoint).remove(0);
        let body = asking(endpoint, false);
        let target = Target { model: None, quirks: &quirks, id: "id1", created: 0 };
        let sent = in_form(endpoint, body.as_bytes(), &target).expect("another form");
        let asked = json(&sent.body);
        assert!(asked["stream"] == true && asked["model"] == "asked" && sent.stream, "{asked}");
        let out = at_once(&sent.reply, Form::Stream, &stream);
        assert_eq!(json(&out), json(&gather(endpoint, &stream).expect("an answer")), "{endpoint:?}");
        assert!(in_form(endpoint, asking(endpoint, true).as_bytes(), &target).is_none());
    }
}

#[test]
fn an_endpoint_that_never_streams_is_told_as_a_stream() {
    let quirks = Quirks { forms: Forms::Wholes, ..Quirks::default() };
    let target = Target { model: None, quirks: &quirks, id: "id1", created: 0 };
    for endpoint in ALL {
        let (_, _, whole) = vectors(endpoint).remove(0);
        let sent = in_form(endpoint, asking(endpoint, true).as_bytes(), &target).expect("another form");
        let asked = json(&sent.body);
        assert!(asked["stream"] == false && asked["stream_options"].is_null(), "{asked}");
        let out = at_once(&sent.reply, Form::Whole, &whole);
        assert_eq!(json(&gather(endpoint, &out).expect("a stream")), json(&whole), "{endpoint:?}");
        assert!(in_form(endpoint, asking(endpoint, false).as_bytes(), &target).is_none());
    }
}

#[test]
fn what_is_no_request_is_refused_with_its_place() {
    let quirks = Quirks::default();
    let target = Target { model: None, quirks: &quirks, id: "id1", created: 0 };
    for (body, words) in [
        (&b"{\"model\":}"[..], "not valid JSON (line 1, column 10)"),
        (b"[]", "no JSON object"),
        (b"{\"model\":\"\xff\"}", "not UTF-8 (from byte 10)"),
    ] {
        for client in ALL {
            for endpoint in ALL {
                let refused = request(client, endpoint, body, &target).expect_err("no request");
                assert!(refused.0.contains(words), "{refused}");
            }
        }
    }
}

fn pair() -> impl Strategy<Value = (&'static dyn Dialect, &'static dyn Dialect, Form, Form)> {
    let form = || prop_oneof![Just(Form::Stream), Just(Form::Whole)];
    (0..ALL.len(), 0..ALL.len(), form(), form()).prop_map(|(c, e, from, to)| (ALL[c], ALL[e], from, to))
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic((client, endpoint, from, to) in pair(), bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let quirks = Quirks::default();
        let target = Target { model: None, quirks: &quirks, id: "id1", created: 0 };
        let _ = request(client, endpoint, &bytes, &target);
        let _ = answered(&reply(client, endpoint, to), from, Encoding::Identity, [&bytes[..]]);
    }

    #[test]
    fn a_changed_byte_never_panics_in_any_chunks(
        (client, endpoint, from, to) in pair(),
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        size in 1..200usize,
    ) {
        let vectors = vectors(endpoint);
        let (_, stream, whole) = which.get(&vectors);
        let mut answer = if from == Form::Stream { stream.clone() } else { whole.clone() };
        let at = at.index(answer.len());
        answer[at] = byte;
        let reply = reply(client, endpoint, to);
        let (all, end) = answered(&reply, from, Encoding::Identity, [&answer[..]]);
        let (parts, parts_end) = answered(&reply, from, Encoding::Identity, answer.chunks(size));
        prop_assert_eq!(end.is_ok(), parts_end.is_ok());
        prop_assert!(end.is_err() || all == parts);
    }
}
