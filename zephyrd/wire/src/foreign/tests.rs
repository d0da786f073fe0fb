//! What is cut and what stays.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::dialect::OPENAI_CHAT;

/// Cut whole, as text.
fn cut_all(dialect: &dyn Dialect, body: &str) -> Option<String> {
    cut(dialect, body.as_bytes(), None).map(|cut| String::from_utf8(cut.body).unwrap())
}

fn messages(body: &str) -> Option<String> {
    cut_all(ANTHROPIC, body)
}

#[test]
fn refusals_are_known_by_their_wording() {
    for body in [
        r#"{"type":"error","error":{"type":"invalid_request_error","message":"messages.1.content.0: Invalid `signature` in `thinking` block"}}"#,
        r#"{"error":{"code":400,"message":"{\"error\":{\"message\":\"messages.3.content.13: Invalid `signature` in `thinking`       block\"}}","status":"INVALID_ARGUMENT"}}"#,
        r#"{"message":"The model returned the following errors: messages.7.content.2: Invalid signature in thinking block"}"#,
        r#"{"error":{"message":"messages.1.content.0: Invalid `data` in `redacted_thinking` block"}}"#,
        r#"{"error":{"message":"messages.1.content.0.thinking.signature: Field required"}}"#,
        r#"{"error":{"message":"messages.5.content.0: `thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified."}}"#,
        r#"{"error":{"message":"The encrypted content gAAA...6KFQ could not be verified.","code":"invalid_encrypted_content"}}"#,
        r#"{"error":{"message":"The encrypted content for item rs_1 could not be verified. Reason: Encrypted content could not be decrypted or parsed."}}"#,
        r#"{"error":{"message":"Encrypted content organization_id did not match the target organization."}}"#,
    ] {
        assert!(refuses(body.as_bytes()), "{body}");
    }
    for body in [
        "",
        r#"{"error":{"message":"prompt is too long: 210000 tokens > 200000 maximum"}}"#,
        r#"{"error":{"message":"messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`."}}"#,
        r#"{"error":{"message":"Invalid signature"}}"#,
    ] {
        assert!(!refuses(body.as_bytes()), "{body}");
    }
}

#[test]
fn thinking_goes_and_every_other_byte_stays() {
    let body = r#"{ "model":"m", "messages" : [ {"role":"user","content":"hi"} ,
        {"role":"assistant","content":[ {"type":"thinking","thinking":"a, ]","signature":"S1"} , {"type":"text","text":"x"},{"type":"redacted_thinking","data":"D"} ]},
        {"role":"user","content":[{"type":"text","text":"\u00e9 \"thinking\""}]} ] , "n":1.0 }"#;
    let want = r#"{ "model":"m", "messages" : [ {"role":"user","content":"hi"} ,
        {"role":"assistant","content":[ {"type":"text","text":"x"} ]},
        {"role":"user","content":[{"type":"text","text":"\u00e9 \"thinking\""}]} ] , "n":1.0 }"#;
    assert_eq!(messages(body).as_deref(), Some(want));
}

#[test]
fn a_turn_of_nothing_else_goes_whole() {
    let body = r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"thinking","thinking":"","signature":"S"}]},{"role":"user","content":"b"}]}"#;
    let want = r#"{"messages":[{"role":"user","content":"a"},{"role":"user","content":"b"}]}"#;
    assert_eq!(messages(body).as_deref(), Some(want));
}

#[test]
fn what_users_say_of_thinking_is_theirs() {
    let body = r#"{"messages":[{"role":"user","content":[{"type":"thinking","signature":"S"}]},{"role":"assistant","content":"thinking"}]}"#;
    assert_eq!(messages(body), None);
}

#[test]
fn only_what_came_before_the_last_foreign_piece_is_cut() {
    let turn = |seal: &str| {
        json!({"role": "assistant", "content": [
            {"type": "thinking", "thinking": "t", "signature": seal}, {"type": "text", "text": seal}]})
    };
    let body = json!({"messages": [turn("S1"), turn("S2"), turn("S3")]});
    let all =
        cut(ANTHROPIC, json!({"messages": [turn("S1"), turn("S2")]}).to_string().as_bytes(), None).unwrap();
    let some = cut(ANTHROPIC, body.to_string().as_bytes(), Some(all.last)).unwrap();
    let got: Value = serde_json::from_slice(&some.body).unwrap();
    let left: Vec<usize> = (0..3).map(|i| got["messages"][i]["content"].as_array().unwrap().len()).collect();
    assert_eq!((left, some.last), (vec![1, 1, 2], all.last));
    assert_eq!(cut(ANTHROPIC, body.to_string().as_bytes(), Some(all.last ^ 1)), None);
}

/// A tool's result is answered, in the middle of what the assistant has begun with thinking.
fn tool_loop(thinking: Value, management: Value) -> Value {
    json!({
        "model": "m", "thinking": thinking, "context_management": management,
        "messages": [
            {"role": "user", "content": "go"},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "t", "signature": "S"},
                {"type": "tool_use", "id": "t1", "name": "n", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "ok"}]},
            {"role": "system", "content": "a reminder"},
        ],
    })
}

#[test]
fn inside_a_tool_loop_thinking_that_must_come_first_is_switched_off() {
    let enabled = json!({"type": "enabled", "budget_tokens": 2048});
    let clear = json!({"type": "clear_thinking_20251015", "keep": "all"});
    let other = json!({"type": "clear_tool_uses_20250919"});
    let (alone, both) = (json!({"edits": [clear]}), json!({"edits": [clear, other]}));
    let after = |thinking: &Value, management: &Value| -> Value {
        let body = tool_loop(thinking.clone(), management.clone());
        let got = cut(ANTHROPIC, body.to_string().as_bytes(), None).unwrap();
        serde_json::from_slice(&got.body).unwrap()
    };
    let got = after(&enabled, &alone);
    assert_eq!((&got["thinking"], got.get("context_management")), (&json!({"type": "disabled"}), None));
    assert_eq!(got["messages"][1]["content"].as_array().unwrap().len(), 1);
    assert_eq!(after(&enabled, &both)["context_management"], json!({"edits": [other]}));
    let adaptive = json!({"type": "adaptive"});
    let got = after(&adaptive, &alone);
    assert_eq!((&got["thinking"], &got["context_management"]), (&adaptive, &alone));
}

#[test]
fn a_new_question_may_think_though_what_came_before_is_cut() {
    let enabled = json!({"type": "enabled", "budget_tokens": 2048});
    let mut body = tool_loop(enabled.clone(), json!({"edits": []}));
    let turns = body["messages"].as_array_mut().unwrap();
    turns.push(json!({"role": "assistant", "content": "done"}));
    turns.push(json!({"role": "user", "content": "next"}));
    let got = cut(ANTHROPIC, body.to_string().as_bytes(), None).unwrap();
    let got: Value = serde_json::from_slice(&got.body).unwrap();
    assert_eq!(got["thinking"], enabled);
}

#[test]
fn reasoning_items_go_whole_and_a_sealed_compaction_forbids_it() {
    let reasoning = r#"{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAA"}"#;
    let user = r#"{"type":"message","role":"user","content":"hi"}"#;
    let call = r#"{"type":"function_call","call_id":"c","name":"n","arguments":"{}"}"#;
    let responses = |body: &str| cut_all(OPENAI_RESPONSES, body);
    let body = format!(r#"{{"input":[{reasoning},{user},{reasoning},{reasoning}, {call}],"store":false}}"#);
    let want = format!(r#"{{"input":[{user}, {call}],"store":false}}"#);
    assert_eq!(responses(&body), Some(want));
    let sealed = r#"{"type":"compaction","encrypted_content":"gAAA"}"#;
    assert_eq!(responses(&format!(r#"{{"input":[{sealed},{reasoning}]}}"#)), None);
    assert_eq!(responses(r#"{"input":"hi"}"#), None);
}

#[test]
fn chats_have_nothing_of_the_sort() {
    assert_eq!(cut_all(OPENAI_CHAT, r#"{"messages":[{"role":"assistant","reasoning_content":"x"}]}"#), None);
}

fn block() -> impl Strategy<Value = Value> {
    prop_oneof![
        "[a-z\"\\\\\\[\\]{},é]{0,6}".prop_map(|text| json!({"type": "text", "text": text})),
        "[a-z\"\\\\\\[\\]{},é]{0,6}".prop_map(|s| json!({"type": "thinking", "thinking": s, "signature": s})),
        "[a-z]{0,6}".prop_map(|data| json!({"type": "redacted_thinking", "data": data})),
        Just(json!({"type": "tool_use", "id": "t", "name": "n", "input": {"type": "thinking"}})),
    ]
}

fn sealed(block: &Value) -> bool {
    matches!(block["type"].as_str(), Some("thinking" | "redacted_thinking"))
}

proptest! {
    /// Against the same thing done on a parsed tree.
    #[test]
    fn a_cut_is_what_a_tree_without_the_blocks_would_be(
        turns in prop::collection::vec((any::<bool>(), prop::collection::vec(block(), 0..5)), 0..6),
        pretty: bool,
    ) {
        let turn = |(assistant, blocks): &(bool, Vec<Value>)| {
            json!({"role": if *assistant { "assistant" } else { "user" }, "content": blocks})
        };
        let body = json!({"model": "m", "messages": turns.iter().map(turn).collect::<Vec<_>>(), "x": 1});
        let mut want = body.clone();
        let mut any = false;
        want["messages"].as_array_mut().unwrap().retain_mut(|turn| {
            if turn["role"] == "user" {
                return true;
            }
            let blocks = turn["content"].as_array_mut().unwrap();
            let before = blocks.len();
            blocks.retain(|block| !sealed(block));
            any |= blocks.len() < before;
            before == 0 || !blocks.is_empty()
        });
        let text = if pretty { serde_json::to_string_pretty(&body) } else { serde_json::to_string(&body) }.unwrap();
        let got = cut(ANTHROPIC, text.as_bytes(), None);
        prop_assert_eq!(got.is_some(), any);
        if let Some(got) = got {
            prop_assert_eq!(serde_json::from_slice::<Value>(&got.body).unwrap(), want);
        }
    }

    #[test]
    fn nothing_that_comes_makes_it_panic(body in prop::collection::vec(any::<u8>(), 0..200), text in ".{0,80}") {
        let _ = refuses(&body);
        let framed = format!(r#"{{"messages":[{{"role":"assistant","content":[{{"type":"thinking"}},{text}"#);
        for body in [&body[..], framed.as_bytes()] {
            let _ = cut(ANTHROPIC, body, None);
            let _ = cut(OPENAI_RESPONSES, body, Some(1));
        }
    }
}
