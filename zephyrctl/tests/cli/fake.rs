//! The scripted daemon: every service of the protocol on a socket of its own.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use tokio::net::UnixListener;
use tokio::runtime::Runtime;
use tokio_stream::wrappers::UnixListenerStream;
use tokio_stream::{Stream, iter};
use tonic::transport::Server;
use tonic::{Request, Response, Status};
use zephyr_proto::v1;
use zephyr_proto::v1::config_service_server::{ConfigService, ConfigServiceServer};
use zephyr_proto::v1::explain_service_server::{ExplainService, ExplainServiceServer};
use zephyr_proto::v1::log_service_server::{LogService, LogServiceServer};
use zephyr_proto::v1::probing_service_server::{ProbingService, ProbingServiceServer};
use zephyr_proto::v1::status_service_server::{StatusService, StatusServiceServer};
use zephyr_proto::v1::steering_service_server::{SteeringService, SteeringServiceServer};
use zephyr_proto::v1::usage_service_server::{UsageService, UsageServiceServer};
use zephyr_proto::v1::waiting_service_server::{WaitingService, WaitingServiceServer};
use zephyr_proto::v1::web_service_server::{WebService, WebServiceServer};

use crate::script::Script;

/// A daemon that runs until it is dropped.
pub(crate) struct Fake {
    dir: tempfile::TempDir,
    asked: Arc<Mutex<Vec<String>>>,
    _runtime: Runtime,
}

impl Fake {
    pub(crate) fn start(script: Script) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let asked = Arc::default();
        let service = Service { script: Arc::new(script), asked: Arc::clone(&asked) };
        let listener =
            runtime.block_on(async { UnixListener::bind(dir.path().join("control.sock")) }).unwrap();
        runtime.spawn(
            Server::builder()
                .add_service(StatusServiceServer::new(service.clone()))
                .add_service(SteeringServiceServer::new(service.clone()))
                .add_service(ProbingServiceServer::new(service.clone()))
                .add_service(ConfigServiceServer::new(service.clone()))
                .add_service(ExplainServiceServer::new(service.clone()))
                .add_service(LogServiceServer::new(service.clone()))
                .add_service(WaitingServiceServer::new(service.clone()))
                .add_service(WebServiceServer::new(service.clone()))
                .add_service(UsageServiceServer::new(service))
                .serve_with_incoming(UnixListenerStream::new(listener)),
        );
        Self { dir, asked, _runtime: runtime }
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.dir.path().join("control.sock")
    }

    /// What it was asked to change or to measure.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[derive(Clone)]
struct Service {
    script: Arc<Script>,
    asked: Arc<Mutex<Vec<String>>>,
}

type Answer<T> = Result<Response<T>, Status>;
type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

impl Service {
    fn read<T>(&self, answer: T) -> Answer<T> {
        self.script.unreadable.clone().map_or(Ok(Response::new(answer)), Err)
    }

    fn act<T>(&self, asked: String, answer: T) -> Answer<T> {
        self.asked.lock().unwrap().push(asked);
        self.script.refusal.clone().map_or(Ok(Response::new(answer)), Err)
    }

    fn status(&self) -> Option<v1::Status> {
        Some(self.script.status.clone())
    }
}

#[tonic::async_trait]
impl StatusService for Service {
    async fn hello(&self, _: Request<v1::HelloRequest>) -> Answer<v1::HelloResponse> {
        let version = self.script.status.daemon.clone().unwrap_or_default().version;
        self.read(v1::HelloResponse {
            api: zephyr_proto::API.into(),
            version,
            pid: 4242,
            features: vec!["demo".into()],
            journal: Vec::new(),
        })
    }

    async fn get_status(&self, _: Request<v1::GetStatusRequest>) -> Answer<v1::GetStatusResponse> {
        self.read(v1::GetStatusResponse { status: self.status() })
    }

    type WatchStream = Answers<v1::WatchResponse>;

    async fn watch(&self, _: Request<v1::WatchRequest>) -> Answer<Self::WatchStream> {
        let first = v1::watch_response::What::Status(self.script.status.clone());
        let all: Vec<_> = std::iter::once(first).chain(self.script.watch.clone()).collect();
        let all =
            all.into_iter().zip(1..).map(|(what, number)| Ok(v1::WatchResponse { number, what: Some(what) }));
        self.read(Box::pin(iter(all.collect::<Vec<_>>())))
    }
}

#[tonic::async_trait]
impl LogService for Service {
    type FollowLogStream = Answers<v1::FollowLogResponse>;

    async fn follow_log(&self, request: Request<v1::FollowLogRequest>) -> Answer<Self::FollowLogStream> {
        let told = self.script.log.clone().into_iter();
        let told: Vec<_> = told.map(|what| Ok(v1::FollowLogResponse { what: Some(what) })).collect();
        self.act(format!("{:?}", request.into_inner()), Box::pin(iter(told)))
    }
}

#[tonic::async_trait]
impl SteeringService for Service {
    async fn pin(&self, request: Request<v1::PinRequest>) -> Answer<v1::PinResponse> {
        self.act(format!("{:?}", request.into_inner()), v1::PinResponse { status: self.status() })
    }

    async fn unpin(&self, request: Request<v1::UnpinRequest>) -> Answer<v1::UnpinResponse> {
        self.act(format!("{:?}", request.into_inner()), v1::UnpinResponse { status: self.status() })
    }

    async fn pause(&self, request: Request<v1::PauseRequest>) -> Answer<v1::PauseResponse> {
        self.act(format!("{:?}", request.into_inner()), v1::PauseResponse { status: self.status() })
    }

    async fn resume(&self, request: Request<v1::ResumeRequest>) -> Answer<v1::ResumeResponse> {
        self.act(format!("{:?}", request.into_inner()), v1::ResumeResponse { status: self.status() })
    }

    async fn activate_group(
        &self,
        request: Request<v1::ActivateGroupRequest>,
    ) -> Answer<v1::ActivateGroupResponse> {
        let answer = v1::ActivateGroupResponse { status: self.status() };
        self.act(format!("{:?}", request.into_inner()), answer)
    }

    async fn pause_group(&self, request: Request<v1::PauseGroupRequest>) -> Answer<v1::PauseGroupResponse> {
        let answer = v1::PauseGroupResponse { status: self.status() };
        self.act(format!("{:?}", request.into_inner()), answer)
    }

    async fn resume_group(
        &self,
        request: Request<v1::ResumeGroupRequest>,
    ) -> Answer<v1::ResumeGroupResponse> {
        let answer = v1::ResumeGroupResponse { status: self.status() };
        self.act(format!("{:?}", request.into_inner()), answer)
    }

    async fn set_priority(
        &self,
        request: Request<v1::SetPriorityRequest>,
    ) -> Answer<v1::SetPriorityResponse> {
        let answer = v1::SetPriorityResponse { status: self.status() };
        self.act(format!("{:?}", request.into_inner()), answer)
    }

    type DrainStream = Answers<v1::DrainResponse>;

    async fn drain(&self, request: Request<v1::DrainRequest>) -> Answer<Self::DrainStream> {
        let counts =
            self.script.drain.clone().into_iter().map(|in_flight| Ok(v1::DrainResponse { in_flight }));
        self.act(format!("{:?}", request.into_inner()), Box::pin(iter(counts.collect::<Vec<_>>())))
    }
}

#[tonic::async_trait]
impl ProbingService for Service {
    async fn check(&self, request: Request<v1::CheckRequest>) -> Answer<v1::CheckResponse> {
        let results = self.script.checks.clone();
        self.act(format!("{:?}", request.into_inner()), v1::CheckResponse { results })
    }

    async fn test(&self, request: Request<v1::TestRequest>) -> Answer<v1::TestResponse> {
        self.act(format!("{:?}", request.into_inner()), self.script.tested.clone())
    }
}

#[tonic::async_trait]
impl ConfigService for Service {
    async fn reload(&self, request: Request<v1::ReloadRequest>) -> Answer<v1::ReloadResponse> {
        self.act(format!("{:?}", request.into_inner()), self.script.reloaded.clone())
    }

    async fn show_config(&self, request: Request<v1::ShowConfigRequest>) -> Answer<v1::ShowConfigResponse> {
        self.act(format!("{:?}", request.into_inner()), self.script.config.clone())
    }
}

#[tonic::async_trait]
impl UsageService for Service {
    type ReportStream = Answers<v1::ReportResponse>;

    async fn report(&self, request: Request<v1::ReportRequest>) -> Answer<Self::ReportStream> {
        let chunks = self.script.report.clone().into_iter().map(Ok);
        self.act(format!("{:?}", request.into_inner()), Box::pin(iter(chunks.collect::<Vec<_>>())))
    }

    type RequestsStream = Answers<v1::RequestsResponse>;

    /// In chunks of two, as asked for as far as the tests ask.
    async fn requests(&self, request: Request<v1::RequestsRequest>) -> Answer<Self::RequestsStream> {
        let request = request.into_inner();
        let mut records = self.script.records.clone();
        records.retain(|r| (request.id.is_empty() || r.id == request.id) && (!request.failed || r.failed));
        if !request.oldest_first {
            records.reverse();
        }
        if request.limit > 0 {
            records.truncate(usize::try_from(request.limit).unwrap());
        }
        let mut chunks: Vec<_> =
            records.chunks(2).map(|c| v1::RequestsResponse { records: c.to_vec(), end: false }).collect();
        if !self.script.cut {
            chunks.push(v1::RequestsResponse { records: Vec::new(), end: true });
        }
        self.act(format!("{request:?}"), Box::pin(iter(chunks.into_iter().map(Ok))))
    }

    type FollowStream = Answers<v1::FollowResponse>;

    async fn follow(&self, request: Request<v1::FollowRequest>) -> Answer<Self::FollowStream> {
        use v1::follow_response::What;
        let mut told: Vec<_> = self.script.records.iter().cloned().map(What::Record).collect();
        told.insert(told.len().min(1), What::Lagged(v1::Lagged { missed: 3 }));
        let told = told.into_iter().map(|what| Ok(v1::FollowResponse { what: Some(what) }));
        self.act(format!("{:?}", request.into_inner()), Box::pin(iter(told.collect::<Vec<_>>())))
    }
}

#[tonic::async_trait]
impl WaitingService for Service {
    async fn list_waiting(&self, _: Request<v1::ListWaitingRequest>) -> Answer<v1::ListWaitingResponse> {
        self.read(self.script.waiting.clone())
    }

    async fn release_waiting(
        &self,
        request: Request<v1::ReleaseWaitingRequest>,
    ) -> Answer<v1::ReleaseWaitingResponse> {
        let request = request.into_inner();
        let meant = |w: &&v1::WaitingRequest| request.request.is_empty() || w.request == request.request;
        let released = self.script.waiting.requests.iter().filter(meant).count() as u32;
        self.act(format!("{request:?}"), v1::ReleaseWaitingResponse { released })
    }
}

#[tonic::async_trait]
impl ExplainService for Service {
    async fn explain(&self, request: Request<v1::ExplainRequest>) -> Answer<v1::ExplainResponse> {
        let asked = format!("{:?}", request.into_inner());
        self.act(asked, v1::ExplainResponse { trace: Some(self.script.trace.clone()) })
    }

    async fn route(&self, request: Request<v1::RouteRequest>) -> Answer<v1::RouteResponse> {
        self.act(format!("{:?}", request.into_inner()), self.script.route.clone())
    }
}

#[tonic::async_trait]
impl WebService for Service {
    async fn login_link(&self, request: Request<v1::LoginLinkRequest>) -> Answer<v1::LoginLinkResponse> {
        let links = self.script.web.iter().map(|address| format!("{address}/login#c0de")).collect();
        let answer = v1::LoginLinkResponse { links, lasts_seconds: 120 };
        self.act(format!("{:?}", request.into_inner()), answer)
    }

    async fn admin_token(&self, request: Request<v1::AdminTokenRequest>) -> Answer<v1::AdminTokenResponse> {
        let answer =
            v1::AdminTokenResponse { token: "zephyr-admin-t0ken".into(), addresses: self.script.web.clone() };
        self.act(format!("{:?}", request.into_inner()), answer)
    }

    async fn revoke_logins(
        &self,
        request: Request<v1::RevokeLoginsRequest>,
    ) -> Answer<v1::RevokeLoginsResponse> {
        self.act(format!("{:?}", request.into_inner()), v1::RevokeLoginsResponse {})
    }
}
