//! Requests of clients.

use zephyr_wire::form::{
    Choice, Effort, Format, Level, Media, Part, Refused, Request, Role, Seal, Source, Thinking, Tool,
    ToolResult,
};

use super::{messages, text};

fn read(body: &str) -> Request<'_> {
    messages().read_request(body).expect("it is read")
}

fn refused(body: &str) -> String {
    let Err(Refused(words)) = messages().read_request(body) else { panic!("it was read: {body}") };
    words
}

/// The parts of the only turn of a request with this content.
fn parts(content: &str) -> Vec<Part<'static>> {
    let body = format!(r#"{{"messages":[{{"role":"user","content":{content}}}]}}"#);
    let body: &'static str = Box::leak(body.into_boxed_str());
    let mut turns = read(body).turns;
    assert!(turns.len() <= 1, "{turns:?}");
    turns.pop().map(|turn| turn.parts).unwrap_or_default()
}

#[test]
fn a_content_is_a_string_or_a_list() {
    for content in [r#""hi""#, r#"[{"type":"text","text":"hi"}]"#, r#"[{"text":"h\u0069","type":"text"}]"#] {
        assert_eq!(parts(content), [text("hi")]);
    }
    for content in [r#""""#, "[]", "null", r#"[{"type":"text","text":""}]"#] {
        assert_eq!(parts(content), [], "{content}");
    }
}

#[test]
fn a_mark_of_the_cache_is_kept_as_it_is() {
    let marked = parts(r#"[{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"1h"}}]"#);
    let cache = Some(r#"{"type":"ephemeral","ttl":"1h"}"#.into());
    assert_eq!(marked, [Part::Text { text: "a".into(), cache }]);
}

#[test]
fn the_billing_block_is_dropped_and_the_rest_of_system_is_kept() {
    let body = r#"{"system":[{"type":"text","text":"x-anthropic-billing-header: cc_version=1"},
        {"type":"text","text":"You are"}],"messages":[{"role":"user","content":"hi"}]}"#;
    let turns = read(body).turns;
    assert_eq!((turns[0].role, turns[0].parts.as_slice()), (Role::System, &[text("You are")][..]));
    assert_eq!(turns.len(), 2);
    let second = r#"{"system":[{"type":"text","text":"a"},
        {"type":"text","text":"x-anthropic-billing-header: quoted"}],"messages":[]}"#;
    assert_eq!(read(second).turns[0].parts.len(), 2, "only the first block is one");
    assert_eq!(read(r#"{"system":"a","messages":[]}"#).turns[0].parts, [text("a")]);
}

#[test]
fn media_come_from_wherever_the_api_takes_them() {
    let image = |kind: &'static str, source| {
        Part::Media(Media { kind: kind.into(), source, title: None, detail: None, cache: None })
    };
    for (block, want) in [
        (
            r#"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA=="}}"#,
            image("image/png", Source::Base64("AA==".into())),
        ),
        (
            r#"{"type":"image","source":{"type":"url","url":"https:\/\/a/b"}}"#,
            image("image/*", Source::Url("https://a/b".into())),
        ),
        (
            r#"{"type":"image","source":{"type":"file","file_id":"f1"}}"#,
            image("image/*", Source::File("f1".into())),
        ),
        (
            r#"{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JV"}}"#,
            image("application/pdf", Source::Base64("JV".into())),
        ),
        (
            r#"{"type":"document","source":{"type":"text","media_type":"text/plain","data":"words"}}"#,
            image("text/plain", Source::Plain("words".into())),
        ),
        (
            r#"{"type":"document","source":{"type":"url","url":"u"}}"#,
            image("application/pdf", Source::Url("u".into())),
        ),
    ] {
        assert_eq!(parts(&format!("[{block}]")), [want], "{block}");
    }
}

#[test]
fn a_document_of_blocks_becomes_its_blocks() {
    let block = r#"[{"type":"document","title":"T","context":"C","source":{"type":"content","content":[
        {"type":"text","text":"a"},{"type":"text","text":"b"}]}}]"#;
    assert_eq!(parts(block), [text("C"), text("T"), text("a"), text("b")]);
}

#[test]
fn results_of_tools_hold_nothing_a_string_or_blocks() {
    let result = |parts, error| [Part::Result(ToolResult { id: "t1".into(), parts, error, cache: None })];
    for (members, want) in [
        ("", result(vec![], false)),
        (r#","content":null,"is_error":true"#, result(vec![], true)),
        (r#","content":"ok","is_error":false"#, result(vec![text("ok")], false)),
        (
            r#","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]"#,
            result(vec![text("a"), text("b")], false),
        ),
        (r#","content":[{"type":"tool_reference","tool_name":"Read"}]"#, result(vec![text("Read")], false)),
    ] {
        assert_eq!(parts(&format!(r#"[{{"type":"tool_result","tool_use_id":"t1"{members}}}]"#)), want);
    }
    let image = r#"[{"type":"tool_result","tool_use_id":"t","content":[
        {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA"}}]}]"#;
    let Part::Result(result) = &parts(image)[0] else { panic!("a result") };
    assert!(matches!(result.parts[..], [Part::Media(_)]));
}

#[test]
fn thinking_keeps_its_seal_and_ours_is_opened() {
    let wrapped = Seal::Item { id: "rs_1".into(), content: "gA==".into() }.wrapped();
    for (block, words, seal) in [
        (
            r#"{"type":"thinking","thinking":"t","signature":"Eq"}"#.to_owned(),
            "t",
            Seal::Signature("Eq".into()),
        ),
        (r#"{"type":"thinking","thinking":"t","signature":""}"#.to_owned(), "t", Seal::None),
        (r#"{"type":"redacted_thinking","data":"b"}"#.to_owned(), "", Seal::Redacted("b".into())),
        (
            format!(r#"{{"type":"thinking","thinking":"t","signature":"{wrapped}"}}"#),
            "t",
            Seal::Item { id: "rs_1".into(), content: "gA==".into() },
        ),
    ] {
        let want = [Part::Thinking(Thinking { text: words.into(), seal })];
        assert_eq!(parts(&format!("[{block}]")), want, "{block}");
    }
}

#[test]
fn what_the_vendors_own_tools_found_stays_as_text() {
    for (block, want) in [
        (
            r#"{"type":"server_tool_use","id":"s","name":"web_search","input":{"query":"zephyr"}}"#,
            r#"[web_search {"query":"zephyr"}]"#,
        ),
        (
            r#"{"type":"web_search_tool_result","tool_use_id":"s","content":[{"type":"web_search_result",
                "encrypted_content":"SECRET","url":"https://a","title":"A","page_age":null}]}"#,
            "[web_search]\nA\nhttps://a",
        ),
        (
            r#"{"type":"web_fetch_tool_result","tool_use_id":"s","content":{"type":"web_fetch_result","url":"u",
                "content":{"type":"document","title":"T","source":{"type":"text","media_type":"text/plain","data":"words"}}}}"#,
            "[web_fetch]\nu\nT\nwords",
        ),
        (
            r#"{"type":"bash_code_execution_tool_result","tool_use_id":"s","content":
                {"type":"bash_code_execution_result","stdout":"out","stderr":"err","return_code":0,"content":[]}}"#,
            "[bash_code_execution]\nout\nerr",
        ),
        (
            r#"{"type":"web_search_tool_result","tool_use_id":"s","content":
                {"type":"web_search_tool_result_error","error_code":"max_uses_exceeded"}}"#,
            "[web_search]\nmax_uses_exceeded",
        ),
        (
            r#"{"type":"search_result","source":"s","title":"T","content":[{"type":"text","text":"x"}]}"#,
            "T\ns\nx",
        ),
    ] {
        let want = Part::Text { text: want.into(), cache: None };
        assert_eq!(parts(&format!("[{block}]")), [want], "{block}");
    }
}

#[test]
fn a_block_of_tomorrow_is_text_refused_or_left_out() {
    assert_eq!(parts(r#"[{"type":"note","text":"n"}]"#), [text("n")]);
    let user = r#"{"messages":[{"role":"user","content":[{"type":"hologram","data":"x"}]}]}"#;
    let words = refused(user);
    assert!(words.contains("messages[0].content[0]") && words.contains("hologram"), "{words}");
    assert!(refused(&user.replace("hologram", "container_upload")).contains("container_upload"));
    let model = user.replace("\"user\"", "\"assistant\"");
    assert_eq!(read(&model).turns, []);
    assert_eq!(parts(r#"[{"type":"fallback","from":{"model":"a"},"to":{"model":"b"}}]"#), []);
}

#[test]
fn a_summary_takes_the_place_of_what_was_before() {
    let body = r#"{"system":"s","messages":[{"role":"user","content":"old"},{"role":"assistant","content":[
        {"type":"text","text":"older"},{"type":"compaction","content":"in short"},{"type":"text","text":"new"}]},
        {"role":"user","content":"next"}]}"#;
    let turns = read(body).turns;
    let all: Vec<_> = turns.iter().map(|turn| (turn.role, turn.parts.as_slice())).collect();
    assert_eq!(
        all,
        [
            (Role::System, &[text("s")][..]),
            (Role::User, &[text("in short")]),
            (Role::Assistant, &[text("new")]),
            (Role::User, &[text("next")]),
        ]
    );
}

#[test]
fn instructions_inside_of_a_conversation_stay_where_they_are_and_set_the_effort() {
    let body = r#"{"messages":[{"role":"user","content":"a"},
        {"role":"system","content":"now","output_config":{"effort":"low"}},{"role":"assistant","content":"b"},
        {"role":"user","content":"c"},{"role":"system","output_config":{"effort":"xhigh"}}],
        "thinking":{"type":"adaptive"},"output_config":{"effort":"medium"}}"#;
    let request = read(body);
    let roles: Vec<_> = request.turns.iter().map(|turn| turn.role).collect();
    assert_eq!(roles, [Role::User, Role::System, Role::Assistant, Role::User]);
    assert_eq!(request.reasoning.effort, Some(Effort::Adaptive(Some(Level::XHigh))));
}

#[test]
fn instructions_that_pass_are_gone_when_the_person_speaks_again() {
    let body = r#"{"messages":[{"role":"user","content":"a"},
        {"role":"system","content":"for now","clear_at":"next_user_message"},{"role":"assistant","content":"b"},
        {"role":"user","content":"c"},{"role":"system","content":"again","clear_at":"next_user_message"}]}"#;
    let turns = read(body).turns;
    let all: Vec<_> = turns.iter().map(|turn| turn.parts.as_slice()).collect();
    assert_eq!(all, [&[text("a")][..], &[text("b")], &[text("c")], &[text("again")]]);
}

#[test]
fn tools_are_functions_or_the_vendors() {
    let body = r#"{"messages":[],"tools":[
        {"name":"a","description":"d","input_schema":{"type":"object","x":1.0},"strict":true},
        {"type":"custom","name":"b"},{"type":"web_search_20250305","name":"web_search","max_uses":8}]}"#;
    let function = |name: &'static str, description: Option<&'static str>, schema: &'static str, strict| {
        Tool::Function {
            name: name.into(),
            description: description.map(Into::into),
            schema: schema.into(),
            strict,
            cache: None,
        }
    };
    let want = [
        function("a", Some("d"), r#"{"type":"object","x":1.0}"#, Some(true)),
        function("b", None, r#"{"type":"object"}"#, None),
        Tool::Vendor { kind: "web_search_20250305".into(), name: Some("web_search".into()) },
    ];
    assert_eq!(read(body).tools, want);
}

#[test]
fn the_conversation_adds_tools_and_takes_them_away() {
    let body = r#"{"tools":[{"name":"a"},{"name":"b"},{"name":"c"}],"messages":[
        {"role":"user","content":"x"},
        {"role":"system","content":[{"type":"tool_removal","tool":{"type":"tool_reference","name":"a"}},
            {"type":"tool_removal","tool":{"type":"tool_reference","name":"b"}}]},
        {"role":"system","content":[{"type":"tool_addition","tool":{"type":"tool_reference","name":"b"}},
            {"type":"tool_addition","tool":{"type":"tool_definition","definition":{"name":"d"}}}]}]}"#;
    let request = read(body);
    let names: Vec<_> = request
        .tools
        .iter()
        .map(|tool| match tool {
            Tool::Function { name, .. } => name.as_ref(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(names, ["b", "c", "d"]);
    assert_eq!(request.turns.len(), 1);
}

#[test]
fn each_choice_of_a_tool_is_read() {
    for (json, want, parallel) in [
        (r#"{"type":"auto"}"#, Choice::Auto, None),
        (r#"{"type":"any","disable_parallel_tool_use":true}"#, Choice::Any, Some(false)),
        (
            r#"{"type":"tool","name":"x","disable_parallel_tool_use":false}"#,
            Choice::Tool("x".into()),
            Some(true),
        ),
        (r#"{"type":"none"}"#, Choice::None, None),
    ] {
        let body = format!(r#"{{"messages":[],"tool_choice":{json}}}"#);
        let request = read(&body);
        assert_eq!((request.choice, request.parallel), (Some(want), parallel), "{json}");
    }
    assert!(refused(r#"{"messages":[],"tool_choice":{"type":"some"}}"#).contains("some"));
}

#[test]
fn each_way_to_ask_for_thinking_is_read() {
    for (members, effort, shown, sealed) in [
        ("", None, None, false),
        (r#","thinking":{"type":"enabled","budget_tokens":2000}"#, Some(Effort::Budget(2000)), None, true),
        (
            r#","thinking":{"type":"adaptive","display":"omitted"}"#,
            Some(Effort::Adaptive(None)),
            Some(false),
            true,
        ),
        (
            r#","thinking":{"type":"adaptive","display":"updates"},"output_config":{"effort":"max"}"#,
            Some(Effort::Adaptive(Some(Level::Max))),
            Some(true),
            true,
        ),
        (r#","output_config":{"effort":"low"}"#, Some(Effort::Level(Level::Low)), None, true),
        (
            r#","thinking":{"type":"disabled"},"output_config":{"effort":"low"}"#,
            Some(Effort::Off),
            None,
            false,
        ),
        (r#","thinking":{"type":"between_tools"}"#, Some(Effort::Off), None, false),
    ] {
        let body = format!(r#"{{"messages":[]{members}}}"#);
        let reasoning = read(&body).reasoning;
        assert_eq!(
            (reasoning.effort, reasoning.shown, reasoning.sealed),
            (effort, shown, sealed),
            "{members}"
        );
    }
}

#[test]
fn the_small_members_find_their_places() {
    let body = r#"{"model":"m","max_tokens":10,"stream":true,"temperature":0.50,"top_p":0.9,"top_k":5,
        "stop_sequences":["a","\n"],"metadata":{"user_id":"{\"x\":1}"},"service_tier":"auto",
        "output_format":{"type":"json_schema","schema":{"type":"object"}},"context_management":{"edits":[]},
        "speed":"fast","diagnostics":null,"mcp_servers":[],"of_tomorrow":1,"and_after":2,"messages":[]}"#;
    let request = read(body);
    assert_eq!((request.model.as_ref(), request.max_tokens, request.stream), ("m", Some(10), true));
    assert_eq!(request.sampling.temperature.as_deref(), Some("0.50"));
    assert_eq!(request.sampling.top_k.as_deref(), Some("5"));
    assert_eq!(request.stops, ["a", "\n"]);
    assert_eq!(request.user.as_deref(), Some(r#"{"x":1}"#));
    assert_eq!(request.service_tier.as_deref(), Some("auto"));
    assert!(matches!(request.format, Some(Format::Schema { .. })));
    assert_eq!(request.beside, ["context_management", "speed", "members that are not known"]);
}

#[test]
fn what_would_make_the_answer_another_one_is_refused() {
    for member in [
        r#""mcp_servers":[{"type":"url","url":"u","name":"n"}]"#,
        r#""container":{"skills":[{"type":"anthropic","skill_id":"pptx"}]}"#,
        r#""thread":{"type":"continue","previous_message_id":"msg_1"}"#,
        r#""compaction":{"type":"summarize"}"#,
        r#""max_tokens":0"#,
    ] {
        let words = refused(&format!(r#"{{"messages":[],{member}}}"#));
        assert!(words.contains("Anthropic endpoint") || words.contains("another endpoint"), "{words}");
    }
    for (body, word) in [
        ("[]", "JSON object"),
        ("{}", "messages"),
        (r#"{"messages":1}"#, "messages"),
        (r#"{"messages":[1]}"#, "messages"),
        (r#"{"messages":[{"role":"tool","content":"x"}]}"#, "`tool`"),
        (r#"{"messages":[{"role":"user","content":1}]}"#, "messages[0].content"),
        (r#"{"messages":[{"role":"user","content":[{"type":"text"}]}]}"#, "messages[0].content[0].text"),
        (r#"{"messages":[],"tools":[{}]}"#, "name"),
    ] {
        let words = refused(body);
        assert!(words.contains(word), "{body}: {words}");
    }
}
