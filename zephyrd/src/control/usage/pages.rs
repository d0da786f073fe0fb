//! Single requests, page by page: the next page is read when the one before it is on its way.

use tokio::sync::mpsc;
use tonic::Status;
use zephyr_core::usage::RequestsQuery;
use zephyr_proto::v1;

use super::{CHUNK, wire};
use crate::control::refuse;
use crate::ledger::Ledger;

/// Sends what `query` asks for, at most `limit` (0 = all), until all is told or the reader is gone.
pub(super) async fn run(
    ledger: Ledger,
    mut query: RequestsQuery,
    limit: u64,
    sender: mpsc::Sender<Result<v1::RequestsResponse, Status>>,
) {
    let mut left = if limit == 0 { u64::MAX } else { limit };
    loop {
        query.limit = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
        let page = match ledger.requests(query.clone()).await {
            Ok(page) => page,
            Err(error) => {
                // Whoever asked may have gone.
                let _ = sender.send(Err(refuse::unreadable(&error))).await;
                return;
            }
        };
        left = left.saturating_sub(page.len() as u64);
        let end = page.len() < query.limit || left == 0;
        query.after = page.last().map(|record| (record.started_unix_ms, record.id.clone()));
        let chunk = v1::RequestsResponse { records: page.iter().map(wire::record).collect(), end };
        if sender.send(Ok(chunk)).await.is_err() || end {
            return;
        }
    }
}
