//! Calls about the way into the dashboard.

use zephyr_proto::v1;
use zephyr_proto::v1::web_service_client::WebServiceClient;

use super::{Client, QUICK};
use crate::error::Error;
use crate::view;

impl Client {
    /// Links that log one browser in, once.
    pub(crate) async fn login_links(&self) -> Result<view::LoginLinks, Error> {
        let mut service = WebServiceClient::new(self.channel.clone());
        Ok(self.call(QUICK, service.login_link(v1::LoginLinkRequest {})).await?.into())
    }

    /// The token for scripts.
    pub(crate) async fn admin_token(&self) -> Result<view::AdminToken, Error> {
        let mut service = WebServiceClient::new(self.channel.clone());
        Ok(self.call(QUICK, service.admin_token(v1::AdminTokenRequest {})).await?.into())
    }

    /// Makes every login and every token worthless.
    pub(crate) async fn revoke_logins(&self) -> Result<(), Error> {
        let mut service = WebServiceClient::new(self.channel.clone());
        self.call(QUICK, service.revoke_logins(v1::RevokeLoginsRequest {})).await?;
        Ok(())
    }
}
