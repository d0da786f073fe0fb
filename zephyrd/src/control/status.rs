//! Who is there, how it is, and what changes. Readable by every local user, unless the config says otherwise.

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use zephyr_core::engine::Snapshot;
use zephyr_proto::v1;
use zephyr_proto::v1::status_service_server::StatusService;

use super::peer::Peer;
use super::{Room, convert, usage, watch};

/// Messages that wait for a slow watcher before changes queue up behind them.
const WATCH_BUFFER: usize = 16;

impl Room {
    /// The whole status as `peer` may see it.
    pub(super) fn status_for(&self, peer: Peer, snapshot: &Snapshot) -> v1::Status {
        // Money is the business of operators.
        let money = peer.operator.then(|| usage::money(&self.ledger.view()));
        convert::status(snapshot, &self.handle.plan(), self.daemon_for(peer, snapshot), money)
    }

    /// The status now, for an operator.
    pub(super) fn status_now(&self, peer: Peer) -> v1::Status {
        self.status_for(peer, &self.handle.snapshot())
    }

    fn daemon_for(&self, peer: Peer, snapshot: &Snapshot) -> v1::Daemon {
        let config = self.config.get();
        let path = |p: Option<&std::path::PathBuf>| p.map(|p| p.display().to_string()).unwrap_or_default();
        let mut daemon = v1::Daemon {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            uptime_seconds: self.handle.clock().up().as_secs(),
            listen: self.daemon.listen.clone(),
            config_file: path(config.path.as_ref()),
            config_loaded_unix_ms: config.loaded_unix_ms,
            config_problems: Vec::new(),
            strategy: self.handle.plan().selection.strategy.name().to_owned(),
            active_requests: 0,
            state_dir: path(self.daemon.state_dir.as_ref()),
        };
        // A problem quotes the config, and what runs is the business of its owners.
        if peer.operator {
            daemon.active_requests = snapshot.endpoints.iter().map(|e| e.in_flight).sum();
            daemon.config_problems = config.problems.iter().map(convert::problem).collect();
        }
        daemon
    }
}

#[tonic::async_trait]
impl StatusService for Room {
    async fn hello(&self, request: Request<v1::HelloRequest>) -> Result<Response<v1::HelloResponse>, Status> {
        self.gate.reader(&request)?;
        Ok(Response::new(v1::HelloResponse {
            journal: self.daemon.journal.clone(),
            api: zephyr_proto::API.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            features: vec!["usage".to_owned(), "explain".to_owned()],
        }))
    }

    async fn get_status(
        &self,
        request: Request<v1::GetStatusRequest>,
    ) -> Result<Response<v1::GetStatusResponse>, Status> {
        let peer = self.gate.reader(&request)?;
        Ok(Response::new(v1::GetStatusResponse { status: Some(self.status_now(peer)) }))
    }

    type WatchStream = ReceiverStream<Result<v1::WatchResponse, Status>>;

    async fn watch(&self, request: Request<v1::WatchRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let peer = self.gate.reader(&request)?;
        let (sender, receiver) = mpsc::channel(WATCH_BUFFER);
        self.tasks.spawn_until_stop(watch::run(self.clone(), peer, sender));
        Ok(Response::new(ReceiverStream::new(receiver)))
    }
}
