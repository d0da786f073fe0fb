//! `test`: one real prompt through an endpoint, and everything about the answer. Not streamed.

use std::time::{Duration, Instant};

use serde_json::Value;
use zephyr_core::config::{Dialect, Endpoint, Failover, Plan};
use zephyr_core::failover::Class;
use zephyr_core::usage::Tokens;

use super::kind::messages;
use super::price::{self, Spent};
use super::{carry, judge};
use crate::engine_handle::TestReport;
use crate::upstream::Upstream;

/// Longest answer that is asked for.
const OUTPUT: u32 = 256;
/// A real answer takes longer than a probe's.
const AT_LEAST: Duration = Duration::from_secs(60);
/// Most of the answer's text that is shown, in characters.
const SHOWN: usize = 200;

/// Sends `prompt` to `endpoint` and reports; also what it spent.
pub(super) async fn run(
    upstream: &Upstream,
    endpoint: &Endpoint,
    model: Option<String>,
    prompt: Option<String>,
    plan: &Plan,
) -> (TestReport, Spent) {
    let model = model.unwrap_or_else(|| endpoint.probe.model.clone());
    let prompt = prompt.unwrap_or_else(|| endpoint.probe.prompt.clone());
    let report = TestReport {
        endpoint: endpoint.name.clone(),
        model_asked: model.clone(),
        price: endpoint.price,
        ..TestReport::default()
    };
    if endpoint.is_passthrough() {
        let error = "it is used with the client's own credential, and a test has none; send a request through the proxy";
        return (TestReport { error: Some(error.to_owned()), ..report }, Spent::default());
    }
    let request = messages::request(endpoint.dialect, &model, &prompt, OUTPUT);
    let limit = endpoint.probe.timeout.max(AT_LEAST);
    let start = Instant::now();
    let most = price::at_most(&prompt, OUTPUT);
    match tokio::time::timeout(limit, carry::ask(upstream, endpoint, request)).await {
        Ok(Ok(read)) => {
            let report = filled(report, endpoint, &read, &plan.failover);
            let tokens = Tokens {
                input: report.input_tokens.unwrap_or(most.input),
                output: report.output_tokens.unwrap_or(most.output),
                ..most
            };
            let billed = (200..300).contains(&report.status);
            let tokens = if billed { tokens } else { Tokens::default() };
            (report, Spent::of(&plan.prices, endpoint, &model, tokens))
        }
        Ok(Err(error)) => {
            let error = carry::hide_key(endpoint, &error.to_string());
            (TestReport { error: Some(error), total: start.elapsed(), ..report }, Spent::default())
        }
        Err(_) => {
            let error = format!("no answer within {} s", limit.as_secs());
            let spent = Spent::of(&plan.prices, endpoint, &model, most);
            (TestReport { error: Some(error), total: start.elapsed(), ..report }, spent)
        }
    }
}

fn filled(report: TestReport, endpoint: &Endpoint, read: &carry::Read, config: &Failover) -> TestReport {
    let field = messages::answer_field(endpoint.dialect);
    let expect = judge::Expect { proves: true, field, may_be_missing: false };
    let verdict = judge::http(&read.answer(), config, &expect);
    // For a probe a 400 is good news; for somebody who asked something it is none.
    let ok = verdict.class == Class::Ok && (200..300).contains(&read.status);
    let answer: Value = serde_json::from_slice(&read.body).unwrap_or_default();
    let (input_tokens, output_tokens) = price::usage(&answer);
    let begin: String = text(endpoint.dialect, &answer).chars().take(SHOWN).collect();
    TestReport {
        status: read.status,
        error: (!ok).then(|| carry::hide_key(endpoint, &verdict.detail.unwrap_or_default())),
        first_byte: Some(read.first_byte),
        total: read.took,
        model_answered: answer["model"].as_str().unwrap_or_default().to_owned(),
        text: if ok { carry::hide_key(endpoint, &begin) } else { String::new() },
        input_tokens,
        output_tokens,
        ..report
    }
}

/// The text of an answer.
fn text(dialect: Dialect, answer: &Value) -> String {
    let texts = |blocks: &Value| -> String {
        blocks.as_array().into_iter().flatten().filter_map(|b| b["text"].as_str()).collect()
    };
    match dialect {
        Dialect::Anthropic => texts(&answer["content"]),
        Dialect::OpenaiChat => {
            answer["choices"][0]["message"]["content"].as_str().unwrap_or_default().to_owned()
        }
        Dialect::OpenaiResponses => {
            answer["output"].as_array().into_iter().flatten().map(|item| texts(&item["content"])).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_text_is_found_in_every_dialect() {
        let anthropic =
            json!({"content": [{"type": "thinking", "thinking": "…"}, {"type": "text", "text": "Hi"}]});
        assert_eq!(text(Dialect::Anthropic, &anthropic), "Hi");
        let chat = json!({"choices": [{"message": {"content": "Hi"}}]});
        assert_eq!(text(Dialect::OpenaiChat, &chat), "Hi");
        let responses =
            json!({"output": [{"type": "reasoning"}, {"content": [{"type": "output_text", "text": "Hi"}]}]});
        assert_eq!(text(Dialect::OpenaiResponses, &responses), "Hi");
        assert_eq!(text(Dialect::OpenaiChat, &json!({})), "");
    }
}
