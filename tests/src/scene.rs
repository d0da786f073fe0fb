//! The usual arrangement: some fake endpoints, `a`, `b`, `c` in this order of preference, behind one daemon.

use crate::client::Reply;
use crate::daemon::{self, Daemon, Home, JSON, message};
use crate::{Answer, Fake};

/// Fake endpoints behind a daemon.
#[derive(Debug)]
pub struct Scene {
    /// In the order of the config: the first is the preferred one.
    pub fakes: Vec<Fake>,
    /// In front of them.
    pub daemon: Daemon,
}

/// `n` fake endpoints.
pub async fn fakes(n: usize) -> Vec<Fake> {
    let mut fakes = Vec::new();
    for _ in 0..n {
        fakes.push(Fake::start().await);
    }
    fakes
}

/// Their URLs.
#[must_use]
pub fn urls(fakes: &[Fake]) -> Vec<String> {
    fakes.iter().map(Fake::url).collect()
}

impl Scene {
    /// `n` endpoints of one group, strategy `priority`, no probes.
    pub async fn of(n: usize) -> Self {
        Self::edited(n, |config| config).await
    }

    /// As [`Scene::of`], with a config that `edit` has changed.
    pub async fn edited(n: usize, edit: impl FnOnce(String) -> String) -> Self {
        let fakes = fakes(n).await;
        let home = Home::new(&edit(daemon::config(&urls(&fakes))));
        Self { daemon: home.start().await, fakes }
    }

    /// As [`Scene::of`], with these keys in every group.
    pub async fn with_group(n: usize, keys: &str) -> Self {
        Self::edited(n, |config| config.replace("default = true\n", &format!("default = true\n{keys}\n")))
            .await
    }

    /// As [`Scene::of`], followed by this text.
    pub async fn followed_by(n: usize, text: &str) -> Self {
        Self::edited(n, |config| format!("{config}\n{text}\n")).await
    }

    /// The preferred endpoint.
    #[must_use]
    pub fn a(&self) -> &Fake {
        &self.fakes[0]
    }

    /// The next one.
    #[must_use]
    pub fn b(&self) -> &Fake {
        &self.fakes[1]
    }

    /// The preferred endpoint answers Messages requests like this from now on.
    pub fn a_answers(&self, answer: Answer) {
        self.a().on("/v1/messages", answer);
    }

    /// A small Messages request, stream or not.
    pub async fn message(&self, stream: bool) -> Reply {
        self.daemon.message(stream).await
    }

    /// A POST of JSON.
    pub async fn post(&self, target: &str, body: &str) -> Reply {
        self.daemon.ask("POST", target, &JSON, body.as_bytes()).await
    }

    /// A client that has sent a small streaming Messages request and read nothing yet.
    pub async fn streaming(&self) -> crate::client::Client {
        let mut client = crate::client::Client::connect(self.daemon.addr()).await;
        client.send(&crate::client::request("POST", "/v1/messages", &JSON, message(true).as_bytes())).await;
        client
    }
}
