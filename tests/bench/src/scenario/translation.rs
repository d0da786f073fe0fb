//! What translation costs: an Anthropic client at endpoints of each dialect. Its own dialect is the passthrough that the others
//! are compared with.

use std::sync::Arc;

use super::{Bench, EVENTS, float, micros};
use crate::load::Job;
use crate::round::{Runner, alternate};
use crate::target::Zephyrd;

/// Bytes of a long conversation.
const LONG: usize = 1024 * 1024;

impl Bench {
    /// CPU time per event of a stream, and per long request, by the endpoint's dialect.
    pub(super) async fn translation(&mut self) {
        let mut runners = Vec::new();
        for dialect in ["anthropic", "openai-chat", "openai-responses"] {
            let proxy = Zephyrd { dialect, ..Zephyrd::new(&self.options.bin_dir) };
            let running = self.start(&proxy).await;
            let addr = running.addr;
            runners.push(Runner { name: dialect.to_owned(), addr, running: Some(running), share: 1 });
        }
        let unpaced = self.requests.small(&format!("bench-sse-{EVENTS}-0"), true);
        let paced = self.requests.small(&format!("bench-sse-{EVENTS}-20000"), true);
        // A stream, so that every dialect's answer is short and whole.
        let long = self.requests.long("bench-sse-10-0", LONG);
        let long = Job {
            requests: Arc::new(vec![long.alone()]),
            count: self.count(100),
            connections: 4,
            pace: None,
        };
        alternate(&runners, 1, &self.job(&unpaced, 160, 16), |_, _| {}).await;
        for (what, unit, job, pieces) in [
            ("translation: CPU per event", 1.0, self.job(&unpaced, 1_600, 16), EVENTS),
            ("translation: CPU per event, 20 ms", 1.0, self.job(&paced, 200, 200), EVENTS),
            ("translation: CPU per request of 1 MB", 1000.0, long, 1),
        ] {
            let (rounds, report) = (self.rounds(), &mut self.report);
            let name = if pieces == 1 { "ms" } else { "µs" };
            alternate(&runners, rounds, &job, |runner, sample| {
                let cpu = micros(sample.cpu) / unit / float(sample.requests * pieces);
                report.add(what, name, &runner.name, cpu);
            })
            .await;
        }
    }
}
