//! The decoder, chunk by chunk: what servers send and what it means.

use super::Decoder;
use crate::form::{Event, Opening, Seal, Stop};
use crate::translate::Decode;
use crate::usage::Usage;
use crate::whole::Unsound;

/// What the chunks of a stream mean, one short text an event. Usage is shown as input/output, in brackets what follows
/// the close of the connection.
fn read(chunks: &[&str]) -> Result<Vec<String>, Unsound> {
    let mut decoder = Decoder::default();
    let mut out = Vec::new();
    for chunk in chunks {
        decoder.event(b"", chunk.as_bytes(), &mut |event| out.push(shown(&event)))?;
    }
    let mut rest = Vec::new();
    decoder.finish(&mut |event| rest.push(format!("({})", shown(&event))))?;
    out.extend(rest);
    Ok(out)
}

fn shown(event: &Event<'_>) -> String {
    match event {
        Event::Start { id, model, created } => format!("start {id} {model} {}", created.unwrap_or(0)),
        Event::Open(n, Opening::Call { id, name }) => format!("{n}+ {name} {id}"),
        Event::Open(n, opening) => format!("{n}+ {opening:?}").to_lowercase(),
        Event::Text(n, text) => format!("{n}: {text}"),
        Event::Input(n, text) => format!("{n}= {text}"),
        Event::Seal(n, Seal::Details(json)) => format!("{n}! {json}"),
        Event::Seal(n, seal) => format!("{n}! {seal:?}"),
        Event::Close(n) => format!("{n}-"),
        Event::Usage(Usage { input, output, .. }) => format!("usage {input}/{output}"),
        Event::Stop(stop) => format!("stop {stop:?}").to_lowercase(),
        Event::End => "end".to_owned(),
        Event::Error { kind, message } => format!("error {kind}: {message}"),
        Event::Ping => "ping".to_owned(),
    }
}

/// A chunk with this delta, and with this one as its last.
fn chunk(delta: &str, finish: &str) -> String {
    format!(
        r#"{{"id":"c1","object":"chat.completion.chunk","created":5,"model":"m","choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}]}}"#
    )
}

/// The stream of these deltas, with its head and its end cut off: what is between `start` and `stop`.
fn deltas(deltas: &[&str]) -> Vec<String> {
    let mut chunks: Vec<String> = deltas.iter().map(|delta| chunk(delta, "null")).collect();
    chunks.push(chunk("{}", "\"stop\""));
    chunks.push("[DONE]".to_owned());
    let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
    let events = read(&chunks).expect("a sound stream");
    assert_eq!(events.first().map(String::as_str), Some("start c1 m 5"), "{events:?}");
    assert!(
        events.iter().rev().take(2).eq(["end", if called(&events) { "stop tools" } else { "stop end" }]),
        "{events:?}"
    );
    events[1..events.len() - 2].to_vec()
}

fn called(events: &[String]) -> bool {
    events.iter().any(|event| event.contains("call_") || event.contains("+ f"))
}

#[test]
fn text_comes_as_it_is_told() {
    let events = deltas(&[
        r#"{"role":"assistant","content":""}"#,
        r#"{"content":"Hel"}"#,
        r#"{"content":"lo\n"}"#,
        r#"{"content":"!","tool_calls":null}"#,
    ]);
    assert_eq!(events, ["0+ text", "0: Hel", "0: lo\n", "0: !", "0-"]);
}

#[test]
fn thinking_of_every_kind_stands_before_the_text() {
    for field in ["reasoning_content", "reasoning"] {
        let thought = format!(r#"{{"content":null,"{field}":"hm"}}"#);
        let events = deltas(&[&thought, &thought, r#"{"content":"a"}"#]);
        assert_eq!(events, ["0+ thinking", "0: hm", "0: hm", "0-", "1+ text", "1: a", "1-"], "{field}");
    }
    let both = r#"{"reasoning":"hm","reasoning_content":"hm"}"#;
    assert_eq!(deltas(&[both]), ["0+ thinking", "0: hm", "0-"]);
}

#[test]
fn tags_of_thinking_stay_text() {
    assert_eq!(deltas(&[r#"{"content":"<think>hm</think>"}"#]), ["0+ text", "0: <think>hm</think>", "0-"]);
}

#[test]
fn parts_of_a_content_are_told_apart() {
    let events = deltas(&[
        r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]}"#,
        r#"{"content":[{"type":"text","text":"a"}]}"#,
        r#"{"content":"b"}"#,
    ]);
    assert_eq!(events, ["0+ thinking", "0: hm", "0-", "1+ text", "1: a", "1: b", "1-"]);
}

#[test]
fn a_character_cut_in_two_is_whole_again() {
    let events = deltas(&[r#"{"content":"\ud83d"}"#, r#"{"content":"\ude00"}"#, r#"{"content":"x"}"#]);
    assert_eq!(events, ["0+ text", "0: 😀", "0: x", "0-"]);
    let events = deltas(&[
        r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"a\":\"\ud83d"}}]}"#,
        r#"{"tool_calls":[{"index":0,"function":{"arguments":"\ude00\"}"}}]}"#,
    ]);
    assert_eq!(events, ["0+ f a", "0= {\"a\":\"", "0= 😀\"}", "0-"]);
}

#[test]
fn a_call_streams_while_it_comes() {
    let events = deltas(&[
        r#"{"content":"I"}"#,
        r#"{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]}"#,
        r#"{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\""}}]}"#,
        r#"{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}"#,
        r#"{"content":"so"}"#,
    ]);
    assert_eq!(
        events,
        ["0+ text", "0: I", "0-", "1+ f a", "1= {\"x\"", "1= :1}", "1-", "2+ text", "2: so", "2-"]
    );
}

#[test]
fn calls_that_come_in_turns_keep_their_blocks() {
    let events = deltas(&[
        r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{"}},{"index":1,"id":"b","function":{"name":"f2","arguments":"{"}}]}"#,
        r#"{"tool_calls":[{"index":1,"function":{"arguments":"}"}}]}"#,
        r#"{"tool_calls":[{"index":0,"function":{"arguments":"}"}}]}"#,
    ]);
    assert_eq!(events, ["0+ f a", "0= {", "1+ f2 b", "1= {", "1= }", "0= }", "0-", "1-"]);
}

#[test]
fn a_name_may_be_late_empty_or_repeated() {
    for pieces in [
        [
            r#"{"index":0,"id":"a","function":{"name":"","arguments":"{"}}"#,
            r#"{"index":0,"function":{"name":"f"}}"#,
            r#"{"index":0,"function":{"arguments":"}"}}"#,
        ],
        [
            r#"{"index":0,"id":"a","function":{"arguments":"{"}}"#,
            r#"{"index":0,"id":"a","function":{"name":"f","arguments":""}}"#,
            r#"{"index":0,"id":"a","function":{"name":"f","arguments":"}"}}"#,
        ],
        [
            r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}"#,
            r#"{"index":0,"id":"a","function":{"name":"","arguments":"}"}}"#,
            r#"{"index":0,"id":"b","function":{"name":null,"arguments":""}}"#,
        ],
    ] {
        let pieces: Vec<String> =
            pieces.iter().map(|piece| format!(r#"{{"tool_calls":[{piece}]}}"#)).collect();
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        assert_eq!(deltas(&pieces), ["0+ f a", "0= {", "0= }", "0-"], "{pieces:?}");
    }
}

#[test]
fn calls_without_an_index_are_told_apart() {
    let whole = |id: &str, name: &str| {
        format!(r#"{{"tool_calls":[{{{id}"function":{{"name":"{name}","arguments":"{{}}"}}}}]}}"#)
    };
    // By id, and by name.
    let (a, b) = (whole(r#""id":"a","#, "f"), whole(r#""id":"b","#, "f"));
    assert_eq!(deltas(&[&a, &b]), ["0+ f a", "0= {}", "0-", "1+ f b", "1= {}", "1-"]);
    let (a, b) = (whole("", "f"), whole("", "f2"));
    assert_eq!(deltas(&[&a, &b]), ["0+ f call_c1_0", "0= {}", "0-", "1+ f2 call_c1_1", "1= {}", "1-"]);
    // By order, where a piece says nothing of itself.
    let more = r#"{"tool_calls":[{"function":{"arguments":"{\"a\":"}}]}"#;
    let rest = r#"{"tool_calls":[{"function":{"arguments":"1}"}}]}"#;
    let first = r#"{"tool_calls":[{"id":"a","function":{"name":"f"}}]}"#;
    assert_eq!(deltas(&[first, more, rest]), ["0+ f a", "0= {\"a\":", "0= 1}", "0-"]);
}

#[test]
fn calls_that_are_all_numbered_0_are_told_apart_by_id_and_name() {
    let whole = |id: &str| {
        format!(
            r#"{{"tool_calls":[{{"index":0,"id":"{id}","function":{{"name":"f","arguments":"{{}}"}}}}]}}"#
        )
    };
    assert_eq!(deltas(&[&whole("a"), &whole("b")]), ["0+ f a", "0= {}", "0-", "1+ f b", "1= {}", "1-"]);
}

#[test]
fn arguments_are_an_object_or_nothing() {
    for (arguments, want) in [
        (r#""""#, &["0+ f a", "0-"][..]),
        ("null", &["0+ f a", "0-"]),
        (r#""null""#, &["0+ f a", "0-"]),
        (r#"{"x":[1]}"#, &["0+ f a", "0= {\"x\":[1]}", "0-"]),
        (r#""{\"x\":1}{\"x\":1}""#, &["0+ f a", "0= {\"x\":1}", "0-"]),
    ] {
        let delta = format!(
            r#"{{"tool_calls":[{{"index":0,"id":"a","function":{{"name":"f","arguments":{arguments}}}}}]}}"#
        );
        assert_eq!(deltas(&[&delta]), want, "{arguments}");
    }
}

#[test]
fn the_one_call_of_old_is_read() {
    let events = deltas(&[
        r#"{"function_call":{"name":"f","arguments":""}}"#,
        r#"{"function_call":{"arguments":"{\"a\":"}}"#,
        r#"{"function_call":{"arguments":"1}"}}"#,
    ]);
    assert_eq!(events, ["0+ f call_c1_0", "0= {\"a\":", "0= 1}", "0-"]);
}

#[test]
fn the_end_waits_for_what_comes_behind_the_finish_reason() {
    let usage = r#"{"id":"c1","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2}}"#;
    let events = read(&[&chunk(r#"{"content":"a"}"#, "\"stop\""), usage, "[DONE]"]).expect("sound");
    assert_eq!(events, ["start c1 m 5", "0+ text", "0: a", "usage 7/2", "0-", "stop end", "end"]);
    let calls = r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f"}}]}"#;
    let events = read(&[&chunk("{}", "\"tool_calls\""), &chunk(calls, "null"), "[DONE]"]).expect("sound");
    assert_eq!(events, ["start c1 m 5", "0+ f a", "0-", "stop tools", "end"]);
}

#[test]
fn a_close_behind_a_finish_reason_is_an_end_and_no_other_close_is() {
    let text = chunk(r#"{"content":"a"}"#, "null");
    let events = read(&[&text, &chunk("{}", "\"length\"")]).expect("sound");
    assert_eq!(events[3..], ["(0-)", "(stop length)", "(end)"]);
    assert_eq!(read(&[&text]).expect("sound"), ["start c1 m 5", "0+ text", "0: a"]);
    assert_eq!(read(&[&text, "[DONE]"]).expect("sound")[3..], ["0-", "stop end", "end"]);
    assert!(read(&["[DONE]"]).is_err());
}

#[test]
fn usage_in_every_chunk_is_told_and_the_last_counts() {
    let told = |n: u32| {
        format!(
            r#"{{"id":"c1","model":"m","created":5,"choices":[{{"index":0,"delta":{{"content":"a"}},"finish_reason":null}}],"usage":{{"prompt_tokens":9,"completion_tokens":{n}}}}}"#
        )
    };
    let events = read(&[&told(1), &told(2), &chunk("{}", "\"stop\""), "[DONE]"]).expect("sound");
    assert_eq!(
        events,
        ["start c1 m 5", "0+ text", "0: a", "usage 9/1", "0: a", "usage 9/2", "0-", "stop end", "end"]
    );
}

#[test]
fn a_first_chunk_without_choices_does_not_begin() {
    let azure =
        r#"{"id":"","model":"","created":0,"choices":[],"prompt_filter_results":[{"prompt_index":0}]}"#;
    let events = read(&[azure, &chunk(r#"{"role":"assistant","content":""}"#, "null")]).expect("sound");
    assert_eq!(events, ["start c1 m 5"]);
}

#[test]
fn only_the_first_choice_is_read() {
    let two = r#"{"id":"c1","model":"m","created":5,"choices":[{"index":1,"delta":{"content":"b"}},{"index":0,"delta":{"content":"a"}}]}"#;
    let other = r#"{"id":"c1","model":"m","created":5,"choices":[{"index":1,"delta":{"content":"b"},"finish_reason":"stop"}]}"#;
    assert_eq!(read(&[two, other]).expect("sound"), ["start c1 m 5", "0+ text", "0: a"]);
}

#[test]
fn an_absent_delta_is_nothing_and_a_whole_message_is_one() {
    let null =
        r#"{"id":"c1","model":"m","created":5,"choices":[{"index":0,"delta":null,"finish_reason":null}]}"#;
    assert_eq!(read(&[null]).expect("sound"), ["start c1 m 5"]);
    let whole = r#"{"id":"c1","model":"m","created":5,"choices":[{"index":0,"message":{"content":"a"},"finish_reason":"stop"}]}"#;
    assert_eq!(read(&[whole, "[DONE]"]).expect("sound")[1..], ["0+ text", "0: a", "0-", "stop end", "end"]);
}

#[test]
fn errors_end_the_stream_without_an_end() {
    let text = chunk(r#"{"content":"a"}"#, "null");
    for (error, want) in [
        (r#"{"error":{"message":"m","code":429}}"#.to_owned(), "error rate_limit_error: m"),
        (
            chunk("{}", "\"insufficient_system_resource\""),
            "error overloaded_error: the endpoint broke its answer off: insufficient_system_resource",
        ),
    ] {
        let events = read(&[&text, &error, "[DONE]"]).expect("sound");
        assert_eq!(events[3..], [want], "{error}");
    }
}

#[test]
fn what_is_no_chunk_is_unsound() {
    let text = chunk(r#"{"content":"a"}"#, "null");
    for other in ["<html>", "[1]", "{\"choices\":[1]}", "{\"choices\":{}}"] {
        assert!(read(&[&text, other]).is_err(), "{other}");
    }
    assert!(read(&[&text, ""]).is_ok());
}

#[test]
fn a_call_that_never_gets_a_name_is_unsound_only_with_arguments() {
    let call = |arguments: &str| {
        chunk(
            &format!(r#"{{"tool_calls":[{{"index":0,"id":"a","function":{{"arguments":"{arguments}"}}}}]}}"#),
            "null",
        )
    };
    assert!(read(&[&call("{}"), "[DONE]"]).is_err());
    assert_eq!(read(&[&call(""), "[DONE]"]).expect("sound")[1..], ["stop end", "end"]);
}

#[test]
fn details_are_put_together_and_given_with_their_block() {
    let events = deltas(&[
        r#"{"content":"","reasoning":"h","reasoning_details":[{"type":"reasoning.text","text":"h","format":"x","index":0}]}"#,
        r#"{"content":"","reasoning":"m","reasoning_details":[{"type":"reasoning.text","text":"m","format":"x","index":0}]}"#,
        r#"{"content":"","reasoning_details":[{"type":"reasoning.text","signature":"S","format":"x","index":0}]}"#,
        r#"{"content":"a"}"#,
        r#"{"reasoning_details":[{"type":"reasoning.encrypted","data":"E","id":"r","index":1}]}"#,
    ]);
    assert_eq!(
        events,
        [
            "0+ thinking",
            "0: h",
            "0: m",
            r#"0! [{"type":"reasoning.text","text":"hm","format":"x","index":0,"signature":"S"}]"#,
            "0-",
            "1+ text",
            "1: a",
            "1-",
            "2+ thinking",
            r#"2! [{"type":"reasoning.encrypted","data":"E","id":"r","index":1}]"#,
            "2-"
        ]
    );
}

#[test]
fn details_that_are_words_alone_are_thinking_without_a_seal() {
    let events =
        deltas(&[r#"{"reasoning_details":[{"type":"reasoning.summary","summary":"hm","index":0}]}"#]);
    assert_eq!(events, ["0+ thinking", "0: hm", "0-"]);
}

#[test]
fn a_refusal_ends_as_one() {
    let events = read(&[&chunk(r#"{"refusal":"no"}"#, "\"stop\""), "[DONE]"]).expect("sound");
    assert_eq!(events[1..], ["0+ refusal", "0: no", "0-", "stop refusal", "end"]);
}

#[test]
fn a_repeated_chunk_is_read_the_same_with_and_without_padding() {
    let padded = |text: &str, pad: &str| {
        format!(
            r#"{{"id":"c1","model":"m","created":5,"choices":[{{"index":0,"delta":{{"content":"{text}"}},"finish_reason":null}}],"usage":null,"obfuscation":"{pad}"}}"#
        )
    };
    let chunks: Vec<String> =
        [("a", "x"), ("b\\n", "yy"), ("", ""), ("c", "z")].map(|(t, p)| padded(t, p)).into();
    let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
    assert_eq!(read(&chunks).expect("sound"), ["start c1 m 5", "0+ text", "0: a", "0: b\n", "0: c"]);
}

#[test]
fn a_stop_is_what_the_vendor_says_where_nothing_contradicts() {
    for (word, want) in
        [("length", Stop::Length), ("content_filter", Stop::Refusal), ("eos_token", Stop::End)]
    {
        let events = read(&[&chunk("{}", &format!("\"{word}\"")), "[DONE]"]).expect("sound");
        assert_eq!(events[1], format!("stop {want:?}").to_lowercase(), "{word}");
    }
}
