//! A network namespace of a test's own (network_namespaces(7)), which ends with it.

use std::fs::File;
use std::os::fd::AsFd;
use std::process::Stdio;
use std::sync::Arc;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tokio::process::Command;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use zephyr_tests::{until, within};

/// See the module.
pub(super) struct Namespace(Arc<File>);

impl Namespace {
    /// A new one, whose loopback device is up.
    pub(super) async fn new() -> Self {
        let own = std::fs::read_link("/proc/self/ns/net").unwrap();
        let mut holder = Command::new("unshare")
            .args(["--net", "sleep", "60"])
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("unshare of util-linux");
        let path = format!("/proc/{}/ns/net", holder.id().unwrap());
        until("a network namespace", || async { std::fs::read_link(&path).ok().filter(|held| *held != own) })
            .await;
        let inside = Self(Arc::new(File::open(&path).unwrap()));
        // The open file keeps it.
        holder.kill().await.unwrap();
        inside.ip(&["link", "set", "lo", "up"]).await;
        inside
    }

    /// Runs `work` on a thread inside: sockets and processes that it makes belong there.
    pub(super) async fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        let (runtime, door) = (Handle::current(), Arc::clone(&self.0));
        let (answer, answered) = oneshot::channel();
        std::thread::spawn(move || {
            move_into_link_name_space(door.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
            let _ = answer.send(runtime.block_on(work));
        });
        within("work inside the namespace", answered).await.expect("the work panicked")
    }

    /// Runs `ip` with these arguments inside.
    pub(super) async fn ip(&self, args: &[&str]) {
        let mut command = Command::new("ip");
        command.args(args).kill_on_drop(true);
        let output = self.run(async move { command.output().await }).await.expect("ip of iproute2");
        assert!(output.status.success(), "ip {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
