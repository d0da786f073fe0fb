//! Strict HTTP/1 request framing, checked on the raw bytes before a lenient parser sees them.
//!
//! A parser that quietly prefers one of two lengths, accepts a bare LF or folds a header makes request
//! smuggling possible (RFC 9112 §6.3, §11.2; CVE-2026-2835). [`Guard`] follows the byte stream of one
//! connection from head to body to next head and names the first violation. HTTP/2 (prior knowledge) has
//! framing of its own and passes unlooked at.

use memchr::{memchr, memchr_iter};

/// Largest request head, in bytes.
pub const MAX_HEAD: usize = 64 * 1024;
/// Most header lines in a head.
pub const MAX_HEADERS: usize = 100;
/// Longest chunk-size line, extensions included, in bytes.
const MAX_CHUNK_LINE: usize = 1024;

const H2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n";

/// Why a connection must be answered 400 and closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Violation {
    /// A line ends in LF alone.
    BareLf,
    /// A NUL byte in the head.
    Nul,
    /// A header line begins with white space (obs-fold).
    Fold,
    /// `Content-Length` beside `Transfer-Encoding`.
    BothLengths,
    /// More than one `Content-Length`.
    SeveralLengths,
    /// A `Content-Length` that is no plain number.
    BadLength,
    /// A `Transfer-Encoding` other than `chunked`, or more than one.
    BadTransferEncoding,
    /// `Transfer-Encoding` in an HTTP/1.0 request.
    OldTransferEncoding,
    /// HTTP/1.1 without exactly one `Host`.
    Host,
    /// A head over [`MAX_HEAD`] or [`MAX_HEADERS`].
    TooLarge,
    /// A header line without a colon, or with white space before it.
    BadHeader,
    /// A malformed chunk.
    BadChunk,
}

/// A violation and where the head (or chunk) that holds it begins in the bytes just fed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken {
    /// What is wrong.
    pub violation: Violation,
    /// Bytes of this feed before this offset belong to earlier, sound messages.
    pub sound: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// Before or inside a head.
    Head,
    /// In a body with this many bytes to come.
    Sized(u64),
    /// In a chunk-size line.
    ChunkLine,
    /// In a chunk's data, its closing CRLF included.
    ChunkData(u64),
    /// In the trailer section.
    Trailer,
    /// HTTP/2.
    Opaque,
}

/// Follows one connection.
#[derive(Debug)]
pub struct Guard {
    at: At,
    /// The head, chunk line or trailer so far.
    line: Vec<u8>,
    first: bool,
}

impl Default for Guard {
    fn default() -> Self {
        Self { at: At::Head, line: Vec::new(), first: true }
    }
}

impl Guard {
    /// Whether a head has begun and not ended: the time limit on heads runs.
    #[must_use]
    pub fn in_head(&self) -> bool {
        self.at == At::Head && !self.line.is_empty()
    }

    /// Whether the connection waits for a next request.
    #[must_use]
    pub fn between_requests(&self) -> bool {
        self.at == At::Head && self.line.is_empty()
    }

    /// Looks at the next bytes of the connection.
    ///
    /// # Errors
    /// The first violation; the connection must be closed.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        let mut pos = 0;
        let mut sound = 0;
        while pos < bytes.len() {
            let rest = &bytes[pos..];
            let broken = |violation| Broken { violation, sound };
            match self.at {
                At::Opaque => return Ok(()),
                At::Sized(left) | At::ChunkData(left) => {
                    let n = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                    if let At::ChunkData(_) = self.at {
                        check_chunk_end(&rest[..n], left).map_err(broken)?;
                    }
                    pos += n;
                    let left = left - n as u64;
                    self.at = match (self.at, left) {
                        (At::Sized(_), 0) => At::Head,
                        (At::Sized(_), left) => At::Sized(left),
                        (_, 0) => At::ChunkLine,
                        (_, left) => At::ChunkData(left),
                    };
                    sound = pos;
                }
                At::Head => {
                    pos += self.feed_head(rest).map_err(broken)?;
                    if self.line.is_empty() {
                        sound = pos;
                    }
                }
                At::ChunkLine | At::Trailer => pos += self.feed_line(rest).map_err(broken)?,
            }
        }
        Ok(())
    }

    /// The end of a sound head that lies whole in `bytes`, found in one pass; `None` leaves it to [`Self::feed_head`].
    fn whole_head(&mut self, bytes: &[u8]) -> Option<usize> {
        if !self.line.is_empty() || bytes.starts_with(b"\r") || (self.first && bytes.starts_with(b"PRI ")) {
            return None;
        }
        let mut lines = Lines { bytes, next: 0, ended: false };
        let at = judge(&mut lines).ok()?;
        // What is not sound is left to the slow way too, which knows what of it counts first.
        let sound = lines.ended && lines.next <= MAX_HEAD && memchr(0, &bytes[..lines.next]).is_none();
        sound.then(|| {
            self.at = at;
            self.first = false;
            lines.next
        })
    }

    /// Takes bytes up to the end of the head, and judges the head when it is whole.
    fn feed_head(&mut self, bytes: &[u8]) -> Result<usize, Violation> {
        if let Some(end) = self.whole_head(bytes) {
            return Ok(end);
        }
        let mut from = 0;
        for lf in memchr_iter(b'\n', bytes) {
            let before = if lf > 0 { Some(bytes[lf - 1]) } else { self.line.last().copied() };
            if before != Some(b'\r') {
                return Err(Violation::BareLf);
            }
            self.line.extend_from_slice(&bytes[from..=lf]);
            from = lf + 1;
            if self.line == b"\r\n" {
                // Empty lines before a request line are skipped (RFC 9112 §2.2).
                self.line.clear();
            } else if self.first && self.line == H2_PREFACE {
                self.at = At::Opaque;
                self.line = Vec::new();
                return Ok(bytes.len());
            } else if self.line.ends_with(b"\r\n\r\n") {
                self.at = judge_head(&self.line)?;
                self.first = false;
                self.line.clear();
                self.line.shrink_to(1024);
                return Ok(from);
            } else if self.line.len() > MAX_HEAD {
                return Err(Violation::TooLarge);
            }
        }
        self.line.extend_from_slice(&bytes[from..]);
        if self.line.len() > MAX_HEAD {
            return Err(Violation::TooLarge);
        }
        Ok(bytes.len())
    }

    /// Takes bytes up to the end of a chunk-size or trailer line.
    fn feed_line(&mut self, bytes: &[u8]) -> Result<usize, Violation> {
        let end = memchr(b'\n', bytes);
        let taken = end.map_or(bytes.len(), |lf| lf + 1);
        self.line.extend_from_slice(&bytes[..taken]);
        if self.line.len() > MAX_CHUNK_LINE {
            return Err(Violation::BadChunk);
        }
        if end.is_some() {
            let Some(line) = self.line.strip_suffix(b"\r\n") else { return Err(Violation::BareLf) };
            self.at = match self.at {
                At::Trailer if line.is_empty() => At::Head,
                At::Trailer => At::Trailer,
                _ => match chunk_size(line).ok_or(Violation::BadChunk)? {
                    0 => At::Trailer,
                    n => At::ChunkData(n + 2),
                },
            };
            self.line.clear();
        }
        Ok(taken)
    }
}

/// The last two bytes of a chunk's `left` remaining bytes are CR LF.
fn check_chunk_end(bytes: &[u8], left: u64) -> Result<(), Violation> {
    for (i, byte) in
        bytes.iter().enumerate().skip(usize::try_from(left.saturating_sub(2)).unwrap_or(usize::MAX))
    {
        let wanted = if left - i as u64 == 2 { b'\r' } else { b'\n' };
        if *byte != wanted {
            return Err(Violation::BadChunk);
        }
    }
    Ok(())
}

fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = &line[..memchr(b';', line).unwrap_or(line.len())];
    let digits = std::str::from_utf8(digits).ok()?.trim_end_matches([' ', '\t']);
    let plain = !digits.is_empty() && digits.len() <= 15 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    if plain { u64::from_str_radix(digits, 16).ok() } else { None }
}

/// Judges a whole head (its empty line included) and says what follows it.
fn judge_head(head: &[u8]) -> Result<At, Violation> {
    if memchr(0, head).is_some() {
        return Err(Violation::Nul);
    }
    judge(&mut Lines { bytes: head, next: 0, ended: false })
}

/// Judges the lines of a head and says what follows it.
fn judge(lines: &mut Lines<'_>) -> Result<At, Violation> {
    let request_line = lines.next().unwrap_or_default();
    let old = request_line.ends_with(b" HTTP/1.0");
    let (mut length, mut chunked, mut hosts, mut count) = (None, false, 0, 0);
    for line in lines {
        count += 1;
        if count > MAX_HEADERS {
            return Err(Violation::TooLarge);
        }
        if matches!(line.first(), Some(b' ' | b'\t')) {
            return Err(Violation::Fold);
        }
        // Names are short: whatever looks at many bytes at once takes longer to begin.
        let colon = line.iter().position(|byte| *byte == b':').ok_or(Violation::BadHeader)?;
        let name = &line[..colon];
        if matches!(name.last(), None | Some(b' ' | b'\t')) {
            return Err(Violation::BadHeader);
        }
        let value = || line[colon + 1..].trim_ascii();
        let is = |wanted: &[u8]| name.len() == wanted.len() && name.eq_ignore_ascii_case(wanted);
        if is(b"content-length") {
            let value = value();
            if length.is_some() {
                return Err(Violation::SeveralLengths);
            }
            let plain = !value.is_empty() && value.len() <= 18 && value.iter().all(u8::is_ascii_digit);
            let number =
                std::str::from_utf8(value).ok().filter(|_| plain).and_then(|v| v.parse::<u64>().ok());
            length = Some(number.ok_or(Violation::BadLength)?);
        } else if is(b"transfer-encoding") {
            if chunked || !value().eq_ignore_ascii_case(b"chunked") {
                return Err(Violation::BadTransferEncoding);
            }
            chunked = true;
        } else if is(b"host") {
            hosts += 1;
        }
    }
    match (length, chunked) {
        (Some(_), true) => Err(Violation::BothLengths),
        (_, true) if old => Err(Violation::OldTransferEncoding),
        _ if hosts > 1 || (hosts == 0 && !old) => Err(Violation::Host),
        (None, true) => Ok(At::ChunkLine),
        (None | Some(0), false) => Ok(At::Head),
        (Some(n), false) => Ok(At::Sized(n)),
    }
}

/// The lines of a head, without their CRLF, up to the empty one, or to one that does not end so.
struct Lines<'a> {
    bytes: &'a [u8],
    /// Where the next one begins.
    next: usize,
    /// The empty one has come.
    ended: bool,
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = &self.bytes[self.next..];
        let lf = memchr(b'\n', rest)?;
        let line = rest[..lf].strip_suffix(b"\r")?;
        self.next += lf + 1;
        self.ended = line.is_empty();
        (!self.ended).then_some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn verdict(bytes: &[u8]) -> Option<Violation> {
        Guard::default().feed(bytes).err().map(|b| b.violation)
    }

    #[test]
    fn sound_requests_pass() {
        for sound in [
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\na\nc\r\n0\r\nT: 1\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\n",
        ] {
            assert_eq!(verdict(sound.as_bytes()), None, "{sound:?}");
        }
    }

    #[test]
    fn each_violation_is_named() {
        use Violation::*;
        for (bytes, violation) in [
            ("GET / HTTP/1.1\nHost: a\r\n\r\n", BareLf),
            ("GET / HTTP/1.1\r\nHost: a\n\n", BareLf),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", Nul),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", Fold),
            (
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
                BothLengths,
            ),
            (
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
                BothLengths,
            ),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n", SeveralLengths),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\n", BadLength),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\n", BadLength),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", BadTransferEncoding),
            ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", OldTransferEncoding),
            ("GET / HTTP/1.1\r\nX: a\r\n\r\n", Host),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", Host),
            ("GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", BadHeader),
            ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", BadHeader),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", BadChunk),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", BadChunk),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\na", BareLf),
        ] {
            assert_eq!(verdict(bytes.as_bytes()), Some(violation), "{bytes:?}");
        }
        let long = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(MAX_HEAD));
        assert_eq!(verdict(long.as_bytes()), Some(TooLarge));
        let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(MAX_HEADERS));
        assert_eq!(verdict(many.as_bytes()), Some(TooLarge));
    }

    #[test]
    fn what_came_before_a_violation_is_told_apart() {
        let first = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        let both = format!("{first}GET / HTTP/1.1\nHost: a\r\n\r\n");
        let broken = Guard::default().feed(both.as_bytes()).expect_err("violation");
        assert_eq!((broken.violation, broken.sound), (Violation::BareLf, first.len()));
    }

    proptest! {
        #[test]
        fn any_chunking_gives_the_same_verdict(
            cuts in proptest::collection::vec(1usize..40, 0..20),
            which in 0usize..4,
        ) {
            let bytes: &[u8] = [
                &b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na\nc\r\n10\r\n0123456789abcdef\r\n0\r\nT: 1\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"[..],
                b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello worldGET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n folded\r\n\r\n",
                b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
                b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
            ][which];
            let mut guard = Guard::default();
            let mut got = None;
            let mut pos = 0usize;
            for cut in cuts.into_iter().chain([usize::MAX]) {
                let end = bytes.len().min(pos.saturating_add(cut));
                if let Err(broken) = guard.feed(&bytes[pos..end]) {
                    got = Some(broken.violation);
                    break;
                }
                pos = end;
            }
            prop_assert_eq!(got, verdict(bytes));
        }

        #[test]
        fn a_head_in_one_piece_is_judged_as_byte_by_byte(
            lines in proptest::sample::subsequence(vec![
                "Host: a\r\n", "Host: b\r\n", "X: y\r\n", ": y\r\n", " folded\r\n", "nonsense\r\n", "X : y\r\n", "X: \0\r\n",
                "X: a\rb\r\n", "\n", "bare: lf\n", "Content-Length: 3\r\n", "content-length:+3\r\n",
                "Transfer-Encoding: chunked\r\n", "transfer-encoding: gzip\r\n", "\r\n", "\r\r\n",
            ], 0..5).prop_shuffle(),
            first in proptest::sample::select(vec!["GET / HTTP/1.1\r\n", "GET / HTTP/1.0\r\n", "PRI x\r\n", "\r\n"]),
        ) {
            let bytes = format!("{first}{}\r\nabc", lines.concat());
            let mut guard = Guard::default();
            let slowly = bytes.bytes().find_map(|b| guard.feed(&[b]).err()).map(|broken| broken.violation);
            prop_assert_eq!(slowly, verdict(bytes.as_bytes()), "{:?}", bytes);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Guard::default().feed(&bytes);
        }
    }
}
