//! The encoder: what clients get, chunk by chunk.

use super::Encoder;
use crate::form::{Event, Opening, Seal, Stop};
use crate::translate::{Encode, Wish};
use crate::usage::Usage;

fn wish() -> Wish {
    Wish { model: "asked".into(), id: "w1".into(), created: 7, ..Wish::default() }
}

/// The chunks of a stream, each without what all of them repeat.
fn write(wish: &Wish, events: &[Event<'_>]) -> Vec<String> {
    let mut encoder = Encoder::new(wish);
    let mut out = Vec::new();
    events.iter().for_each(|event| encoder.event(event, &mut out));
    let text = String::from_utf8(out).expect("text");
    let head = r#"data: {"id":"chatcmpl-x","object":"chat.completion.chunk","created":9,"model":"m","#;
    let choice = r#""choices":[{"index":0,"delta":"#;
    let mut chunks = Vec::new();
    for event in text.split_terminator("\n\n") {
        if let Some(json) = event.strip_prefix("data: ").filter(|data| *data != "[DONE]") {
            assert!(serde_json::from_str::<serde_json::Value>(json).is_ok(), "{json}");
        }
        let rest = event.strip_prefix(head).unwrap_or(event);
        let rest = rest.strip_prefix(choice).unwrap_or(rest);
        chunks.push(rest.strip_suffix(r#","finish_reason":null}]}"#).unwrap_or(rest).to_owned());
    }
    chunks
}

fn start() -> Event<'static> {
    Event::Start { id: "x".into(), model: "m".into(), created: Some(9) }
}

fn call(n: u32, id: &'static str, name: &'static str) -> Event<'static> {
    Event::Open(n, Opening::Call { id: id.into(), name: name.into() })
}

#[test]
fn text_has_its_role_its_deltas_its_end() {
    let chunks = write(
        &wish(),
        &[
            start(),
            Event::Open(0, Opening::Text),
            Event::Text(0, "a\"b".into()),
            Event::Ping,
            Event::Text(0, "c".into()),
            Event::Close(0),
            Event::Usage(Usage { input: 1, output: 2, ..Usage::default() }),
            Event::Stop(Stop::End),
            Event::End,
        ],
    );
    assert_eq!(
        chunks,
        [
            r#"{"role":"assistant","content":""}"#,
            r#"{"content":"a\"b"}"#,
            ": ping",
            r#"{"content":"c"}"#,
            r#"{},"finish_reason":"stop"}]}"#,
            "data: [DONE]"
        ]
    );
}

#[test]
fn usage_is_told_to_who_asked_in_a_chunk_without_choices() {
    let wish = Wish { stream_usage: true, ..wish() };
    let events =
        [start(), Event::Usage(Usage { input: 1, ..Usage::default() }), Event::Stop(Stop::End), Event::End];
    let chunks = write(&wish, &events);
    assert_eq!(chunks[1], r#"{},"finish_reason":"stop"}],"usage":null}"#);
    assert!(chunks[2].starts_with(r#""choices":[],"usage":{"prompt_tokens":1,"#), "{}", chunks[2]);
    assert_eq!(chunks[3], "data: [DONE]");
}

#[test]
fn calls_are_counted_as_calls_and_have_arguments() {
    let chunks = write(
        &wish(),
        &[
            start(),
            Event::Open(0, Opening::Text),
            Event::Close(0),
            call(1, "a", "f"),
            call(2, "b", "g"),
            Event::Input(2, "{\"x\":".into()),
            Event::Input(2, "1}".into()),
            Event::Close(1),
            Event::Close(2),
            Event::Stop(Stop::End),
        ],
    );
    assert_eq!(
        chunks[1..],
        [
            r#"{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]}"#,
            r#"{"tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":""}}]}"#,
            r#"{"tool_calls":[{"index":1,"function":{"arguments":"{\"x\":"}}]}"#,
            r#"{"tool_calls":[{"index":1,"function":{"arguments":"1}"}}]}"#,
            r#"{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}"#,
            r#"{},"finish_reason":"tool_calls"}]}"#
        ]
    );
}

#[test]
fn a_tool_of_free_text_gets_its_text() {
    let wish = Wish { free: ["patch".to_owned()].into(), ..wish() };
    let chunks = write(
        &wish,
        &[
            start(),
            call(0, "a", "patch"),
            Event::Input(0, "{\"input\":\"x\\".into()),
            Event::Input(0, "ny\"}".into()),
            Event::Close(0),
        ],
    );
    assert_eq!(
        chunks[1..],
        [
            r#"{"tool_calls":[{"index":0,"id":"a","type":"custom","custom":{"name":"patch","input":""}}]}"#,
            r#"{"tool_calls":[{"index":0,"custom":{"input":"x\ny"}}]}"#
        ]
    );
}

#[test]
fn thinking_is_told_as_text_and_its_seal_behind_it() {
    let seal = |text: &'static str| Seal::Signature(text.into());
    let chunks = write(
        &wish(),
        &[
            start(),
            Event::Open(0, Opening::Thinking),
            Event::Text(0, "one".into()),
            Event::Seal(0, seal("S1")),
            Event::Close(0),
            Event::Open(1, Opening::Thinking),
            Event::Text(1, "two".into()),
            Event::Seal(1, seal("S2")),
            Event::Close(1),
            Event::Open(2, Opening::Thinking),
            Event::Seal(2, Seal::Redacted("R".into())),
            Event::Close(2),
            Event::Open(3, Opening::Thinking),
            Event::Text(3, "plain".into()),
            Event::Close(3),
        ],
    );
    assert_eq!(
        chunks[1..],
        [
            r#"{"reasoning_content":"one"}"#,
            r#"{"reasoning_details":[{"type":"reasoning.text","text":"","signature":"zephyr-signature:S1","index":0}]}"#,
            r#"{"reasoning_content":"two"}"#,
            r#"{"reasoning_details":[{"type":"reasoning.text","text":"two","signature":"zephyr-signature:S2","index":1}]}"#,
            r#"{"reasoning_details":[{"type":"reasoning.encrypted","data":"zephyr-redacted:R","index":2}]}"#,
            r#"{"reasoning_content":"plain"}"#,
            r#"{"reasoning_details":[{"type":"reasoning.text","text":"plain","index":3}]}"#
        ]
    );
}

#[test]
fn a_refusal_ends_with_stop_and_a_filter_as_one() {
    let refusal = [Event::Open(0, Opening::Refusal), Event::Text(0, "no".into()), Event::Close(0)];
    let mut events = vec![start()];
    events.extend(refusal);
    events.push(Event::Stop(Stop::Refusal));
    let chunks = write(&wish(), &events);
    assert_eq!(chunks[1..], [r#"{"refusal":"no"}"#, r#"{},"finish_reason":"stop"}]}"#]);
    let chunks = write(&wish(), &[start(), Event::Stop(Stop::Refusal)]);
    assert_eq!(chunks[1], r#"{},"finish_reason":"content_filter"}]}"#);
}

#[test]
fn what_the_endpoint_does_not_say_is_the_wish() {
    let mut out = Vec::new();
    let start = Event::Start { id: "".into(), model: "".into(), created: None };
    Encoder::new(&wish()).event(&start, &mut out);
    let text = String::from_utf8(out).expect("text");
    let head = r#"data: {"id":"chatcmpl-w1","object":"chat.completion.chunk","created":7,"model":"asked","#;
    assert!(text.starts_with(head), "{text}");
}

#[test]
fn an_error_is_an_object_and_no_end() {
    let chunks =
        write(&wish(), &[start(), Event::Error { kind: "overloaded_error".into(), message: "m".into() }]);
    assert!(
        chunks[1].starts_with(r#"data: {"error":{"#) && chunks[1].contains(r#""message":"m""#),
        "{}",
        chunks[1]
    );
    assert_eq!(chunks.len(), 2);
}
