//! Measures endpoints on demand. For operators: it may cost money.

use tonic::{Request, Response, Status};
use zephyr_proto::v1;
use zephyr_proto::v1::probing_service_server::ProbingService;

use super::steering::{optional, required};
use super::{Room, convert, refuse};
use crate::engine_handle::{CheckResult, TestReport};
use crate::system::text::clean;

/// Longest prompt and model name of a test, in bytes.
const MAX_PROMPT: usize = 64 * 1024;

#[tonic::async_trait]
impl ProbingService for Room {
    async fn check(&self, request: Request<v1::CheckRequest>) -> Result<Response<v1::CheckResponse>, Status> {
        self.gate.operator(&request, "check endpoints")?;
        let name = optional(&request.get_ref().name);
        let answer = self.handle.check(name).await.map_err(|gone| refuse::stopping(&gone))?;
        let results = answer.map_err(|refusal| refuse::refused(&refusal))?;
        Ok(Response::new(v1::CheckResponse { results: results.iter().map(check_result).collect() }))
    }

    async fn test(&self, request: Request<v1::TestRequest>) -> Result<Response<v1::TestResponse>, Status> {
        self.gate.operator(&request, "test endpoints")?;
        let v1::TestRequest { name, model, prompt } = request.into_inner();
        if model.len() + prompt.len() > MAX_PROMPT {
            return Err(refuse::invalid("the prompt is longer than 64 KiB", "use a shorter one"));
        }
        let asked = self.handle.test(required(&name)?, optional(&model), optional(&prompt)).await;
        let answer = asked.map_err(|gone| refuse::stopping(&gone))?;
        let report = answer.map_err(|refusal| refuse::refused(&refusal))?;
        Ok(Response::new(test_report(&report)))
    }
}

fn check_result(r: &CheckResult) -> v1::CheckResult {
    v1::CheckResult {
        endpoint: clean(&r.endpoint),
        kind: r.kind.name().to_owned(),
        healthy: r.error.is_none(),
        latency_ms: r.latency.map(convert::millis),
        error: r.error.as_deref().map(clean).unwrap_or_default(),
    }
}

fn test_report(r: &TestReport) -> v1::TestResponse {
    v1::TestResponse {
        endpoint: clean(&r.endpoint),
        ok: r.error.is_none(),
        status: u32::from(r.status),
        error: r.error.as_deref().map(clean).unwrap_or_default(),
        connect_ms: None,
        first_byte_ms: r.first_byte.map(convert::millis),
        total_ms: convert::millis(r.total),
        model_asked: clean(&r.model_asked),
        model_answered: clean(&r.model_answered),
        text: clean(&r.text),
        input_tokens: r.input_tokens,
        output_tokens: r.output_tokens,
        price: r.price,
    }
}
