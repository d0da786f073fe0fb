//! What an endpoint is asked.

use serde_json::json;

use super::*;
use crate::form::{
    Choice, Effort, Format, Level, Media, Part, Role, Sampling, Seal, Source, Thinking, Tool, ToolResult,
    Turn,
};

fn text(text: &'static str) -> Part<'static> {
    Part::Text { text: text.into(), cache: None }
}

fn request(turns: Vec<(Role, Vec<Part<'static>>)>) -> Request<'static> {
    let turns = turns.into_iter().map(|(role, parts)| Turn { role, parts, name: None }).collect();
    Request { model: "m".into(), turns, ..Request::default() }
}

fn call(id: &'static str, name: &'static str, input: &'static str) -> Part<'static> {
    Part::Call { id: id.into(), name: name.into(), input: input.into() }
}

fn result(id: &'static str, parts: Vec<Part<'static>>, error: bool) -> Part<'static> {
    Part::Result(ToolResult { id: id.into(), parts, error, cache: None })
}

fn thinking(seal: Seal<'static>) -> Part<'static> {
    Part::Thinking(Thinking { text: "hm".into(), seal })
}

fn function(name: &'static str) -> Tool<'static> {
    Tool::Function { name: name.into(), description: None, schema: "{}".into(), strict: None, cache: None }
}

#[test]
fn leading_instructions_are_one_text_and_later_ones_messages() {
    let request = request(vec![
        (Role::System, vec![text("a"), text("b")]),
        (Role::System, vec![text("c")]),
        (Role::User, vec![text("hi")]),
        (Role::System, vec![text("later")]),
    ]);
    let (body, losses) = write(&request);
    assert_eq!(body["instructions"], "a\n\nb\n\nc");
    assert_eq!(
        body["input"],
        json!([
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]},
            {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "later"}]},
        ])
    );
    assert_eq!((&body["store"], &body["stream"], losses), (&json!(false), &json!(false), vec![]));
    for (quirks, role) in [
        (Quirks { developer: true, ..Quirks::default() }, "developer"),
        (Quirks { system_first: true, ..Quirks::default() }, "user"),
    ] {
        assert_eq!(write_for(&request, &quirks).0["input"][1]["role"], role);
    }
}

#[test]
fn a_tool_loop_keeps_its_order() {
    let own = Seal::Item { id: "rs_1".into(), content: "gAAA".into() };
    let (body, losses) = write(&request(vec![
        (
            Role::Assistant,
            vec![thinking(own), text("let me"), call("c1", "f", r#"{"x":1}"#), call("c2", "f", "{}")],
        ),
        (
            Role::User,
            vec![
                result("c1", vec![text("one"), text("more")], false),
                result("c2", vec![], true),
                text("and?"),
            ],
        ),
    ]));
    assert_eq!(
        body["input"],
        json!([
            {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}], "encrypted_content": "gAAA"},
            {"type": "message", "role": "assistant", "content": "let me"},
            {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{\"x\":1}"},
            {"type": "function_call", "call_id": "c2", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "one\nmore"},
            {"type": "function_call_output", "call_id": "c2", "output": "Error: "},
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "and?"}]},
        ])
    );
    assert_eq!(body["include"], json!(["reasoning.encrypted_content"]));
    assert!(losses.is_empty(), "{losses:?}");
}

#[test]
fn a_failed_result_says_so_once() {
    for (told, want) in
        [("it broke", "Error: it broke"), ("Error: x", "Error: x"), ("errors: 3", "errors: 3")]
    {
        let (body, _) = write(&request(vec![
            (Role::Assistant, vec![call("c", "f", "{}")]),
            (Role::User, vec![result("c", vec![text(told)], true)]),
        ]));
        assert_eq!(body["input"][1]["output"], want);
    }
}

#[test]
fn thinking_goes_back_to_its_author_alone_and_never_last() {
    let own = || Seal::Item { id: "rs_1".into(), content: "gAAA".into() };
    for (parts, loss) in [
        (vec![thinking(Seal::Signature("s".into())), text("a")], "thinking of another vendor"),
        (vec![thinking(Seal::None), text("a")], "thinking of another vendor"),
        (
            vec![thinking(Seal::Item { id: "rs_1".into(), content: "".into() }), text("a")],
            "thinking of another vendor",
        ),
        (vec![text("a"), thinking(own())], "thinking"),
    ] {
        let (body, losses) = write(&request(vec![(Role::Assistant, parts)]));
        assert_eq!(body["input"].as_array().map(Vec::len), Some(1));
        assert_eq!(losses, [loss]);
    }
}

#[test]
fn calls_and_outputs_find_each_other() {
    let (body, _) = write(&request(vec![
        (Role::User, vec![result("gone", vec![text("old")], false)]),
        (Role::Assistant, vec![call("c", "f", "{}")]),
        (Role::User, vec![result("c", vec![text("1")], false)]),
        (Role::Assistant, vec![call("c", "f", "{}"), call("d", "f", "{}")]),
        (Role::User, vec![result("c", vec![text("2")], false), text("stop")]),
    ]));
    let items: Vec<String> = body["input"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| {
            let kind = item["type"].as_str().expect("a type");
            let id = item["call_id"].as_str().unwrap_or_default();
            let said = item["output"].as_str().or(item["content"][0]["text"].as_str()).unwrap_or_default();
            format!("{kind} {id} {said}")
        })
        .collect();
    assert_eq!(
        items,
        [
            "message  Result of the tool call gone, which is no longer in the conversation:\nold",
            "function_call c ",
            "function_call_output c 1",
            "function_call c ",
            "function_call d ",
            "function_call_output d The call was cancelled: it has no result.",
            "function_call_output c 2",
            "message  stop",
        ]
    );
}

#[test]
fn media_have_their_own_parts_in_messages_and_results() {
    let media = |kind: &'static str, source: Source<'static>| {
        Part::Media(Media { kind: kind.into(), source, title: None, detail: None, cache: None })
    };
    let image = || media("image/png", Source::Base64("AA==".into()));
    let request = request(vec![
        (
            Role::User,
            vec![
                text("see"),
                image(),
                media("image/*", Source::Url("https://x/y".into())),
                media("application/pdf", Source::Base64("JVBE".into())),
                media("application/pdf", Source::Url("https://x/z".into())),
                media("text/plain", Source::Plain("words".into())),
            ],
        ),
        (Role::Assistant, vec![call("c", "f", "{}")]),
        (Role::User, vec![result("c", vec![text("shot"), image()], true)]),
    ]);
    let (body, _) = write(&request);
    assert_eq!(
        body["input"][0]["content"],
        json!([
            {"type": "input_text", "text": "see"},
            {"type": "input_image", "image_url": "data:image/png;base64,AA==", "detail": "auto"},
            {"type": "input_image", "image_url": "https://x/y", "detail": "auto"},
            {"type": "input_file", "filename": "document.pdf", "file_data": "data:application/pdf;base64,JVBE"},
            {"type": "input_file", "file_url": "https://x/z"},
            {"type": "input_text", "text": "words"},
        ])
    );
    assert_eq!(
        body["input"][2]["output"],
        json!([
            {"type": "input_text", "text": "Error: shot"},
            {"type": "input_image", "image_url": "data:image/png;base64,AA==", "detail": "auto"},
        ])
    );
    for (kind, source) in
        [("image/png", Source::File("file_1".into())), ("audio/wav", Source::Base64("A".into()))]
    {
        let request = self::request(vec![(Role::User, vec![media(kind, source)])]);
        assert!(Convert.write_request(&request, &Quirks::default(), &mut Vec::new()).is_err(), "{kind}");
    }
}

#[test]
fn tools_are_not_strict_unless_the_client_says_so() {
    let mut request = request(vec![(Role::User, vec![text("hi")])]);
    request.tools = vec![
        function("f"),
        Tool::Function {
            name: "g".into(),
            description: Some("d".into()),
            schema: r#"{"type":"object"}"#.into(),
            strict: Some(true),
            cache: None,
        },
        Tool::Free { name: "patch".into(), description: None },
    ];
    request.choice = Some(Choice::Tool("patch".into()));
    request.parallel = Some(false);
    let (body, _) = write(&request);
    assert_eq!(
        body["tools"],
        json!([
            {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}, "strict": false},
            {"type": "function", "name": "g", "description": "d", "parameters": {"type": "object"}, "strict": true},
            {"type": "custom", "name": "patch"},
        ])
    );
    assert_eq!(body["tool_choice"], json!({"type": "custom", "name": "patch"}));
    assert_eq!(body["parallel_tool_calls"], false);
}

#[test]
fn free_text_travels_as_it_is() {
    let mut request = request(vec![
        (Role::Assistant, vec![call("c", "patch", r#"{"input":"a\n\"b\""}"#)]),
        (Role::User, vec![result("c", vec![text("ok")], false)]),
    ]);
    request.tools = vec![Tool::Free { name: "patch".into(), description: None }];
    assert_eq!(
        write(&request).0["input"],
        json!([
            {"type": "custom_tool_call", "call_id": "c", "name": "patch", "input": "a\n\"b\""},
            {"type": "custom_tool_call_output", "call_id": "c", "output": "ok"},
        ])
    );
}

#[test]
fn a_vendors_tool_is_left_out_only_where_it_is_an_offer() {
    let vendor = || Tool::Vendor { kind: "web_search_20250305".into(), name: Some("web_search".into()) };
    for (tools, choice, is_written) in [
        (vec![vendor(), function("f")], None, true),
        (vec![vendor(), function("f")], Some(Choice::Any), true),
        (vec![vendor()], None, false),
        (vec![vendor(), function("f")], Some(Choice::Tool("web_search".into())), false),
    ] {
        let mut request = request(vec![(Role::User, vec![text("hi")])]);
        request.tools = tools;
        request.choice = choice;
        let mut losses = Vec::new();
        let written = Convert.write_request(&request, &Quirks::default(), &mut losses);
        match written {
            Ok(_) => assert!(is_written && losses.len() == 1, "{losses:?}"),
            Err(Refused(why)) => assert!(!is_written && why.contains("web_search_20250305"), "{why}"),
        }
    }
}

#[test]
fn thinking_is_asked_for_in_the_endpoints_levels() {
    let known = Quirks { levels: vec![Level::Low, Level::High], ..Quirks::default() };
    for (effort, quirks, want) in [
        (Some(Effort::Off), Quirks::default(), json!({"effort": "none"})),
        (Some(Effort::Off), known.clone(), json!({"effort": "low"})),
        (Some(Effort::Level(Level::XHigh)), Quirks::default(), json!({"effort": "xhigh"})),
        (Some(Effort::Level(Level::Medium)), known.clone(), json!({"effort": "high"})),
        (Some(Effort::Level(Level::Minimal)), known.clone(), json!({"effort": "low"})),
        (Some(Effort::Budget(31_999)), known, json!({"effort": "high", "summary": "auto"})),
        (Some(Effort::Adaptive(None)), Quirks::default(), json!({"summary": "auto"})),
        (None, Quirks::default(), Value::Null),
    ] {
        let mut request = request(vec![(Role::User, vec![text("hi")])]);
        request.reasoning.effort = effort;
        let (body, _) = write_for(&request, &quirks);
        assert_eq!(body.get("reasoning").unwrap_or(&Value::Null), &want, "{effort:?}");
        let thinks = !matches!(effort, None | Some(Effort::Off));
        assert_eq!(body.get("include").is_some(), thinks, "{effort:?}");
    }
}

#[test]
fn what_has_no_words_is_reported() {
    let mut request = request(vec![(Role::User, vec![text("hi")])]);
    request.turns[0].name = Some("ann".into());
    request.stops = vec!["END".into()];
    request.sampling = Sampling {
        temperature: Some("0.5".into()),
        top_p: Some("0.90".into()),
        top_k: Some("4".into()),
        seed: Some("1".into()),
        presence: Some("1".into()),
        frequency: Some("1".into()),
        bias: Some("{}".into()),
    };
    request.user = Some("u".repeat(65).into());
    request.service_tier = Some("standard_only".into());
    request.max_tokens = Some(1);
    request.format = Some(Format::Json);
    request.verbosity = Some("low".into());
    request.beside = vec!["context_management", "context_management"];
    let (body, losses) = write(&request);
    assert_eq!(
        losses,
        [
            "messages[].name",
            "metadata.user_id",
            "stop",
            "top_k",
            "seed",
            "presence_penalty",
            "frequency_penalty",
            "logit_bias",
            "context_management"
        ]
    );
    assert_eq!((&body["temperature"], &body["top_p"]), (&json!(0.5), &json!(0.9)));
    assert_eq!((&body["max_output_tokens"], &body["service_tier"]), (&json!(16), &json!("default")));
    assert_eq!(body["text"], json!({"format": {"type": "json_object"}, "verbosity": "low"}));
}

#[test]
fn quirks_have_the_last_word() {
    let mut request = request(vec![(Role::User, vec![text("hi")])]);
    request.max_tokens = Some(9_000);
    let quirks = Quirks {
        without: vec!["store".into()],
        with: vec![("stream".into(), "7".into()), ("extra".into(), r#"{"a":1}"#.into())],
        max_tokens: Some(4_000),
        ..Quirks::default()
    };
    let (body, _) = write_for(&request, &quirks);
    assert_eq!(body.get("store"), None);
    assert_eq!((&body["stream"], &body["extra"]), (&json!(false), &json!({"a": 1})));
    assert_eq!(body["max_output_tokens"], 4_000);
}
