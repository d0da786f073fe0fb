//! The control plane: `zephyr.control.v1` over gRPC on a Unix socket, with health and reflection.
//!
//! One file per service. Who may do what follows from the peer's credentials (`peer`); the wire's form of what
//! the engine tells is made in one place (`convert`). Everything reaches the engine through the `Handle`.
//!
//! Limits: 64 connections, half of them kept free for operators; 32 calls at one time per connection; 1 MiB
//! per request.

mod accept;
mod config;
mod convert;
mod explain;
mod groups;
mod health;
mod logs;
mod peer;
mod probing;
mod refuse;
mod running;
mod socket;
mod status;
mod steering;
#[cfg(test)]
mod tests;
mod usage;
mod waiting;
mod watch;
mod web;

use std::time::Duration;

use tonic::service::interceptor::InterceptedService;
use tonic::transport::Server;
use zephyr_proto::v1;

pub(crate) use explain::told as trace_of;
pub(crate) use socket::{ControlError, Listener, bind};

use crate::desk::Desk;
use crate::http::Access;
use peer::Gate;

/// Largest request that is read.
const MAX_REQUEST: usize = 1 << 20;
/// Calls that run at one time on one connection.
const MAX_CALLS: u32 = 32;

/// What every service needs.
#[derive(Clone)]
struct Room {
    desk: Desk,
    /// The dashboard's logins.
    access: Access,
    gate: Gate,
}

impl std::ops::Deref for Room {
    type Target = Desk;

    fn deref(&self) -> &Desk {
        &self.desk
    }
}

/// Answers calls on `listener` until the daemon stops; the socket file is gone from then on.
///
/// # Errors
/// [`ControlError::Serve`] when the server could not be set up or broke down.
pub(crate) async fn serve(listener: Listener, desk: Desk, access: Access) -> Result<(), ControlError> {
    let gate = Gate::new(desk.handle.clone());
    let tasks = desk.tasks.clone();
    let room = Room { desk, access, gate: gate.clone() };
    let broken = |e: &dyn std::error::Error| ControlError::Serve(e.to_string());

    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(zephyr_proto::DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()
        .map_err(|e| broken(&e))?;
    let readers = move |request| gate.reader(&request).map(|_| request);

    let stopping = tasks.stopping();
    let incoming = accept::start(&listener, &tasks)?;
    listener.open_to_all()?;
    Server::builder()
        .max_concurrent_streams(MAX_CALLS)
        .concurrency_limit_per_connection(MAX_CALLS as usize)
        .http2_max_header_list_size(16 * 1024)
        .http2_keepalive_interval(Some(Duration::from_secs(60)))
        .add_service(
            v1::status_service_server::StatusServiceServer::new(room.clone())
                .max_decoding_message_size(MAX_REQUEST),
        )
        .add_service(
            v1::steering_service_server::SteeringServiceServer::new(room.clone())
                .max_decoding_message_size(MAX_REQUEST),
        )
        .add_service(
            v1::probing_service_server::ProbingServiceServer::new(room.clone())
                .max_decoding_message_size(MAX_REQUEST),
        )
        .add_service(
            v1::config_service_server::ConfigServiceServer::new(room.clone())
                .max_decoding_message_size(MAX_REQUEST),
        )
        .add_service(
            v1::usage_service_server::UsageServiceServer::new(room.clone())
                .max_decoding_message_size(MAX_REQUEST),
        )
        .add_service(
            v1::explain_service_server::ExplainServiceServer::new(room.clone())
                .max_decoding_message_size(MAX_REQUEST),
        )
        .add_service(
            v1::waiting_service_server::WaitingServiceServer::new(room.clone())
                .max_decoding_message_size(MAX_REQUEST),
        )
        .add_service(
            v1::running_service_server::RunningServiceServer::new(room.clone())
                .max_decoding_message_size(MAX_REQUEST),
        )
        .add_service(
            v1::log_service_server::LogServiceServer::new(room.clone())
                .max_decoding_message_size(MAX_REQUEST),
        )
        .add_service(
            v1::web_service_server::WebServiceServer::new(room.clone())
                .max_decoding_message_size(MAX_REQUEST),
        )
        .add_service(
            tonic_health::pb::health_server::HealthServer::new(room).max_decoding_message_size(MAX_REQUEST),
        )
        .add_service(InterceptedService::new(reflection, readers))
        .serve_with_incoming_shutdown(incoming, async move {
            stopping.cancelled().await;
            listener.remove();
        })
        .await
        .map_err(|e| broken(&e))
}
