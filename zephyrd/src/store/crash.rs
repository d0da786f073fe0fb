//! Kills a writing process again and again, and looks at what it left.
//!
//! The process is this test's own executable. It tells its parent which entries are more than a second old; none of those
//! may be missing afterwards, none may be there twice or out of order, and the database must be whole.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::sqlite::faults;
use super::suite::{self, DAY, page, request};
use super::{Writer, WriterSettings, sqlite::SqliteStore};

/// Tells the child where to write, and which run it is.
const PATH: &str = "ZEPHYR_CRASH_DATABASE";
const RUN: &str = "ZEPHYR_CRASH_RUN";
/// What a kill may cost.
const LOST: Duration = Duration::from_secs(1);

#[test]
#[ignore = "the process that `nothing_older_than_a_second_is_lost_by_kills` kills"]
fn writing_until_killed() {
    let (Ok(path), Ok(run)) = (std::env::var(PATH), std::env::var(RUN)) else { return };
    let run: i64 = run.parse().unwrap();
    let writer = Writer::start(WriterSettings {
        database: Some(path.into()),
        batch_size: 64,
        flush_interval: Duration::from_millis(400),
        retention: Duration::from_secs(36_500 * 86_400),
    });
    let mut began = std::collections::VecDeque::new();
    let (mut next, mut safe) = (0i64, 0);
    loop {
        // Sometimes many at once, sometimes so few that only time makes a batch of them.
        for _ in 0..if next % 1_000 < 900 { 7 } else { 1 } {
            writer.append(&request(DAY + next, |r| {
                r.id = format!("req-{run:02x}{next:06x}");
                r.client = format!("run-{run}");
                r.session = Some(format!("s{}", next % 5));
            }));
            began.push_back(Instant::now());
            next += 1;
        }
        while began.front().is_some_and(|at| at.elapsed() > LOST) {
            began.pop_front();
            safe += 1;
        }
        let mut out = std::io::stdout().lock();
        writeln!(out, "safe {safe} of {next}").and_then(|()| out.flush()).unwrap();
        drop(out);
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

/// Runs the child until `lines` lines after its first safe entry, and kills it; how many entries had to be safe.
fn killed(path: &Path, run: usize, lines: usize) -> usize {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store::crash::writing_until_killed", "--ignored", "--nocapture"])
        .env(PATH, path)
        .env(RUN, run.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let told = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let safe = told
        .filter_map(|line| line.strip_prefix("safe ")?.split(' ').next()?.parse::<usize>().ok())
        .filter(|safe| *safe > 0)
        .nth(lines);
    child.kill().unwrap();
    child.wait().unwrap();
    safe.unwrap()
}

fn kill_and_look(kills: usize) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("usage.db");
    for run in 0..kills {
        let safe = killed(&path, run, run * 37 % 101);
        assert_eq!(faults(&path), [""; 0], "after kill {run}");
        let mut store = SqliteStore::open(&path).unwrap();
        let kept = page(&mut store, |q| {
            q.oldest_first = true;
            q.filter.client = Some(format!("run-{run}"));
        });
        assert!(
            kept.len() >= safe,
            "kill {run}: {} entries left, {safe} were older than a second",
            kept.len()
        );
        for (n, record) in kept.iter().enumerate() {
            assert_eq!(record.id, format!("req-{run:02x}{n:06x}"), "kill {run}: one is missing");
        }
    }
    assert!(suite::times(&mut SqliteStore::open(&path).unwrap()).len() > kills);
}

#[test]
fn nothing_older_than_a_second_is_lost_by_kills() {
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| kill_and_look(5));
        }
    });
}
