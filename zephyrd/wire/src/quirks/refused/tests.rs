//! What is read out of real error bodies, and what follows.

use proptest::prelude::*;

use super::*;

fn members(body: &str) -> Vec<String> {
    match refused(body.as_bytes()) {
        Some(Refusal::Members(names)) => names,
        None => Vec::new(),
        other => panic!("{other:?}: {body}"),
    }
}

fn openai(message: &str) -> String {
    serde_json::json!({"error": {"message": message, "type": "invalid_request_error", "param": null, "code": null}})
        .to_string()
}

#[test]
fn each_servers_words_name_the_member() {
    for (words, names) in [
        ("Unknown parameter: 'prompt_cache_key'.", &["prompt_cache_key"][..]),
        ("Unrecognized request argument supplied: stream_options", &["stream_options"]),
        ("Unrecognized request arguments supplied: store, metadata", &["metadata", "store"]),
        ("Unsupported parameter: 'temperature' is not supported with this model.", &["temperature"]),
        (
            "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
            &["temperature"],
        ),
        ("context_management: Extra inputs are not permitted", &["context_management"]),
        ("***.***.output_config: Extra inputs are not permitted", &[]),
        (
            "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
            &["top_p"],
        ),
        ("temperature: may only be set to 1 when thinking is enabled", &["temperature"]),
        ("Invalid JSON payload received. Unknown name \"store\": Cannot find field.", &["store"]),
        (
            "Invalid JSON payload received. Unknown name \"strict\" at 'tools[0].function': Cannot find field.",
            &[],
        ),
        ("Model grok-4 does not support parameter presencePenalty.", &["presence_penalty"]),
        ("unknown field `metadata`, expected one of `model`, `messages`", &["metadata"]),
        ("property 'reasoning_effort' is unsupported", &["reasoning_effort"]),
        ("property 'messages.0.reasoning' is unsupported, did you mean 'role'?", &[]),
        (
            "Malformed input request: #: extraneous key [context_management] is not permitted",
            &["context_management"],
        ),
        (
            "litellm.UnsupportedParamsError: openai does not support parameters: ['top_k', 'thinking']",
            &["thinking", "top_k"],
        ),
        ("\"gemma3:27b\" does not support thinking", &["reasoning", "reasoning_effort", "thinking"]),
        ("invalid temperature: only 1 is allowed for this model", &["temperature"]),
        (
            "[{'type': 'extra_forbidden', 'loc': ('body', 'store'), 'msg': 'Extra inputs are not permitted', 'input': True}]",
            &["store"],
        ),
    ] {
        assert_eq!(members(&openai(words)), names, "{words}");
    }
}

#[test]
fn a_name_beside_the_words_or_by_its_place_is_read() {
    for (body, names) in [
        (
            r#"{"error":{"message":"No.","type":"invalid_request_error","param":"verbosity","code":"unsupported_parameter"}}"#,
            &["verbosity"][..],
        ),
        (r#"{"error":{"message":"No.","param":"reasoning.effort","code":"unsupported_value"}}"#, &[]),
        (r#"{"error":{"message":"No.","param":"temperature","code":"integer_above_max_value"}}"#, &[]),
        (
            r#"{"detail":[{"type":"extra_forbidden","loc":["body","store"],"msg":"Extra inputs are not permitted"},{"type":"extra_forbidden","loc":["body","tools",0,"strict"],"msg":"Extra inputs are not permitted"}]}"#,
            &["store"],
        ),
        (
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"context_management: Extra inputs are not permitted"}}"#,
            &["context_management"],
        ),
    ] {
        assert_eq!(members(body), names, "{body}");
    }
}

#[test]
fn what_a_request_needs_is_never_left_out() {
    for name in
        ["messages", "tools", "tool_choice", "response_format", "stop", "stream", "model", "input", "system"]
    {
        assert_eq!(refused(openai(&format!("Unknown parameter: '{name}'.")).as_bytes()), None, "{name}");
        assert_eq!(
            refused(openai(&format!("{name}: Extra inputs are not permitted")).as_bytes()),
            None,
            "{name}"
        );
    }
    for words in [
        "prompt is too long: 3 tokens > 2 maximum",
        "messages.0.content: Field required",
        "",
        "Unknown parameter: ",
    ] {
        assert_eq!(refused(openai(words).as_bytes()), None, "{words}");
    }
    assert_eq!(refused(b"<html>"), None);
}

#[test]
fn the_limits_other_name_is_learnt_both_ways() {
    let new = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
    assert_eq!(refused(openai(new).as_bytes()), Some(Refusal::Limit(true)));
    let old = "Unrecognized request argument supplied: max_completion_tokens";
    assert_eq!(refused(openai(old).as_bytes()), Some(Refusal::Limit(false)));
    assert_eq!(refused(openai("Unknown parameter: 'max_tokens'.").as_bytes()), None);
}

#[test]
fn the_most_tokens_that_a_model_gives_are_learnt() {
    let words = "max_tokens is too large: 32000. This model supports at most 16384 completion tokens, whereas you provided 32000.";
    let refusal = refused(openai(words).as_bytes()).expect("a refusal");
    assert_eq!(refusal, Refusal::Most(16_384));
    let mut learnt = Learnt::default();
    assert!(learnt.learn(&refusal) && !learnt.learn(&refusal));
    for (said, most) in [(None, 16_384), (Some(8192), 8192), (Some(99_999), 16_384)] {
        assert_eq!(learnt.on(&Quirks { max_tokens: said, ..Quirks::default() }).max_tokens, Some(most));
    }
    assert_eq!(learnt.strip(br#"{"max_tokens":32000}"#), None);
}

#[test]
fn refused_betas_are_named() {
    let words = "Unexpected value(s) `context-1m-2025-08-07`, `x-1` for the `anthropic-beta` header. Please consult our docs";
    let want = vec!["context-1m-2025-08-07".to_owned(), "x-1".to_owned()];
    assert_eq!(refused(openai(words).as_bytes()), Some(Refusal::Betas(want)));
}

#[test]
fn what_was_learnt_is_left_out_of_both_kinds_of_requests() {
    let mut learnt = Learnt::default();
    assert!(learnt.is_empty());
    let stream_options = Refusal::Members(vec!["stream_options".to_owned()]);
    assert!(learnt.learn(&stream_options));
    assert!(!learnt.learn(&stream_options), "the same again is nothing new");
    assert!(learnt.learn(&Refusal::Limit(true)) && learnt.learn(&Refusal::Betas(vec!["b-1".to_owned()])));
    let body = br#"{"model":"m", "stream_options":{"include_usage":true},"max_tokens":5}"#;
    assert_eq!(learnt.strip(body).as_deref(), Some(&br#"{"model":"m","max_completion_tokens":5}"#[..]));
    assert_eq!(learnt.strip(br#"{"model":"m"}"#), None);
    let quirks = learnt.on(&Quirks::default());
    assert_eq!(
        (quirks.without, quirks.without_betas),
        (vec!["stream_options".to_owned()], vec!["b-1".to_owned()])
    );
    assert!(quirks.max_completion_tokens && !quirks.stream_options);
    assert_eq!(learnt.betas().collect::<Vec<_>>(), ["b-1"]);
}

#[test]
fn what_one_endpoint_has_refused_is_bounded() {
    let mut learnt = Learnt::default();
    for n in 0..1000 {
        learnt.learn(&Refusal::Members(vec![format!("field_{n}")]));
    }
    assert_eq!(learnt.on(&Quirks::default()).without.len(), MOST);
}

#[test]
fn a_format_that_was_asked_for_stays() {
    let fields = [OUTPUT_CONFIG.to_owned()];
    let effort = br#"{"a":1,"output_config":{"effort":"high"}}"#;
    assert_eq!(strip(effort, &fields).as_deref(), Some(&br#"{"a":1}"#[..]));
    assert_eq!(strip(br#"{"a":1,"output_config":{"format":{"type":"json_schema"}}}"#, &fields), None);
}

proptest! {
    #[test]
    fn any_words_are_read_without_harm(words in "\\PC{0,80}", mark in 0..BEFORE.len()) {
        for words in [words.clone(), format!("{}{words}", BEFORE[mark]), format!("{words}: Extra inputs are not permitted")] {
            if let Some(Refusal::Members(names)) = refused(openai(&words).as_bytes()) {
                prop_assert!(names.iter().all(|name| may_go(name)));
            }
        }
        let _ = refused(words.as_bytes());
    }
}
