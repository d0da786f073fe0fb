//! The decoders behind one face: encoded bytes in, plain parts out.
//!
//! Each decodes into one buffer of [`PART`] bytes that is handed out whenever it is full or the input is used up, so
//! that what a server has flushed is seen at once.

use std::io::Write;

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use flate2::write::MultiGzDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer};

use super::Encoding;

/// Plain bytes that are handed out at most at once.
const PART: usize = 16 * 1024;
/// The largest window that a zstd body may ask for, as a power of two: 8 MiB (RFC 9659).
const ZSTD_WINDOW_LOG: u32 = 23;

type Brotli = BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>;

/// One body that is decoded.
pub(super) enum Stream {
    /// Nothing to undo.
    Plain,
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
    /// The first byte of `deflate`, until the second tells which of its two shapes it is.
    Deflate(Option<u8>),
    Inflate(Box<Decompress>),
    Brotli(Box<Brotli>),
    Zstd(Box<DCtx<'static>>),
    /// The end has come; what follows is none of the body's.
    Ended,
    Broken,
}

impl Stream {
    pub(super) fn new(encoding: Encoding) -> Self {
        match encoding {
            Encoding::Identity => Self::Plain,
            Encoding::Gzip => Self::Gzip(Box::new(MultiGzDecoder::new(Vec::new()))),
            Encoding::Deflate => Self::Deflate(None),
            Encoding::Brotli => {
                let alloc = StandardAlloc::default;
                // Strict: without the large windows that HTTP does not know.
                Self::Brotli(Box::new(BrotliState::new_strict(alloc(), alloc(), alloc())))
            }
            Encoding::Zstd => zstd().map_or(Self::Broken, |context| Self::Zstd(Box::new(context))),
            Encoding::Unknown => Self::Broken,
        }
    }

    /// Decodes `bite`; `part` says whether more is wanted. `false` once nothing more can come.
    pub(super) fn feed(&mut self, bite: &[u8], part: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        match self {
            Self::Plain => part(bite),
            Self::Gzip(decoder) => {
                let sound = decoder.write_all(bite).and_then(|()| decoder.flush()).is_ok();
                let out = decoder.get_mut();
                let wanted = out.is_empty() || part(out);
                out.clear();
                out.shrink_to(2 * PART);
                sound && wanted
            }
            Self::Deflate(first) => {
                let Some((&next, rest)) = bite.split_first() else { return true };
                let Some(first) = *first else {
                    *self = Self::Deflate(Some(next));
                    return self.feed(rest, part);
                };
                let is_zlib = first & 0x0f == 8 && u16::from_be_bytes([first, next]).is_multiple_of(31);
                *self = Self::Inflate(Box::new(Decompress::new(is_zlib)));
                self.feed(&[first], part) && self.feed(bite, part)
            }
            Self::Inflate(decoder) => match inflate(decoder, bite, part) {
                Some(true) => {
                    *self = Self::Ended;
                    true
                }
                Some(false) => true,
                None => false,
            },
            Self::Brotli(state) => match unbrotli(state, bite, part) {
                Some(true) => {
                    *self = Self::Ended;
                    true
                }
                Some(false) => true,
                None => false,
            },
            Self::Zstd(context) => unzstd(context, bite, part),
            Self::Ended => true,
            Self::Broken => false,
        }
    }
}

fn zstd() -> Option<DCtx<'static>> {
    let mut context = DCtx::try_create()?;
    context.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG)).ok()?;
    Some(context)
}

/// Whether the end has come; `None` if nothing more can come.
fn inflate(decoder: &mut Decompress, mut input: &[u8], part: &mut dyn FnMut(&[u8]) -> bool) -> Option<bool> {
    let mut out = [0; PART];
    loop {
        let (read, written) = (decoder.total_in(), decoder.total_out());
        let status = decoder.decompress(input, &mut out, FlushDecompress::None);
        let read = usize::try_from(decoder.total_in() - read).ok()?;
        let written = usize::try_from(decoder.total_out() - written).ok()?;
        if written > 0 && !part(&out[..written]) {
            return None;
        }
        input = &input[read..];
        match status.ok()? {
            Status::StreamEnd => return Some(true),
            _ if written < PART && (input.is_empty() || read == 0) => return Some(false),
            _ => {}
        }
    }
}

/// As [`inflate`].
fn unbrotli(state: &mut Brotli, input: &[u8], part: &mut dyn FnMut(&[u8]) -> bool) -> Option<bool> {
    let mut out = [0; PART];
    let (mut left, mut at, mut total) = (input.len(), 0, 0);
    loop {
        let (mut room, mut written) = (PART, 0);
        let result = BrotliDecompressStream(
            &mut left,
            &mut at,
            input,
            &mut room,
            &mut written,
            &mut out,
            &mut total,
            state,
        );
        if written > 0 && !part(&out[..written]) {
            return None;
        }
        match result {
            BrotliResult::ResultSuccess => return Some(true),
            BrotliResult::NeedsMoreInput => return Some(false),
            BrotliResult::NeedsMoreOutput => {}
            BrotliResult::ResultFailure => return None,
        }
    }
}

fn unzstd(context: &mut DCtx<'static>, input: &[u8], part: &mut dyn FnMut(&[u8]) -> bool) -> bool {
    let mut out = [0; PART];
    let mut input = InBuffer::around(input);
    loop {
        let mut buffer = OutBuffer::around(&mut out[..]);
        let result = context.decompress_stream(&mut buffer, &mut input);
        let written = buffer.pos();
        if written > 0 && !part(&out[..written]) {
            return false;
        }
        if result.is_err() {
            return false;
        }
        if written < PART && input.pos == input.src.len() {
            return true;
        }
    }
}
