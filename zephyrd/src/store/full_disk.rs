//! A disk that is full, and then is not: a small file system of its own. Making one needs root; without, this is skipped.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use zephyr_core::usage::ReportQuery;

use super::sqlite::faults;
use super::suite::{DAY, request};
use super::{StoreState, Writer, WriterSettings};

const LONG: Duration = Duration::from_secs(60);

/// A small disk, taken away when dropped.
struct Disk(tempfile::TempDir);

impl Disk {
    /// `None`, said aloud, where this process may not make one.
    fn new() -> Option<Self> {
        let disk = Self(tempfile::tempdir().unwrap());
        let made = rustix::process::geteuid().is_root()
            && mount(&["-t", "tmpfs", "-o", "size=512k", "tmpfs"], disk.path());
        if !made {
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "CI must run this as root");
            eprintln!("skipped: mounting a small disk needs root");
        }
        made.then_some(disk)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn database(&self) -> PathBuf {
        self.path().join("usage.db")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ =
            Command::new("umount").arg("-l").arg(self.path()).stderr(std::process::Stdio::null()).status();
    }
}

fn mount(how: &[&str], at: &Path) -> bool {
    Command::new("mount").args(how).arg(at).status().is_ok_and(|status| status.success())
}

/// Waits until the writer says so.
fn until(writer: &Writer, what: impl Fn(&super::StoreHealth) -> bool) {
    let deadline = Instant::now() + LONG;
    while !what(&writer.health()) {
        assert!(Instant::now() < deadline, "{:?}", writer.health());
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

#[test]
fn what_found_the_disk_full_is_written_when_there_is_room() {
    let Some(disk) = Disk::new() else { return };
    let writer = Writer::start(WriterSettings {
        database: Some(disk.database()),
        batch_size: 256,
        flush_interval: Duration::from_millis(50),
        retention: Duration::from_secs(36_500 * 86_400),
    });
    let reader = writer.reader();
    for n in 0..5_000 {
        writer.append(&request(DAY + n, |r| r.detail = Some("x".repeat(100))));
    }
    until(&writer, |health| health.state == StoreState::Waiting);
    let health = writer.health();
    assert_eq!(health.detail.as_deref(), Some("database or disk is full"));
    assert!(health.waiting > 0 && health.dropped == 0, "{health:?}");
    let kept = reader.report(&ReportQuery::default()).unwrap().total.requests;
    assert!(kept < 5_000, "what is there can be read meanwhile");
    assert!(mount(&["-o", "remount,size=64m"], disk.path()));
    until(&writer, |health| health.state == StoreState::Ok && health.waiting == 0);
    assert_eq!(reader.report(&ReportQuery::default()).unwrap().total.requests, 5_000);
    drop(reader);
    assert_eq!(writer.close(LONG), 0);
    assert_eq!(faults(&disk.database()), [""; 0]);
}

#[test]
fn a_disk_that_cannot_be_written_is_waited_for() {
    let Some(disk) = Disk::new() else { return };
    assert!(mount(&["-o", "remount,ro"], disk.path()));
    let writer = Writer::start(WriterSettings {
        database: Some(disk.database()),
        batch_size: 256,
        flush_interval: Duration::from_millis(50),
        retention: Duration::from_secs(36_500 * 86_400),
    });
    writer.append(&request(DAY, |_| {}));
    until(&writer, |health| health.state == StoreState::Waiting);
    let detail = writer.health().detail.unwrap();
    assert!(detail.contains("Read-only file system"), "{detail}");
    assert!(mount(&["-o", "remount,rw"], disk.path()));
    until(&writer, |health| health.state == StoreState::Ok && health.written == 1);
    assert_eq!(writer.close(LONG), 0);
}
