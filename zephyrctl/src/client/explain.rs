//! The calls about traces and routes.

use zephyr_proto::v1;
use zephyr_proto::v1::explain_service_client::ExplainServiceClient;

use super::{Client, MAX_MESSAGE, QUICK};
use crate::error::Error;
use crate::view;

impl Client {
    /// An empty id means the newest request.
    pub(crate) async fn explain(&self, id: &str) -> Result<view::Trace, Error> {
        let mut service = service!(self, ExplainServiceClient);
        let answer = self.call(QUICK, service.explain(v1::ExplainRequest { id: id.to_owned() })).await?;
        Ok(answer.trace.unwrap_or_default().into())
    }

    /// An empty dialect means the main one.
    pub(crate) async fn route(
        &self,
        model: &str,
        dialect: &str,
        no_credential: bool,
    ) -> Result<view::Route, Error> {
        let mut service = service!(self, ExplainServiceClient);
        let request =
            v1::RouteRequest { model: model.to_owned(), dialect: dialect.to_owned(), no_credential };
        Ok(view::Route::of(model, self.call(QUICK, service.route(request)).await?))
    }
}
