//! The writer of requests, quirk by quirk.

use serde_json::{Value, json};

use super::write;
use crate::form::{
    Choice, Effort, Format, Level, Media, Part, Reasoning, Refused, Request, Role, Sampling, Seal, Source,
    Thinking, Tool, ToolResult, Turn,
};
use crate::quirks::{EffortField, Quirks, ThinkingField};

fn try_written(request: &Request<'_>, quirks: &Quirks) -> Result<(Value, Vec<&'static str>), Refused> {
    let mut losses = Vec::new();
    let body = write(request, quirks, &mut losses)?;
    let value = serde_json::from_slice(&body).expect("sound JSON");
    Ok((value, losses.into_iter().map(|loss| loss.what).collect()))
}

fn written(request: &Request<'_>, quirks: &Quirks) -> Value {
    try_written(request, quirks).expect("a request").0
}

fn messages(turns: Vec<Turn<'_>>, quirks: &Quirks) -> Value {
    written(&Request { turns, ..Request::default() }, quirks)["messages"].take()
}

fn text(text: &str) -> Part<'_> {
    Part::Text { text: text.into(), cache: None }
}

fn turn<'a>(role: Role, parts: impl Into<Vec<Part<'a>>>) -> Turn<'a> {
    Turn { role, parts: parts.into(), name: None }
}

fn user(said: &str) -> Turn<'_> {
    turn(Role::User, [text(said)])
}

fn system(said: &str) -> Turn<'_> {
    turn(Role::System, [text(said)])
}

fn assistant<'a>(parts: impl Into<Vec<Part<'a>>>) -> Turn<'a> {
    turn(Role::Assistant, parts)
}

fn call(id: &'static str) -> Part<'static> {
    Part::Call { id: id.into(), name: "f".into(), input: r#"{"x": 1.0}"#.into() }
}

fn result<'a>(id: &'a str, parts: impl Into<Vec<Part<'a>>>) -> Part<'a> {
    Part::Result(ToolResult { id: id.into(), parts: parts.into(), ..ToolResult::default() })
}

fn thinking(said: &'static str, seal: Seal<'static>) -> Part<'static> {
    Part::Thinking(Thinking { text: said.into(), seal })
}

fn media(kind: &'static str, source: Source<'static>) -> Part<'static> {
    Part::Media(Media { kind: kind.into(), source, title: None, detail: None, cache: None })
}

fn image() -> Part<'static> {
    media("image/png", Source::Base64("AA==".into()))
}

fn image_json() -> Value {
    json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}})
}

fn called(ids: &[&str]) -> Value {
    let calls = ids.iter().map(
        |id| json!({"type": "function", "id": id, "function": {"name": "f", "arguments": "{\"x\": 1.0}"}}),
    );
    json!({"role": "assistant", "content": null, "tool_calls": calls.collect::<Vec<_>>()})
}

fn answered(id: &str, content: &str) -> Value {
    json!({"role": "tool", "tool_call_id": id, "content": content})
}

#[test]
fn texts_alone_are_one_text_and_media_make_a_list() {
    let quirks = Quirks::default();
    assert_eq!(
        messages(vec![turn(Role::User, [text("a"), text("b")])], &quirks),
        json!([{"role": "user", "content": "a\n\nb"}])
    );
    assert_eq!(
        messages(vec![turn(Role::User, [text("a"), image()])], &quirks),
        json!([{"role": "user", "content": [{"type": "text", "text": "a"}, image_json()]}])
    );
    assert_eq!(
        messages(vec![assistant([text("a "), text("b"), call("1"), text("c")])], &quirks)[0]["content"],
        "a b\n\nc"
    );
}

#[test]
fn results_follow_their_calls_whatever_stood_between() {
    let turns = vec![
        user("go"),
        assistant([call("1"), call("2")]),
        system("hurry"),
        turn(Role::User, [text("wait"), result("2", [text("two")]), result("1", [text("one")])]),
        assistant([text("done")]),
    ];
    assert_eq!(
        messages(turns, &Quirks::default()),
        json!([
            {"role": "user", "content": "go"},
            called(&["1", "2"]),
            answered("1", "one"),
            answered("2", "two"),
            {"role": "system", "content": "hurry"},
            {"role": "user", "content": "wait"},
            {"role": "assistant", "content": "done"},
        ])
    );
}

#[test]
fn neighbouring_turns_of_the_assistant_are_one_message() {
    let turns = vec![
        assistant([call("1")]),
        assistant([call("2")]),
        turn(Role::User, [result("1", []), result("2", [])]),
    ];
    assert_eq!(
        messages(turns, &Quirks::default()),
        json!([called(&["1", "2"]), answered("1", ""), answered("2", "")])
    );
}

#[test]
fn a_call_without_a_result_gets_one_and_a_result_without_a_call_becomes_text() {
    let turns = vec![assistant([call("1")]), turn(Role::User, [result("9", [text("late")]), text("go on")])];
    assert_eq!(
        messages(turns, &Quirks::default()),
        json!([
            called(&["1"]),
            answered("1", "Error: the call was cancelled and has no result"),
            {"role": "user", "content": "(result of the earlier tool call 9)\n\nlate\n\ngo on"},
        ])
    );
}

#[test]
fn an_error_says_so_once() {
    let failed = |said: Vec<Part<'static>>| {
        let result = Part::Result(ToolResult { id: "1".into(), parts: said, error: true, cache: None });
        messages(vec![assistant([call("1")]), turn(Role::User, [result])], &Quirks::default())[1]["content"]
            .clone()
    };
    assert_eq!(failed(vec![text("no such file")]), "Error: no such file");
    assert_eq!(failed(vec![text("ERROR: no such file")]), "ERROR: no such file");
    assert_eq!(failed(vec![]), "Error: the tool failed without a message");
}

#[test]
fn media_of_results_follow_in_a_message_of_the_user() {
    let turns = || {
        vec![
            assistant([call("1"), call("2")]),
            turn(Role::User, [result("1", [text("shot"), image()]), result("2", [image()]), text("and?")]),
        ]
    };
    let line = |id: &str| json!({"type": "text", "text": format!("(from the result of `f`, call {id})")});
    assert_eq!(
        messages(turns(), &Quirks::default()),
        json!([
            called(&["1", "2"]),
            answered("1", "shot"),
            answered("2", "(what the tool gave follows in the next message)"),
            {"role": "user", "content": [line("1"), image_json(), line("2"), image_json()]},
            {"role": "user", "content": "and?"},
        ])
    );
    let there = messages(turns(), &Quirks { media_in_results: true, ..Quirks::default() });
    assert_eq!(there[1]["content"], json!([{"type": "text", "text": "shot"}, image_json()]));
    assert_eq!(there[3], json!({"role": "user", "content": "and?"}));
}

#[test]
fn instructions_stand_where_the_endpoint_takes_them() {
    let turns = || vec![system("a"), system("b"), user("hi"), system("c"), user("ho")];
    let said = |role: &str, text: &str| json!({"role": role, "content": text});
    let user = |text: &str| said("user", text);
    for (quirks, want) in [
        (
            Quirks::default(),
            json!([said("system", "a"), said("system", "b"), user("hi"), said("system", "c"), user("ho")]),
        ),
        (
            Quirks { developer: true, ..Quirks::default() },
            json!([
                said("developer", "a"),
                said("developer", "b"),
                user("hi"),
                said("developer", "c"),
                user("ho")
            ]),
        ),
        (
            Quirks { system_first: true, ..Quirks::default() },
            json!([said("system", "a\n\nb"), user("hi"), user("<system>\nc\n</system>"), user("ho")]),
        ),
        (
            Quirks { alternate: true, ..Quirks::default() },
            json!([said("system", "a\n\nb"), user("hi\n\n<system>\nc\n</system>\n\nho")]),
        ),
    ] {
        assert_eq!(messages(turns(), &quirks), want, "{quirks:?}");
    }
}

#[test]
fn something_is_said_between_only_where_turns_must_alternate_and_cannot_be_joined() {
    let quirks = Quirks { alternate: true, ..Quirks::default() };
    let turns = vec![
        assistant([text("hello")]),
        user("go"),
        assistant([call("1")]),
        turn(Role::User, [result("1", [text("r")]), text("stop")]),
    ];
    assert_eq!(
        messages(turns, &quirks),
        json!([
            {"role": "user", "content": "(continued)"},
            {"role": "assistant", "content": "hello"},
            {"role": "user", "content": "go"},
            called(&["1"]),
            answered("1", "r"),
            {"role": "assistant", "content": "(continued)"},
            {"role": "user", "content": "stop"},
        ])
    );
}

#[test]
fn thinking_is_handed_back_as_the_endpoint_wants_it() {
    let turns = || {
        vec![
            user("a"),
            assistant([thinking("t1", Seal::None), text("x")]),
            user("b"),
            assistant([thinking("t2", Seal::Signature("S".into())), call("1")]),
            turn(Role::User, [result("1", [image()])]),
            assistant([
                thinking("t3", Seal::Details(r#"[{"type":"reasoning.text","data":"D"}]"#.into())),
                text("y"),
            ]),
            user("c"),
            assistant([thinking("t4", Seal::None), text("z")]),
        ]
    };
    let told = |quirks: &Quirks, key: &str| -> Vec<Value> {
        let messages = messages(turns(), quirks);
        let all = messages.as_array().expect("a list").iter();
        all.filter(|message| message["role"] == "assistant").map(|message| message[key].clone()).collect()
    };
    for (field, key, want) in [
        (ThinkingField::None, "reasoning_content", json!([null, null, null, null])),
        (ThinkingField::Content, "reasoning_content", json!(["t1", "t2", "t3", "t4"])),
        (ThinkingField::ContentInLoop, "reasoning_content", json!([null, "t2", "t3", "t4"])),
        (ThinkingField::Details, "reasoning", json!(["t1", "t2", "t3", "t4"])),
        (
            ThinkingField::Details,
            "reasoning_details",
            json!([null, null, [{"type": "reasoning.text", "data": "D"}], null]),
        ),
    ] {
        let quirks = Quirks { thinking_field: field, ..Quirks::default() };
        assert_eq!(Value::Array(told(&quirks, key)), want, "{field:?} {key}");
    }
}

#[test]
fn who_is_switched_by_thinking_gets_an_empty_one_with_calls() {
    let quirks = Quirks { effort_field: EffortField::Thinking, ..Quirks::default() };
    let turns = vec![user("a"), assistant([call("1")]), turn(Role::User, [result("1", [])])];
    let request = Request { turns, ..Request::default() };
    assert_eq!(written(&request, &quirks)["messages"][1]["reasoning_content"], "");
    let reasoning = Reasoning { effort: Some(Effort::Off), ..Reasoning::default() };
    assert!(
        written(&Request { reasoning, ..request }, &quirks)["messages"][1].get("reasoning_content").is_none()
    );
}

#[test]
fn effort_is_told_in_the_words_of_the_endpoint() {
    use Effort::{Adaptive, Budget, Off};
    let level = |level| Effort::Level(level);
    for (field, levels, effort, want) in [
        (EffortField::Effort, &[][..], Off, json!({"reasoning_effort": "none"})),
        (EffortField::Effort, &[Level::Low, Level::High], Off, json!({"reasoning_effort": "low"})),
        (EffortField::Effort, &[], Budget(5_000), json!({"reasoning_effort": "medium"})),
        (
            EffortField::Effort,
            &[Level::Low, Level::High],
            level(Level::Max),
            json!({"reasoning_effort": "high"}),
        ),
        (EffortField::Effort, &[], Adaptive(None), json!({})),
        (EffortField::Reasoning, &[], Off, json!({"reasoning": {"enabled": false}})),
        (EffortField::Reasoning, &[], Budget(900), json!({"reasoning": {"max_tokens": 900}})),
        (EffortField::Reasoning, &[], level(Level::Low), json!({"reasoning": {"effort": "low"}})),
        (EffortField::Thinking, &[], Off, json!({"thinking": {"type": "disabled"}})),
        (EffortField::Thinking, &[], level(Level::Low), json!({"thinking": {"type": "enabled"}})),
        (
            EffortField::Thinking,
            &[Level::High, Level::Max],
            level(Level::Low),
            json!({"thinking": {"type": "enabled"}, "reasoning_effort": "high"}),
        ),
        (EffortField::EnableThinking, &[], Off, json!({"enable_thinking": false})),
        (
            EffortField::EnableThinking,
            &[],
            Budget(900),
            json!({"enable_thinking": true, "thinking_budget": 900}),
        ),
        (EffortField::Template, &[], Off, json!({"chat_template_kwargs": {"enable_thinking": false}})),
        (EffortField::None, &[], level(Level::Low), json!({})),
    ] {
        let quirks = Quirks { effort_field: field, levels: levels.to_vec(), ..Quirks::default() };
        let reasoning = Reasoning { effort: Some(effort), ..Reasoning::default() };
        let mut value = written(&Request { reasoning, ..Request::default() }, &quirks);
        let object = value.as_object_mut().expect("an object");
        object.remove("model");
        object.remove("messages");
        assert_eq!(value, want, "{field:?} {effort:?}");
    }
}

#[test]
fn documents_are_files_or_text_and_never_urls() {
    let content = |part| {
        messages(vec![turn(Role::User, [text("a"), part])], &Quirks::default())[0]["content"][1].clone()
    };
    let pdf = media("application/pdf", Source::Base64("AA==".into()));
    let file = json!({"filename": "document.pdf", "file_data": "data:application/pdf;base64,AA=="});
    assert_eq!(content(pdf), json!({"type": "file", "file": file}));
    assert_eq!(content(media("text/plain", Source::Plain("t".into()))), json!({"type": "text", "text": "t"}));
    let sound = media("audio/mpeg", Source::Base64("AA==".into()));
    assert_eq!(
        content(sound),
        json!({"type": "input_audio", "input_audio": {"format": "mp3", "data": "AA=="}})
    );
    for source in [Source::Url("https://x/a.pdf".into()), Source::File("file_1".into())] {
        let turns = vec![turn(Role::User, [media("application/pdf", source)])];
        let refused = try_written(&Request { turns, ..Request::default() }, &Quirks::default());
        assert!(refused.is_err_and(|Refused(message)| message.contains("openai-chat")));
    }
}

#[test]
fn limits_stops_and_sampling_follow_the_quirks() {
    let request = Request {
        max_tokens: Some(9_000),
        stops: ["a", "b", "c", "d", "e"].map(Into::into).into(),
        sampling: Sampling {
            top_k: Some("5".into()),
            temperature: Some("0.10".into()),
            ..Sampling::default()
        },
        stream: true,
        beside: vec!["context_management"],
        ..Request::default()
    };
    let (value, losses) = try_written(&request, &Quirks::default()).expect("a request");
    assert_eq!(value["max_tokens"], 9_000);
    assert_eq!(value["stop"], json!(["a", "b", "c", "d"]));
    assert_eq!(value["stream_options"], json!({"include_usage": true}));
    assert!(value.get("top_k").is_none());
    assert_eq!(losses, ["context_management", "stop_sequences", "top_k"]);
    let quirks = Quirks {
        max_completion_tokens: true,
        max_tokens: Some(4_096),
        stream_options: false,
        with: vec![("top_k".into(), "1".into()), ("provider".into(), "{\"sort\":\"price\"}".into())],
        without: vec!["temperature".into()],
        ..Quirks::default()
    };
    let (value, losses) = try_written(&request, &quirks).expect("a request");
    assert_eq!(value["max_completion_tokens"], 4_096);
    assert_eq!((&value["top_k"], &value["provider"]), (&json!(5), &json!({"sort": "price"})));
    assert!(value.get("temperature").is_none() && value.get("stream_options").is_none());
    assert_eq!(losses, ["context_management", "stop_sequences", "temperature"]);
}

#[test]
fn what_only_the_vendor_knows_is_sent_where_it_means_something() {
    let request = |store| Request {
        store: Some(store),
        metadata: Some(r#"{"a":"b"}"#.into()),
        service_tier: Some("standard_only".into()),
        user: Some("u".into()),
        format: Some(Format::Json),
        ..Request::default()
    };
    let (value, losses) = try_written(&request(false), &Quirks::default()).expect("a request");
    assert_eq!((&value["service_tier"], &value["user"]), (&json!("default"), &json!("u")));
    assert_eq!(value["response_format"], json!({"type": "json_object"}));
    assert!(value.get("store").is_none() && value.get("metadata").is_none());
    assert_eq!(losses, ["metadata"]);
    let (value, losses) = try_written(&request(true), &Quirks::default()).expect("a request");
    assert_eq!((&value["store"], &value["metadata"]), (&json!(true), &json!({"a": "b"})));
    assert!(losses.is_empty());
}

fn function() -> Tool<'static> {
    Tool::Function {
        name: "f".into(),
        description: None,
        schema: r#"{"type":"object"}"#.into(),
        strict: Some(true),
        cache: None,
    }
}

#[test]
fn tools_are_functions_and_choices_come_only_with_them() {
    let free = Tool::Free { name: "p".into(), description: Some("d".into()) };
    let request = Request {
        tools: vec![function(), free],
        choice: Some(Choice::Any),
        parallel: Some(false),
        ..Request::default()
    };
    let value = written(&request, &Quirks::default());
    let parameters = json!({
        "type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"], "additionalProperties": false
    });
    assert_eq!(
        value["tools"],
        json!([
            {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}, "strict": true}},
            {"type": "function", "function": {"name": "p", "description": "d", "parameters": parameters}},
        ])
    );
    assert_eq!((&value["tool_choice"], &value["parallel_tool_calls"]), (&json!("required"), &json!(false)));
    let value = written(&Request { tools: Vec::new(), ..request }, &Quirks::default());
    assert!(value.get("tool_choice").is_none() && value.get("parallel_tool_calls").is_none());
}

#[test]
fn a_tool_that_the_vendor_runs_is_left_out_only_where_it_is_merely_offered() {
    let search = || Tool::Vendor { kind: "web_search".into(), name: None };
    for (tools, choice, is_refused) in [
        (vec![function(), search()], None, false),
        (vec![function(), search()], Some(Choice::Auto), false),
        (vec![function(), search()], Some(Choice::Tool("f".into())), false),
        (vec![function(), search()], Some(Choice::Any), true),
        (vec![function(), search()], Some(Choice::Tool("web_search".into())), true),
        (vec![search()], None, true),
        (vec![search()], Some(Choice::None), false),
    ] {
        let request = Request { tools, choice, ..Request::default() };
        match try_written(&request, &Quirks::default()) {
            Ok((_, losses)) => assert!(!is_refused && losses.len() == 1, "{request:?}"),
            Err(Refused(message)) => {
                assert!(is_refused && message.contains("web_search"), "{request:?}: {message}")
            }
        }
    }
}

#[test]
fn an_id_that_is_too_long_is_shortened_the_same_everywhere() {
    let long = "call_".repeat(12);
    let call = Part::Call { id: long.as_str().into(), name: "f".into(), input: "{}".into() };
    let turns = vec![assistant([call]), turn(Role::User, [result(&long, [text("r")])])];
    let messages = messages(turns, &Quirks::default());
    let id = messages[0]["tool_calls"][0]["id"].as_str().expect("an id");
    assert!(id.len() <= 40 && messages[1]["tool_call_id"] == id, "{messages}");
}

#[test]
fn where_the_cache_may_end_is_told_to_who_takes_it() {
    let mark = || Some(r#"{"type":"ephemeral"}"#.into());
    let marked = |text: &'static str| Part::Text { text: text.into(), cache: mark() };
    let given = ToolResult { id: "1".into(), parts: vec![text("r")], error: false, cache: mark() };
    let turns = vec![
        turn(Role::System, [text("a"), marked("b")]),
        user("go"),
        assistant([call("1")]),
        turn(Role::User, [Part::Result(given)]),
    ];
    let request = Request { model: "anthropic/claude-sonnet-5".into(), turns, ..Request::default() };
    let quirks = Quirks { cache_control: true, ..Quirks::default() };
    let (value, losses) = try_written(&request, &quirks).expect("a request");
    let cache = json!({"type": "ephemeral"});
    assert_eq!(
        value["messages"][0]["content"],
        json!([{"type": "text", "text": "a"}, {"type": "text", "text": "b", "cache_control": cache}])
    );
    assert_eq!(
        (&value["messages"][3]["content"], &value["messages"][3]["cache_control"]),
        (&json!("r"), &cache)
    );
    assert!(losses.is_empty(), "{losses:?}");
    for (model, quirks) in [("openai/gpt-5", quirks), ("anthropic/claude-sonnet-5", Quirks::default())] {
        let (value, losses) =
            try_written(&Request { model: model.into(), ..request.clone() }, &quirks).expect("a request");
        assert_eq!(
            (&value["messages"][0]["content"], losses),
            (&json!("a\n\nb"), vec!["cache_control"]),
            "{model}"
        );
    }
}
