//! The reader of requests.

use super::read;
use crate::form::{
    Choice, Effort, Format, Level, Media, Part, Reasoning, Refused, Request, Role, Seal, Source, Thinking,
    Tool, ToolResult, Turn,
};

/// A request with these members beside an empty list of messages.
fn top(members: &str) -> Result<Request<'static>, Refused> {
    read(leaked(format!(r#"{{"model":"m","messages":[],{members}}}"#)))
}

fn leaked(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

fn turns(messages: &str) -> Vec<Turn<'static>> {
    read(leaked(format!(r#"{{"model":"m","messages":[{messages}]}}"#))).expect(messages).turns
}

/// The parts of the one message.
fn parts(message: &str) -> Vec<Part<'static>> {
    let turns = turns(message);
    assert_eq!(turns.len(), 1);
    turns.into_iter().flat_map(|turn| turn.parts).collect()
}

fn text(text: &'static str) -> Part<'static> {
    Part::Text { text: text.into(), cache: None }
}

#[test]
fn what_no_other_dialect_could_give_is_refused_by_name() {
    for (member, name) in [
        (r#""n":2"#, "`n`"),
        (r#""n":0"#, "`n`"),
        (r#""logprobs":true"#, "`logprobs`"),
        (r#""top_logprobs":3"#, "`top_logprobs`"),
        (r#""modalities":["text","audio"]"#, "`modalities`"),
        (r#""web_search_options":{}"#, "`web_search_options`"),
        (r#""moderation":{"model":"x"}"#, "`moderation`"),
    ] {
        let Refused(message) = top(member).expect_err(member);
        assert!(message.starts_with(name) && message.contains("openai-chat"), "{message}");
    }
    let fine = r#""n":1,"logprobs":false,"top_logprobs":0,"modalities":["text"],"web_search_options":null,"audio":null"#;
    assert!(top(fine).is_ok());
}

#[test]
fn what_cannot_be_understood_is_told_with_its_place() {
    for (body, told) in [
        ("[]", "body"),
        (r#"{"model":"m"}"#, "`messages`"),
        (r#"{"messages":[1]}"#, "`messages[0]`"),
        (r#"{"messages":[{"content":"x"}]}"#, "`messages[0].role`"),
        (r#"{"messages":[{"role":"critic"}]}"#, "`messages[0].role`"),
        (r#"{"messages":[{"role":"user","content":7}]}"#, "`messages[0].content`"),
        (r#"{"messages":[{"role":"user","content":[{"type":"hologram"}]}]}"#, "`hologram`"),
        (r#"{"messages":[{"role":"assistant","audio":{"id":"a"}}]}"#, "`messages[0].audio`"),
        (r#"{"messages":[{"role":"assistant","tool_calls":[{"id":"a"}]}]}"#, "`messages[0].tool_calls`"),
        (r#"{"messages":[],"max_tokens":"many"}"#, "`max_tokens`"),
        (r#"{"messages":[],"temperature":"hot"}"#, "`temperature`"),
        (r#"{"messages":[],"stop":7}"#, "`stop`"),
        (r#"{"messages":[],"reasoning_effort":"heroic"}"#, "`reasoning_effort`"),
        (r#"{"messages":[],"response_format":{"type":"grammar"}}"#, "`response_format`"),
        (r#"{"messages":[],"tools":[{"type":"function"}]}"#, "`tools[0]`"),
        (r#"{"messages":[],"tool_choice":"maybe"}"#, "`tool_choice`"),
    ] {
        let Refused(message) = read(body).expect_err(body);
        assert!(message.contains(told), "{body}: {message}");
    }
}

#[test]
fn the_newer_limit_counts_before_the_older() {
    let limit = |members: &str| top(members).expect(members).max_tokens;
    assert_eq!(limit(r#""max_tokens":5,"max_completion_tokens":7"#), Some(7));
    assert_eq!(limit(r#""max_tokens":5,"max_completion_tokens":null"#), Some(5));
    assert_eq!(limit(r#""max_tokens":-1"#), None);
}

#[test]
fn effort_is_read_in_the_words_of_every_server() {
    let effort = |members: &str| top(members).expect(members).reasoning.effort;
    for (members, want) in [
        (r#""reasoning_effort":null"#, None),
        (r#""reasoning_effort":"none""#, Some(Effort::Off)),
        (r#""reasoning_effort":"xhigh""#, Some(Effort::Level(Level::XHigh))),
        (r#""thinking":{"type":"enabled"}"#, Some(Effort::Adaptive(None))),
        (r#""thinking":{"type":"enabled","budget_tokens":2048}"#, Some(Effort::Budget(2048))),
        (r#""thinking":{"type":"enabled"},"reasoning_effort":"max""#, Some(Effort::Level(Level::Max))),
        (r#""thinking":{"type":"disabled"},"reasoning_effort":"max""#, Some(Effort::Off)),
        (r#""enable_thinking":true,"thinking_budget":50"#, Some(Effort::Budget(50))),
        (r#""enable_thinking":false"#, Some(Effort::Off)),
        (r#""chat_template_kwargs":{"enable_thinking":false}"#, Some(Effort::Off)),
        (r#""reasoning":{"effort":"low"}"#, Some(Effort::Level(Level::Low))),
        (r#""reasoning":{"max_tokens":900}"#, Some(Effort::Budget(900))),
        (r#""reasoning":{"enabled":true}"#, Some(Effort::Adaptive(None))),
    ] {
        assert_eq!(effort(members), want, "{members}");
    }
    let hidden = Reasoning { shown: Some(false), ..Reasoning::default() };
    assert_eq!(top(r#""reasoning":{"exclude":true}"#).expect("sound").reasoning, hidden);
    assert_eq!(top(r#""include_reasoning":false"#).expect("sound").reasoning, hidden);
}

#[test]
fn formats_stops_and_numbers_are_read_as_they_are() {
    let request = top(
        r#""stop":["a","b"],"temperature":0.70,"seed":-1,"top_k":4,"logit_bias":{"1":2},"store":false,"user":"u","safety_identifier":"s","prompt_cache_key":"k","metadata":{"a":"b"},"prediction":{"type":"content"},"stream":true,"stream_options":{"include_usage":true}"#,
    )
    .expect("sound");
    assert_eq!(request.stops, ["a", "b"]);
    assert_eq!(request.sampling.temperature.as_deref(), Some("0.70"));
    assert_eq!(request.sampling.seed.as_deref(), Some("-1"));
    assert_eq!(request.sampling.top_k.as_deref(), Some("4"));
    assert_eq!(request.sampling.bias.as_deref(), Some(r#"{"1":2}"#));
    assert_eq!((request.store, request.user.as_deref()), (Some(false), Some("s")));
    assert_eq!(request.cache_key.as_deref(), Some("k"));
    assert_eq!(request.metadata.as_deref(), Some(r#"{"a":"b"}"#));
    assert_eq!(request.beside, ["prediction"]);
    assert!(request.stream && request.stream_usage);
    assert_eq!(top(r#""stop":"x""#).expect("sound").stops, ["x"]);

    let format = |members: &str| top(members).expect(members).format;
    assert_eq!(format(r#""response_format":{"type":"text"}"#), None);
    assert_eq!(format(r#""response_format":{"type":"json_object"}"#), Some(Format::Json));
    let schema = r#""response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"},"strict":true}}"#;
    let want = Format::Schema {
        name: Some("n".into()),
        description: None,
        schema: r#"{"type":"object"}"#.into(),
        strict: Some(true),
    };
    assert_eq!(format(schema), Some(want));
}

#[test]
fn tools_of_every_kind_are_read() {
    let request = top(
        r#""tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":false}},{"type":"custom","custom":{"name":"c","description":"d","format":{"type":"grammar","grammar":{"syntax":"lark","definition":"start: x"}}}},{"type":"builtin_function","function":{"name":"$web_search"}},{"type":"web_search"}],"functions":[{"name":"old"}],"parallel_tool_calls":false"#,
    )
    .expect("sound");
    let function = |name: &'static str, description: Option<&'static str>, schema: &'static str, strict| {
        Tool::Function {
            name: name.into(),
            description: description.map(Into::into),
            schema: schema.into(),
            strict,
            cache: None,
        }
    };
    assert_eq!(
        request.tools,
        [
            function("f", Some("d"), r#"{"type":"object"}"#, Some(false)),
            Tool::Free {
                name: "c".into(),
                description: Some("d\n\nThe input must follow this lark grammar:\nstart: x".into())
            },
            Tool::Vendor { kind: "builtin_function".into(), name: Some("$web_search".into()) },
            Tool::Vendor { kind: "web_search".into(), name: None },
            function("old", None, r#"{"type":"object","properties":{}}"#, None),
        ]
    );
    assert_eq!(request.parallel, Some(false));
}

#[test]
fn a_choice_is_a_word_or_names_a_tool() {
    for (choice, want) in [
        (r#""tool_choice":"none""#, Choice::None),
        (r#""tool_choice":"auto""#, Choice::Auto),
        (r#""tool_choice":"required""#, Choice::Any),
        (r#""tool_choice":{"type":"function","function":{"name":"f"}}"#, Choice::Tool("f".into())),
        (r#""tool_choice":{"type":"custom","custom":{"name":"f"}}"#, Choice::Tool("f".into())),
        (r#""function_call":{"name":"f"}"#, Choice::Tool("f".into())),
    ] {
        assert_eq!(top(choice).expect(choice).choice, Some(want), "{choice}");
    }
}

#[test]
fn tools_that_are_not_allowed_are_left_out() {
    let request = top(
        r#""tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}}],"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"g"}}]}}"#,
    )
    .expect("sound");
    assert_eq!(request.choice, Some(Choice::Any));
    assert!(matches!(request.tools.as_slice(), [Tool::Function { name, .. }] if name == "g"));
}

#[test]
fn roles_names_and_contents_in_every_form_are_read() {
    let turns = turns(
        r#"{"role":"system","content":"s"},{"role":"developer","content":[{"type":"text","text":"d"}]},{"role":"user","name":"ada","content":["x",{"type":"text","text":"y"}]},{"role":"assistant","content":null}"#,
    );
    let turn = |role, parts| Turn { role, parts, name: None };
    assert_eq!(turns[0], turn(Role::System, vec![text("s")]));
    assert_eq!(turns[1], turn(Role::System, vec![text("d")]));
    assert_eq!(turns[2], Turn { name: Some("ada".into()), ..turn(Role::User, vec![text("x"), text("y")]) });
    assert_eq!(turns[3], turn(Role::Assistant, vec![]));
}

#[test]
fn media_are_read_out_of_every_kind_of_part() {
    let media = |kind: &'static str, source, title: Option<&'static str>, detail: Option<&'static str>| {
        Part::Media(Media {
            kind: kind.into(),
            source,
            title: title.map(Into::into),
            detail: detail.map(Into::into),
            cache: None,
        })
    };
    let base64 = |data: &'static str| Source::Base64(data.into());
    for (part, want) in [
        (
            r#"{"type":"image_url","image_url":{"url":"data:image/png;base64,AA==","detail":"low"}}"#,
            media("image/png", base64("AA=="), None, Some("low")),
        ),
        (
            r#"{"type":"image_url","image_url":{"url":"data:image\/png;base64,A\/A="}}"#,
            media("image/png", base64("A/A="), None, None),
        ),
        (
            r#"{"type":"image_url","image_url":"https://x/y.png"}"#,
            media("image/*", Source::Url("https://x/y.png".into()), None, None),
        ),
        (
            r#"{"type":"video_url","video_url":{"url":"https://x/y.mp4"}}"#,
            media("video/*", Source::Url("https://x/y.mp4".into()), None, None),
        ),
        (
            r#"{"type":"input_audio","input_audio":{"data":"AA==","format":"mp3"}}"#,
            media("audio/mpeg", base64("AA=="), None, None),
        ),
        (
            r#"{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,AA=="}}"#,
            media("application/pdf", base64("AA=="), Some("a.pdf"), None),
        ),
        (
            r#"{"type":"file","file":{"file_data":"AA=="}}"#,
            media("application/pdf", base64("AA=="), None, None),
        ),
        (
            r#"{"type":"file","file":{"file_id":"file-1"}}"#,
            media("application/pdf", Source::File("file-1".into()), None, None),
        ),
    ] {
        let message = format!(r#"{{"role":"user","content":[{part}]}}"#);
        assert_eq!(parts(&message), [want], "{part}");
    }
}

#[test]
fn where_the_cache_may_end_is_kept() {
    for (mark, want) in [
        (r#""cache_control":{"type":"ephemeral","ttl":"1h"}"#, r#"{"type":"ephemeral","ttl":"1h"}"#),
        (r#""prompt_cache_breakpoint":{"mode":"explicit"}"#, r#"{"type":"ephemeral"}"#),
        (
            r#""prompt_cache_breakpoint":{"mode":"explicit","ttl":"12h"}"#,
            r#"{"type":"ephemeral","ttl":"1h"}"#,
        ),
    ] {
        let message = format!(r#"{{"role":"user","content":[{{"type":"text","text":"a",{mark}}}]}}"#);
        assert_eq!(parts(&message), [Part::Text { text: "a".into(), cache: Some(want.into()) }], "{mark}");
    }
}

#[test]
fn calls_and_results_are_read_in_new_and_old_form() {
    let call = |id: &'static str, name: &'static str, input: &'static str| Part::Call {
        id: id.into(),
        name: name.into(),
        input: input.into(),
    };
    let message = r#"{"role":"assistant","content":"","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},{"id":"b","type":"custom","custom":{"name":"c","input":"free"}},{"id":"c","function":{"name":"g","arguments":"not json"}}]}"#;
    assert_eq!(
        parts(message),
        [call("a", "f", r#"{"x":1}"#), call("b", "c", r#"{"input":"free"}"#), call("c", "g", "{}")]
    );
    let turns = turns(
        r#"{"role":"assistant","function_call":{"name":"f","arguments":""}},{"role":"function","name":"f","content":"r"},{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}},{"id":"b","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":"1"},{"role":"tool","tool_call_id":"b","content":[{"type":"text","text":"2"}]}"#,
    );
    let result = |id: &'static str, said: &'static str| {
        Part::Result(ToolResult { id: id.into(), parts: vec![text(said)], ..ToolResult::default() })
    };
    assert_eq!(turns[0].parts, [call("call_1", "f", "{}")]);
    assert_eq!(turns[1].parts, [result("call_1", "r")]);
    assert_eq!(turns[3].parts, [result("a", "1"), result("b", "2")]);
    assert_eq!((turns.len(), turns[3].role), (4, Role::User));
}

#[test]
fn thinking_that_is_handed_back_is_read_with_what_its_author_wants() {
    let thinking = |text: &'static str, seal| Part::Thinking(Thinking { text: text.into(), seal });
    let details = r#"[{"type":"reasoning.text","text":"hm","signature":"S","index":0}]"#;
    for (members, want) in [
        (r#""reasoning_content":"hm""#.to_owned(), vec![thinking("hm", Seal::None)]),
        (r#""reasoning":"hm","reasoning_content":"""#.to_owned(), vec![thinking("hm", Seal::None)]),
        (
            format!(r#""reasoning":"hm","reasoning_details":{details}"#),
            vec![thinking("hm", Seal::Details(details.into()))],
        ),
        (
            format!(r#""reasoning_details":{details}"#),
            vec![thinking("hm", Seal::Details(details.into()))],
        ),
        (
            r#""reasoning_content":"hm","reasoning_details":[{"type":"reasoning.text","text":"","signature":"zephyr-signature:S","index":0}]"#.to_owned(),
            vec![thinking("hm", Seal::Signature("S".into()))],
        ),
        (
            r#""reasoning_content":"onetwo!","reasoning_details":[{"type":"reasoning.text","text":"","signature":"zephyr-signature:S"},{"type":"reasoning.encrypted","data":"zephyr-redacted:R"},{"type":"reasoning.text","text":"two!","signature":"zephyr-item:rs:E"}]"#.to_owned(),
            vec![
                thinking("one", Seal::Signature("S".into())),
                thinking("", Seal::Redacted("R".into())),
                thinking("two!", Seal::Item { id: "rs".into(), content: "E".into() }),
            ],
        ),
    ] {
        let message = format!(r#"{{"role":"assistant",{members},"content":"a"}}"#);
        let mut all = want;
        all.push(text("a"));
        assert_eq!(parts(&message), all, "{members}");
    }
}
