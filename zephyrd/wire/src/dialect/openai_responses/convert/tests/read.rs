//! What a client asks for.

use super::*;
use crate::form::{
    Choice, Effort, Format, Level, Media, Part, Role, Seal, Source, Thinking, Tool, ToolResult, Turn,
};

fn text(text: &'static str) -> Part<'static> {
    Part::Text { text: text.into(), cache: None }
}

fn turn(role: Role, parts: Vec<Part<'static>>) -> Turn<'static> {
    Turn { role, parts, name: None }
}

fn call(id: &'static str, name: &'static str, input: &'static str) -> Part<'static> {
    Part::Call { id: id.into(), name: name.into(), input: input.into() }
}

fn result(id: &'static str, parts: Vec<Part<'static>>) -> Part<'static> {
    Part::Result(ToolResult { id: id.into(), parts, error: false, cache: None })
}

#[test]
fn items_of_one_turn_of_the_model_are_one_turn() {
    let body = body(
        r#"[{"role":"user","content":"hi"},
            {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"a"},{"type":"summary_text","text":"b"}],"encrypted_content":"gAAA"},
            {"type":"message","role":"assistant","content":[{"type":"output_text","text":"let me"}]},
            {"type":"function_call","call_id":"c1","name":"f","arguments":"{\"x\": 1}"},
            {"type":"function_call","call_id":"c2","name":"f","arguments":""},
            {"type":"function_call_output","call_id":"c1","output":"one"},
            {"type":"function_call_output","call_id":"c2","output":[{"type":"input_text","text":"two"},{"type":"input_image","image_url":"data:image/png;base64,AA=="}]},
            {"type":"message","role":"user","content":[{"type":"input_text","text":"go on"}]}]"#,
        r#""instructions":"be brief""#,
    );
    let image = Part::Media(Media {
        kind: "image/png".into(),
        source: Source::Base64("AA==".into()),
        title: None,
        detail: None,
        cache: None,
    });
    let thinking =
        Thinking { text: "a\n\nb".into(), seal: Seal::Item { id: "rs_1".into(), content: "gAAA".into() } };
    assert_eq!(
        read(&body).turns,
        [
            turn(Role::System, vec![text("be brief")]),
            turn(Role::User, vec![text("hi")]),
            turn(
                Role::Assistant,
                vec![
                    Part::Thinking(thinking),
                    text("let me"),
                    call("c1", "f", r#"{"x": 1}"#),
                    call("c2", "f", "{}"),
                ]
            ),
            turn(Role::User, vec![result("c1", vec![text("one")]), result("c2", vec![text("two"), image])]),
            turn(Role::User, vec![text("go on")]),
        ]
    );
}

#[test]
fn a_text_is_a_message_of_the_user() {
    assert_eq!(read(&body(r#""hi""#, "")).turns, [turn(Role::User, vec![text("hi")])]);
}

#[test]
fn roles_of_instructions_are_one() {
    let body = body(
        r#"[{"role":"developer","content":"a"},{"type":"message","role":"system","content":[{"type":"input_text","text":"b"}]},{"role":"user","content":"c"}]"#,
        "",
    );
    let roles: Vec<Role> = read(&body).turns.iter().map(|turn| turn.role).collect();
    assert_eq!(roles, [Role::System, Role::System, Role::User]);
}

#[test]
fn every_kind_of_item_has_its_meaning() {
    for (item, want) in [
        (
            r#"{"type":"custom_tool_call","call_id":"c","name":"apply_patch","input":"a\"b\n"}"#,
            vec![turn(Role::Assistant, vec![call("c", "apply_patch", r#"{"input":"a\"b\n"}"#)])],
        ),
        (
            r#"{"type":"custom_tool_call_output","call_id":"c","output":"ok"}"#,
            vec![turn(Role::User, vec![result("c", vec![text("ok")])])],
        ),
        (
            r#"{"type":"function_call","call_id":"c","namespace":"agents","name":"spawn","arguments":"{}"}"#,
            vec![turn(Role::Assistant, vec![call("c", "agents__spawn", "{}")])],
        ),
        (
            r#"{"type":"function_call","call_id":"c","name":"f","arguments":"{\"a\":"}"#,
            vec![turn(Role::Assistant, vec![call("c", "f", "{}")])],
        ),
        (
            r#"{"type":"local_shell_call","id":"l","call_id":"c","status":"completed","action":{"type":"exec","command":["ls"],"env":{}}}"#,
            vec![turn(Role::Assistant, vec![call("c", "local_shell", r#"{"command":["ls"],"env":{}}"#)])],
        ),
        (
            r#"{"type":"local_shell_call_output","id":"c","output":"x"}"#,
            vec![turn(Role::User, vec![result("c", vec![text("x")])])],
        ),
        (
            r#"{"type":"function_call_output","call_id":"c","output":""}"#,
            vec![turn(Role::User, vec![result("c", vec![])])],
        ),
        (
            r#"{"type":"function_call_output","call_id":"c","output":null}"#,
            vec![turn(Role::User, vec![result("c", vec![])])],
        ),
        (
            r#"{"role":"assistant","content":[{"type":"refusal","refusal":"no"}]}"#,
            vec![turn(Role::Assistant, vec![Part::Refusal("no".into())])],
        ),
        (r#"{"type":"web_search_call","id":"w","status":"completed"}"#, vec![]),
        (r#"{"type":"reasoning","id":"r","summary":[],"encrypted_content":null}"#, vec![]),
        (r#"{"role":"user","content":""}"#, vec![]),
    ] {
        let body = body(&format!("[{item}]"), "");
        assert_eq!(read(&body).turns, want, "{item}");
    }
}

#[test]
fn seals_of_other_vendors_come_out_again() {
    let seal = Seal::Signature("Eq/+==".into());
    let item = format!(
        r#"[{{"type":"reasoning","summary":[{{"type":"summary_text","text":"hm"}}],"encrypted_content":"{}"}}]"#,
        seal.wrapped()
    );
    let body = body(&item, "");
    assert_eq!(
        read(&body).turns[0].parts,
        [Part::Thinking(Thinking { text: "hm".into(), seal: Seal::Signature("Eq/+==".into()) })]
    );
}

#[test]
fn media_are_read_in_all_forms() {
    for (part, kind, source, title) in [
        (
            r#"{"type":"input_image","image_url":"https://x/y.png","detail":"auto"}"#,
            "image/*",
            Source::Url("https://x/y.png".into()),
            None,
        ),
        (
            r#"{"type":"input_image","image_url":"data:image\/jpeg;base64,\/9j"}"#,
            "image/jpeg",
            Source::Base64("/9j".into()),
            None,
        ),
        (r#"{"type":"input_image","image_url":"a,b"}"#, "image/*", Source::Url("a,b".into()), None),
        (
            r#"{"type":"input_image","image_url":"data:;base64,A"}"#,
            "image/*",
            Source::Base64("A".into()),
            None,
        ),
        (r#"{"type":"input_image","file_id":"file-1"}"#, "image/*", Source::File("file-1".into()), None),
        (
            r#"{"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,JVBE"}"#,
            "application/pdf",
            Source::Base64("JVBE".into()),
            Some("a.pdf"),
        ),
        (
            r#"{"type":"input_file","filename":"a.csv","file_data":"YQ=="}"#,
            "text/csv",
            Source::Base64("YQ==".into()),
            Some("a.csv"),
        ),
        (
            r#"{"type":"input_file","file_url":"https://x/y"}"#,
            "application/pdf",
            Source::Url("https://x/y".into()),
            None,
        ),
        (
            r#"{"type":"input_audio","input_audio":{"data":"AA","format":"wav"}}"#,
            "audio/wav",
            Source::Base64("AA".into()),
            None,
        ),
    ] {
        let body = body(&format!(r#"[{{"role":"user","content":[{part}]}}]"#), "");
        let request = read(&body);
        let Part::Media(media) = &request.turns[0].parts[0] else { panic!("{part}") };
        assert_eq!(
            (media.kind.as_ref(), &media.source, media.title.as_deref()),
            (kind, &source, title),
            "{part}"
        );
        assert_eq!(media.detail, None, "{part}");
    }
}

#[test]
fn tools_are_functions_free_text_or_the_vendors() {
    let body = body(
        r#""hi""#,
        r#""tools":[
            {"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":false},
            {"type":"function","name":"g","parameters":null},
            {"type":"custom","name":"patch","description":"p","format":{"type":"grammar","syntax":"lark","definition":"start: x"}},
            {"type":"namespace","name":"agents","description":"x","tools":[{"type":"function","name":"spawn","parameters":{}}]},
            {"type":"namespace","name":"mcp__git__","description":"x","tools":[{"type":"custom","name":"log"}]},
            {"type":"local_shell"},
            {"type":"function","name":"f","parameters":{}},
            {"type":"web_search","external_web_access":false}]"#,
    );
    let tools: Vec<String> = read(&body)
        .tools
        .iter()
        .map(|tool| match tool {
            Tool::Function { name, schema, strict, .. } => format!("{name} {schema} {strict:?}"),
            Tool::Free { name, description } => format!("{name}: {}", description.as_deref().unwrap_or("-")),
            Tool::Vendor { kind, .. } => format!("vendor {kind}"),
        })
        .collect();
    assert_eq!(tools[0], r#"f {"type":"object"} Some(false)"#);
    assert_eq!(tools[1], r#"g {"type":"object","properties":{}} None"#);
    assert_eq!(tools[2], "patch: p\n\nThe input must follow this grammar (lark):\nstart: x");
    assert_eq!(tools[3], "agents__spawn {} None");
    assert_eq!(tools[4], "mcp__git__log: -");
    assert!(tools[5].starts_with("local_shell {\"type\":\"object\""), "{}", tools[5]);
    assert_eq!(tools[6..], ["vendor web_search"]);
}

#[test]
fn the_conversation_may_bring_tools() {
    let body = body(
        r#"[{"role":"user","content":"hi"},
            {"type":"tool_search_call","call_id":"t","execution":"client","arguments":{}},
            {"type":"tool_search_output","call_id":"t","tools":[{"type":"function","name":"f"},{"type":"function","name":"g"}]},
            {"type":"additional_tools","role":"developer","tools":[{"type":"custom","name":"h"}]}]"#,
        r#""tools":[{"type":"function","name":"f"},{"type":"tool_search"}]"#,
    );
    let request = read(&body);
    assert_eq!(request.tools.len(), 4, "{:?}", request.tools);
    assert_eq!(request.turns.len(), 1);
    assert_eq!(request.beside, ["input[] (items of the vendor's own tools)"]);
}

#[test]
fn every_form_of_choice_is_read() {
    let tools =
        r#""tools":[{"type":"function","name":"f"},{"type":"custom","name":"g"},{"type":"web_search"}]"#;
    for (choice, want, left) in [
        (r#""auto""#, Choice::Auto, 3),
        (r#""none""#, Choice::None, 3),
        (r#""required""#, Choice::Any, 3),
        (r#"{"type":"function","name":"f"}"#, Choice::Tool("f".into()), 3),
        (r#"{"type":"custom","name":"g"}"#, Choice::Tool("g".into()), 3),
        (
            r#"{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"f"}]}"#,
            Choice::Any,
            1,
        ),
        (
            r#"{"type":"allowed_tools","mode":"auto","tools":[{"type":"custom","name":"g"},{"type":"web_search"}]}"#,
            Choice::Auto,
            2,
        ),
    ] {
        let body = body(r#""hi""#, &format!(r#"{tools},"tool_choice":{choice}"#));
        let request = read(&body);
        assert_eq!((request.choice, request.tools.len()), (Some(want), left), "{choice}");
    }
    let vendors = body(r#""hi""#, &format!(r#"{tools},"tool_choice":{{"type":"web_search"}}"#));
    assert!(refused(&vendors).contains("`web_search`"));
}

#[test]
fn wishes_about_the_answer_are_read() {
    let body = body(
        r#""hi""#,
        r#""stream":true,"max_output_tokens":100,"temperature":0.50,"top_p":1,"parallel_tool_calls":false,"store":false,
           "reasoning":{"effort":"xhigh","summary":"auto"},"include":["reasoning.encrypted_content"],
           "text":{"verbosity":"low","format":{"type":"json_schema","name":"n","schema":{"a":1},"strict":true}},
           "metadata":{"k":"v"},"prompt_cache_key":"p","safety_identifier":"s","user":"u","service_tier":"flex",
           "truncation":"auto","client_metadata":{"x":"y"},"stream_options":{"include_obfuscation":false}"#,
    );
    let request = read(&body);
    assert!(request.stream && request.reasoning.sealed);
    assert_eq!(request.max_tokens, Some(100));
    assert_eq!(request.sampling.temperature.as_deref(), Some("0.50"));
    assert_eq!((request.parallel, request.store), (Some(false), Some(false)));
    assert_eq!(request.reasoning.effort, Some(Effort::Level(Level::XHigh)));
    assert_eq!(request.reasoning.shown, Some(true));
    assert_eq!(request.verbosity.as_deref(), Some("low"));
    let want = Format::Schema {
        name: Some("n".into()),
        description: None,
        schema: r#"{"a":1}"#.into(),
        strict: Some(true),
    };
    assert_eq!(request.format, Some(want));
    assert_eq!((request.user.as_deref(), request.cache_key.as_deref()), (Some("s"), Some("p")));
    assert_eq!(request.service_tier.as_deref(), Some("flex"));
    assert_eq!(request.metadata.as_deref(), Some(r#"{"k":"v"}"#));
    assert_eq!(request.beside, ["client_metadata", "truncation", "user"]);
}

#[test]
fn state_that_lives_at_the_vendor_is_refused() {
    for member in [
        r#""previous_response_id":"resp_1""#,
        r#""conversation":"conv_1""#,
        r#""prompt":{"id":"pmpt_1"}"#,
        r#""background":true"#,
        r#""top_logprobs":2"#,
        r#""include":["message.output_text.logprobs"]"#,
    ] {
        let why = refused(&body(r#""hi""#, member));
        let name = member.split('"').nth(1).expect("a name");
        assert!(why.contains(name) || why.contains("top_logprobs"), "{why}");
    }
    for item in [
        r#"{"type":"item_reference","id":"x"}"#,
        r#"{"id":"x"}"#,
        r#"{"type":"compaction","encrypted_content":"x"}"#,
    ] {
        assert!(refused(&body(&format!("[{item}]"), "")).contains("only the vendor"), "{item}");
    }
    for harmless in [r#""previous_response_id":null"#, r#""background":false"#, r#""top_logprobs":0"#] {
        read(&body(r#""hi""#, harmless));
    }
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (body, wanted) in [
        (r#"{"input":"hi"}"#.to_owned(), "`model`"),
        (r#"{"model":"m"}"#.to_owned(), "`input`"),
        (body(r#"[{"role":"user","content":"a"},7]"#, ""), "`input[1]`"),
        (body(r#"[{"type":"function_call","name":"f"}]"#, ""), "`input[0]` has no `call_id`"),
        (body(r#"[{"role":"robot","content":"a"}]"#, ""), "`robot`"),
        (body(r#"[{"role":"user","content":[{"type":"hologram"}]}]"#, ""), "`hologram`"),
        (body(r#""hi""#, r#""tools":[{"type":"function"}]"#), "no `name`"),
        (body(r#""hi""#, r#""reasoning":{"effort":"huge"}"#), "`huge`"),
        (body(r#""hi""#, r#""tool_choice":"perhaps""#), "`perhaps`"),
    ] {
        let why = refused(&body);
        assert!(why.contains(wanted), "{why}");
    }
}

#[test]
fn a_real_request_of_codex_is_read() {
    let capture = include_str!("../../../../../../../tests/captures/codex-0.169.0_responses.json");
    let capture: Value = serde_json::from_str(capture).expect("JSON");
    let body = capture["body"].to_string();
    let request = read(&body);
    assert_eq!(request.turns.len(), 4);
    assert_eq!(request.tools.len(), capture["body"]["tools"].as_array().expect("tools").len() - 1 + 5);
    assert!(request.reasoning.sealed && request.reasoning.shown == Some(true));
    let (written, losses) = write(&request);
    assert_eq!(written["prompt_cache_key"], capture["body"]["prompt_cache_key"]);
    assert_eq!(losses, ["tools[] (tools that the vendor runs)", "client_metadata"]);
}
