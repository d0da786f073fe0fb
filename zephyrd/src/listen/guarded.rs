//! A connection whose request bytes pass the framing guard before the parser sees them, and whose heads and
//! idle times have limits.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf, Take};
use tokio::time::{Instant, Sleep, sleep_until};
use zephyr_wire::framing::Guard;

use super::busy::Busy;

/// A head must be whole this long after its first byte.
const HEAD_LIMIT: Duration = Duration::from_secs(10);
/// A connection without a request is kept this long.
const IDLE_LIMIT: Duration = Duration::from_secs(300);
/// Largest read of a request. The parser's buffer begins with 8 KiB and grows when a read fills it; it would then
/// stay as large for as long as the answer's stream runs.
const READ_MOST: usize = 8 * 1024 - 1;
/// What the parser gets instead of a violation: no parser takes it for anything but a bad request, wherever
/// in a head or chunk it stands, and answers 400 and closes.
const POISON: &[u8] = b"\0\r\n\r\n";

/// See the module.
pub(super) struct Guarded<I> {
    /// Its limit is the one of the present read.
    io: Take<I>,
    guard: Guard,
    /// A violation was found: nothing further is read.
    broken: bool,
    /// When the present head or idle time began.
    since: Instant,
    waiting: Waiting,
    /// It was busy when it was last looked at.
    answering: bool,
    busy: Busy,
    timer: Option<Pin<Box<Sleep>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waiting {
    Idle,
    Head,
    Body,
}

impl Waiting {
    fn limit(self) -> Option<Duration> {
        match self {
            Self::Idle => Some(IDLE_LIMIT),
            Self::Head => Some(HEAD_LIMIT),
            Self::Body => None,
        }
    }
}

impl<I: AsyncRead> Guarded<I> {
    /// Guards a new connection, which is not idle while it is `busy`.
    pub(super) fn new(io: I, busy: Busy) -> Self {
        let (guard, since) = (Guard::default(), Instant::now());
        let io = io.take(0);
        Self { io, guard, broken: false, since, waiting: Waiting::Idle, answering: false, busy, timer: None }
    }

    /// Follows what the guard now waits for.
    fn follow(&mut self) {
        let now = match () {
            () if self.guard.in_head() => Waiting::Head,
            () if self.guard.between_requests() => Waiting::Idle,
            () => Waiting::Body,
        };
        // An idle time begins anew with each request; a head's does not with each of its bytes.
        if now != self.waiting || now == Waiting::Idle {
            self.waiting = now;
            self.since = Instant::now();
        }
    }

    /// Whether the present limit is over. The timer is moved only when it fires.
    fn poll_limit(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let Some(limit) = self.waiting.limit() else { return Poll::Pending };
        let answering = self.waiting == Waiting::Idle && self.busy.is_busy();
        if std::mem::replace(&mut self.answering, answering) && !answering {
            self.since = Instant::now();
        }
        if answering {
            // The time between requests begins with the end of the answer, for which hyper looks here again.
            return Poll::Pending;
        }
        loop {
            let end = self.since + limit;
            let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(end)));
            if timer.deadline() > end {
                timer.as_mut().reset(end);
            }
            if timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            if Instant::now() >= end {
                return Poll::Ready(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "no request within the time limit",
                ));
            }
            timer.as_mut().reset(end);
        }
    }
}

impl<I: AsyncRead + Unpin> Guarded<I> {
    /// Reads, but of a request never so much at once that the parser would take a larger buffer.
    fn poll_some(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let answering = self.waiting != Waiting::Body && self.busy.is_busy();
        self.io.set_limit(if answering { u64::MAX } else { READ_MOST as u64 });
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Guarded<I> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.broken {
            // The 400 is on its way; what else comes is not looked at.
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        match this.poll_some(cx, buf) {
            Poll::Ready(Ok(())) => {
                if let Err(broken) = this.guard.feed(&buf.filled()[before..]) {
                    tracing::debug!(violation = ?broken.violation, "request refused");
                    this.broken = true;
                    buf.set_filled(before + broken.sound);
                    buf.put_slice(&POISON[..POISON.len().min(buf.remaining())]);
                }
                this.follow();
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(e)) => Poll::Ready(Err(e)),
            Poll::Pending => this.poll_limit(cx).map(Err),
        }
    }
}

impl<I: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Guarded<I> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(self.io.get_mut()).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(self.io.get_mut()).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.get_ref().is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.io.get_mut()).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.io.get_mut()).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn a_violation_becomes_poison_and_what_came_before_passes() {
        let (mut far, near) = tokio::io::duplex(4096);
        let sound = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        far.write_all(&[&sound[..], b"GET / HTTP/1.1\nHost: a\r\n\r\n"].concat()).await.expect("write");
        let mut guarded = Guarded::new(near, Busy::default());
        let mut got = [0; 4096];
        let size = guarded.read(&mut got).await.expect("read");
        assert_eq!(&got[..size], [&sound[..], POISON].concat());
        assert_eq!(guarded.read(&mut got).await.expect("read"), 0, "nothing after a violation is read");
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_trickles_has_ten_seconds_in_all() {
        let (mut far, near) = tokio::io::duplex(4096);
        let mut guarded = Guarded::new(near, Busy::default());
        let start = Instant::now();
        let trickle = async {
            loop {
                far.write_all(b"G").await.expect("write");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        let mut sink = vec![0; 1024];
        let read = async {
            loop {
                if let Err(e) = guarded.read(&mut sink).await {
                    return e;
                }
            }
        };
        let error = tokio::select! { () = trickle => unreachable!("never ends"), e = read => e };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(start.elapsed(), HEAD_LIMIT);
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_between_requests_begins_with_the_end_of_an_answer() {
        let (_far, near) = tokio::io::duplex(4096);
        let busy = Busy::default();
        let mut guarded = Guarded::new(near, busy.clone());
        let mut sink = vec![0; 1024];
        let mut look = async |for_so_long| tokio::time::timeout(for_so_long, guarded.read(&mut sink)).await;
        assert!(look(IDLE_LIMIT / 2).await.is_err(), "it ended before its time");
        let answering = busy.begin();
        assert!(look(IDLE_LIMIT * 3).await.is_err(), "it ended while it answered");
        drop(answering);
        let start = Instant::now();
        let error = look(IDLE_LIMIT * 3).await.expect("it ends").expect_err("for its limit");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(start.elapsed(), IDLE_LIMIT);
    }
}
