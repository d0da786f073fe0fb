//! The call about requests that run.

use zephyr_proto::v1;
use zephyr_proto::v1::running_service_client::RunningServiceClient;

use super::{Client, MAX_MESSAGE, QUICK};
use crate::error::Error;
use crate::view;

impl Client {
    /// Those that run now.
    pub(crate) async fn running(&self) -> Result<view::Running, Error> {
        let mut service = service!(self, RunningServiceClient);
        Ok(self.call(QUICK, service.list_running(v1::ListRunningRequest {})).await?.into())
    }
}
