//! What accounting costs: the same zephyrd with `[usage]` on and off, with equal requests shared and not, and what it
//! takes of memory and disk over many requests.

use std::path::Path;
use std::time::Duration;

use super::{Bench, EVENTS, SESSIONS, float, megabytes, micros, settled};
use crate::load::{self, Job};
use crate::process;
use crate::round::{Runner, alternate, alternate_and_wait};
use crate::target::Zephyrd;

/// Requests of the scenario of growth, and between two looks at memory.
const MANY: usize = 200_000;
const STEP: usize = 20_000;
/// After this long every record is written.
const WRITTEN: Duration = Duration::from_millis(1_200);
/// Steps until memory is warm: only what it grows by afterwards is growth.
const WARM: usize = 3;

impl Bench {
    fn zephyrd(&self, accounting: bool, dedup: bool) -> Zephyrd {
        Zephyrd { accounting, dedup, ..Zephyrd::new(&self.options.bin_dir) }
    }

    /// CPU time with accounting over CPU time without.
    pub(super) async fn accounting(&mut self) {
        let mut runners = Vec::new();
        for (name, accounting, dedup) in
            [("off", false, true), ("on", true, true), ("off, nothing shared", false, false)]
        {
            let running = self.start(&self.zephyrd(accounting, dedup)).await;
            runners.push(Runner {
                name: name.to_owned(),
                addr: running.addr,
                running: Some(running),
                share: 1,
            });
        }
        let whole = self.requests.small("bench-whole", false);
        let unpaced = self.requests.small(&format!("bench-sse-{EVENTS}-0"), true);
        let paced = self.requests.small(&format!("bench-sse-{EVENTS}-20000"), true);
        let large = self.requests.large("bench-whole", false);
        let warm = self.job(&whole, 2_000, 16);
        alternate(&runners, 1, &warm, |_, _| {}).await;
        let jobs: [(&'static str, Job, usize); 6] = [
            ("accounting: CPU per request, no session", self.alone(&whole, 8_000, 16), 1),
            ("accounting: CPU per request", self.job(&whole, 8_000, 16), 1),
            ("accounting: CPU per request of 48 KB", self.job(&large, 4_000, 16), 1),
            ("accounting: CPU per event, no session", self.alone(&unpaced, 1_600, 16), EVENTS),
            ("accounting: CPU per event", self.job(&unpaced, 1_600, 16), EVENTS),
            ("accounting: CPU per event, 20 ms", self.job(&paced, 200, 200), EVENTS),
        ];
        let rest = if self.options.smoke { Duration::ZERO } else { WRITTEN };
        for (what, job, pieces) in &jobs {
            let (rounds, report) = (self.rounds(), &mut self.report);
            alternate_and_wait(&runners, rounds, job, rest, |runner, sample| {
                report.add(what, "µs", &runner.name, micros(sample.cpu) / float(sample.requests * pieces));
            })
            .await;
        }
    }

    /// Memory and disk over many requests, whole ones and streams, of many sessions.
    pub(super) async fn growth(&mut self) {
        let mut running = self.start(&self.zephyrd(true, true)).await;
        let whole = self.requests.small("bench-whole", false);
        let stream = self.requests.small(&format!("bench-sse-{EVENTS}-0"), true);
        let mut seen = Vec::new();
        let mut asked = 0;
        for step in 0..MANY / STEP {
            for (ask, part) in [(&whole, STEP * 99 / 100), (&stream, STEP / 100)] {
                let mut job = self.alone(ask, part, 16);
                let sessions = (0..16 * SESSIONS).map(|n| ask.of_session(step * 16 * SESSIONS + n));
                job.requests = std::sync::Arc::new(sessions.collect());
                load::run(running.addr, &job).await.unwrap();
                asked += job.count;
            }
            let resident = settled(running.pid).await;
            println!("{asked} requests: {resident} KiB");
            seen.push(float(usize::try_from(resident).unwrap()));
        }
        let report = &mut self.report;
        for (what, at) in [
            ("growth: resident after the first step", 0),
            ("growth: resident when warm", WARM - 1),
            ("growth: resident at the end", seen.len() - 1),
        ] {
            report.add(what, "MB", "on", megabytes(1024) * seen[at]);
        }
        let each = slope(&seen[WARM - 1..]) / float(asked / seen.len()) * 1000.0;
        report.add("growth: slope when warm, per 1,000 requests", "KiB", "on", each);
        let peak = process::peak(running.pid);
        report.add("growth: most that was resident", "MB", "on", megabytes(peak * 1024));
        running.end();
        let bytes = database(running.dir.path());
        report.add("growth: database per request", "bytes", "on", float(bytes) / float(asked));
    }
}

/// What a value grows by from one to the next (least squares).
fn slope(values: &[f64]) -> f64 {
    let middle = (float(values.len()) - 1.0) / 2.0;
    let mean = values.iter().sum::<f64>() / float(values.len());
    let (mut over, mut under) = (0.0, 0.0);
    for (at, value) in values.iter().enumerate() {
        let x = float(at) - middle;
        over += x * (value - mean);
        under += x * x;
    }
    over / under
}

/// Bytes of the database of a zephyrd that has ended.
fn database(dir: &Path) -> usize {
    let of = |name: &str| std::fs::metadata(dir.join("state").join(name)).map_or(0, |m| m.len());
    usize::try_from(of("usage.db") + of("usage.db-wal")).unwrap()
}
