//! One follower: the last requests, then every new one as it ends; told what it missed when it was too slow.

use std::collections::HashSet;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tonic::Status;
use zephyr_core::usage::{Filter, RequestsQuery, UsageRecord};
use zephyr_proto::v1;
use zephyr_proto::v1::follow_response::What;

use super::wire;
use crate::control::refuse;
use crate::ledger::Ledger;
use crate::store::Matcher;

type Sender = mpsc::Sender<Result<v1::FollowResponse, Status>>;

/// Serves one follower until it goes away. Requests never wait for it: those that it is too slow for are lost to it,
/// counted.
pub(super) async fn run(ledger: Ledger, query: RequestsQuery, sender: Sender) {
    // Before the first look, so that none falls in between; what is seen in both is told once.
    let mut new = ledger.follow();
    let timeless = Filter { since_unix_ms: None, until_unix_ms: None, ..query.filter.clone() };
    let (wanted, went) = (Matcher::new(&timeless), query.went);
    let Some(mut told) = first(&ledger, query, &sender).await else { return };
    loop {
        let next = tokio::select! {
            next = new.recv() => next,
            () = sender.closed() => return,
        };
        let what = match next {
            Ok(record) => {
                let again = told.remove(&record.id);
                if again || !wanted.record(&record) || went.is_some_and(|went| record.went() != went) {
                    continue;
                }
                What::Record(wire::record(&record))
            }
            Err(RecvError::Lagged(missed)) => What::Lagged(v1::Lagged { missed }),
            Err(RecvError::Closed) => return,
        };
        if send(&sender, what).await.is_none() {
            return;
        }
    }
}

/// Tells the last requests, oldest first; their ids. `None` when that did not work.
async fn first(ledger: &Ledger, query: RequestsQuery, sender: &Sender) -> Option<HashSet<String>> {
    let mut told = HashSet::new();
    if query.limit == 0 {
        return Some(told);
    }
    let last: Vec<UsageRecord> = match ledger.requests(query).await {
        Ok(last) => last,
        Err(error) => {
            // Whoever asked may have gone.
            let _ = sender.send(Err(refuse::unreadable(&error))).await;
            return None;
        }
    };
    for record in last.into_iter().rev() {
        send(sender, What::Record(wire::record(&record))).await?;
        told.insert(record.id);
    }
    Some(told)
}

/// `None` when nobody reads any more.
async fn send(sender: &Sender, what: What) -> Option<()> {
    sender.send(Ok(v1::FollowResponse { what: Some(what) })).await.ok()
}
