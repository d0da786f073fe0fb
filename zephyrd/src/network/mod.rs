//! Notices that the network of this machine has changed, or that it has slept, and tells the engine and the way out.
//!
//! `netlink` hears of addresses and routes, `way` says whether a change matters, `sleep` compares two clocks.

mod netlink;
mod sleep;
mod way;

use std::sync::Arc;

use crate::engine_handle::Handle;
use crate::upstream::Upstream;
use netlink::{Listener, News};
pub(crate) use sleep::Sleep;
use way::Ways;

/// Watches addresses and routes until it is dropped. Where that is not permitted, it says so once and ends.
pub(crate) async fn watch(handle: Handle, upstream: Arc<Upstream>) {
    let listener = match Listener::open() {
        Ok(listener) => listener,
        Err(error) => {
            tracing::info!(%error, "changes of the network are not heard of (AF_NETLINK): they show with requests and probes");
            return;
        }
    };
    let mut known = Ways::now(&handle.plan());
    loop {
        // Nobody should be sent on a connection from an address that is gone.
        let cut = |news: &News| {
            if cuts(&known, news) {
                upstream.drop_idle();
            }
        };
        let Some(news) = listener.news(cut).await else { return };
        let now = Ways::now(&handle.plan());
        if now != known || cuts(&known, &news) {
            upstream.drop_idle();
            handle.network_changed();
        }
        known = now;
    }
}

/// Whether what went away was in use, also if there is another like it by now.
fn cuts(known: &Ways, news: &News) -> bool {
    news.default_route_gone || news.addresses_gone.iter().any(|gone| known.use_address(*gone))
}

/// Looks whether the machine has slept since the last look, and tells everybody who must know.
pub(crate) fn look_for_sleep(sleep: &Sleep, handle: &Handle, upstream: &Upstream) {
    if let Some(slept) = sleep.since_the_last_look() {
        tracing::info!(slept_s = slept.as_secs(), "the machine slept for {} s", slept.as_secs());
        upstream.drop_idle();
        handle.woke();
    }
}
