//! Connections of the fake endpoint: reads requests, sends answers, notices when the client leaves.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::answer::{Answer, At, Body, Framing, How};
use super::record::Seen;
use super::{Shared, realistic};

/// A connection whose TCP socket can still be reached under TLS.
trait Wire: AsyncRead + AsyncWrite + Unpin + Send {
    fn tcp(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Wire for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

pub(super) async fn accept(listener: TcpListener, acceptor: Option<TlsAcceptor>, shared: Arc<Shared>) {
    // Dropped with this task, and every connection with it.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        let number = shared.change(|s| {
            s.connections += 1;
            s.open += 1;
            s.connections
        });
        let (acceptor, shared) = (acceptor.clone(), shared.clone());
        connections.spawn(async move {
            let wire: Option<Box<dyn Wire>> = match acceptor {
                None => Some(Box::new(stream)),
                Some(acceptor) => acceptor.accept(stream).await.ok().map(|s| Box::new(s) as Box<dyn Wire>),
            };
            if let Some(wire) = wire {
                let mut connection =
                    Connection { wire, unread: BytesMut::new(), number, shared: shared.clone() };
                let _ = connection.run().await;
            }
            shared.change(|s| s.open -= 1);
        });
        while connections.try_join_next().is_some() {}
    }
}

struct Connection {
    wire: Box<dyn Wire>,
    unread: BytesMut,
    number: u64,
    shared: Arc<Shared>,
}

/// Why an answer was not sent to its end.
enum Broken {
    /// The script wanted it.
    Scripted(How),
    /// The client went away.
    Gone,
}

impl From<io::Error> for Broken {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

impl Connection {
    async fn run(&mut self) -> io::Result<()> {
        while let Some(request) = self.read_request().await? {
            let number = request.number;
            let close = request.header("connection").is_some_and(|v| v.eq_ignore_ascii_case("close"));
            let answer = self.shared.change(|s| s.script.take(request.path()));
            let close = close || answer.close || matches!(answer.framing, Framing::UntilClose);
            match self.send(answer, &request).await {
                Ok(()) => self.shared.change(|s| s.seen[number].answered = true),
                Err(Broken::Gone) => {
                    self.shared.change(|s| s.seen[number].client_gone = Some(Instant::now()));
                    return Ok(());
                }
                Err(Broken::Scripted(How::Reset)) => return self.wire.tcp().set_zero_linger(),
                Err(Broken::Scripted(How::Hang)) => {
                    self.gone().await;
                    self.shared.change(|s| s.seen[number].client_gone = Some(Instant::now()));
                    return Ok(());
                }
                Err(Broken::Scripted(How::Fin)) => return self.finish().await,
            }
            if close {
                return self.finish().await;
            }
        }
        Ok(())
    }

    /// FIN, and then reads on until the client has closed too, so that no RST destroys what was sent.
    async fn finish(&mut self) -> io::Result<()> {
        self.wire.shutdown().await?;
        self.gone().await;
        Ok(())
    }

    /// Returns when the client has gone; what it sends meanwhile is kept.
    async fn gone(&mut self) {
        while matches!(self.wire.read_buf(&mut self.unread).await, Ok(n) if n > 0) {}
    }

    /// Waits for `event`, unless the client leaves before.
    async fn watched(&mut self, event: impl Future<Output = ()>) -> Result<(), Broken> {
        tokio::select! {
            biased;
            () = event => Ok(()),
            () = self.gone() => Err(Broken::Gone),
        }
    }

    async fn send(&mut self, answer: Answer, request: &Seen) -> Result<(), Broken> {
        let answer =
            if matches!(answer.body, Body::Realistic) { realistic::fill(answer, request) } else { answer };
        if answer.delay_ms > 0 {
            self.watched(tokio::time::sleep(Duration::from_millis(answer.delay_ms))).await?;
        }
        if let Some(gate) = answer.head_gate.clone() {
            self.watched(async move { gate.pass().await }).await?;
        }
        let stop_after = match answer.stop {
            Some(stop) if stop.at == At::Head => return Err(Broken::Scripted(stop.how)),
            Some(stop) => Some((if let At::Body(n) = stop.at { n } else { 0 }, stop.how)),
            None => None,
        };
        let pieces = pieces(&answer);
        let total: usize = pieces.iter().map(Bytes::len).sum();
        let framing = match answer.framing {
            Framing::Auto if pieces.len() <= 1 && answer.gate.is_none() => Framing::Length,
            Framing::Auto => Framing::Chunked,
            other => other,
        };
        let chunked = matches!(framing, Framing::Chunked | Framing::BadChunk);
        if framing != Framing::Raw {
            self.wire.write_all(&head(&answer, framing, total)).await?;
            self.wire.flush().await?;
        }
        if request.method == "HEAD" || matches!(answer.status, 204 | 304) {
            return Ok(());
        }
        let mut sent = 0;
        for (i, piece) in pieces.iter().enumerate() {
            if let Some(gate) = answer.gate.clone() {
                self.watched(async move { gate.pass().await }).await?;
            }
            if i > 0 && answer.pace_ms > 0 {
                self.watched(tokio::time::sleep(Duration::from_millis(answer.pace_ms))).await?;
            }
            let left = stop_after.map_or(usize::MAX, |(n, _)| n - sent);
            let part = &piece[..piece.len().min(left)];
            if !part.is_empty() {
                let mut frame = Vec::with_capacity(part.len() + 16);
                if chunked {
                    frame.extend_from_slice(format!("{:x}\r\n", part.len()).as_bytes());
                }
                frame.extend_from_slice(part);
                if chunked {
                    frame.extend_from_slice(b"\r\n");
                }
                self.wire.write_all(&frame).await?;
                self.wire.flush().await?;
                sent += part.len();
            }
            match stop_after {
                Some((n, how)) if sent >= n => return Err(Broken::Scripted(how)),
                _ => {}
            }
            if framing == Framing::BadChunk {
                self.wire.write_all(b"no-chunk-size\r\n").await?;
                return Err(Broken::Scripted(How::Hang));
            }
        }
        match (stop_after, framing) {
            (Some((_, how)), _) => return Err(Broken::Scripted(how)),
            (None, Framing::LengthOff(_)) => return Err(Broken::Scripted(How::Fin)),
            (None, Framing::Chunked) => self.wire.write_all(b"0\r\n\r\n").await?,
            _ => {}
        }
        self.wire.flush().await?;
        Ok(())
    }

    /// The next request; `None` at a clean end.
    async fn read_request(&mut self) -> io::Result<Option<Seen>> {
        let mut changed = self.shared.changed.subscribe();
        let closings = self.shared.state().closings;
        let end = loop {
            if let Some(at) = self.unread.windows(4).position(|w| w == b"\r\n\r\n") {
                break at + 4;
            }
            tokio::select! {
                read = self.wire.read_buf(&mut self.unread) => if read? == 0 {
                    return Ok(None);
                },
                _ = changed.changed() => if self.shared.state().closings > closings {
                    return Ok(None);
                },
            }
        };
        let head = self.unread.split_to(end).freeze();
        let text = String::from_utf8_lossy(&head).into_owned();
        let mut lines = text.trim_end_matches("\r\n").split("\r\n");
        let mut first = lines.next().unwrap_or_default().split(' ');
        let mut seen = Seen {
            number: 0,
            connection: self.number,
            method: first.next().unwrap_or_default().to_owned(),
            target: first.next().unwrap_or_default().to_owned(),
            headers: Vec::new(),
            head: head.clone(),
            body: Bytes::new(),
            at: Instant::now(),
            client_gone: None,
            answered: false,
            malformed: None,
        };
        if first.next() != Some("HTTP/1.1") {
            seen.malformed = Some(format!("its first line is {:?}", text.lines().next()));
        }
        for line in lines {
            match line.split_once(':') {
                Some((name, value)) => seen.headers.push((name.to_owned(), value.trim().to_owned())),
                None => seen.malformed = Some(format!("no header: {line:?}")),
            }
        }
        if seen.header("expect").is_some_and(|v| v.eq_ignore_ascii_case("100-continue")) {
            self.wire.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        let chunked = seen.header("transfer-encoding").is_some_and(|v| v.eq_ignore_ascii_case("chunked"));
        let length = seen.header("content-length").map(str::parse::<usize>);
        if seen.all("content-length").len() > 1 || (chunked && length.is_some()) {
            seen.malformed = Some("its length is told twice".to_owned());
        }
        let body = if chunked {
            self.read_chunks().await
        } else {
            let length = length.transpose().unwrap_or_default().unwrap_or(0);
            self.take(length).await
        };
        match body {
            Ok(body) => seen.body = body,
            // Its sender left in the middle of it: worth recording.
            Err(_) => seen.malformed = Some("its body was cut".to_owned()),
        }
        let cut = seen.malformed.as_deref() == Some("its body was cut");
        let seen = self.shared.change(|s| {
            seen.number = s.seen.len();
            s.seen.push(seen.clone());
            seen
        });
        Ok((!cut).then_some(seen))
    }

    async fn take(&mut self, n: usize) -> io::Result<Bytes> {
        while self.unread.len() < n {
            if self.wire.read_buf(&mut self.unread).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(self.unread.split_to(n).freeze())
    }

    async fn read_chunks(&mut self) -> io::Result<Bytes> {
        let mut body = BytesMut::new();
        loop {
            let line = loop {
                if let Some(at) = self.unread.windows(2).position(|w| w == b"\r\n") {
                    break self.unread.split_to(at + 2);
                }
                if self.wire.read_buf(&mut self.unread).await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            };
            let line = String::from_utf8_lossy(&line).into_owned();
            let size = line.trim().split(';').next().unwrap_or_default();
            let size = usize::from_str_radix(size, 16).map_err(|_| io::ErrorKind::InvalidData)?;
            let chunk = self.take(size + 2).await?;
            body.extend_from_slice(&chunk[..size]);
            if size == 0 {
                return Ok(body.freeze());
            }
        }
    }
}

fn pieces(answer: &Answer) -> Vec<Bytes> {
    let whole = |text: &str| vec![Bytes::copy_from_slice(text.as_bytes())];
    let given = match &answer.body {
        Body::Realistic => Vec::new(),
        Body::Text(text) => whole(text),
        Body::Json(json) => whole(&json.to_string()),
        Body::Pieces(pieces) => pieces.iter().map(|p| Bytes::copy_from_slice(p.as_bytes())).collect(),
        Body::Bytes(bytes) => bytes.clone(),
    };
    if answer.trickle == 0 {
        return given;
    }
    let mut all = BytesMut::new();
    given.iter().for_each(|piece| all.extend_from_slice(piece));
    all.chunks(answer.trickle).map(Bytes::copy_from_slice).collect()
}

fn head(answer: &Answer, framing: Framing, total: usize) -> Vec<u8> {
    let reason = http::StatusCode::from_u16(answer.status).ok().and_then(|s| s.canonical_reason());
    let mut head = format!("HTTP/1.1 {} {}\r\n", answer.status, reason.unwrap_or("Scripted"));
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let length = match framing {
        Framing::Length => Some(total),
        Framing::LengthOff(by) => Some(usize::try_from(i64::try_from(total).unwrap() + by).unwrap_or(0)),
        _ => None,
    };
    if let Some(length) = length.filter(|_| !matches!(answer.status, 204 | 304)) {
        head.push_str(&format!("content-length: {length}\r\n"));
    }
    if matches!(framing, Framing::Chunked | Framing::BadChunk) {
        head.push_str("transfer-encoding: chunked\r\n");
    }
    if answer.close || framing == Framing::UntilClose {
        head.push_str("connection: close\r\n");
    }
    head.push_str("\r\n");
    head.into_bytes()
}
