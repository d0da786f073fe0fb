// The JavaScript SDKs' own tool runners against endpoints of the other dialects, whose answers are the golden vectors.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { stage } from "./stage.js";

const TEXT = 'Héllo "you"\n😀';
const CALLS = {
  anthropic: "answer_anthropic_thinking_and_tool",
  "openai-chat": "answer_chat_tools_interleaved",
  "openai-responses": "answer_responses_reasoning_and_tools",
};
const SAYS = { anthropic: "answer_anthropic_text", "openai-chat": "answer_chat_text", "openai-responses": "answer_responses_text" };
const PATHS = { anthropic: "/v1/messages", "openai-chat": "/v1/chat/completions", "openai-responses": "/v1/responses" };
const SCHEMA = { type: "object", properties: { place: { type: "string" }, days: { type: "integer" } } };
const NAMES = ["get_weather", "get_time"];

/** The stream of a case, some bytes at a time. */
const vector = (dialect, cases) => ({
  headers: [["content-type", "text/event-stream; charset=utf-8"]],
  framing: "chunked",
  body: { text: readFileSync(new URL(`../golden/${cases[dialect]}/in.${dialect}.answer.sse`, import.meta.url), "utf8") },
  trickle: 700,
});

/** First calls of tools, then words. */
const turns = (dialect) => ({
  paths: { [PATHS[dialect]]: { next: [vector(dialect, CALLS)], always: vector(dialect, SAYS) } },
});

for (const dialect of ["openai-chat", "openai-responses"]) {
  test(`Anthropic JS: the tool runner goes through an endpoint of ${dialect}`, () =>
    stage({ dialect }, async ({ url, a }) => {
      await a.script(turns(dialect));
      const sdk = new Anthropic({ baseURL: url, apiKey: "sk-of-the-client", maxRetries: 0 });
      const places = [];
      const run = ({ place }) => `${places.push(place)} done`;
      const tools = NAMES.map((name) => ({ type: "custom", name, input_schema: SCHEMA, run, parse: (input) => input }));
      const runner = sdk.beta.messages.toolRunner({
        model: "claude-m",
        max_tokens: 4096,
        messages: [{ role: "user", content: "Weather?" }],
        tools,
        stream: true,
      });
      let message;
      for await (const stream of runner) message = await stream.finalMessage();
      assert.equal(message.content.at(-1).text, TEXT);
      assert.ok(places.includes("Tromsø"), `${places}`);
      const [, second] = await a.asked(2);
      assert.equal((second.body.match(/ done"/g) ?? []).length, 2);
    }));
}

for (const dialect of ["anthropic", "openai-responses"]) {
  test(`OpenAI JS: tools are run through an endpoint of ${dialect}`, () =>
    stage({ dialect }, async ({ url, a }) => {
      await a.script(turns(dialect));
      const sdk = new OpenAI({ baseURL: `${url}/v1`, apiKey: "sk-of-the-client", maxRetries: 0 });
      const places = [];
      const tools = NAMES.map((name) => ({
        type: "function",
        function: { name, parameters: SCHEMA, parse: JSON.parse, function: ({ place }) => `${places.push(place)} done` },
      }));
      const runner = sdk.chat.completions.runTools({
        model: "gpt-m",
        messages: [{ role: "user", content: "Weather?" }],
        tools,
        stream: true,
      });
      assert.equal(await runner.finalContent(), TEXT);
      assert.ok(places.includes("Tromsø"), `${places}`);
      await a.asked(2);
    }));
}

for (const dialect of ["anthropic", "openai-chat"]) {
  test(`OpenAI JS: a response with calls and the next one come from an endpoint of ${dialect}`, () =>
    stage({ dialect }, async ({ url, a }) => {
      await a.script(turns(dialect));
      const sdk = new OpenAI({ baseURL: `${url}/v1`, apiKey: "sk-of-the-client", maxRetries: 0 });
      const tools = NAMES.map((name) => ({ type: "function", name, parameters: SCHEMA, strict: false }));
      const ask = { model: "gpt-m", tools, store: false, include: ["reasoning.encrypted_content"] };
      const input = [{ role: "user", content: "Weather?" }];
      const first = await sdk.responses.stream({ ...ask, input }).finalResponse();
      const calls = first.output.filter((item) => item.type === "function_call");
      assert.ok(calls.some((call) => JSON.parse(call.arguments).place === "Tromsø"));
      const results = calls.map(({ call_id }) => ({ type: "function_call_output", call_id, output: "done" }));
      const next = [...input, ...first.output, ...results];
      assert.equal((await sdk.responses.stream({ ...ask, input: next }).finalResponse()).output_text, TEXT);
      await a.asked(2);
    }));
}
