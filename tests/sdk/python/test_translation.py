"""Every SDK against an endpoint of every other dialect, through a real zephyrd: it notices nothing.

What the endpoint answers is taken from the golden vectors of translation, so that each conversation has parallel calls whose
arguments come in turns, thinking, and usage as the vendor tells it.
"""

import json
import pathlib
import unittest

import anthropic
import openai
from stage import Stage, error
from test_usage import record

VECTORS = pathlib.Path(__file__).parent.parent.parent.parent / "zephyrd/wire/tests/golden"
PATHS = {"anthropic": "/v1/messages", "openai-chat": "/v1/chat/completions", "openai-responses": "/v1/responses"}
# One answer that calls tools after some words, and one that says something, of each dialect.
CALLS = {
    "anthropic": "answer_anthropic_thinking_and_tool",
    "openai-chat": "answer_chat_tools_interleaved",
    "openai-responses": "answer_responses_reasoning_and_tools",
}
SAYS = {"anthropic": "answer_anthropic_text", "openai-chat": "answer_chat_text", "openai-responses": "answer_responses_text"}
TEXT = 'Héllo "you"\n😀'
PLACE = {"type": "object", "properties": {"place": {"type": "string"}, "days": {"type": "integer"}}}
SCHEMAS = {"get_weather": PLACE, "get_time": PLACE}


def vector(dialect, cases):
    """The stream of a case, a few bytes at a time."""
    stream = (VECTORS / cases[dialect] / f"in.{dialect}.answer.sse").read_text()
    headers = [["content-type", "text/event-stream; charset=utf-8"]]
    return {"headers": headers, "framing": "chunked", "body": {"text": stream}, "trickle": 700}


def whole(dialect):
    """An answer that is no stream, with thinking and a call."""
    case = {"anthropic": "anthropic", "openai-chat": "chat", "openai-responses": "responses"}[dialect]
    body = json.loads((VECTORS / f"answer_{case}_whole" / f"in.{dialect}.answer.json").read_text())
    return {"headers": [["content-type", "application/json"]], "body": {"json": body}}


class Anthropic:
    """Anthropic's SDK: a conversation that it carries on by itself."""

    dialect = "anthropic"

    def __init__(self, stage):
        self.sdk = anthropic.Anthropic(base_url=stage.url, api_key="sk-client", max_retries=0)
        self.messages = [{"role": "user", "content": "Weather?"}]
        self.tools = [{"name": name, "input_schema": schema} for name, schema in SCHEMAS.items()]

    def ask(self, stream):
        ask = {"model": "claude-m", "max_tokens": 4096, "messages": self.messages, "tools": self.tools}
        if stream:
            with self.sdk.messages.stream(**ask) as running:
                message = running.get_final_message()
                self.request = running.response.headers["x-request-id"]
        else:
            raw = self.sdk.messages.with_raw_response.create(**ask)
            message, self.request = raw.parse(), raw.headers["x-request-id"]
        self.messages = [*self.messages, {"role": "assistant", "content": message.content}]
        usage = message.usage
        self.usage = {"input": usage.input_tokens, "output": usage.output_tokens, "cache_read": usage.cache_read_input_tokens}
        calls = {block.id: (block.name, block.input) for block in message.content if block.type == "tool_use"}
        text = "".join(block.text for block in message.content if block.type == "text")
        assert message.stop_reason == ("tool_use" if calls else "end_turn"), message.stop_reason
        return text, calls

    def answer(self, results):
        content = [{"type": "tool_result", "tool_use_id": call, "content": text} for call, text in results.items()]
        self.messages = [*self.messages, {"role": "user", "content": content}]

    def say(self, text):
        self.messages = [*self.messages, {"role": "user", "content": text}]

    def leave(self):
        with self.sdk.messages.stream(model="m", max_tokens=64, messages=self.messages) as running:
            next(iter(running.text_stream))

    Error, APIError = anthropic.BadRequestError, anthropic.APIStatusError

    def kind(self, problem):
        return problem.body["error"]["type"], problem.body["error"]["message"]


class Chat:
    """OpenAI's SDK with chat completions."""

    dialect = "openai-chat"
    Error, APIError = openai.BadRequestError, openai.APIStatusError

    def __init__(self, stage):
        self.sdk = openai.OpenAI(base_url=f"{stage.url}/v1", api_key="sk-client", max_retries=0)
        self.messages = [{"role": "user", "content": "Weather?"}]
        self.tools = [
            {"type": "function", "function": {"name": name, "parameters": schema}} for name, schema in SCHEMAS.items()
        ]

    def ask(self, stream):
        ask = {"model": "gpt-m", "messages": self.messages, "tools": self.tools}
        if stream:
            with self.sdk.chat.completions.stream(**ask, stream_options={"include_usage": True}) as running:
                completion = running.get_final_completion()
                self.request = running._response.headers["x-request-id"]
        else:
            raw = self.sdk.chat.completions.with_raw_response.create(**ask)
            completion, self.request = raw.parse(), raw.headers["x-request-id"]
        message = completion.choices[0].message
        self.messages = [*self.messages, message.to_dict()]
        usage = completion.usage
        cached = usage.prompt_tokens_details.cached_tokens
        self.usage = {"input": usage.prompt_tokens - cached, "output": usage.completion_tokens, "cache_read": cached}
        calls = {
            call.id: (call.function.name, json.loads(call.function.arguments)) for call in message.tool_calls or []
        }
        assert completion.choices[0].finish_reason == ("tool_calls" if calls else "stop")
        return message.content, calls

    def answer(self, results):
        told = [{"role": "tool", "tool_call_id": call, "content": text} for call, text in results.items()]
        self.messages = [*self.messages, *told]

    def say(self, text):
        self.messages = [*self.messages, {"role": "user", "content": text}]

    def leave(self):
        with self.sdk.chat.completions.create(model="m", messages=self.messages, stream=True) as running:
            next(chunk for chunk in running if chunk.choices and chunk.choices[0].delta.content)

    def kind(self, problem):
        return problem.body["type"], problem.body["message"]


class Responses:
    """OpenAI's SDK with responses, which keeps nothing at the vendor, as Codex does."""

    dialect = "openai-responses"
    Error, APIError, kind = openai.BadRequestError, openai.APIStatusError, Chat.kind

    def __init__(self, stage):
        self.sdk = openai.OpenAI(base_url=f"{stage.url}/v1", api_key="sk-client", max_retries=0)
        self.input = [{"role": "user", "content": "Weather?"}]
        self.tools = [
            {"type": "function", "name": name, "parameters": schema, "strict": False} for name, schema in SCHEMAS.items()
        ]

    def ask(self, stream):
        ask = {"model": "gpt-m", "input": self.input, "tools": self.tools, "store": False}
        ask["include"] = ["reasoning.encrypted_content"]
        if stream:
            with self.sdk.responses.stream(**ask) as running:
                response = running.get_final_response()
                self.request = running._response.headers["x-request-id"]
        else:
            raw = self.sdk.responses.with_raw_response.create(**ask)
            response, self.request = raw.parse(), raw.headers["x-request-id"]
        self.input = [*self.input, *(item.to_dict() for item in response.output)]
        usage = response.usage
        cached = usage.input_tokens_details.cached_tokens
        self.usage = {"input": usage.input_tokens - cached, "output": usage.output_tokens, "cache_read": cached}
        assert response.status == "completed"
        calls = {
            item.call_id: (item.name, json.loads(item.arguments))
            for item in response.output
            if item.type == "function_call"
        }
        return response.output_text, calls

    def answer(self, results):
        told = [{"type": "function_call_output", "call_id": call, "output": text} for call, text in results.items()]
        self.input = [*self.input, *told]

    def say(self, text):
        self.input = [*self.input, {"role": "user", "content": text}]

    def leave(self):
        with self.sdk.responses.create(model="m", input=self.input, stream=True) as running:
            next(event for event in running if event.type == "response.output_text.delta")


def results_in(dialect, body):
    """The results of tools in a request as the endpoint got it: call's id to text."""
    if dialect == "anthropic":
        content = [part for turn in body["messages"] if isinstance(turn["content"], list) for part in turn["content"]]
        found = {part["tool_use_id"]: part["content"] for part in content if part["type"] == "tool_result"}
        return {call: text if isinstance(text, str) else text[0]["text"] for call, text in found.items()}
    if dialect == "openai-chat":
        return {turn["tool_call_id"]: turn["content"] for turn in body["messages"] if turn["role"] == "tool"}
    return {item["call_id"]: item["output"] for item in body["input"] if item.get("type") == "function_call_output"}


class Translation(unittest.TestCase):
    maxDiff = None

    def pairs(self):
        for client in (Anthropic, Chat, Responses):
            for dialect in PATHS:
                if dialect != client.dialect:
                    yield client, dialect

    def test_a_conversation_with_tools_is_cancelled_and_gone_on_with(self):
        for client, dialect in self.pairs():
            with self.subTest(client=client.dialect, endpoint=dialect), Stage(dialect=dialect) as stage:
                talk = client(stage)
                stage.a.always(vector(dialect, CALLS))
                text, calls = talk.ask(stream=True)
                self.assertEqual(text, "I look.")
                self.assertIn(("get_weather", "Tromsø"), [(name, given.get("place")) for name, given in calls.values()])
                self.check(stage, talk)
                talk.answer({call: f"result of {name}" for call, (name, _) in calls.items()})
                # The client leaves in the middle of the next answer, and asks again.
                stage.a.always({**vector(dialect, SAYS), "stop": {"at": {"body": self.middle(dialect)}, "how": "hang"}})
                talk.leave()
                stage.a.wait(lambda a: 1 in a.left, "the endpoint to see the client leave")
                stage.a.always(vector(dialect, SAYS))
                self.assertEqual(talk.ask(stream=True), (TEXT, {}))
                self.check(stage, talk)
                wanted = {call: f"result of {name}" for call, (name, _) in calls.items()}
                self.assertEqual(results_in(dialect, stage.a.bodies()[-1]), wanted)
                talk.say("Thanks")
                self.assertEqual(talk.ask(stream=True), (TEXT, {}))
                self.assertEqual({seen["target"] for seen in stage.a.asked(4)}, {PATHS[dialect]})
                self.assertNotIn("sk-client", json.dumps(stage.a.seen))

    def middle(self, dialect):
        """A place in the words of the answer, behind the first of them."""
        stream = (VECTORS / SAYS[dialect] / f"in.{dialect}.answer.sse").read_bytes()
        return stream.index("llo".encode())

    def check(self, stage, talk):
        """What the SDK was told of tokens is what the record says."""
        told = record(stage, talk.request)
        tokens = dict(told["tokens"])
        if talk.dialect != "anthropic":
            # Writing a cache is input like any other in OpenAI's words.
            tokens["input"] += tokens["cache_write_5m"] + tokens["cache_write_1h"]
        self.assertEqual({name: tokens[name] for name in talk.usage}, talk.usage)
        self.assertEqual((told["usage"], told["ended"], told["succeeded"]), ("final", "complete", True), told)

    def test_a_whole_answer_comes_with_its_call_and_its_usage(self):
        for client, dialect in self.pairs():
            with self.subTest(client=client.dialect, endpoint=dialect), Stage(dialect=dialect) as stage:
                stage.a.always(whole(dialect))
                talk = client(stage)
                text, calls = talk.ask(stream=False)
                self.assertEqual(text, "I look.")
                weather = [given for name, given in calls.values() if name == "get_weather"]
                self.assertEqual(weather, [{"place": "Oslo", "exact": 1.5}])
                self.check(stage, talk)

    def test_a_refused_request_is_the_sdks_own_error_in_the_endpoints_words(self):
        for client, dialect in self.pairs():
            with self.subTest(client=client.dialect, endpoint=dialect), Stage(dialect=dialect) as stage:
                stage.a.always(error(400, "these words", "invalid_request_error", dialect=dialect))
                talk = client(stage)
                for stream in (False, True):
                    with self.assertRaises(client.Error) as raised:
                        talk.ask(stream)
                    self.assertEqual(talk.kind(raised.exception), ("invalid_request_error", "these words"))

    def test_a_prompt_that_is_too_long_is_told_in_the_clients_words(self):
        words = {
            "anthropic": "prompt is too long: 250000 tokens > 200000 maximum",
            "openai-chat": "This model's maximum context length is 200000 tokens. However, your messages resulted in 250000 tokens.",
            "openai-responses": "Your input exceeds the context window of this model. Please adjust your input and try again.",
        }
        for client, dialect in self.pairs():
            with self.subTest(client=client.dialect, endpoint=dialect), Stage(dialect=dialect) as stage:
                answer = error(400, words[dialect], "invalid_request_error", dialect=dialect)
                if dialect != "anthropic":
                    answer["body"]["json"]["error"]["code"] = "context_length_exceeded"
                stage.a.always(answer)
                with self.assertRaises(client.Error) as raised:
                    client(stage).ask(False)
                if client is Anthropic:
                    self.assertIn("prompt is too long", raised.exception.body["error"]["message"])
                else:
                    self.assertEqual(raised.exception.code, "context_length_exceeded")

    def test_what_no_endpoint_can_be_asked_is_refused_without_a_call(self):
        with Stage(dialect="anthropic") as stage:
            sdk = openai.OpenAI(base_url=f"{stage.url}/v1", api_key="sk", max_retries=0)
            with self.assertRaises(openai.BadRequestError) as raised:
                sdk.chat.completions.create(model="m", messages=[{"role": "user", "content": "hi"}], n=2)
            self.assertIn("`n`", raised.exception.body["message"])
            stage.a.asked(0)
