//! The call about the daemon's log.

use tonic::Streaming;
use zephyr_proto::v1;
use zephyr_proto::v1::log_service_client::LogServiceClient;

use super::{Client, MAX_MESSAGE, QUICK};
use crate::error::Error;
use crate::view;

impl Client {
    /// The last lines that `asked` names, then, where it wants that, every new one.
    pub(crate) async fn follow_log(&self, asked: v1::FollowLogRequest) -> Result<FollowLog<'_>, Error> {
        let mut service = service!(self, LogServiceClient);
        let stream = self.call(QUICK, service.follow_log(asked)).await?;
        Ok(FollowLog { client: self, stream })
    }
}

/// Lines of the log as they are written.
pub(crate) struct FollowLog<'a> {
    client: &'a Client,
    stream: Streaming<v1::FollowLogResponse>,
}

impl FollowLog<'_> {
    /// The next one, however long that takes; `None` when the daemon ended the stream.
    pub(crate) async fn next(&mut self) -> Result<Option<view::LogFollowed>, Error> {
        loop {
            match self.client.next(&mut self.stream, None).await? {
                None => return Ok(None),
                Some(message) => match view::LogFollowed::of(message) {
                    None => {}
                    followed => return Ok(followed),
                },
            }
        }
    }
}
