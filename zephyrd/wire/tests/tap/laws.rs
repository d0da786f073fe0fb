//! Chunks and encodings change nothing of what is read.

use proptest::prelude::*;
use zephyr_wire::dialect::{ALL, Dialect};
use zephyr_wire::encoding::Encoding;
use zephyr_wire::tap::{Form, Seen, Tap};
use zephyr_wire::usage::Reading;

use crate::encoders::{self, encode};
use crate::vectors::vectors;

fn read<'a>(
    dialect: &'static dyn Dialect,
    form: Form,
    encoding: Encoding,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> (Seen, Reading) {
    let mut tap = Tap::new(dialect, form, encoding);
    chunks.into_iter().for_each(|chunk| tap.feed(chunk));
    tap.finish();
    (tap.seen().clone(), tap.into_reading())
}

#[test]
fn every_vector_reads_the_same_byte_by_byte() {
    for v in vectors() {
        let whole = read(v.dialect, v.form, Encoding::Identity, [&v.text[..]]);
        assert_eq!(read(v.dialect, v.form, Encoding::Identity, v.text.chunks(1)), whole, "{}", v.name);
    }
}

#[test]
fn a_watcher_of_whole_answers_reads_nothing() {
    for v in vectors().into_iter().filter(|v| v.form == Form::Whole) {
        let mut tap = Tap::watching(v.dialect, v.form, Encoding::Identity);
        tap.feed(&v.text);
        tap.finish();
        assert_eq!((tap.seen(), tap.reading()), (&Seen::default(), &Reading::default()), "{}", v.name);
    }
}

proptest! {
    #[test]
    fn a_watcher_of_a_stream_sees_what_a_reader_sees_and_reads_nothing(
        pick in any::<proptest::sample::Index>(),
        flips in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..3),
        at in any::<proptest::sample::Index>(),
        size in 1usize..300,
    ) {
        let vectors: Vec<_> = vectors().into_iter().filter(|v| v.form == Form::Stream).collect();
        let v = pick.get(&vectors);
        let mut text = v.text[..=at.index(v.text.len())].to_vec();
        for (at, byte) in flips {
            let at = at.index(text.len());
            text[at] = byte;
        }
        let mut tap = Tap::watching(v.dialect, v.form, Encoding::Identity);
        text.chunks(size).for_each(|chunk| tap.feed(chunk));
        tap.finish();
        let (seen, _) = read(v.dialect, v.form, Encoding::Identity, text.chunks(size));
        prop_assert_eq!(tap.seen(), &seen);
        prop_assert_eq!(tap.into_reading(), Reading::default());
    }

    #[test]
    fn any_chunks_of_any_encoding_read_the_same(
        pick in any::<proptest::sample::Index>(),
        how in proptest::sample::select(&encoders::ALL[..]),
        at in any::<proptest::sample::Index>(),
        size in 1usize..300,
    ) {
        let vectors = vectors();
        let v = pick.get(&vectors);
        let whole = read(v.dialect, v.form, Encoding::Identity, [&v.text[..]]);
        let (head, tail) = v.text.split_at(at.index(v.text.len()));
        let encoded = encode(how, &[head, tail]).concat();
        prop_assert_eq!(read(v.dialect, v.form, how.encoding(), encoded.chunks(size)), whole);
    }

    #[test]
    fn arbitrary_bytes_never_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..500),
        dialect in 0usize..3,
        stream in any::<bool>(),
        size in 1usize..50,
    ) {
        let form = if stream { Form::Stream } else { Form::Whole };
        let once = read(ALL[dialect], form, Encoding::Identity, [&bytes[..]]);
        prop_assert_eq!(read(ALL[dialect], form, Encoding::Identity, bytes.chunks(size)), once);
    }

    #[test]
    fn vectors_with_wrong_bytes_read_the_same_in_any_chunks(
        pick in any::<proptest::sample::Index>(),
        flips in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
        size in 1usize..60,
    ) {
        let vectors = vectors();
        let v = pick.get(&vectors);
        let mut text = v.text.clone();
        for (at, byte) in flips {
            let at = at.index(text.len());
            text[at] = byte;
        }
        let once = read(v.dialect, v.form, Encoding::Identity, [&text[..]]);
        prop_assert_eq!(read(v.dialect, v.form, Encoding::Identity, text.chunks(size)), once);
    }
}

/// At every byte of every vector: what one byte in a thousand does wrong, chance finds too late.
#[test]
fn a_cut_answer_never_reads_more_than_the_whole_one() {
    for v in &vectors() {
        let (whole_seen, whole) = read(v.dialect, v.form, Encoding::Identity, [&v.text[..]]);
        for at in 0..v.text.len() {
            let (seen, reading) = read(v.dialect, v.form, Encoding::Identity, [&v.text[..at]]);
            let place = format!("{} cut at {at}", v.name);
            assert!(seen.semantic <= whole_seen.semantic && seen.ended <= whole_seen.ended, "{place}");
            assert!(reading.is_final <= whole.is_final, "{place}");
            assert!(reading.model.is_none() || reading.model == whole.model, "{place}");
            if reading.is_final && v.form == Form::Stream && !v.name.contains("several_deltas") {
                assert_eq!(reading.usage, whole.usage, "{place}");
            }
        }
    }
}
