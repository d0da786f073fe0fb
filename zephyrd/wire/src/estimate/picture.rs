//! What a picture costs, by its size, which is read from the beginning of its file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::form::Source;

/// Most characters of base64 that are decoded: a JPEG may tell its size only behind its profiles and previews.
const HEAD: usize = 256 * 1024;
/// The beginning that suffices for most.
const SHORT_HEAD: usize = 4 * 1024;

/// How a family of models charges for pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// By area: 750 pixels a token, scaled down to fit the longer edge and the most tokens (Anthropic's guide to vision).
    Area {
        /// Longest edge in pixels.
        edge: u64,
        /// Most tokens.
        most: u64,
    },
    /// By tiles of 512 pixels, 170 tokens each and 85 for the whole, after scaling to 2,048 and the shorter edge to 768
    /// (OpenAI's guide to vision).
    Tiles,
    /// By patches of 32 pixels (the same, for the small models).
    Patches {
        /// Most patches.
        most: u64,
        /// Tokens of a hundred patches.
        per_hundred: u64,
    },
}

/// What the picture at `source` costs by `rule`; `low` = in low detail. One whose size cannot be known costs the most.
pub(super) fn tokens(source: &Source<'_>, low: bool, rule: Rule) -> u64 {
    let size = match source {
        Source::Base64(data) => size(data),
        _ => None,
    };
    rule.tokens(size, low)
}

impl Rule {
    fn tokens(self, size: Option<(u64, u64)>, low: bool) -> u64 {
        let Some((width, height)) = size else { return self.tokens(Some((10_000, 10_000)), low) };
        match self {
            Self::Area { edge, most } => {
                let (width, height) = fitted((width, height), edge);
                (width * height).div_ceil(750).clamp(1, most)
            }
            Self::Tiles if low => 85,
            Self::Tiles => {
                let (width, height) = fitted((width, height), 2_048);
                let short = width.min(height);
                let (width, height) = match short {
                    0..=768 => (width, height),
                    _ => (width * 768 / short, height * 768 / short),
                };
                85 + 170 * width.div_ceil(512) * height.div_ceil(512)
            }
            Self::Patches { most, per_hundred } => {
                let patches = (width.div_ceil(32) * height.div_ceil(32)).min(most);
                (patches * per_hundred).div_ceil(100)
            }
        }
    }
}

/// Scaled down so that the longer edge is at most `edge`.
fn fitted((width, height): (u64, u64), edge: u64) -> (u64, u64) {
    let long = width.max(height).max(1);
    match long > edge {
        true => ((width * edge / long).max(1), (height * edge / long).max(1)),
        false => (width, height),
    }
}

/// Width and height, each at most 2^20.
fn size(data: &str) -> Option<(u64, u64)> {
    let read = |most: usize| {
        let head = &data.as_bytes()[..data.len().min(most) / 4 * 4];
        let bytes = STANDARD.decode(head).ok()?;
        let size = imagesize::blob_size(&bytes).ok()?;
        let bounded = |pixels: usize| pixels.min(1 << 20) as u64;
        Some((bounded(size.width), bounded(size.height)))
    };
    read(SHORT_HEAD).or_else(|| read(HEAD).filter(|_| data.len() > SHORT_HEAD))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Rule = Rule::Area { edge: 1_568, most: 1_600 };
    const PATCHES: Rule = Rule::Patches { most: 1_536, per_hundred: 246 };

    fn encoded(bytes: &[u8]) -> String {
        STANDARD.encode(bytes)
    }

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut out = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        out.extend(width.to_be_bytes());
        out.extend(height.to_be_bytes());
        out.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
        out
    }

    /// A JPEG whose size stands behind `before` bytes of a profile.
    fn jpeg(width: u16, height: u16, before: u16) -> Vec<u8> {
        let mut out = vec![0xff, 0xd8, 0xff, 0xe2];
        out.extend((before + 2).to_be_bytes());
        out.extend(vec![7; before.into()]);
        out.extend([0xff, 0xc0, 0, 17, 8]);
        out.extend(height.to_be_bytes());
        out.extend(width.to_be_bytes());
        out.extend([3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]);
        out
    }

    fn gif(width: u16, height: u16) -> Vec<u8> {
        let mut out = b"GIF89a".to_vec();
        out.extend(width.to_le_bytes());
        out.extend(height.to_le_bytes());
        out.extend([0; 8]);
        out
    }

    fn webp(width: u16, height: u16) -> Vec<u8> {
        let mut out = b"RIFF\x40\0\0\0WEBPVP8 \x30\0\0\0\x30\x01\0\x9d\x01\x2a".to_vec();
        out.extend(width.to_le_bytes());
        out.extend(height.to_le_bytes());
        out.extend([0; 40]);
        out
    }

    #[test]
    fn sizes_are_read_from_every_format_that_vendors_take() {
        assert_eq!(size(&encoded(&png(640, 480))), Some((640, 480)));
        assert_eq!(size(&encoded(&jpeg(640, 480, 10))), Some((640, 480)));
        assert_eq!(size(&encoded(&jpeg(640, 480, 60_000))), Some((640, 480)));
        assert_eq!(size(&encoded(&gif(640, 480))), Some((640, 480)));
        assert_eq!(size(&encoded(&webp(640, 480))), Some((640, 480)));
        for broken in ["", "AAAA", "no base64!", &encoded(b"%PDF-1.7"), &encoded(&png(1, 1)[..20])] {
            assert_eq!(size(broken), None, "{broken}");
        }
    }

    #[test]
    fn an_area_costs_what_the_vendors_table_says() {
        let of = |w, h| AREA.tokens(Some((w, h)), false);
        assert_eq!((of(200, 200), of(1_000, 1_000), of(1_092, 1_092)), (54, 1_334, 1_590));
        assert_eq!((of(4_000, 4_000), of(0, 0)), (1_600, 1));
        let sharper = Rule::Area { edge: 2_576, most: 4_784 };
        assert_eq!(sharper.tokens(Some((2_000, 1_500)), false), 4_000);
    }

    #[test]
    fn tiles_and_patches_cost_what_the_vendors_examples_say() {
        let tiles = |w, h, low| Rule::Tiles.tokens(Some((w, h)), low);
        assert_eq!((tiles(1_024, 1_024, false), tiles(2_048, 4_096, false)), (765, 1_105));
        assert_eq!(tiles(4_096, 8_192, true), 85);
        assert_eq!(PATCHES.tokens(Some((1_024, 1_024)), false), 2_520);
    }

    #[test]
    fn an_unknown_size_costs_the_most() {
        let url = Source::Url("https://example.com/a.png".into());
        assert_eq!(tokens(&url, false, AREA), 1_600);
        assert_eq!(tokens(&Source::Base64("AAAA".into()), false, Rule::Tiles), 765);
        assert_eq!(tokens(&url, false, PATCHES), 3_779);
    }
}
