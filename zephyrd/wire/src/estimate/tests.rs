//! Whole requests against numbers that vendors publish, and laws that hold for all of them.

use super::*;
use crate::form::{Seal, Thinking, ToolResult};

fn text(text: &str) -> Part<'_> {
    Part::Text { text: text.into(), cache: None }
}

fn turn<'a>(role: Role, parts: Vec<Part<'a>>) -> Turn<'a> {
    Turn { role, parts, name: None }
}

fn user(said: &str) -> Turn<'_> {
    turn(Role::User, vec![text(said)])
}

fn of(request: &Request<'_>, model: &str) -> u64 {
    input_tokens(request, Family::of(model))
}

fn weather<'a>() -> Request<'a> {
    let schema = r#"{"type":"object","properties":{"location":{"type":"string","description":"The city and state, e.g. San Francisco, CA"}},"required":["location"]}"#;
    Request {
        turns: vec![user("What's the weather like in San Francisco?")],
        tools: vec![Tool::Function {
            name: "get_weather".into(),
            description: Some("Get the current weather in a given location".into()),
            schema: schema.into(),
            strict: None,
            cache: None,
        }],
        ..Request::default()
    }
}

/// Anthropic's guide to token counting gives 14 and 403 for these two.
#[test]
fn estimates_are_a_little_above_what_the_vendor_counts() {
    let hello = Request {
        turns: vec![turn(Role::System, vec![text("You are a scientist")]), user("Hello, Claude")],
        ..Request::default()
    };
    let within = |estimate: u64, counted: u64| (counted..=counted * 2).contains(&estimate);
    assert!(within(of(&hello, "claude-opus-4-6"), 14), "{}", of(&hello, "claude-opus-4-6"));
    assert!(within(of(&hello, "claude-opus-5"), 14), "{}", of(&hello, "claude-opus-5"));
    let tools = of(&weather(), "claude-sonnet-4-5");
    assert!((403..=480).contains(&tools), "{tools}");
}

#[test]
fn more_of_anything_is_never_fewer_tokens() {
    let mut request = weather();
    let mut before = of(&request, "claude-opus-5");
    for part in [
        text("and in Paris?"),
        Part::Call { id: "1".into(), name: "get_weather".into(), input: r#"{"location":"Paris"}"#.into() },
        Part::Result(ToolResult { id: "1".into(), parts: vec![text("sunny")], ..ToolResult::default() }),
        Part::Media(Media {
            kind: "image/png".into(),
            source: Source::Url("https://example.com/a.png".into()),
            title: None,
            detail: None,
            cache: None,
        }),
        Part::Media(Media {
            kind: "application/pdf".into(),
            source: Source::File("file_1".into()),
            title: Some("a.pdf".into()),
            detail: None,
            cache: None,
        }),
    ] {
        request.turns.push(turn(Role::Assistant, vec![part]));
        let after = of(&request, "claude-opus-5");
        assert!(after > before + 4, "{after} after {before}");
        before = after;
    }
}

#[test]
fn thinking_counts_until_the_person_speaks_again() {
    let thought = "I should look at the weather first, and then at the train. ".repeat(20);
    let thinks = |text: &str| {
        let seal = Seal::Signature("c2VhbGVk".repeat(30).into());
        Part::Thinking(Thinking { text: text.to_owned().into(), seal })
    };
    let call = || Part::Call { id: "1".into(), name: "f".into(), input: "{}".into() };
    let result = || Part::Result(ToolResult { id: "1".into(), ..ToolResult::default() });
    let asked = |thinking: Option<Part<'static>>, last: Turn<'static>| {
        let parts = thinking.into_iter().chain([call()]).collect();
        let turns = vec![user("go"), turn(Role::Assistant, parts), turn(Role::User, vec![result()]), last];
        of(&Request { turns, ..Request::default() }, "claude-opus-5")
    };
    let (running, over) = (|| turn(Role::Assistant, Vec::new()), || user("thanks"));
    assert!(asked(Some(thinks(&thought)), running()) > asked(None, running()) + 200);
    assert!(asked(Some(thinks("")), running()) > asked(None, running()) + 50);
    assert_eq!(asked(Some(thinks(&thought)), over()), asked(None, over()));
}

#[test]
fn a_body_that_cannot_be_read_counts_as_it_is_written() {
    use crate::dialect::OPENAI_CHAT;
    let words = "word ".repeat(1_000);
    let picture = "iVBORw0KGgo".repeat(30_000);
    let body = |more: &str| format!(r#"{{"n":2,"messages":[{{"role":"user","content":"{words}"}}{more}]}}"#);
    let of = |body: String| of_body(OPENAI_CHAT, body.as_bytes(), "gpt-5").unwrap();
    let plain = of(body(""));
    let with = of(body(&format!(r#",{{"role":"user","content":"data:{picture}"}}"#)));
    assert!((1_000..1_100).contains(&plain) && with < plain + 60_000, "{plain} {with}");
    for broken in ["", "[]", "{\"a\":", "<html>"] {
        assert!(of_body(OPENAI_CHAT, broken.as_bytes(), "gpt-5").is_err(), "{broken}");
    }
}

#[test]
fn families_differ() {
    let code = "fn main() { run(); }\n".repeat(100);
    let request = Request { turns: vec![user(&code)], ..Request::default() };
    let (old, new) = (of(&request, "claude-opus-4-6"), of(&request, "claude-opus-4-7"));
    let (gpt, other) = (of(&request, "gpt-5"), of(&request, "qwen3-coder"));
    assert!(gpt < other && other < old && old < new, "{gpt} {other} {old} {new}");
}
