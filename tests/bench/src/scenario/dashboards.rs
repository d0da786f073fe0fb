//! What open dashboards cost: the same 200 requests a second while nobody watches and while 50 watch everything.
//!
//! Both are the same process, round by round, so that the ratio is of one daemon in one minute.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::{Bench, float, micros};
use crate::load;
use crate::process::Cpu;
use crate::target::Zephyrd;

/// Dashboards that are open.
const DASHBOARDS: usize = 50;
/// Time between two requests.
const PACE: Duration = Duration::from_millis(5);
/// Requests of one round: ten seconds of them.
const REQUESTS: usize = 2_000;
/// How long a round goes on before it counts: whoever has just come is told the whole state.
const SETTLED: Duration = Duration::from_secs(2);

impl Bench {
    /// CPU time per request, by how many watch.
    pub(super) async fn dashboards(&mut self) {
        let web = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let proxy = Zephyrd { web: Some(web), ..Zephyrd::new(&self.options.bin_dir) };
        let running = self.start(&proxy).await;
        let mut job = self.job(&self.requests.small("bench-whole", false), REQUESTS, 16);
        job.pace = Some(PACE);
        for round in 0..self.rounds() {
            for turn in 0..2 {
                let watched = (round + turn) % 2 == 1;
                let mut watchers = JoinSet::new();
                for _ in 0..if watched { DASHBOARDS } else { 0 } {
                    watchers.spawn(watch(web));
                }
                tokio::time::sleep(SETTLED).await;
                let before = Cpu::of(running.pid);
                load::run(running.addr, &job).await.unwrap();
                let cpu = Cpu::of(running.pid).since(before);
                let name = if watched { "50 dashboards" } else { "no dashboard" };
                assert_eq!(watchers.try_join_next().map(|left| left.unwrap()), None, "a dashboard was left");
                self.report.add(
                    "dashboards: CPU per request, 200/s",
                    "µs",
                    name,
                    micros(cpu) / float(job.count),
                );
                watchers.shutdown().await;
            }
        }
    }
}

/// Reads everything; how many bytes there were when the stream ended.
async fn watch(web: SocketAddr) -> usize {
    let mut stream = TcpStream::connect(web).await.unwrap();
    let ask = format!("GET /api/v1/stream HTTP/1.1\r\nhost: {web}\r\n\r\n");
    stream.write_all(ask.as_bytes()).await.unwrap();
    let (mut buffer, mut all) = (vec![0; 64 * 1024], 0);
    loop {
        match stream.read(&mut buffer).await {
            Ok(n) if n > 0 => all += n,
            _ => return all,
        }
    }
}
