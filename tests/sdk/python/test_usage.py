"""What an SDK is told of tokens is what the record says; a spent budget and a stored answer are read as they should be."""

import json
import time
import unittest

import anthropic
import openai
from stage import DEADLINE, Stage, answer

TEXT = "The zephyr is a light wind from the west."
USER = [{"role": "user", "content": "hi"}]
ASK = {"model": "claude-opus-5-5", "max_tokens": 64, "messages": USER}
CHAT = {"model": "gpt-5", "messages": USER}
RESPONSE = {"model": "gpt-5", "input": "hi"}
# Usage as each vendor tells it, with everything that is counted apart.
ANTHROPIC = {
    "input_tokens": 100,
    "output_tokens": 50,
    "cache_read_input_tokens": 1000,
    "cache_creation_input_tokens": 300,
    "cache_creation": {"ephemeral_5m_input_tokens": 200, "ephemeral_1h_input_tokens": 100},
    "server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 1},
    "service_tier": "standard",
}
CHAT_USAGE = {
    "prompt_tokens": 1100,
    "completion_tokens": 50,
    "total_tokens": 1150,
    "prompt_tokens_details": {"cached_tokens": 1000},
    "completion_tokens_details": {"reasoning_tokens": 30},
}
RESPONSE_USAGE = {
    "input_tokens": 1100,
    "output_tokens": 50,
    "total_tokens": 1150,
    "input_tokens_details": {"cached_tokens": 1000, "cache_write_tokens": 0},
    "output_tokens_details": {"reasoning_tokens": 30},
}


def sse(name, data):
    return f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n"


def stream(*pieces):
    headers = [["content-type", "text/event-stream; charset=utf-8"]]
    return {"headers": headers, "framing": "chunked", "body": {"pieces": list(pieces)}}


def whole(body):
    return {"headers": [["content-type", "application/json"]], "body": {"json": body}}


def message(usage):
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": ASK["model"],
        "content": [{"type": "text", "text": TEXT}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": usage,
    }


def message_events(usage):
    start = {**message({**usage, "output_tokens": 1}), "content": [], "stop_reason": None}
    yield sse("message_start", {"message": start})
    yield sse("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}})
    yield sse("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": TEXT}})
    yield sse("content_block_stop", {"index": 0})
    last = {"output_tokens": usage["output_tokens"], "server_tool_use": usage["server_tool_use"]}
    yield sse("message_delta", {"delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": last})
    yield sse("message_stop", {})


def completion(usage):
    choice = {"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}
    told = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-5"}
    return {**told, "choices": [choice], "usage": usage}


def chunks(usage):
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-5"}
    for delta, finish in (({"role": "assistant", "content": TEXT}, None), ({}, "stop")):
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        yield f"data: {json.dumps({**head, 'choices': [choice]})}\n\n"
    yield f"data: {json.dumps({**head, 'choices': [], 'usage': usage})}\n\n"
    yield "data: [DONE]\n\n"


def response(usage, status="completed"):
    content = [{"type": "output_text", "text": TEXT, "annotations": []}]
    item = {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": content}
    told = {"id": "resp_1", "object": "response", "created_at": 1, "status": status, "model": "gpt-5"}
    rest = {"output": [item] if status == "completed" else [], "parallel_tool_calls": True}
    return {**told, **rest, "tool_choice": "auto", "tools": [], "usage": usage}


def response_events(usage):
    done = response(usage)
    item = done["output"][0]
    at = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    events = [
        ("response.created", {"response": response(None, "in_progress")}),
        ("response.output_item.added", {"output_index": 0, "item": {**item, "status": "in_progress", "content": []}}),
        ("response.content_part.added", {**at, "part": {"type": "output_text", "text": "", "annotations": []}}),
        ("response.output_text.delta", {**at, "delta": TEXT, "logprobs": []}),
        ("response.output_text.done", {**at, "text": TEXT, "logprobs": []}),
        ("response.content_part.done", {**at, "part": item["content"][0]}),
        ("response.output_item.done", {"output_index": 0, "item": item}),
        ("response.completed", {"response": done}),
    ]
    for number, (name, data) in enumerate(events):
        yield sse(name, {"sequence_number": number, **data})


def record(stage, request):
    """The record of `request`, which is written when its last byte is out."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        told = stage.ctl("requests", request, "--json")
        if told.returncode == 0:
            return json.loads(told.stdout)["request"]
        time.sleep(0.01)
    raise AssertionError(f"no record of {request}:\n{stage.said()}")


class Usage(unittest.TestCase):
    maxDiff = None

    def check(self, stage, request, usage):
        """`usage` (in the record's words) is what was recorded, of a request that went well."""
        told = record(stage, request)
        self.assertEqual({name: told["tokens"][name] for name in usage}, usage)
        self.assertEqual((told["usage"], told["ended"], told["succeeded"]), ("final", "complete", True), told)
        self.assertEqual(told["attempts"][0]["tokens"], told["tokens"])
        self.assertGreater(told["cost_nanos"], 0)

    def of_anthropic(self, usage):
        creation = usage.cache_creation
        return {
            "input": usage.input_tokens,
            "output": usage.output_tokens,
            "cache_read": usage.cache_read_input_tokens,
            "cache_write_5m": creation.ephemeral_5m_input_tokens,
            "cache_write_1h": creation.ephemeral_1h_input_tokens,
            "web_searches": usage.server_tool_use.web_search_requests,
            "web_fetches": usage.server_tool_use.web_fetch_requests,
            "reasoning": 0,
        }

    def test_a_message_s_usage_is_the_record_s(self):
        with Stage() as stage:
            sdk = anthropic.Anthropic(base_url=stage.url, api_key="sk", max_retries=0)
            stage.a.always(whole(message(ANTHROPIC)))
            raw = sdk.messages.with_raw_response.create(**ASK)
            usage = raw.parse().usage
            self.assertEqual(usage.cache_creation_input_tokens, 300)
            self.check(stage, raw.headers["x-request-id"], self.of_anthropic(usage))
            stage.a.always(stream(*message_events(ANTHROPIC)))
            with sdk.messages.stream(**ASK) as running:
                usage = running.get_final_message().usage
                request = running.response.headers["x-request-id"]
            self.assertEqual((usage.output_tokens, usage.cache_read_input_tokens), (50, 1000))
            self.check(stage, request, self.of_anthropic(usage))

    def of_chat(self, usage):
        cached = usage.prompt_tokens_details.cached_tokens
        return {
            "input": usage.prompt_tokens - cached,
            "cache_read": cached,
            "output": usage.completion_tokens,
            "reasoning": usage.completion_tokens_details.reasoning_tokens,
            "cache_write_5m": 0,
        }

    def test_a_completion_s_usage_is_the_record_s(self):
        with Stage(dialect="openai-chat") as stage:
            sdk = openai.OpenAI(base_url=f"{stage.url}/v1", api_key="sk", max_retries=0)
            stage.a.always(whole(completion(CHAT_USAGE)))
            raw = sdk.chat.completions.with_raw_response.create(**CHAT)
            self.check(stage, raw.headers["x-request-id"], self.of_chat(raw.parse().usage))
            stage.a.always(stream(*chunks(CHAT_USAGE)))
            asked = {**CHAT, "stream": True, "stream_options": {"include_usage": True}}
            raw = sdk.chat.completions.with_raw_response.create(**asked)
            last = list(raw.parse())[-1].usage
            self.assertEqual((last.prompt_tokens, last.completion_tokens), (1100, 50))
            self.check(stage, raw.headers["x-request-id"], self.of_chat(last))

    def of_response(self, usage):
        cached = usage.input_tokens_details.cached_tokens
        return {
            "input": usage.input_tokens - cached,
            "cache_read": cached,
            "output": usage.output_tokens,
            "reasoning": usage.output_tokens_details.reasoning_tokens,
            "cache_write_5m": 0,
        }

    def test_a_response_s_usage_is_the_record_s(self):
        with Stage(dialect="openai-responses") as stage:
            sdk = openai.OpenAI(base_url=f"{stage.url}/v1", api_key="sk", max_retries=0)
            stage.a.always(whole(response(RESPONSE_USAGE)))
            raw = sdk.responses.with_raw_response.create(**RESPONSE)
            self.check(stage, raw.headers["x-request-id"], self.of_response(raw.parse().usage))
            stage.a.always(stream(*response_events(RESPONSE_USAGE)))
            raw = sdk.responses.with_raw_response.create(**RESPONSE, stream=True)
            last = list(raw.parse())[-1].response.usage
            self.assertEqual((last.input_tokens, last.output_tokens), (1100, 50))
            self.check(stage, raw.headers["x-request-id"], self.of_response(last))


BUDGET = '[[budgets]]\nperiod = "day"\nlimit_usd = 0.000001\n'


class Budget(unittest.TestCase):
    def refused(self, stage, error, ask):
        ask()
        with self.assertRaises(error) as caught:
            ask()
        self.assertEqual(caught.exception.status_code, 429)
        self.assertRegex(str(caught.exception), "budget")
        stage.a.asked(1)
        told = json.loads(stage.ctl("requests", "--failed", "--json").stdout)["requests"]
        self.assertEqual([one["status"] for one in told], [429], "it was not asked again")

    def test_a_spent_budget_is_told_once_to_anthropic_s_sdk(self):
        with Stage(more=BUDGET) as stage:
            sdk = anthropic.Anthropic(base_url=stage.url, api_key="sk", max_retries=3)
            self.refused(stage, anthropic.RateLimitError, lambda: sdk.messages.create(**ASK))

    def test_a_spent_budget_is_told_once_to_openai_s_sdk(self):
        with Stage(dialect="openai-chat", more=BUDGET) as stage:
            sdk = openai.OpenAI(base_url=f"{stage.url}/v1", api_key="sk", max_retries=3)
            self.refused(stage, openai.RateLimitError, lambda: sdk.chat.completions.create(**CHAT))


CACHE = "[cache]\nenabled = true\n"


class Cache(unittest.TestCase):
    maxDiff = None

    def both(self, stage, whole, streamed, first):
        """What the SDK reads first, in one form, it reads again from the cache, in both."""
        original = (streamed if first else whole)()
        for form in (streamed, whole):
            self.assertEqual(form(), original)
        stage.a.asked(1)
        hits = json.loads(stage.ctl("usage", "--by", "total", "--json").stdout)["total"]
        self.assertEqual((hits["requests"], hits["cache_hits"]), (3, 2))

    def test_a_hit_is_read_like_the_original_by_anthropic_s_sdk(self):
        for first in (False, True):
            with self.subTest(stream=first), Stage(more=CACHE) as stage:
                sdk = anthropic.Anthropic(base_url=stage.url, api_key="sk", max_retries=0)
                if first:
                    stage.a.always(answer("thinking"))

                def streamed(sdk=sdk):
                    with sdk.messages.stream(**ASK) as running:
                        return plain(running.get_final_message())

                self.both(stage, lambda sdk=sdk: plain(sdk.messages.create(**ASK)), streamed, first)

    def test_a_hit_is_read_like_the_original_by_openai_s_sdk(self):
        for first in (False, True):
            with self.subTest(stream=first), Stage(dialect="openai-responses", more=CACHE) as stage:
                sdk = openai.OpenAI(base_url=f"{stage.url}/v1", api_key="sk", max_retries=0)

                def streamed(sdk=sdk):
                    with sdk.responses.stream(**RESPONSE) as running:
                        return plain(running.get_final_response())

                self.both(stage, lambda sdk=sdk: plain(sdk.responses.create(**RESPONSE)), streamed, first)


def plain(model):
    """What the SDK has read, without members that say nothing or that it adds for streams."""

    def kept(value):
        if isinstance(value, dict):
            inner = {key: kept(one) for key, one in value.items() if not key.startswith("parsed")}
            return {key: one for key, one in inner.items() if one is not None}
        return [kept(one) for one in value] if isinstance(value, list) else value

    return kept(model.to_dict(mode="json"))
