//! What the end-to-end tests stand on: a scripted fake endpoint, a client with full control of its bytes, and
//! runners for the real `zephyrd` and `zephyrctl`.
//!
//! Everything is on loopback with ports chosen by the kernel. Nothing here waits for a clock where an event can
//! be waited for; every wait has [`DEADLINE`].
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "test code: a failed step is a failed test"
)]

pub mod captures;
pub mod client;
pub mod daemon;
pub mod fake;
pub mod hostile;
pub mod scene;
pub mod tls;

use std::future::Future;
use std::time::Duration;

pub use daemon::{Daemon, binary};
pub use fake::{Answer, Fake, Gate};
pub use scene::Scene;

/// No step of any test takes longer, short of a fault.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// Waits for `future`, at most [`DEADLINE`]; panics with `what` when it does not come.
pub async fn within<F: Future>(what: &str, future: F) -> F::Output {
    match tokio::time::timeout(DEADLINE, future).await {
        Ok(output) => output,
        Err(_) => panic!("waited {} s for {what}", DEADLINE.as_secs()),
    }
}

/// Asks `probe` again and again until it answers `Some`, at most [`DEADLINE`]: for facts that can only be asked for.
pub async fn until<T, F>(what: &str, mut probe: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    within(what, async {
        loop {
            if let Some(found) = probe().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
}
