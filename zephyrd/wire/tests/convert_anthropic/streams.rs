//! Streams, both ways.

use serde_json::Value;
use zephyr_wire::form::{Event, Opening, Seal, Stop};
use zephyr_wire::usage::Usage;
use zephyr_wire::whole::Unsound;

use super::{messages, wish};

/// What the decoder tells of these events' data.
fn decoded(events: &[&str]) -> Result<Vec<Event<'static>>, Unsound> {
    let mut decoder = messages().decoder();
    let mut all = Vec::new();
    for data in events {
        decoder.event(b"", data.as_bytes(), &mut |event| all.push(event.into_owned()))?;
    }
    Ok(all)
}

/// What the encoder writes for these events: name and data of each.
fn encoded(events: &[Event<'_>]) -> Vec<(String, Value)> {
    let mut encoder = messages().encoder(&wish());
    let mut out = Vec::new();
    for event in events {
        encoder.event(event, &mut out);
    }
    let text = String::from_utf8(out).expect("text");
    let blocks = text.split("\n\n").filter(|block| !block.is_empty());
    blocks
        .map(|block| {
            let (name, data) = block.split_once('\n').expect("two lines");
            let name = name.strip_prefix("event: ").expect("a name").to_owned();
            let data = data.strip_prefix("data: ").expect("data");
            let data: Value = serde_json::from_str(data).expect("sound JSON");
            assert_eq!(data["type"], name);
            (name, data)
        })
        .collect()
}

const START: &str = r#"{"type":"message_start","message":{"id":"msg_1","model":"m","content":[],"usage":{"input_tokens":3,"output_tokens":1}}}"#;

fn start() -> Event<'static> {
    Event::Start { id: "msg_1".into(), model: "m".into(), created: None }
}

fn usage(input: u64, output: u64) -> Event<'static> {
    Event::Usage(Usage { input, output, ..Usage::default() })
}

fn call(at: u32, id: &'static str, name: &'static str) -> Event<'static> {
    Event::Open(at, Opening::Call { id: id.into(), name: name.into() })
}

#[test]
fn a_stream_is_read_in_the_order_that_is_promised() {
    let events = decoded(&[
        r#"{"type":"ping"}"#,
        START,
        r#"{"type":"ping"}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"Eq"}}"#,
        r#"{"type":"content_block_stop","index":0}"#,
        r#"{"type":"content_block_start","index":1,"content_block":{"type":"server_tool_use","id":"s","name":"web_search","input":{}}}"#,
        r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{}"}}"#,
        r#"{"type":"content_block_stop","index":1}"#,
        r#"{"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}}"#,
        r#"{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"a\ud83d"}}"#,
        r#"{"type":"content_block_delta","index":2,"delta":{"type":"citations_delta","citation":{}}}"#,
        r#"{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"\ude00"}}"#,
        r#"{"type":"content_block_stop","index":2}"#,
        r#"{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}"#,
        r#"{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":""}}"#,
        r#"{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{\"a\""}}"#,
        r#"{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":":1}"}}"#,
        r#"{"type":"content_block_stop","index":3}"#,
        r#"{"type":"of_tomorrow"}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":9}}"#,
        r#"{"type":"message_stop"}"#,
        "[DONE]",
    ])
    .expect("sound");
    let want = vec![
        start(),
        usage(3, 1),
        Event::Ping,
        Event::Open(0, Opening::Thinking),
        Event::Text(0, "hm".into()),
        Event::Seal(0, Seal::Signature("Eq".into())),
        Event::Close(0),
        Event::Open(1, Opening::Text),
        Event::Text(1, "a".into()),
        Event::Text(1, "😀".into()),
        Event::Close(1),
        call(2, "t", "f"),
        Event::Input(2, "{\"a\"".into()),
        Event::Input(2, ":1}".into()),
        Event::Close(2),
        usage(3, 9),
        Event::Stop(Stop::Tools),
        Event::End,
    ];
    assert_eq!(events, want);
}

#[test]
fn what_servers_tell_at_once_counts_as_if_it_had_come_in_pieces() {
    let events = decoded(&[
        START,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"hi"}}"#,
        r#"{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"d"}}"#,
        r#"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t","name":"f","input":{"a":1}}}"#,
        r#"{"type":"message_stop"}"#,
    ])
    .expect("sound");
    let want = [
        Event::Open(0, Opening::Text),
        Event::Text(0, "hi".into()),
        Event::Open(1, Opening::Thinking),
        Event::Seal(1, Seal::Redacted("d".into())),
        call(2, "t", "f"),
        Event::Close(0),
        Event::Close(1),
        Event::Input(2, r#"{"a":1}"#.into()),
        Event::Close(2),
        Event::Stop(Stop::Tools),
        Event::End,
    ];
    assert_eq!(events[2..], want);
}

#[test]
fn calls_that_come_in_turns_keep_their_blocks() {
    let events = decoded(&[
        START,
        r#"{"type":"content_block_start","index":4,"content_block":{"type":"tool_use","id":"a","name":"f","input":{}}}"#,
        r#"{"type":"content_block_start","index":7,"content_block":{"type":"tool_use","id":"b","name":"g","input":{}}}"#,
        r#"{"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":"{"}}"#,
        r#"{"type":"content_block_delta","index":7,"delta":{"type":"input_json_delta","partial_json":"["}}"#,
        r#"{"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":"}"}}"#,
    ])
    .expect("sound");
    let pieces = [Event::Input(0, "{".into()), Event::Input(1, "[".into()), Event::Input(0, "}".into())];
    assert_eq!(events[4..], pieces);
}

#[test]
fn a_refusal_before_the_first_word_becomes_a_block() {
    let events = decoded(&[
        START,
        r#"{"type":"message_delta","delta":{"stop_reason":"refusal","stop_details":{"type":"refusal","explanation":"no"}}}"#,
    ])
    .expect("sound");
    let want = [
        Event::Open(0, Opening::Refusal),
        Event::Text(0, "no".into()),
        Event::Close(0),
        Event::Stop(Stop::Refusal),
    ];
    assert_eq!(events[2..], want);
}

#[test]
fn an_error_is_told_and_a_cut_stream_has_no_end() {
    let error = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let want = Event::Error { kind: "overloaded_error".into(), message: "Overloaded".into() };
    assert_eq!(decoded(&[START, error]).expect("sound").last(), Some(&want));
    let cut = decoded(&[
        START,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"a"}}"#,
    ]);
    assert!(!cut.expect("sound").contains(&Event::End));
}

#[test]
fn what_cannot_be_a_stream_is_unsound() {
    for events in [
        &["x"][..],
        &[START, "{"],
        &[START, START],
        &[r#"{"type":"content_block_stop","index":0}"#],
        &[START, r#"{"type":"content_block_start","content_block":{"type":"text"}}"#],
        &[START, r#"{"type":"content_block_start","index":0}"#],
        &[
            START,
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","name":"f"}}"#,
        ],
    ] {
        assert!(decoded(events).is_err(), "{events:?}");
    }
}

#[test]
fn a_stream_is_written_in_the_order_that_strict_clients_want() {
    let events = encoded(&[
        Event::Start { id: "chatcmpl-1".into(), model: "gpt".into(), created: Some(1) },
        Event::Open(0, Opening::Thinking),
        Event::Text(0, "hm".into()),
        Event::Seal(0, Seal::Item { id: "rs".into(), content: "x".into() }),
        Event::Close(0),
        Event::Open(1, Opening::Text),
        Event::Text(1, "a\n\"b\"".into()),
        Event::Ping,
        call(2, "t1", "f"),
        call(3, "t2", "g"),
        Event::Input(3, "{\"x\"".into()),
        Event::Input(3, ":1}".into()),
        Event::Close(1),
        Event::Close(2),
        Event::Close(3),
        Event::Stop(Stop::End),
        Event::Usage(Usage { input: 5, output: 7, cache_read: 9, reasoning: 2, ..Usage::default() }),
        Event::End,
    ]);
    let lines: Vec<String> = events
        .iter()
        .map(|(name, data)| match name.as_str() {
            "message_start" => {
                format!(
                    "start {} {} {}",
                    data["message"]["id"], data["message"]["model"], data["message"]["usage"]["input_tokens"]
                )
            }
            "content_block_start" => format!("open {} {}", data["index"], data["content_block"]),
            "content_block_delta" => format!("delta {} {}", data["index"], data["delta"]),
            "content_block_stop" => format!("close {}", data["index"]),
            "message_delta" => format!("{} {}", data["delta"], data["usage"]),
            other => other.to_owned(),
        })
        .collect();
    let want = [
        r#"start "msg_chatcmpl-1" "gpt" 0"#,
        r#"open 0 {"signature":"","thinking":"","type":"thinking"}"#,
        r#"delta 0 {"thinking":"hm","type":"thinking_delta"}"#,
        r#"delta 0 {"signature":"zephyr-item:rs:x","type":"signature_delta"}"#,
        "close 0",
        r#"open 1 {"text":"","type":"text"}"#,
        r#"delta 1 {"text":"a\n\"b\"","type":"text_delta"}"#,
        "ping",
        r#"open 2 {"id":"t1","input":{},"name":"f","type":"tool_use"}"#,
        r#"open 3 {"id":"t2","input":{},"name":"g","type":"tool_use"}"#,
        r#"delta 3 {"partial_json":"{\"x\"","type":"input_json_delta"}"#,
        r#"delta 3 {"partial_json":":1}","type":"input_json_delta"}"#,
        "close 1",
        r#"delta 2 {"partial_json":"","type":"input_json_delta"}"#,
        "close 2",
        "close 3",
        r#"{"stop_reason":"tool_use","stop_sequence":null} {"cache_creation_input_tokens":0,"cache_read_input_tokens":9,"input_tokens":5,"output_tokens":7,"output_tokens_details":{"thinking_tokens":2}}"#,
        "message_stop",
    ];
    assert_eq!(lines, want);
}

#[test]
fn only_an_end_is_written_as_one() {
    let open = [start(), Event::Open(0, Opening::Text), Event::Text(0, "a".into()), Event::Stop(Stop::End)];
    let names: Vec<_> = encoded(&open).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["message_start", "content_block_start", "content_block_delta"]);
    let error = Event::Error { kind: "overloaded_error".into(), message: "m".into() };
    let told = encoded(&[error]);
    assert_eq!(told[0].1["error"]["type"], "overloaded_error");
    assert_eq!(told.len(), 1);
}
