//! A request's turn to retry.
//!
//! All requests together retry only so much at a time. Who comes too early waits: an answer that comes later is better
//! than none, and a stream's client hears comments meanwhile.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use zephyr_core::failover::{Class, Next};

use crate::engine_handle::Handle;

use super::identify::Call;

/// How long a request waits for its turn. With the longest silence of a stream before it, clients still endure that.
const PATIENCE: Duration = Duration::from_secs(120);

/// `next` when its turn has come, [`Next::Stop`] when it does not come in time. Only what follows an attempt that may
/// have been billed has to wait for one.
pub(super) async fn in_turn(handle: &Handle, call: &Call, class: Class, next: Next) -> Next {
    if next == Next::Stop || !call.is_gated() || !class.may_be_billed() {
        return next;
    }
    let end = Instant::now() + PATIENCE;
    while let Err(wait) = handle.retry() {
        if Instant::now() + wait > end {
            return Next::Stop;
        }
        sleep(wait).await;
    }
    next
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http::{HeaderMap, Method, Uri};

    use super::*;
    use crate::fixtures;

    fn call(path: &'static str) -> Call {
        let plan = fixtures::plan(vec![fixtures::endpoint("a")]);
        Call::identify(&Method::POST, &Uri::from_static(path), &HeaderMap::new(), &plan)
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_gets_no_turn_in_time_stops() {
        let (handle, _orders) = Handle::new(Arc::new(fixtures::plan(vec![fixtures::endpoint("a")])), None, 1);
        let message = call("/v1/messages");
        let after = |class| in_turn(&handle, &message, class, Next::Another);
        for _ in 0..3 {
            assert_eq!(after(Class::ServerError).await, Next::Another);
        }
        let asked = Instant::now();
        assert_eq!(after(Class::ServerError).await, Next::Stop);
        assert!(asked.elapsed() > PATIENCE - Duration::from_secs(11), "{:?}", asked.elapsed());
        assert_eq!(after(Class::ConnectFailed).await, Next::Another, "it cost nothing");
        let count = call("/v1/messages/count_tokens");
        assert_eq!(in_turn(&handle, &count, Class::ServerError, Next::Another).await, Next::Another);
    }
}
