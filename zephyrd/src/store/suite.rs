//! What every kind of store must do: one suite, run against each of them.
//!
//! `suite!` makes the tests of a kind from an expression that gives an empty store. Reports and pages on random records
//! are compared with those of the store in memory, which walks over all records.

use proptest::prelude::*;
use proptest::sample::select;
use zephyr_core::usage::{
    AttemptRecord, By, Ended, Entry, Filter, Operation, PriceSource, ProbeRecord, ReportQuery, RequestsQuery,
    Source, Tier, Tokens, UsageRecord, UsageState, Went,
};

use super::Store;

/// 2026-11-21 00:00 UTC.
pub(super) const DAY: i64 = 1_795_219_200_000;
pub(super) const HOUR: i64 = 3_600_000;

/// A plain successful request that came at this time.
pub(super) fn request(at: i64, change: impl FnOnce(&mut UsageRecord)) -> Entry {
    Entry::Request(record(at, change).into())
}

pub(super) fn record(at: i64, change: impl FnOnce(&mut UsageRecord)) -> UsageRecord {
    let mut record = UsageRecord {
        id: format!("req-{at:08x}"),
        started_unix_ms: at,
        day: 20_261_121,
        duration_ms: 1200,
        ttft_ms: Some(300),
        method: "POST".to_owned(),
        path: "/v1/messages".to_owned(),
        dialect: "anthropic".to_owned(),
        model: "claude-opus-4-5".to_owned(),
        endpoint: Some("Main".to_owned()),
        group: Some("primary".to_owned()),
        status: 200,
        ended: Ended::Complete,
        tokens: Tokens { input: 100, output: 20, ..Tokens::default() },
        cost_nanos: 1_000_000,
        ..UsageRecord::default()
    };
    change(&mut record);
    record
}

pub(super) fn probe(at: i64, endpoint: &str) -> Entry {
    Entry::Probe(ProbeRecord {
        unix_ms: at,
        day: 20_261_121,
        endpoint: endpoint.to_owned(),
        model: "claude-haiku-4-5".to_owned(),
        tokens: Tokens { input: 8, output: 1, ..Tokens::default() },
        cost_nanos: 13_000,
    })
}

/// When the kept requests came, ascending.
pub(super) fn times(store: &mut dyn Store) -> Vec<i64> {
    page(store, |q| q.oldest_first = true).iter().map(|r| r.started_unix_ms).collect()
}

pub(super) fn page(store: &mut dyn Store, change: impl FnOnce(&mut RequestsQuery)) -> Vec<UsageRecord> {
    let filter = Filter { everything: true, ..Filter::default() };
    let mut query = RequestsQuery { filter, limit: usize::MAX, ..RequestsQuery::default() };
    change(&mut query);
    store.requests(&query).unwrap()
}

/// Prunes until nothing is left to prune.
pub(super) fn prune(store: &mut dyn Store, before: i64) -> u64 {
    std::iter::from_fn(|| Some(store.prune(before).unwrap()).filter(|gone| *gone > 0)).sum()
}

fn text() -> impl Strategy<Value = String> {
    select(vec!["", "a", "A", "b*", "?x", "[c]", "é\u{130}", "a%_\\", "with 'quote\" and \0 nul"])
        .prop_map(str::to_owned)
}

fn at() -> impl Strategy<Value = i64> {
    // Three hours, edges and equal times included.
    prop_oneof![DAY - HOUR..DAY + 2 * HOUR, select(vec![DAY - 1, DAY, DAY + 1, DAY + HOUR, 0, -1, -HOUR])]
}

fn count() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0u64), 0u64..300, 0u64..1 << 40]
}

fn tokens() -> impl Strategy<Value = Tokens> {
    proptest::array::uniform9(count()).prop_map(|numbers| {
        let mut tokens = Tokens::default();
        for (field, number) in tokens.fields_mut().into_iter().zip(numbers) {
            *field = number;
        }
        tokens
    })
}

fn money() -> impl Strategy<Value = i64> {
    prop_oneof![Just(0i64), -1000i64..1_000_000_000_000]
}

fn attempt() -> impl Strategy<Value = AttemptRecord> {
    let some = || proptest::option::of(text());
    let status = proptest::option::of(100u16..600);
    let texts = (text(), text(), some(), some(), some());
    (texts, count(), status, any::<bool>(), tokens(), money()).prop_map(
        |((endpoint, class, detail, model, dialect), ms, status, may_be_billed, tokens, cost_nanos)| {
            AttemptRecord {
                endpoint,
                after_ms: ms / 2,
                duration_ms: ms,
                status,
                class,
                detail,
                may_be_billed,
                tokens,
                cost_nanos,
                model,
                dialect,
            }
        },
    )
}

/// Any record; ids are few, so that some come twice.
pub(super) fn any_record() -> impl Strategy<Value = UsageRecord> {
    let some = || proptest::option::of(text());
    let names = (text(), some(), some(), text(), some(), some());
    let texts = (text(), text(), text(), some(), some(), some(), some());
    let codes = (
        select(Operation::ALL),
        select(Ended::ALL),
        select(Source::ALL),
        select(UsageState::ALL),
        select(&Tier::ALL[..]),
        select(PriceSource::ALL),
    );
    let numbers =
        (count(), proptest::option::of(count()), 0u16..600, proptest::option::of(100u16..600), tokens());
    let flags = (any::<bool>(), any::<bool>());
    let attempts = proptest::collection::vec(attempt(), 0..3);
    (
        0u32..50,
        at(),
        0i32..3,
        names,
        texts,
        codes,
        numbers,
        flags,
        proptest::array::uniform4(money()),
        attempts,
    )
        .prop_map(|(id, at, day, names, texts, codes, numbers, flags, money, attempts)| UsageRecord {
            id: format!("req-{id:08x}"),
            started_unix_ms: at,
            day: 20_261_130 + day * 71,
            duration_ms: numbers.0,
            ttft_ms: numbers.1,
            client: names.3,
            session: names.4,
            agent: names.5,
            class: texts.3,
            method: texts.0,
            path: texts.1,
            dialect: texts.2,
            operation: codes.0,
            stream: flags.0,
            model: names.0,
            answered_model: texts.4,
            mismatch: flags.1,
            endpoint: names.1,
            group: names.2,
            provider: texts.5.clone(),
            status: numbers.2,
            upstream_status: numbers.3,
            ended: codes.1,
            detail: texts.5,
            stop: texts.6.clone(),
            source: codes.2,
            served_by: texts.6,
            bytes_in: numbers.0,
            bytes_out: numbers.0 / 3,
            tokens: numbers.4,
            usage: codes.3,
            tier: codes.4,
            cost_nanos: money[0],
            lost_nanos: money[1],
            saved_nanos: money[2],
            cache_saved_nanos: money[3],
            price_source: codes.5,
            attempts,
        })
}

pub(super) fn any_entry() -> impl Strategy<Value = Entry> {
    let probe = (at(), text(), text(), tokens(), money()).prop_map(
        |(unix_ms, endpoint, model, tokens, cost_nanos)| {
            Entry::Probe(ProbeRecord { unix_ms, day: 20_261_121, endpoint, model, tokens, cost_nanos })
        },
    );
    prop_oneof![5 => any_record().prop_map(|r| Entry::Request(r.into())), 1 => probe]
}

fn pattern() -> impl Strategy<Value = Option<String>> {
    let patterns = prop_oneof![
        text(),
        select(vec!["*", "?", "a*", "*x", "B?", "*%*", "[?]", "", "É*"]).prop_map(str::to_owned)
    ];
    proptest::option::weighted(0.3, patterns)
}

pub(super) fn any_filter() -> impl Strategy<Value = Filter> {
    let edge = || proptest::option::weighted(0.6, at());
    (edge(), edge(), pattern(), pattern(), pattern(), pattern(), pattern(), any::<bool>()).prop_map(
        |(since_unix_ms, until_unix_ms, model, endpoint, group, client, session, everything)| Filter {
            since_unix_ms,
            until_unix_ms,
            model,
            endpoint,
            group,
            client,
            session,
            everything,
        },
    )
}

pub(super) fn any_requests_query() -> impl Strategy<Value = RequestsQuery> {
    let id = proptest::option::weighted(0.1, (0u32..50).prop_map(|id| format!("req-{id:08x}")));
    let skip = prop_oneof![Just(0usize), 0usize..40];
    let after = proptest::option::weighted(0.4, (at(), (0u32..50).prop_map(|id| format!("req-{id:08x}"))));
    (any_filter(), id, proptest::option::of(select(Went::ALL)), 0usize..60, any::<bool>(), after, skip)
        .prop_map(|(filter, id, went, limit, oldest_first, after, skip)| RequestsQuery {
            filter,
            id,
            went,
            skip,
            limit,
            oldest_first,
            after,
        })
}

/// Everything a pair of stores can be asked, compared.
pub(super) fn same(a: &mut dyn Store, b: &mut dyn Store, filter: &Filter) -> Result<(), TestCaseError> {
    for by in By::ALL {
        let query = ReportQuery { filter: filter.clone(), by };
        prop_assert_eq!(a.report(&query).unwrap(), b.report(&query).unwrap(), "by {}", by.name());
    }
    let since = filter.since_unix_ms.unwrap_or(0);
    prop_assert_eq!(a.spent(since).unwrap(), b.spent(since).unwrap());
    Ok(())
}

/// Tests of one kind of store, made empty by `$make`, which gives the store and what must outlive it.
macro_rules! suite {
    ($make:expr) => {
        mod conforms {
            use proptest::prelude::*;
            use zephyr_core::usage::{By, Entry, Ended, Filter, Operation, ReportQuery, Went};

            use crate::store::Store;
            use crate::store::suite::{self, DAY, HOUR, page, probe, prune, record, request, times};

            #[test]
            fn what_was_appended_is_found_as_it_was() {
                let (mut store, _guard) = $make;
                let full = record(DAY, |r| {
                    r.session = Some("s".into());
                    r.detail = Some("it's `odd`".into());
                    r.attempts = vec![Default::default(), Default::default()];
                });
                store.append(&[Entry::Request(full.clone().into()), request(DAY + 1, |_| {})]).unwrap();
                assert_eq!(page(&mut *store, |q| q.id = Some(full.id.clone())), [full]);
                assert_eq!(page(&mut *store, |q| q.id = Some("req-none".into())), []);
                assert_eq!(times(&mut *store), [DAY, DAY + 1]);
            }

            #[test]
            fn a_batch_that_comes_twice_counts_once() {
                let (mut store, _guard) = $make;
                let batch = [request(DAY, |_| {}), probe(DAY, "Main"), request(DAY + 1, |_| {})];
                store.append(&batch).unwrap();
                store.append(&batch).unwrap();
                store.append(&batch[1..]).unwrap();
                let report = store.report(&ReportQuery::default()).unwrap();
                assert_eq!((report.total.requests, report.probes.probes), (2, 1));
                assert_eq!(report.total.cost_nanos, 2_000_000);
            }

            #[test]
            fn another_instance_sees_the_same() {
                let (mut store, _guard) = $make;
                let mut other = store.another().unwrap();
                store.append(&[request(DAY, |_| {})]).unwrap();
                assert_eq!(times(&mut *other), [DAY]);
                other.append(&[request(DAY + 1, |_| {})]).unwrap();
                assert_eq!(times(&mut *store), [DAY, DAY + 1]);
            }

            #[test]
            fn an_empty_store_reports_no_rows() {
                let (mut store, _guard) = $make;
                for by in By::ALL {
                    let report = store.report(&ReportQuery { by, ..Default::default() }).unwrap();
                    assert_eq!(report, Default::default());
                }
                assert_eq!(store.spent(0).unwrap(), []);
            }

            #[test]
            fn rows_are_named_and_ordered() {
                let (mut store, _guard) = $make;
                store
                    .append(&[
                        request(DAY, |r| r.day = 20_261_201),
                        request(DAY + 1, |r| r.model = "dear".into()),
                        request(DAY + 2, |r| r.model = "dear".into()),
                        request(DAY + 3, |r| (r.endpoint, r.cost_nanos) = (None, 5)),
                    ])
                    .unwrap();
                let mut keys = |by| -> Vec<String> {
                    let rows = store.report(&ReportQuery { by, ..Default::default() }).unwrap().rows;
                    rows.into_iter().map(|row| row.key).collect()
                };
                assert_eq!(keys(By::Total), [""]);
                assert_eq!(keys(By::Day), ["2026-11-21", "2026-12-01"]);
                assert_eq!(keys(By::Month), ["2026-11", "2026-12"]);
                assert_eq!(keys(By::Hour), ["2026-11-21T00:00Z"]);
                assert_eq!(keys(By::Minute), ["2026-11-21T00:00Z"]);
                assert_eq!(keys(By::Model), ["dear", "claude-opus-4-5"]);
                assert_eq!(keys(By::Endpoint), ["Main", ""]);
            }

            #[test]
            fn globs_match_whole_names_whatever_their_case() {
                let (mut store, _guard) = $make;
                for (at, model) in (0..).zip(["Claude-Opus", "claude-haiku", "gpt-5", "a[b]", "100%", ""]) {
                    store.append(&[request(DAY + at, |r| r.model = model.into())]).unwrap();
                }
                let mut found = |pattern: &str| {
                    let filter = Filter { model: Some(pattern.into()), ..Default::default() };
                    let rows = store.report(&ReportQuery { filter, by: By::Model }).unwrap().rows;
                    rows.into_iter().map(|row| row.key).collect::<Vec<_>>()
                };
                assert_eq!(found("claude*"), ["Claude-Opus", "claude-haiku"]);
                assert_eq!(found("GPT-?"), ["gpt-5"]);
                assert_eq!(found("gpt"), [""; 0]);
                assert_eq!(found("a[b]"), ["a[b]"]);
                assert_eq!(found("1__%"), [""; 0]);
                assert_eq!(found(""), [""]);
                assert_eq!(found("*").len(), 6);
            }

            #[test]
            fn pages_go_on_behind_the_last_one_also_where_times_are_equal() {
                let (mut store, _guard) = $make;
                let batch: Vec<Entry> =
                    (0..25).map(|n| request(DAY + n / 4, |r| r.id = format!("req-{:08x}", (n * 7) % 25))).collect();
                store.append(&batch).unwrap();
                for oldest_first in [true, false] {
                    let mut all = page(&mut *store, |q| q.oldest_first = true);
                    if !oldest_first {
                        all.reverse();
                    }
                    let mut paged = Vec::new();
                    loop {
                        let after = paged.last().map(|r: &zephyr_core::usage::UsageRecord| (r.started_unix_ms, r.id.clone()));
                        let more = page(&mut *store, |q| {
                            (q.limit, q.oldest_first, q.after) = (4, oldest_first, after);
                        });
                        if more.is_empty() {
                            break;
                        }
                        paged.extend(more);
                    }
                    assert_eq!(paged, all);
                }
            }

            #[test]
            fn failed_ones_are_those_that_went_wrong_and_were_not_left() {
                let (mut store, _guard) = $make;
                store
                    .append(&[
                        request(DAY, |_| {}),
                        request(DAY + 1, |r| r.status = 500),
                        request(DAY + 2, |r| r.ended = Ended::Cancelled),
                        request(DAY + 3, |r| r.ended = Ended::Cut),
                    ])
                    .unwrap();
                let failed: Vec<i64> =
                    page(&mut *store, |q| q.went = Some(Went::Failed)).iter().map(|r| r.started_unix_ms - DAY).collect();
                assert_eq!(failed, [3, 1]);
            }

            #[test]
            fn those_that_were_left_are_told_from_those_that_went_well() {
                let (mut store, _guard) = $make;
                store
                    .append(&[
                        request(DAY, |_| {}),
                        request(DAY + 1, |r| r.ended = Ended::Cancelled),
                        request(DAY + 2, |r| r.status = 500),
                        request(DAY + 3, |_| {}),
                    ])
                    .unwrap();
                let mut went = |went| -> Vec<i64> {
                    page(&mut *store, |q| q.went = Some(went)).iter().map(|r| r.started_unix_ms - DAY).collect()
                };
                assert_eq!((went(Went::Succeeded), went(Went::Cancelled)), (vec![3, 0], vec![1]));
            }

            #[test]
            fn hours_and_minutes_follow_each_other_and_those_without_requests_are_missing() {
                let (mut store, _guard) = $make;
                let minute = HOUR / 60;
                store
                    .append(&[DAY + 3 * HOUR, DAY + minute, DAY, DAY + minute + 1].map(|at| request(at, |_| {})))
                    .unwrap();
                let mut rows = |by, since| -> Vec<(String, u64)> {
                    let filter = Filter { since_unix_ms: Some(since), ..Default::default() };
                    let rows = store.report(&ReportQuery { filter, by }).unwrap().rows;
                    rows.into_iter().map(|row| (row.key, row.totals.requests)).collect()
                };
                let told = |key: &str, n| (key.to_owned(), n);
                assert_eq!(rows(By::Hour, DAY + 1), [told("2026-11-21T00:00Z", 2), told("2026-11-21T03:00Z", 1)]);
                assert_eq!(
                    rows(By::Minute, DAY),
                    [told("2026-11-21T00:00Z", 1), told("2026-11-21T00:01Z", 2), told("2026-11-21T03:00Z", 1)]
                );
            }

            #[test]
            fn pages_can_begin_anywhere() {
                let (mut store, _guard) = $make;
                let batch: Vec<Entry> =
                    (0..25).map(|n| request(DAY + n / 4, |r| r.id = format!("req-{:08x}", (n * 7) % 25))).collect();
                store.append(&batch).unwrap();
                let all = page(&mut *store, |_| {});
                for skip in [0, 1, 4, 5, 23, 25, 99] {
                    let rest = page(&mut *store, |q| (q.skip, q.limit) = (skip, 3));
                    let expected: Vec<_> = all.iter().skip(skip).take(3).cloned().collect();
                    assert_eq!(rest, expected, "{skip}");
                }
            }

            #[test]
            fn only_what_asked_for_tokens_counts_unless_everything_is_wanted() {
                let (mut store, _guard) = $make;
                store.append(&[request(DAY, |_| {}), request(DAY + 1, |r| r.operation = Operation::Models)]).unwrap();
                let mut requests = |everything| {
                    let filter = Filter { everything, ..Default::default() };
                    store.report(&ReportQuery { filter, by: By::Total }).unwrap().total.requests
                };
                assert_eq!((requests(false), requests(true)), (1, 2));
            }

            #[test]
            fn spending_is_told_by_client_from_a_moment_on() {
                let (mut store, _guard) = $make;
                let by = |at, client: &str, nanos| request(at, |r| (r.client, r.cost_nanos) = (client.into(), nanos));
                store
                    .append(&[by(DAY - 1, "ada", 1), by(DAY, "ada", 20), by(DAY + HOUR, "ada", 300), by(DAY + 9, "", 4)])
                    .unwrap();
                assert_eq!(store.spent(DAY).unwrap(), [("".to_owned(), 4), ("ada".to_owned(), 320)]);
                assert_eq!(store.spent(DAY + 1).unwrap(), [("".to_owned(), 4), ("ada".to_owned(), 300)]);
            }

            #[test]
            fn pruning_forgets_what_came_before_and_nothing_else() {
                let (mut store, _guard) = $make;
                let batch: Vec<Entry> = (0..2500)
                    .map(|n| request(DAY + n * 5_000, |r| r.session = Some(format!("s{}", n / 10))))
                    .chain((0..10).map(|n| probe(DAY + n * 1_000_000, "Main")))
                    .collect();
                store.append(&batch).unwrap();
                assert_eq!(prune(&mut *store, DAY), 0);
                let cut = DAY + 2_222 * 5_000 + 1;
                assert_eq!(prune(&mut *store, cut), 2_223 + 10);
                assert_eq!(times(&mut *store).len(), 277);
                let report = store.report(&ReportQuery { by: By::Session, ..Default::default() }).unwrap();
                assert_eq!((report.total.requests, report.rows.len(), report.probes.probes), (277, 28, 0));
                store.append(&[request(DAY + 1, |r| r.id = "req-late".into()), request(DAY + 3 * HOUR, |_| {})]).unwrap();
                assert_eq!(store.report(&Default::default()).unwrap().total.requests, 279);
            }

            proptest! {
                #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

                #[test]
                fn answers_are_those_of_a_walk_over_all_records(
                    batches in proptest::collection::vec(proptest::collection::vec(suite::any_entry(), 0..40), 1..5),
                    filters in proptest::collection::vec(suite::any_filter(), 4),
                    queries in proptest::collection::vec(suite::any_requests_query(), 8),
                    prune_at in proptest::option::of(DAY - HOUR..DAY + 2 * HOUR),
                ) {
                    let (mut store, _guard) = $make;
                    let mut model = crate::store::memory::MemoryStore::new();
                    for (n, batch) in batches.iter().enumerate() {
                        store.append(batch).unwrap();
                        model.append(batch).unwrap();
                        if let Some(at) = prune_at.filter(|_| n == 0) {
                            prop_assert_eq!(prune(&mut *store, at), prune(&mut model, at));
                        }
                    }
                    for filter in &filters {
                        suite::same(&mut *store, &mut model, filter)?;
                    }
                    for query in &queries {
                        prop_assert_eq!(store.requests(query).unwrap(), model.requests(query).unwrap());
                    }
                }
            }
        }
    };
}
pub(super) use suite;
