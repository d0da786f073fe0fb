//! The connection to zephyrd: one method per call, each with its deadline, answering in view types.
//!
//! A call that the daemon refuses becomes an [`Error`] with the daemon's own words, hint and kind; a call
//! that gets no answer in time says so and names the socket.

macro_rules! service {
    ($self:ident, $client:ident) => {
        $client::new($self.channel.clone()).max_decoding_message_size(MAX_MESSAGE)
    };
}

mod explain;
pub(crate) mod journal;
mod logs;
mod refused;
mod running;
pub(crate) mod socket;
mod usage;
mod waiting;
mod web;

use crate::language::words;
use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;
use zephyr_words::say;

use tonic::transport::Channel;
use tonic::{Response, Streaming};
use zephyr_proto::v1;
use zephyr_proto::v1::config_service_client::ConfigServiceClient;
use zephyr_proto::v1::probing_service_client::ProbingServiceClient;
use zephyr_proto::v1::status_service_client::StatusServiceClient;
use zephyr_proto::v1::steering_service_client::SteeringServiceClient;

use crate::error::Error;
use crate::view;

pub(crate) use usage::Asked;

/// Answers that need no upstream.
const QUICK: Duration = Duration::from_secs(5);
/// A reload reads files and may run commands for credentials.
const RELOAD: Duration = Duration::from_secs(60);
/// Probes run in parallel, each with its own configured timeout.
const CHECK: Duration = Duration::from_secs(180);
/// One whole answer of a model.
const TEST: Duration = Duration::from_secs(300);
/// A status with a thousand endpoints and their histories stays far below.
const MAX_MESSAGE: usize = 32 << 20;

/// A connection to the daemon.
pub(crate) struct Client {
    channel: Channel,
    socket: PathBuf,
}

impl Client {
    /// Connects to the first socket of `choice` on which somebody answers.
    ///
    /// # Errors
    /// Nobody answers, or the socket may not be opened.
    pub(crate) async fn connect(choice: &socket::Choice) -> Result<Self, Error> {
        let (socket, stream) = choice.open().await?;
        let channel = socket::channel(stream).await.map_err(|e| {
            let cause = crate::error::chain(&e);
            let path = socket.display().to_string();
            Error::failed(say!(words(), "not-the-protocol", path = path)).caused_by(cause)
        })?;
        Ok(Self { channel, socket })
    }

    /// The socket that answered.
    pub(crate) fn socket(&self) -> &std::path::Path {
        &self.socket
    }

    pub(crate) async fn hello(&self) -> Result<view::Hello, Error> {
        let mut service = service!(self, StatusServiceClient);
        Ok(self.call(QUICK, service.hello(v1::HelloRequest {})).await?.into())
    }

    pub(crate) async fn status(&self) -> Result<view::Status, Error> {
        let mut service = service!(self, StatusServiceClient);
        let answer = self.call(QUICK, service.get_status(v1::GetStatusRequest {})).await?;
        Ok(answer.status.unwrap_or_default().into())
    }

    pub(crate) async fn watch(&self) -> Result<Watch<'_>, Error> {
        let mut service = service!(self, StatusServiceClient);
        let stream = self.call(QUICK, service.watch(v1::WatchRequest {})).await?;
        Ok(Watch { client: self, stream })
    }

    pub(crate) async fn pin(&self, name: &str, fallback: bool) -> Result<view::Status, Error> {
        let mut service = service!(self, SteeringServiceClient);
        let request = v1::PinRequest { name: name.to_owned(), fallback };
        let answer = self.call(QUICK, service.pin(request)).await?;
        Ok(answer.status.unwrap_or_default().into())
    }

    pub(crate) async fn unpin(&self) -> Result<view::Status, Error> {
        let mut service = service!(self, SteeringServiceClient);
        let answer = self.call(QUICK, service.unpin(v1::UnpinRequest {})).await?;
        Ok(answer.status.unwrap_or_default().into())
    }

    /// An empty name means monitoring as a whole.
    pub(crate) async fn pause(&self, name: &str) -> Result<view::Status, Error> {
        let mut service = service!(self, SteeringServiceClient);
        let answer = self.call(QUICK, service.pause(v1::PauseRequest { name: name.to_owned() })).await?;
        Ok(answer.status.unwrap_or_default().into())
    }

    /// An empty name means monitoring as a whole.
    pub(crate) async fn resume(&self, name: &str) -> Result<view::Status, Error> {
        let mut service = service!(self, SteeringServiceClient);
        let answer = self.call(QUICK, service.resume(v1::ResumeRequest { name: name.to_owned() })).await?;
        Ok(answer.status.unwrap_or_default().into())
    }

    /// `force` ends a rest or a pause of it.
    pub(crate) async fn activate_group(&self, group: &str, force: bool) -> Result<view::Status, Error> {
        let mut service = service!(self, SteeringServiceClient);
        let request = v1::ActivateGroupRequest { group: group.to_owned(), force };
        let answer = self.call(QUICK, service.activate_group(request)).await?;
        Ok(answer.status.unwrap_or_default().into())
    }

    /// Without a time it lasts until it is resumed.
    pub(crate) async fn pause_group(
        &self,
        group: &str,
        lasts_ms: Option<u64>,
    ) -> Result<view::Status, Error> {
        let mut service = service!(self, SteeringServiceClient);
        let request = v1::PauseGroupRequest { group: group.to_owned(), lasts_ms };
        let answer = self.call(QUICK, service.pause_group(request)).await?;
        Ok(answer.status.unwrap_or_default().into())
    }

    pub(crate) async fn resume_group(&self, group: &str) -> Result<view::Status, Error> {
        let mut service = service!(self, SteeringServiceClient);
        let request = v1::ResumeGroupRequest { group: group.to_owned() };
        let answer = self.call(QUICK, service.resume_group(request)).await?;
        Ok(answer.status.unwrap_or_default().into())
    }

    /// `None` = the config's again.
    pub(crate) async fn set_priority(
        &self,
        name: &str,
        priority: Option<u32>,
    ) -> Result<view::Status, Error> {
        let mut service = service!(self, SteeringServiceClient);
        let request = v1::SetPriorityRequest { name: name.to_owned(), priority };
        let answer = self.call(QUICK, service.set_priority(request)).await?;
        Ok(answer.status.unwrap_or_default().into())
    }

    pub(crate) async fn drain(&self, name: &str, wait: bool) -> Result<Drain<'_>, Error> {
        let mut service = service!(self, SteeringServiceClient);
        let request = v1::DrainRequest { name: name.to_owned(), wait };
        let stream = self.call(QUICK, service.drain(request)).await?;
        Ok(Drain { client: self, stream })
    }

    /// An empty name means all endpoints.
    pub(crate) async fn check(&self, name: &str) -> Result<Vec<view::Checked>, Error> {
        let mut service = service!(self, ProbingServiceClient);
        let answer = self.call(CHECK, service.check(v1::CheckRequest { name: name.to_owned() })).await?;
        Ok(answer.results.into_iter().map(Into::into).collect())
    }

    /// An empty model or prompt means the probe's own.
    pub(crate) async fn test(&self, name: &str, model: &str, prompt: &str) -> Result<view::Tested, Error> {
        let mut service = service!(self, ProbingServiceClient);
        let request =
            v1::TestRequest { name: name.to_owned(), model: model.to_owned(), prompt: prompt.to_owned() };
        Ok(self.call(TEST, service.test(request)).await?.into())
    }

    pub(crate) async fn reload(&self) -> Result<view::Reloaded, Error> {
        let mut service = service!(self, ConfigServiceClient);
        Ok(self.call(RELOAD, service.reload(v1::ReloadRequest {})).await?.into())
    }

    pub(crate) async fn config(&self, effective: bool) -> Result<view::ConfigText, Error> {
        let mut service = service!(self, ConfigServiceClient);
        Ok(self.call(QUICK, service.show_config(v1::ShowConfigRequest { effective })).await?.into())
    }

    async fn call<T>(
        &self,
        deadline: Duration,
        call: impl Future<Output = Result<Response<T>, tonic::Status>>,
    ) -> Result<T, Error> {
        match tokio::time::timeout(deadline, call).await {
            Ok(Ok(answer)) => Ok(answer.into_inner()),
            Ok(Err(status)) => Err(refused::error(&status, &self.socket)),
            Err(_) => Err(refused::late(deadline, &self.socket)),
        }
    }
}

/// The state, then what changes.
pub(crate) struct Watch<'a> {
    client: &'a Client,
    stream: Streaming<v1::WatchResponse>,
}

impl Watch<'_> {
    /// The next change; `None` when the daemon ended the stream.
    pub(crate) async fn next(&mut self) -> Result<Option<view::Change>, Error> {
        loop {
            let message = self.stream.message().await;
            match message.map_err(|status| refused::error(&status, &self.client.socket))? {
                None => return Ok(None),
                Some(message) => match view::Change::of(message) {
                    None => {}
                    change => return Ok(change),
                },
            }
        }
    }
}

/// What is still in flight while an endpoint or group drains.
pub(crate) struct Drain<'a> {
    client: &'a Client,
    stream: Streaming<v1::DrainResponse>,
}

impl Drain<'_> {
    /// Requests in flight; `None` when the daemon ended the stream.
    pub(crate) async fn next(&mut self) -> Result<Option<u32>, Error> {
        let message = self.stream.message().await;
        let message = message.map_err(|status| refused::error(&status, &self.client.socket))?;
        Ok(message.map(|m| m.in_flight))
    }
}
