//! What depends on the model: thinking, effort, limits, sampling, forced tools.

use serde_json::{Value, json};
use zephyr_wire::form::{Choice, Effort, Level, Part, Request, Role, Tool, ToolResult};
use zephyr_wire::quirks::Quirks;

use super::{asking, text, try_written, turn, written};

fn thinking(model: &'static str, effort: Option<Effort>, max_tokens: Option<u64>) -> (Value, Value, u64) {
    let mut request = Request { max_tokens, ..asking(model) };
    request.reasoning.effort = effort;
    let (body, _) = written(&request);
    (
        body["thinking"].clone(),
        body["output_config"]["effort"].clone(),
        body["max_tokens"].as_u64().expect("a limit"),
    )
}

#[test]
fn effort_is_told_as_each_model_takes_it() {
    let enabled = |tokens: u64| json!({"type": "enabled", "budget_tokens": tokens});
    let adaptive = || json!({"type": "adaptive"});
    let shown = || json!({"type": "adaptive", "display": "summarized"});
    let level = |level| Some(Effort::Level(level));
    for (model, effort, want_thinking, want_effort) in [
        ("claude-sonnet-4-5", None, Value::Null, Value::Null),
        ("claude-sonnet-4-5", level(Level::Medium), enabled(8_192), Value::Null),
        ("claude-sonnet-4-5", Some(Effort::Budget(500)), enabled(1_024), Value::Null),
        ("claude-sonnet-4-5", Some(Effort::Off), Value::Null, Value::Null),
        ("claude-3-5-haiku-latest", level(Level::High), Value::Null, Value::Null),
        ("claude-opus-4-6", level(Level::Max), adaptive(), json!("max")),
        ("claude-sonnet-4-6", level(Level::Max), adaptive(), json!("high")),
        ("claude-opus-4-6", level(Level::XHigh), adaptive(), json!("max")),
        ("claude-opus-4-8", level(Level::Minimal), shown(), json!("low")),
        ("claude-opus-4-8", None, Value::Null, Value::Null),
        ("claude-opus-4-8", Some(Effort::Off), Value::Null, Value::Null),
        ("claude-opus-5", None, shown(), Value::Null),
        ("claude-opus-5", Some(Effort::Adaptive(None)), shown(), Value::Null),
        ("claude-opus-5", Some(Effort::Budget(20_000)), shown(), json!("high")),
        ("claude-opus-5", Some(Effort::Off), json!({"type": "disabled"}), Value::Null),
        ("claude-sonnet-5-5", Some(Effort::Off), json!({"type": "between_tools"}), Value::Null),
        ("claude-haiku-5-5", Some(Effort::Off), json!({"type": "disabled"}), Value::Null),
        ("claude-opus-5-5", Some(Effort::Off), Value::Null, json!("low")),
        ("deepseek-reasoner", level(Level::High), enabled(12_288), Value::Null),
    ] {
        let (told, effort_told, _) = thinking(model, effort, Some(16_384));
        assert_eq!((told, effort_told), (want_thinking, want_effort), "{model} {effort:?}");
    }
}

#[test]
fn the_levels_that_an_endpoint_knows_are_kept_to() {
    let mut request = asking("claude-opus-5");
    request.reasoning.effort = Some(Effort::Level(Level::Max));
    let quirks = Quirks { levels: vec![Level::Low, Level::High], ..Quirks::default() };
    let (body, _) = try_written(&request, &quirks).expect("written");
    assert_eq!(body["output_config"]["effort"], "high");
}

#[test]
fn hidden_thinking_is_asked_for_where_the_client_wants_it_hidden() {
    let mut request = asking("claude-opus-5");
    request.reasoning.shown = Some(false);
    assert_eq!(written(&request).0["thinking"]["display"], "omitted");
}

#[test]
fn a_budget_leaves_room_for_the_answer() {
    let budget = |max_tokens| {
        let (told, _, limit) = thinking("claude-sonnet-4-5", Some(Effort::Budget(30_000)), max_tokens);
        (told["budget_tokens"].as_u64(), limit)
    };
    assert_eq!(budget(Some(4_000)), (Some(3_000), 4_000));
    assert_eq!(budget(Some(1_200)), (None, 1_200));
    assert_eq!(budget(Some(100_000)), (Some(30_000), 64_000));
    let (free, limit) = budget(None);
    assert!(free == Some(30_000) && limit > 30_000, "{free:?} {limit}");
}

#[test]
fn an_answer_always_has_a_limit_that_the_model_takes() {
    let limit = |model, asked, quirk| {
        let quirks = Quirks { max_tokens: quirk, ..Quirks::default() };
        let request = Request { max_tokens: asked, ..asking(model) };
        try_written(&request, &quirks).expect("written").0["max_tokens"].clone()
    };
    let (_, losses) = written(&Request { max_tokens: Some(10_000), ..asking("claude-3-opus-20240229") });
    assert_eq!(losses, ["max_tokens above the most that the model takes"]);
    assert_eq!(limit("claude-opus-5-5", None, None), 32_000);
    assert_eq!(limit("claude-3-haiku-20240307", None, None), 4_096);
    assert_eq!(limit("claude-3-haiku-20240307", Some(100_000), None), 4_096);
    assert_eq!(limit("something-else", Some(100_000), None), 100_000);
    assert_eq!(limit("something-else", None, Some(8_192)), 8_192);
    assert_eq!(limit("something-else", Some(9_000), Some(8_192)), 8_192);
}

#[test]
fn sampling_is_told_as_far_as_the_model_takes_it() {
    let drawn = |model, effort: Option<Effort>| {
        let mut request = asking(model);
        request.sampling.temperature = Some("1.5".into());
        request.sampling.top_p = Some("0.9".into());
        request.sampling.top_k = Some("40".into());
        request.reasoning.effort = effort;
        let (body, losses) = written(&request);
        (["temperature", "top_p", "top_k"].map(|key| body.get(key).map(Value::to_string)), losses)
    };
    let some = |text: &str| Some(text.to_owned());
    let (got, losses) = drawn("other", None);
    assert_eq!((got, losses), ([some("1"), some("0.9"), some("40")], vec!["temperature above 1"]));
    let (got, losses) = drawn("claude-sonnet-4-5", None);
    assert_eq!((got, losses), ([some("1"), None, some("40")], vec!["temperature above 1", "top_p"]));
    let (got, _) = drawn("claude-sonnet-4-5", Some(Effort::Level(Level::Low)));
    assert_eq!(got, [None, None, None]);
    let (got, losses) = drawn("claude-opus-4-7", None);
    assert_eq!((got, losses), ([None, None, None], vec!["temperature", "top_p", "top_k"]));
}

#[test]
fn a_forced_tool_counts_more_than_thinking_and_a_model_that_takes_no_force_is_told() {
    let forced = |model, choice: Choice<'static>| {
        let schema = r#"{"type":"object"}"#.into();
        let tool = Tool::Function { name: "f".into(), description: None, schema, strict: None, cache: None };
        let mut request = Request { choice: Some(choice), tools: vec![tool], ..asking(model) };
        request.reasoning.effort = Some(Effort::Level(Level::High));
        request.parallel = Some(false);
        written(&request).0
    };
    let body = forced("claude-opus-5", Choice::Any);
    assert_eq!(body["tool_choice"], json!({"type": "any", "disable_parallel_tool_use": true}));
    assert_eq!(body["thinking"], json!({"type": "disabled"}));
    let body = forced("claude-sonnet-4-5", Choice::Tool("f".into()));
    assert_eq!(body["tool_choice"], json!({"type": "tool", "name": "f", "disable_parallel_tool_use": true}));
    assert_eq!(body.get("thinking"), None);
    let body = forced("claude-opus-5-5", Choice::Tool("f".into()));
    assert_eq!(body["tool_choice"], json!({"type": "auto", "disable_parallel_tool_use": true}));
    assert_eq!(body["thinking"]["type"], "adaptive");
    assert_eq!(body["system"][0]["text"], "You must call the tool `f` in this answer.");
    let body = forced("claude-opus-5-5", Choice::None);
    assert_eq!(body["tool_choice"], json!({"type": "none"}));
}

#[test]
fn a_loop_that_has_lost_its_thinking_goes_on_without() {
    let mut request = asking("claude-sonnet-4-5");
    let call = Part::Call { id: "t".into(), name: "f".into(), input: "{}".into() };
    let result = ToolResult { id: "t".into(), parts: vec![text("x")], ..ToolResult::default() };
    request.turns.push(turn(Role::Assistant, vec![call]));
    request.turns.push(turn(Role::User, vec![Part::Result(result)]));
    request.reasoning.effort = Some(Effort::Level(Level::High));
    let (body, losses) = written(&request);
    assert_eq!((body.get("thinking"), losses.len()), (None, 1));
    request.turns.push(turn(Role::Assistant, vec![text("done")]));
    request.turns.push(turn(Role::User, vec![text("more")]));
    assert_eq!(written(&request).0["thinking"]["type"], "enabled", "a new turn begins anew");
    request.turns.truncate(3);
    request.model = "claude-opus-4-6".into();
    assert_eq!(written(&request).0["thinking"]["type"], "adaptive");
}
