//! The machine's own network, as far as one machine can show it: a network namespace with the loopback device alone, where
//! daemon, endpoints and clients live. What is done to its addresses is done to all.
//!
//! That needs root; what survives a restart does not, and is in `memory`.

mod memory;
mod namespace;

use std::net::SocketAddr;

use namespace::Namespace;
use zephyr_tests::daemon::{Daemon, Home};
use zephyr_tests::{Answer, Fake, daemon};

const A: &str = "198.18.0.1";
const B: &str = "198.18.0.2";

/// Two endpoints at addresses that are not loopback ones, behind a daemon whose probes are connects once a minute.
struct Land {
    inside: Namespace,
    fakes: Vec<Fake>,
    daemon: Daemon,
}

impl Land {
    async fn new() -> Self {
        let inside = Namespace::new().await;
        let mut fakes = Vec::new();
        for address in [A, B] {
            inside.ip(&["address", "add", &format!("{address}/32"), "dev", "lo"]).await;
            let at = SocketAddr::new(address.parse().unwrap(), 0);
            fakes.push(inside.run(async move { Fake::listen(at, None).await }).await);
        }
        let urls: Vec<String> = fakes.iter().map(Fake::url).collect();
        let config = daemon::config(&urls).replace("enabled = false", "kind = \"connect\"");
        let daemon = inside.run(async move { Home::new(&config).start().await }).await;
        Self { inside, fakes, daemon }
    }

    async fn message(&self) -> u16 {
        let addr = self.daemon.addr();
        let body = daemon::message(false);
        let ask = async move {
            zephyr_tests::client::ask(addr, "POST", "/v1/messages", &daemon::JSON, body.as_bytes())
                .await
                .status()
        };
        self.inside.run(ask).await
    }

    async fn lose_the_network(&self) {
        for address in [A, B] {
            self.inside.ip(&["address", "del", &format!("{address}/32"), "dev", "lo"]).await;
        }
    }

    async fn find_it_again(&self) {
        for address in [A, B] {
            self.inside.ip(&["address", "add", &format!("{address}/32"), "dev", "lo"]).await;
        }
    }

    async fn offline(&self, wanted: bool) {
        let is = |s: &zephyr_proto::v1::Status| s.head.as_ref().is_some_and(|h| h.offline_unix_ms.is_some());
        self.daemon.until("the verdict on the network", |s| (is(s) == wanted).then_some(())).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs root, for a network of its own"]
async fn a_lost_network_is_told_opens_no_breaker_and_is_noticed_when_it_comes_back() {
    let land = Land::new().await;
    for fake in &land.fakes {
        fake.always(Answer::realistic());
    }
    assert_eq!(land.message().await, 200);
    let connections = land.fakes[0].connections();

    land.lose_the_network().await;
    land.daemon.until_said("the network has changed").await;
    for _ in 0..6 {
        let status = land.message().await;
        assert!(status >= 500, "{status}");
    }
    land.offline(true).await;
    let status = land.daemon.status().await;
    for endpoint in &status.endpoints {
        assert!(
            matches!(endpoint.state.as_str(), "up" | "unknown"),
            "{} is {}",
            endpoint.name,
            endpoint.state
        );
        assert!(endpoint.error.contains("unreachable"), "{}", endpoint.error);
    }
    assert_eq!(status.head.unwrap().state, "down");
    let shown = String::from_utf8(land.daemon.ctl(&["status"]).await.stdout).unwrap();
    assert!(shown.contains("no endpoint beyond this machine answers since"), "{shown}");

    land.find_it_again().await;
    // The kernel tells.
    land.offline(false).await;
    assert_eq!(land.message().await, 200);
    assert!(land.fakes[0].connections() > connections, "the connections from before are not used again");
    land.offline(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs root, for a network of its own"]
async fn addresses_that_nobody_uses_are_no_change() {
    let land = Land::new().await;
    land.inside.ip(&["address", "add", "198.18.9.9/32", "dev", "lo"]).await;
    land.inside.ip(&["address", "del", "198.18.9.9/32", "dev", "lo"]).await;
    land.lose_the_network().await;
    land.daemon.until_said("the network has changed").await;
    assert_eq!(land.daemon.said().matches("the network has changed").count(), 1);
}
