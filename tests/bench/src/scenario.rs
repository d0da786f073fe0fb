//! What is measured.

mod accounting;
mod dashboards;
mod sessions;
mod translation;

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::backend::{Backend, Mark};
use crate::client::Client;
use crate::load::{self, Job};
use crate::report::Report;
use crate::request::{Ask, Requests};
use crate::round::{Runner, alternate};
use crate::target::{self, Proxy, Running, Zephyrd, sizes};
use crate::{Options, machine, process};

/// Events of one stream.
const EVENTS: usize = 100;
/// Sessions for each connection.
const SESSIONS: usize = 4;

/// How long after the last stream memory is looked at: what is given back is not given back at once.
const GIVEN_BACK: Duration = Duration::from_secs(5);

/// Everything that the scenarios share.
struct Bench {
    options: Options,
    backend: Backend,
    requests: Requests,
    proxies: Vec<Box<dyn Proxy>>,
    report: Report,
}

/// Runs the scenarios that the options wish.
pub(crate) async fn run(options: &Options) {
    let about = format!("{}; {}", machine::date(), machine::describe());
    println!("{about}");
    let proxies = target::wanted(options);
    let backend = Backend::start().await;
    let mut sound = Vec::new();
    for proxy in proxies {
        match target::start(proxy.as_ref(), &backend).await {
            Ok(_) => sound.push(proxy),
            Err(why) => println!("skipped: {why}"),
        }
    }
    let proxies = sound;
    let versions: Vec<String> = proxies.iter().filter_map(|p| p.version().ok()).collect();
    let mut bench = Bench {
        options: options.clone(),
        backend,
        requests: Requests::load(),
        proxies,
        report: Report::default(),
    };
    let only = &options.only;
    let wished = |name: &str| only.is_empty() || only.iter().any(|o| o == name);
    if ["request", "stream", "paced", "latency"].into_iter().any(wished) {
        bench.loads(&wished).await;
    }
    if wished("accounting") {
        bench.accounting().await;
    }
    if wished("sessions") {
        bench.sessions().await;
    }
    if wished("dashboards") {
        bench.dashboards().await;
    }
    if wished("translation") {
        bench.translation().await;
    }
    if wished("growth") {
        bench.growth().await;
    }
    if wished("memory") {
        bench.memory().await;
    }
    if wished("reload") {
        bench.reload().await;
    }
    if wished("failover") {
        bench.failover().await;
    }
    if wished("status") {
        bench.status().await;
    }
    if wished("size") {
        for (name, bytes) in sizes(&options.bin_dir) {
            bench.report.add("size: stripped binary", "MB", name, megabytes(bytes));
        }
    }
    let about = format!("{about}; {}", versions.join(", "));
    bench.report.finish(&about, options.out.as_deref());
}

#[allow(clippy::cast_precision_loss)]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[allow(clippy::cast_precision_loss)]
fn float(count: usize) -> f64 {
    count as f64
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

impl Bench {
    fn count(&self, full: usize) -> usize {
        if self.options.smoke { full.div_ceil(100) } else { full }
    }

    fn rounds(&self) -> usize {
        if self.options.smoke { 1 } else { self.options.rounds }
    }

    /// The same asked by many sessions: so many that no two requests on their way are of the same.
    fn job(&self, ask: &Ask, count: usize, connections: usize) -> Job {
        let requests = (0..connections * SESSIONS).map(|number| ask.of_session(number)).collect();
        Job { requests: Arc::new(requests), count: self.count(count), connections, pace: None }
    }

    /// The same asked by nobody in particular.
    fn alone(&self, ask: &Ask, count: usize, connections: usize) -> Job {
        let requests = Arc::new(vec![ask.alone()]);
        Job { requests, count: self.count(count), connections, pace: None }
    }

    async fn start(&self, proxy: &dyn Proxy) -> Running {
        target::start(proxy, &self.backend).await.unwrap_or_else(|why| panic!("{why}"))
    }

    /// CPU time, throughput and latency under load.
    async fn loads(&mut self, wished: &impl Fn(&str) -> bool) {
        let mut runners = Vec::new();
        for proxy in &self.proxies {
            let running = self.start(proxy.as_ref()).await;
            let (name, share) = (proxy.name().to_owned(), proxy.share());
            runners.push(Runner { name, addr: running.addr, running: Some(running), share });
        }
        let warm = self.job(&self.requests.small("bench-whole", false), 400, 16);
        alternate(&runners, 1, &warm, |_, _| {}).await;
        if wished("request") {
            let many = Zephyrd { endpoints: 1000, ..Zephyrd::new(&self.options.bin_dir) };
            let running = self.start(&many).await;
            let name = "zephyrd, 1000 endpoints".to_owned();
            runners.push(Runner { name, addr: running.addr, running: Some(running), share: 1 });
            let job = self.job(&self.requests.small("bench-whole", false), 8_000, 16);
            let (rounds, report) = (self.rounds(), &mut self.report);
            alternate(&runners, rounds, &job, |runner, sample| {
                let requests = float(sample.requests);
                report.add("request: CPU", "µs", &runner.name, micros(sample.cpu) / requests);
                let rate = requests / sample.found.took.as_secs_f64();
                report.add("request: throughput", "1/s", &runner.name, rate);
            })
            .await;
            runners.pop();
        }
        if wished("stream") {
            let model = format!("bench-sse-{EVENTS}-0");
            let job = self.job(&self.requests.small(&model, true), 400, 16);
            let (rounds, report) = (self.rounds(), &mut self.report);
            alternate(&runners, rounds, &job, |runner, sample| {
                let events = float(sample.requests * EVENTS);
                report.add("stream: CPU per event, unpaced", "µs", &runner.name, micros(sample.cpu) / events);
                let rate = events / sample.found.took.as_secs_f64();
                report.add("stream: events", "1/s", &runner.name, rate);
            })
            .await;
        }
        if wished("paced") {
            let model = format!("bench-sse-{EVENTS}-20000");
            let job = self.job(&self.requests.small(&model, true), 200, 200);
            let (rounds, report) = (self.rounds(), &mut self.report);
            alternate(&runners, rounds, &job, |runner, sample| {
                let events = float(sample.requests * EVENTS);
                report.add("paced: CPU per event, 20 ms", "µs", &runner.name, micros(sample.cpu) / events);
            })
            .await;
        }
        if wished("latency") {
            self.latency(runners).await;
        }
    }

    /// Latency that each proxy adds to the backend's own, at one rate for all: 30 % of what the slowest of the
    /// real proxies bears.
    async fn latency(&mut self, mut runners: Vec<Runner>) {
        runners.retain(|r| r.share == 1);
        let mut job = self.job(&self.requests.large("bench-whole", false), 2_000, 16);
        let mut slowest = f64::INFINITY;
        alternate(&runners, 1, &job, |_, sample| {
            slowest = slowest.min(float(sample.requests) / sample.found.took.as_secs_f64());
        })
        .await;
        job.pace = Some(Duration::from_secs_f64(1.0 / (slowest * 0.3)));
        runners.insert(
            0,
            Runner { name: "(none)".to_owned(), addr: self.backend.sound, running: None, share: 1 },
        );
        let rounds = self.rounds();
        let mut seen: Vec<(String, Duration, Duration)> = Vec::new();
        alternate(&runners, rounds, &job, |runner, sample| {
            seen.push((runner.name.clone(), sample.found.quantile(0.5), sample.found.quantile(0.99)));
        })
        .await;
        let report = &mut self.report;
        report.add("latency: rate of requests with 48 KB", "1/s", "all", slowest * 0.3);
        for round in seen.chunks(runners.len()) {
            let Some((_, base50, base99)) = round.iter().find(|(name, ..)| name == "(none)") else {
                continue;
            };
            report.add("latency: p50 without a proxy", "µs", "(none)", micros(*base50));
            report.add("latency: p99 without a proxy", "µs", "(none)", micros(*base99));
            for (name, p50, p99) in round.iter().filter(|(name, ..)| name != "(none)") {
                report.add("latency: added, p50", "µs", name, micros(*p50) - micros(*base50));
                report.add("latency: added, p99", "µs", name, micros(*p99) - micros(*base99));
            }
        }
    }

    /// Memory at rest and per idle stream.
    async fn memory(&mut self) {
        let ask = self.requests.large("bench-hold", true);
        for proxy in &self.proxies {
            let running = self.start(proxy.as_ref()).await;
            let name = proxy.name();
            let rest = settled(running.pid).await;
            self.report.add("memory: resident at rest", "MB", name, megabytes(rest * 1024));
            if proxy.share() > 1 {
                continue;
            }
            let mut held = Vec::new();
            let labels = ["memory: per idle stream, 1,000", "memory: per idle stream, 2,000"];
            for label in labels {
                match load::hold(running.addr, &ask, held.len(), self.count(1_000)).await {
                    Ok(more) => held.extend(more),
                    Err(e) => println!("{name}: {e}"),
                }
                let now = settled(running.pid).await;
                let each = float(usize::try_from(now - rest.min(now)).unwrap()) / float(held.len());
                self.report.add(label, "KiB", name, each);
            }
            let open = held.iter().filter(|c| c.is_open()).count();
            assert_eq!(open, held.len(), "{name} broke streams that were only held");
            drop(held);
            tokio::time::sleep(GIVEN_BACK).await;
            let after = settled(running.pid).await;
            self.report.add("memory: resident after the streams", "MB", name, megabytes(after * 1024));
        }
    }

    /// What a reload does to running streams and to requests that come meanwhile.
    async fn reload(&mut self) {
        let zephyrd = Zephyrd::new(&self.options.bin_dir);
        let running = self.start(&zephyrd).await;
        let ask = self.requests.large("bench-hold", true);
        let held = load::hold(running.addr, &ask, 0, self.count(1_000)).await.unwrap();
        let mut job = self.job(&self.requests.small("bench-whole", false), 2_000, 4);
        job.pace = Some(Duration::from_millis(1));
        let config = running.dir.path().join("config.toml");
        let changed = std::fs::read_to_string(&config).unwrap().replace("name = \"e1\"", "name = \"other\"");
        let control = zephyrd.zephyrctl(running.dir.path());
        let reloads = async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            std::fs::write(&config, changed).unwrap();
            let mut control = tokio::process::Command::from(control);
            let output = control.arg("reload").output().await.unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        };
        let (found, ()) = tokio::join!(load::run(running.addr, &job), reloads);
        let refused = if found.is_ok() { 0.0 } else { 1.0 };
        let broken = held.iter().filter(|c| !c.is_open()).count();
        self.report.add("reload: streams broken of 1,000", "", "zephyrd", float(broken));
        self.report.add("reload: runs with a request refused", "", "zephyrd", refused);
    }

    /// From the failed answer to the first byte that the next endpoint gets.
    async fn failover(&mut self) {
        let zephyrd = Zephyrd { failing_first: true, ..Zephyrd::new(&self.options.bin_dir) };
        let running = self.start(&zephyrd).await;
        let (fail, whole) = (
            self.requests.small("bench-fail", false).alone(),
            self.requests.small("bench-whole", false).alone(),
        );
        let mut client = Client::new(running.addr);
        for _ in 0..self.count(300) {
            assert_eq!(client.ask(&fail).await.unwrap().status, 200, "a failover ends in an answer");
            // The first endpoint shows that it is well again and stays the first.
            assert_eq!(client.ask(&whole).await.unwrap().status, 200);
        }
        let marks = self.backend.marks.lock().unwrap().clone();
        let mut refused = None;
        for (mark, at) in marks {
            match mark {
                Mark::Refused => refused = Some(at),
                Mark::Asked => {
                    if let Some(from) = refused.take() {
                        self.report.add(
                            "failover: 503 to the next attempt",
                            "µs",
                            "zephyrd",
                            micros(at - from),
                        );
                    }
                }
            }
        }
    }

    /// `zephyrctl status`, the whole process.
    async fn status(&mut self) {
        let zephyrd = Zephyrd::new(&self.options.bin_dir);
        let running = self.start(&zephyrd).await;
        for _ in 0..self.count(50) {
            let mut control: Command = zephyrd.zephyrctl(running.dir.path());
            control.arg("status").stdout(Stdio::null()).stderr(Stdio::null());
            let begun = Instant::now();
            control.status().unwrap();
            let took = begun.elapsed().as_secs_f64() * 1e3;
            self.report.add("status: `zephyrctl status`, whole process", "ms", "zephyrctl", took);
        }
    }
}

/// Resident memory in KiB, once it has stopped changing.
async fn settled(pid: u32) -> u64 {
    let mut last = process::resident(pid);
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_millis(250)).await;
        let now = process::resident(pid);
        if now.abs_diff(last) < 64 {
            return now;
        }
        last = now;
    }
    last
}
