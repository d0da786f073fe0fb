//! Whole answers, both ways.

use serde_json::{Value, json};
use zephyr_wire::form::{Answer, Block, Seal, Stop, Thinking};
use zephyr_wire::translate::Wish;
use zephyr_wire::usage::{Tier, Usage};

use super::{messages, wish};

const ANSWER: &str = r#"{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[
    {"type":"thinking","thinking":"hm","signature":"Eq"},{"type":"redacted_thinking","data":"b64"},
    {"type":"text","text":"a\nb","citations":[{"type":"char_location"}]},{"type":"text","text":""},
    {"type":"server_tool_use","id":"s","name":"web_search","input":{}},
    {"type":"web_search_tool_result","tool_use_id":"s","content":[]},{"type":"hologram"},
    {"type":"tool_use","id":"toolu_1","name":"Bash","input":{"n":1.50},"caller":{"type":"direct"}}],
    "stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":5,"cache_creation_input_tokens":7,
    "cache_read_input_tokens":9,"cache_creation":{"ephemeral_5m_input_tokens":3,"ephemeral_1h_input_tokens":4},
    "output_tokens":11,"output_tokens_details":{"thinking_tokens":2},"service_tier":"priority"}}"#;

fn tokens() -> Usage {
    Usage {
        input: 5,
        output: 11,
        cache_write_5m: 3,
        cache_write_1h: 4,
        cache_read: 9,
        reasoning: 2,
        tier: Tier::Priority,
        ..Usage::default()
    }
}

fn write(answer: &Answer<'_>, wish: &Wish) -> Value {
    serde_json::from_slice(&messages().write_answer(answer, wish)).expect("sound JSON")
}

#[test]
fn an_answer_is_read_with_what_counts_in_it() {
    let answer = messages().read_answer(ANSWER).expect("read");
    let thinking = |text: &'static str, seal| Block::Thinking(Thinking { text: text.into(), seal });
    let want = [
        thinking("hm", Seal::Signature("Eq".into())),
        thinking("", Seal::Redacted("b64".into())),
        Block::Text("a\nb".into()),
        Block::Call { id: "toolu_1".into(), name: "Bash".into(), input: r#"{"n":1.50}"#.into() },
    ];
    assert_eq!(answer.blocks, want);
    assert_eq!((answer.id.as_ref(), answer.model.as_ref()), ("msg_1", "claude-x"));
    assert_eq!((answer.stop, answer.usage), (Stop::Tools, tokens()));
}

#[test]
fn an_answer_that_is_written_is_read_as_it_was() {
    let answer = messages().read_answer(ANSWER).expect("read");
    let body = messages().write_answer(&answer, &wish());
    let text = std::str::from_utf8(&body).expect("text");
    assert_eq!(messages().read_answer(text).expect("read again"), answer);
}

#[test]
fn a_refusal_before_the_first_word_has_its_words_beside() {
    let body =
        r#"{"content":[],"stop_reason":"refusal","stop_details":{"type":"refusal","explanation":"no"}}"#;
    let answer = messages().read_answer(body).expect("read");
    assert_eq!((answer.blocks, answer.stop), (vec![Block::Refusal("no".into())], Stop::Refusal));
}

#[test]
fn what_is_no_whole_answer_is_unsound() {
    for body in [
        "[]",
        "{}",
        r#"{"content":[],"stop_reason":null}"#,
        r#"{"content":1,"stop_reason":"end_turn"}"#,
        r#"{"content":[{"type":"tool_use"}],"stop_reason":"tool_use"}"#,
        r#"{"type":"error","error":{"type":"api_error","message":"m"},"content":[],"stop_reason":"end_turn"}"#,
    ] {
        assert!(messages().read_answer(body).is_err(), "{body}");
    }
}

#[test]
fn an_answer_of_another_vendor_has_the_shape_that_clients_know() {
    let answer = Answer {
        id: "chatcmpl-1".into(),
        blocks: vec![
            Block::Thinking(Thinking { text: "hm".into(), seal: Seal::None }),
            Block::Text("x".into()),
            Block::Call { id: "".into(), name: "f".into(), input: "{}".into() },
        ],
        ..Answer::default()
    };
    let got = write(&answer, &wish());
    let want = json!({"id": "msg_chatcmpl-1", "type": "message", "role": "assistant", "model": "claude-asked",
        "content": [{"type": "thinking", "thinking": "hm", "signature": ""}, {"type": "text", "text": "x"},
            {"type": "tool_use", "id": "toolu_7f3a_2", "name": "f", "input": {}}],
        "stop_reason": "tool_use", "stop_sequence": null,
        "usage": {"input_tokens": 0, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
            "output_tokens": 0, "service_tier": "standard"}});
    assert_eq!(got, want);
}

#[test]
fn an_id_that_the_api_would_refuse_comes_back_as_it_was() {
    let call = Block::Call { id: "functions.Bash:0".into(), name: "Bash".into(), input: "{}".into() };
    let got = write(&Answer { blocks: vec![call], ..Answer::default() }, &wish());
    let id = got["content"][0]["id"].as_str().expect("an id");
    assert!(id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'), "{id}");
    let body = format!(
        r#"{{"messages":[{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"{id}"}}]}}]}}"#
    );
    let request = messages().read_request(&body).expect("read");
    assert!(format!("{request:?}").contains("functions.Bash:0"));
}

#[test]
fn a_seal_of_another_vendor_travels_as_a_signature() {
    let seal = Seal::Item { id: "rs_1".into(), content: "gA==".into() };
    let block = Block::Thinking(Thinking { text: "".into(), seal: seal.clone() });
    let got = write(&Answer { blocks: vec![block], ..Answer::default() }, &wish());
    assert_eq!(got["content"][0]["signature"], seal.wrapped());
}

#[test]
fn a_refusal_is_text_and_a_reason() {
    let answer = Answer { blocks: vec![Block::Refusal("no".into())], ..Answer::default() };
    let got = write(&answer, &wish());
    assert_eq!(got["content"], json!([{"type": "text", "text": "no"}]));
    assert_eq!(got["stop_reason"], "refusal");
    let stopped = Answer { stop: Stop::Sequence(Some("E\"ND".into())), ..Answer::default() };
    let got = write(&stopped, &wish());
    assert_eq!((&got["stop_reason"], &got["stop_sequence"]), (&json!("stop_sequence"), &json!("E\"ND")));
}
