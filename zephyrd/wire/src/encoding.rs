//! Content encodings, undone as bytes pass, so that an answer or a request that is compressed can be read.
//!
//! Nothing here changes what passes: the decoder gets a look at each chunk and hands out the plain bytes that it
//! completes. Its output is bounded by its input ([`SLACK`] and [`RATIO`]), its memory by the window of the
//! encoding (32 KiB, 16 MiB for brotli, 8 MiB for zstd by RFC 9659). Of several encodings on top of one another
//! none is undone.

mod stream;

use http::HeaderMap;
use http::header::CONTENT_ENCODING;

use stream::Stream;

/// Plain bytes that may come before [`RATIO`] counts.
pub const SLACK: u64 = 4 * 1024 * 1024;
/// Most plain bytes per encoded byte. Real answers and requests are below 100.
pub const RATIO: u64 = 256;

/// How a body is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// Not at all.
    #[default]
    Identity,
    /// `gzip` or `x-gzip` (RFC 1952), also of several members.
    Gzip,
    /// `deflate`: zlib (RFC 1950) as the standard says, or bare (RFC 1951) as some servers send it.
    Deflate,
    /// `br` (RFC 7932).
    Brotli,
    /// `zstd` (RFC 8878).
    Zstd,
    /// Something else, or more than one.
    Unknown,
}

impl Encoding {
    /// What `content-encoding` says.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let mut found = Self::Identity;
        for value in headers.get_all(CONTENT_ENCODING) {
            for name in value.as_bytes().split(|b| *b == b',') {
                let one = Self::named(name.trim_ascii());
                match (found, one) {
                    (_, Self::Identity) => {}
                    (Self::Identity, one) => found = one,
                    _ => return Self::Unknown,
                }
            }
        }
        found
    }

    fn named(name: &[u8]) -> Self {
        const NAMES: [(&[u8], Encoding); 7] = [
            (b"", Encoding::Identity),
            (b"identity", Encoding::Identity),
            (b"gzip", Encoding::Gzip),
            (b"x-gzip", Encoding::Gzip),
            (b"deflate", Encoding::Deflate),
            (b"br", Encoding::Brotli),
            (b"zstd", Encoding::Zstd),
        ];
        NAMES
            .iter()
            .find(|(known, _)| name.eq_ignore_ascii_case(known))
            .map_or(Self::Unknown, |(_, encoding)| *encoding)
    }
}

/// Undoes one encoding, chunk by chunk.
pub struct Decoder {
    stream: Stream,
    fed: u64,
    given: u64,
}

impl Decoder {
    /// A decoder for one body.
    #[must_use]
    pub fn new(encoding: Encoding) -> Self {
        Self { stream: Stream::new(encoding), fed: 0, given: 0 }
    }

    /// Hands the plain bytes that `chunk` completes to `plain`, in parts. After a byte that breaks the encoding,
    /// or a plain text that grows beyond the bound, nothing comes any more.
    pub fn feed(&mut self, chunk: &[u8], mut plain: impl FnMut(&[u8])) {
        if matches!(self.stream, Stream::Plain) {
            return plain(chunk);
        }
        let (fed, given) = (&mut self.fed, &mut self.given);
        // Small bites, so that the bound is looked at before much has been inflated.
        for bite in chunk.chunks(1024) {
            *fed += bite.len() as u64;
            let bound = SLACK + fed.saturating_mul(RATIO);
            let sound = self.stream.feed(bite, &mut |part: &[u8]| {
                *given += part.len() as u64;
                if *given > bound {
                    return false;
                }
                plain(part);
                true
            });
            if !sound {
                self.stream = Stream::Broken;
                return;
            }
        }
    }

    /// Whether nothing can be read any more: the encoding is unknown or broken, or grew beyond the bound.
    #[must_use]
    pub fn is_blind(&self) -> bool {
        matches!(self.stream, Stream::Broken)
    }
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").field("fed", &self.fed).field("given", &self.given).finish_non_exhaustive()
    }
}

/// The first `limit` plain bytes of a body, or as many as are sound.
#[must_use]
pub fn decoded(encoding: Encoding, body: &[u8], limit: usize) -> Vec<u8> {
    let mut decoder = Decoder::new(encoding);
    let mut out = Vec::new();
    for chunk in body.chunks(16 * 1024) {
        decoder.feed(chunk, |plain| {
            out.extend_from_slice(&plain[..plain.len().min(limit - out.len())]);
        });
        if out.len() == limit || decoder.is_blind() {
            break;
        }
    }
    out
}
