// What an SDK is told of tokens is what the record says; a spent budget and a stored answer are read as they should be.
import assert from "node:assert/strict";
import { test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { ASK, CHAT, TEXT, stage } from "./stage.js";

const anthropic = (url, options = {}) => new Anthropic({ baseURL: url, apiKey: "sk", maxRetries: 0, ...options });
const openai = (url, options = {}) => new OpenAI({ baseURL: `${url}/v1`, apiKey: "sk", maxRetries: 0, ...options });
const RESPONSE = { model: "gpt-5", input: "hi" };

/** `usage`, in the record's words, is what was recorded of the request that `response` answers. */
async function recorded(record, response, usage) {
  const told = await record(response.headers.get("x-request-id"));
  const tokens = Object.fromEntries(Object.keys(usage).map((name) => [name, told.tokens[name]]));
  assert.deepEqual(tokens, usage);
  assert.deepEqual([told.usage, told.ended, told.succeeded], ["final", "complete", true]);
  assert.ok(told.cost_nanos > 0);
}

const ofMessage = (usage) => ({
  input: usage.input_tokens,
  output: usage.output_tokens,
  cache_read: usage.cache_read_input_tokens,
  cache_write_5m: usage.cache_creation_input_tokens,
  cache_write_1h: 0,
});
const ofChat = (usage) => ({
  input: usage.prompt_tokens - usage.prompt_tokens_details.cached_tokens,
  output: usage.completion_tokens,
  cache_read: usage.prompt_tokens_details.cached_tokens,
});
const ofResponse = (usage) => ({
  input: usage.input_tokens - usage.input_tokens_details.cached_tokens,
  output: usage.output_tokens,
  cache_read: usage.input_tokens_details.cached_tokens,
  reasoning: usage.output_tokens_details.reasoning_tokens,
});

test("Anthropic JS: a message's usage is the record's, whole and streamed", () =>
  stage({}, async ({ url, record }) => {
    const sdk = anthropic(url);
    const { data, response } = await sdk.messages.create(ASK).withResponse();
    assert.equal(data.usage.output_tokens, 42);
    await recorded(record, response, ofMessage(data.usage));
    const stream = sdk.messages.stream(ASK);
    const { response: head } = await stream.withResponse();
    const { usage } = await stream.finalMessage();
    assert.equal(usage.output_tokens, 42);
    await recorded(record, head, ofMessage(usage));
  }));

test("OpenAI JS: a completion's usage is the record's, whole and streamed", () =>
  stage({ dialect: "openai-chat" }, async ({ url, record }) => {
    const sdk = openai(url);
    const { data, response } = await sdk.chat.completions.create(CHAT).withResponse();
    assert.equal(data.usage.completion_tokens, 42);
    await recorded(record, response, ofChat(data.usage));
    const ask = { ...CHAT, stream: true, stream_options: { include_usage: true } };
    const streamed = await sdk.chat.completions.create(ask).withResponse();
    let usage;
    for await (const chunk of streamed.data) usage = chunk.usage ?? usage;
    assert.equal(usage.completion_tokens, 42);
    await recorded(record, streamed.response, ofChat(usage));
  }));

test("OpenAI JS: a response's usage is the record's, whole and streamed", () =>
  stage({ dialect: "openai-responses" }, async ({ url, record }) => {
    const sdk = openai(url);
    const { data, response } = await sdk.responses.create(RESPONSE).withResponse();
    assert.equal(data.usage.output_tokens, 42);
    await recorded(record, response, ofResponse(data.usage));
    const streamed = await sdk.responses.create({ ...RESPONSE, stream: true }).withResponse();
    let usage;
    for await (const event of streamed.data) usage = event.response?.usage ?? usage;
    assert.equal(usage.output_tokens, 42);
    await recorded(record, streamed.response, ofResponse(usage));
  }));

const BUDGET = '[[budgets]]\nperiod = "day"\nlimit_usd = 0.000001\n';
const once = (name, dialect, error, ask) =>
  test(`${name}: a spent budget is told once`, () =>
    stage({ dialect, more: BUDGET }, async ({ url, a, ctl }) => {
      await ask(url);
      await assert.rejects(ask(url), (e) => {
        assert.ok(e instanceof error, e.constructor.name);
        assert.equal(e.status, 429);
        assert.match(e.message, /budget/);
        return true;
      });
      await a.asked(1);
      const { requests } = JSON.parse(await ctl("requests", "--failed", "--json"));
      assert.deepEqual(requests.map((one) => one.status), [429]);
    }));
once("Anthropic JS", "anthropic", Anthropic.RateLimitError, (url) =>
  anthropic(url, { maxRetries: 3 }).messages.create(ASK),
);
once("OpenAI JS", "openai-chat", OpenAI.RateLimitError, (url) =>
  openai(url, { maxRetries: 3 }).chat.completions.create(CHAT),
);

test("Anthropic JS: a hit is read like the original, in both forms", () =>
  stage({ more: "[cache]\nenabled = true\n" }, async ({ url, a }) => {
    const sdk = anthropic(url);
    const first = await sdk.messages.create(ASK);
    assert.equal(first.content[0].text, TEXT);
    assert.deepEqual(await sdk.messages.create(ASK), first);
    const { parsed_output: _, ...streamed } = await sdk.messages.stream(ASK).finalMessage();
    assert.deepEqual([streamed.content[0].text, streamed.usage], [TEXT, first.usage]);
    await a.asked(1);
  }));

test("OpenAI JS: a hit is read like the original, in both forms", () =>
  stage({ dialect: "openai-responses", more: "[cache]\nenabled = true\n" }, async ({ url, a }) => {
    const sdk = openai(url);
    const first = await sdk.responses.create(RESPONSE);
    assert.equal(first.output_text, TEXT);
    assert.deepEqual(await sdk.responses.create(RESPONSE), first);
    const streamed = await sdk.responses.stream(RESPONSE).finalResponse();
    assert.deepEqual([streamed.output_text, streamed.usage], [TEXT, first.usage]);
    await a.asked(1);
  }));
