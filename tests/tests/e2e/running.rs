//! The requests that run, as the control plane tells them: where each is, who is asked, how often.

use zephyr_proto::v1;
use zephyr_proto::v1::running_service_client::RunningServiceClient;
use zephyr_tests::daemon::Daemon;
use zephyr_tests::fake::Gate;
use zephyr_tests::{Answer, Scene, until, within};

async fn listed(daemon: &Daemon) -> v1::ListRunningResponse {
    let mut client = RunningServiceClient::new(daemon.channel());
    within("the list", client.list_running(v1::ListRunningRequest {})).await.unwrap().into_inner()
}

/// Waits until the one request that runs is in `phase`.
async fn one_in(daemon: &Daemon, phase: &str) -> v1::RunningRequest {
    until(&format!("a request that is {phase}"), || async {
        listed(daemon).await.requests.into_iter().find(|r| r.phase == phase)
    })
    .await
}

#[tokio::test]
async fn a_request_that_runs_is_told_with_its_phase_endpoint_and_attempts() {
    let scene = Scene::of(2).await;
    let (head, body) = (Gate::new(0), Gate::new(0));
    scene.a().always(Answer::error(529, "overloaded_error", "later"));
    scene.b().always(Answer::realistic().head_gated(&head).gated(&body));
    let (daemon, asks) = (&scene.daemon, scene.daemon.message(true));
    let look = async {
        let asked = one_in(daemon, "asking").await;
        let asked = match asked.endpoint.as_str() {
            "b" => asked,
            _ => {
                until("b to be asked", || async {
                    listed(daemon).await.requests.into_iter().find(|r| r.endpoint == "b")
                })
                .await
            }
        };
        assert_eq!((asked.attempts, asked.stream, asked.path.as_str()), (2, true, "/v1/messages"));
        assert_eq!((asked.model.as_str(), asked.dialect.as_str()), ("claude-opus-5-5", "anthropic"));
        head.open();
        body.release(2);
        let answering = one_in(daemon, "answering").await;
        assert_eq!((answering.endpoint.as_str(), &answering.request), ("b", &asked.request));
        body.open();
    };
    let (reply, ()) = tokio::join!(asks, look);
    assert_eq!(reply.status(), 200);
    let totals = until("the end of it", || async {
        let listed = listed(daemon).await;
        listed.totals.filter(|totals| listed.requests.is_empty() && totals.ended == 1)
    })
    .await;
    assert_eq!((totals.now, totals.peak), (0, 1));
}
