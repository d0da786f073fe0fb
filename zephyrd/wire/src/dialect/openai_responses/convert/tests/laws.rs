//! Laws over every request and answer.

use proptest::prelude::*;

use super::*;
use crate::form::{
    Answer, Block, Choice, Effort, Format, Level, Media, Part, Reasoning, Role, Sampling, Seal, Source, Stop,
    Text, Thinking, Tool, ToolResult, Turn,
};
use crate::usage::Usage;

fn word() -> impl Strategy<Value = Text<'static>> {
    "[a-zA-Z0-9\"\\\\\n\té😀 ]{1,12}".prop_map(Text::Owned)
}

fn id() -> impl Strategy<Value = Text<'static>> {
    "[a-z0-9_]{1,8}".prop_map(Text::Owned)
}

fn object() -> impl Strategy<Value = Text<'static>> {
    word().prop_map(|word| Text::Owned(format!("{{\"k\":{}}}", Value::from(word.into_owned()))))
}

/// The name and the input of a call: `g` takes free text.
fn call() -> impl Strategy<Value = (Text<'static>, Text<'static>)> {
    let free =
        word().prop_map(|word| Text::Owned(format!("{{\"input\":{}}}", Value::from(word.into_owned()))));
    prop_oneof![object().prop_map(|input| ("f".into(), input)), free.prop_map(|input| ("g".into(), input))]
}

fn text() -> impl Strategy<Value = Part<'static>> {
    word().prop_map(|text| Part::Text { text, cache: None })
}

fn media() -> impl Strategy<Value = Part<'static>> {
    let source = prop_oneof![
        "[A-Za-z0-9+/]{4,12}".prop_map(|data| (Text::Borrowed("image/png"), Source::Base64(data.into()))),
        "https://[a-z]{1,8}/x".prop_map(|url| (Text::Borrowed("image/*"), Source::Url(url.into()))),
    ];
    (source, prop::option::of(Just(Text::Borrowed("high")))).prop_map(|((kind, source), detail)| {
        Part::Media(Media { kind, source, title: None, detail, cache: None })
    })
}

/// What one turn of the model thinks, says and calls, and what its tools gave. The calls' ids are made unique later.
fn round() -> impl Strategy<Value = Vec<Turn<'static>>> {
    let seal = (id(), id()).prop_map(|(id, content)| Seal::Item { id, content });
    let thinking =
        prop::option::of((word(), seal).prop_map(|(text, seal)| Part::Thinking(Thinking { text, seal })));
    let said = prop_oneof![text(), word().prop_map(Part::Refusal)];
    let result = prop_oneof![
        prop::collection::vec(text(), 0..=1),
        (text(), media()).prop_map(|(text, media)| vec![text, media]),
    ];
    let calls = prop::collection::vec((call(), result), 0..3);
    let asked = prop::collection::vec(prop_oneof![text(), media()], 1..3);
    (asked, thinking, said, calls).prop_map(|(asked, thinking, said, calls)| {
        let mut own: Vec<Part<'static>> = thinking.into_iter().chain([said]).collect();
        let mut results = Vec::new();
        for ((name, input), parts) in calls {
            own.push(Part::Call { id: "".into(), name, input });
            results.push(Part::Result(ToolResult { parts, ..ToolResult::default() }));
        }
        let turn = |role, parts| Turn { role, parts, name: None };
        let mut turns = vec![turn(Role::User, asked), turn(Role::Assistant, own)];
        if !results.is_empty() {
            turns.push(turn(Role::User, results));
        }
        turns
    })
}

fn turns() -> impl Strategy<Value = Vec<Turn<'static>>> {
    (prop::option::of(word()), prop::collection::vec(round(), 1..4)).prop_map(|(instructions, rounds)| {
        let system = instructions.map(|text| Turn {
            role: Role::System,
            parts: vec![Part::Text { text, cache: None }],
            name: None,
        });
        let mut turns: Vec<Turn<'static>> = system.into_iter().chain(rounds.into_iter().flatten()).collect();
        let (mut calls, mut results) = (0, 0);
        for part in turns.iter_mut().flat_map(|turn| &mut turn.parts) {
            match part {
                Part::Call { id, .. } => {
                    calls += 1;
                    *id = format!("call_{calls}").into();
                }
                Part::Result(result) => {
                    results += 1;
                    result.id = format!("call_{results}").into();
                }
                _ => {}
            }
        }
        turns
    })
}

fn request() -> impl Strategy<Value = Request<'static>> {
    let level = prop::sample::select(Level::ALL.to_vec());
    let effort =
        prop_oneof![Just(None), Just(Some(Effort::Off)), level.prop_map(|level| Some(Effort::Level(level)))];
    let format = prop_oneof![
        Just(None),
        Just(Some(Format::Json)),
        (word(), object(), any::<Option<bool>>()).prop_map(|(name, schema, strict)| {
            Some(Format::Schema { name: Some(name), description: None, schema, strict })
        }),
    ];
    let choice = prop_oneof![
        Just(None),
        Just(Some(Choice::Auto)),
        Just(Some(Choice::Any)),
        Just(Some(Choice::Tool("g".into())))
    ];
    let flags = any::<(bool, Option<bool>, bool, bool)>();
    let texts = prop::collection::vec(prop::option::of(id()), 4);
    (turns(), effort, format, choice, flags, texts, object(), 16u64..9_999).prop_map(
        |(turns, effort, format, choice, (stream, parallel, store, shown), texts, metadata, most)| {
            let mut texts = texts.into_iter();
            let mut next = move || texts.next().flatten();
            Request {
                model: "m".into(),
                stream,
                stream_usage: true,
                turns,
                tools: vec![
                    Tool::Function {
                        name: "f".into(),
                        description: next(),
                        schema: metadata.clone(),
                        strict: Some(false),
                        cache: None,
                    },
                    Tool::Free { name: "g".into(), description: None },
                ],
                choice,
                parallel,
                max_tokens: Some(most),
                sampling: Sampling { temperature: Some("0.30".into()), ..Sampling::default() },
                reasoning: Reasoning { effort, shown: shown.then_some(true), sealed: true },
                format,
                verbosity: next(),
                user: next(),
                cache_key: next(),
                metadata: Some(metadata),
                store: Some(store),
                ..Request::default()
            }
        },
    )
}

fn answer() -> impl Strategy<Value = Answer<'static>> {
    let thinking = (word(), id(), id())
        .prop_map(|(text, id, content)| Block::Thinking(Thinking { text, seal: Seal::Item { id, content } }));
    let call = (id(), call()).prop_map(|(id, (name, input))| Block::Call { id, name, input });
    let block = prop_oneof![word().prop_map(Block::Text), word().prop_map(Block::Refusal), thinking, call];
    let usage =
        (0u64..1_000, 0u64..1_000, 0u64..1_000, 0u64..1_000).prop_map(|(input, output, read, written)| {
            Usage { input, output, cache_read: read, cache_write_5m: written, ..Usage::default() }
        });
    (id(), prop::collection::vec(block, 0..5), usage, any::<bool>()).prop_map(
        |(id, blocks, usage, is_cut)| {
            let has = |wanted: fn(&Block<'_>) -> bool| blocks.iter().any(wanted);
            let stop = if is_cut {
                Stop::Length
            } else if has(|block| matches!(block, Block::Call { .. })) {
                Stop::Tools
            } else if has(|block| matches!(block, Block::Refusal(_))) {
                Stop::Refusal
            } else {
                Stop::End
            };
            Answer {
                id: format!("resp_{id}").into(),
                model: "m".into(),
                created: Some(5),
                blocks,
                stop,
                usage,
            }
        },
    )
}

/// Blocks of a stream whose inputs are compared as values: white space and escapes may differ.
fn gathered(events: &[Event<'_>]) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    let at = |n: u32| usize::try_from(n).expect("a place");
    for event in events {
        match event {
            Event::Open(n, opening) => {
                assert_eq!(at(*n), blocks.len());
                blocks.push((format!("{opening:?}"), String::new()));
            }
            Event::Text(n, text) | Event::Input(n, text) => blocks[at(*n)].1.push_str(text),
            Event::Seal(n, Seal::Item { content, .. }) => blocks[at(*n)].1.push_str(content),
            _ => {}
        }
    }
    blocks
}

proptest! {
    #[test]
    fn a_written_request_reads_as_it_was(request in request()) {
        let mut losses = Vec::new();
        let body = Convert.write_request(&request, &quirks(), &mut losses).expect("it is written");
        prop_assert_eq!(losses, []);
        let body = String::from_utf8(body).expect("text");
        prop_assert_eq!(Convert.read_request(&body), Ok(request));
    }

    #[test]
    fn a_written_answer_reads_as_it_was(answer in answer()) {
        let wish = Wish { sealed: true, free: ["g".to_owned()].into(), ..wish() };
        let body = String::from_utf8(Convert.write_answer(&answer, &wish)).expect("text");
        prop_assert_eq!(Convert.read_answer(&body), Ok(answer));
    }

    #[test]
    fn a_stream_that_was_written_reads_as_it_was(answer in answer(), size in 1usize..7) {
        let mut events =
            vec![Event::Start { id: answer.id.clone(), model: answer.model.clone(), created: answer.created }];
        let pieces = |text: &str| -> Vec<Text<'static>> {
            let chars: Vec<char> = text.chars().collect();
            chars.chunks(size).map(|piece| Text::Owned(piece.iter().collect())).collect()
        };
        for (n, block) in (0..).zip(&answer.blocks) {
            let (opening, text, seal) = match block {
                Block::Text(text) => (crate::form::Opening::Text, text, None),
                Block::Refusal(text) => (crate::form::Opening::Refusal, text, None),
                Block::Thinking(thinking) => (crate::form::Opening::Thinking, &thinking.text, Some(&thinking.seal)),
                Block::Call { id, name, input } => {
                    (crate::form::Opening::Call { id: id.clone(), name: name.clone() }, input, None)
                }
            };
            let is_call = matches!(block, Block::Call { .. });
            events.push(Event::Open(n, opening));
            for piece in pieces(text) {
                events.push(if is_call { Event::Input(n, piece) } else { Event::Text(n, piece) });
            }
            events.extend(seal.map(|seal| Event::Seal(n, seal.clone())));
            events.push(Event::Close(n));
        }
        events.extend([Event::Usage(answer.usage), Event::Stop(answer.stop.clone()), Event::End]);
        let wish = Wish { sealed: true, free: ["g".to_owned()].into(), ..wish() };
        let mut encoder = Convert.encoder(&wish);
        let mut stream = Vec::new();
        for event in &events {
            encoder.event(event, &mut stream);
        }
        let mut decoder = Convert.decoder();
        let mut read = Vec::new();
        crate::whole::sse::events(&stream, |name, data| {
            decoder.event(name, data, &mut |event| read.push(event.into_owned())).expect("it is understood");
        });
        prop_assert_eq!(gathered(&read), gathered(&events));
        prop_assert_eq!(read.last(), Some(&Event::End));
        prop_assert!(read.contains(&Event::Stop(answer.stop.clone())));
        prop_assert!(read.contains(&Event::Usage(answer.usage)));
        // What the stream says at its end is the same once more.
        let whole = crate::whole::gather(crate::dialect::OPENAI_RESPONSES, &stream).expect("it is whole");
        let whole = String::from_utf8(whole).expect("text");
        let again = Convert.read_answer(&whole).expect("an answer");
        prop_assert_eq!((again.stop, again.usage, again.blocks.len()), (answer.stop, answer.usage, answer.blocks.len()));
    }

    #[test]
    fn nothing_makes_a_reader_panic(body in ".{0,200}", cut in any::<prop::sample::Index>(), request in request()) {
        let _ = Convert.read_request(&body);
        let _ = Convert.read_answer(&body);
        let _ = Convert.echo(&body);
        let _ = Convert.decoder().event(b"", body.as_bytes(), &mut |_| ());
        let mut written = Convert.write_request(&request, &quirks(), &mut Vec::new()).expect("it is written");
        let at = cut.index(written.len());
        written[at] = b"\"{}[]:,\\0"[at % 9];
        if let Ok(changed) = String::from_utf8(written) {
            let _ = Convert.read_request(&changed);
            let _ = Convert.echo(&changed);
        }
    }

    #[test]
    fn no_event_makes_the_decoder_panic(events in prop::collection::vec((event_kind(), any_members()), 0..12)) {
        let mut decoder = Convert.decoder();
        for (kind, members) in events {
            let data = format!(r#"{{"type":"{kind}"{members}}}"#);
            if decoder.event(b"", data.as_bytes(), &mut |_| ()).is_err() {
                break;
            }
        }
    }
}

fn event_kind() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "response.created",
        "response.output_item.added",
        "response.output_item.done",
        "response.output_text.delta",
        "response.output_text.done",
        "response.reasoning_summary_text.delta",
        "response.reasoning_text.delta",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.custom_tool_call_input.delta",
        "response.completed",
        "response.failed",
        "error",
        "response.new",
    ])
}

fn any_members() -> impl Strategy<Value = String> {
    let value = prop::sample::select(vec![
        "null",
        "7",
        "\"\"",
        "\"a\"",
        "\"\\ud83d\"",
        "[]",
        "{}",
        r#"{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}"#,
        r#"{"type":"custom_tool_call","name":"f","input":7}"#,
        r#"{"type":"message","content":[{"type":"output_text","text":"t"},7,{"type":"refusal"}]}"#,
        r#"{"type":"reasoning","id":"r","summary":[{"text":"t"}],"encrypted_content":"e"}"#,
    ]);
    let key = prop::sample::select(vec![
        "delta",
        "text",
        "arguments",
        "input",
        "item",
        "response",
        "output_index",
        "content_index",
    ]);
    prop::collection::vec((key, value), 0..4)
        .prop_map(|members| members.iter().map(|(key, value)| format!(",\"{key}\":{value}")).collect())
}
