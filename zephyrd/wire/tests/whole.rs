//! Golden vectors of `whole`: `whole/DIALECT/CASE/stream.sse` is what an endpoint sends, `whole.json` what that is as one
//! answer (set out in lines here), `back.sse` the stream of that answer as clients get it. A stream in `whole/DIALECT/unsound/`
//! begins with a comment that says why it is none.
//!
//! `ZEPHYR_WRITE_VECTORS=1` writes `whole.json` and `back.sse` anew; read the difference before it is kept.
#![allow(clippy::expect_used, reason = "a test")]

use std::path::{Path, PathBuf};

use zephyr_wire::dialect::{ALL, Dialect};
use zephyr_wire::whole::{MOST, Scatter, Unsound, check, gather, gatherer, is_sound, scatter};

fn folder(dialect: &dyn Dialect) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/whole").join(dialect.name().replace('-', "_"))
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
    let mut paths: Vec<_> = entries.map(|e| e.expect("an entry").path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", dir.display());
    paths
}

fn cases() -> Vec<(&'static dyn Dialect, PathBuf)> {
    let of = |d: &'static dyn Dialect| entries(&folder(d)).into_iter().map(move |path| (d, path));
    ALL.into_iter().flat_map(of).filter(|(_, path)| !path.ends_with("unsound")).collect()
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The same JSON without the space between its tokens, or with lines and indentation down to this depth.
fn set_out(json: &[u8], depth: usize) -> String {
    let (mut out, mut level, mut in_text, mut escaped) = (String::new(), 0, false, false);
    let text = std::str::from_utf8(json).expect("text");
    let line = |out: &mut String, level: usize| {
        if level <= depth {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", level));
        }
    };
    for c in text.chars() {
        if in_text {
            out.push(c);
            in_text = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        match c {
            '{' | '[' => {
                out.push(c);
                level += 1;
                if depth > 0 {
                    line(&mut out, level);
                }
            }
            '}' | ']' => {
                let filled = out.trim_end().len();
                if out[..filled].ends_with(['{', '[']) {
                    out.truncate(filled);
                } else if depth > 0 && level <= depth {
                    line(&mut out, level - 1);
                }
                level -= 1;
                out.push(c);
            }
            ',' => {
                out.push(c);
                if depth > 0 {
                    line(&mut out, level);
                }
            }
            c if c.is_ascii_whitespace() => {}
            c => {
                in_text = c == '"';
                out.push(c);
            }
        }
    }
    out
}

/// The lines of the JSON in an order of their own: what it says, wherever its members stand.
fn members(json: &[u8]) -> Vec<String> {
    let mut lines: Vec<_> = set_out(json, 99).lines().map(|l| l.trim_end_matches(',').to_owned()).collect();
    lines.sort();
    lines
}

#[test]
fn streams_become_the_expected_answers_and_back() {
    let write = std::env::var_os("ZEPHYR_WRITE_VECTORS").is_some();
    for (dialect, case) in cases() {
        let name = case.display();
        let whole =
            gather(dialect, &read(&case.join("stream.sse"))).unwrap_or_else(|e| panic!("{name}: {e}"));
        let wish = Scatter { include_usage: !case.ends_with("no_usage_asked") };
        let back = scatter(dialect, &whole, wish).unwrap_or_else(|e| panic!("{name}: {e}"));
        if write {
            std::fs::write(case.join("whole.json"), set_out(&whole, 4) + "\n").expect("written");
            std::fs::write(case.join("back.sse"), &back).expect("written");
        }
        // As text, not as values: no number, escape or order of members may change.
        let expected = read(&case.join("whole.json"));
        assert_eq!(set_out(&whole, 0), set_out(&expected, 0), "{name}");
        assert_eq!(
            String::from_utf8_lossy(&back),
            String::from_utf8_lossy(&read(&case.join("back.sse"))),
            "{name}"
        );
        // An answer set out in lines gives the same stream, but for the space in a tool's input.
        let from_lines = scatter(dialect, &expected, wish).unwrap_or_else(|e| panic!("{name}: {e}"));
        for stream in [back, from_lines] {
            let again = gather(dialect, &stream).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(members(&again), members(&whole), "{name}");
        }
    }
}

#[test]
fn unsound_streams_say_why() {
    for dialect in ALL {
        for case in entries(&folder(dialect).join("unsound")) {
            let stream = read(&case);
            let text = String::from_utf8_lossy(&stream);
            let why = text.lines().next().and_then(|line| line.strip_prefix(": ")).expect("a reason");
            let unsound = gather(dialect, &stream).expect_err(&case.display().to_string());
            assert_eq!(unsound.0, why, "{}", case.display());
        }
    }
}

#[test]
fn a_stream_cut_anywhere_is_unsound() {
    for (dialect, case) in cases() {
        for name in ["stream.sse", "back.sse"] {
            let stream = read(&case.join(name));
            // After this, nothing is said any more: another server's `[DONE]` and blank lines.
            let text = std::str::from_utf8(&stream).expect("text").trim_end();
            let end = match text.strip_suffix("data: [DONE]") {
                Some(text) if dialect.name() != "openai-chat" => text.trim_end().len(),
                _ => text.len(),
            };
            for cut in 0..end {
                assert!(gather(dialect, &stream[..cut]).is_err(), "{}, {name} up to {cut}", case.display());
            }
        }
    }
}

#[test]
fn answers_of_another_dialect_errors_and_parts_are_not_sound() {
    for (dialect, case) in cases() {
        let whole = read(&case.join("whole.json"));
        for other in ALL {
            assert_eq!(is_sound(other, &whole), other.name() == dialect.name(), "{}", case.display());
        }
        assert!(!is_sound(dialect, &whole[..whole.trim_ascii_end().len() - 1]), "{}", case.display());
    }
    for dialect in ALL {
        let error = dialect.error_body("overloaded_error", "m", "req_1");
        assert!(!is_sound(dialect, &error) && scatter(dialect, &error, Scatter::default()).is_err());
        assert!(gather(dialect, &dialect.error_event("overloaded_error", "m", "req_1")).is_err());
        assert!(gather(dialect, b"").is_err());
    }
}

#[test]
fn each_thing_that_an_answer_needs_is_missed() {
    let message = r#"{"id":"m","type":"message","role":"assistant","model":"c","content":[{"type":"text","text":"a"},
        {"type":"tool_use","id":"t","name":"n","input":{}}],"stop_reason":"tool_use","usage":{}}"#;
    let completion = r#"{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant",
        "tool_calls":[{"id":"t","type":"function","function":{"name":"n","arguments":""}}]},"finish_reason":"stop"}]}"#;
    let response = r#"{"id":"r","object":"response","status":"completed","output":[{"type":"function_call",
        "call_id":"c","name":"n","arguments":""}]}"#;
    for (dialect, whole) in ALL.into_iter().zip([message, completion, response]) {
        assert_eq!(check(dialect, whole.as_bytes()), Ok(()), "{dialect:?}");
        let keys = whole.split('"').skip(1).step_by(2).zip(whole.split('"').skip(2).step_by(2));
        let keys: Vec<&str> = keys.filter(|(_, after)| after.starts_with(':')).map(|(key, _)| key).collect();
        for key in keys.into_iter().filter(|key| !["message", "tool_calls"].contains(key)) {
            let without = whole.replacen(&format!("\"{key}\":"), "\"x\":", 1);
            // Without its type, a block is nothing; with another one it may be whatever a later version sends.
            assert!(!is_sound(dialect, without.as_bytes()), "{dialect:?} without `{key}`");
        }
    }
}

#[test]
fn usage_comes_in_a_chunk_of_its_own_where_it_was_asked_for() {
    let dialect = zephyr_wire::dialect::OPENAI_CHAT;
    let whole = read(&folder(dialect).join("text/whole.json"));
    let stream = |include_usage| {
        let stream = scatter(dialect, &whole, Scatter { include_usage }).expect("a stream");
        String::from_utf8(stream).expect("text")
    };
    assert!(stream(true).contains(r#""choices":[],"usage":{"prompt_tokens""#));
    assert!(!stream(false).contains("usage") && !stream(false).contains(r#""choices":[]"#));
}

#[test]
fn what_is_too_long_is_unsound() {
    let long = Unsound("it is longer than 32 MiB");
    let padding = vec![b' '; MOST / 4];
    for dialect in ALL {
        let mut gather = gatherer(dialect);
        for _ in 0..5 {
            gather.event(b"ping", &padding);
        }
        assert_eq!(gather.whole(), Err(long), "{dialect:?}");
        assert_eq!(check(dialect, &vec![b' '; MOST + 1]), Err(long), "{dialect:?}");
    }
}

#[test]
fn deep_nesting_and_many_members_are_carried_or_refused_but_do_no_harm() {
    let dialect = zephyr_wire::dialect::ANTHROPIC;
    let message = |input: &str, more: &str| {
        format!(
            r#"{{"id":"m","type":"message","role":"assistant","model":"c","content":[{{"type":"tool_use","id":"t","name":"n","input":{input}}}],"stop_reason":"tool_use","usage":{{}}{more}}}"#
        )
    };
    let deep = message(&format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000)), "");
    let stream = scatter(dialect, deep.as_bytes(), Scatter::default()).expect("carried");
    assert_eq!(gather(dialect, &stream).expect("carried"), deep.as_bytes());
    let many: String = (0..1000).map(|i| format!(",\"x{i}\":{i}")).collect();
    assert!(!is_sound(dialect, message("{}", &many).as_bytes()));
}
