//! Laws of `whole` over generated answers: what is scattered and gathered again is what it was, a cut stream is none, and no
//! bytes break it. The vectors beside this file say what the forms look like.
#![allow(clippy::expect_used, reason = "a test")]

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use zephyr_wire::dialect::{ALL, ANTHROPIC, Dialect, OPENAI_CHAT, OPENAI_RESPONSES};
use zephyr_wire::whole::{Scatter, gather, is_sound, scatter};

const WISH: Scatter = Scatter { include_usage: true };

/// Anything that JSON can say.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

fn object() -> impl Strategy<Value = Value> {
    proptest::collection::btree_map(any::<String>(), anything(), 0..4)
        .prop_map(|m| Value::Object(m.into_iter().collect()))
}

/// Members that no version of a dialect has.
fn unknown() -> impl Strategy<Value = Map<String, Value>> {
    proptest::collection::btree_map("x_[a-z]{1,3}", anything(), 0..3).prop_map(|m| m.into_iter().collect())
}

/// `value` with `more` members.
fn and(mut value: Value, more: Map<String, Value>) -> Value {
    value.as_object_mut().expect("an object").extend(more);
    value
}

fn blocks() -> impl Strategy<Value = Vec<Value>> {
    let text = (any::<String>(), proptest::option::of(proptest::collection::vec(object(), 0..3)))
        .prop_map(|(text, citations)| json!({"type": "text", "text": text, "citations": citations}));
    let thinking = (any::<String>(), any::<String>())
        .prop_map(|(text, signature)| json!({"type": "thinking", "thinking": text, "signature": signature}));
    let call = (prop_oneof!["tool_use", "server_tool_use", "mcp_tool_use"], object())
        .prop_map(|(kind, input)| json!({"type": kind, "id": "toolu_1", "name": "n", "input": input}));
    let other = prop_oneof![
        anything().prop_map(
            |c| json!({"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": c})
        ),
        any::<String>().prop_map(|d| json!({"type": "redacted_thinking", "data": d})),
        any::<String>().prop_map(|c| json!({"type": "compaction", "content": c, "encrypted_content": null})),
        anything().prop_map(|x| json!({"type": "of_next_year", "text": x})),
    ];
    let block = (prop_oneof![text, thinking, call, other], unknown()).prop_map(|(b, more)| and(b, more));
    proptest::collection::vec(block, 0..5)
}

fn message() -> impl Strategy<Value = Value> {
    let tail = (proptest::option::of(any::<String>()), proptest::option::of(object()), object(), 0u64..9);
    (blocks(), unknown(), tail).prop_map(|(content, more, (sequence, details, container, tokens))| {
        let message = json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": content,
            "stop_reason": "end_turn", "stop_sequence": sequence, "stop_details": details, "container": container,
            "context_management": details, "usage": {"input_tokens": 0, "output_tokens": tokens, "x": container}});
        and(message, more)
    })
}

fn choice() -> impl Strategy<Value = Value> {
    let function = any::<String>()
        .prop_map(|a| json!({"type": "function", "id": "c", "function": {"name": "n", "arguments": a}}));
    let custom = any::<String>()
        .prop_map(|a| json!({"type": "custom", "id": "c", "custom": {"name": "n", "input": a}}));
    let calls = proptest::collection::vec(prop_oneof![function, custom], 0..4);
    let text = || prop_oneof![Just(Value::Null), any::<String>().prop_map(Value::from)];
    (text(), text(), text(), calls, proptest::collection::vec(anything(), 0..3), unknown(), unknown())
        .prop_map(|(content, reasoning, refusal, calls, logprobs, more, beside)| {
            let mut message = json!({"role": "assistant", "content": content, "reasoning_content": reasoning,
                "refusal": refusal});
            // An empty text beside these is written as `null`.
            let other = !calls.is_empty() || refusal.as_str().is_some_and(|r| !r.is_empty());
            if other && content == json!("") {
                message["content"] = Value::Null;
            }
            if !calls.is_empty() {
                message["tool_calls"] = json!(calls);
            }
            let logprobs = json!({"content": logprobs, "refusal": null});
            let logprobs = if more.is_empty() { Value::Null } else { logprobs };
            let choice =
                json!({"message": and(message, more), "logprobs": logprobs, "finish_reason": "stop"});
            and(choice, beside)
        })
}

fn completion() -> impl Strategy<Value = Value> {
    let choices = proptest::collection::vec(choice(), 1..3);
    (choices, object(), unknown()).prop_map(|(mut choices, usage, more)| {
        for (index, choice) in choices.iter_mut().enumerate() {
            choice["index"] = json!(index);
        }
        let completion = json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
            "service_tier": "default", "system_fingerprint": null, "choices": choices, "usage": usage});
        and(completion, more)
    })
}

fn response() -> impl Strategy<Value = Value> {
    let part = prop_oneof![
        (any::<String>(), proptest::collection::vec(object(), 0..3))
            .prop_map(|(t, a)| json!({"type": "output_text", "text": t, "annotations": a, "logprobs": []})),
        any::<String>().prop_map(|t| json!({"type": "refusal", "refusal": t})),
        anything().prop_map(|t| json!({"type": "of_next_year", "text": t})),
    ];
    let message = proptest::collection::vec(part, 0..3).prop_map(
        |c| json!({"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": c}),
    );
    let reasoning = proptest::collection::vec(any::<String>(), 0..3).prop_map(|texts| {
        let summary: Vec<_> = texts.iter().map(|t| json!({"type": "summary_text", "text": t})).collect();
        json!({"type": "reasoning", "id": "r", "summary": summary, "encrypted_content": "e"})
    });
    let call = any::<String>().prop_map(
        |a| json!({"type": "function_call", "id": "f", "call_id": "c", "name": "n", "arguments": a}),
    );
    let other = anything().prop_map(|x| json!({"type": "of_next_year", "x": x}));
    let item = (prop_oneof![message, reasoning, call, other], unknown()).prop_map(|(i, more)| and(i, more));
    (proptest::collection::vec(item, 0..4), any::<bool>(), unknown()).prop_map(|(output, whole, more)| {
        let status = if whole { "completed" } else { "incomplete" };
        let response = json!({"id": "resp_1", "object": "response", "status": status, "error": null, "model": "m",
            "output": output, "usage": {"input_tokens": 1}});
        and(response, more)
    })
}

fn answer() -> impl Strategy<Value = (&'static dyn Dialect, Value)> {
    prop_oneof![
        message().prop_map(|w| (ANTHROPIC, w)),
        completion().prop_map(|w| (OPENAI_CHAT, w)),
        response().prop_map(|w| (OPENAI_RESPONSES, w)),
    ]
}

fn text(whole: &Value, pretty: bool) -> Vec<u8> {
    if pretty { serde_json::to_vec_pretty(whole) } else { serde_json::to_vec(whole) }.expect("JSON")
}

/// The events of a stream of ours: name and data.
fn events(stream: &[u8]) -> Vec<(String, Value)> {
    let text = std::str::from_utf8(stream).expect("text");
    text.split_terminator("\n\n")
        .filter(|event| !event.contains("[DONE]"))
        .map(|event| {
            let (name, data) = event.split_once("data: ").expect("data");
            (name.to_owned(), serde_json::from_str(data).expect("JSON"))
        })
        .collect()
}

/// Every text below `value` at one of `paths`, cut into characters: one event for each.
fn cut_finely(event: &Value, paths: &[&str]) -> Vec<Value> {
    for path in paths {
        if let Some(Value::String(text)) = event.pointer(path) {
            let parts = text.chars().map(|c| {
                let mut part = event.clone();
                *part.pointer_mut(path).expect("the text") = json!(c.to_string());
                part
            });
            let parts: Vec<_> = parts.collect();
            return if parts.is_empty() { vec![event.clone()] } else { parts };
        }
    }
    vec![event.clone()]
}

/// Takes the queues' events in turns that `order` decides, each queue's own order kept.
fn interleaved<T>(mut queues: Vec<std::collections::VecDeque<T>>, order: &[usize]) -> Vec<T> {
    let mut out = Vec::new();
    let mut turn = 0;
    while queues.iter().any(|q| !q.is_empty()) {
        let at = order[turn % order.len()] + turn / order.len();
        let filled: Vec<usize> = (0..queues.len()).filter(|i| !queues[*i].is_empty()).collect();
        out.extend(queues[filled[at % filled.len()]].pop_front());
        turn += 1;
    }
    out
}

fn written(events: impl IntoIterator<Item = Value>) -> Vec<u8> {
    events.into_iter().map(|e| format!("data: {e}\n\n")).collect::<String>().into_bytes()
}

proptest! {
    #[test]
    fn what_is_scattered_and_gathered_again_is_what_it_was((dialect, whole) in answer(), pretty in any::<bool>()) {
        let before = text(&whole, pretty);
        prop_assert!(is_sound(dialect, &before), "{dialect:?} {whole}");
        let stream = scatter(dialect, &before, WISH).expect("a stream");
        let after = gather(dialect, &stream).map_err(|e| TestCaseError::fail(format!("{e}: {whole}")))?;
        prop_assert!(is_sound(dialect, &after));
        let after: Value = serde_json::from_slice(&after).expect("JSON");
        prop_assert_eq!(after, whole);
    }

    #[test]
    fn a_stream_is_as_long_as_the_answer_needs((dialect, whole) in answer()) {
        let whole = text(&whole, false);
        let stream = scatter(dialect, &whole, WISH).expect("a stream");
        prop_assert!(stream.len() < whole.len() * 16 + 4096, "{} from {}", stream.len(), whole.len());
        for line in std::str::from_utf8(&stream).expect("text").lines() {
            prop_assert!(line.is_empty() || line.starts_with("event: ") || line.starts_with("data: "), "{line}");
        }
    }

    #[test]
    fn a_cut_stream_is_unsound((dialect, whole) in answer(), at in any::<prop::sample::Index>()) {
        let stream = scatter(dialect, &text(&whole, false), WISH).expect("a stream");
        // The blank line after the last event says nothing more.
        let cut = at.index(stream.len() - 2);
        prop_assert!(gather(dialect, &stream[..cut]).is_err(), "{}", String::from_utf8_lossy(&stream[..cut]));
    }

    #[test]
    fn blocks_that_come_interleaved_and_letter_by_letter_are_the_same_message(
        whole in message(), order in proptest::collection::vec(0usize..5, 1..20),
    ) {
        let stream = scatter(ANTHROPIC, &text(&whole, false), WISH).expect("a stream");
        let (mut head, mut tail) = (Vec::new(), Vec::new());
        let mut queues = vec![std::collections::VecDeque::new(); 5];
        for (_, event) in events(&stream) {
            let paths = ["/delta/text", "/delta/thinking", "/delta/partial_json"];
            match event["index"].as_u64() {
                Some(index) => queues[index as usize].extend(cut_finely(&event, &paths)),
                None if event["type"] == "message_start" => head.push(event),
                None => tail.push(event),
            }
        }
        let stream = written(head.into_iter().chain(interleaved(queues, &order)).chain(tail));
        let after = gather(ANTHROPIC, &stream).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(serde_json::from_slice::<Value>(&after).expect("JSON"), whole);
    }

    #[test]
    fn choices_that_come_interleaved_and_letter_by_letter_are_the_same_completion(
        whole in completion(), order in proptest::collection::vec(0usize..5, 1..20),
    ) {
        let stream = scatter(OPENAI_CHAT, &text(&whole, false), WISH).expect("a stream");
        let mut tail = Vec::new();
        let mut queues = vec![std::collections::VecDeque::new(); 3];
        for (_, event) in events(&stream) {
            let delta = "/choices/0/delta";
            let paths = ["content", "reasoning_content", "refusal", "tool_calls/0/function/arguments",
                "tool_calls/0/custom/input"].map(|p| format!("{delta}/{p}"));
            let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
            let joined = event.pointer(delta).is_some_and(|d| d.as_object().is_some_and(|d| d.len() == 1));
            // Logprobs and the head of a call are not repeated with every letter.
            let plain = event["choices"][0]["logprobs"].is_null()
                && event.pointer("/choices/0/delta/tool_calls/0/id").is_none();
            match event["choices"][0]["index"].as_u64() {
                Some(i) if joined && plain => queues[i as usize].extend(cut_finely(&event, &paths)),
                Some(i) => queues[i as usize].push_back(event),
                None => tail.push(event),
            }
        }
        let padded = interleaved(queues, &order).into_iter().enumerate().map(|(i, mut event)| {
            event["obfuscation"] = json!("x".repeat(order[i % order.len()]));
            event
        });
        let mut stream = written(padded.chain(tail));
        stream.extend_from_slice(b"data: [DONE]\n\n");
        let after = gather(OPENAI_CHAT, &stream).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(serde_json::from_slice::<Value>(&after).expect("JSON"), whole);
    }

    #[test]
    fn a_changed_byte_gives_a_sound_answer_or_none(
        (dialect, whole) in answer(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let whole = text(&whole, false);
        let mut stream = scatter(dialect, &whole, WISH).expect("a stream");
        let place = at.index(stream.len());
        stream[place] = byte;
        if let Ok(after) = gather(dialect, &stream) {
            prop_assert!(is_sound(dialect, &after));
        }
        let mut whole = whole;
        let place = at.index(whole.len());
        whole[place] = byte;
        if let Ok(stream) = scatter(dialect, &whole, WISH) {
            prop_assert!(gather(dialect, &stream).is_ok(), "{}", String::from_utf8_lossy(&whole));
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for dialect in ALL {
            let _ = gather(dialect, &bytes);
            let framed: Vec<u8> = bytes.chunks(9).flat_map(|c| [b"data: ", c, b"\n\n"].concat()).collect();
            let _ = gather(dialect, &framed);
            prop_assert!(!is_sound(dialect, &bytes));
            prop_assert!(scatter(dialect, &bytes, WISH).is_err());
        }
    }

    #[test]
    fn events_with_arbitrary_members_never_panic(
        kinds in proptest::collection::vec((prop_oneof![
            Just("message_start"), Just("content_block_start"), Just("content_block_delta"), Just("content_block_stop"),
            Just("message_delta"), Just("message_stop"), Just("response.completed"), Just("response.output_item.done"),
            Just("chat.completion.chunk")], 0u64..2, anything(), anything()), 0..8),
    ) {
        for dialect in ALL {
            let stream = written(kinds.iter().map(|(kind, index, a, b)| json!({"type": kind, "object": kind, "index": index,
                "message": a, "content_block": a, "delta": b, "usage": b, "response": a, "item": b, "output_index": index,
                "choices": [{"index": index, "delta": a, "logprobs": b}, b]})));
            let _ = gather(dialect, &stream);
        }
    }
}
