//! Requests that wait: who they are, and letting them go. For operators.

use std::time::Duration;

use tonic::{Request, Response, Status};
use zephyr_core::config::Plan;
use zephyr_core::waiting::{Release, Tally, WaiterView};
use zephyr_proto::v1;
use zephyr_proto::v1::waiting_service_server::WaitingService;

use super::{Room, refuse};
use crate::desk::By;
use crate::system::text::clean;

/// How many wait, and what became of those that did.
pub(super) fn totals(tally: &Tally, plan: &Plan) -> v1::Waiting {
    v1::Waiting {
        queued: tally.queued,
        suspended: tally.suspended,
        most_suspended: if plan.suspension.enabled { plan.suspension.max } else { 0 },
        waited: tally.waited,
        served: tally.served,
        timed_out: tally.timed_out,
        released: tally.released,
    }
}

fn one(waiter: &WaiterView) -> v1::WaitingRequest {
    v1::WaitingRequest {
        request: waiter.request.clone(),
        client: clean(&waiter.client),
        model: clean(&waiter.model),
        dialect: waiter.dialect.map(|d| d.name().to_owned()).unwrap_or_default(),
        kind: waiter.kind.name().to_owned(),
        since_unix_ms: waiter.place.since_unix_ms,
        waited_ms: millis(waiter.waited),
        left_ms: millis(waiter.left),
        why: clean(&waiter.why),
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[tonic::async_trait]
impl WaitingService for Room {
    async fn list_waiting(
        &self,
        request: Request<v1::ListWaitingRequest>,
    ) -> Result<Response<v1::ListWaitingResponse>, Status> {
        self.gate.operator(&request, "see which requests wait")?;
        let (waiters, tally) = self.handle.waiters();
        Ok(Response::new(v1::ListWaitingResponse {
            requests: waiters.iter().map(one).collect(),
            totals: Some(totals(&tally, &self.handle.plan())),
        }))
    }

    async fn release_waiting(
        &self,
        request: Request<v1::ReleaseWaitingRequest>,
    ) -> Result<Response<v1::ReleaseWaitingResponse>, Status> {
        let peer = self.gate.operator(&request, "release requests that wait")?;
        let v1::ReleaseWaitingRequest { request, r#try } = request.into_inner();
        let id = Some(request.as_str()).filter(|id| !id.is_empty());
        let release = if r#try { Release::Try(id) } else { Release::Fail(id) };
        let released = self.handle.release(release).map_err(|refusal| refuse::refused(&refusal))?;
        let what = if r#try { "try now" } else { "release" };
        By::Socket(peer.uid).log(&format!("{what} {}: {released} went", clean(id.unwrap_or("all"))));
        Ok(Response::new(v1::ReleaseWaitingResponse { released }))
    }
}
