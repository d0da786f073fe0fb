//! Accepts connections on the control socket, identifies who is there, and keeps them few.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

use super::peer::{Peer, identify};
use super::socket::{ControlError, Listener};
use crate::tasks::Tasks;

/// Connections of operators, and as many of everybody else: so readers never lock operators out.
pub(super) const EACH: usize = 32;
/// Pause after an accept that failed (file descriptors may be used up).
const PAUSE: Duration = Duration::from_millis(100);

/// An accepted connection, with its place among the limited number.
pub(super) struct Connection {
    stream: UnixStream,
    peer: Peer,
    _place: OwnedSemaphorePermit,
}

/// Begins to accept on `listener`; ends when the daemon stops or the stream is dropped.
pub(super) fn start(
    listener: &Listener,
    tasks: &Tasks,
) -> Result<ReceiverStream<io::Result<Connection>>, ControlError> {
    let failed = |source| ControlError::Io { path: listener.path().to_owned(), source };
    let accepting = UnixListener::from_std(listener.accepting()?).map_err(failed)?;
    let (sender, receiver) = mpsc::channel(1);
    tasks.spawn_until_stop(accept(accepting, sender));
    Ok(ReceiverStream::new(receiver))
}

async fn accept(listener: UnixListener, sender: mpsc::Sender<io::Result<Connection>>) {
    let (operators, others) = (Arc::new(Semaphore::new(EACH)), Arc::new(Semaphore::new(EACH)));
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "the control socket cannot accept: {error}");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let peer = identify(&stream);
        let places = if peer.operator { &operators } else { &others };
        let Ok(place) = Arc::clone(places).try_acquire_owned() else {
            tracing::debug!(uid = peer.uid, "control connection refused: too many");
            continue;
        };
        if sender.send(Ok(Connection { stream, peer, _place: place })).await.is_err() {
            return;
        }
    }
}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
