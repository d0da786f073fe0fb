//! What is counted, and that it stays bounded and cheap.

use zephyr_core::failover::Class;
use zephyr_core::usage::{AttemptRecord, Ended, Operation, Source, Tokens, UsageRecord};

use super::*;

fn record(endpoints: &[&str]) -> UsageRecord {
    let attempt = |name: &&str| AttemptRecord {
        endpoint: (*name).to_owned(),
        class: "ok".to_owned(),
        ..AttemptRecord::default()
    };
    UsageRecord {
        attempts: endpoints.iter().map(attempt).collect(),
        endpoint: endpoints.last().map(|name| (*name).to_owned()),
        model: "m".to_owned(),
        ended: Ended::Complete,
        status: 200,
        ttft_ms: Some(300),
        duration_ms: 4_000,
        tokens: Tokens { input: 2, output: 3, ..Tokens::default() },
        cost_nanos: 7,
        ..UsageRecord::default()
    }
}

fn all(meter: &Meter) -> Counts {
    meter.counts(|_| true)
}

#[test]
fn a_failover_is_a_request_that_another_endpoint_answered() {
    let meter = Meter::default();
    meter.count(&record(&["a"]), 1);
    meter.count(&record(&["a", "a"]), 2);
    meter.count(&UsageRecord { status: 502, ..record(&["a", "b"]) }, 3);
    assert_eq!(meter.failovers(), Failovers::default());
    meter.count(&record(&["a", "b"]), 4);
    assert_eq!(meter.failovers(), Failovers { count: 1, last_unix_ms: Some(4) });
    assert_eq!((meter.failovers_from("a"), meter.failovers_from("b")), (1, 0));
    assert_eq!(all(&meter).retries, 3);
}

#[test]
fn every_outcome_attempt_token_and_cent_is_counted_at_its_endpoint() {
    let meter = Meter::default();
    let mut moved = record(&["a", "b"]);
    moved.attempts[0].class = Class::Overloaded.name().to_owned();
    meter.count(&moved, 1);
    for (ended, status) in [(Ended::Complete, 400), (Ended::Cut, 200), (Ended::Refused, 502)] {
        meter.count(&UsageRecord { ended, status, ..record(&["b"]) }, 1);
    }
    meter.count(&UsageRecord { ended: Ended::Cancelled, ..record(&[]) }, 1);
    let counts = all(&meter);
    let endpoints = counts.endpoints();
    let names: Vec<&str> = endpoints.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["", "a", "b"]);
    let of = |i: usize, class: Class| {
        endpoints[i].1.attempts[Class::ALL.iter().position(|c| *c == class).unwrap()]
    };
    assert_eq!((of(1, Class::Overloaded), of(1, Class::Ok), of(2, Class::Ok)), (1, 0, 4));
    assert!(endpoints[1].1.models().is_empty(), "who answers has the request");
    let (model, cell) = endpoints[2].1.models()[0];
    assert_eq!((model, cell.requests[Operation::Generate as usize]), ("m", [1, 1, 1, 1, 0]));
    assert_eq!((cell.tokens.output, cell.cost_nanos), (12, 28));
    assert_eq!(endpoints[0].1.models()[0].1.requests[0], [0, 0, 0, 0, 1]);
    assert_eq!((endpoints[2].1.ttft.count(), endpoints[2].1.duration.count()), (4, 1));
}

#[test]
fn shared_answers_cost_no_tokens_and_no_time_of_the_endpoint() {
    let meter = Meter::default();
    meter.count(&UsageRecord { source: Source::Cache, saved_nanos: 9, ..record(&[]) }, 1);
    meter.count(&UsageRecord { source: Source::Shared, ..record(&[]) }, 1);
    let counts = all(&meter);
    assert_eq!((counts.reused, counts.saved_nanos), ([1, 1], 9));
    let (_, none) = counts.endpoints()[0];
    assert_eq!((none.ttft.count(), none.models()[0].1.tokens), (0, Tokens::default()));
}

#[test]
fn models_by_whatever_clients_send_are_bounded() {
    let meter = Meter::default();
    for n in 0..MOST_MODELS + 50 {
        for endpoint in ["a", "b"] {
            meter.count(&UsageRecord { model: format!("m-{n}"), ..record(&[endpoint]) }, 1);
        }
    }
    meter.count(&UsageRecord { model: "m".repeat(LONGEST + 1), ..record(&["a"]) }, 1);
    let counts = all(&meter);
    for (name, of) in counts.endpoints() {
        let models = of.models();
        assert_eq!(models.len(), MOST_MODELS + 1);
        let other = models.iter().find(|(name, _)| *name == OTHER).unwrap().1;
        assert_eq!(other.requests[0][0], 50 + u64::from(name == "a"));
    }
}

#[test]
fn pairs_of_many_endpoints_and_many_models_are_bounded_too() {
    let meter = Meter::default();
    for n in 0..MOST_CELLS + 500 {
        let endpoint = format!("e-{}", n / 100);
        meter.count(&UsageRecord { model: format!("m-{}", n % 100), ..record(&[&endpoint]) }, 1);
    }
    let counts = all(&meter);
    let cells: usize = counts.endpoints().iter().map(|(_, of)| of.models().len()).sum();
    assert_eq!(cells, MOST_CELLS + 5, "the last five endpoints have one each");
}

#[test]
fn names_that_would_forge_a_line_are_counted_as_what_they_look_like() {
    let meter = Meter::default();
    for model in ["a\nb", "a b", "a\u{202e} b", "\u{1b}a b"] {
        meter.count(&UsageRecord { model: model.to_owned(), ..record(&["a"]) }, 1);
    }
    let counts = all(&meter);
    let models = counts.endpoints()[0].1.models();
    assert_eq!(
        models.iter().map(|(name, cell)| (*name, cell.requests[0][0])).collect::<Vec<_>>(),
        [("a b", 4)]
    );
}

#[test]
fn endpoints_that_left_the_config_are_forgotten_when_somebody_looks() {
    let meter = Meter::default();
    for endpoint in ["a", "b", "c"] {
        meter.count(&UsageRecord { model: endpoint.to_owned(), ..record(&[endpoint]) }, 1);
    }
    meter.count(&record(&[]), 1);
    let counts = meter.counts(|name| name == "b");
    let names: Vec<&str> = counts.endpoints().iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["", "b"]);
    meter.count(&UsageRecord { model: "b".to_owned(), ..record(&["b"]) }, 1);
    let counts = all(&meter);
    assert_eq!(counts.endpoints()[1].1.models()[0].1.requests[0][0], 2);
    assert_eq!(counts.retries, 0);
}

#[test]
#[ignore = "measures; run it with --release --nocapture"]
fn counting_costs_at_most_300_ns() {
    let meter = Meter::default();
    let records: Vec<UsageRecord> = (0..64)
        .map(|n| UsageRecord {
            model: format!("claude-opus-4-{n}"),
            ..record(&[&format!("endpoint-{}", n % 8)])
        })
        .collect();
    let rounds = 100_000;
    let mut best = std::time::Duration::MAX;
    for _ in 0..10 {
        let started = std::time::Instant::now();
        (0..rounds).for_each(|n| meter.count(&records[n % records.len()], 1));
        best = best.min(started.elapsed());
    }
    let each = best / u32::try_from(rounds).unwrap();
    eprintln!("{each:?} a request");
    assert!(each.as_nanos() <= 300, "{each:?}");
}
