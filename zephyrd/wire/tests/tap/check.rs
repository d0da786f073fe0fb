//! What holds for any bytes: shared by the fuzz target and the replay of its corpus.
//!
//! The first byte chooses dialect, form and encoding; the second how the rest is cut into chunks.

use zephyr_wire::dialect::ALL;
use zephyr_wire::encoding::Encoding;
use zephyr_wire::peek::{meaning, peek};
use zephyr_wire::tap::{Form, Seen, Tap};
use zephyr_wire::usage::{MOST, Reading};

/// Encodings by the number that chooses them.
pub(crate) const ENCODINGS: [Encoding; 5] =
    [Encoding::Identity, Encoding::Gzip, Encoding::Deflate, Encoding::Brotli, Encoding::Zstd];

/// Feeds `input` to a tap in chunks and at once, and compares what both say.
pub(crate) fn check(input: &[u8]) {
    let [choice, cut, body @ ..] = input else { return };
    let dialect = ALL[usize::from(choice % 3)];
    let form = if choice / 3 % 2 == 0 { Form::Stream } else { Form::Whole };
    let encoding = ENCODINGS[usize::from(choice / 6 % 5)];
    let read = |chunks: &mut dyn Iterator<Item = &[u8]>| -> (Seen, Reading) {
        let mut tap = Tap::new(dialect, form, encoding);
        chunks.for_each(|chunk| tap.feed(chunk));
        tap.finish();
        (tap.seen().clone(), tap.into_reading())
    };
    let chunked = read(&mut body.chunks(usize::from(*cut) + 1));
    if encoding == Encoding::Identity {
        assert_eq!(chunked, read(&mut std::iter::once(body)));
    }
    let reading = chunked.1;
    if let Some(usage) = reading.usage {
        assert!(usage.input <= MOST && usage.output <= MOST && usage.cache_read <= MOST);
    }
    assert!(reading.model.is_none_or(|model| model.len() <= 200));
    assert!(reading.stop.is_none_or(|stop| stop.len() <= 64));
    let _ = peek(body);
    let mut members = 0;
    let sound = meaning(body, &["model"], |_, _| members += 1).is_some();
    // What the full parser takes is sound; it refuses some texts that are: numbers and halves of characters.
    if let Ok(serde_json::Value::Object(_)) = serde_json::from_slice(body) {
        assert!(sound && members <= body.len());
    }
    if sound {
        assert!(std::str::from_utf8(body).is_ok());
    }
}
