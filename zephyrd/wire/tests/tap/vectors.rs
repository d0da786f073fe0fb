//! One answer for each rule, and what is read of it.

use std::path::{Path, PathBuf};

use zephyr_wire::dialect::{ALL, Dialect};
use zephyr_wire::encoding::Encoding;
use zephyr_wire::tap::{Form, Seen, Tap};
use zephyr_wire::usage::{MOST, Reading, Tier, Usage};

pub(crate) struct Vector {
    pub(crate) name: String,
    pub(crate) dialect: &'static dyn Dialect,
    pub(crate) form: Form,
    pub(crate) text: Vec<u8>,
}

fn dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tap/vectors")
}

/// The text of one vector.
pub(crate) fn vector(name: &str) -> Vec<u8> {
    std::fs::read(dir().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// All of them.
pub(crate) fn vectors() -> Vec<Vector> {
    let mut all = Vec::new();
    for dialect in ALL {
        for entry in std::fs::read_dir(dir().join(dialect.name())).expect("vectors") {
            let path = entry.expect("a file").path();
            let form = if path.extension().is_some_and(|e| e == "sse") { Form::Stream } else { Form::Whole };
            let file = path.file_name().expect("a name").to_string_lossy().into_owned();
            let text = std::fs::read(&path).expect("readable");
            all.push(Vector { name: format!("{}/{file}", dialect.name()), dialect, form, text });
        }
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn read(name: &str) -> (Seen, Reading) {
    let v = vectors().into_iter().find(|v| v.name == name).unwrap_or_else(|| panic!("no vector {name}"));
    let mut tap = Tap::new(v.dialect, v.form, Encoding::Identity);
    tap.feed(&v.text);
    tap.finish();
    (tap.seen().clone(), tap.into_reading())
}

/// What `name` tells of tokens: its last word.
fn usage(name: &str) -> Usage {
    let (seen, reading) = read(name);
    assert!(
        seen.ended && seen.semantic && reading.is_final && !reading.untapped,
        "{name}: {seen:?} {reading:?}"
    );
    reading.usage.unwrap_or_else(|| panic!("{name}: no usage"))
}

const FULL: Usage = Usage {
    input: 25,
    output: 15,
    cache_write_5m: 100,
    cache_write_1h: 200,
    cache_read: 4000,
    reasoning: 0,
    web_searches: 0,
    web_fetches: 0,
    code_runs: 0,
    tier: Tier::Priority,
};

fn tokens(input: u64, output: u64) -> Usage {
    Usage { input, output, ..Usage::default() }
}

#[test]
fn anthropic_start_and_delta_are_merged_and_the_delta_wins() {
    assert_eq!(usage("anthropic/start_and_delta.sse"), FULL);
    let want = Usage { cache_write_5m: 5, cache_read: 7, ..tokens(12, 20) };
    assert_eq!(usage("anthropic/delta_wins.sse"), want);
    assert_eq!(usage("anthropic/several_deltas.sse"), tokens(5, 25));
}

#[test]
fn anthropic_zeros_and_nulls_in_the_delta_take_nothing_back() {
    assert_eq!(usage("anthropic/zeros_and_nulls_in_delta.sse"), FULL);
    assert_eq!(usage("anthropic/no_usage_in_delta.sse"), tokens(5, 7));
}

#[test]
fn anthropic_cache_writes_are_told_apart_by_life_and_a_bare_sum_lives_five_minutes() {
    assert_eq!(usage("anthropic/sum_in_delta_keeps_parts.sse"), FULL);
    assert_eq!(usage("anthropic/sum_in_delta_is_smaller.sse"), Usage { cache_write_5m: 60, ..FULL });
    assert_eq!(usage("anthropic/sum_alone.sse"), Usage { cache_write_5m: 300, ..tokens(1, 2) });
}

#[test]
fn anthropic_server_tools_are_counted() {
    let want = Usage { web_searches: 3, web_fetches: 2, code_runs: 1, ..tokens(1, 2) };
    assert_eq!(usage("anthropic/server_tools.sse"), want);
}

#[test]
fn anthropic_compactions_are_added_to_the_sums_beside_them() {
    let want = Usage { cache_read: 10, ..tokens(203_000, 4500) };
    assert_eq!(usage("anthropic/compaction.sse"), want);
}

#[test]
fn anthropic_odd_numbers_are_read_or_passed_over() {
    assert_eq!(usage("anthropic/odd_numbers.sse"), Usage { cache_read: 4000, ..tokens(25, MOST) });
}

#[test]
fn every_way_to_write_a_stream_reads_the_same() {
    for name in [
        "crlf",
        "cr",
        "bom_and_comments",
        "no_last_blank_line",
        "without_names",
        "spaced_without_names",
        "several_data_lines",
    ] {
        let name = format!("anthropic/{name}.sse");
        assert_eq!(usage(&name), tokens(5, 10), "{name}");
        let reading = read(&name).1;
        assert_eq!(reading.model.as_deref(), Some("claude-opus-5-5"), "{name}");
        assert_eq!(reading.stop.as_deref(), Some("end_turn"), "{name}");
    }
}

#[test]
fn a_cut_stream_keeps_what_was_seen_and_has_not_ended() {
    let (seen, reading) = read("anthropic/cut_in_message_delta.sse");
    assert!(seen.semantic && !seen.ended && !reading.is_final);
    assert_eq!((reading.usage, reading.stop), (Some(tokens(5, 1)), None));
    let (seen, reading) = read("anthropic/cut_in_message_stop.sse");
    assert!(!seen.ended && reading.is_final);
    assert_eq!(reading.usage, Some(tokens(5, 10)));
    let (seen, reading) = read("openai-responses/cut.sse");
    assert!(!seen.ended && !reading.is_final && reading.usage.is_none());
    assert_eq!(reading.model.as_deref(), Some("gpt-5"));
    let (seen, reading) = read("openai-chat/cut.sse");
    assert!(!seen.ended && reading.usage.is_none());
}

#[test]
fn an_error_after_content_is_taken_down() {
    for (name, kind, message) in [
        ("anthropic/error_after_content.sse", "overloaded_error", "Overloaded"),
        ("openai-chat/error_chunk.sse", "server_error", "the model crashed"),
        ("openai-chat/error_with_finish.sse", "", "provider gone"),
        ("openai-responses/failed.sse", "server_error", "broke"),
    ] {
        let (seen, reading) = read(name);
        assert!(seen.semantic && seen.error.is_none(), "{name}: {seen:?}");
        assert_eq!(reading.error, Some((kind.to_owned(), message.to_owned())), "{name}");
    }
    let (seen, reading) = read("openai-responses/error_event.sse");
    let error = Some(("rate_limit_exceeded".to_owned(), "slow down".to_owned()));
    assert_eq!((seen.error, seen.semantic, reading.error), (error.clone(), false, error));
}

#[test]
fn chat_usage_is_read_wherever_it_stands_and_cached_tokens_are_no_input() {
    let want = Usage { cache_read: 600, reasoning: 30, tier: Tier::Flex, ..tokens(400, 50) };
    assert_eq!(usage("openai-chat/last_chunk.sse"), want);
    assert_eq!(usage("openai-chat/every_chunk.sse"), tokens(10, 3));
    assert_eq!(usage("openai-chat/deepseek.sse"), Usage { cache_read: 64, ..tokens(36, 5) });
    assert_eq!(usage("openai-chat/moonshot.sse"), Usage { cache_read: 40, ..tokens(60, 5) });
    assert_eq!(usage("openai-chat/groq.sse"), tokens(18, 5));
}

#[test]
fn chat_cache_writes_and_searches_are_counted() {
    let want = Usage { cache_read: 600, cache_write_5m: 300, web_searches: 2, ..tokens(100, 5) };
    assert_eq!(usage("openai-chat/cache_writes.sse"), want);
    let apart = Usage { cache_write_5m: 300, ..tokens(10, 5) };
    assert_eq!(usage("openai-chat/parts_not_in_whole.sse"), apart);
}

#[test]
fn chat_reasoning_that_is_counted_apart_is_output_too() {
    let want = Usage { cache_read: 128, reasoning: 2809, ..tokens(9992, 4308) };
    assert_eq!(usage("openai-chat/reasoning_apart.sse"), want);
    let want = Usage { cache_read: 128, reasoning: 200, ..tokens(9992, 700) };
    assert_eq!(usage("openai-chat/reasoning_apart_by_total.sse"), want);
}

#[test]
fn a_chat_head_without_a_model_is_passed_over() {
    let (seen, reading) = read("openai-chat/azure_head.sse");
    assert!(seen.ended && !reading.is_final);
    assert_eq!((reading.usage, reading.model.as_deref()), (None, Some("gpt-5")));
}

#[test]
fn an_empty_finish_reason_is_no_end() {
    let (seen, reading) = read("openai-chat/empty_finish_reasons.sse");
    assert!(seen.semantic && !seen.ended && reading.stop.is_none());
}

#[test]
fn a_response_tells_its_usage_when_it_ends_however_it_ends() {
    let want = Usage { cache_read: 200, reasoning: 64, tier: Tier::Priority, ..tokens(300, 80) };
    assert_eq!(usage("openai-responses/completed.sse"), want);
    assert_eq!(usage("openai-responses/incomplete.sse"), want);
    assert_eq!(usage("openai-responses/failed.sse"), Usage { tier: Tier::Priority, ..tokens(500, 0) });
    let tools = Usage { web_searches: 2, code_runs: 1, ..want };
    assert_eq!(usage("openai-responses/tools.sse"), tools);
    assert_eq!(read("openai-responses/incomplete.sse").1.stop.as_deref(), Some("incomplete"));
}

#[test]
fn whole_answers_are_read() {
    assert_eq!(usage("anthropic/whole.json"), FULL);
    let chat = Usage { cache_read: 600, reasoning: 30, ..tokens(400, 50) };
    assert_eq!(usage("openai-chat/whole.json"), chat);
    assert_eq!(usage("openai-chat/whole_nested_usage.json"), tokens(7, 2));
    let response =
        Usage { cache_read: 200, reasoning: 64, web_searches: 1, tier: Tier::Flex, ..tokens(300, 80) };
    assert_eq!(usage("openai-responses/whole.json"), response);
    for (name, model, stop) in [
        ("anthropic/whole.json", "claude-opus-5-5", "tool_use"),
        ("openai-chat/whole.json", "gpt-5-2026", "tool_calls"),
        ("openai-responses/whole.json", "gpt-5", "completed"),
    ] {
        let reading = read(name).1;
        assert_eq!((reading.model.as_deref(), reading.stop.as_deref()), (Some(model), Some(stop)), "{name}");
    }
}

#[test]
fn a_whole_error_is_no_answer() {
    let (seen, reading) = read("anthropic/error.json");
    let error = Some(("rate_limit_error".to_owned(), "slow down".to_owned()));
    assert_eq!((seen.error, seen.semantic, seen.ended), (error.clone(), false, true));
    assert_eq!((reading.error, reading.usage), (error, None));
}

#[test]
fn a_whole_answer_of_many_megabytes_is_read_without_being_held() {
    let mut tap = Tap::new(ALL[0], Form::Whole, Encoding::Identity);
    tap.feed(br#"{"model":"m","content":[{"type":"text","text":""#);
    let chunk = [b'x'; 64 * 1024];
    (0..400).for_each(|_| tap.feed(&chunk));
    tap.feed(br#""}],"usage":{"input_tokens":3,"output_tokens":4}}"#);
    assert!(tap.seen().ended && tap.reading().is_final && !tap.reading().untapped);
    assert_eq!(tap.reading().usage, Some(tokens(3, 4)));
}

#[test]
fn a_value_that_is_too_long_to_be_true_is_not_gathered() {
    let mut tap = Tap::new(ALL[0], Form::Whole, Encoding::Identity);
    tap.feed(format!(r#"{{"model":"{}","usage":{{"input_tokens":3}}}}"#, "x".repeat(100_000)).as_bytes());
    assert_eq!((&tap.reading().model, tap.reading().untapped), (&None, true));
    assert_eq!(tap.reading().usage, Some(tokens(3, 0)));
}

#[test]
fn after_an_overlong_event_the_next_one_is_read_and_the_gap_is_told() {
    let text = vector("anthropic/start_and_delta.sse");
    let text = String::from_utf8(text).expect("text");
    let big = format!("event: content_block_delta\ndata: {{\"x\":\"{}\"}}\n\n", "x".repeat(9_000_000));
    let text = text.replacen("event: content_block_stop", &(big + "event: content_block_stop"), 1);
    let mut tap = Tap::new(ALL[0], Form::Stream, Encoding::Identity);
    text.as_bytes().chunks(50_000).for_each(|chunk| tap.feed(chunk));
    assert!(tap.seen().ended && tap.reading().is_final && tap.reading().untapped);
    assert_eq!(tap.reading().usage, Some(FULL));
}

#[test]
fn an_overlong_end_is_still_an_end() {
    let mut tap = Tap::new(ALL[2], Form::Stream, Encoding::Identity);
    tap.feed(b"event: response.output_text.delta\ndata: {\"delta\":\"a\"}\n\n");
    tap.feed(b"event: response.completed\ndata: {\"response\":{\"output\":[\"");
    let chunk = [b'x'; 64 * 1024];
    (0..200).for_each(|_| tap.feed(&chunk));
    tap.feed(b"\"]}}\n\n");
    assert!(tap.seen().ended && tap.reading().untapped && !tap.reading().is_final);
}
