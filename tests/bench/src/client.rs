//! A client connection that reads answers without keeping them.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// No answer of the bench takes longer.
const LIMIT: Duration = Duration::from_secs(60);

/// One keep-alive connection.
#[derive(Debug)]
pub(crate) struct Client {
    addr: SocketAddr,
    stream: Option<TcpStream>,
    buf: Vec<u8>,
}

/// A whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Status.
    pub(crate) status: u16,
    /// Bytes of the body, framing left out.
    pub(crate) bytes: usize,
}

impl Client {
    /// A client that connects with its first request.
    pub(crate) fn new(addr: SocketAddr) -> Self {
        Self { addr, stream: None, buf: Vec::with_capacity(64 * 1024) }
    }

    /// Sends `request` and reads the answer to its end.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> io::Result<Answer> {
        match timeout(LIMIT, self.exchange(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "no whole answer within 60 s")),
        }
    }

    async fn exchange(&mut self, request: &[u8]) -> io::Result<Answer> {
        let (head, mut framing) = self.begin(request).await?;
        let mut rest = self.buf.split_off(head.end);
        self.buf.clear();
        let stream = self.stream.as_mut().unwrap();
        loop {
            if framing.feed(&rest)? {
                break;
            }
            rest.clear();
            if stream.read_buf(&mut rest).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        if head.closes {
            self.stream = None;
        }
        Ok(Answer { status: head.status, bytes: framing.bytes() })
    }

    /// Sends `request` and reads up to the first bytes of the body, which are kept for as long as the client is.
    pub(crate) async fn hold(&mut self, request: &[u8]) -> io::Result<u16> {
        let opened = timeout(LIMIT, async {
            let (head, mut framing) = self.begin(request).await?;
            let stream = self.stream.as_mut().unwrap();
            framing.feed(&self.buf[head.end..])?;
            while framing.bytes() == 0 {
                self.buf.clear();
                if stream.read_buf(&mut self.buf).await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                framing.feed(&self.buf)?;
            }
            self.buf = Vec::new();
            Ok(head.status)
        });
        opened.await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Whether a held stream is still open.
    pub(crate) fn is_open(&self) -> bool {
        let mut byte = [0];
        let Some(stream) = &self.stream else { return false };
        match stream.try_read(&mut byte) {
            Ok(n) => n > 0,
            Err(e) => e.kind() == io::ErrorKind::WouldBlock,
        }
    }

    async fn begin(&mut self, request: &[u8]) -> io::Result<(Head, Framing)> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(self.addr).await?;
            stream.set_nodelay(true)?;
            self.stream = Some(stream);
        }
        let stream = self.stream.as_mut().unwrap();
        stream.write_all(request).await?;
        self.buf.clear();
        loop {
            if stream.read_buf(&mut self.buf).await? == 0 {
                self.stream = None;
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(end) = memmem::find(&self.buf, b"\r\n\r\n") {
                return Head::read(&self.buf[..end + 4]);
            }
        }
    }
}

#[derive(Debug)]
struct Head {
    end: usize,
    status: u16,
    closes: bool,
}

impl Head {
    fn read(head: &[u8]) -> io::Result<(Self, Framing)> {
        let bad = || io::Error::new(io::ErrorKind::InvalidData, "no HTTP/1.1 answer");
        let status = std::str::from_utf8(head.get(9..12).ok_or_else(bad)?).ok().and_then(|s| s.parse().ok());
        let framing = match content_length(head) {
            Some(length) => Framing::Sized { left: length, bytes: 0 },
            None => Framing::Chunked { line: Vec::new(), left: 0, last: false, bytes: 0 },
        };
        let closes = header(head, b"connection").is_some_and(|v| v.eq_ignore_ascii_case(b"close"));
        Ok((Self { end: head.len(), status: status.ok_or_else(bad)?, closes }, framing))
    }
}

/// The value of a header of `head`.
fn header<'a>(head: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    head.split(|b| *b == b'\n').find_map(|line| {
        let (key, value) = line.split_at_checked(name.len())?;
        let value = value.strip_prefix(b":")?;
        key.eq_ignore_ascii_case(name).then(|| value.trim_ascii())
    })
}

/// `Content-Length` of a head.
pub(crate) fn content_length(head: &[u8]) -> Option<usize> {
    std::str::from_utf8(header(head, b"content-length")?).ok()?.parse().ok()
}

/// How a body is framed, and how much of it has come.
#[derive(Debug)]
enum Framing {
    Sized { left: usize, bytes: usize },
    Chunked { line: Vec<u8>, left: usize, last: bool, bytes: usize },
}

impl Framing {
    fn bytes(&self) -> usize {
        match self {
            Self::Sized { bytes, .. } | Self::Chunked { bytes, .. } => *bytes,
        }
    }

    /// Takes the next bytes; true when the body is whole.
    fn feed(&mut self, mut data: &[u8]) -> io::Result<bool> {
        match self {
            Self::Sized { left, bytes } => {
                *left = left.saturating_sub(data.len());
                *bytes += data.len();
                Ok(*left == 0)
            }
            Self::Chunked { line, left, last, bytes } => {
                while !data.is_empty() {
                    if *left > 0 {
                        // The chunk's closing CRLF is part of `left`.
                        let taken = data.len().min(*left);
                        *left -= taken;
                        data = &data[taken..];
                        continue;
                    }
                    let Some(lf) = memchr::memchr(b'\n', data) else {
                        line.extend_from_slice(data);
                        return Ok(false);
                    };
                    line.extend_from_slice(&data[..lf]);
                    data = &data[lf + 1..];
                    let text = line.trim_ascii();
                    if *last {
                        return Ok(true);
                    }
                    let size = std::str::from_utf8(text).ok().and_then(|t| usize::from_str_radix(t, 16).ok());
                    let Some(size) = size else {
                        return Err(io::Error::new(io::ErrorKind::InvalidData, "broken chunk"));
                    };
                    line.clear();
                    *bytes += size;
                    *last = size == 0;
                    *left = if size == 0 { 0 } else { size + 2 };
                }
                Ok(false)
            }
        }
    }
}
