//! One simulated endpoint: a small Anthropic-shaped server with a character.

use std::convert::Infallible;
use std::net::TcpListener as StdListener;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Either, Full, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::time::sleep;
use tokio_stream::wrappers::ReceiverStream;
use zephyr_wire::peek::peek;

use crate::tasks::Tasks;

use super::answer;

/// How an endpoint behaves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Character {
    /// Its name.
    pub(super) name: &'static str,
    /// Time to the first event.
    pub(super) delay: Duration,
    /// Time between two events.
    pub(super) pace: Duration,
    /// How long it is well and then overloaded, in turn.
    pub(super) outage: Option<(Duration, Duration)>,
}

impl Character {
    fn is_overloaded(&self, age: Duration) -> bool {
        self.outage.is_some_and(|(well, ill)| {
            let round = (well + ill).as_millis().max(1);
            age.as_millis() % round >= well.as_millis()
        })
    }
}

/// Largest request that is read.
const MAX_BODY: usize = 1 << 20;

type Answer = Either<Full<Bytes>, StreamBody<ReceiverStream<Result<Frame<Bytes>, Infallible>>>>;

/// Serves `listener` on a thread of its own until the process ends.
pub(super) fn start(character: Character, listener: StdListener) -> std::io::Result<()> {
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name(character.name.to_owned()).spawn(move || {
        runtime.block_on(async move {
            let Ok(listener) = TcpListener::from_std(listener) else { return };
            accept(character, listener).await;
        });
    })?;
    Ok(())
}

async fn accept(character: Character, listener: TcpListener) {
    let (born, tasks) = (Instant::now(), Tasks::default());
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            sleep(Duration::from_millis(100)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let (spawner, tasks_of) = (tasks.clone(), tasks.clone());
        let service = service_fn(move |request| respond(character, born, request, tasks_of.clone()));
        spawner.spawn(async move {
            let mut http = hyper::server::conn::http1::Builder::new();
            // A client that goes away ends its connection; nobody else is concerned.
            let _ = http.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn respond(
    character: Character,
    born: Instant,
    request: Request<Incoming>,
    tasks: Tasks,
) -> Result<Response<Answer>, Infallible> {
    let path = request.uri().path().to_owned();
    let body =
        Limited::new(request.into_body(), MAX_BODY).collect().await.map(|b| b.to_bytes()).unwrap_or_default();
    if path.ends_with("/count_tokens") {
        return Ok(json(StatusCode::OK, answer::count(&body)));
    }
    if path != "/v1/messages" {
        return Ok(json(
            StatusCode::NOT_FOUND,
            answer::error("not_found_error", "the demo knows /v1/messages alone"),
        ));
    }
    sleep(character.delay).await;
    if character.is_overloaded(born.elapsed()) {
        let busy = StatusCode::from_u16(529).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        return Ok(json(busy, answer::error("overloaded_error", "Overloaded")));
    }
    let wish = peek(&body);
    let model = wish.model.as_deref().unwrap_or("demo");
    if !wish.stream {
        return Ok(json(StatusCode::OK, answer::whole(character.name, model, &body)));
    }
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    let events = answer::events(character.name, model, &body);
    tasks.spawn(async move {
        for event in events {
            if sender.send(Ok(Frame::data(Bytes::from(event)))).await.is_err() {
                return;
            }
            sleep(character.pace).await;
        }
    });
    let mut response = Response::new(Either::Right(StreamBody::new(ReceiverStream::new(receiver))));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/event-stream"));
    Ok(response)
}

fn json(status: StatusCode, body: String) -> Response<Answer> {
    let mut response = Response::new(Either::Left(Full::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_comes_and_goes() {
        let s = Duration::from_secs;
        let c = Character { name: "a", delay: s(0), pace: s(0), outage: Some((s(40), s(20))) };
        assert!(!c.is_overloaded(s(39)));
        assert!(c.is_overloaded(s(40)));
        assert!(c.is_overloaded(s(59)));
        assert!(!c.is_overloaded(s(60)));
    }
}
