//! Whole answers.

use serde_json::json;

use super::*;
use crate::form::{Answer, Block, Seal, Stop, Thinking};
use crate::usage::Usage;

const ANSWER: &str = r#"{"id":"resp_1","object":"response","created_at":1700000000,"model":"gpt","status":"completed","error":null,
  "output":[
    {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"gAAA"},
    {"type":"web_search_call","id":"ws_1","status":"completed"},
    {"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[{"type":"output_text","text":"a\nb","annotations":[]},{"type":"output_text","text":"","annotations":[]}]},
    {"type":"function_call","id":"fc_1","status":"completed","call_id":"c1","name":"f","arguments":"{\"x\":1}"},
    {"type":"custom_tool_call","id":"ctc_1","call_id":"c2","name":"patch","input":"p"}],
  "usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":4},"output_tokens":5,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":15}}"#;

#[test]
fn an_answer_is_read() {
    let seal = Seal::Item { id: "rs_1".into(), content: "gAAA".into() };
    let want = Answer {
        id: "resp_1".into(),
        model: "gpt".into(),
        created: Some(1_700_000_000),
        blocks: vec![
            Block::Thinking(Thinking { text: "hm".into(), seal }),
            Block::Text("a\nb".into()),
            Block::Call { id: "c1".into(), name: "f".into(), input: r#"{"x":1}"#.into() },
            Block::Call { id: "c2".into(), name: "patch".into(), input: r#"{"input":"p"}"#.into() },
        ],
        stop: Stop::Tools,
        usage: Usage {
            input: 6,
            output: 5,
            cache_read: 4,
            reasoning: 2,
            web_searches: 0,
            ..Usage::default()
        },
    };
    assert_eq!(Convert.read_answer(ANSWER), Ok(want));
}

#[test]
fn what_is_no_answer_is_unsound() {
    for body in [
        "{}",
        r#"{"error":{"message":"m"}}"#,
        r#"{"id":"r","object":"response","status":"failed","error":{"code":"c"},"output":[]}"#,
        r#"{"id":"r","object":"response","status":"in_progress","output":[]}"#,
        r#"{"id":"r","object":"response","status":"completed","output":[{"type":"function_call","call_id":"c","arguments":"{}"}]}"#,
    ] {
        assert!(Convert.read_answer(body).is_err(), "{body}");
    }
}

#[test]
fn a_written_answer_is_sound_and_reads_as_it_was() {
    let answer = Convert.read_answer(ANSWER).expect("an answer");
    let wish = Wish { sealed: true, free: ["patch".to_owned()].into(), ..wish() };
    let written = Convert.write_answer(&answer, &wish);
    crate::whole::check(crate::dialect::OPENAI_RESPONSES, &written).expect("it is sound");
    let text = String::from_utf8(written).expect("text");
    assert_eq!(Convert.read_answer(&text), Ok(answer));
    let value: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(value["output"][3]["type"], "custom_tool_call");
    assert_eq!(value["output"][3]["input"], "p");
    assert_eq!(value["output"][0]["id"], "rs_1");
}

#[test]
fn an_incomplete_answer_stays_one() {
    let body = r#"{"id":"r","object":"response","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[]}"#;
    let answer = Convert.read_answer(body).expect("an answer");
    assert_eq!(answer.stop, Stop::Length);
    let written: Value = serde_json::from_slice(&Convert.write_answer(&answer, &wish())).expect("JSON");
    assert_eq!(written["incomplete_details"], json!({"reason": "max_output_tokens"}));
    assert_eq!(written["status"], "incomplete");
}
