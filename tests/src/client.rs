//! A client with full control of its bytes, and of what it is told about how an answer ended.

use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::within;

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// As its framing said.
    Clean,
    /// The connection was closed before the framing's end.
    Cut,
    /// The connection was reset before the framing's end.
    Reset,
}

/// An answer's head.
#[derive(Debug, Clone)]
pub struct Head {
    /// Status code.
    pub status: u16,
    /// Header lines in their order, names as written.
    pub headers: Vec<(String, String)>,
}

impl Head {
    /// The value of the first header called `name`, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }
}

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Status line and headers.
    pub head: Head,
    /// The body, chunks joined, as far as it came.
    pub body: Bytes,
    /// How it ended.
    pub end: End,
}

impl Reply {
    /// Status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.head.status
    }

    /// The value of the first header called `name`, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.header(name)
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e} in {:?}", self.text()))
    }
}

trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// One connection.
pub struct Client {
    wire: Box<dyn Wire>,
    unread: BytesMut,
    /// The error that reading met, if it was one.
    reset: bool,
    framing: Framing,
    done: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Framing {
    Length(usize),
    Chunked,
    UntilClose,
}

/// A request's bytes: a head of these lines and a body with its `Content-Length`.
#[must_use]
pub fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut out = format!("{method} {target} HTTP/1.1\r\n");
    if !headers.iter().any(|(n, _)| n.eq_ignore_ascii_case("host")) {
        out.push_str("host: localhost\r\n");
    }
    for (name, value) in headers {
        out.push_str(&format!("{name}: {value}\r\n"));
    }
    let told = headers.iter().any(|(n, _)| n.eq_ignore_ascii_case("content-length"));
    if !told && (!body.is_empty() || !matches!(method, "GET" | "HEAD" | "OPTIONS")) {
        out.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    out.push_str("\r\n");
    let mut out = out.into_bytes();
    out.extend_from_slice(body);
    out
}

impl Client {
    /// A plain connection.
    pub async fn connect(addr: SocketAddr) -> Self {
        let stream = within("a connection", TcpStream::connect(addr)).await.expect("a connection");
        stream.set_nodelay(true).unwrap();
        Self::on(stream)
    }

    /// Speaks over `wire`, TLS for example.
    pub fn on(wire: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Self {
        let unread = BytesMut::new();
        Self { wire: Box::new(wire), unread, reset: false, framing: Framing::UntilClose, done: false }
    }

    /// Sends bytes. What the far side no longer takes is no error here: its answer tells.
    pub async fn send(&mut self, bytes: &[u8]) {
        let sent = async {
            self.wire.write_all(bytes).await?;
            self.wire.flush().await
        };
        let _ = within("bytes to go out", sent).await;
    }

    /// Sends a request and reads its whole answer.
    pub async fn ask(&mut self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        self.send(&request(method, target, headers, body)).await;
        self.reply(method).await
    }

    /// Reads more; false at the end.
    async fn more(&mut self) -> bool {
        match within("bytes from the far side", self.wire.read_buf(&mut self.unread)).await {
            Ok(n) => n > 0,
            Err(_) => {
                self.reset = true;
                false
            }
        }
    }

    async fn line(&mut self) -> Option<String> {
        loop {
            if let Some(at) = self.unread.iter().position(|b| *b == b'\n') {
                let line = self.unread.split_to(at + 1);
                return Some(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned());
            }
            if !self.more().await {
                return None;
            }
        }
    }

    /// Reads a head; `None` when the connection ends before it. Interim answers (1xx) are passed over.
    pub async fn try_head(&mut self, method: &str) -> Option<Head> {
        loop {
            let first = self.line().await?;
            let status = first.split(' ').nth(1).and_then(|s| s.parse().ok());
            let status: u16 = status.unwrap_or_else(|| panic!("no status line: {first:?}"));
            let mut headers = Vec::new();
            loop {
                let line = self.line().await?;
                match line.split_once(':') {
                    Some((name, value)) => headers.push((name.to_owned(), value.trim().to_owned())),
                    None => break,
                }
            }
            if status < 200 && status != 101 {
                continue;
            }
            let head = Head { status, headers };
            self.framing = match head.header("content-length").map(str::parse) {
                _ if method == "HEAD" || status == 204 || status == 304 => Framing::Length(0),
                _ if head.header("transfer-encoding").is_some() => Framing::Chunked,
                Some(length) => Framing::Length(length.expect("a number")),
                None => Framing::UntilClose,
            };
            self.done = false;
            return Some(head);
        }
    }

    /// Reads an interim `100 Continue`.
    pub async fn wait_continue(&mut self) {
        let line = self.line().await.expect("an interim answer");
        assert!(line.starts_with("HTTP/1.1 100"), "{line}");
        while self.line().await.is_some_and(|line| !line.is_empty()) {}
    }

    /// Reads a head.
    pub async fn head(&mut self) -> Head {
        self.try_head("POST").await.expect("an answer")
    }

    /// The next bytes of the body as they come; `Err` says how it ended.
    pub async fn piece(&mut self) -> Result<Bytes, End> {
        let cut = |reset| if reset { End::Reset } else { End::Cut };
        match self.framing {
            _ if self.done => Err(End::Clean),
            Framing::Length(0) => {
                self.done = true;
                Err(End::Clean)
            }
            Framing::Length(left) => {
                if self.unread.is_empty() && !self.more().await {
                    return Err(cut(self.reset));
                }
                let part = self.unread.split_to(self.unread.len().min(left));
                self.framing = Framing::Length(left - part.len());
                Ok(part.freeze())
            }
            Framing::UntilClose => {
                if self.unread.is_empty() && !self.more().await {
                    self.done = true;
                    return Err(if self.reset { End::Reset } else { End::Clean });
                }
                Ok(self.unread.split().freeze())
            }
            Framing::Chunked => {
                let Some(line) = self.line().await else { return Err(cut(self.reset)) };
                let size = usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16);
                let size = size.unwrap_or_else(|_| panic!("no chunk size: {line:?}"));
                while self.unread.len() < size + 2 {
                    if !self.more().await {
                        return Err(cut(self.reset));
                    }
                }
                let chunk = self.unread.split_to(size + 2).split_to(size).freeze();
                if size == 0 {
                    self.done = true;
                    return Err(End::Clean);
                }
                Ok(chunk)
            }
        }
    }

    /// Reads on until `bytes` have come (across pieces); panics when the answer ends before.
    pub async fn expect(&mut self, bytes: &[u8]) -> BytesMut {
        let mut got = BytesMut::new();
        while got.len() < bytes.len() {
            match self.piece().await {
                Ok(piece) => got.extend_from_slice(&piece),
                Err(end) => panic!("{end:?} after {:?}", String::from_utf8_lossy(&got)),
            }
        }
        assert_eq!(String::from_utf8_lossy(&got), String::from_utf8_lossy(bytes));
        got
    }

    /// The rest of the body and how it ended.
    pub async fn rest(&mut self) -> (Bytes, End) {
        let mut body = BytesMut::new();
        loop {
            match self.piece().await {
                Ok(piece) => body.extend_from_slice(&piece),
                Err(end) => return (body.freeze(), end),
            }
        }
    }

    /// A whole answer to a request with `method`.
    pub async fn reply(&mut self, method: &str) -> Reply {
        let head = self.try_head(method).await.expect("an answer");
        let (body, end) = self.rest().await;
        Reply { head, body, end }
    }

    /// Waits until the far side has closed (or reset) the connection; gives what came before.
    pub async fn closed(&mut self) -> Bytes {
        while self.more().await {}
        self.unread.split().freeze()
    }
}

/// One request on a connection of its own.
pub async fn ask(
    addr: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Reply {
    Client::connect(addr).await.ask(method, target, headers, body).await
}
