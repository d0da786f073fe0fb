//! The control plane over a real socket, with a real engine behind it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio_stream::StreamExt;
use tonic::Code;
use tonic::transport::Channel;
use tonic_health::pb::health_check_response::ServingStatus;
use zephyr_core::config::Dialect;
use zephyr_core::engine::{Ask, EndpointId, Verdict};
use zephyr_core::failover::Class;
use zephyr_proto::v1::probing_service_client::ProbingServiceClient;
use zephyr_proto::v1::status_service_client::StatusServiceClient;
use zephyr_proto::v1::steering_service_client::SteeringServiceClient;
use zephyr_proto::v1::watch_response::What;
use zephyr_proto::v1::{self, ErrorReason};

use super::refuse::detail_of;
use super::*;
use crate::engine_handle::{Handle, LeaseGuard, Orders, ProbeOrder};
use crate::fixtures;
use crate::ledger::Ledger;
use crate::tasks::Tasks;

/// A deadline for what should happen at once.
const SOON: Duration = Duration::from_secs(20);

pub(super) struct Plane {
    pub(super) handle: Handle,
    pub(super) ledger: Ledger,
    desk: Desk,
    orders: Orders,
    tasks: Tasks,
    path: PathBuf,
    _dir: tempfile::TempDir,
}

impl Plane {
    fn room(&self) -> Room {
        let (desk, gate) = (self.desk.clone(), Gate::new(self.handle.clone()));
        Room { desk, access: Access::open(self._dir.path()).unwrap(), gate }
    }

    pub(super) async fn start(names: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("control.sock");
        let plan = fixtures::plan(names.iter().map(|n| fixtures::endpoint(n)).collect());
        let (desk, orders) = fixtures::desk(plan);
        let (handle, ledger, tasks) = (desk.handle.clone(), desk.ledger.clone(), desk.tasks.clone());
        let listener = bind(&path).unwrap();
        let access = Access::open(dir.path()).unwrap();
        let serving = serve(listener, desk.clone(), access);
        tasks.spawn(async move { serving.await.unwrap() });
        Self { handle, ledger, desk, orders, tasks, path, _dir: dir }
    }

    pub(super) async fn channel(&self) -> Channel {
        let uri = format!("unix:{}", self.path.display());
        tonic::transport::Endpoint::from_shared(uri).unwrap().connect().await.unwrap()
    }

    async fn status(&self) -> StatusServiceClient<Channel> {
        StatusServiceClient::new(self.channel().await)
    }

    async fn steering(&self) -> SteeringServiceClient<Channel> {
        SteeringServiceClient::new(self.channel().await)
    }

    fn id(&self, name: &str) -> EndpointId {
        self.handle.snapshot().endpoints.iter().find(|e| e.endpoint.name == name).unwrap().id
    }

    fn choose(&self) -> LeaseGuard {
        self.handle
            .choose(&Ask::inference(Dialect::Anthropic))
            .unwrap_or_else(|none| unreachable!("{none:?}"))
    }

    fn fail(&self, name: &str, class: Class) {
        let verdict =
            Verdict { proves: true, detail: Some("HTTP 401: no\u{1b}[2J".into()), ..Verdict::of(class) };
        self.handle.probed(self.id(name), &verdict);
    }
}

pub(super) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(SOON, what).await.expect("it did not happen in time")
}

#[tokio::test]
async fn a_pin_holds_until_it_is_taken_back() {
    let plane = Plane::start(&["a", "b"]).await;
    let mut steering = plane.steering().await;
    let pin = v1::PinRequest { name: "b".into(), fallback: false };
    let head = steering.pin(pin).await.unwrap().into_inner().status.unwrap().head.unwrap();
    assert_eq!((head.mode.as_str(), head.pinned.as_str()), ("pinned", "b"));
    assert_eq!(head.serving[0].current, "b");
    assert_eq!(plane.choose().endpoint().name, "b");
    let status = steering.unpin(v1::UnpinRequest {}).await.unwrap().into_inner().status.unwrap();
    assert_eq!(status.head.unwrap().mode, "auto");

    let again = steering.unpin(v1::UnpinRequest {}).await.unwrap_err();
    assert_eq!(
        (again.code(), detail_of(&again).reason()),
        (Code::FailedPrecondition, ErrorReason::NotPinned)
    );
}

#[tokio::test]
async fn an_unknown_name_is_answered_with_the_nearest() {
    let plane = Plane::start(&["Provider-A-1", "Provider-A-2"]).await;
    let pin = v1::PinRequest { name: "provider-a2".into(), fallback: false };
    let error = plane.steering().await.pin(pin).await.unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
    let detail = detail_of(&error);
    assert_eq!((detail.reason(), detail.subject.as_str()), (ErrorReason::UnknownName, "provider-a2"));
    assert_eq!(detail.hint, "did you mean `Provider-A-2`?");
}

#[tokio::test]
async fn a_name_that_must_be_there_is_asked_for() {
    let plane = Plane::start(&["a"]).await;
    let error = plane.steering().await.pin(v1::PinRequest::default()).await.unwrap_err();
    assert_eq!(
        (error.code(), detail_of(&error).reason()),
        (Code::InvalidArgument, ErrorReason::InvalidArgument)
    );
}

#[tokio::test]
async fn pause_and_resume_work_for_monitoring_and_for_one_endpoint() {
    let plane = Plane::start(&["a", "b"]).await;
    let mut steering = plane.steering().await;
    let pause = |name: &str| v1::PauseRequest { name: name.into() };
    let resume = |name: &str| v1::ResumeRequest { name: name.into() };
    let status = steering.pause(pause("")).await.unwrap().into_inner().status.unwrap();
    assert!(status.head.unwrap().monitoring_paused);
    let status = steering.resume(resume("")).await.unwrap().into_inner().status.unwrap();
    assert!(!status.head.unwrap().monitoring_paused);

    let status = steering.pause(pause("a")).await.unwrap().into_inner().status.unwrap();
    assert_eq!(status.endpoints[0].admin, "paused");
    assert_eq!(status.head.unwrap().state, "ok", "what an operator wants is no fault");
    assert_eq!(plane.choose().endpoint().name, "b");
    let status = steering.resume(resume("a")).await.unwrap().into_inner().status.unwrap();
    assert_eq!(status.endpoints[0].admin, "auto");
    let error = steering.resume(resume("a")).await.unwrap_err();
    assert_eq!(detail_of(&error).reason(), ErrorReason::NotPaused);
}

#[tokio::test]
async fn a_drain_counts_down_to_nothing_in_flight() {
    let plane = Plane::start(&["a", "b"]).await;
    let (first, second) = (plane.choose(), plane.choose());
    assert_eq!(first.endpoint().name, "a");
    let drain = v1::DrainRequest { name: "a".into(), wait: true };
    let mut counts = plane.steering().await.drain(drain).await.unwrap().into_inner();
    let mut next = async || soon(counts.next()).await.map(|r| r.unwrap().in_flight);
    assert_eq!(next().await, Some(2));
    drop(first);
    assert_eq!(next().await, Some(1));
    drop(second);
    assert_eq!(next().await, Some(0));
    assert_eq!(next().await, None);
    assert_eq!(plane.choose().endpoint().name, "b");
}

#[tokio::test]
async fn a_drain_that_does_not_wait_answers_once() {
    let plane = Plane::start(&["a"]).await;
    let _running = plane.choose();
    let drain = v1::DrainRequest { name: "a".into(), wait: false };
    let counts = plane.steering().await.drain(drain).await.unwrap().into_inner();
    let all: Vec<u32> = soon(counts.map(|r| r.unwrap().in_flight).collect()).await;
    assert_eq!(all, [1]);
}

#[tokio::test]
async fn a_watcher_gets_the_status_and_then_numbered_changes() {
    let plane = Plane::start(&["a", "b"]).await;
    let mut watch = plane.status().await.watch(v1::WatchRequest {}).await.unwrap().into_inner();
    let mut next = async || soon(watch.next()).await.unwrap().unwrap();
    let first = next().await;
    assert_eq!(first.number, 1);
    let Some(What::Status(status)) = first.what else { unreachable!("{first:?}") };
    assert_eq!(status.endpoints.len(), 2);
    assert_eq!(status.head.unwrap().state, "ok");

    plane.fail("a", Class::AuthFailed);
    let (mut told, mut number) = ((false, false), 1);
    while told != (true, true) {
        let message = next().await;
        number += 1;
        assert_eq!(message.number, number);
        // The engine may fold its first changes into the list.
        let views = match message.what.as_ref().unwrap() {
            What::Endpoint(e) => std::slice::from_ref(e),
            What::Endpoints(list) => &list.endpoints,
            _ => &[],
        };
        if let Some(a) = views.iter().find(|e| e.name == "a") {
            assert_eq!((a.state.as_str(), a.error.as_str()), ("auth-failed", "HTTP 401: no[2J"));
            told.0 = true;
        }
        match message.what.unwrap() {
            What::Head(head) if head.state == "degraded" => {
                assert_eq!(head.serving[0].current, "b");
                told.1 = true;
            }
            _ => {}
        }
    }
    plane.tasks.stop();
    while let Some(message) = soon(watch.next()).await {
        assert!(message.is_ok() || message.is_err_and(|s| s.code() != Code::Internal));
    }
}

/// Straight at the stream's task: how much a socket and its windows hold back is the kernel's affair.
#[tokio::test]
async fn a_watcher_that_does_not_read_is_told_what_it_missed() {
    let plane = Plane::start(&["a", "b"]).await;
    let room = plane.room();
    let peer = peer::Peer { uid: Some(0), operator: true };
    let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
    let watching = watch::run(room, peer, sender);
    plane.tasks.spawn_until_stop(watching);
    let first = soon(receiver.recv()).await.unwrap().unwrap();
    assert!(matches!(first.what, Some(What::Status(_))));

    let mut last = first.number;
    let mut flip = true;
    let missed = soon(async {
        loop {
            // More changes than the queue holds, published one by one, and only then is the stream read.
            for _ in 0..600 {
                plane.handle.command(&flipped(&mut flip)).unwrap();
                let _ = plane.handle.subscribe();
            }
            for _ in 0..3 {
                let message = receiver.recv().await.unwrap().unwrap();
                if let Some(What::Lagged(lagged)) = message.what {
                    assert_eq!(message.number, last + lagged.missed);
                    return lagged.missed;
                }
                assert_eq!(message.number, last + 1);
                last = message.number;
            }
        }
    })
    .await;
    assert!(missed > 0);
    let after = soon(receiver.recv()).await.unwrap().unwrap();
    assert!(matches!(after.what, Some(What::Status(_))), "a fresh status follows");
}

fn flipped(flip: &mut bool) -> zephyr_core::engine::Command {
    use zephyr_core::engine::Command;
    *flip = !*flip;
    if *flip { Command::Unpin } else { Command::Pin { name: "b".into(), fallback: false } }
}

#[tokio::test]
async fn a_check_is_handed_to_the_probes_and_its_results_come_back() {
    let mut plane = Plane::start(&["a"]).await;
    let mut probing = ProbingServiceClient::new(plane.channel().await);
    let asked =
        async { probing.check(v1::CheckRequest { name: "a".into() }).await.unwrap().into_inner().results };
    let answered = async {
        let Some(ProbeOrder::Check { name, answer }) = plane.orders.probes.recv().await else {
            unreachable!()
        };
        assert_eq!(name.as_deref(), Some("a"));
        let result = crate::engine_handle::CheckResult {
            endpoint: "a".into(),
            kind: zephyr_core::config::ProbeKind::Connect,
            latency: Some(Duration::from_micros(12_345)),
            error: None,
        };
        answer.send(Ok(vec![result])).unwrap();
    };
    let (results, ()) = soon(async { tokio::join!(asked, answered) }).await;
    assert_eq!(
        (results[0].kind.as_str(), results[0].healthy, results[0].latency_ms),
        ("connect", true, Some(12.345))
    );
}

#[tokio::test]
async fn whoever_may_not_is_refused_with_what_to_do() {
    let plane = Plane::start(&["a"]).await;
    let gate = Gate::new(plane.handle.clone());
    let mut request = tonic::Request::new(());
    request.extensions_mut().insert(peer::Peer { uid: Some(1000), operator: false });
    assert!(gate.reader(&request).is_ok());
    let error = gate.operator(&request, "pin").unwrap_err();
    assert_eq!((error.code(), error.message()), (Code::PermissionDenied, "uid 1000 may not pin"));
    let detail = detail_of(&error);
    assert_eq!((detail.reason(), detail.subject.as_str()), (ErrorReason::NoPermission, "pin"));
    assert!(detail.hint.contains("join group `zephyr`"), "{}", detail.hint);

    let mut plan = zephyr_core::config::Plan::clone(&plane.handle.plan());
    plan.control.others_read = false;
    plane.handle.apply(Arc::new(plan));
    assert_eq!(gate.reader(&request).unwrap_err().code(), Code::PermissionDenied);
    assert!(gate.reader(&tonic::Request::new(())).is_err(), "nobody at all may do anything");
}

#[tokio::test]
async fn readers_see_the_state_but_neither_requests_nor_money() {
    let plane = Plane::start(&["a"]).await;
    let _running = plane.choose();
    let room = plane.room();
    let seen = |operator| {
        let status = room.status_now(peer::Peer { uid: Some(1), operator });
        (status.daemon.unwrap().active_requests, status.money.is_some())
    };
    assert_eq!((seen(true), seen(false)), ((1, true), (0, false)));
}

#[tokio::test]
async fn health_follows_whether_a_request_would_find_an_endpoint() {
    use tonic_health::pb::HealthCheckRequest;
    use tonic_health::pb::health_client::HealthClient;
    let plane = Plane::start(&["a"]).await;
    let mut health = HealthClient::new(plane.channel().await);
    let ask = |service: &str| HealthCheckRequest { service: service.into() };
    let mut watch = health.watch(ask("")).await.unwrap().into_inner();
    let mut next = async || soon(watch.next()).await.unwrap().unwrap().status();
    assert_eq!(next().await, ServingStatus::Serving);
    plane.fail("a", Class::AuthFailed);
    assert_eq!(next().await, ServingStatus::NotServing);
    let one = health.check(ask("zephyr.control.v1.StatusService")).await.unwrap().into_inner();
    assert_eq!(one.status(), ServingStatus::Serving);
    assert_eq!(health.check(ask("no.such.Service")).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn reflection_names_every_service() {
    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
    use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
    let plane = Plane::start(&["a"]).await;
    let list = tonic_reflection::pb::v1::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut client = ServerReflectionClient::new(plane.channel().await);
    let mut answers = client.server_reflection_info(tokio_stream::once(list)).await.unwrap().into_inner();
    let answer = soon(answers.next()).await.unwrap().unwrap().message_response.unwrap();
    let MessageResponse::ListServicesResponse(list) = answer else { unreachable!("{answer:?}") };
    let names: Vec<_> = list.service.iter().map(|s| s.name.as_str()).collect();
    for service in ["Status", "Steering", "Probing", "Config"] {
        assert!(names.contains(&format!("zephyr.control.v1.{service}Service").as_str()), "{names:?}");
    }
    assert!(names.contains(&"grpc.health.v1.Health"), "{names:?}");
}

#[tokio::test]
async fn connections_beyond_the_limit_are_closed_until_one_ends() {
    use tokio::io::AsyncReadExt;
    let plane = Plane::start(&["a"]).await;
    let connect = async || tokio::net::UnixStream::connect(&plane.path).await.unwrap();
    let mut held = Vec::new();
    for _ in 0..accept::EACH {
        held.push(connect().await);
    }
    // The server greets whom it serves with its HTTP/2 settings.
    let greeted = async |stream: &mut tokio::net::UnixStream| {
        soon(stream.read(&mut [0; 64])).await.is_ok_and(|read| read > 0)
    };
    for stream in &mut held {
        assert!(greeted(stream).await);
    }
    assert!(!greeted(&mut connect().await).await);
    held.pop();
    soon(async { while !greeted(&mut connect().await).await {} }).await;
}

#[tokio::test]
async fn when_the_daemon_stops_the_socket_is_gone_and_everything_ends() {
    let plane = Plane::start(&["a"]).await;
    let mut watch = plane.status().await.watch(v1::WatchRequest {}).await.unwrap().into_inner();
    soon(watch.next()).await.unwrap().unwrap();
    plane.tasks.stop();
    let ended = soon(async { while watch.next().await.is_some_and(|m| m.is_ok()) {} });
    ended.await;
    assert!(plane.tasks.drained(SOON).await);
    assert!(!plane.path.exists());
}
