//! The way into the dashboard. For operators.

use tonic::{Code, Request, Response, Status};
use zephyr_proto::v1::web_service_server::WebService;
use zephyr_proto::v1::{self, ErrorDetail};

use super::{Room, refuse};
use crate::desk::By;
use crate::http::CODE_LASTS;

#[tonic::async_trait]
impl WebService for Room {
    async fn login_link(
        &self,
        request: Request<v1::LoginLinkRequest>,
    ) -> Result<Response<v1::LoginLinkResponse>, Status> {
        let peer = self.gate.operator(&request, "log in to the dashboard")?;
        let code =
            self.access.code(self.handle.clock().mono()).map_err(|e| Status::internal(e.to_string()))?;
        By::Socket(peer.uid).log("a login link for the dashboard");
        // Each address gets the same code: whichever is opened first uses it up.
        let links = self.daemon.web.iter().map(|address| format!("{address}/login#{code}")).collect();
        let lasts_seconds = u32::try_from(CODE_LASTS.as_secs()).unwrap_or(u32::MAX);
        Ok(Response::new(v1::LoginLinkResponse { links, lasts_seconds }))
    }

    async fn admin_token(
        &self,
        request: Request<v1::AdminTokenRequest>,
    ) -> Result<Response<v1::AdminTokenResponse>, Status> {
        let peer = self.gate.operator(&request, "see the admin token")?;
        By::Socket(peer.uid).log("the admin token");
        let (token, addresses) = (self.access.admin_token(), self.daemon.web.clone());
        Ok(Response::new(v1::AdminTokenResponse { token, addresses }))
    }

    async fn revoke_logins(
        &self,
        request: Request<v1::RevokeLoginsRequest>,
    ) -> Result<Response<v1::RevokeLoginsResponse>, Status> {
        let peer = self.gate.operator(&request, "end logins")?;
        self.access.revoke().map_err(|e| {
            let why = std::error::Error::source(&e).map(ToString::to_string).unwrap_or_default();
            refuse::refuse(Code::Internal, format!("{e}: {why}"), ErrorDetail::default())
        })?;
        By::Socket(peer.uid).log("all logins of the dashboard end");
        Ok(Response::new(v1::RevokeLoginsResponse {}))
    }
}
