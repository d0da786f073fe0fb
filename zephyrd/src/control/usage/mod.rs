//! What was asked for, what it used and what it cost. For operators.
//!
//! Answers are streamed in bounded chunks, and single requests are read page by page while they are sent: nobody holds
//! a year of them. Limits: 1000 requests before a follower's new ones, patterns of 256 bytes.

mod follow;
mod pages;
#[cfg(test)]
mod tests;
mod wire;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use zephyr_core::usage::{By, Report, ReportQuery, RequestsQuery, Went};
use zephyr_proto::v1;
use zephyr_proto::v1::usage_service_server::UsageService;

use super::{Room, refuse};

pub(super) use wire::money;

/// Rows or requests in one message.
const CHUNK: usize = 128;
/// Messages that wait for a slow reader.
const BUFFER: usize = 4;
/// Most requests before a follower's new ones.
const MOST_FIRST: u32 = 1000;

#[tonic::async_trait]
impl UsageService for Room {
    type ReportStream = ReceiverStream<Result<v1::ReportResponse, Status>>;

    async fn report(
        &self,
        request: Request<v1::ReportRequest>,
    ) -> Result<Response<Self::ReportStream>, Status> {
        self.gate.operator(&request, "read usage")?;
        let v1::ReportRequest { filter, by } = request.into_inner();
        let query = ReportQuery { filter: wire::filter(filter)?, by: by_name(&by)? };
        let report = self.ledger.report(query).await.map_err(|e| refuse::unreadable(&e))?;
        let (sender, receiver) = mpsc::channel(BUFFER);
        self.tasks.spawn_until_stop(tell(report, sender));
        Ok(Response::new(ReceiverStream::new(receiver)))
    }

    type RequestsStream = ReceiverStream<Result<v1::RequestsResponse, Status>>;

    async fn requests(
        &self,
        request: Request<v1::RequestsRequest>,
    ) -> Result<Response<Self::RequestsStream>, Status> {
        self.gate.operator(&request, "read requests")?;
        let v1::RequestsRequest { filter, id, failed, limit, oldest_first } = request.into_inner();
        let query = RequestsQuery {
            filter: wire::filter(filter)?,
            id: (!id.is_empty()).then_some(id),
            went: failed.then_some(Went::Failed),
            oldest_first,
            ..RequestsQuery::default()
        };
        let (sender, receiver) = mpsc::channel(BUFFER);
        self.tasks.spawn_until_stop(pages::run(self.ledger.clone(), query, limit, sender));
        Ok(Response::new(ReceiverStream::new(receiver)))
    }

    type FollowStream = ReceiverStream<Result<v1::FollowResponse, Status>>;

    async fn follow(
        &self,
        request: Request<v1::FollowRequest>,
    ) -> Result<Response<Self::FollowStream>, Status> {
        self.gate.operator(&request, "read requests")?;
        let v1::FollowRequest { filter, failed, last } = request.into_inner();
        if last > MOST_FIRST {
            let message = format!("at most {MOST_FIRST} requests are told before the new ones, not {last}");
            return Err(refuse::invalid(&message, "ask for fewer, or for all without following"));
        }
        let query = RequestsQuery {
            filter: wire::filter(filter)?,
            went: failed.then_some(Went::Failed),
            limit: last as usize,
            ..RequestsQuery::default()
        };
        let (sender, receiver) = mpsc::channel(BUFFER);
        self.tasks.spawn_until_stop(follow::run(self.ledger.clone(), query, sender));
        Ok(Response::new(ReceiverStream::new(receiver)))
    }
}

/// An empty name is `total`.
fn by_name(name: &str) -> Result<By, Status> {
    if name.is_empty() {
        return Ok(By::Total);
    }
    By::ALL.into_iter().find(|by| by.name() == name).ok_or_else(|| {
        let names = By::ALL.map(|by| format!("`{}`", by.name())).join(", ");
        refuse::invalid(&format!("a report has no rows by `{name}`"), &format!("there are {names}"))
    })
}

/// Sends a report in chunks, its sums last.
async fn tell(report: Report, sender: mpsc::Sender<Result<v1::ReportResponse, Status>>) {
    for rows in report.rows.chunks(CHUNK) {
        let rows = rows.iter().map(wire::row).collect();
        let chunk = v1::ReportResponse { rows, total: None, probes: None };
        if sender.send(Ok(chunk)).await.is_err() {
            return;
        }
    }
    let end = v1::ReportResponse {
        rows: Vec::new(),
        total: Some(wire::totals(&report.total)),
        probes: Some(wire::probes(&report.probes)),
    };
    // Whoever asked may have gone.
    let _ = sender.send(Ok(end)).await;
}
