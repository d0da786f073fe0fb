//! Every request leaves one record, and what it says is what happened: whole and streamed, failed, cut, left and
//! refused. Costs are worked out by hand from the built-in prices.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use zephyr_tests::client::{Client, End, request};
use zephyr_tests::daemon::{Daemon, JSON, message};
use zephyr_tests::fake::realistic::{anthropic, openai_chat};
use zephyr_tests::fake::{At, Framing, How};
use zephyr_tests::{Answer, Gate, Scene, until};

/// In nano-dollars, claude-opus-5-5: 4 a million in, 20 out, 0.20 read from the cache.
pub(crate) const OPUS: i64 = 12 * 4_000 + 42 * 20_000 + 2048 * 200;
/// What it would have used of a stream that told nothing but its start.
const OPUS_START: i64 = 12 * 4_000 + 20_000 + 2048 * 200;
/// gpt-5: 1.25 in, 10 out, 0.125 read from the cache.
const GPT: i64 = 12 * 1_250 + 42 * 10_000 + 2048 * 125;

/// All records, the oldest first, once there are `number` of them; there must not be more.
pub(crate) async fn all(daemon: &Daemon, number: usize) -> Vec<Value> {
    let records = until(&format!("{number} records"), || async {
        let told = daemon.ctl_json(&["requests", "--all", "-n", "0"]).await;
        let records = told["requests"].as_array().unwrap().clone();
        (records.len() >= number).then_some(records)
    })
    .await;
    assert_eq!(records.len(), number, "{records:#?}");
    records
}

/// The one record there is.
async fn only(daemon: &Daemon) -> Value {
    all(daemon, 1).await.remove(0)
}

/// What `record` says of the members of `wanted`, at every level.
#[track_caller]
pub(crate) fn tells(record: &Value, wanted: &Value) {
    fn chosen(told: &Value, wanted: &Value) -> Value {
        match wanted {
            Value::Object(members) => {
                members.iter().map(|(name, inner)| (name.clone(), chosen(&told[name], inner))).collect()
            }
            Value::Array(items) if told.as_array().is_some_and(|told| told.len() == items.len()) => {
                items.iter().enumerate().map(|(i, inner)| chosen(&told[i], inner)).collect()
            }
            _ => told.clone(),
        }
    }
    let told = chosen(record, wanted);
    assert!(told == *wanted, "told {told:#}\nwanted {wanted:#}\nof {record:#}");
}

fn tokens(input: u64, output: u64, read: u64) -> Value {
    json!({"input": input, "output": output, "cache_read": read, "cache_write_5m": 0, "cache_write_1h": 0,
        "reasoning": 0})
}

async fn in_dialect(dialect: &str) -> Scene {
    Scene::with_group(1, &format!("dialect = \"{dialect}\"")).await
}

/// One request of a dialect, whole and as a stream: what its records say.
async fn told(dialect: &str, path: &str, body: &str, stream_only: &str, wanted: Value) {
    let scene = in_dialect(dialect).await;
    for (n, stream) in [false, true].into_iter().enumerate() {
        let more = if stream { stream_only } else { "" };
        let body = format!("{body},\"stream\":{stream}{more}}}");
        let reply = scene.post(path, &body).await;
        assert_eq!((reply.status(), reply.end), (200, End::Clean));
        let record = all(&scene.daemon, n + 1).await.remove(n);
        tells(&record, &wanted);
        let id = reply.header("x-request-id").unwrap();
        tells(
            &record,
            &json!({"id": id, "method": "POST", "path": path, "dialect": dialect, "operation": "generate",
                "stream": stream, "mismatch": false, "endpoint": "a", "group": "main", "provider": "p-a",
                "status": 200, "upstream_status": 200, "ended": "complete", "succeeded": true, "failed": false,
                "detail": null, "source": "endpoint", "served_by": null, "bytes_in": body.len(),
                "bytes_out": reply.body.len(), "usage": "final", "tier": "standard", "lost_nanos": 0,
                "saved_nanos": 0, "price_source": "builtin", "client": null, "session": null, "agent": null,
                "class": null, "tokens": tokens(12, 42, 2048),
                "attempts": [{"endpoint": "a", "status": 200, "class": "ok", "detail": null,
                    "may_be_billed": true, "tokens": tokens(12, 42, 2048), "cost_nanos": wanted["cost_nanos"]}]}),
        );
        assert!(record["ttft_ms"].as_u64() <= record["duration_ms"].as_u64(), "{record}");
    }
}

#[tokio::test]
async fn messages_are_recorded_whole_and_streamed() {
    let body = r#"{"model":"claude-opus-5-5","max_tokens":9,"messages":[{"role":"user","content":"hi"}]"#;
    let wanted = json!({"model": "claude-opus-5-5", "answered_model": "claude-opus-5-5", "stop": "end_turn",
        "cost_nanos": OPUS, "cache_saved_nanos": 2048 * 3_800});
    told("anthropic", "/v1/messages", body, "", wanted).await;
}

#[tokio::test]
async fn chats_are_recorded_whole_and_streamed() {
    let body = r#"{"model":"gpt-5","messages":[{"role":"user","content":"hi"}]"#;
    let usage = r#","stream_options":{"include_usage":true}"#;
    let wanted = json!({"model": "gpt-5", "answered_model": "gpt-5", "stop": "stop", "cost_nanos": GPT,
        "cache_saved_nanos": 2048 * 1_125});
    told("openai-chat", "/v1/chat/completions", body, usage, wanted).await;
}

#[tokio::test]
async fn responses_are_recorded_whole_and_streamed() {
    let wanted = json!({"model": "gpt-5", "answered_model": "gpt-5", "stop": "completed", "cost_nanos": GPT,
        "cache_saved_nanos": 2048 * 1_125});
    told("openai-responses", "/v1/responses", r#"{"model":"gpt-5","input":"hi""#, "", wanted).await;
}

#[tokio::test]
async fn every_kind_of_token_is_priced_and_who_asked_is_told() {
    let clients = "[[clients]]\nname = \"ada\"\ntoken = \"token-of-ada-0123\"\n";
    let scene = Scene::followed_by(1, clients).await;
    let mut dear = anthropic::message("claude-opus-5-5-20261001", None);
    dear["usage"] = json!({"input_tokens": 100, "output_tokens": 50, "cache_read_input_tokens": 1000,
        "cache_creation_input_tokens": 300,
        "cache_creation": {"ephemeral_5m_input_tokens": 200, "ephemeral_1h_input_tokens": 100},
        "server_tool_use": {"web_search_requests": 2}});
    scene.a_answers(Answer::json(200, dear));
    let headers = [
        JSON[0],
        ("x-api-key", "token-of-ada-0123"),
        ("x-claude-code-session-id", "s-1"),
        ("x-claude-code-agent-id", "agent-7"),
        ("x-claude-code-request-class", "compaction"),
    ];
    scene.daemon.ask("POST", "/v1/messages?beta=true", &headers, message(false).as_bytes()).await;
    let cost = 100 * 4_000 + 50 * 20_000 + 200 * 5_000 + 100 * 8_000 + 1000 * 200 + 2 * 10_000_000;
    tells(
        &only(&scene.daemon).await,
        &json!({"client": "ada", "session": "s-1", "agent": "agent-7", "class": "compaction",
            "path": "/v1/messages", "mismatch": false, "answered_model": "claude-opus-5-5-20261001",
            "cost_nanos": cost,
            "tokens": {"input": 100, "output": 50, "cache_read": 1000, "cache_write_5m": 200,
                "cache_write_1h": 100, "web_searches": 2}}),
    );
}

#[tokio::test]
async fn an_attempt_that_failed_after_its_start_is_lost_money() {
    let scene = Scene::of(2).await;
    let error = [anthropic::start("claude-opus-5-5"), anthropic::error("overloaded_error", "later")];
    scene.a().once("/v1/messages", Answer::events(error));
    assert_eq!(scene.message(true).await.header("x-used-endpoint"), Some("b"));
    tells(
        &only(&scene.daemon).await,
        &json!({"endpoint": "b", "provider": "p-b", "status": 200, "upstream_status": 200, "ended": "complete",
            "usage": "final", "stop": "end_turn", "tokens": tokens(12, 42, 2048),
            "cost_nanos": OPUS + OPUS_START, "lost_nanos": OPUS_START, "detail": null,
            "attempts": [
                {"endpoint": "a", "status": 200, "class": "overloaded", "cost_nanos": OPUS_START,
                    "tokens": tokens(12, 1, 2048), "may_be_billed": true},
                {"endpoint": "b", "status": 200, "class": "ok", "cost_nanos": OPUS, "detail": null,
                    "tokens": tokens(12, 42, 2048), "may_be_billed": true}]}),
    );
}

#[tokio::test]
async fn when_all_fail_the_record_says_how_each_did() {
    let scene = Scene::of(3).await;
    scene.fakes[0].always(Answer::error(529, "overloaded_error", "later"));
    scene.fakes[1].always(Answer::error(500, "api_error", "broken"));
    scene.fakes[2].always(Answer::html(200));
    let reply = scene.message(false).await;
    let record = only(&scene.daemon).await;
    tells(
        &record,
        &json!({"status": reply.status(), "ended": "refused", "succeeded": false, "failed": true,
            "endpoint": "c", "upstream_status": 200, "usage": "none", "cost_nanos": 0, "price_source": "none",
            "answered_model": null, "stop": null, "bytes_out": reply.body.len(), "model": "claude-opus-5-5",
            "attempts": [
                {"endpoint": "a", "status": 529, "class": "overloaded", "may_be_billed": false},
                {"endpoint": "b", "status": 500, "class": "server-error", "may_be_billed": true},
                {"endpoint": "c", "status": 200, "class": "not-an-answer", "may_be_billed": true}]}),
    );
    assert!(record["detail"].as_str().unwrap().contains("b: HTTP 500: api_error: broken"), "{record}");
}

#[tokio::test]
async fn what_the_client_did_wrong_is_no_success_and_cost_nothing() {
    let scene = Scene::of(2).await;
    scene.a_answers(Answer::error(400, "invalid_request_error", "no"));
    let reply = scene.message(true).await;
    tells(
        &only(&scene.daemon).await,
        &json!({"status": 400, "upstream_status": 400, "ended": "complete", "succeeded": false, "failed": true,
            "endpoint": "a", "usage": "none", "cost_nanos": 0, "bytes_out": reply.body.len(),
            "attempts": [{"endpoint": "a", "status": 400, "class": "client-fault", "may_be_billed": false}]}),
    );
}

#[tokio::test]
async fn a_refusal_that_passes_verbatim_is_recorded_with_its_size() {
    let scene = Scene::of(1).await;
    scene.a_answers(Answer::error(404, "not_found_error", "no such model"));
    let reply = scene.message(false).await;
    assert_eq!(reply.status(), 404);
    tells(
        &only(&scene.daemon).await,
        &json!({"status": 404, "upstream_status": 404, "ended": "complete", "succeeded": false,
            "bytes_out": reply.body.len(),
            "attempts": [{"endpoint": "a", "status": 404, "class": "model-missing", "may_be_billed": false}]}),
    );
}

#[tokio::test]
async fn a_client_that_leaves_before_the_head_is_recorded_without_a_status() {
    let scene = Scene::of(1).await;
    scene.a_answers(Answer::never());
    let client = scene.streaming().await;
    scene.a().wait(1).await;
    drop(client);
    tells(
        &only(&scene.daemon).await,
        &json!({"status": null, "upstream_status": null, "ended": "cancelled", "succeeded": false,
            "failed": false, "endpoint": "a", "ttft_ms": null, "bytes_out": 0, "usage": "none", "cost_nanos": 0,
            "attempts": [{"endpoint": "a", "status": null, "class": "cancelled", "may_be_billed": true}]}),
    );
}

#[tokio::test]
async fn an_attempt_that_was_silent_after_its_start_is_lost_money_too() {
    let scene = Scene::with_group(2, "timeouts = { first_event_seconds = 1 }").await;
    let start = anthropic::start("claude-opus-5-5");
    let length = start.len();
    scene.a_answers(Answer::events([start]).stop(At::Body(length), How::Hang));
    assert_eq!(scene.message(true).await.header("x-used-endpoint"), Some("b"));
    tells(
        &only(&scene.daemon).await,
        &json!({"cost_nanos": OPUS + OPUS_START, "lost_nanos": OPUS_START, "attempts": [
            {"class": "timed-out", "may_be_billed": true, "cost_nanos": OPUS_START},
            {"class": "ok", "cost_nanos": OPUS}]}),
    );
}

#[tokio::test]
async fn a_client_that_leaves_inside_a_stream_pays_what_was_seen() {
    let scene = Scene::of(1).await;
    let gate = Gate::new(4);
    let streamed = anthropic::stream("claude-opus-5-5", None);
    scene.a_answers(Answer::events(streamed.clone()).gated(&gate));
    let mut client = scene.streaming().await;
    client.head().await;
    let seen = client.expect(&streamed[..4].concat()).await;
    drop(client);
    tells(
        &only(&scene.daemon).await,
        &json!({"status": 200, "upstream_status": 200, "ended": "cancelled", "usage": "partial", "stop": null,
            "tokens": tokens(12, 1, 2048), "cost_nanos": OPUS_START, "lost_nanos": 0, "bytes_out": seen.len(),
            "attempts": [{"endpoint": "a", "status": 200, "class": "cancelled", "may_be_billed": true,
                "cost_nanos": OPUS_START}]}),
    );
}

#[tokio::test]
async fn a_client_that_leaves_when_the_stream_has_told_its_end_has_it_all() {
    let scene = Scene::of(1).await;
    let streamed = anthropic::stream("claude-opus-5-5", None);
    let gate = Gate::new(streamed.len());
    let mut pieces = streamed.clone();
    pieces.push(anthropic::ping());
    scene.a_answers(Answer::events(pieces).gated(&gate));
    let mut client = scene.streaming().await;
    client.head().await;
    client.expect(&streamed.concat()).await;
    // As SDKs do: they do not wait for the end of the framing.
    drop(client);
    tells(
        &only(&scene.daemon).await,
        &json!({"status": 200, "ended": "complete", "succeeded": true, "usage": "final", "stop": "end_turn",
            "cost_nanos": OPUS, "attempts": [{"class": "ok", "may_be_billed": true}]}),
    );
}

#[tokio::test]
async fn a_stream_that_is_cut_keeps_what_was_seen() {
    let scene = Scene::of(2).await;
    let streamed = anthropic::stream("claude-opus-5-5", None);
    let cut = At::Body(streamed[..6].concat().len());
    scene.a_answers(Answer::events(streamed).stop(cut, How::Fin));
    let reply = scene.message(true).await;
    assert_eq!(reply.end, End::Cut);
    let record = only(&scene.daemon).await;
    tells(
        &record,
        &json!({"status": 200, "upstream_status": 200, "ended": "cut", "failed": true, "usage": "partial",
            "tokens": tokens(12, 1, 2048), "cost_nanos": OPUS_START, "lost_nanos": 0,
            "bytes_out": reply.body.len(),
            "attempts": [{"endpoint": "a", "status": 200, "class": "cut", "may_be_billed": true}]}),
    );
    assert!(record["detail"].is_string(), "{record}");
}

#[tokio::test]
async fn a_whole_answer_that_is_cut_is_recorded_as_cut() {
    let scene = Scene::of(1).await;
    let whole = anthropic::message("claude-opus-5-5", None);
    scene.a_answers(Answer::json(200, whole).framing(Framing::LengthOff(10)));
    let reply = scene.message(false).await;
    assert_ne!(reply.end, End::Clean);
    tells(
        &only(&scene.daemon).await,
        &json!({"status": 200, "ended": "cut", "failed": true, "tokens": tokens(12, 42, 2048),
            "cost_nanos": OPUS, "attempts": [{"class": "cut"}]}),
    );
}

#[tokio::test]
async fn whom_the_gateway_refuses_is_recorded_too() {
    let clients = "[[clients]]\nname = \"ada\"\ntoken = \"token-of-ada-0123\"\n\
                   [[prices]]\nmodel = \"claude-*\"\ninput = 1000000\noutput = 0\n\
                   [[budgets]]\nperiod = \"day\"\nlimit_usd = 1\nclient = \"ada\"\n";
    let scene =
        Scene::edited(1, |config| format!("{config}\n{clients}[server]\nmax_body = \"2KiB\"\n")).await;
    let none = json!({"endpoint": null, "group": null, "upstream_status": null, "ended": "refused",
        "failed": true, "succeeded": false, "source": "endpoint", "usage": "none", "cost_nanos": 0,
        "attempts": [], "operation": "generate", "dialect": "anthropic"});
    let unknown = scene.message(false).await;
    assert_eq!(unknown.status(), 401);
    let record = only(&scene.daemon).await;
    tells(&record, &none);
    tells(
        &record,
        &json!({"id": unknown.header("x-request-id").unwrap(), "status": 401, "client": null,
            "bytes_out": unknown.body.len()}),
    );
    let as_ada = [JSON[0], ("x-api-key", "token-of-ada-0123")];
    let large = vec![b'x'; 4096];
    assert_eq!(scene.daemon.ask("POST", "/v1/messages", &as_ada, &large).await.status(), 413);
    let record = all(&scene.daemon, 2).await.remove(1);
    tells(&record, &none);
    tells(&record, &json!({"status": 413, "client": "ada"}));
    let hi = message(false);
    assert_eq!(scene.daemon.ask("POST", "/v1/messages", &as_ada, hi.as_bytes()).await.status(), 200);
    let over = scene.daemon.ask("POST", "/v1/messages", &as_ada, hi.as_bytes()).await;
    assert_eq!(over.status(), 429);
    let record = all(&scene.daemon, 4).await.remove(3);
    tells(&record, &none);
    tells(&record, &json!({"status": 429, "client": "ada"}));
    assert!(record["detail"].as_str().unwrap().contains("budget"), "{record}");
    // All of them are requests for tokens.
    let usage = scene.daemon.ctl_json(&["usage", "--by", "client"]).await;
    tells(&usage["total"], &json!({"requests": 4, "succeeded": 1, "failed": 3}));
}

#[tokio::test]
async fn a_client_that_leaves_inside_its_own_request_was_not_refused() {
    let scene = Scene::of(1).await;
    let headers = [JSON[0], ("expect", "100-continue")];
    let all_of_it = request("POST", "/v1/messages", &headers, message(true).as_bytes());
    let mut client = Client::connect(scene.daemon.addr()).await;
    client.send(&all_of_it[..all_of_it.len() - 10]).await;
    // Its body is being read.
    client.wait_continue().await;
    drop(client);
    tells(
        &only(&scene.daemon).await,
        &json!({"status": null, "ended": "cancelled", "failed": false, "operation": "generate", "attempts": [],
            "cost_nanos": 0, "bytes_out": 0}),
    );
}

#[tokio::test]
async fn what_a_chat_had_told_when_its_client_left_is_kept() {
    let scene = in_dialect("openai-chat").await;
    let streamed = openai_chat::stream("gpt-5", None);
    let gate = Gate::new(streamed.len() - 1);
    scene.a().on("/v1/chat/completions", Answer::events(streamed.clone()).gated(&gate));
    let body = r#"{"model":"gpt-5","stream":true,"stream_options":{"include_usage":true},"messages":[]}"#;
    let mut client = Client::connect(scene.daemon.addr()).await;
    client.send(&request("POST", "/v1/chat/completions", &JSON, body.as_bytes())).await;
    client.head().await;
    // All but `[DONE]`: the usage has come.
    client.expect(&streamed[..streamed.len() - 1].concat()).await;
    drop(client);
    tells(
        &only(&scene.daemon).await,
        &json!({"status": 200, "stop": "stop", "tokens": tokens(12, 42, 2048), "cost_nanos": GPT}),
    );
}

#[tokio::test]
async fn nobody_to_ask_is_recorded() {
    let scene = Scene::of(1).await;
    scene.daemon.ctl_ok(&["drain", "a"]).await;
    let reply = scene.message(true).await;
    assert_eq!(reply.status(), 503);
    tells(
        &only(&scene.daemon).await,
        &json!({"status": 503, "ended": "refused", "endpoint": null, "attempts": [], "model": "claude-opus-5-5",
            "stream": true, "bytes_out": reply.body.len()}),
    );
}

#[tokio::test]
async fn counts_of_tokens_cost_nothing_and_are_no_requests_for_tokens() {
    let scene = Scene::of(1).await;
    let reply = scene.post("/v1/messages/count_tokens", &message(false)).await;
    tells(
        &only(&scene.daemon).await,
        &json!({"operation": "count-tokens", "dialect": "anthropic", "model": "claude-opus-5-5", "status": 200,
            "upstream_status": 200, "ended": "complete", "usage": "none", "cost_nanos": 0,
            "tokens": tokens(0, 0, 0), "bytes_out": reply.body.len(),
            "attempts": [{"endpoint": "a", "class": "ok", "cost_nanos": 0}]}),
    );
    let usage = scene.daemon.ctl_json(&["usage", "--by", "total"]).await;
    assert_eq!(usage["total"]["requests"], 0, "{usage}");
}

#[tokio::test]
async fn what_other_paths_use_is_priced_by_the_model_that_answers() {
    let scene = in_dialect("openai-chat").await;
    let answer = json!({"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}],
        "model": "gpt-5", "usage": {"prompt_tokens": 1000, "total_tokens": 1000}});
    scene.a().on("/v1/embeddings", Answer::json(200, answer));
    scene.post("/v1/embeddings", r#"{"model":"gpt-5","input":"hi"}"#).await;
    tells(
        &only(&scene.daemon).await,
        &json!({"operation": "other", "path": "/v1/embeddings", "status": 200, "ended": "complete",
            "usage": "final", "answered_model": "gpt-5", "mismatch": false, "tokens": tokens(1000, 0, 0),
            "cost_nanos": 1000 * 1_250, "price_source": "builtin",
            "attempts": [{"class": "ok", "may_be_billed": true, "cost_nanos": 1000 * 1_250}]}),
    );
}

#[tokio::test]
async fn compressed_answers_are_recorded_like_plain_ones() {
    let scene = Scene::of(1).await;
    let gzip = |text: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    };
    let whole = gzip(anthropic::message("claude-opus-5-5", None).to_string().as_bytes());
    let stream = gzip(&anthropic::stream("claude-opus-5-5", None).concat());
    for (n, (kind, body, stream)) in
        [("application/json", whole, false), ("text/event-stream", stream, true)].into_iter().enumerate()
    {
        let length = body.len();
        scene.a_answers(Answer::bytes(200, kind, body).header("content-encoding", "gzip"));
        scene.message(stream).await;
        tells(
            &all(&scene.daemon, n + 1).await[n],
            &json!({"ended": "complete", "usage": "final", "stop": "end_turn", "cost_nanos": OPUS,
                "answered_model": "claude-opus-5-5", "bytes_out": length}),
        );
    }
}

#[tokio::test]
async fn an_answer_of_another_model_is_told_in_record_log_and_status() {
    let scene = Scene::of(1).await;
    scene.a_answers(Answer::events(anthropic::stream("claude-haiku-4-5", None)));
    scene.message(true).await;
    tells(
        &only(&scene.daemon).await,
        &json!({"model": "claude-opus-5-5", "answered_model": "claude-haiku-4-5", "mismatch": true,
            "cost_nanos": OPUS, "status": 200}),
    );
    scene
        .daemon
        .until_said("endpoint a answers with claude-haiku-4-5 when claude-opus-5-5 is asked for")
        .await;
    let status = scene.daemon.ctl_json(&["status"]).await;
    tells(
        &status["money"]["mismatches"],
        &json!([{"endpoint": "a", "asked": "claude-opus-5-5", "answered": "claude-haiku-4-5", "count": 1}]),
    );
}

#[tokio::test]
async fn an_unknown_model_is_priced_by_default_and_flagged() {
    let scene = Scene::of(1).await;
    scene.post("/v1/messages", &message(false).replace("claude-opus-5-5", "nobody-knows")).await;
    let record = only(&scene.daemon).await;
    assert_eq!(record["price_source"], "default", "{record}");
    assert!(record["cost_nanos"].as_i64().unwrap() > 0, "{record}");
    let usage = scene.daemon.ctl_json(&["usage", "--by", "model"]).await;
    assert_eq!(usage["rows"][0]["default_priced"], 1, "{usage}");
}

#[tokio::test]
async fn connections_that_carry_many_requests_leave_one_record_for_each() {
    let scene = Scene::of(1).await;
    let mut client = Client::connect(scene.daemon.addr()).await;
    let mut ids = Vec::new();
    for n in 0..20 {
        let reply = client.ask("POST", "/v1/messages", &JSON, message(n % 2 == 0).as_bytes()).await;
        ids.push(reply.header("x-request-id").unwrap().to_owned());
    }
    // Half a request is none yet.
    let half = request("POST", "/v1/messages", &JSON, message(true).as_bytes());
    client.send(&half[..20]).await;
    drop(client);
    let records = all(&scene.daemon, 20).await;
    let mut recorded: Vec<_> = records.iter().map(|r| r["id"].as_str().unwrap()).collect();
    recorded.sort_unstable();
    ids.sort_unstable();
    assert_eq!(recorded, ids);
}

#[tokio::test]
async fn what_probes_cost_stands_apart() {
    let scene = Scene::edited(1, |config| {
        // None is sent but those that are asked for.
        let probes = "enabled = false\nkind = \"messages\"\nmodel = \"claude-opus-5-5\"";
        config.replace("enabled = false", probes)
    })
    .await;
    let mut small = anthropic::message("claude-opus-5-5", None);
    small["usage"] = json!({"input_tokens": 8, "output_tokens": 1});
    scene.a_answers(Answer::json(200, small));
    let cost = 8 * 4_000 + 20_000;
    scene.daemon.ctl_ok(&["check", "a"]).await;
    scene.daemon.ctl_ok(&["check", "a"]).await;
    scene.message(false).await;
    let asked = scene.a().seen_on("/v1/messages").len() as i64 - 1;
    assert_eq!(asked, 2);
    let usage = until("the probe", || async {
        let usage = scene.daemon.ctl_json(&["usage", "--by", "total"]).await;
        (usage["probes"]["probes"] == asked).then_some(usage)
    })
    .await;
    tells(&usage["total"], &json!({"requests": 1, "cost_nanos": cost}));
    tells(&usage["probes"], &json!({"cost_nanos": asked * cost}));
    assert_eq!(all(&scene.daemon, 1).await.len(), 1, "a probe is no request");
    let today = scene.daemon.ctl_json(&["status"]).await["money"]["today"].clone();
    tells(&today, &json!({"requests": 1, "cost_nanos": cost, "probe_cost_nanos": asked * cost}));
}
