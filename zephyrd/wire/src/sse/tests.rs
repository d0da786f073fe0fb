//! Cutting streams into events: the standard's ways to write them, in any chunks, and the bound.

use super::*;
use proptest::prelude::*;

/// Name and data of the events in `chunks`.
fn cut<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<(String, String)> {
    let mut got = Vec::new();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut events = Events::default();
    for chunk in chunks {
        events.feed(chunk, |e| got.push((text(e.name), text(e.data))));
    }
    events.finish(|e| got.push((text(e.name), text(e.data))));
    got
}

fn one(stream: &str) -> Vec<(String, String)> {
    cut([stream.as_bytes()])
}

fn want(events: &[(&str, &str)]) -> Vec<(String, String)> {
    events.iter().map(|(name, data)| ((*name).to_owned(), (*data).to_owned())).collect()
}

#[test]
fn all_three_line_ends_end_lines() {
    for end in ["\n", "\r\n", "\r"] {
        let stream =
            ["event: a", "data: 1", "", ": comment", "", "data:2", "id: 7", "retry: 1", "", ""].join(end);
        assert_eq!(one(&stream), want(&[("a", "1"), ("", "2")]), "{end:?}");
    }
}

#[test]
fn several_data_lines_make_one_text() {
    assert_eq!(one("data: a\ndata:  b\ndata\ndata: c\n\n"), want(&[("", "a\n b\n\nc")]));
    assert_eq!(one("data: 1\nevent: late\n\n"), want(&[("late", "1")]));
}

#[test]
fn a_byte_order_mark_is_skipped() {
    assert_eq!(one("\u{feff}event: a\ndata: 1\n\n"), want(&[("a", "1")]));
    assert_eq!(cut([&b"\xef"[..], b"\xbb", b"\xbfdata: 1\n\n"]), want(&[("", "1")]));
}

#[test]
fn a_last_event_needs_no_blank_line_and_not_even_a_line_end() {
    assert_eq!(one("data: 1\n\nevent: b\ndata: 2"), want(&[("", "1"), ("b", "2")]));
    assert_eq!(one("event: b\ndata: 2\n"), want(&[("b", "2")]));
    assert_eq!(one("event: b\n"), want(&[]));
}

#[test]
fn an_event_without_data_is_none_and_its_name_is_forgotten() {
    assert_eq!(one("event: a\n\ndata: 1\n\n"), want(&[("", "1")]));
}

#[test]
fn a_name_that_nobody_knows_is_dropped_when_it_is_long() {
    let long = "x".repeat(49);
    assert_eq!(one(&format!("event: {long}\ndata: 1\n\n")), want(&[("", "1")]));
}

#[test]
fn an_overlong_event_is_told_by_its_beginning_and_the_next_one_is_read() {
    let mut stream = b"event: big\ndata: begin".to_vec();
    stream.resize(MAX_EVENT + 100, b'x');
    stream.extend_from_slice(b"\ndata: more\n\nevent: next\ndata: 2\n\n");
    for size in [stream.len(), MAX_EVENT / 2 + 7, 10_000] {
        let mut got = Vec::new();
        let mut events = Events::default();
        for chunk in stream.chunks(size) {
            events.feed(chunk, |e| got.push((e.name.to_vec(), e.data.to_vec(), e.overlong)));
        }
        events.finish(|_| panic!("nothing is left"));
        assert_eq!(got.len(), 2, "in chunks of {size}");
        assert_eq!((&got[0].0[..], got[0].1.len(), got[0].2), (&b"big"[..], OVERLONG_HEAD, true));
        assert!(got[0].1.starts_with(b"beginxxx"));
        assert_eq!(got[1], (b"next".to_vec(), b"2".to_vec(), false));
    }
}

#[test]
fn many_lines_count_as_one_event() {
    let line = format!("data: {}\n", "x".repeat(1024 * 1024 - 7));
    let mut stream = line.repeat(9);
    stream.push_str("\ndata: 2\n\n");
    let got = one(&stream);
    assert_eq!((got.len(), got[0].1.len()), (2, OVERLONG_HEAD));
}

proptest! {
    #[test]
    fn any_chunking_gives_the_same_events(
        parts in proptest::collection::vec(
            prop_oneof![
                Just("data: 1"), Just("data:"), Just("event: a"), Just("event"), Just(": c"), Just("x"), Just("\u{feff}"),
                Just("\n"), Just("\r"), Just("\r\n"), Just("\n\n"), Just("\r\n\r\n"), Just("data: {\"a\":[]}\n\n"),
            ],
            0..40,
        ),
        cuts in proptest::collection::vec(1usize..9, 0..60),
    ) {
        let stream = parts.concat();
        let mut chunks = Vec::new();
        let mut rest = stream.as_bytes();
        for cut in cuts {
            let (head, tail) = rest.split_at(cut.min(rest.len()));
            chunks.push(head);
            rest = tail;
        }
        chunks.push(rest);
        prop_assert_eq!(cut(chunks), one(&stream));
    }
}
