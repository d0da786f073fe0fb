//! `grpc.health.v1`: the whole (`""`) serves while a request would find an endpoint; each service while it answers.
//!
//! Nothing runs for it while nobody asks.

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_server::Health;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use zephyr_core::engine::Overall;

use super::Room;

const SERVICES: &[&str] = &[
    "zephyr.control.v1.StatusService",
    "zephyr.control.v1.SteeringService",
    "zephyr.control.v1.ProbingService",
    "zephyr.control.v1.ConfigService",
    "zephyr.control.v1.UsageService",
    "zephyr.control.v1.ExplainService",
    "zephyr.control.v1.WaitingService",
    "zephyr.control.v1.WebService",
    "zephyr.control.v1.RunningService",
    "zephyr.control.v1.LogService",
];

impl Room {
    /// `None` = no such service.
    fn serves(&self, service: &str) -> Option<ServingStatus> {
        match service {
            "" if self.handle.snapshot().overall() == Overall::Down => Some(ServingStatus::NotServing),
            "" => Some(ServingStatus::Serving),
            other => SERVICES.contains(&other).then_some(ServingStatus::Serving),
        }
    }
}

fn answer(status: Option<ServingStatus>) -> HealthCheckResponse {
    HealthCheckResponse { status: status.unwrap_or(ServingStatus::ServiceUnknown).into() }
}

#[tonic::async_trait]
impl Health for Room {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        self.gate.reader(&request)?;
        match self.serves(&request.get_ref().service) {
            None => Err(Status::not_found("service not registered")),
            known => Ok(Response::new(answer(known))),
        }
    }

    type WatchStream = ReceiverStream<Result<HealthCheckResponse, Status>>;

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        self.gate.reader(&request)?;
        let (sender, receiver) = mpsc::channel(4);
        let (room, service) = (self.clone(), request.into_inner().service);
        self.tasks.spawn_until_stop(watch(room, service, sender));
        Ok(Response::new(ReceiverStream::new(receiver)))
    }
}

async fn watch(room: Room, service: String, sender: mpsc::Sender<Result<HealthCheckResponse, Status>>) {
    let mut deltas = room.handle.subscribe().deltas;
    let mut told = None;
    loop {
        let now = answer(room.serves(&service));
        if told.as_ref() != Some(&now) {
            told = Some(now);
            if sender.send(Ok(now)).await.is_err() {
                return;
            }
        }
        tokio::select! {
            delta = deltas.recv() => if matches!(delta, Err(RecvError::Closed)) { return },
            () = sender.closed() => return,
        }
    }
}
