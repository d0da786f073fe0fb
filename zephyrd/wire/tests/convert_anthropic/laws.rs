//! Laws: what is written is read as it was, and nothing that arrives makes the converters panic.

use proptest::prelude::*;
use zephyr_wire::form::{
    Answer, Block, Choice, Effort, Event, Level, Media, Opening, Part, Request, Role, Seal, Source, Stop,
    Thinking, Tool, ToolResult, Turn,
};
use zephyr_wire::quirks::Quirks;

use super::{messages, wish};

const CAPTURES: [&str; 9] = [
    include_str!("../../../../tests/captures/claude-code-2.1.100_tool-turn2.json"),
    include_str!("../../../../tests/captures/claude-code-2.1.329_count-tokens.json"),
    include_str!("../../../../tests/captures/claude-code-2.1.329_haiku.json"),
    include_str!("../../../../tests/captures/claude-code-2.1.329_subagent.json"),
    include_str!("../../../../tests/captures/claude-code-2.1.329_tool-turn2.json"),
    include_str!("../../../../tests/captures/claude-code-2.1.329_tui-title.json"),
    include_str!("../../../../tests/captures/claude-code-2.1.329_tui-turn2.json"),
    include_str!("../../../../tests/captures/claude-code-2.1.329_websearch-subcall.json"),
    include_str!("../../../../tests/captures/opencode-1.18.33_messages.json"),
];

fn bodies() -> impl Iterator<Item = String> {
    CAPTURES.iter().map(|capture| {
        let capture: serde_json::Value = serde_json::from_str(capture).expect("a capture");
        capture["body"].to_string()
    })
}

#[test]
fn what_real_clients_send_is_read_whole() {
    for body in bodies() {
        let request = messages().read_request(&body).expect("read");
        assert!(!request.turns.is_empty());
        let known = ["context_management"];
        assert!(request.beside.iter().all(|name| known.contains(name)), "{:?}", request.beside);
        let text = format!("{request:?}");
        assert!(!text.contains("billing-header"));
    }
}

/// Text that the API takes: not blank.
fn words() -> impl Strategy<Value = String> {
    "[a-zé😀\"\\\\\n<]{0,6}[a-z]"
}

fn part(role: Role) -> BoxedStrategy<Part<'static>> {
    let text = words().prop_map(|text| Part::Text { text: text.into(), cache: None });
    let image = ("[A-Za-z0-9+/]{0,8}", words()).prop_map(|(data, _)| {
        Part::Media(Media {
            kind: "image/png".into(),
            source: Source::Base64(data.into()),
            title: None,
            detail: None,
            cache: None,
        })
    });
    let thinking = (words(), words()).prop_map(|(text, seal)| {
        Part::Thinking(Thinking { text: text.into(), seal: Seal::Signature(seal.into()) })
    });
    let redacted = words()
        .prop_map(|data| Part::Thinking(Thinking { text: "".into(), seal: Seal::Redacted(data.into()) }));
    match role {
        Role::User => prop_oneof![text, image].boxed(),
        Role::Assistant => prop_oneof![text, thinking, redacted].boxed(),
        Role::System => text.boxed(),
    }
}

fn a_turn(role: Role, least: usize) -> impl Strategy<Value = Turn<'static>> {
    prop::collection::vec(part(role), least..4).prop_map(move |parts| Turn { role, parts, name: None })
}

/// A round: the person speaks, the model answers with calls, their results come.
fn round() -> impl Strategy<Value = Vec<Turn<'static>>> {
    let calls =
        prop::collection::vec((words(), prop::collection::vec(part(Role::User), 0..3), any::<bool>()), 0..3);
    (a_turn(Role::User, 1), a_turn(Role::Assistant, 1), calls).prop_map(|(user, mut model, calls)| {
        let mut results = Turn::default();
        for (at, (name, parts, error)) in calls.into_iter().enumerate() {
            let id = format!("t{at}");
            let input = format!(r#"{{"n":{at}.50}}"#);
            model.parts.push(Part::Call { id: id.clone().into(), name: name.into(), input: input.into() });
            // An error without words gets some.
            let error = error && parts.iter().any(|part| matches!(part, Part::Text { .. }));
            results.parts.push(Part::Result(ToolResult { id: id.into(), parts, error, cache: None }));
        }
        if results.parts.is_empty() {
            results.parts.push(Part::Text { text: "so".into(), cache: None });
        }
        vec![user, model, results]
    })
}

fn effort() -> impl Strategy<Value = Option<Effort>> {
    prop_oneof![
        Just(None),
        Just(Some(Effort::Adaptive(None))),
        Just(Some(Effort::Adaptive(Some(Level::High)))),
        Just(Some(Effort::Off)),
    ]
}

fn request() -> impl Strategy<Value = Request<'static>> {
    let choice = prop_oneof![Just(Choice::Auto), Just(Choice::None)];
    let turns = (prop::option::of(a_turn(Role::System, 1)), round(), a_turn(Role::User, 1));
    (turns, effort(), prop::option::of(choice), prop::collection::vec(words(), 0..3), any::<bool>()).prop_map(
        |((system, round, last), effort, choice, stops, stream)| {
            let mut turns: Vec<_> = system.into_iter().collect();
            let mut rounds = round;
            // Neighbours of one role are one turn.
            if let Some(results) = rounds.last_mut() {
                results.parts.extend(last.parts);
            }
            turns.extend(rounds);
            let tool = Tool::Function {
                name: "f".into(),
                description: Some("d\"".into()),
                schema: r#"{"type":"object","x":1.0}"#.into(),
                strict: None,
                cache: None,
            };
            let mut request = Request {
                model: "claude-haiku-5-5".into(),
                stream,
                stream_usage: true,
                turns,
                tools: vec![tool],
                choice,
                max_tokens: Some(2_000),
                stops: stops.into_iter().map(Into::into).collect(),
                user: Some("u".into()),
                ..Request::default()
            };
            request.reasoning.effort = effort;
            request.reasoning.shown = (effort != Some(Effort::Off)).then_some(true);
            request.reasoning.sealed = effort != Some(Effort::Off);
            request
        },
    )
}

fn block() -> impl Strategy<Value = Block<'static>> {
    prop_oneof![
        words().prop_map(|text| Block::Text(text.into())),
        (words(), words()).prop_map(|(text, seal)| {
            Block::Thinking(Thinking { text: text.into(), seal: Seal::Signature(seal.into()) })
        }),
        words().prop_map(|name| Block::Call {
            id: "t1".into(),
            name: name.into(),
            input: "{\"a\":1.0}".into()
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_request_that_is_written_is_read_as_it_was(request in request()) {
        let mut losses = Vec::new();
        let quirks = Quirks { without: vec!["cache_control".into()], ..Quirks::default() };
        let body = messages().write_request(&request, &quirks, &mut losses).expect("written");
        let text = std::str::from_utf8(&body).expect("text");
        let read = messages().read_request(text).expect("read");
        let mut want = request.clone();
        // The model thinks unasked, which is asked for to see its words.
        if want.reasoning.effort.is_none() {
            want.reasoning.effort = Some(Effort::Adaptive(None));
        }
        prop_assert_eq!(read, want);
        prop_assert!(losses.is_empty(), "{:?}", losses);
    }

    #[test]
    fn an_answer_that_is_written_is_read_as_it_was(blocks in prop::collection::vec(block(), 0..5)) {
        let calls = blocks.iter().any(|block| matches!(block, Block::Call { .. }));
        let stop = if calls { Stop::Tools } else { Stop::End };
        let answer = Answer { id: "msg_1".into(), model: "m".into(), blocks, stop, ..Answer::default() };
        let body = messages().write_answer(&answer, &wish());
        let text = std::str::from_utf8(&body).expect("text");
        prop_assert_eq!(messages().read_answer(text).expect("read"), answer);
    }

    #[test]
    fn a_stream_that_is_written_is_read_as_it_was(blocks in prop::collection::vec(block(), 0..5)) {
        let mut events =
            vec![Event::Start { id: "msg_1".into(), model: "m".into(), created: None }];
        let mut calls = false;
        for (at, block) in (0u32..).zip(blocks) {
            match block {
                Block::Text(text) => events.extend([Event::Open(at, Opening::Text), Event::Text(at, text)]),
                Block::Thinking(Thinking { text, seal }) => events.extend([
                    Event::Open(at, Opening::Thinking),
                    Event::Text(at, text),
                    Event::Seal(at, seal),
                ]),
                Block::Call { id, name, input } => {
                    calls = true;
                    events.extend([Event::Open(at, Opening::Call { id, name }), Event::Input(at, input)]);
                }
                Block::Refusal(_) => {}
            }
            events.push(Event::Close(at));
        }
        events.extend([Event::Stop(if calls { Stop::Tools } else { Stop::End }), Event::End]);
        let mut encoder = messages().encoder(&wish());
        let mut decoder = messages().decoder();
        let mut read = Vec::new();
        for event in &events {
            let mut out = Vec::new();
            encoder.event(event, &mut out);
            for block in String::from_utf8(out).expect("text").split_terminator("\n\n") {
                let (_, data) = block.split_once("\ndata: ").expect("data");
                decoder.event(b"", data.as_bytes(), &mut |event| read.push(event.into_owned())).expect("sound");
            }
        }
        read.retain(|event| !matches!(event, Event::Usage(_)));
        prop_assert_eq!(read, events);
    }

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,80}", name in "[a-z_]{0,12}") {
        let _ = messages().read_request(&text);
        let _ = messages().read_answer(&text);
        let _ = messages().decoder().event(name.as_bytes(), text.as_bytes(), &mut |_| {});
    }

    #[test]
    fn requests_with_pieces_exchanged_never_panic_and_are_written_soundly(
        which in 0..CAPTURES.len(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..4),
    ) {
        let body = bodies().nth(which).expect("a capture");
        let mut value: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        let paths = paths(&value);
        for (from, to) in edits {
            let piece = value.pointer(from.get::<String>(&paths)).cloned().unwrap_or_default();
            if let Some(place) = value.pointer_mut(to.get::<String>(&paths)) {
                *place = piece;
            }
        }
        let body = value.to_string();
        if let Ok(request) = messages().read_request(&body) {
            let mut losses = Vec::new();
            if let Ok(out) = messages().write_request(&request, &Quirks::default(), &mut losses) {
                prop_assert!(serde_json::from_slice::<serde_json::Value>(&out).is_ok());
            }
        }
    }
}

/// Places in a request, up to four levels down, with few of the tools.
fn paths(value: &serde_json::Value) -> Vec<String> {
    fn walk(value: &serde_json::Value, path: &str, depth: usize, out: &mut Vec<String>) {
        out.push(path.to_owned());
        if depth == 0 {
            return;
        }
        match value {
            serde_json::Value::Object(members) => {
                members.iter().for_each(|(key, value)| walk(value, &format!("{path}/{key}"), depth - 1, out));
            }
            serde_json::Value::Array(items) => {
                let some = items.iter().enumerate().take(4);
                some.for_each(|(at, value)| walk(value, &format!("{path}/{at}"), depth - 1, out));
            }
            _ => {}
        }
    }
    let mut out = Vec::new();
    walk(value, "", 5, &mut out);
    out.remove(0);
    out
}

#[test]
fn a_conversation_of_very_many_pieces_is_read_and_written_whole() {
    let many = 20_000;
    let calls: Vec<String> =
        (0..many).map(|n| format!(r#"{{"type":"tool_use","id":"t{n}","name":"f","input":{{}}}}"#)).collect();
    let results: Vec<String> =
        (0..many).rev().map(|n| format!(r#"{{"type":"tool_result","tool_use_id":"t{n}"}}"#)).collect();
    let passing: Vec<String> = (0..many)
        .flat_map(|_| {
            [
                r#"{"role":"system","content":"s","clear_at":"next_user_message"}"#,
                r#"{"role":"assistant","content":"a"}"#,
            ]
        })
        .map(str::to_owned)
        .collect();
    let changes: Vec<String> = (0..many)
        .map(|n| {
            format!(
                r#"{{"type":"tool_addition","tool":{{"type":"tool_definition","definition":{{"name":"f{n}"}}}}}}"#
            )
        })
        .collect();
    let body = format!(
        r#"{{"model":"m","messages":[{},{{"role":"user","content":"u"}},{{"role":"system","content":[{}]}},
        {{"role":"assistant","content":[{}]}},{{"role":"user","content":[{}]}}]}}"#,
        passing.join(","),
        changes.join(","),
        calls.join(","),
        results.join(",")
    );
    let request = messages().read_request(&body).expect("read");
    assert_eq!((request.turns.len(), request.tools.len()), (many + 3, many));
    let mut losses = Vec::new();
    let out = messages().write_request(&request, &Quirks::default(), &mut losses).expect("written");
    assert_eq!(String::from_utf8(out).expect("text").matches("cancelled").count(), 0);
}
