//! The requests that run now. For operators: they name models, clients and conversations.

use std::time::Duration;

use tonic::{Request, Response, Status};
use zephyr_proto::v1;
use zephyr_proto::v1::running_service_server::RunningService;

use super::Room;
use crate::system::text::clean;
use crate::trace::{RunningTally, RunningView};

#[tonic::async_trait]
impl RunningService for Room {
    async fn list_running(
        &self,
        request: Request<v1::ListRunningRequest>,
    ) -> Result<Response<v1::ListRunningResponse>, Status> {
        self.gate.operator(&request, "see which requests run")?;
        let requests = self.running.views().into_iter().map(one).collect();
        let totals = Some(totals(self.running.tally()));
        Ok(Response::new(v1::ListRunningResponse { requests, totals }))
    }
}

fn one(view: RunningView) -> v1::RunningRequest {
    v1::RunningRequest {
        request: view.id,
        started_unix_ms: view.unix_ms,
        age_ms: millis(view.age),
        method: view.method,
        path: view.path,
        dialect: view.dialect,
        model: view.model,
        stream: view.stream,
        client: view.client,
        session: view.session,
        phase: view.phase.name().to_owned(),
        endpoint: view.endpoint.map(|e| clean(&e.name)).unwrap_or_default(),
        attempts: view.attempts,
    }
}

fn totals(tally: RunningTally) -> v1::RunningTotals {
    v1::RunningTotals {
        now: tally.now,
        peak: tally.peak,
        ended: tally.ended,
        mean_ms: millis(tally.mean()),
        longest_ms: millis(tally.longest),
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
