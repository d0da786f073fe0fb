// The Anthropic SDK for JavaScript does everything through zephyrd that it does without.
import assert from "node:assert/strict";
import { test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import { ASK, OWN_KEY, TEXT, answer, error, header, stage } from "./stage.js";

const client = (url, options = {}) =>
  new Anthropic({ baseURL: url, apiKey: "sk-of-the-client", maxRetries: 0, ...options });
const SCHEMA = { type: "object", properties: { city: { type: "string" }, unit: { type: "string" } } };
const TOOLS = [{ name: "weather", description: "Tells the weather", input_schema: SCHEMA }];

test("Anthropic JS: a message comes whole with the marks of its way", () =>
  stage({ count: 2 }, async ({ url, a }) => {
    const { data, response } = await client(url).messages.create(ASK).withResponse();
    assert.equal(data.content[0].text, TEXT);
    assert.equal(response.headers.get("x-used-endpoint"), "a");
    assert.match(response.headers.get("x-request-id"), /^req-[0-9a-f]{8}$/);
    const [seen] = await a.asked(1);
    assert.equal(header(seen, "authorization"), `Bearer ${OWN_KEY}`);
    assert.equal(header(seen, "x-api-key"), undefined);
    assert.deepEqual(JSON.parse(seen.body), ASK);
  }));

test("Anthropic JS: a stream comes event by event", () =>
  stage({}, async ({ url }) => {
    const kinds = [];
    for await (const event of await client(url).messages.create({ ...ASK, stream: true })) kinds.push(event.type);
    assert.equal(kinds[0], "message_start");
    assert.equal(kinds.at(-1), "message_stop");
  }));

test("Anthropic JS: the streaming interface gives the text and the final message", () =>
  stage({}, async ({ url }) => {
    let text = "";
    const stream = client(url).messages.stream(ASK).on("text", (part) => (text += part));
    const message = await stream.finalMessage();
    assert.equal(text, TEXT);
    assert.equal(message.usage.output_tokens, 42);
  }));

for (const stream of [false, true]) {
  test(`Anthropic JS: a tool is called and its result handed back, ${stream ? "streamed" : "whole"}`, () =>
    stage({}, async ({ url, a }) => {
      const sdk = client(url);
      const ask = { ...ASK, tools: TOOLS, tool_choice: { type: "any" } };
      const call = stream ? await sdk.messages.stream(ask).finalMessage() : await sdk.messages.create(ask);
      assert.equal(call.stop_reason, "tool_use");
      const use = call.content[1];
      assert.deepEqual([use.name, use.input], ["weather", { city: "Geneva", unit: "°C" }]);
      const result = { type: "tool_result", tool_use_id: use.id, content: "21 °C" };
      const turn = [
        ...ASK.messages,
        { role: "assistant", content: call.content },
        { role: "user", content: [result] },
      ];
      const done = await sdk.messages.create({ ...ASK, tools: TOOLS, messages: turn });
      assert.equal(done.content[0].text, TEXT);
      const [, seen] = await a.asked(2);
      assert.deepEqual(JSON.parse(seen.body).messages[2].content, [result]);
    }));
}

test("Anthropic JS: thinking and its signature survive the next turn", () =>
  stage({}, async ({ url, a }) => {
    await a.script({ paths: { "/v1/messages": { next: [answer("thinking")] } } });
    const sdk = client(url);
    const ask = { ...ASK, max_tokens: 4096, thinking: { type: "adaptive" } };
    const { content } = await sdk.messages.stream(ask).finalMessage();
    assert.deepEqual([content[0].thinking, content[0].signature], ["Winds have names 風.", "RmFrZS9TaWduYXR1cmUrMQ=="]);
    const turn = [...ASK.messages, { role: "assistant", content }, { role: "user", content: "?" }];
    await sdk.messages.create({ ...ask, messages: turn });
    const [, seen] = await a.asked(2);
    assert.deepEqual(JSON.parse(seen.body).messages[1].content[0], content[0]);
  }));

test("Anthropic JS: tokens are counted and models listed", () =>
  stage({}, async ({ url }) => {
    const sdk = client(url);
    const count = await sdk.messages.countTokens({ model: ASK.model, messages: ASK.messages });
    assert.ok(count.input_tokens > 0);
    const ids = [];
    for await (const model of sdk.models.list()) ids.push(model.id);
    assert.deepEqual(ids, ["claude-haiku-5", "claude-opus-5-5"]);
  }));

test("Anthropic JS: aborting a stream ends it at the endpoint", () =>
  stage({}, async ({ url, a }) => {
    await a.always({ stop: { at: { body: 900 }, how: "hang" } });
    const stream = client(url).messages.stream(ASK);
    await new Promise((done) => stream.once("text", done));
    stream.abort();
    await assert.rejects(stream.finalMessage(), Anthropic.APIUserAbortError);
    await a.left(0);
  }));

test("Anthropic JS: a stream cut after its text began is never a message", () =>
  stage({ count: 2 }, async ({ url, a, b }) => {
    await a.always({ stop: { at: { body: 900 }, how: "fin" } });
    await assert.rejects(client(url, { maxRetries: 2 }).messages.stream(ASK).finalMessage());
    await b.asked(0);
  }));

test("Anthropic JS: a wrong client token is refused once", () => {
  const token = "token-of-ada-0123456789abcdef";
  return stage({ more: `[[clients]]\nname = "ada"\ntoken = "${token}"\n` }, async ({ url, a }) => {
    const wrong = client(url, { maxRetries: 2 }).messages.create(ASK);
    await assert.rejects(wrong, Anthropic.AuthenticationError);
    await a.asked(0);
    await client(url, { apiKey: token }).messages.create(ASK);
    await client(url, { apiKey: null, authToken: token }).messages.create(ASK);
    const seen = await a.asked(2);
    assert.ok(!JSON.stringify(seen).includes(token));
  });
});

const FAULTS = {
  "an overloaded endpoint": error(529),
  "a refused key": error(401),
  "a page instead of an answer": {
    headers: [["content-type", "text/html"]],
    body: { text: "<!DOCTYPE html><title>Wall</title>" },
  },
  "a reset": { stop: { at: "head", how: "reset" } },
  "a stream that begins with an error": {
    headers: [["content-type", "text/event-stream"]],
    body: { pieces: ['event: error\ndata: {"type":"error","error":{"type":"api_error","message":"broken"}}\n\n'] },
  },
};
for (const [name, fault] of Object.entries(FAULTS)) {
  test(`Anthropic JS: a stream moves on from ${name}`, () =>
    stage({ count: 2 }, async ({ url, a, b }) => {
      await a.always(fault);
      const stream = client(url, { maxRetries: 2 }).messages.stream(ASK);
      const { response } = await stream.withResponse();
      assert.equal(await stream.finalText(), TEXT);
      assert.equal(response.headers.get("x-used-endpoint"), "b");
      assert.equal(header((await b.asked(1))[0], "x-stainless-retry-count"), "0");
    }));
}

// status of the only endpoint, the SDK's class, what it is told, requests that the endpoint sees with two retries
const ERRORS = [
  [400, {}, Anthropic.BadRequestError, 400, 1],
  [401, {}, Anthropic.InternalServerError, 503, 1],
  [403, {}, Anthropic.PermissionDeniedError, 403, 1],
  [404, {}, Anthropic.NotFoundError, 404, 1],
  [413, {}, Anthropic.APIError, 413, 1],
  [429, { headers: [["retry-after", "7200"]] }, Anthropic.RateLimitError, 429, 1],
  [529, { headers: [["retry-after", "120"]] }, Anthropic.InternalServerError, 529, 1],
];
for (const [status, options, kind, told, asked] of ERRORS) {
  test(`Anthropic JS: ${status} is the SDK's own error after ${asked} request`, () =>
    stage({}, async ({ url, a }) => {
      await a.always(error(status, options));
      await assert.rejects(client(url, { maxRetries: 2 }).messages.create(ASK), (e) => {
        assert.ok(e instanceof kind, `${e.constructor.name}`);
        assert.equal(e.status, told);
        assert.match(e.message, /scripted words/);
        return true;
      });
      await a.asked(asked);
    }));
}
