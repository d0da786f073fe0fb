//! What holds for whatever comes: what is written reads back, a repeated chunk is read like any other, and nothing panics.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::Chat;
use crate::form::{
    Answer, Block, Choice, Effort, Event, Format, Level, Media, Opening, Part, Reasoning, Request, Role,
    Sampling, Seal, Source, Stop, Text, Thinking, Tool, ToolResult, Turn,
};
use crate::quirks::{Quirks, ThinkingField};
use crate::translate::{Convert, Wish};
use crate::usage::Usage;

type Owned = Text<'static>;

/// Text with everything in it that JSON writes in other words.
fn text() -> impl Strategy<Value = Owned> {
    "[a-z \"\\\\\n\t\u{1}é風😀{}]{1,12}".prop_map(Owned::Owned)
}

fn word() -> impl Strategy<Value = Owned> {
    "[a-zA-Z_]{1,8}".prop_map(Owned::Owned)
}

fn object() -> impl Strategy<Value = Owned> {
    let object = |text: Owned| format!("{{\"a\": {}, \"n\": 1.50}}", serde_json::Value::from(&*text));
    prop_oneof![Just(Owned::Borrowed("{}")), text().prop_map(move |text| Owned::Owned(object(text)))]
}

fn plain(text: Owned) -> Part<'static> {
    Part::Text { text, cache: None }
}

fn media() -> impl Strategy<Value = Part<'static>> {
    let base64 = || "[A-Za-z0-9+/]{4,8}={0,2}".prop_map(|data| Source::Base64(data.into()));
    let image = (select(vec!["image/png", "image/jpeg"]), base64(), option::of(word()))
        .prop_map(|(kind, source, detail)| (kind, source, None, detail));
    let far = word().prop_map(|at| ("image/*", Source::Url(format!("https://x/{at}").into()), None, None));
    let file = (base64(), word()).prop_map(|(source, title)| ("application/pdf", source, Some(title), None));
    let sound = base64().prop_map(|source| ("audio/mpeg", source, None, None));
    prop_oneof![image, far, file, sound].prop_map(|(kind, source, title, detail)| {
        Part::Media(Media { kind: kind.into(), source, title, detail, cache: None })
    })
}

/// What a person says: one text, or parts with a medium among them.
fn said() -> impl Strategy<Value = Vec<Part<'static>>> {
    let parts = (vec(prop_oneof![text().prop_map(plain), media()], 0..3), media());
    prop_oneof![
        text().prop_map(|text| vec![plain(text)]),
        parts.prop_map(|(mut parts, last)| {
            parts.push(last);
            parts
        })
    ]
}

#[derive(Debug, Clone)]
struct Exchange {
    thinking: Option<Owned>,
    text: Option<Owned>,
    calls: Vec<(Owned, Owned, Option<Owned>)>,
    then: Vec<Part<'static>>,
}

fn exchange() -> impl Strategy<Value = Exchange> {
    let calls = vec((word(), object(), option::of(text())), 0..3);
    let parts = (option::of(text()), option::of(text()), calls, said());
    parts.prop_map(|(thinking, text, calls, then)| Exchange { thinking, text, calls, then })
}

/// A conversation as the reader gives it; thinking carries `seal`, if it is not empty.
fn turns(seal: Seal<'static>) -> impl Strategy<Value = Vec<Turn<'static>>> {
    let turn = |role, parts| Turn { role, parts, name: None };
    (option::of(text()), option::of(word()), said(), vec(exchange(), 0..4)).prop_map(
        move |(system, name, first, exchanges)| {
            let mut turns: Vec<Turn<'static>> =
                system.into_iter().map(|text| turn(Role::System, vec![plain(text)])).collect();
            turns.push(Turn { name, ..turn(Role::User, first) });
            for (round, exchange) in exchanges.into_iter().enumerate() {
                let mut parts: Vec<Part<'static>> = Vec::new();
                parts.extend(
                    exchange.thinking.map(|text| Part::Thinking(Thinking { text, seal: seal.clone() })),
                );
                parts.extend(exchange.text.map(plain));
                let mut results = Vec::new();
                for (n, (name, input, given)) in exchange.calls.into_iter().enumerate() {
                    let id = Owned::Owned(format!("call_{round}_{n}"));
                    let given = given.map(plain).into_iter().collect();
                    results.push(Part::Result(ToolResult {
                        id: id.clone(),
                        parts: given,
                        ..ToolResult::default()
                    }));
                    parts.push(Part::Call { id, name, input });
                }
                if parts.is_empty() {
                    continue;
                }
                turns.push(turn(Role::Assistant, parts));
                if !results.is_empty() {
                    turns.push(turn(Role::User, results));
                }
                turns.push(turn(Role::User, exchange.then));
            }
            turns
        },
    )
}

fn tools() -> impl Strategy<Value = (Vec<Tool<'static>>, Option<Choice<'static>>, Option<bool>)> {
    let tool = (word(), option::of(text()), object(), option::of(any::<bool>())).prop_map(
        |(name, description, schema, strict)| Tool::Function {
            name,
            description,
            schema,
            strict,
            cache: None,
        },
    );
    let choice =
        prop_oneof![Just(Choice::Auto), Just(Choice::None), Just(Choice::Any), word().prop_map(Choice::Tool)];
    (vec(tool, 1..3), option::of(choice), option::of(any::<bool>()), any::<bool>()).prop_map(
        |(tools, choice, parallel, any)| {
            if any { (tools, choice, parallel) } else { (Vec::new(), None, None) }
        },
    )
}

fn format() -> impl Strategy<Value = Format<'static>> {
    let schema = (word(), option::of(text()), object(), option::of(any::<bool>())).prop_map(
        |(name, description, schema, strict)| Format::Schema {
            name: Some(name),
            description,
            schema,
            strict,
        },
    );
    prop_oneof![Just(Format::Json), schema]
}

fn request(seal: Seal<'static>) -> impl Strategy<Value = Request<'static>> {
    let number = || option::of(select(vec!["0", "0.70", "-1", "1e-3"]).prop_map(Owned::Borrowed));
    let effort =
        option::of(prop_oneof![Just(Effort::Off), select(Level::ALL.to_vec()).prop_map(Effort::Level)]);
    let rest =
        (option::of(text()), option::of(word()), option::of(Just(Owned::Borrowed("flex"))), any::<bool>());
    (
        (turns(seal), tools(), any::<bool>(), option::of(1u64..1_000_000)),
        (number(), number(), number(), option::of(Just(Owned::Borrowed("{\"17\": -1}")))),
        (vec(text(), 0..5), effort, option::of(format())),
        rest,
    )
        .prop_map(|(a, b, c, d)| {
            let (turns, (tools, choice, parallel), stream, max_tokens) = a;
            let (user, cache_key, service_tier, store) = d;
            Request {
                model: "m".into(),
                stream,
                stream_usage: stream,
                turns,
                tools,
                choice,
                parallel,
                max_tokens,
                sampling: Sampling {
                    temperature: b.0,
                    seed: b.1,
                    presence: b.2,
                    bias: b.3,
                    ..Sampling::default()
                },
                stops: c.0.into_iter().take(4).collect(),
                reasoning: Reasoning { effort: c.1, ..Reasoning::default() },
                format: c.2,
                verbosity: cache_key.clone(),
                user,
                cache_key,
                service_tier,
                metadata: store.then(|| "{\"a\":\"b\"}".into()),
                store: store.then_some(true),
                ..Request::default()
            }
        })
}

fn reads_back(request: &Request<'_>, quirks: &Quirks) -> Result<(), TestCaseError> {
    let mut losses = Vec::new();
    let body = Chat.write_request(request, quirks, &mut losses).expect("a request");
    let body = String::from_utf8(body).expect("text");
    let read =
        Chat.read_request(&body).map_err(|refused| TestCaseError::fail(format!("{refused}: {body}")))?;
    prop_assert_eq!(&read, request, "{}", body);
    prop_assert!(losses.is_empty(), "{:?}", losses);
    Ok(())
}

fn seal() -> impl Strategy<Value = Seal<'static>> {
    prop_oneof![
        Just(Seal::None),
        word().prop_map(Seal::Signature),
        (word(), word()).prop_map(|(id, content)| Seal::Item { id, content }),
    ]
}

fn thoughts() -> impl Strategy<Value = Vec<Thinking<'static>>> {
    let redacted = word().prop_map(|data| Thinking { text: "".into(), seal: Seal::Redacted(data) });
    let thought = (text(), seal()).prop_map(|(text, seal)| Thinking { text, seal });
    vec(prop_oneof![3 => thought, 1 => redacted], 0..4).prop_map(|mut all| {
        // Two without a seal are one.
        all.dedup_by(|b, a| a.seal.is_none() && b.seal.is_none());
        all
    })
}

fn answer() -> impl Strategy<Value = Answer<'static>> {
    let usage =
        (0..1000u64, 0..1000u64, 0..1000u64, 0..1000u64).prop_map(|(input, output, read, written)| Usage {
            input,
            output,
            cache_read: read,
            cache_write_5m: written,
            ..Usage::default()
        });
    let calls = vec((word(), word(), object()), 0..3);
    (thoughts(), option::of(text()), calls, any::<bool>(), usage).prop_map(
        |(thoughts, text, calls, cut, usage)| {
            let stop = match (cut, calls.is_empty()) {
                (true, _) => Stop::Length,
                (false, true) => Stop::End,
                (false, false) => Stop::Tools,
            };
            let mut blocks: Vec<Block<'static>> = thoughts.into_iter().map(Block::Thinking).collect();
            blocks.extend(text.map(Block::Text));
            blocks.extend(calls.into_iter().map(|(id, name, input)| Block::Call { id, name, input }));
            Answer { id: "chatcmpl-1".into(), model: "m".into(), created: Some(7), blocks, stop, usage }
        },
    )
}

/// The answer as the events of a stream; every text in two pieces.
fn stream(answer: &Answer<'static>) -> Vec<Event<'static>> {
    let mut events =
        vec![Event::Start { id: answer.id.clone(), model: answer.model.clone(), created: answer.created }];
    let halves = |text: &str| {
        let at = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        [text[..at].to_owned(), text[at..].to_owned()]
    };
    for (n, block) in (0u32..).zip(&answer.blocks) {
        let (opening, text) = match block {
            Block::Text(text) => (Opening::Text, text),
            Block::Refusal(text) => (Opening::Refusal, text),
            Block::Thinking(Thinking { text, .. }) => (Opening::Thinking, text),
            Block::Call { id, name, input } => (Opening::Call { id: id.clone(), name: name.clone() }, input),
        };
        let is_call = matches!(opening, Opening::Call { .. });
        events.push(Event::Open(n, opening));
        for half in halves(text).into_iter().filter(|half| !half.is_empty()) {
            events.push(if is_call { Event::Input(n, half.into()) } else { Event::Text(n, half.into()) });
        }
        if let Block::Thinking(Thinking { seal, .. }) = block
            && !seal.is_none()
        {
            events.push(Event::Seal(n, seal.clone()));
        }
        events.push(Event::Close(n));
    }
    events.extend([Event::Usage(answer.usage), Event::Stop(answer.stop.clone()), Event::End]);
    events
}

/// The answer that events tell.
fn collected(events: &[Event<'static>]) -> Answer<'static> {
    let mut answer = Answer::default();
    for event in events.iter().cloned() {
        match event {
            Event::Start { id, model, created } => {
                (answer.id, answer.model, answer.created) = (id, model, created)
            }
            Event::Open(n, opening) => {
                assert_eq!(n as usize, answer.blocks.len());
                answer.blocks.push(match opening {
                    Opening::Text => Block::Text("".into()),
                    Opening::Refusal => Block::Refusal("".into()),
                    Opening::Thinking => Block::Thinking(Thinking::default()),
                    Opening::Call { id, name } => Block::Call { id, name, input: "".into() },
                });
            }
            Event::Text(n, more) | Event::Input(n, more) => match &mut answer.blocks[n as usize] {
                Block::Text(text)
                | Block::Refusal(text)
                | Block::Thinking(Thinking { text, .. })
                | Block::Call { input: text, .. } => text.to_mut().push_str(&more),
            },
            Event::Seal(n, sealed) => {
                if let Block::Thinking(Thinking { seal, .. }) = &mut answer.blocks[n as usize] {
                    *seal = sealed;
                }
            }
            Event::Usage(usage) => answer.usage = usage,
            Event::Stop(stop) => answer.stop = stop,
            Event::Close(_) | Event::End | Event::Error { .. } | Event::Ping => {}
        }
    }
    answer
}

fn decoded(chunks: &[Vec<u8>]) -> Vec<Event<'static>> {
    let mut decoder = Chat.decoder();
    let mut events = Vec::new();
    for chunk in chunks {
        decoder.event(b"", chunk, &mut |event| events.push(event.into_owned())).expect("a sound stream");
    }
    events
}

fn encoded(answer: &Answer<'static>) -> Vec<Vec<u8>> {
    let wish = Wish { stream_usage: true, ..Wish::default() };
    let mut encoder = Chat.encoder(&wish);
    let mut out = Vec::new();
    stream(answer).iter().for_each(|event| encoder.event(event, &mut out));
    let mut chunks = Vec::new();
    crate::whole::sse::events(&out, |name, data| {
        assert!(name.is_empty());
        chunks.push(data.to_vec());
    });
    chunks
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_request_that_is_written_reads_back_as_it_was(request in request(Seal::None)) {
        reads_back(&request, &Quirks::default())?;
    }

    #[test]
    fn details_that_are_written_read_back_as_they_were(
        request in request(Seal::Details("[{\"type\":\"reasoning.encrypted\",\"data\":\"E\"}]".into()))
    ) {
        let quirks = Quirks { thinking_field: ThinkingField::Details, developer: true, ..Quirks::default() };
        reads_back(&request, &quirks)?;
    }

    #[test]
    fn an_answer_that_is_written_reads_back_as_it_was(answer in answer()) {
        let body = String::from_utf8(Chat.write_answer(&answer, &Wish::default())).expect("text");
        prop_assert_eq!(Chat.read_answer(&body).expect("an answer"), answer, "{}", body);
    }

    #[test]
    fn what_a_client_was_given_it_gives_back(answer in answer()) {
        let (mut message, mut details) = (BTreeMap::from([("role", "assistant".to_owned())]), Vec::new());
        let mut calls: Vec<Value> = Vec::new();
        for chunk in encoded(&answer).iter().filter(|chunk| *chunk != b"[DONE]") {
            let chunk: Value = serde_json::from_slice(chunk).expect("sound JSON");
            let Some(choice) = chunk["choices"].get(0) else { continue };
            let delta = &choice["delta"];
            for key in ["content", "reasoning_content"] {
                message.entry(key).or_default().push_str(delta[key].as_str().unwrap_or_default());
            }
            details.extend(delta["reasoning_details"].as_array().cloned().unwrap_or_default());
            for call in delta["tool_calls"].as_array().into_iter().flatten() {
                let at = call["index"].as_u64().expect("an index") as usize;
                if at == calls.len() {
                    calls.push(call.clone());
                    continue;
                }
                let more = call["function"]["arguments"].as_str().expect("arguments");
                let all = format!("{}{more}", calls[at]["function"]["arguments"].as_str().expect("arguments"));
                calls[at]["function"]["arguments"] = all.into();
            }
        }
        let mut message = serde_json::to_value(message).expect("an object");
        message["reasoning_details"] = details.into();
        message["tool_calls"] = calls.into();
        let body = serde_json::json!({"model": "m", "messages": [message]}).to_string();
        let mut request = Chat.read_request(&body).expect("a request");
        let parts = request.turns.remove(0).parts.into_iter().map(|part| match part {
            Part::Text { text, .. } => Block::Text(text),
            Part::Thinking(thinking) => Block::Thinking(thinking),
            Part::Call { id, name, input } => Block::Call { id, name, input },
            other => panic!("{other:?}"),
        });
        prop_assert_eq!(parts.collect::<Vec<_>>(), answer.blocks, "{}", body);
    }

    #[test]
    fn a_stream_that_is_written_reads_back_as_it_was(mut answer in answer()) {
        // Seals of others stay what they are on this side: an endpoint's own.
        let mut blocks = Vec::new();
        for block in answer.blocks {
            match (block, blocks.last_mut()) {
                (Block::Thinking(Thinking { text, .. }), Some(Block::Thinking(before))) => {
                    before.text.to_mut().push_str(&text);
                }
                (Block::Thinking(Thinking { text, .. }), _) if text.is_empty() => {}
                (Block::Thinking(Thinking { text, .. }), _) => {
                    blocks.push(Block::Thinking(Thinking { text, seal: Seal::None }));
                }
                (block, _) => blocks.push(block),
            }
        }
        answer.blocks = blocks;
        prop_assert_eq!(collected(&decoded(&encoded(&answer))), answer);
    }

    #[test]
    fn a_repeated_chunk_is_read_like_any_other(deltas in vec((0..4usize, text(), any::<bool>()), 1..20)) {
        let chunk = |n: usize, unique: bool, (kind, text, again): &(usize, Owned, bool)| {
            let text = serde_json::Value::from(&**text);
            let delta = match kind {
                0 => format!("{{\"content\":{text}}}"),
                1 => format!("{{\"role\":\"assistant\",\"content\":\"\",\"reasoning_content\":{text}}}"),
                2 => format!("{{\"tool_calls\":[{{\"index\":0,\"function\":{{\"arguments\":{text}}}}}]}}"),
                _ => "{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":\"}}]}".to_owned(),
            };
            let mark = if unique { format!("\"n\":{n},") } else { String::new() };
            let times = 1 + usize::from(*again);
            let chunk = format!("{{\"id\":\"c\",{mark}\"choices\":[{{\"index\":0,\"delta\":{delta}}}]}}").into_bytes();
            vec![chunk; times]
        };
        let all = |unique: bool| -> Vec<Vec<u8>> {
            let mut n = 0;
            let mut next = || { n += 1; n };
            deltas.iter().flat_map(|delta| chunk(next(), unique, delta)).collect()
        };
        // Every chunk alone in its kind, so that none is the one before but for its text.
        let apart: Vec<Vec<u8>> = all(true);
        prop_assert_eq!(collected(&decoded(&all(false))), collected(&decoded(&apart)));
    }

    #[test]
    fn nothing_panics(text in "\\PC{0,60}", from in 0..200usize, len in 0..200usize, bytes in vec(any::<u8>(), 0..60)) {
        let sound = r#"{"id":"c","messages":[{"role":"assistant","content":[{"type":"text","text":"\ud83d"}],"reasoning_details":[{"type":"x","data":"zephyr-item:a:b"}],"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{"}}]},{"role":"tool","content":null}],"tools":[{"type":"custom","custom":{"name":"c"}}],"choices":[{"delta":{"content":"a","tool_calls":[{"index":0,"function":{"name":"f","arguments":"\ud83d"}}]},"message":{"content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1}}"#;
        let (from, to) = (from.min(sound.len()), (from + len).min(sound.len()));
        for body in [text.as_str(), &format!("{}{text}{}", &sound[..from], &sound[to..])] {
            if let Ok(request) = Chat.read_request(body) {
                let _ = Chat.write_request(&request, &Quirks::default(), &mut Vec::new());
            }
            if let Ok(answer) = Chat.read_answer(body) {
                Chat.write_answer(&answer, &Wish::default());
            }
            let mut decoder = Chat.decoder();
            for data in [body.as_bytes(), sound.as_bytes(), &bytes, body.as_bytes(), b"[DONE]"] {
                let _ = decoder.event(b"", data, &mut |_| {});
            }
        }
    }
}
