//! The log as far as it is in memory: the last lines, then every further one. For operators.

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Response, Status};
use zephyr_proto::v1::follow_log_response::What;
use zephyr_proto::v1::log_service_server::LogService;
use zephyr_proto::v1::{self, ErrorDetail};

use super::{Room, refuse};
use crate::system::log_ring::{Follower, LogLine};

/// Messages that wait for a slow reader; behind them lines fall out of the ring, counted.
const BUFFER: usize = 64;

type Sender = mpsc::Sender<Result<v1::FollowLogResponse, Status>>;

#[tonic::async_trait]
impl LogService for Room {
    type FollowLogStream = ReceiverStream<Result<v1::FollowLogResponse, Status>>;

    async fn follow_log(
        &self,
        request: Request<v1::FollowLogRequest>,
    ) -> Result<Response<Self::FollowLogStream>, Status> {
        self.gate.operator(&request, "read the log")?;
        let request = request.into_inner();
        let wanted = Wanted::of(&request)?;
        let (sender, receiver) = mpsc::channel(BUFFER);
        let last = usize::try_from(request.last).ok().filter(|last| *last > 0);
        let lines = self.log.follow_all();
        self.tasks.spawn_until_stop(async move {
            // It ends when the reader is gone.
            let _ = send(lines, wanted, (last.unwrap_or(usize::MAX), request.follow), &sender).await;
        });
        Ok(Response::new(ReceiverStream::new(receiver)))
    }
}

/// The reader does not read any more.
struct Left;

async fn send(
    mut lines: Follower,
    wanted: Wanted,
    (last, follow): (usize, bool),
    sender: &Sender,
) -> Result<(), Left> {
    let (mut new, _) = lines.take(usize::MAX);
    new.retain(|line| wanted.has(line));
    new.drain(..new.len().saturating_sub(last));
    loop {
        for line in new {
            tell(sender, What::Line(told(&line))).await?;
        }
        if !follow {
            return Ok(());
        }
        tokio::select! {
            () = lines.changed() => {}
            () = sender.closed() => return Err(Left),
        }
        let missed;
        (new, missed) = lines.take(usize::MAX);
        new.retain(|line| wanted.has(line));
        if missed > 0 {
            tell(sender, What::Lagged(v1::Lagged { missed })).await?;
        }
    }
}

async fn tell(sender: &Sender, what: What) -> Result<(), Left> {
    sender.send(Ok(v1::FollowLogResponse { what: Some(what) })).await.map_err(|_| Left)
}

/// Which lines are asked for.
struct Wanted {
    level: tracing::Level,
    request: String,
    since_unix_ms: i64,
}

impl Wanted {
    fn of(request: &v1::FollowLogRequest) -> Result<Self, Status> {
        let level = match request.level.as_str() {
            "error" => tracing::Level::ERROR,
            "warn" => tracing::Level::WARN,
            "info" => tracing::Level::INFO,
            "debug" => tracing::Level::DEBUG,
            "trace" | "" => tracing::Level::TRACE,
            _ => {
                let message = "`level` is none of `error`, `warn`, `info`, `debug`, `trace`".to_owned();
                return Err(refuse::refuse(Code::InvalidArgument, message, ErrorDetail::default()));
            }
        };
        let since_unix_ms = request.since_unix_ms.unwrap_or(i64::MIN);
        Ok(Self { level, request: request.request.clone(), since_unix_ms })
    }

    fn has(&self, line: &LogLine) -> bool {
        line.level() <= self.level
            && line.unix_ms >= self.since_unix_ms
            && (self.request.is_empty() || line.field("request") == Some(&self.request))
    }
}

/// As it was written: whoever shows it makes it harmless.
fn told(line: &LogLine) -> v1::LogLine {
    let field = |(name, value): (&str, &str)| v1::LogField { name: name.to_owned(), value: value.to_owned() };
    v1::LogLine {
        number: line.number,
        unix_ms: line.unix_ms,
        level: line.level_name().to_owned(),
        target: line.target().to_owned(),
        message: line.message().to_owned(),
        fields: line.fields().map(field).collect(),
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;
    use crate::system::log_ring::LogRing;

    fn log(ring: &LogRing, text: &str, request: Option<&str>) {
        let registry = tracing_subscriber::registry().with(ring.clone());
        tracing::subscriber::with_default(registry, || match request {
            Some(request) => tracing::warn!(request, "{text}"),
            None => tracing::info!("{text}"),
        });
    }

    async fn said(receiver: &mut mpsc::Receiver<Result<v1::FollowLogResponse, Status>>) -> Option<String> {
        match receiver.recv().await?.unwrap().what.unwrap() {
            What::Line(line) => Some(line.message),
            What::Lagged(lagged) => Some(format!("missed {}", lagged.missed)),
        }
    }

    fn asked(level: &str, request: &str) -> Wanted {
        let request = v1::FollowLogRequest {
            level: level.to_owned(),
            request: request.to_owned(),
            ..v1::FollowLogRequest::default()
        };
        Wanted::of(&request).unwrap_or_else(|status| panic!("{status}"))
    }

    #[tokio::test]
    async fn the_last_lines_come_and_then_the_end() {
        let ring = LogRing::default();
        (0..5).for_each(|n| log(&ring, &format!("line {n}"), None));
        let (sender, mut receiver) = mpsc::channel(9);
        let _ = send(ring.follow_all(), asked("info", ""), (2, false), &sender).await;
        drop(sender);
        assert_eq!(said(&mut receiver).await.as_deref(), Some("line 3"));
        assert_eq!(said(&mut receiver).await.as_deref(), Some("line 4"));
        assert_eq!(said(&mut receiver).await, None);
    }

    #[tokio::test]
    async fn a_follower_gets_what_it_asked_for_and_is_told_what_fell_out() {
        let ring = LogRing::default();
        log(&ring, "mine", Some("req-1"));
        log(&ring, "other", Some("req-2"));
        let (sender, mut receiver) = mpsc::channel(1);
        let follower = ring.follow_all();
        let reading = async {
            assert_eq!(said(&mut receiver).await.as_deref(), Some("mine"));
            (0..2100).for_each(|n| log(&ring, &format!("line {n}"), None));
            log(&ring, "last", Some("req-1"));
            let mut next = said(&mut receiver).await;
            if next.as_deref().is_some_and(|said| said.starts_with("missed")) {
                next = said(&mut receiver).await;
            }
            assert_eq!(next.as_deref(), Some("last"));
            drop(receiver);
        };
        let (ended, ()) = tokio::join!(send(follower, asked("warn", "req-1"), (9, true), &sender), reading);
        assert!(ended.is_err(), "it ends with its reader");
    }

    #[test]
    fn a_level_that_is_none_is_refused() {
        let request = v1::FollowLogRequest { level: "loud".to_owned(), ..v1::FollowLogRequest::default() };
        assert!(Wanted::of(&request).is_err_and(|status| status.code() == Code::InvalidArgument));
    }
}
