//! Each encoding: whole, flushed in parts, cut, broken, and blown up.

use http::header::CONTENT_ENCODING;
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;
use zephyr_wire::dialect::ANTHROPIC;
use zephyr_wire::encoding::{Decoder, Encoding, RATIO, SLACK, decoded};
use zephyr_wire::tap::{Form, Tap};

use crate::encoders::{ALL, How, encode};
use crate::vectors::vector;

fn of(values: &[&'static str]) -> Encoding {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(CONTENT_ENCODING, HeaderValue::from_static(value));
    }
    Encoding::of(&headers)
}

fn plain<'a>(encoding: Encoding, chunks: impl IntoIterator<Item = &'a [u8]>) -> (Vec<u8>, bool) {
    let mut decoder = Decoder::new(encoding);
    let mut out = Vec::new();
    for chunk in chunks {
        decoder.feed(chunk, |part| out.extend_from_slice(part));
    }
    (out, decoder.is_blind())
}

#[test]
fn encodings_are_known_by_their_names() {
    for (values, want) in [
        (&[][..], Encoding::Identity),
        (&["identity"], Encoding::Identity),
        (&[""], Encoding::Identity),
        (&["GZip"], Encoding::Gzip),
        (&["x-gzip"], Encoding::Gzip),
        (&["deflate"], Encoding::Deflate),
        (&["br"], Encoding::Brotli),
        (&["zstd"], Encoding::Zstd),
        (&["identity, gzip"], Encoding::Gzip),
        (&["gzip, br"], Encoding::Unknown),
        (&["gzip", "gzip"], Encoding::Unknown),
        (&["aws-chunked"], Encoding::Unknown),
    ] {
        assert_eq!(of(values), want, "{values:?}");
    }
}

#[test]
fn what_a_server_has_flushed_is_read_at_once() {
    let parts: [&[u8]; 3] = [b"event: a\ndata: 1\n\n", b"event: b\ndata: 2\n\n", b"x"];
    for how in ALL {
        let mut decoder = Decoder::new(how.encoding());
        let encoded = encode(how, &parts);
        for (part, chunk) in parts.iter().zip(&encoded) {
            let mut got = Vec::new();
            decoder.feed(chunk, |plain| got.extend_from_slice(plain));
            assert_eq!(got, *part, "{how:?}");
        }
    }
}

#[test]
fn an_unknown_encoding_is_blind_from_the_start() {
    let tap = Tap::new(ANTHROPIC, Form::Stream, Encoding::Unknown);
    assert!(tap.is_blind() && tap.reading().untapped);
}

#[test]
fn a_broken_body_keeps_what_was_read_and_says_that_it_is_blind() {
    let text = vector("anthropic/start_and_delta.sse");
    let (head, tail) = text.split_at(text.len() / 2);
    for how in ALL.into_iter().filter(|how| *how != How::Identity) {
        let encoded = encode(how, &[head, tail]);
        let mut tap = Tap::new(ANTHROPIC, Form::Stream, how.encoding());
        tap.feed(&encoded[0]);
        // Broken in each of the encodings, wherever a part may end.
        tap.feed(&[0xff; 4096]);
        tap.finish();
        let reading = tap.reading();
        assert!(tap.is_blind() && reading.untapped, "{how:?}");
        assert_eq!(reading.usage.map(|u| u.cache_read), Some(4000), "{how:?}");
        assert!(!reading.is_final, "{how:?}");
    }
}

#[test]
fn a_cut_body_gives_what_came() {
    let text: Vec<u8> = (0..200_000u32).flat_map(|i| i.to_string().into_bytes()).collect();
    for how in ALL {
        let encoded = encode(how, &[&text[..100_000], &text[100_000..]]);
        let cut = [&encoded[0][..], &encoded[1][..encoded[1].len() / 2]].concat();
        let (got, _) = plain(how.encoding(), [&cut[..]]);
        assert!(got.len() >= 100_000 && text.starts_with(&got), "{how:?}: {}", got.len());
    }
}

#[test]
fn a_bomb_is_given_up() {
    let zeros = vec![0; 64 * 1024 * 1024];
    for how in [How::Gzip, How::Zlib, How::Brotli, How::Zstd] {
        let encoded = encode(how, &[&zeros]).concat();
        let (got, blind) = plain(how.encoding(), [&encoded[..]]);
        let bound = SLACK + RATIO * encoded.len() as u64;
        assert!(blind && got.len() as u64 <= bound, "{how:?}: {} of {}", got.len(), encoded.len());
    }
}

#[test]
fn a_window_that_http_does_not_know_is_refused() {
    // A zstd frame that asks for 16 MiB, and a brotli head with a large window.
    let zstd = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 14 << 3, 1, 0, 0];
    assert!(plain(Encoding::Zstd, [&zstd[..]]).1);
    assert!(plain(Encoding::Brotli, [&[0x11, 30, 0, 0, 0, 0][..]]).1);
}

#[test]
fn what_is_decoded_at_once_is_bounded() {
    let text = b"{\"model\":\"m\"}".repeat(10_000);
    for how in ALL {
        let encoded = encode(how, &[&text]).concat();
        assert_eq!(decoded(how.encoding(), &encoded, usize::MAX), text, "{how:?}");
        assert_eq!(decoded(how.encoding(), &encoded, 1000), text[..1000], "{how:?}");
    }
}

proptest! {
    #[test]
    fn any_chunking_gives_the_same_text(
        how in proptest::sample::select(&ALL[..]),
        text in proptest::collection::vec(any::<u8>(), 0..3000),
        at in 0usize..3000,
        size in 1usize..200,
    ) {
        let (head, tail) = text.split_at(at.min(text.len()));
        let encoded = encode(how, &[head, tail]).concat();
        prop_assert_eq!(plain(how.encoding(), encoded.chunks(size)), (text, false));
    }

    #[test]
    fn arbitrary_bytes_never_panic(
        how in proptest::sample::select(&ALL[..]),
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        flips in proptest::collection::vec((0usize..2000, any::<u8>()), 0..4),
        size in 1usize..50,
    ) {
        let _ = plain(how.encoding(), bytes.chunks(size));
        let mut encoded = encode(how, &[&bytes, b"and more of it, and more of it"]).concat();
        let len = encoded.len();
        for (at, byte) in flips {
            encoded[at % len] ^= byte;
        }
        let _ = plain(how.encoding(), encoded.chunks(size));
    }
}
