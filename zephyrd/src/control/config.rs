//! The config as operators see it: reload, show, and what was wrong with the last reload.

use tonic::{Request, Response, Status};
use zephyr_proto::v1;
use zephyr_proto::v1::config_service_server::ConfigService;

use super::{Room, convert, refuse};
use crate::system::text::clean;

#[tonic::async_trait]
impl ConfigService for Room {
    async fn reload(
        &self,
        request: Request<v1::ReloadRequest>,
    ) -> Result<Response<v1::ReloadResponse>, Status> {
        self.gate.operator(&request, "reload the config")?;
        match self.handle.reload().await.map_err(|gone| refuse::stopping(&gone))? {
            Ok(answer) => Ok(Response::new(v1::ReloadResponse {
                changes: answer.changes.iter().map(|c| clean(c)).collect(),
                warnings: answer.warnings.iter().map(convert::problem).collect(),
            })),
            Err(problems) => Err(refuse::config_invalid(&problems)),
        }
    }

    async fn show_config(
        &self,
        request: Request<v1::ShowConfigRequest>,
    ) -> Result<Response<v1::ShowConfigResponse>, Status> {
        self.gate.operator(&request, "see the config")?;
        let now = self.config.get();
        let toml = if request.get_ref().effective { &now.effective } else { &now.text };
        let path = now.path.as_ref().map(|p| clean(&p.display().to_string())).unwrap_or_default();
        Ok(Response::new(v1::ShowConfigResponse { toml: toml.clone(), path }))
    }
}
