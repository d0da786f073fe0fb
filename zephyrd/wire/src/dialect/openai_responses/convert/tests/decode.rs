//! What the events of an endpoint mean.

use super::*;
use crate::form::{Opening, Seal, Stop};
use crate::usage::Usage;

const CREATED: &str = r#"{"type":"response.created","response":{"id":"resp_1","model":"gpt","created_at":1700000000.0,"output":[]}}"#;
const COMPLETED: &str = r#"{"type":"response.completed","response":{"id":"resp_1","status":"completed","output":[],"usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":4},"output_tokens":5,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":15}}}"#;

fn started() -> Event<'static> {
    Event::Start { id: "resp_1".into(), model: "gpt".into(), created: Some(1_700_000_000) }
}

/// The events between the start and the end, and the stop.
fn between(events: &[&str]) -> (Vec<Event<'static>>, Stop<'static>) {
    let mut all = vec![CREATED];
    all.extend_from_slice(events);
    all.push(COMPLETED);
    let mut events = decode(&all);
    assert_eq!(events.remove(0), started());
    assert_eq!(events.pop(), Some(Event::End));
    let Some(Event::Stop(stop)) = events.pop() else { panic!("no stop") };
    let usage = Usage { input: 6, output: 5, cache_read: 4, reasoning: 2, ..Usage::default() };
    assert_eq!(events.pop(), Some(Event::Usage(usage)));
    (events, stop)
}

fn call(id: &'static str, name: &'static str) -> Opening<'static> {
    Opening::Call { id: id.into(), name: name.into() }
}

#[test]
fn a_text_comes_as_it_is_written() {
    let (events, stop) = between(&[
        r#"{"type":"response.output_item.added","output_index":0,"item":{"id":"msg_1","type":"message","content":[]}}"#,
        r#"{"type":"response.content_part.added","output_index":0,"content_index":0,"part":{"type":"output_text","text":""}}"#,
        r#"{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"a\ud83d","logprobs":[],"obfuscation":"x"}"#,
        r#"{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"\ude00"}"#,
        r#"{"type":"response.output_text.done","output_index":0,"content_index":0,"text":"a\ud83d\ude00"}"#,
        r#"{"type":"response.output_item.done","output_index":0,"item":{"id":"msg_1","type":"message","content":[{"type":"output_text","text":"a\ud83d\ude00"}]}}"#,
    ]);
    let said: Vec<Event<'_>> = events.into_iter().filter(|event| *event != Event::Ping).collect();
    assert_eq!(
        said,
        [
            Event::Open(0, Opening::Text),
            Event::Text(0, "a".into()),
            Event::Text(0, "😀".into()),
            Event::Close(0)
        ]
    );
    assert_eq!(stop, Stop::End);
}

#[test]
fn what_comes_in_done_events_alone_is_given_then() {
    for done in [
        r#"{"type":"response.output_text.done","output_index":0,"content_index":0,"text":"whole"}"#,
        r#"{"type":"response.output_item.done","output_index":0,"item":{"type":"message","content":[{"type":"output_text","text":"whole"}]}}"#,
    ] {
        let want = [Event::Open(0, Opening::Text), Event::Text(0, "whole".into()), Event::Close(0)];
        assert_eq!(between(&[done]).0, want);
    }
    let arguments =
        r#"{"type":"response.function_call_arguments.done","output_index":0,"arguments":"{\"a\":1}"}"#;
    let added = r#"{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","call_id":"c","name":"f","arguments":""}}"#;
    let done = r#"{"type":"response.output_item.done","output_index":0,"item":{"type":"function_call","call_id":"c","name":"f","arguments":"{\"a\":1}"}}"#;
    for events in [&[added, arguments, done][..], &[added, done], &[done], &[arguments, done]] {
        let (events, stop) = between(events);
        let want = [Event::Open(0, call("c", "f")), Event::Input(0, r#"{"a":1}"#.into()), Event::Close(0)];
        assert_eq!((events.as_slice(), stop), (&want[..], Stop::Tools));
    }
}

#[test]
fn interleaved_calls_keep_their_blocks() {
    let delta = |place: u32, delta: &str| {
        format!(
            r#"{{"type":"response.function_call_arguments.delta","output_index":{place},"delta":{}}}"#,
            Value::from(delta)
        )
    };
    let item = |kind: &str, place: u32, name: &str| {
        format!(
            r#"{{"type":"response.output_item.{kind}","output_index":{place},"item":{{"type":"function_call","id":"fc","call_id":"c{place}","name":"{name}","arguments":"x"}}}}"#
        )
    };
    let stream = [
        item("added", 3, "f"),
        item("added", 5, ""),
        delta(3, "{\"a\":"),
        delta(5, "{\"b\":"),
        delta(3, "1}"),
        delta(5, "2}"),
        item("done", 5, "g"),
        item("done", 3, "f"),
    ];
    let stream: Vec<&str> = stream.iter().map(String::as_str).collect();
    assert_eq!(
        between(&stream).0,
        [
            Event::Open(0, call("c3", "f")),
            Event::Input(0, "{\"a\":".into()),
            Event::Input(0, "1}".into()),
            Event::Open(1, call("c5", "g")),
            Event::Input(1, "{\"b\":2}".into()),
            Event::Close(1),
            Event::Close(0),
        ]
    );
}

#[test]
fn free_text_becomes_an_object() {
    let (events, _) = between(&[
        r#"{"type":"response.output_item.added","output_index":0,"item":{"type":"custom_tool_call","call_id":"c","name":"patch","input":""}}"#,
        r#"{"type":"response.custom_tool_call_input.delta","output_index":0,"delta":"a\n"}"#,
        r#"{"type":"response.custom_tool_call_input.delta","output_index":0,"delta":"\"b"}"#,
        r#"{"type":"response.custom_tool_call_input.done","output_index":0,"input":"a\n\"b"}"#,
        r#"{"type":"response.output_item.done","output_index":0,"item":{"type":"custom_tool_call","call_id":"c","name":"patch","input":"a\n\"b"}}"#,
    ]);
    let input: String = events
        .iter()
        .filter_map(|event| match event {
            Event::Input(0, input) => Some(input.as_ref()),
            _ => None,
        })
        .collect();
    assert_eq!(input, r#"{"input":"a\n\"b"}"#);
}

#[test]
fn thinking_is_one_block_with_its_seal() {
    let (events, _) = between(&[
        r#"{"type":"response.output_item.added","output_index":0,"item":{"type":"reasoning","id":"rs_1","summary":[]}}"#,
        r#"{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"a"}"#,
        r#"{"type":"response.reasoning_summary_text.done","output_index":0,"summary_index":0,"text":"a"}"#,
        r#"{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":1,"delta":"b"}"#,
        r#"{"type":"response.reasoning_text.delta","output_index":0,"content_index":0,"delta":"the same at length"}"#,
        r#"{"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"a"},{"type":"summary_text","text":"b"}],"encrypted_content":"gAAA"}}"#,
    ]);
    let seal = Seal::Item { id: "rs_1".into(), content: "gAAA".into() };
    assert_eq!(
        events,
        [
            Event::Open(0, Opening::Thinking),
            Event::Text(0, "a".into()),
            Event::Text(0, "\n\n".into()),
            Event::Text(0, "b".into()),
            Event::Seal(0, seal.clone()),
            Event::Close(0)
        ]
    );
    let silent = r#"{"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAA"}}"#;
    assert_eq!(
        between(&[silent]).0,
        [Event::Open(0, Opening::Thinking), Event::Seal(0, seal), Event::Close(0)]
    );
    let empty = r#"{"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning","id":"rs_1","summary":[]}}"#;
    assert_eq!(between(&[empty]).0, []);
    let open = r#"{"type":"response.reasoning_text.delta","output_index":0,"content_index":0,"delta":"hm"}"#;
    assert_eq!(between(&[open]).0.len(), 3);
}

#[test]
fn a_refusal_ends_as_one() {
    let (events, stop) = between(&[
        r#"{"type":"response.refusal.delta","output_index":0,"content_index":0,"delta":"no"}"#,
        r#"{"type":"response.refusal.done","output_index":0,"content_index":0,"refusal":"no"}"#,
    ]);
    assert_eq!(events, [Event::Open(0, Opening::Refusal), Event::Text(0, "no".into()), Event::Close(0)]);
    assert_eq!(stop, Stop::Refusal);
}

#[test]
fn parts_of_one_message_are_blocks_of_their_own() {
    let (events, _) = between(&[
        r#"{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"a"}"#,
        r#"{"type":"response.output_text.done","output_index":0,"content_index":0,"text":"a"}"#,
        r#"{"type":"response.output_text.delta","output_index":0,"content_index":1,"delta":"b"}"#,
    ]);
    assert_eq!(
        events,
        [
            Event::Open(0, Opening::Text),
            Event::Text(0, "a".into()),
            Event::Close(0),
            Event::Open(1, Opening::Text),
            Event::Text(1, "b".into()),
            Event::Close(1)
        ]
    );
}

#[test]
fn an_answer_in_the_last_event_alone_is_given_there() {
    let last = r#"{"type":"response.completed","response":{"id":"resp_2","model":"m","status":"completed","output":[
        {"type":"reasoning","id":"rs","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"g"},
        {"type":"message","content":[{"type":"output_text","text":"hi"},{"type":"output_text","text":""}]},
        {"type":"function_call","call_id":"c","name":"f","arguments":"{}"}]}}"#;
    let events = decode(&[last]);
    let opened = events.iter().filter(|event| matches!(event, Event::Open(..))).count();
    assert_eq!((opened, events.last()), (3, Some(&Event::End)));
    assert!(events.contains(&Event::Stop(Stop::Tools)));
}

#[test]
fn an_incomplete_answer_says_why() {
    for (reason, want) in [
        ("max_output_tokens", Stop::Length),
        ("content_filter", Stop::Refusal),
        ("steered", Stop::Pause),
        ("new", Stop::Length),
    ] {
        let last = format!(
            r#"{{"type":"response.incomplete","response":{{"status":"incomplete","incomplete_details":{{"reason":"{reason}"}},"output":[]}}}}"#
        );
        let events = decode(&[CREATED, &last]);
        assert_eq!(events[1..], [Event::Stop(want), Event::End]);
    }
}

#[test]
fn failures_tell_kind_and_words_and_no_end() {
    for (told, kind) in [
        (
            r#"{"type":"response.failed","response":{"status":"failed","error":{"code":"context_length_exceeded","message":"m"}}}"#,
            "context_length_exceeded",
        ),
        (
            r#"{"type":"error","code":"rate_limit_exceeded","message":"m","param":null}"#,
            "rate_limit_exceeded",
        ),
        (r#"{"type":"error","error":{"type":"server_error","code":"x","message":"m"}}"#, "server_error"),
    ] {
        let events = decode(&[CREATED, told, COMPLETED]);
        assert_eq!(events[1..], [Event::Error { kind: kind.into(), message: "m".into() }]);
    }
}

#[test]
fn a_cut_stream_has_no_end() {
    let events = decode(&[CREATED, r#"{"type":"response.output_text.delta","output_index":0,"delta":"a"}"#]);
    assert!(!events.contains(&Event::End));
    let mut decoder = Convert.decoder();
    decoder.event(b"", CREATED.as_bytes(), &mut |_| ()).expect("a start");
    decoder.finish(&mut |event| panic!("{event:?}")).expect("nothing more");
}

#[test]
fn what_cannot_be_is_unsound() {
    for data in [
        "{",
        "nonsense",
        r#"{"type":"response.output_item.done","item":{"type":"function_call","call_id":"c","arguments":"{}"}}"#,
        r#"{"type":"response.output_item.done","item":{"type":"function_call","name":"f","arguments":"{}"}}"#,
        r#"{"type":"response.completed"}"#,
    ] {
        assert!(Convert.decoder().event(b"", data.as_bytes(), &mut |_| ()).is_err(), "{data}");
    }
}

#[test]
fn what_the_vendors_tools_do_is_a_sign_of_life() {
    let (events, _) = between(&[
        r#"{"type":"response.output_item.added","output_index":0,"item":{"type":"web_search_call","id":"w"}}"#,
        r#"{"type":"response.web_search_call.searching","output_index":0}"#,
        r#"{"type":"response.output_item.done","output_index":0,"item":{"type":"web_search_call","id":"w"}}"#,
    ]);
    assert_eq!(events, [Event::Ping]);
}
