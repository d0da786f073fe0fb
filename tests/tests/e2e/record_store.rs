//! When records cannot be written: requests are answered as ever, `status` and the log say what is wrong, and what
//! waited is written when it is mended. A full or read-only disk needs root to be made; without, that is skipped.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rusqlite::Connection;
use serde_json::{Value, json};
use zephyr_tests::daemon::{Daemon, Home, config};
use zephyr_tests::scene::{fakes, urls};
use zephyr_tests::{Fake, Scene, until};

use crate::records::{all, tells};

/// A small disk, taken away when dropped.
struct Disk(PathBuf);

impl Disk {
    /// At `path`; `None`, said aloud, where this process may not make one.
    fn at(path: PathBuf) -> Option<Self> {
        std::fs::create_dir_all(&path).unwrap();
        let disk = Self(path);
        let root = rustix::process::geteuid().is_root();
        let made = root && disk.mount(&["-t", "tmpfs", "-o", "size=768k", "tmpfs"]);
        if !made {
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "CI must run this as root");
            eprintln!("skipped: mounting a small disk needs root");
        }
        made.then_some(disk)
    }

    fn mount(&self, how: &[&str]) -> bool {
        Command::new("mount").args(how).arg(&self.0).status().is_ok_and(|status| status.success())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).stderr(Stdio::null()).status();
    }
}

async fn store(daemon: &Daemon) -> Value {
    daemon.ctl_json(&["status"]).await["money"]["records"].clone()
}

/// Waits until the status tells `state`.
async fn until_it_is(daemon: &Daemon, state: &str) -> Value {
    until(&format!("records to be `{state}`"), || async {
        let records = store(daemon).await;
        (records["state"] == state).then_some(records)
    })
    .await
}

/// Asks until records wait, and some more; how many requests were answered.
async fn asked_until_waiting(daemon: &Daemon) -> usize {
    let mut asked = 0;
    let mut waiting = 0;
    while waiting < 5 {
        for _ in 0..10 {
            assert_eq!(daemon.message(asked % 2 == 0).await.status(), 200);
            asked += 1;
        }
        let records = store(daemon).await;
        assert_eq!(records["dropped"], 0, "{records}");
        waiting += usize::from(records["state"] == "waiting");
        assert!(asked < 5_000, "it never waits: {records}");
    }
    // While what stops the store is still there: afterwards it may be well again at any moment.
    until("people to be told that records wait", || async {
        daemon.ctl_ok(&["status"]).await.contains("records").then_some(())
    })
    .await;
    asked
}

async fn said_and_mended(daemon: &Daemon, asked: usize) {
    daemon.until_said("usage records cannot be written, they wait").await;
    until_it_is(daemon, "ok").await;
    daemon.until_said("usage records are written again").await;
    all(daemon, asked).await;
}

async fn served(home: Home) -> (Vec<Fake>, Daemon) {
    let fakes = fakes(1).await;
    home.write(&config(&urls(&fakes)));
    (fakes, home.start().await)
}

fn database(home: &Home) -> PathBuf {
    home.path().join("state/usage.db")
}

#[tokio::test]
async fn a_full_disk_stops_no_request_and_its_records_come_later() {
    let home = Home::new("");
    let Some(disk) = Disk::at(home.path().join("state")) else { return };
    let (_fakes, daemon) = served(home).await;
    daemon.message(false).await;
    all(&daemon, 1).await;
    // Everything that is left; `dd` ends with an error when the disk is full.
    let filler = disk.0.join("filler");
    let mut fill = Command::new("dd");
    fill.args(["if=/dev/zero", "bs=4k"]).arg(format!("of={}", filler.display())).stderr(Stdio::null());
    assert!(!fill.status().unwrap().success());
    let asked = 1 + asked_until_waiting(&daemon).await;
    let records = store(&daemon).await;
    tells(&records, &json!({"state": "waiting", "detail": "database or disk is full"}));
    std::fs::remove_file(filler).unwrap();
    assert!(disk.mount(&["-o", "remount,size=64m"]));
    said_and_mended(&daemon, asked).await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_state_directory_that_cannot_be_written_stops_no_request() {
    let home = Home::new("");
    let Some(disk) = Disk::at(home.path().join("state")) else { return };
    assert!(disk.mount(&["-o", "remount,ro"]));
    let (_fakes, daemon) = served(home).await;
    let asked = asked_until_waiting(&daemon).await;
    let records = store(&daemon).await;
    assert!(records["detail"].as_str().unwrap().contains("Read-only file system"), "{records}");
    assert_eq!(records["waiting"], asked, "{records}");
    // What cannot be read is told with the reason.
    let usage = daemon.ctl(&["usage"]).await;
    assert!(!usage.status.success());
    assert!(String::from_utf8_lossy(&usage.stderr).contains("Read-only"), "{usage:?}");
    assert!(disk.mount(&["-o", "remount,rw"]));
    said_and_mended(&daemon, asked).await;
    daemon.stop().await;
}

#[tokio::test]
async fn a_database_that_another_program_holds_is_waited_for() {
    let scene = Scene::of(1).await;
    scene.message(false).await;
    all(&scene.daemon, 1).await;
    let other = Connection::open(database(&scene.daemon.home)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let asked = 1 + asked_until_waiting(&scene.daemon).await;
    tells(&store(&scene.daemon).await, &json!({"detail": "another program holds the database locked"}));
    let meanwhile = scene.daemon.ctl_json(&["usage", "--by", "total"]).await;
    assert_eq!(meanwhile["total"]["requests"], 1, "what is there can be read");
    other.execute_batch("ROLLBACK").unwrap();
    drop(other);
    said_and_mended(&scene.daemon, asked).await;
}

/// The one database that was set aside.
fn aside(home: &Home) -> PathBuf {
    let found: Vec<_> =
        std::fs::read_dir(home.path().join("state")).unwrap().map(|f| f.unwrap().path()).collect();
    let is_aside = |path: &&PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with("usage.db.damaged-") && !name.ends_with("-wal") && !name.ends_with("-shm")
    };
    let aside: Vec<_> = found.iter().filter(is_aside).collect();
    assert_eq!(aside.len(), 1, "{found:?}");
    aside[0].clone()
}

async fn set_aside(daemon: &Daemon) {
    daemon.until_said("the usage database is damaged: it was set aside, a new one is begun").await;
    let records = until_it_is(daemon, "ok").await;
    let name = aside(&daemon.home).display().to_string();
    assert!(records["detail"].as_str().unwrap().contains(&name), "{records}");
}

fn noise(length: usize) -> Vec<u8> {
    (0..u32::try_from(length).unwrap()).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

#[tokio::test]
async fn a_database_damaged_before_the_start_is_set_aside_whole() {
    let home = Home::new("");
    let before = noise(50_000);
    std::fs::write(database(&home), &before).unwrap();
    let (_fakes, daemon) = served(home).await;
    for stream in [false, true] {
        assert_eq!(daemon.message(stream).await.status(), 200);
    }
    all(&daemon, 2).await;
    set_aside(&daemon).await;
    assert_eq!(std::fs::read(aside(&daemon.home)).unwrap(), before);
    let home = daemon.stop().await;
    all(&home.start().await, 2).await;
}

/// Overwrites everything behind the first page.
fn damage(file: &Path) {
    let length = std::fs::metadata(file).unwrap().len();
    assert!(length > 8192, "{length}");
    use std::os::unix::fs::FileExt as _;
    let file = std::fs::OpenOptions::new().write(true).open(file).unwrap();
    file.write_all_at(&noise(usize::try_from(length).unwrap() - 4096), 4096).unwrap();
}

#[tokio::test]
async fn a_database_damaged_while_it_is_open_stops_no_request_and_what_comes_then_is_kept() {
    let scene = Scene::of(1).await;
    for n in 0..50 {
        scene.message(n % 2 == 0).await;
    }
    all(&scene.daemon, 50).await;
    // A restart moves the log into the database.
    let home = scene.daemon.stop().await;
    let daemon = home.start().await;
    damage(&database(&daemon.home));
    let mut after = Vec::new();
    for n in 0..20 {
        let reply = daemon.message(n % 2 == 0).await;
        assert_eq!(reply.status(), 200);
        after.push(reply.header("x-request-id").unwrap().to_owned());
    }
    // Whoever reads may be the one who finds it.
    let _ = daemon.ctl(&["usage"]).await;
    set_aside(&daemon).await;
    let records = all(&daemon, 20).await;
    assert!(records.iter().all(|record| after.iter().any(|id| record["id"] == id.as_str())));
}
