//! The calls about usage: each answer comes in chunks, and nothing is held that was handed on.

use crate::language::words;
use std::time::Duration;
use zephyr_words::say;

use tonic::Streaming;
use zephyr_proto::v1;
use zephyr_proto::v1::usage_service_client::UsageServiceClient;

use super::{Client, MAX_MESSAGE, refused};
use crate::error::{Error, Kind};
use crate::filter::Which;
use crate::view;

/// Until a report, or the next chunk of requests, is there: the store may be busy or on a slow disk.
const READ: Duration = Duration::from_secs(60);

/// What is asked of single requests.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    pub(crate) which: Which,
    /// The one of this id; else empty.
    pub(crate) id: String,
    /// Only those that went wrong.
    pub(crate) failed: bool,
    /// At most so many; 0 = all.
    pub(crate) limit: u64,
    /// The oldest first instead of the newest.
    pub(crate) oldest_first: bool,
}

impl Client {
    /// `by` is one of `total day month model endpoint group client session`.
    pub(crate) async fn report(&self, which: &Which, by: &str) -> Result<view::Report, Error> {
        let mut service = service!(self, UsageServiceClient);
        let request = v1::ReportRequest { filter: Some(wire(which)), by: by.to_owned() };
        let mut stream = self.call(READ, service.report(request)).await?;
        let mut report = view::Report {
            by: by.to_owned(),
            since_unix_ms: which.since_unix_ms,
            until_unix_ms: which.until_unix_ms,
            rows: Vec::new(),
            total: view::Totals::default(),
            probes: view::ProbeTotals::default(),
        };
        while let Some(message) = self.next(&mut stream, Some(READ)).await? {
            report.rows.extend(message.rows.into_iter().map(Into::into));
            report.probes = message.probes.unwrap_or_default().into();
            if let Some(total) = message.total {
                report.total = total.into();
                return Ok(report);
            }
        }
        Err(cut())
    }

    pub(crate) async fn requests(&self, asked: &Asked) -> Result<Requests<'_>, Error> {
        let mut service = service!(self, UsageServiceClient);
        let request = v1::RequestsRequest {
            filter: Some(wire(&asked.which)),
            id: asked.id.clone(),
            failed: asked.failed,
            limit: asked.limit,
            oldest_first: asked.oldest_first,
        };
        let stream = self.call(READ, service.requests(request)).await?;
        Ok(Requests { client: self, stream, ended: false })
    }

    /// The last so many requests, then every new one.
    pub(crate) async fn follow(&self, which: &Which, failed: bool, last: u32) -> Result<Follow<'_>, Error> {
        let mut service = service!(self, UsageServiceClient);
        let request = v1::FollowRequest { filter: Some(wire(which)), failed, last };
        let stream = self.call(READ, service.follow(request)).await?;
        Ok(Follow { client: self, stream })
    }

    pub(super) async fn next<T>(
        &self,
        stream: &mut Streaming<T>,
        deadline: Option<Duration>,
    ) -> Result<Option<T>, Error> {
        let message = match deadline {
            None => stream.message().await,
            Some(deadline) => match tokio::time::timeout(deadline, stream.message()).await {
                Ok(message) => message,
                Err(_) => return Err(refused::late(deadline, &self.socket)),
            },
        };
        message.map_err(|status| refused::error(&status, &self.socket))
    }
}

/// Single requests, chunk by chunk.
pub(crate) struct Requests<'a> {
    client: &'a Client,
    stream: Streaming<v1::RequestsResponse>,
    ended: bool,
}

impl Requests<'_> {
    /// The next ones; `None` when there are no more.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<view::Request>>, Error> {
        if self.ended {
            return Ok(None);
        }
        let message = self.client.next(&mut self.stream, Some(READ)).await?.ok_or_else(cut)?;
        self.ended = message.end;
        Ok(Some(message.records.into_iter().map(Into::into).collect()))
    }
}

/// Requests as they end.
pub(crate) struct Follow<'a> {
    client: &'a Client,
    stream: Streaming<v1::FollowResponse>,
}

impl Follow<'_> {
    /// The next one, however long that takes; `None` when the daemon ended the stream.
    pub(crate) async fn next(&mut self) -> Result<Option<view::Followed>, Error> {
        loop {
            match self.client.next(&mut self.stream, None).await? {
                None => return Ok(None),
                Some(message) => match view::Followed::of(message) {
                    None => {}
                    followed => return Ok(followed),
                },
            }
        }
    }
}

fn cut() -> Error {
    Error::new(Kind::NotRunning, say!(words(), "answer-not-whole")).hint(say!(words(), "ask-again"))
}

fn wire(which: &Which) -> v1::UsageFilter {
    let Which { since_unix_ms, until_unix_ms, model, endpoint, group, client, session, everything } =
        which.clone();
    v1::UsageFilter { since_unix_ms, until_unix_ms, model, endpoint, group, client, session, everything }
}
