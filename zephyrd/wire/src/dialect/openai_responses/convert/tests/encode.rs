//! What a client gets of a stream.

use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::form::{Opening, Seal, Stop};
use crate::usage::Usage;

fn start() -> Event<'static> {
    Event::Start { id: "msg_01A".into(), model: "claude".into(), created: None }
}

/// A whole stream around these events.
fn stream(events: Vec<Event<'static>>, stop: Stop<'static>, wish: &Wish) -> Vec<(String, Value)> {
    let mut all = vec![start()];
    all.extend(events);
    all.extend([Event::Stop(stop), Event::End]);
    encode(&all, wish)
}

/// The names of events, without `response.`, and the one member that matters.
fn told(events: &[(String, Value)]) -> Vec<String> {
    let said = |data: &Value| {
        let keys = ["delta", "text", "refusal", "arguments", "input"];
        keys.iter().find_map(|key| data[*key].as_str()).map(|text| format!(" {text}"))
    };
    let name = |name: &str| name.strip_prefix("response.").unwrap_or(name).to_owned();
    events.iter().map(|(kind, data)| name(kind) + &said(data).unwrap_or_default()).collect()
}

fn open_call(n: u32, name: &'static str) -> Event<'static> {
    Event::Open(n, Opening::Call { id: "toolu_1".into(), name: name.into() })
}

#[test]
fn a_text_has_every_event_that_gatherers_need() {
    let usage =
        Usage { input: 1, output: 2, cache_read: 3, cache_write_1h: 4, reasoning: 1, ..Usage::default() };
    let events = stream(
        vec![
            Event::Open(0, Opening::Text),
            Event::Text(0, "a\n".into()),
            Event::Text(0, "é".into()),
            Event::Usage(usage),
            Event::Close(0),
        ],
        Stop::End,
        &wish(),
    );
    assert_eq!(
        told(&events),
        [
            "created",
            "in_progress",
            "output_item.added",
            "content_part.added",
            "output_text.delta a\n",
            "output_text.delta é",
            "output_text.done a\né",
            "content_part.done",
            "output_item.done",
            "completed"
        ]
    );
    for (n, (name, data)) in events.iter().enumerate() {
        assert_eq!(
            (data["type"].as_str(), data["sequence_number"].as_u64()),
            (Some(name.as_str()), Some(n as u64))
        );
    }
    let delta = json!({
        "type": "response.output_text.delta", "sequence_number": 4, "item_id": "msg_01A_0", "output_index": 0,
        "content_index": 0, "delta": "a\n", "logprobs": [],
    });
    assert_eq!(events[4].1, delta);
    let item = json!({
        "id": "msg_01A_0", "type": "message", "status": "completed", "role": "assistant",
        "content": [{"type": "output_text", "annotations": [], "logprobs": [], "text": "a\né"}],
    });
    assert_eq!(events[8].1["item"], item);
    let response = &events[9].1["response"];
    assert_eq!(response["output"], json!([item]));
    assert_eq!((&response["id"], &response["model"]), (&json!("resp_01A"), &json!("claude")));
    assert_eq!((&response["status"], &response["created_at"]), (&json!("completed"), &json!(7)));
    assert_eq!(
        response["usage"],
        json!({
            "input_tokens": 8, "input_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 4},
            "output_tokens": 2, "output_tokens_details": {"reasoning_tokens": 1}, "total_tokens": 10,
        })
    );
    assert_eq!(events[0].1["response"]["output"], json!([]));
}

#[test]
fn calls_give_their_arguments_in_pieces_and_whole() {
    let events = stream(
        vec![
            open_call(0, "f"),
            Event::Open(1, Opening::Call { id: "toolu_2".into(), name: "g".into() }),
            Event::Input(0, "{\"a\":".into()),
            Event::Input(0, "1}".into()),
            Event::Close(0),
            Event::Close(1),
        ],
        Stop::Tools,
        &wish(),
    );
    assert_eq!(
        told(&events)[2..],
        [
            "output_item.added",
            "output_item.added",
            "function_call_arguments.delta {\"a\":",
            "function_call_arguments.delta 1}",
            "function_call_arguments.done {\"a\":1}",
            "output_item.done",
            "function_call_arguments.delta {}",
            "function_call_arguments.done {}",
            "output_item.done",
            "completed"
        ]
    );
    let item = json!({
        "id": "fc_01A_1", "type": "function_call", "status": "completed", "call_id": "toolu_2", "name": "g", "arguments": "{}",
    });
    assert_eq!(events[10].1["item"], item);
}

#[test]
fn free_text_is_given_decoded_piece_by_piece() {
    let wish = Wish { free: BTreeSet::from(["patch".to_owned()]), ..wish() };
    let json = r#"{"input": "a\n\u00e9\ud83d\ude00\"b\\"}"#;
    for size in 1..json.len() {
        let mut events = vec![open_call(0, "patch")];
        for piece in json.as_bytes().chunks(size) {
            let piece = String::from_utf8(piece.to_vec()).expect("ASCII");
            events.push(Event::Input(0, piece.into()));
        }
        events.push(Event::Close(0));
        let events = stream(events, Stop::Tools, &wish);
        let deltas: Vec<&str> = events
            .iter()
            .filter(|(name, _)| name == "response.custom_tool_call_input.delta")
            .map(|(_, data)| data["delta"].as_str().expect("a delta"))
            .collect();
        assert_eq!(deltas.concat(), "a\né😀\"b\\", "{size}");
        assert!(size > 6 || deltas.len() > 1, "{size}: {deltas:?}");
        let item = json!({
            "id": "ctc_01A_0", "type": "custom_tool_call", "status": "completed", "call_id": "toolu_1", "name": "patch",
            "input": "a\né😀\"b\\",
        });
        assert_eq!(events[events.len() - 2].1["item"], item);
    }
}

#[test]
fn free_text_of_another_shape_is_not_lost() {
    let wish = Wish { free: BTreeSet::from(["patch".to_owned()]), ..wish() };
    for (json, want) in [
        (r#"{"patch":"a\nb"}"#, "a\nb"),
        (r#"{"x":1,"input":"a"}"#, "a"),
        (r#"{"input":["a"]}"#, r#"{"input":["a"]}"#),
        ("{}", ""),
        ("", ""),
        ("*** Begin", "*** Begin"),
        ("{\"input\":\"a\nb\"}", "a\nb"),
        (r#"{"input":"a\ud83d","more":1}"#, "a"),
    ] {
        let events = vec![open_call(0, "patch"), Event::Input(0, json.into()), Event::Close(0)];
        let events = stream(events, Stop::Tools, &wish);
        assert_eq!(events[events.len() - 2].1["item"]["input"], want, "{json}");
    }
}

#[test]
fn tools_of_namespaces_and_the_shell_go_back_as_the_client_knows_them() {
    let body = r#"{"model":"m","tools":[{"type":"namespace","name":"agents","tools":[{"type":"function","name":"spawn"}]},{"type":"local_shell"}]}"#;
    let wish = Wish { echo: Convert.echo(body), ..wish() };
    let spawn = vec![open_call(0, "agents__spawn"), Event::Close(0)];
    let events = stream(spawn, Stop::Tools, &wish);
    let item = &events[events.len() - 2].1["item"];
    assert_eq!((&item["namespace"], &item["name"]), (&json!("agents"), &json!("spawn")));
    let shell = vec![
        open_call(0, "local_shell"),
        Event::Input(0, r#"{"command":["ls","-l"],"timeout_ms":5}"#.into()),
        Event::Close(0),
    ];
    let events = stream(shell, Stop::Tools, &wish);
    assert_eq!(told(&events)[2..], ["output_item.added", "output_item.done", "completed"]);
    assert_eq!(
        events[3].1["item"],
        json!({
            "id": "lsh_01A_0", "type": "local_shell_call", "status": "completed", "call_id": "toolu_1",
            "action": {"type": "exec", "command": ["ls", "-l"], "env": {}, "timeout_ms": 5},
        })
    );
}

#[test]
fn thinking_carries_its_seal_where_it_is_wished_for() {
    let events = || {
        vec![
            Event::Open(0, Opening::Thinking),
            Event::Text(0, "hm".into()),
            Event::Seal(0, Seal::Signature("Eq".into())),
            Event::Close(0),
            Event::Open(1, Opening::Thinking),
            Event::Seal(1, Seal::Item { id: "rs_9".into(), content: "gAAA".into() }),
            Event::Close(1),
        ]
    };
    let sealed = stream(events(), Stop::End, &Wish { sealed: true, ..wish() });
    assert_eq!(
        told(&sealed)[2..],
        [
            "output_item.added",
            "reasoning_summary_part.added",
            "reasoning_summary_text.delta hm",
            "reasoning_summary_text.done hm",
            "reasoning_summary_part.done",
            "output_item.done",
            "output_item.added",
            "output_item.done",
            "completed"
        ]
    );
    assert_eq!(
        sealed[7].1["item"],
        json!({
            "id": "rs_01A_0", "type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}],
            "encrypted_content": "zephyr-signature:Eq",
        })
    );
    assert_eq!(sealed[9].1["item"]["encrypted_content"], "gAAA");
    let open = stream(events(), Stop::End, &wish());
    assert_eq!(open[7].1["item"].get("encrypted_content"), None);
}

#[test]
fn the_end_follows_why_it_stopped() {
    let refusal = vec![Event::Open(0, Opening::Refusal), Event::Text(0, "no".into()), Event::Close(0)];
    for (events, stop, name, reason) in [
        (vec![], Stop::Length, "response.incomplete", Some("max_output_tokens")),
        (vec![], Stop::Window, "response.incomplete", Some("max_output_tokens")),
        (vec![], Stop::Refusal, "response.incomplete", Some("content_filter")),
        (refusal, Stop::Refusal, "response.completed", None),
        (vec![], Stop::Sequence(None), "response.completed", None),
    ] {
        let events = stream(events, stop, &wish());
        let (last, data) = events.last().expect("an end");
        assert_eq!(
            (last.as_str(), data["response"]["incomplete_details"]["reason"].as_str()),
            (name, reason)
        );
    }
}

#[test]
fn the_end_is_written_by_the_end_alone() {
    let events = [start(), Event::Open(0, Opening::Text), Event::Text(0, "a".into()), Event::Stop(Stop::End)];
    let events = encode(&events, &wish());
    assert_eq!(told(&events).last().map(String::as_str), Some("output_item.done"));
}

#[test]
fn an_error_is_a_failed_response_with_a_code_that_clients_know() {
    for (kind, code) in [
        ("context_length_exceeded", "context_length_exceeded"),
        ("rate_limit_error", "rate_limit_exceeded"),
        ("overloaded_error", "server_is_overloaded"),
        ("api_error", "server_error"),
    ] {
        let error = Event::Error { kind: kind.into(), message: "m".into() };
        let events = encode(&[start(), error, Event::Stop(Stop::End), Event::End], &wish());
        assert_eq!(told(&events), ["created", "in_progress", "failed"]);
        let response = &events[2].1["response"];
        assert_eq!(response["error"], json!({"code": code, "message": "m"}));
        assert_eq!(response["status"], "failed");
    }
}

#[test]
fn a_sign_of_life_is_a_comment() {
    let mut out = Vec::new();
    Convert.encoder(&wish()).event(&Event::Ping, &mut out);
    assert_eq!(out, b": ping\n\n");
}

#[test]
fn the_response_repeats_the_request() {
    let body = "{\"model\":\"m\",\"instructions\":\"a\\nb\",\n \"temperature\":0.5,\"store\":true,\"tools\":[\n{\"type\":\"custom\"}]}";
    let wish = Wish { echo: Convert.echo(body), ..wish() };
    let events = stream(vec![], Stop::End, &wish);
    let response = &events[0].1["response"];
    assert_eq!((&response["instructions"], &response["temperature"]), (&json!("a\nb"), &json!(0.5)));
    assert_eq!((&response["tools"], &response["store"]), (&json!([{"type": "custom"}]), &json!(false)));
    assert_eq!((&response["tool_choice"], &response["parallel_tool_calls"]), (&json!("auto"), &json!(true)));
}

#[test]
fn an_answer_without_an_id_gets_ours() {
    let start = Event::Start { id: "".into(), model: "".into(), created: Some(9) };
    let events = encode(&[start], &wish());
    let response = &events[0].1["response"];
    assert_eq!(
        (&response["id"], &response["model"], &response["created_at"]),
        (&json!("resp_z1"), &json!("asked"), &json!(9))
    );
}
