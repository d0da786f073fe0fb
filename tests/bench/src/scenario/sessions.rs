//! What choosing costs with many endpoints and many live conversations: the same requests through one endpoint and
//! through a thousand. With `priority` one of them serves all, so that choosing is all that differs; with
//! `round-robin` the conversations are spread over all of them, and so are the connections.

use std::sync::Arc;

use super::{Bench, SESSIONS, float, micros};
use crate::load::Job;
use crate::round::{Runner, alternate};
use crate::target::Zephyrd;

/// Conversations that are live at one time.
const LIVE: usize = 10_000;
const CONNECTIONS: usize = 16;

impl Bench {
    /// CPU time per request, by endpoints and conversations.
    pub(super) async fn sessions(&mut self) {
        let mut runners = Vec::new();
        for (endpoints, strategy, name) in [
            (1, "priority", "zephyrd, 1 endpoint"),
            (1000, "priority", "zephyrd, 1000 endpoints"),
            (1000, "round-robin", "zephyrd, spread over 1000"),
        ] {
            let proxy = Zephyrd { endpoints, strategy, ..Zephyrd::new(&self.options.bin_dir) };
            let running = self.start(&proxy).await;
            let (name, addr) = (name.to_owned(), running.addr);
            runners.push(Runner { name, addr, running: Some(running), share: 1 });
        }
        let ask = self.requests.small("bench-whole", false);
        let rounds = self.rounds();
        for (label, live) in [
            ("request: CPU, 64 conversations", CONNECTIONS * SESSIONS),
            ("request: CPU, 10,000 conversations", LIVE),
        ] {
            let requests: Vec<_> = (0..live).map(|number| ask.of_session(number)).collect();
            let requests = Arc::new(requests);
            let job =
                |count| Job { requests: Arc::clone(&requests), count, connections: CONNECTIONS, pace: None };
            // Each conversation has found its endpoint before anything is measured.
            alternate(&runners, 1, &job(self.count(live)), |_, _| {}).await;
            let report = &mut self.report;
            let count = if self.options.smoke { 100 } else { 10_000 };
            alternate(&runners, rounds, &job(count), |runner, sample| {
                let cpu = micros(sample.cpu) / float(sample.requests);
                report.add(label, "µs", &runner.name, cpu);
            })
            .await;
        }
    }
}
