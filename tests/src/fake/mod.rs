//! A scripted endpoint: records every request byte for byte and answers as it was told, also in ways that no
//! decent server would.
//!
//! It is written on raw TCP so that framing, cuts and resets are its own. It speaks HTTP/1.1, with TLS if wanted.

mod answer;
pub mod realistic;
mod record;
mod script;
mod serve;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::TcpListener;
use tokio::sync::watch;

pub use answer::{Answer, At, Body, Framing, Gate, How, Stop};
pub use record::Seen;
pub use script::Script;

use crate::tls::Certificate;
use crate::within;

/// A running fake endpoint; it stops when dropped.
#[derive(Debug)]
pub struct Fake {
    addr: SocketAddr,
    scheme: &'static str,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct State {
    seen: Vec<Seen>,
    script: Script,
    /// Connections accepted since the start.
    connections: u64,
    /// Connections open now.
    open: u64,
    /// Grows when every connection should close.
    closings: u64,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let out = change(&mut self.state());
        self.changed.send_replace(());
        out
    }
}

impl Fake {
    /// A plain HTTP endpoint on 127.0.0.1.
    pub async fn start() -> Self {
        Self::listen("127.0.0.1:0".parse().unwrap(), None).await
    }

    /// An HTTPS endpoint on 127.0.0.1 that shows `certificate`.
    pub async fn start_tls(certificate: &Certificate) -> Self {
        Self::listen("127.0.0.1:0".parse().unwrap(), Some(certificate)).await
    }

    /// An endpoint on `addr`, with TLS if there is a certificate.
    pub async fn listen(addr: SocketAddr, certificate: Option<&Certificate>) -> Self {
        let listener = TcpListener::bind(addr).await.expect("a listener");
        let addr = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { state: Mutex::default(), changed: watch::Sender::new(()) });
        let acceptor = certificate.map(|c| c.acceptor(&[b"http/1.1"]));
        let scheme = if acceptor.is_some() { "https" } else { "http" };
        let task = tokio::spawn(serve::accept(listener, acceptor, shared.clone()));
        Self { addr, scheme, shared, task }
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its base URL, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.addr)
    }

    /// Answers every request with `answer`, unless something closer matches.
    pub fn always(&self, answer: Answer) {
        self.shared.change(|s| s.script.default = answer);
    }

    /// Answers every request for `path` (without its query) with `answer`.
    pub fn on(&self, path: &str, answer: Answer) {
        self.shared.change(|s| s.script.path(path).always = Some(answer));
    }

    /// Answers the next request for `path` with `answer`; several are answered in turn.
    pub fn once(&self, path: &str, answer: Answer) {
        self.shared.change(|s| s.script.path(path).next.push_back(answer));
    }

    /// Replaces the whole script.
    pub fn script(&self, script: Script) {
        self.shared.change(|s| s.script = script);
    }

    /// Everything that was asked so far, in the order of arrival.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.state().seen.clone()
    }

    /// What was asked for `path` (without its query) so far.
    #[must_use]
    pub fn seen_on(&self, path: &str) -> Vec<Seen> {
        self.seen().into_iter().filter(|s| s.path() == path).collect()
    }

    /// Connections accepted since the start.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.shared.state().connections
    }

    /// Connections open now.
    #[must_use]
    pub fn open_connections(&self) -> u64 {
        self.shared.state().open
    }

    /// Waits until `check` finds something in what was seen.
    pub async fn until<T>(&self, what: &str, mut check: impl FnMut(&[Seen]) -> Option<T>) -> T {
        let mut changed = self.shared.changed.subscribe();
        within(what, async {
            loop {
                changed.borrow_and_update();
                if let Some(found) = check(&self.shared.state().seen) {
                    return found;
                }
                changed.changed().await.unwrap();
            }
        })
        .await
    }

    /// Waits until `n` requests have arrived and gives them.
    pub async fn wait(&self, n: usize) -> Vec<Seen> {
        self.until(&format!("{n} requests"), |seen| (seen.len() >= n).then(|| seen.to_vec())).await
    }

    /// Waits, without a deadline, for requests beyond the first `n` and gives those.
    pub async fn after(&self, n: usize) -> Vec<Seen> {
        let mut changed = self.shared.changed.subscribe();
        loop {
            changed.borrow_and_update();
            if let Some(new) = self.shared.state().seen.get(n..).filter(|new| !new.is_empty()) {
                return new.to_vec();
            }
            // The sender lives as long as this.
            let _ = changed.changed().await;
        }
    }

    /// Waits until the client has left request `number` (0-based) before it was answered to its end.
    pub async fn wait_gone(&self, number: usize) -> Seen {
        let what = format!("the client to leave request {number}");
        self.until(&what, |seen| seen.get(number).filter(|s| s.client_gone.is_some()).cloned()).await
    }

    /// Closes every connection on which no answer is being sent.
    pub fn close_idle(&self) {
        self.shared.change(|s| s.closings += 1);
    }

    /// Waits, without a deadline, for requests that their client left early, beyond those in `known`.
    pub async fn left(&self, known: &BTreeSet<usize>) -> Vec<usize> {
        let mut changed = self.shared.changed.subscribe();
        loop {
            changed.borrow_and_update();
            let left: Vec<usize> = {
                let state = self.shared.state();
                let left = state.seen.iter().filter(|s| s.client_gone.is_some());
                left.map(|s| s.number).filter(|n| !known.contains(n)).collect()
            };
            if !left.is_empty() {
                return left;
            }
            // The sender lives as long as this.
            let _ = changed.changed().await;
        }
    }

    /// Waits until no connection is open.
    pub async fn wait_closed(&self) {
        let mut changed = self.shared.changed.subscribe();
        within("every connection to close", async {
            while self.open_connections() > 0 {
                changed.changed().await.unwrap();
            }
        })
        .await;
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}
