//! Daemons that are killed under load: what clients had whole a second before is recorded, once, and nothing is broken.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use tokio::task::JoinSet;
use zephyr_tests::client::{Client, End, request};
use zephyr_tests::daemon::{Daemon, JSON, message};
use zephyr_tests::{Fake, Scene, until};

/// Kills in a row.
const KILLS: usize = 10;
/// Connections that ask without a pause.
const CLIENTS: usize = 4;
/// What a kill may cost, and the time that writing a batch may take on a busy machine.
const LOST: Duration = Duration::from_millis(1000 + 500);
/// So many answers must be older than that when it comes.
const OLD: usize = 30;

/// Answers that clients had whole, with their times.
type Answers = Arc<Mutex<BTreeMap<String, Instant>>>;

/// Asks on one connection after the other, until the daemon is gone.
async fn hammer(addr: SocketAddr, answers: Answers, mut stream: bool) {
    while let Ok(wire) = tokio::net::TcpStream::connect(addr).await {
        let mut client = Client::on(wire);
        for _ in 0..20 {
            stream = !stream;
            client.send(&request("POST", "/v1/messages", &JSON, message(stream).as_bytes())).await;
            let Some(head) = client.try_head("POST").await else { break };
            let (_, end) = client.rest().await;
            if end != End::Clean {
                break;
            }
            assert_eq!(head.status, 200);
            let id = head.header("x-request-id").unwrap().to_owned();
            let before = answers.lock().unwrap().insert(id, Instant::now());
            assert!(before.is_none(), "an id came twice");
        }
    }
}

fn hammers(daemon: &Daemon) -> (Answers, JoinSet<()>) {
    let (answers, mut clients) = (Answers::default(), JoinSet::new());
    for n in 0..CLIENTS {
        clients.spawn(hammer(daemon.addr(), Arc::clone(&answers), n % 2 == 0));
    }
    (answers, clients)
}

/// Answers that were whole for so long at `now`.
fn older(answers: &Answers, than: Duration, now: Instant) -> BTreeSet<String> {
    let answers = answers.lock().unwrap();
    let old = answers.iter().filter(|(_, at)| now.saturating_duration_since(**at) > than);
    old.map(|(id, _)| id.clone()).collect()
}

/// What is wrong with the database.
fn integrity(file: &Path) -> String {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap()
}

/// The ids of all records, none of them twice; their sum is that of the report.
async fn recorded(daemon: &Daemon) -> BTreeSet<String> {
    let told = daemon.ctl_json(&["requests", "--all", "-n", "0"]).await;
    let records = told["requests"].as_array().unwrap();
    let ids: BTreeSet<String> = records.iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), records.len(), "a request is recorded twice");
    let sum = |name: &str| records.iter().map(|r| r[name].as_i64().unwrap()).sum::<i64>();
    let usage = daemon.ctl_json(&["usage", "--by", "total"]).await;
    assert_eq!(usage["total"]["requests"], Value::from(records.len()));
    assert_eq!(usage["total"]["cost_nanos"], sum("cost_nanos"));
    ids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_client_had_a_second_before_a_kill_is_recorded_once() {
    let Scene { fakes, mut daemon } = Scene::of(1).await;
    let mut seen = BTreeSet::new();
    for kill in 0..KILLS {
        let (answers, clients) = hammers(&daemon);
        // Each kill comes at another point of the batch that is being gathered.
        let age = LOST + Duration::from_millis(kill as u64 * 97 % 1000);
        until("answers that are old enough", || async {
            (older(&answers, age, Instant::now()).len() >= OLD).then_some(())
        })
        .await;
        let killed = Instant::now();
        let home = daemon.kill().await;
        clients.join_all().await;
        let must = older(&answers, LOST, killed);
        assert_eq!(integrity(&home.path().join("state/usage.db")), "ok", "after kill {kill}");
        daemon = home.start().await;
        let told = recorded(&daemon).await;
        let missing: Vec<_> = must.difference(&told).collect();
        assert!(missing.is_empty(), "kill {kill}: {} of {} are missing", missing.len(), must.len());
        let answers = answers.lock().unwrap();
        assert!(answers.keys().all(|id| seen.insert(id.clone())), "an id came again after kill {kill}");
    }
    drop(fakes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_under_load_loses_nothing() {
    let Scene { fakes, daemon } = Scene::of(1).await;
    let (answers, clients) = hammers(&daemon);
    until("a thousand answers", || async { (answers.lock().unwrap().len() >= 1000).then_some(()) }).await;
    let home = daemon.stop().await;
    clients.join_all().await;
    assert_eq!(integrity(&home.path().join("state/usage.db")), "ok");
    let daemon = home.start().await;
    let had: BTreeSet<String> = answers.lock().unwrap().keys().cloned().collect();
    let told = recorded(&daemon).await;
    let (missing, more) = (had.difference(&told).count(), told.difference(&had).count());
    assert_eq!((missing, more), (0, 0), "of {}", had.len());
    assert_eq!(asked(&fakes[0]), had.len(), "each was asked for once");
}

fn asked(fake: &Fake) -> usize {
    fake.seen_on("/v1/messages").len()
}
