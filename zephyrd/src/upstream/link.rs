//! One HTTP/1 connection to an endpoint, driven by whoever waits for its answer.
//!
//! A connection with a task of its own costs two wake-ups across tasks per chunk of an answer, and each chunk
//! leaves in a write of its own. Driven inside the request's task it costs none, and what has come together
//! leaves together.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body as _, Frame};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1};

use super::body::Broken;
use super::connect::Stream;
use super::root_cause;

/// Largest read buffer; hyper's own limit would let it grow to 408 KiB.
const READ_BUFFER: usize = 64 * 1024;

/// See the module. Dropping it closes the connection.
pub(super) struct Link {
    sender: http1::SendRequest<Full<Bytes>>,
    connection: http1::Connection<Stream, Full<Bytes>>,
    ended: bool,
    ears: Arc<Ears>,
    waker: Waker,
}

/// Wake-ups are not passed on.
const DEAF: u8 = 1;
/// There was one.
const CALLED: u8 = 2;

/// Whom the connection wakes: the task that drives it, except while that task itself takes something out of the
/// connection.
#[derive(Default)]
struct Ears {
    task: Mutex<Option<Waker>>,
    state: AtomicU8,
}

impl Ears {
    fn follow(&self, waker: &Waker) {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *task {
            Some(known) => known.clone_from(waker),
            None => *task = Some(waker.clone()),
        }
    }

    /// Calls `take` without being woken by it; says whether anything called meanwhile.
    fn without<T>(&self, take: impl FnOnce() -> T) -> (T, bool) {
        self.state.swap(DEAF, Ordering::AcqRel);
        let taken = take();
        let called = self.state.swap(0, Ordering::AcqRel) & CALLED != 0;
        (taken, called)
    }
}

impl Wake for Ears {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.state.fetch_or(CALLED, Ordering::AcqRel) & DEAF == 0
            && let Some(task) = &*self.task.lock().unwrap_or_else(PoisonError::into_inner)
        {
            task.wake_by_ref();
        }
    }
}

impl Link {
    /// HTTP/1 over an open stream.
    pub(super) async fn over(stream: Stream) -> Result<Self, hyper::Error> {
        let (sender, connection) =
            http1::Builder::new().max_buf_size(READ_BUFFER).handshake::<_, Full<Bytes>>(stream).await?;
        let ears = Arc::<Ears>::default();
        let waker = Waker::from(Arc::clone(&ears));
        Ok(Self { sender, connection, ended: false, ears, waker })
    }

    /// Lets the connection read and write what it can.
    pub(super) fn drive(&mut self, cx: &mut Context<'_>) {
        if !self.ended {
            self.ears.follow(cx.waker());
            // Its error, if it ends with one, is what the answer or its body ends with.
            let cx = &mut Context::from_waker(&self.waker);
            self.ended = Pin::new(&mut self.connection).poll(cx).is_ready();
        }
    }

    /// Whether it can take a request: it is open, and no answer is outstanding. The connection closed by the far
    /// side while nobody looked is noticed here.
    pub(super) fn is_idle(&mut self, cx: &mut Context<'_>) -> bool {
        self.drive(cx);
        !self.ended && self.sender.is_ready()
    }

    /// Sends and waits for the head of the answer. The request comes back with the error if it never left.
    pub(super) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, TrySendError<Request<Full<Bytes>>>> {
        let mut answer = pin!(self.sender.try_send_request(request));
        std::future::poll_fn(|cx| {
            self.drive(cx);
            answer.as_mut().poll(cx)
        })
        .await
    }

    /// The next piece of `body`, which must be the answer to this connection's last request.
    pub(super) fn poll_frame(
        &mut self,
        body: &mut Incoming,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        // The body is filled by `drive` alone, which the connection's own wake-ups lead to.
        let quiet = &mut Context::from_waker(Waker::noop());
        let ears = Arc::clone(&self.ears);
        // Who is given a piece asks for the next before it sleeps: only before sleeping a wake-up matters.
        let (mut polled, _) = ears.without(|| Pin::new(&mut *body).poll_frame(quiet));
        if polled.is_pending() {
            self.drive(cx);
            let called;
            (polled, called) = ears.without(|| Pin::new(body).poll_frame(quiet));
            if polled.is_pending() && called {
                cx.waker().wake_by_ref();
            }
        }
        match polled {
            // Nothing would ever wake who waits for a connection that has ended.
            Poll::Pending if self.ended => {
                Poll::Ready(Some(Err(Broken("the connection has ended".to_owned()))))
            }
            polled => polled.map_err(|e| Broken(root_cause(&e))),
        }
    }
}
