//! The control plane as a gRPC client sees it, and who may do what.

use std::os::unix::fs::PermissionsExt as _;

use zephyr_proto::v1;
use zephyr_proto::v1::config_service_client::ConfigServiceClient;
use zephyr_proto::v1::status_service_client::StatusServiceClient;
use zephyr_proto::v1::steering_service_client::SteeringServiceClient;
use zephyr_proto::v1::watch_response::What;
use zephyr_tests::{Scene, within};

#[tokio::test]
async fn hello_tells_who_answers() {
    let scene = Scene::of(1).await;
    let hello = StatusServiceClient::new(scene.daemon.channel())
        .hello(v1::HelloRequest {})
        .await
        .unwrap()
        .into_inner();
    assert_eq!((hello.api.as_str(), hello.pid), ("zephyr.control.v1", scene.daemon.pid()));
    assert_eq!(hello.version, env!("CARGO_PKG_VERSION"));
}

#[tokio::test]
async fn the_socket_lies_where_everybody_may_reach_it() {
    let scene = Scene::of(1).await;
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let socket = scene.daemon.home.socket();
    assert_eq!((mode(&socket), mode(socket.parent().unwrap())), (0o666, 0o755));
}

#[tokio::test]
async fn watch_sends_the_whole_state_and_then_numbered_changes() {
    let scene = Scene::of(2).await;
    let mut watch = StatusServiceClient::new(scene.daemon.channel())
        .watch(v1::WatchRequest {})
        .await
        .unwrap()
        .into_inner();
    let first = within("the state", watch.message()).await.unwrap().unwrap();
    let Some(What::Status(status)) = first.what else { panic!("{first:?}") };
    assert_eq!(status.endpoints.len(), 2);
    SteeringServiceClient::new(scene.daemon.channel())
        .pin(v1::PinRequest { name: "b".to_owned(), fallback: false })
        .await
        .unwrap();
    let mut number = first.number;
    within("the pin to be told", async {
        loop {
            let next = watch.message().await.unwrap().unwrap();
            assert_eq!(next.number, number + 1, "numbers grow by one");
            number = next.number;
            if let Some(What::Head(head)) = next.what
                && head.pinned == "b"
            {
                return;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn refusals_carry_a_reason_the_subject_and_a_hint() {
    let scene = Scene::of(1).await;
    let mut client = SteeringServiceClient::new(scene.daemon.channel());
    let detail = |status: &tonic::Status| -> v1::ErrorDetail {
        prost::Message::decode(status.details()).expect("an encoded detail")
    };
    let refused = client.pin(v1::PinRequest { name: "aa".to_owned(), fallback: false }).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::NotFound);
    let told = detail(&refused);
    assert_eq!((told.reason(), told.subject.as_str()), (v1::ErrorReason::UnknownName, "aa"));
    assert!(told.hint.contains('a'), "{}", told.hint);
    let refused = client.unpin(v1::UnpinRequest {}).await.unwrap_err();
    assert_eq!(detail(&refused).reason(), v1::ErrorReason::NotPinned);
    let refused = client.resume(v1::ResumeRequest { name: "a".to_owned() }).await.unwrap_err();
    assert_eq!(detail(&refused).reason(), v1::ErrorReason::NotPaused);
    std::fs::write(scene.daemon.home.config(), "nonsense = 1\n").unwrap();
    let refused =
        within("the reload", ConfigServiceClient::new(scene.daemon.channel()).reload(v1::ReloadRequest {}))
            .await
            .unwrap_err();
    let told = detail(&refused);
    assert_eq!(told.reason(), v1::ErrorReason::ConfigInvalid);
    assert!(
        told.problems.iter().any(|p| p.line == 1 && p.message.contains("nonsense")),
        "{:?}",
        told.problems
    );
}

#[tokio::test]
async fn health_and_reflection_are_served() {
    let scene = Scene::of(1).await;
    let mut health = tonic_health::pb::health_client::HealthClient::new(scene.daemon.channel());
    let reply = health.check(tonic_health::pb::HealthCheckRequest { service: String::new() }).await.unwrap();
    assert_eq!(reply.into_inner().status, 1, "SERVING");

    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
    use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
    let request = tonic_reflection::pb::v1::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut replies = ServerReflectionClient::new(scene.daemon.channel())
        .server_reflection_info(tokio_stream::once(request))
        .await
        .unwrap()
        .into_inner();
    let reply = replies.message().await.unwrap().unwrap();
    let Some(MessageResponse::ListServicesResponse(list)) = reply.message_response else {
        panic!("{reply:?}")
    };
    let names: Vec<&str> = list.service.iter().map(|s| s.name.as_str()).collect();
    for name in [
        "StatusService",
        "SteeringService",
        "ProbingService",
        "ConfigService",
        "UsageService",
        "RunningService",
    ] {
        assert!(names.contains(&format!("zephyr.control.v1.{name}").as_str()), "{names:?}");
    }
}

/// `zephyrctl` as the user nobody; `None` where this process may not become somebody else.
pub(crate) async fn as_nobody(scene: &Scene, args: &[&str]) -> Option<std::process::Output> {
    if !rustix::process::geteuid().is_root() {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "CI must run this as root");
        return None;
    }
    // The program and the socket lie where only we may go.
    let dir = scene.daemon.home.path();
    std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::set_permissions(dir.join("run"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let program = dir.join("zephyrctl");
    // By another process: what this one has open for writing none of its threads can run.
    let source = zephyr_tests::binary("zephyrctl");
    assert!(std::process::Command::new("cp").args([&source, &program]).status().unwrap().success());
    let mut command = tokio::process::Command::new(program);
    command.args(args).env("ZEPHYR_SOCKET", scene.daemon.home.socket()).uid(65_534).gid(65_534);
    Some(scene.daemon.home.output(command).await)
}

#[tokio::test]
async fn other_users_may_read_and_not_steer() {
    let scene = Scene::of(2).await;
    scene.message(false).await;
    let Some(status) = as_nobody(&scene, &["status", "--json"]).await else { return };
    let told: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(told["endpoints"].as_array().unwrap().len(), 2, "{told}");
    for args in [
        &["pin", "b"][..],
        &["pause"],
        &["reload"],
        &["check"],
        &["test", "a"],
        &["drain", "a"],
        &["config", "show"],
    ] {
        let output = as_nobody(&scene, args).await.unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(5), "{args:?}: {said}");
        assert!(said.contains("zephyr"), "it names the group that may: {said}");
    }
    assert_eq!(scene.message(false).await.header("x-used-endpoint"), Some("a"), "nothing was changed");
}

#[tokio::test]
async fn others_none_closes_the_socket_to_other_users() {
    let scene = Scene::followed_by(1, "[control]\nothers = \"none\"").await;
    let Some(output) = as_nobody(&scene, &["status"]).await else { return };
    assert_eq!(output.status.code(), Some(5), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout.is_empty());
}
