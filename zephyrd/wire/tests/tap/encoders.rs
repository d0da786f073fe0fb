//! Encoded bodies, made by the encoders of the libraries.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use zephyr_wire::encoding::Encoding;

/// How [`encode`] encodes: what a server may send under each name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Identity,
    Gzip,
    /// Each part a member of its own.
    Members,
    Zlib,
    /// Deflate without the frame that the standard asks for.
    Bare,
    Brotli,
    Zstd,
}

pub(crate) const ALL: [How; 7] =
    [How::Identity, How::Gzip, How::Members, How::Zlib, How::Bare, How::Brotli, How::Zstd];

impl How {
    /// The encoding by its name.
    pub(crate) fn encoding(self) -> Encoding {
        match self {
            Self::Identity => Encoding::Identity,
            Self::Gzip | Self::Members => Encoding::Gzip,
            Self::Zlib | Self::Bare => Encoding::Deflate,
            Self::Brotli => Encoding::Brotli,
            Self::Zstd => Encoding::Zstd,
        }
    }
}

/// `parts` encoded and flushed one by one; the last element is the end alone.
pub(crate) fn encode(how: How, parts: &[&[u8]]) -> Vec<Vec<u8>> {
    let level = Compression::default();
    match how {
        How::Identity => parts.iter().map(|part| part.to_vec()).chain([Vec::new()]).collect(),
        How::Gzip => written(GzEncoder::new(Vec::new(), level), parts, GzEncoder::get_mut, |e| {
            e.finish().expect("ends")
        }),
        How::Members => {
            let member = |part: &&[u8]| encode(How::Gzip, &[part]).concat();
            parts.iter().map(member).chain([Vec::new()]).collect()
        }
        How::Zlib => written(ZlibEncoder::new(Vec::new(), level), parts, ZlibEncoder::get_mut, |e| {
            e.finish().expect("ends")
        }),
        How::Bare => written(DeflateEncoder::new(Vec::new(), level), parts, DeflateEncoder::get_mut, |e| {
            e.finish().expect("ends")
        }),
        How::Brotli => {
            let encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22);
            written(encoder, parts, brotli::CompressorWriter::get_mut, brotli::CompressorWriter::into_inner)
        }
        How::Zstd => zstd(parts),
    }
}

fn written<W: Write>(
    mut encoder: W,
    parts: &[&[u8]],
    out: impl Fn(&mut W) -> &mut Vec<u8>,
    end: impl FnOnce(W) -> Vec<u8>,
) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for part in parts {
        encoder.write_all(part).expect("encodes");
        encoder.flush().expect("flushes");
        all.push(std::mem::take(out(&mut encoder)));
    }
    all.push(end(encoder));
    all
}

fn zstd(parts: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut context = zstd_safe::CCtx::create();
    let mut all = Vec::new();
    for part in parts {
        let mut out = vec![0; zstd_safe::compress_bound(part.len()) + 1024];
        let mut output = zstd_safe::OutBuffer::around(&mut out[..]);
        let mut input = zstd_safe::InBuffer::around(part);
        while input.pos < part.len() {
            context.compress_stream(&mut output, &mut input).expect("encodes");
        }
        assert_eq!(context.flush_stream(&mut output).expect("flushes"), 0);
        let len = output.pos();
        out.truncate(len);
        all.push(out);
    }
    let mut out = vec![0; 1024];
    let mut output = zstd_safe::OutBuffer::around(&mut out[..]);
    assert_eq!(context.end_stream(&mut output).expect("ends"), 0);
    let len = output.pos();
    out.truncate(len);
    all.push(out);
    all
}
