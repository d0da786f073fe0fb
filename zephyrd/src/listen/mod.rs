//! The listeners: accept, guard, and serve HTTP/1.1 or h2c (with TLS: by ALPN) on every one.

mod busy;
mod guarded;
mod tls;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use zephyr_core::config::{Listen, Tls};
use zephyr_wire::framing::MAX_HEAD;

use crate::tasks::Tasks;

use busy::Busy;
use guarded::Guarded;
pub(crate) use tls::Acceptor;

/// Connections served at one time over all listeners; more wait in the kernel's queue.
const MAX_CONNECTIONS: usize = 8192;
/// Streams at one time on one HTTP/2 connection.
const MAX_STREAMS: u32 = 256;
/// A handshake that takes longer is given up.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Where a request came in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    /// The far side.
    pub(crate) peer: SocketAddr,
    /// Our side.
    pub(crate) local: SocketAddr,
}

/// Answers requests. Shared by all connections.
pub(crate) trait Service: Send + Sync + 'static {
    /// What its answers are made of.
    type Body: Body<Data = Bytes, Error: Into<Failed>> + Send + Unpin + 'static;

    /// Answers one request.
    fn answer(
        &self,
        request: Request<Incoming>,
        origin: Origin,
    ) -> impl Future<Output = Response<Self::Body>> + Send;
}

/// Why a listener could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {addr}: {source}{hint}")]
pub(crate) struct BindError {
    addr: SocketAddr,
    source: io::Error,
    hint: String,
}

/// Opens every address of `listen`; an optional one that the machine does not have is left out.
pub(crate) fn bind(listen: &[Listen]) -> Result<Vec<TcpListener>, BindError> {
    let mut open: Vec<TcpListener> = Vec::new();
    for wanted in listen {
        match bind_one(wanted.addr) {
            Ok(listener) => open.push(listener),
            Err(e) if wanted.optional && e.kind() != io::ErrorKind::AddrInUse => {
                tracing::info!(addr = %wanted.addr, error = %e, "optional address {} is not there", wanted.addr);
            }
            Err(source) => {
                let hint = match source.kind() {
                    io::ErrorKind::AddrInUse => {
                        format!(" (`ss -ltnp 'sport = :{}'` shows who has it)", wanted.addr.port())
                    }
                    io::ErrorKind::PermissionDenied => " (ports below 1024 need a capability)".to_owned(),
                    _ => String::new(),
                };
                return Err(BindError { addr: wanted.addr, source, hint });
            }
        }
    }
    Ok(open)
}

fn bind_one(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket =
        if addr.is_ipv4() { tokio::net::TcpSocket::new_v4()? } else { tokio::net::TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    socket.listen(1024)
}

/// The TLS acceptor for `[server] tls`, reading its files anew when they change.
pub(crate) fn acceptor(tls: Option<&Tls>) -> Result<Option<Acceptor>, String> {
    tls.map(Acceptor::open).transpose()
}

/// Serves `listeners` until the daemon stops; then running requests are finished and idle connections closed.
pub(crate) fn serve<S: Service>(
    listeners: Vec<TcpListener>,
    tls: Option<Acceptor>,
    service: Arc<S>,
    tasks: &Tasks,
) {
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    for listener in listeners {
        let accepting = accept(listener, tls.clone(), Arc::clone(&service), Arc::clone(&room), tasks.clone());
        tasks.spawn_until_stop(accepting);
    }
}

async fn accept<S: Service>(
    listener: TcpListener,
    tls: Option<Acceptor>,
    service: Arc<S>,
    room: Arc<Semaphore>,
    tasks: Tasks,
) {
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(e) => {
                tracing::warn!(error = %e, "accept failed: {e}");
                // Out of descriptors or memory: give connections time to end.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let (tls, service, tasks_of) = (tls.clone(), Arc::clone(&service), tasks.clone());
        tasks.spawn(async move {
            if let Err(e) = connection(stream, peer, tls, service, tasks_of).await {
                tracing::debug!(peer = %peer, error = %e, "connection ended");
            }
            drop(permit);
        });
    }
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

async fn connection<S: Service>(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<Acceptor>,
    service: Arc<S>,
    tasks: Tasks,
) -> Result<(), Failed> {
    stream.set_nodelay(true)?;
    let origin = Origin { peer, local: stream.local_addr()? };
    let busy = Busy::default();
    match tls {
        None => http(Guarded::new(stream, busy.clone()), busy, origin, service, tasks).await,
        Some(acceptor) => {
            let stream = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await??;
            http(Guarded::new(stream, busy.clone()), busy, origin, service, tasks).await
        }
    }
}

async fn http<S, I>(
    io: Guarded<I>,
    busy: Busy,
    origin: Origin,
    service: Arc<S>,
    tasks: Tasks,
) -> Result<(), Failed>
where
    S: Service,
    I: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let answer = service_fn(move |request| {
        let (service, answering) = (Arc::clone(&service), busy.begin());
        async move {
            let response = service.answer(request, origin).await;
            Ok::<_, std::convert::Infallible>(response.map(|body| answering.with(body)))
        }
    });
    let mut builder = Builder::new(TokioExecutor::new());
    // The guard keeps the time of heads and of idle connections, and counts headers: to be told of a number costs the
    // parser memory and time for each head.
    builder.http1().timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(MAX_HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEAD as u32)
        .max_pending_accept_reset_streams(20)
        .adaptive_window(true)
        .keep_alive_interval(Duration::from_secs(60))
        .keep_alive_timeout(Duration::from_secs(20));
    let connection = builder.serve_connection(TokioIo::new(io), answer);
    tokio::pin!(connection);
    let stopping = tasks.stopping();
    tokio::select! {
        done = connection.as_mut() => return done,
        () = stopping.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    connection.await
}
