//! Calls about requests that wait.

use zephyr_proto::v1;
use zephyr_proto::v1::waiting_service_client::WaitingServiceClient;

use super::{Client, QUICK};
use crate::error::Error;
use crate::view;

impl Client {
    /// Those that wait now.
    pub(crate) async fn waiting(&self) -> Result<view::Waiting, Error> {
        let mut service = WaitingServiceClient::new(self.channel.clone());
        Ok(self.call(QUICK, service.list_waiting(v1::ListWaitingRequest {})).await?.into())
    }

    /// Lets one or all (an empty id) go now; how many went.
    pub(crate) async fn release(&self, request: &str, try_now: bool) -> Result<u32, Error> {
        let mut service = WaitingServiceClient::new(self.channel.clone());
        let request = v1::ReleaseWaitingRequest { request: request.to_owned(), r#try: try_now };
        Ok(self.call(QUICK, service.release_waiting(request)).await?.released)
    }
}
