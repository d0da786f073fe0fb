// The OpenAI SDK for JavaScript through zephyrd.
import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";
import { CHAT, TEXT, error, header, stage } from "./stage.js";

const client = (url, options = {}) => new OpenAI({ baseURL: `${url}/v1`, apiKey: "sk-of-the-client", ...options });
const chat = { dialect: "openai-chat" };
const responses = { dialect: "openai-responses" };

test("OpenAI JS: a completion comes whole and streamed", () =>
  stage(chat, async ({ url }) => {
    const sdk = client(url);
    assert.equal((await sdk.chat.completions.create(CHAT)).choices[0].message.content, TEXT);
    let text = "";
    for await (const chunk of await sdk.chat.completions.create({ ...CHAT, stream: true })) {
      text += chunk.choices[0]?.delta?.content ?? "";
    }
    assert.equal(text, TEXT);
  }));

test("OpenAI JS: a response comes whole and streamed", () =>
  stage(responses, async ({ url }) => {
    const sdk = client(url);
    const ask = { model: "gpt-5", input: "hi" };
    assert.equal((await sdk.responses.create(ask)).output_text, TEXT);
    const final = await sdk.responses.stream(ask).finalResponse();
    assert.equal(final.output_text, TEXT);
  }));

test("OpenAI JS: models are listed and input tokens counted", () =>
  stage(responses, async ({ url, a }) => {
    const sdk = client(url);
    const ids = [];
    for await (const model of sdk.models.list()) ids.push(model.id);
    assert.deepEqual(ids, ["claude-haiku-5", "claude-opus-5-5"]);
    await a.always(error(404));
    const { data, response } = await sdk.responses.inputTokens.count({ model: "gpt-5", input: "hi" }).withResponse();
    assert.equal(response.headers.get("x-token-estimation"), "true");
    assert.ok(data.input_tokens > 0);
  }));

test("OpenAI JS: a tool is called", () =>
  stage(chat, async ({ url }) => {
    const parameters = { type: "object", properties: { city: { type: "string" }, unit: { type: "string" } } };
    const tools = [{ type: "function", function: { name: "weather", parameters } }];
    const ask = { ...CHAT, tools, tool_choice: "required" };
    const done = await client(url).chat.completions.create(ask);
    const { function: called } = done.choices[0].message.tool_calls[0];
    assert.deepEqual([called.name, JSON.parse(called.arguments)], ["weather", { city: "Geneva", unit: "°C" }]);
  }));

test("OpenAI JS: a completion moves on from an overloaded endpoint", () =>
  stage({ ...chat, count: 2 }, async ({ url, a, b }) => {
    await a.always(error(529));
    const { data, response } = await client(url).chat.completions.create(CHAT).withResponse();
    assert.equal(data.choices[0].message.content, TEXT);
    assert.equal(response.headers.get("x-used-endpoint"), "b");
    assert.equal(header((await b.asked(1))[0], "x-stainless-retry-count"), "0");
  }));

test("OpenAI JS: aborting a stream ends it at the endpoint", () =>
  stage(chat, async ({ url, a }) => {
    await a.always({ stop: { at: { body: 700 }, how: "hang" } });
    const stream = await client(url).chat.completions.create({ ...CHAT, stream: true });
    for await (const chunk of stream) if (chunk.choices[0]?.delta?.content) break;
    await a.left(0);
  }));

test("OpenAI JS: an error is the SDK's own", () =>
  stage(chat, async ({ url, a }) => {
    await a.always(error(400));
    await assert.rejects(client(url).chat.completions.create(CHAT), OpenAI.BadRequestError);
    await a.asked(1);
  }));
