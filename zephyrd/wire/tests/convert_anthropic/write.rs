//! Requests to endpoints: the conversation, tools and marks of the cache.

use serde_json::{Value, json};
use zephyr_wire::form::{
    Choice, Format, Media, Part, Request, Role, Seal, Source, Thinking, Tool, ToolResult, Turn,
};
use zephyr_wire::quirks::Quirks;

use super::{asking, text, try_written, turn, unmarked, written};

fn call(id: &'static str, name: &'static str, input: &'static str) -> Part<'static> {
    Part::Call { id: id.into(), name: name.into(), input: input.into() }
}

fn result(id: &'static str, parts: Vec<Part<'static>>, error: bool) -> Part<'static> {
    Part::Result(ToolResult { id: id.into(), parts, error, cache: None })
}

fn function(name: &'static str) -> Tool<'static> {
    let schema = r#"{"type":"object"}"#.into();
    Tool::Function { name: name.into(), description: None, schema, strict: None, cache: None }
}

fn image(kind: &'static str, source: Source<'static>) -> Part<'static> {
    Part::Media(Media { kind: kind.into(), source, title: None, detail: None, cache: None })
}

/// The messages that are written for these turns, without marks.
fn conversation(model: &'static str, turns: Vec<Turn<'static>>) -> Value {
    let request = Request { turns, ..asking(model) };
    unmarked(written(&request).0)["messages"].clone()
}

const OLD: &str = "claude-sonnet-4-5";
const NEW: &str = "claude-opus-5-5";

#[test]
fn instructions_at_the_beginning_are_system() {
    let request = Request {
        turns: vec![
            turn(Role::System, vec![text("a")]),
            turn(Role::System, vec![text("b")]),
            turn(Role::User, vec![text("hi")]),
        ],
        ..asking(OLD)
    };
    let body = unmarked(written(&request).0);
    assert_eq!(body["system"], json!([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]));
    assert_eq!(body["messages"], json!([{"role": "user", "content": [{"type": "text", "text": "hi"}]}]));
}

#[test]
fn instructions_alone_become_what_is_asked() {
    let request = Request { turns: vec![turn(Role::System, vec![text("write")])], ..asking(OLD) };
    let body = unmarked(written(&request).0);
    assert_eq!(body.get("system"), None);
    assert_eq!(body["messages"][0]["content"][0]["text"], "write");
    let nothing = Request { turns: vec![turn(Role::User, vec![text(" \n")])], ..asking(OLD) };
    assert!(try_written(&nothing, &Quirks::default()).is_err());
}

#[test]
fn later_instructions_stay_where_the_model_takes_them_and_are_reminders_elsewhere() {
    let turns = || {
        vec![
            turn(Role::User, vec![text("a")]),
            turn(Role::System, vec![text("now")]),
            turn(Role::Assistant, vec![text("b")]),
            turn(Role::System, vec![text("then")]),
            turn(Role::User, vec![text("c")]),
        ]
    };
    let new = conversation(NEW, turns());
    assert_eq!(new[1], json!({"role": "system", "content": "now"}));
    let reminder = "<system-reminder>\nthen\n</system-reminder>";
    assert_eq!(new[3]["content"][0]["text"], reminder, "not behind a message of the user");
    let old = conversation(OLD, turns());
    assert_eq!(old[0]["content"][1]["text"], "<system-reminder>\nnow\n</system-reminder>");
    assert_eq!(old.as_array().map(Vec::len), Some(3));
}

#[test]
fn neighbours_of_one_role_are_one_message_and_blank_text_is_left_out() {
    let got = conversation(
        OLD,
        vec![
            turn(Role::User, vec![text("a"), text(" ")]),
            turn(Role::Assistant, vec![text("\n")]),
            turn(Role::User, vec![text("b")]),
        ],
    );
    let want =
        json!([{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]);
    assert_eq!(got, want);
}

#[test]
fn results_stand_first_and_carry_images_and_errors() {
    let got = conversation(
        OLD,
        vec![
            turn(Role::User, vec![text("go")]),
            turn(Role::Assistant, vec![call("t1", "f", r#"{"a":1.0}"#)]),
            turn(Role::Assistant, vec![call("t2", "g", "{}"), call("t3", "g", "{}")]),
            turn(Role::User, vec![text("and?"), result("t2", vec![], true)]),
            turn(
                Role::User,
                vec![result("t1", vec![text("x"), image("image/png", Source::Base64("AA".into()))], false)],
            ),
            turn(Role::User, vec![result("t3", vec![], false)]),
        ],
    );
    let want = json!([
        {"type": "tool_result", "tool_use_id": "t2", "content": "The tool failed and said nothing.", "is_error": true},
        {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "x"},
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA"}}]},
        {"type": "tool_result", "tool_use_id": "t3", "content": ""},
        {"type": "text", "text": "and?"},
    ]);
    assert_eq!(got[2]["content"], want);
    assert_eq!(got[1]["content"].as_array().map(Vec::len), Some(3));
    assert_eq!(
        got[1]["content"][0],
        json!({"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1.0}})
    );
}

#[test]
fn a_call_without_a_result_gets_one_and_a_result_without_a_call_becomes_text() {
    let got = conversation(
        OLD,
        vec![
            turn(Role::User, vec![result("nobody", vec![text("found")], false)]),
            turn(Role::Assistant, vec![call("t1", "f", "{}"), call("t2", "f", "{}")]),
            turn(Role::User, vec![text("stop"), result("t2", vec![text("2")], false)]),
            turn(Role::Assistant, vec![call("t3", "f", "{}")]),
        ],
    );
    assert_eq!(got[0]["content"], "found");
    let cancelled = |id: &str| {
        json!({"type": "tool_result", "tool_use_id": id, "content": "The call was cancelled; it has no result.",
            "is_error": true})
    };
    assert_eq!(got[2]["content"][0], json!({"type": "tool_result", "tool_use_id": "t2", "content": "2"}));
    assert_eq!(got[2]["content"][1], cancelled("t1"));
    assert_eq!(got[2]["content"][2]["text"], "stop");
    assert_eq!(got[4], json!({"role": "user", "content": [cancelled("t3")]}));
}

trait IntoText {
    fn into_text(self) -> Value;
}

impl IntoText for &str {
    fn into_text(self) -> Value {
        json!([{"type": "text", "text": self}])
    }
}

#[test]
fn an_id_that_comes_again_or_is_empty_gets_another() {
    let got = conversation(
        OLD,
        vec![
            turn(Role::User, vec![text("go")]),
            turn(Role::Assistant, vec![call("c", "f", "{}"), call("", "f", "{}")]),
            turn(Role::User, vec![result("c", vec![text("1")], false), result("", vec![text("2")], false)]),
            turn(Role::Assistant, vec![call("c", "f", "{}")]),
            turn(Role::User, vec![result("c", vec![text("3")], false)]),
        ],
    );
    let id = |message: usize, block: usize, key: &str| {
        got[message]["content"][block][key].as_str().map(str::to_owned)
    };
    let calls = [id(1, 0, "id"), id(1, 1, "id"), id(3, 0, "id")];
    assert_eq!(calls, [id(2, 0, "tool_use_id"), id(2, 1, "tool_use_id"), id(4, 0, "tool_use_id")]);
    assert!(calls[0] != calls[1] && calls[0] != calls[2] && calls[1] != calls[2], "{calls:?}");
    assert!(calls.iter().flatten().all(|id| !id.is_empty()));
}

#[test]
fn thinking_goes_back_to_its_author_alone() {
    let thought = |words: &'static str, seal| Part::Thinking(Thinking { text: words.into(), seal });
    let request = Request {
        turns: vec![
            turn(Role::User, vec![text("a")]),
            turn(
                Role::Assistant,
                vec![
                    thought("mine", Seal::Signature("sig".into())),
                    thought("", Seal::Redacted("data".into())),
                    thought("theirs", Seal::Item { id: "rs".into(), content: "x".into() }),
                    thought("plain", Seal::None),
                    text("b"),
                ],
            ),
            turn(Role::User, vec![text("c")]),
        ],
        ..asking(OLD)
    };
    let (body, losses) = written(&request);
    let want = json!([{"type": "thinking", "thinking": "mine", "signature": "sig"},
        {"type": "redacted_thinking", "data": "data"}, {"type": "text", "text": "b"}]);
    assert_eq!(body["messages"][1]["content"], want);
    assert_eq!(losses, ["thinking of other authors"]);
}

#[test]
fn the_last_turn_of_the_assistant_is_gone_on_with_where_the_model_can() {
    let turns =
        || vec![turn(Role::User, vec![text("a")]), turn(Role::Assistant, vec![text("The answer is \n")])];
    let old = conversation(OLD, turns());
    assert_eq!(old[1], json!({"role": "assistant", "content": "The answer is"}));
    let new = conversation(NEW, turns());
    assert_eq!(new[2]["content"], "Continue.".into_text());
    let first =
        conversation(OLD, vec![turn(Role::Assistant, vec![text("x")]), turn(Role::User, vec![text("y")])]);
    assert_eq!(first[0]["role"], "user");
}

#[test]
fn media_are_written_in_the_apis_words_or_refused() {
    let write = |kind, source| {
        let request = Request { turns: vec![turn(Role::User, vec![image(kind, source)])], ..asking(OLD) };
        try_written(&request, &Quirks::default())
            .map(|(body, _)| unmarked(body)["messages"][0]["content"][0].clone())
    };
    for (kind, source, want) in [
        (
            "image/*",
            Source::Base64("/9j/4AAQ".into()),
            json!({"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": "/9j/4AAQ"}}),
        ),
        (
            "image/*",
            Source::Url("https://a".into()),
            json!({"type": "image", "source": {"type": "url", "url": "https://a"}}),
        ),
        (
            "application/pdf",
            Source::Base64("JV".into()),
            json!({"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JV"}}),
        ),
        (
            "text/plain",
            Source::Plain("w".into()),
            json!({"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "w"}}),
        ),
    ] {
        assert_eq!(write(kind, source).expect("written"), want);
    }
    for (kind, source, word) in [
        ("audio/wav", Source::Base64("UklG".into()), "audio/wav"),
        ("image/*", Source::File("file-1".into()), "file"),
        ("application/msword", Source::Base64("0M".into()), "msword"),
    ] {
        let refused = write(kind, source).expect_err("refused").to_string();
        assert!(refused.contains(word), "{refused}");
    }
}

#[test]
fn tools_get_what_the_api_wants_of_a_schema() {
    let mut request = asking(NEW);
    let tool = |schema: &'static str| Tool::Function {
        name: "f".into(),
        description: Some("d".into()),
        schema: schema.into(),
        strict: Some(true),
        cache: None,
    };
    request.tools = vec![
        tool("{}"),
        tool(r#"{"type":"object","n":1.50}"#),
        Tool::Free { name: "p".into(), description: None },
    ];
    let tools = unmarked(written(&request).0)["tools"].clone();
    assert_eq!(
        tools[0],
        json!({"name": "f", "description": "d", "input_schema": {"type": "object"}, "strict": true})
    );
    assert_eq!(tools[1]["input_schema"].to_string(), r#"{"n":1.50,"type":"object"}"#.replace("1.50", "1.5"));
    assert_eq!(tools[2]["input_schema"]["required"], json!(["input"]));
    let (old, losses) = written(&Request { model: "claude-3-5-haiku-latest".into(), ..request });
    assert_eq!(old["tools"][0].get("strict"), None);
    assert_eq!(losses, ["tools[].strict"]);
}

#[test]
fn a_tool_of_another_vendor_is_left_out_beside_functions_and_refused_where_it_is_the_point() {
    let vendor = || Tool::Vendor { kind: "web_search".into(), name: None };
    let beside = Request { tools: vec![vendor(), function("f")], ..asking(NEW) };
    let (body, losses) = written(&beside);
    assert_eq!((body["tools"].as_array().map(Vec::len), losses), (Some(1), vec!["tools of the vendor"]));
    let alone = Request { tools: vec![vendor()], ..asking(NEW) };
    let chosen = Request { choice: Some(Choice::Tool("web_search".into())), ..beside };
    for request in [alone, chosen] {
        let refused = try_written(&request, &Quirks::default()).expect_err("refused").to_string();
        assert!(refused.contains("web_search"), "{refused}");
    }
}

#[test]
fn calls_of_the_past_have_their_tools_declared() {
    let request = Request {
        turns: vec![
            turn(Role::User, vec![text("go")]),
            turn(Role::Assistant, vec![call("t1", "f", "{}")]),
            turn(Role::User, vec![result("t1", vec![text("x")], false)]),
        ],
        ..asking(OLD)
    };
    let body = unmarked(written(&request).0);
    assert_eq!(body["tools"], json!([{"name": "f", "input_schema": {"type": "object"}}]));
    assert_eq!(body["tool_choice"], json!({"type": "none"}));
}

#[test]
fn a_client_that_knows_no_marks_gets_the_prompt_cached() {
    let mut request = Request {
        turns: vec![
            turn(Role::System, vec![text("a"), text("b")]),
            turn(Role::User, vec![text("1")]),
            turn(Role::Assistant, vec![text("2")]),
            turn(Role::User, vec![text("3"), text("4")]),
            turn(Role::Assistant, vec![text("5")]),
            turn(Role::User, vec![text("6")]),
        ],
        tools: vec![function("f")],
        ..asking(OLD)
    };
    let mark = json!({"type": "ephemeral"});
    let (body, _) = written(&request);
    assert_eq!(body.to_string().matches("cache_control").count(), 3);
    assert_eq!(body["system"][1]["cache_control"], mark);
    assert_eq!(body["messages"][2]["content"][1]["cache_control"], mark);
    assert_eq!(body["messages"][4]["content"][0]["cache_control"], mark);
    let without = Quirks { without: vec!["cache_control".into()], ..Quirks::default() };
    let (body, _) = try_written(&request, &without).expect("written");
    assert!(!body.to_string().contains("cache_control"));
    request.turns.remove(0);
    let (body, _) = written(&request);
    assert_eq!(body["tools"][0]["cache_control"], mark, "the tools end what is always the same");
}

#[test]
fn marks_that_came_along_are_left_as_they_are_up_to_four() {
    let marked = |text: &'static str| Part::Text {
        text: text.into(),
        cache: Some(r#"{"type":"ephemeral","ttl":"1h"}"#.into()),
    };
    let parts = vec![marked("1"), marked("2"), marked("3"), marked("4"), marked("5"), text("6")];
    let request = Request { turns: vec![turn(Role::User, parts)], ..asking(OLD) };
    let (body, _) = written(&request);
    let content = body["messages"][0]["content"].as_array().expect("blocks");
    let marks: Vec<_> = content.iter().map(|block| block["cache_control"]["ttl"].as_str()).collect();
    assert_eq!(marks, [None, Some("1h"), Some("1h"), Some("1h"), Some("1h"), None]);
}

#[test]
fn a_format_is_a_member_or_an_instruction() {
    let schema =
        Format::Schema { name: None, description: None, schema: r#"{"type":"object"}"#.into(), strict: None };
    let (new, _) = written(&Request { format: Some(schema.clone()), ..asking(NEW) });
    assert_eq!(new["output_config"]["format"], json!({"type": "json_schema", "schema": {"type": "object"}}));
    let (old, losses) =
        written(&Request { format: Some(schema.clone()), ..asking("claude-3-7-sonnet-latest") });
    assert!(old["system"][0]["text"].as_str().is_some_and(|words| words.contains(r#"{"type":"object"}"#)));
    assert_eq!((old.get("output_config"), losses.len()), (None, 1));
    let (other, _) = written(&Request { format: Some(schema), ..asking("somebody-elses") });
    assert_eq!(other.get("output_config"), None, "who does not know it would ignore it");
    let (json, _) = written(&Request { format: Some(Format::Json), ..asking(NEW) });
    assert!(json["system"][0]["text"].as_str().is_some_and(|words| words.contains("JSON")));
}

#[test]
fn what_has_no_place_is_told_as_lost() {
    let mut request = asking(NEW);
    request.sampling.seed = Some("1".into());
    request.sampling.presence = Some("0".into());
    request.sampling.frequency = Some("0.5".into());
    request.sampling.temperature = Some("1".into());
    request.verbosity = Some("low".into());
    request.cache_key = Some("k".into());
    request.store = Some(false);
    request.service_tier = Some("flex".into());
    request.stops = vec!["\n".into(), "END".into()];
    request.beside = vec!["prediction"];
    let (body, losses) = written(&request);
    let want = [
        "seed",
        "frequency_penalty",
        "stop sequences that are blank",
        "service_tier",
        "verbosity",
        "prompt_cache_key",
        "prediction",
    ];
    assert_eq!(losses, want);
    assert_eq!(body["stop_sequences"], json!(["END"]));
}
