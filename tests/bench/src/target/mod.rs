//! The proxies that are measured: one file each.

mod haproxy;
mod litellm;
mod nginx;
mod zephyrd;

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::Options;
use crate::backend::Backend;

pub(crate) use zephyrd::{Zephyrd, sizes};

/// A proxy that can be started.
pub(crate) trait Proxy {
    /// Its name in the tables.
    fn name(&self) -> &'static str;
    /// Its version, or why it cannot be measured here.
    fn version(&self) -> Result<String, String>;
    /// Writes its config into `dir` and says how it is started: listening on `port`, passing on to `backend`.
    fn command(&self, dir: &Path, port: u16, backend: &Backend) -> Command;
    /// How long it may take to serve.
    fn patience(&self) -> Duration {
        Duration::from_secs(60)
    }
    /// Part of the counts that it is given: a proxy a hundred times slower need not answer as often.
    fn share(&self) -> usize {
        1
    }
}

/// Every proxy that this run wishes, zephyrd first, then nginx, the measure of the ratios.
pub(crate) fn wanted(options: &Options) -> Vec<Box<dyn Proxy>> {
    let mut all: Vec<Box<dyn Proxy>> =
        vec![Box::new(Zephyrd::new(&options.bin_dir)), Box::new(nginx::Nginx), Box::new(haproxy::Haproxy)];
    if let Some(program) = &options.litellm {
        all.push(Box::new(litellm::Litellm { program: program.clone() }));
    }
    all.retain(|p| {
        p.name() == "zephyrd" || options.beside.as_ref().is_none_or(|b| b.iter().any(|n| n == p.name()))
    });
    all.retain(|p| match p.version() {
        Ok(version) => {
            println!("{version}");
            true
        }
        Err(why) => {
            println!("skipped: {}: {why}", p.name());
            false
        }
    });
    all
}

/// A running proxy. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Running {
    /// Where it listens.
    pub(crate) addr: SocketAddr,
    /// Its first process.
    pub(crate) pid: u32,
    /// Its configs and sockets.
    pub(crate) dir: TempDir,
    child: std::process::Child,
}

/// Starts a proxy and waits until it accepts connections.
///
/// # Errors
/// What it said instead.
pub(crate) async fn start(proxy: &dyn Proxy, backend: &Backend) -> Result<Running, String> {
    let mut said = String::new();
    // A free port may be taken by somebody else before the proxy has it: then it ends, and gets another.
    for _ in 0..3 {
        let dir = tempfile::Builder::new().prefix("zephyr-bench-").tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = std::fs::File::create(dir.path().join("said")).unwrap();
        let mut command = proxy.command(dir.path(), port, backend);
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap());
        if proxy.name() != "zephyrd" {
            command.stderr(log);
        }
        let child = command.spawn().unwrap_or_else(|e| panic!("{} does not start: {e}", proxy.name()));
        let addr = SocketAddr::from(([127, 0, 0, 1], port));
        let mut running = Running { addr, pid: child.id(), dir, child };
        let end = Instant::now() + proxy.patience();
        while Instant::now() < end && running.child.try_wait().unwrap().is_none() {
            if tokio::net::TcpStream::connect(addr).await.is_ok() {
                return Ok(running);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        said = std::fs::read_to_string(running.dir.path().join("said")).unwrap();
    }
    let last = said.trim().lines().last().unwrap_or_default();
    Err(format!("{} does not serve: {last}", proxy.name()))
}

impl Running {
    /// Ends it, and waits until it has ended.
    pub(crate) fn end(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let end = Instant::now() + Duration::from_secs(2);
        while Instant::now() < end && self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.end();
        }
    }
}

/// What `program ARGUMENT` prints, standard error included.
fn says(program: &str, argument: &str) -> Option<String> {
    let output = Command::new(program).arg(argument).stdin(Stdio::null()).output().ok()?;
    let text = [output.stdout, output.stderr].concat();
    Some(String::from_utf8_lossy(&text).trim().to_owned())
}
