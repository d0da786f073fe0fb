//! Decides where new requests go. For operators.

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use zephyr_core::engine::{Admin, Command};
use zephyr_proto::v1;
use zephyr_proto::v1::steering_service_server::SteeringService;

use crate::desk::By;

use super::peer::Peer;
use super::{Room, groups, refuse};

impl Room {
    /// Answers only when the command would outlive a crash.
    async fn steer(&self, peer: Peer, command: &Command) -> Result<Option<v1::Status>, Status> {
        let by = By::Socket(peer.uid);
        self.carry_out(command, by).await.map_err(|refusal| refuse::refused(&refusal))?;
        Ok(Some(self.status_now(peer)))
    }
}

/// What the log says of a command.
/// An empty name on the wire means that none was given.
pub(super) fn optional(name: &str) -> Option<String> {
    (!name.is_empty()).then(|| name.to_owned())
}

/// A name that must be there.
pub(super) fn required(name: &str) -> Result<String, Status> {
    optional(name).ok_or_else(|| refuse::invalid("no name was given", "`zephyrctl list` shows the names"))
}

#[tonic::async_trait]
impl SteeringService for Room {
    async fn pin(&self, request: Request<v1::PinRequest>) -> Result<Response<v1::PinResponse>, Status> {
        let peer = self.gate.operator(&request, "pin")?;
        let v1::PinRequest { name, fallback } = request.into_inner();
        let command = Command::Pin { name: required(&name)?, fallback };
        Ok(Response::new(v1::PinResponse { status: self.steer(peer, &command).await? }))
    }

    async fn unpin(&self, request: Request<v1::UnpinRequest>) -> Result<Response<v1::UnpinResponse>, Status> {
        let peer = self.gate.operator(&request, "unpin")?;
        Ok(Response::new(v1::UnpinResponse { status: self.steer(peer, &Command::Unpin).await? }))
    }

    async fn pause(&self, request: Request<v1::PauseRequest>) -> Result<Response<v1::PauseResponse>, Status> {
        let peer = self.gate.operator(&request, "pause")?;
        let command = Command::Pause(optional(&request.get_ref().name));
        Ok(Response::new(v1::PauseResponse { status: self.steer(peer, &command).await? }))
    }

    async fn resume(
        &self,
        request: Request<v1::ResumeRequest>,
    ) -> Result<Response<v1::ResumeResponse>, Status> {
        let peer = self.gate.operator(&request, "resume")?;
        // The engine makes the resumed endpoints' probes due, and the runner takes them up at once.
        let command = Command::Resume(optional(&request.get_ref().name));
        Ok(Response::new(v1::ResumeResponse { status: self.steer(peer, &command).await? }))
    }

    async fn activate_group(
        &self,
        request: Request<v1::ActivateGroupRequest>,
    ) -> Result<Response<v1::ActivateGroupResponse>, Status> {
        let peer = self.gate.operator(&request, "activate a group")?;
        let v1::ActivateGroupRequest { group, force } = request.into_inner();
        let command = Command::Activate { group: groups::named(&group)?, force };
        Ok(Response::new(v1::ActivateGroupResponse { status: self.steer(peer, &command).await? }))
    }

    async fn pause_group(
        &self,
        request: Request<v1::PauseGroupRequest>,
    ) -> Result<Response<v1::PauseGroupResponse>, Status> {
        let peer = self.gate.operator(&request, "pause a group")?;
        let v1::PauseGroupRequest { group, lasts_ms } = request.into_inner();
        let lasts = lasts_ms.map(groups::lasting).transpose()?;
        let command = Command::PauseGroup { group: groups::named(&group)?, lasts };
        Ok(Response::new(v1::PauseGroupResponse { status: self.steer(peer, &command).await? }))
    }

    async fn resume_group(
        &self,
        request: Request<v1::ResumeGroupRequest>,
    ) -> Result<Response<v1::ResumeGroupResponse>, Status> {
        let peer = self.gate.operator(&request, "resume a group")?;
        let command = Command::ResumeGroup(groups::named(&request.get_ref().group)?);
        Ok(Response::new(v1::ResumeGroupResponse { status: self.steer(peer, &command).await? }))
    }

    async fn set_priority(
        &self,
        request: Request<v1::SetPriorityRequest>,
    ) -> Result<Response<v1::SetPriorityResponse>, Status> {
        let peer = self.gate.operator(&request, "change a priority")?;
        let v1::SetPriorityRequest { name, priority } = request.into_inner();
        let priority = priority.map(groups::priority).transpose()?;
        let command = Command::Prioritise { name: required(&name)?, priority };
        Ok(Response::new(v1::SetPriorityResponse { status: self.steer(peer, &command).await? }))
    }

    type DrainStream = ReceiverStream<Result<v1::DrainResponse, Status>>;

    async fn drain(&self, request: Request<v1::DrainRequest>) -> Result<Response<Self::DrainStream>, Status> {
        let peer = self.gate.operator(&request, "drain")?;
        let v1::DrainRequest { name, wait } = request.into_inner();
        let name = required(&name)?;
        self.steer(peer, &Command::Drain(name.clone())).await?;
        let (sender, receiver) = mpsc::channel(4);
        self.tasks.spawn_until_stop(drain(self.clone(), name, wait, sender));
        Ok(Response::new(ReceiverStream::new(receiver)))
    }
}

/// Tells the in-flight count of `name` whenever it changes, until it is 0 or the watcher has gone.
async fn drain(
    room: Room,
    name: String,
    wait: bool,
    sender: mpsc::Sender<Result<v1::DrainResponse, Status>>,
) {
    // Subscribed before the first look, so that no change falls in between.
    let mut deltas = room.handle.subscribe().deltas;
    let mut told = None;
    loop {
        let (in_flight, admin) = in_flight(&room, &name);
        if told != Some(in_flight) {
            told = Some(in_flight);
            if sender.send(Ok(v1::DrainResponse { in_flight })).await.is_err() {
                return;
            }
        }
        if in_flight == 0 || !wait {
            return;
        }
        if admin == Some(Admin::Auto) {
            let _ = sender.send(Err(Status::aborted("resumed meanwhile"))).await;
            return;
        }
        tokio::select! {
            delta = deltas.recv() => if matches!(delta, Err(RecvError::Closed)) { return },
            () = sender.closed() => return,
        }
    }
}

/// Attempts that run on the endpoint or the group's endpoints, and the admin state of the first of them.
fn in_flight(room: &Room, name: &str) -> (u32, Option<Admin>) {
    let snapshot = room.handle.snapshot();
    let mut members =
        snapshot.endpoints.iter().filter(|e| e.endpoint.name == name || e.endpoint.group == name);
    let first = members.next();
    let rest: u32 = members.map(|e| e.in_flight).sum();
    (first.map_or(0, |e| e.in_flight) + rest, first.map(|e| e.admin))
}
