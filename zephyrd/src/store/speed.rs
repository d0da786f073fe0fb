//! How fast the database is with a year of records in it: a measurement, not a test.
//!
//! `cargo test --release -p zephyrd store::speed -- --ignored --nocapture` prints the tables. Two years are made: one of
//! agents at work (sessions of fifty requests, office hours), one in which nothing comes twice (each request is a session
//! of its own, at any hour, over many series), where sums per hour are no shorter than the rows.
#![allow(clippy::print_stdout, reason = "what it prints is its product")]

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use zephyr_core::usage::{AttemptRecord, By, Entry, Filter, ReportQuery, RequestsQuery, Went};

use super::parcel::Chunk;
use super::sqlite::SqliteStore;
use super::suite::{DAY, HOUR, probe, record};
use super::{Store, Writer, WriterSettings};

const DAYS: i64 = 365;
const A_DAY: i64 = 1_000;
/// What comes together at 20,000 requests a second.
const BATCH: usize = 2_000;

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn year(scattered: bool) -> Vec<Entry> {
    let mut dice = Dice(7);
    let mut entries = Vec::new();
    for day in 0..DAYS {
        let midnight = DAY + day * 24 * HOUR;
        for n in 0..A_DAY {
            let number = day * A_DAY + n;
            let (at, session, spread) = if scattered {
                (midnight + n * 86_400, number, (10, 8, 20))
            } else {
                (midnight + 8 * HOUR + n * 36_000, number / 50, (3, 3, 2))
            };
            let (model, endpoint, client) = (dice.roll(spread.0), dice.roll(spread.1), dice.roll(spread.2));
            let wrong = dice.roll(500) == 0;
            let ttft = 300 + dice.roll(4_000);
            entries.push(Entry::Request(std::sync::Arc::new(record(at, |r| {
                r.id = format!("req-{:08x}", (number as u32).wrapping_mul(2_654_435_761));
                r.day = 20_260_000 + i32::try_from(day / 31 * 100 + 100 + day % 31 + 1).unwrap();
                r.model = format!("claude-model-{model}");
                r.answered_model = Some(format!("claude-model-{model}-20260101"));
                r.endpoint = Some(format!("Endpoint-{endpoint}"));
                r.group = Some(format!("group-{}", endpoint % 2));
                r.provider = Some("api.anthropic.com".to_owned());
                r.client = format!("client-{client}");
                r.session = Some(format!("5f0c3b1e-7a44-4c1b-9d53-{session:012x}"));
                r.ttft_ms = Some(ttft);
                r.stop = Some("end_turn".to_owned());
                r.status = if wrong { 500 } else { 200 };
                r.upstream_status = Some(200);
                r.tokens.cache_read = 20_000 + dice.roll(100_000);
                r.tokens.output = dice.roll(3_000);
                r.cost_nanos = i64::try_from(dice.roll(500_000_000)).unwrap();
                r.attempts = vec![AttemptRecord {
                    endpoint: format!("Endpoint-{endpoint}"),
                    duration_ms: 1200,
                    status: Some(200),
                    class: zephyr_core::failover::Class::Ok.name().to_owned(),
                    may_be_billed: true,
                    tokens: r.tokens,
                    cost_nanos: r.cost_nanos,
                    ..AttemptRecord::default()
                }];
            }))));
        }
        entries.extend((0..24).map(|hour| probe(midnight + hour * HOUR, "Endpoint-1")));
    }
    entries
}

fn cpu() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap())
}

/// Least, middle and most of seven times, in milliseconds.
fn time(name: &str, mut ask: impl FnMut() -> usize) {
    let mut took = Vec::new();
    let mut rows = 0;
    for _ in 0..7 {
        let begin = Instant::now();
        rows = ask();
        took.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    took.sort_by(f64::total_cmp);
    println!("{name:45} {:8.2} {:8.2} {:8.2}   {rows}", took[0], took[3], took[6]);
}

fn filters(scattered: bool) -> Vec<(&'static str, Filter)> {
    let some = |text: &str| Some(text.to_owned());
    let none = Filter { everything: true, ..Filter::default() };
    let session = if scattered {
        "5f0c3b1e-7a44-4c1b-9d53-00000002b001"
    } else {
        "5f0c3b1e-7a44-4c1b-9d53-0000000007d0"
    };
    vec![
        ("no filter", none.clone()),
        (
            "200 days, hours cut",
            Filter {
                since_unix_ms: Some(DAY + 2_000 * HOUR + 1_234_567),
                until_unix_ms: Some(DAY + 6_800 * HOUR + 2_345_678),
                ..none.clone()
            },
        ),
        ("model=*-1", Filter { model: some("*-1"), ..none.clone() }),
        ("endpoint=endpoint-?", Filter { endpoint: some("endpoint-?"), ..none.clone() }),
        ("group=group-1", Filter { group: some("group-1"), ..none.clone() }),
        ("client=client-1", Filter { client: some("client-1"), ..none.clone() }),
        ("session=(one)", Filter { session: some(session), ..none.clone() }),
        ("session=*b*", Filter { session: some("*b00*"), ..none }),
    ]
}

fn measure(scattered: bool) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("usage.db");
    let mut store = SqliteStore::open(&path).unwrap();
    let entries = year(scattered);
    let (begin, before) = (Instant::now(), cpu());
    for batch in entries.chunks(BATCH) {
        store.append(batch).unwrap();
    }
    let each = |spent: Duration| spent.as_secs_f64() * 1e6 / entries.len() as f64;
    println!("{} entries in batches of {BATCH}", entries.len());
    println!("  {:.2} µs of CPU, {:.2} µs of time each", each(cpu() - before), each(begin.elapsed()));
    println!("  {} MB on disk", std::fs::metadata(&path).unwrap().len() / 1_000_000);
    drop(entries);
    println!("{:45} {:>8} {:>8} {:>8}   rows", "", "min ms", "median", "max");
    for (name, filter) in filters(scattered) {
        for by in By::ALL {
            let query = ReportQuery { filter: filter.clone(), by };
            time(&format!("report by {}, {name}", by.name()), || store.report(&query).unwrap().rows.len());
        }
    }
    time("spent in 30 days", || store.spent(DAY + 335 * 24 * HOUR).unwrap().len());
    let page = |change: &dyn Fn(&mut RequestsQuery)| {
        let filter = Filter { everything: true, ..Filter::default() };
        let mut query = RequestsQuery { filter, limit: 100, ..RequestsQuery::default() };
        change(&mut query);
        query
    };
    let some = |text: &str| Some(text.to_owned());
    let pages: [(&str, RequestsQuery); 8] = [
        ("newest", page(&|_| {})),
        ("oldest", page(&|q| q.oldest_first = true)),
        ("failed", page(&|q| q.went = Some(Went::Failed))),
        (
            "failed, one client, half way",
            page(&|q| {
                (q.went, q.filter.client) = (Some(Went::Failed), some("client-1"));
                q.after = Some((DAY + 4_000 * HOUR, "req-".to_owned()));
            }),
        ),
        ("one session", page(&|q| q.filter.session = some("5f0c3b1e-7a44-4c1b-9d53-000000000007"))),
        ("some sessions", page(&|q| q.filter.session = some("*b00*"))),
        ("by id", page(&|q| q.id = some("req-00000000"))),
        ("no such model", page(&|q| q.filter.model = some("gpt"))),
    ];
    for (name, query) in pages {
        time(&format!("page: {name}"), || store.requests(&query).unwrap().len());
    }
    let mut pruned = Vec::new();
    let begin = Instant::now();
    loop {
        let slice = Instant::now();
        if store.prune(DAY + 30 * 24 * HOUR).unwrap() == 0 {
            break;
        }
        pruned.push(slice.elapsed().as_secs_f64() * 1e3);
    }
    let longest = pruned.iter().copied().fold(0.0, f64::max);
    println!("30 days pruned in {:?}, {} slices, the longest {longest:.1} ms", begin.elapsed(), pruned.len());
}

#[test]
#[ignore = "a measurement that takes a minute; it belongs into a release build"]
fn a_year_of_agents_at_work() {
    measure(false);
}

#[test]
#[ignore = "a measurement that takes a minute; it belongs into a release build"]
fn a_year_in_which_nothing_comes_twice() {
    measure(true);
}

#[test]
#[ignore = "a measurement; it belongs into a release build"]
fn what_keeping_costs() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open(&dir.path().join("usage.db")).unwrap();
    let mut entries = year(false);
    entries.truncate(200_000);
    let chunks = Chunk::all_of(&entries);
    let before = cpu();
    for batch in chunks.chunks(8) {
        store.keep(batch).unwrap();
    }
    let spent = cpu() - before;
    println!("keep: {:.0} ns of CPU each", spent.as_secs_f64() * 1e9 / entries.len() as f64);
}

#[test]
#[ignore = "a measurement; it belongs into a release build"]
fn what_appending_costs() {
    let dir = tempfile::tempdir().unwrap();
    let writer = Writer::start(WriterSettings {
        database: Some(dir.path().join("usage.db")),
        batch_size: 256,
        flush_interval: Duration::from_secs(1),
        retention: Duration::from_secs(36_500 * 86_400),
    });
    let mut entries = year(false);
    entries.truncate(40_000);
    let many = entries.len();
    let mut entries = entries.into_iter();
    let mut spent = Duration::ZERO;
    while entries.len() > 0 {
        let some: Vec<Entry> = entries.by_ref().take(200).collect();
        let before = cpu();
        some.iter().for_each(|entry| writer.append(entry));
        spent += cpu() - before;
        std::thread::park_timeout(Duration::from_millis(10));
    }
    println!("append: {:.0} ns of CPU each", spent.as_secs_f64() * 1e9 / many as f64);
    assert_eq!(writer.close(Duration::from_secs(60)), 0);
    println!("{:?}", writer.health());
}
