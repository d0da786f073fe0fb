//! Laws of translation, over the golden cases: where chunks are cut changes nothing, what comes out can be read again and means
//! the same, and nothing that can come in makes it panic.
#![allow(clippy::expect_used, reason = "a test")]

#[path = "translated/cases.rs"]
mod cases;

use cases::{Case, Kind, answer, answer_so_far, cases, others, target};
use proptest::prelude::*;
use zephyr_wire::dialect::{ALL, ANTHROPIC, Dialect, OPENAI_CHAT, OPENAI_RESPONSES};
use zephyr_wire::quirks::Quirks;
use zephyr_wire::tap::Form;
use zephyr_wire::translate;

const FORMS: [Form; 2] = [Form::Stream, Form::Whole];

fn answer_cases() -> Vec<(Case, Form)> {
    let form = |case: Case| match case.kind {
        Kind::Answer(form) => Some((case, form)),
        Kind::Request => None,
    };
    cases().into_iter().filter_map(form).collect()
}

/// The bytes, cut behind these positions.
fn cut<'a>(bytes: &'a [u8], at: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<_> = at.iter().map(|index| index.index(bytes.len() + 1)).collect();
    cuts.sort_unstable();
    let mut from = 0;
    let mut chunks: Vec<_> = cuts
        .into_iter()
        .map(|to| {
            let chunk = &bytes[from..to];
            from = to;
            chunk
        })
        .collect();
    chunks.push(&bytes[from..]);
    chunks
}

#[test]
fn byte_by_byte_it_comes_out_the_same() {
    for (case, given) in answer_cases() {
        let bytes: Vec<_> = case.bytes.chunks(1).collect();
        for to in others(case.dialect) {
            for form in FORMS {
                let whole = answer((case.dialect, given), (to, form), &[&case.bytes]);
                let cut = answer((case.dialect, given), (to, form), &bytes);
                assert_eq!(cut, whole, "{} for {}", case.name(), to.name());
            }
        }
    }
}

/// Ends of the events of a stream.
fn ends(stream: &[u8]) -> Vec<usize> {
    let text = std::str::from_utf8(stream).expect("text");
    text.match_indices("\n\n").map(|(at, _)| at + 2).collect()
}

#[test]
fn nothing_is_taken_back() {
    for (case, given) in answer_cases().into_iter().filter(|(_, given)| *given == Form::Stream) {
        for to in others(case.dialect) {
            let (whole, _) = answer((case.dialect, given), (to, Form::Stream), &[&case.bytes]);
            for end in ends(&case.bytes) {
                let out = answer_so_far((case.dialect, given), (to, Form::Stream), &case.bytes[..end]);
                assert!(whole.starts_with(&out), "{} for {}", case.name(), to.name());
            }
        }
    }
}

/// What an event tells goes out with it: text, thinking and pieces of arguments wait for nothing.
#[test]
fn nothing_is_held_back() {
    let telling = ["\"text\":\"", "\"content\":\"", "\"thinking\":\"", "\"partial_json\":\"", "\"delta\":\""];
    for (case, given) in answer_cases().into_iter().filter(|(_, given)| *given == Form::Stream) {
        // Here a piece is half a character, or belongs to a call whose name is not known yet.
        if matches!(
            case.name().as_str(),
            "answer_chat_cut_pair" | "answer_chat_tool_name_late" | "answer_anthropic_web_search"
        ) {
            continue;
        }
        for to in others(case.dialect) {
            let (mut before, mut from) = (0, 0);
            for end in ends(&case.bytes) {
                let event = std::str::from_utf8(&case.bytes[from..end]).expect("text");
                let tells = |key: &&str| event.split(*key).nth(1).is_some_and(|rest| !rest.starts_with('"'));
                let is_delta =
                    event.contains("_delta\"") || event.contains(".delta\"") || event.contains("chunk");
                let out = answer_so_far((case.dialect, given), (to, Form::Stream), &case.bytes[..end]);
                if is_delta && telling.iter().any(tells) {
                    assert!(out.len() > before, "{} for {}: {event}", case.name(), to.name());
                }
                (before, from) = (out.len(), end);
            }
        }
    }
}

#[test]
fn a_cut_stream_has_no_end() {
    for (case, given) in answer_cases().into_iter().filter(|(_, given)| *given == Form::Stream) {
        for to in others(case.dialect) {
            for end in &ends(&case.bytes) {
                for form in FORMS {
                    let (out, ended) = answer((case.dialect, given), (to, form), &[&case.bytes[..*end]]);
                    let out = String::from_utf8(out).expect("text");
                    let told = ["message_stop", "[DONE]", "response.completed", "response.incomplete"];
                    let told = form == Form::Stream && told.iter().any(|end| out.contains(end));
                    assert_eq!(
                        told || (form == Form::Whole && !out.is_empty()),
                        ended.is_ok(),
                        "{}",
                        case.name()
                    );
                }
            }
        }
    }
}

/// What comes out for one client is what would come out if an endpoint had answered so: a translated answer is sound in its own
/// dialect, and translated back it says what it said.
#[test]
fn there_and_back_is_the_same_answer() {
    let mut differing = Vec::new();
    for (case, given) in answer_cases().into_iter().filter(|(case, _)| !case.is_unsound()) {
        for to in others(case.dialect) {
            let (there, ended) = answer((case.dialect, given), (to, Form::Stream), &[&case.bytes]);
            ended.expect("an end");
            let sound = zephyr_wire::whole::gather(to, &there);
            assert!(sound.is_ok(), "{} for {}: {sound:?}", case.name(), to.name());
            let (whole, ended) = answer((case.dialect, given), (to, Form::Whole), &[&case.bytes]);
            ended.expect("an end");
            for third in others(to) {
                let (streamed, _) = answer((to, Form::Stream), (third, Form::Whole), &[&there]);
                let (wholly, _) = answer((to, Form::Whole), (third, Form::Whole), &[&whole]);
                if streamed != wholly {
                    let (name, by, of) = (case.name(), to.name(), third.name());
                    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                    differing.push(format!(
                        "{name} by {by} for {of}:\n{}\n{}",
                        text(&streamed),
                        text(&wholly)
                    ));
                }
            }
        }
    }
    assert!(differing.is_empty(), "{} differ:\n{}", differing.len(), differing.join("\n\n"));
}

#[test]
fn an_answer_that_is_longer_than_can_be_kept_is_cut() {
    let words = "x".repeat(1024 * 1024);
    let event =
        |data: String| format!("event: {}\ndata: {data}\n\n", data.split('"').nth(3).expect("a type"));
    let delta = event(format!(
        r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"text_delta","text":"{words}"}}}}"#
    ));
    let start = event(
        r#"{"type":"message_start","message":{"id":"m","model":"m","usage":{"input_tokens":1}}}"#.to_owned(),
    );
    let open = event(
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#.to_owned(),
    );
    let end = [
        r#"{"type":"content_block_stop","index":0}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}}"#,
        r#"{"type":"message_stop"}"#,
    ];
    let end: String = end.into_iter().map(|data| event(data.to_owned())).collect();
    let mut chunks = vec![start.as_bytes(), open.as_bytes()];
    chunks.extend(std::iter::repeat_n(delta.as_bytes(), 33));
    chunks.push(end.as_bytes());
    let (out, ended) = answer((ANTHROPIC, Form::Stream), (OPENAI_RESPONSES, Form::Stream), &chunks);
    assert!(ended.is_err() && !String::from_utf8(out).expect("text").contains("response.completed"));
    // Where nothing has to be kept, it goes on.
    assert!(answer((ANTHROPIC, Form::Stream), (OPENAI_CHAT, Form::Stream), &chunks).1.is_ok());
}

/// A request written for an endpoint is one that a client of that dialect could have sent, and is written for a third dialect
/// without anything being lost anew.
#[test]
fn what_is_written_can_be_read() {
    let quirks = Quirks::default();
    for case in cases().into_iter().filter(|case| case.kind == Kind::Request) {
        for to in others(case.dialect) {
            let Ok(written) = translate::request(case.dialect, to, &case.bytes, &target(&quirks)) else {
                continue;
            };
            for third in others(to) {
                let again = translate::request(to, third, &written.body, &target(&quirks));
                assert!(
                    again.is_ok(),
                    "{} by {} for {}: {:?}",
                    case.name(),
                    to.name(),
                    third.name(),
                    again.err()
                );
            }
        }
    }
}

fn any_dialect() -> impl Strategy<Value = &'static dyn Dialect> {
    prop::sample::select(ALL.to_vec())
}

/// A case's bytes with a piece of another, or of anything, in the place of a piece.
fn spoilt(kinds: fn(&Kind) -> bool) -> impl Strategy<Value = (Case, Vec<u8>)> {
    let all: Vec<_> = cases().into_iter().filter(|case| kinds(&case.kind)).map(std::rc::Rc::new).collect();
    let index = any::<prop::sample::Index>;
    let pieces = prop::sample::select(vec![
        "", "null", "0", "-1", "1e9", "\"\"", "\"x\"", "[]", "{}", "true", "\\ud83d", "\"", ",", "}", "]",
        "\n\n", "data: ", "\u{fffd}",
    ]);
    (index(), index(), 0..12_usize, pieces).prop_map(move |(which, at, len, piece)| {
        let case = which.get(&all);
        let at = at.index(case.bytes.len());
        let mut bytes = case.bytes[..at].to_vec();
        bytes.extend_from_slice(piece.as_bytes());
        bytes.extend_from_slice(&case.bytes[(at + len).min(case.bytes.len())..]);
        (Case::clone(case), bytes)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn cut_anywhere_it_comes_out_the_same(
        which in any::<prop::sample::Index>(),
        at in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        streams in any::<bool>(),
    ) {
        let all = answer_cases();
        let (case, given) = which.get(&all);
        let form = if streams { Form::Stream } else { Form::Whole };
        for to in others(case.dialect) {
            let whole = answer((case.dialect, *given), (to, form), &[&case.bytes]);
            prop_assert_eq!(&answer((case.dialect, *given), (to, form), &cut(&case.bytes, &at)), &whole);
        }
    }

    #[test]
    fn a_spoilt_answer_makes_no_panic((case, bytes) in spoilt(|kind| *kind != Kind::Request)) {
        let Kind::Answer(given) = case.kind else { unreachable!() };
        for to in others(case.dialect) {
            for form in FORMS {
                let (out, ended) = answer((case.dialect, given), (to, form), &[&bytes]);
                if ended.is_ok() && form == Form::Whole {
                    prop_assert!(serde_json::from_slice::<serde::de::IgnoredAny>(&out).is_ok());
                }
            }
        }
    }

    #[test]
    fn a_spoilt_request_makes_no_panic((case, bytes) in spoilt(|kind| *kind == Kind::Request)) {
        let quirks = Quirks::default();
        for to in others(case.dialect) {
            if let Ok(written) = translate::request(case.dialect, to, &bytes, &target(&quirks)) {
                prop_assert!(serde_json::from_slice::<serde::de::IgnoredAny>(&written.body).is_ok());
            }
        }
    }

    #[test]
    fn anything_at_all_makes_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..512), from in any_dialect(), to in any_dialect()) {
        let quirks = Quirks::default();
        let _ = translate::request(from, to, &bytes, &target(&quirks));
        if from.name() != to.name() {
            for given in FORMS {
                for form in FORMS {
                    let _ = answer((from, given), (to, form), &[&bytes]);
                }
            }
        }
    }
}
