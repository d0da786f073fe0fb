//! Usage over a real socket, with a real ledger behind it.

use std::time::Duration;

use tokio_stream::StreamExt as _;
use tonic::transport::Channel;
use tonic::{Code, Streaming};
use zephyr_core::usage::{Ended, PriceSource, Tokens, UsageRecord, UsageState};
use zephyr_proto::v1::follow_response::What;
use zephyr_proto::v1::status_service_client::StatusServiceClient;
use zephyr_proto::v1::usage_service_client::UsageServiceClient;
use zephyr_proto::v1::{self, ErrorReason};

use super::CHUNK;
use crate::control::refuse::detail_of;
use crate::control::tests::{Plane, soon};

fn record(number: usize) -> UsageRecord {
    UsageRecord {
        id: format!("req-{number:08}"),
        ttft_ms: Some(20),
        client: if number.is_multiple_of(2) { "ada" } else { "bob" }.into(),
        model: "opus".into(),
        endpoint: Some("a".into()),
        status: 200,
        ended: Ended::Complete,
        tokens: Tokens { input: 10, output: 5, cache_read: 30, ..Tokens::default() },
        usage: UsageState::Final,
        cost_nanos: 7,
        price_source: PriceSource::Config,
        ..UsageRecord::default()
    }
}

async fn plane(records: usize) -> (Plane, UsageServiceClient<Channel>) {
    let plane = Plane::start(&["a"]).await;
    for number in 0..records {
        plane.ledger.settle(record(number), Duration::ZERO);
    }
    let client = UsageServiceClient::new(plane.channel().await);
    (plane, client)
}

async fn all(stream: Streaming<v1::RequestsResponse>) -> (Vec<String>, usize) {
    let messages: Vec<_> = soon(stream.map(Result::unwrap).collect()).await;
    let (last, before) = messages.split_last().unwrap();
    assert!(last.end && before.iter().all(|m| !m.end), "the last message says that it is the last, no other");
    let ids = messages.iter().flat_map(|m| m.records.iter().map(|r| r.id.clone())).collect();
    (ids, messages.len())
}

#[tokio::test]
async fn a_report_has_rows_and_ends_with_its_sums() {
    let (_plane, mut client) = plane(3).await;
    let request = v1::ReportRequest { filter: None, by: "client".into() };
    let messages: Vec<_> =
        soon(client.report(request)).await.unwrap().into_inner().map(Result::unwrap).collect().await;
    let rows: Vec<_> = messages.iter().flat_map(|m| &m.rows).collect();
    let told: Vec<_> = rows.iter().map(|r| (r.key.as_str(), r.totals.unwrap().cost_nanos)).collect();
    assert_eq!(told, [("ada", 14), ("bob", 7)]);
    let total = messages.last().unwrap().total.unwrap();
    assert_eq!((total.requests, total.cost_nanos, total.tokens.unwrap().cache_read), (3, 21, 90));
    assert_eq!(total.ttft_ms.unwrap().p99, 20);
}

#[tokio::test]
async fn a_filter_for_names_that_nobody_has_is_an_empty_report() {
    let (_plane, mut client) = plane(3).await;
    let filter = v1::UsageFilter { endpoint: Some("nobody".into()), ..v1::UsageFilter::default() };
    let request = v1::ReportRequest { filter: Some(filter), by: String::new() };
    let messages: Vec<_> =
        client.report(request).await.unwrap().into_inner().map(Result::unwrap).collect().await;
    assert_eq!(messages.len(), 1);
    assert_eq!(
        messages[0].total.unwrap(),
        v1::UsageTotals { tokens: Some(v1::Tokens::default()), ..v1::UsageTotals::default() }
    );
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_what_does() {
    let (_plane, mut client) = plane(0).await;
    let error = client.report(v1::ReportRequest { filter: None, by: "moon".into() }).await.unwrap_err();
    assert_eq!(
        (error.code(), detail_of(&error).reason()),
        (Code::InvalidArgument, ErrorReason::InvalidArgument)
    );
    assert!(detail_of(&error).hint.contains("`month`"), "{error}");
    let filter = v1::UsageFilter { model: Some("*".repeat(257)), ..v1::UsageFilter::default() };
    let long = client
        .requests(v1::RequestsRequest { filter: Some(filter), ..Default::default() })
        .await
        .unwrap_err();
    assert_eq!(long.code(), Code::InvalidArgument);
    let many = client.follow(v1::FollowRequest { last: 1001, ..Default::default() }).await.unwrap_err();
    assert_eq!(many.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn requests_come_page_by_page_each_once() {
    let number = 2 * CHUNK + 5;
    let (_plane, mut client) = plane(number).await;
    let oldest = v1::RequestsRequest { oldest_first: true, ..v1::RequestsRequest::default() };
    let (ids, messages) = all(client.requests(oldest).await.unwrap().into_inner()).await;
    assert_eq!(ids, (0..number).map(|n| record(n).id).collect::<Vec<_>>());
    assert_eq!(messages, 3);
    for limit in [1, CHUNK - 1, CHUNK, CHUNK + 1, number, number + 1] {
        let newest = v1::RequestsRequest { limit: limit as u64, ..v1::RequestsRequest::default() };
        let (ids, _) = all(client.requests(newest).await.unwrap().into_inner()).await;
        assert_eq!(ids, (0..number).rev().take(limit).map(|n| record(n).id).collect::<Vec<_>>(), "{limit}");
    }
    let one = v1::RequestsRequest { id: record(7).id, ..v1::RequestsRequest::default() };
    assert_eq!(all(client.requests(one).await.unwrap().into_inner()).await.0, [record(7).id]);
}

async fn told(stream: &mut Streaming<v1::FollowResponse>) -> What {
    soon(stream.message()).await.unwrap().unwrap().what.unwrap()
}

fn id(what: What) -> String {
    match what {
        What::Record(record) => record.id,
        What::Lagged(lagged) => format!("{} missed", lagged.missed),
    }
}

#[tokio::test]
async fn a_follower_gets_the_last_and_then_what_is_new_and_wanted() {
    let (plane, mut client) = plane(5).await;
    let filter = v1::UsageFilter { client: Some("A*".into()), ..v1::UsageFilter::default() };
    let request = v1::FollowRequest { filter: Some(filter), failed: false, last: 2 };
    let mut stream = client.follow(request).await.unwrap().into_inner();
    assert_eq!([id(told(&mut stream).await), id(told(&mut stream).await)], [record(2).id, record(4).id]);
    for number in 5..9 {
        plane.ledger.settle(record(number), Duration::ZERO);
    }
    assert_eq!([id(told(&mut stream).await), id(told(&mut stream).await)], [record(6).id, record(8).id]);
}

#[tokio::test]
async fn a_follower_that_is_too_slow_is_told_how_many_it_missed() {
    let (plane, mut client) = plane(1).await;
    let request = v1::FollowRequest { last: 1, ..v1::FollowRequest::default() };
    let mut stream = client.follow(request).await.unwrap().into_inner();
    told(&mut stream).await;
    // Nothing else runs meanwhile: the follower sleeps through all of it.
    for number in 1..1001 {
        plane.ledger.settle(record(number), Duration::ZERO);
    }
    let What::Lagged(v1::Lagged { missed }) = told(&mut stream).await else { panic!("nothing was missed") };
    let first = usize::try_from(missed).unwrap() + 1;
    assert!(first > 1);
    for number in first..1001 {
        assert_eq!(id(told(&mut stream).await), record(number).id);
    }
}

#[tokio::test]
async fn hostile_words_arrive_harmless() {
    let (plane, mut client) = plane(0).await;
    let evil = || "x\u{1b}[2J\u{202e}".to_owned();
    let hostile = UsageRecord {
        model: evil(),
        session: Some(evil()),
        detail: Some(evil()),
        answered_model: Some(evil()),
        ..record(0)
    };
    plane.ledger.settle(hostile, Duration::ZERO);
    let mut stream = client.requests(v1::RequestsRequest::default()).await.unwrap().into_inner();
    let told = soon(stream.message()).await.unwrap().unwrap().records.remove(0);
    assert_eq!([told.model, told.session, told.detail, told.answered_model], ["x[2J"; 4]);
    let report = v1::ReportRequest { filter: None, by: "model".into() };
    let mut stream = client.report(report).await.unwrap().into_inner();
    assert_eq!(soon(stream.message()).await.unwrap().unwrap().rows[0].key, "x[2J");
}

#[tokio::test]
async fn an_operators_status_tells_what_was_spent_today() {
    let (plane, _client) = plane(3).await;
    let mut status = StatusServiceClient::new(plane.channel().await);
    let told = status.get_status(v1::GetStatusRequest {}).await.unwrap().into_inner().status.unwrap();
    let money = told.money.unwrap();
    assert!(money.on);
    assert_eq!((money.requests, money.cost_nanos, money.input_tokens, money.output_tokens), (3, 21, 120, 15));
    assert_eq!(money.store.unwrap().state, "ok");
}
