//! Pieces of a body that have come together leave together.
//!
//! An endpoint that writes faster than we read sends many small chunks in one packet. Each of them as a piece of
//! its own would cost a write of its own. Nothing is waited for: what is not there yet is not gathered.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};

/// Pieces from this size on are passed on as they are.
const SMALL: usize = 4 * 1024;
/// Nothing more is added to this much.
const ENOUGH: usize = 16 * 1024;

/// See the module.
pub(crate) struct Gathered<B: Body> {
    body: B,
    /// What ended the last gathering: the end, an error or trailers, never data.
    next: Option<Option<Result<Frame<Bytes>, B::Error>>>,
}

impl<B: Body<Data = Bytes> + Unpin> Gathered<B> {
    /// Gathers the pieces of `body`.
    pub(super) fn new(body: B) -> Self {
        Self { body, next: None }
    }

    /// Adds to `first` what else is there.
    fn gather(&mut self, first: Bytes, cx: &mut Context<'_>) -> Bytes {
        let mut whole = BytesMut::new();
        while first.len().max(whole.len()) < ENOUGH {
            match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Pending => break,
                Poll::Ready(Some(Ok(frame))) if frame.is_data() => {
                    if let Ok(data) = frame.into_data() {
                        if whole.is_empty() {
                            whole.reserve(SMALL);
                            whole.extend_from_slice(&first);
                        }
                        whole.extend_from_slice(&data);
                    }
                }
                Poll::Ready(other) => {
                    self.next = Some(other);
                    break;
                }
            }
        }
        if whole.is_empty() { first } else { whole.freeze() }
    }
}

impl<B> Body for Gathered<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Unpin,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        if let Some(next) = this.next.take() {
            return Poll::Ready(next);
        }
        match ready!(Pin::new(&mut this.body).poll_frame(cx)) {
            Some(Ok(frame)) if frame.data_ref().is_some_and(|data| data.len() < SMALL) => {
                match frame.into_data() {
                    Ok(first) => Poll::Ready(Some(Ok(Frame::data(this.gather(first, cx))))),
                    Err(frame) => Poll::Ready(Some(Ok(frame))),
                }
            }
            other => Poll::Ready(other),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.next.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use http_body_util::BodyExt;

    use super::*;

    /// Answers each poll with the next of these; `None` = pending.
    struct Scripted(VecDeque<Option<Result<Bytes, String>>>);

    impl Body for Scripted {
        type Data = Bytes;
        type Error = String;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, String>>> {
            match self.0.pop_front() {
                None => Poll::Ready(None),
                Some(Some(piece)) => Poll::Ready(Some(piece.map(Frame::data))),
                Some(None) => {
                    cx.waker().wake_by_ref();
                    Poll::Pending
                }
            }
        }
    }

    async fn pieces(script: Vec<Option<Result<Bytes, String>>>) -> Vec<Result<Bytes, String>> {
        let mut body = Gathered::new(Scripted(script.into()));
        let mut got = Vec::new();
        while let Some(frame) = body.frame().await {
            got.push(frame.map(|f| f.into_data().expect("data")));
        }
        got
    }

    fn data(text: &'static str) -> Option<Result<Bytes, String>> {
        Some(Ok(Bytes::from_static(text.as_bytes())))
    }

    #[tokio::test]
    async fn what_is_there_together_is_one_piece_and_nothing_is_waited_for() {
        let got = pieces(vec![data("a"), data("b"), None, data("c"), None, data("d"), data("e")]).await;
        assert_eq!(got, [Ok("ab".into()), Ok("c".into()), Ok("de".into())] as [Result<Bytes, String>; 3]);
    }

    #[tokio::test]
    async fn an_error_comes_after_what_came_before_it() {
        let got = pieces(vec![data("a"), data("b"), Some(Err("died".into()))]).await;
        assert_eq!(got, [Ok("ab".into()), Err("died".to_owned())] as [Result<Bytes, String>; 2]);
    }

    #[tokio::test]
    async fn a_large_piece_is_not_copied() {
        let large = Bytes::from(vec![b'x'; SMALL]);
        let got = pieces(vec![Some(Ok(large.clone())), data("a")]).await;
        assert_eq!(got[0].as_ref().map(|b| b.as_ptr()), Ok(large.as_ptr()));
        assert_eq!(got[1], Ok("a".into()));
    }
}
