"""The SDKs read the same answer from an endpoint's stream, from what it is gathered to, and from what that is scattered to.

The streams are the vectors of `zephyr-wire` and those of the fake endpoint, whose whole answers were written apart from its
streams. No zephyrd stands between: the bytes are served as they are.
"""

import json
import pathlib
import subprocess
import unittest
import urllib.request

import anthropic
import openai
from openai.lib.streaming.chat import ChatCompletionStreamState
from stage import BIN, Fake

VECTORS = pathlib.Path(__file__).parent.parent.parent.parent / "zephyrd/wire/tests/whole"
USER = [{"role": "user", "content": "hi"}]
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}}
FUNCTION = {"name": "weather", "parameters": PARAMETERS}


def fold(way, dialect, given, *more):
    return subprocess.run([BIN / "zephyr-fold", way, dialect, *more], input=given, capture_output=True, check=True).stdout


def stream_of(body):
    """A scripted answer with these bytes, some at a time."""
    headers = [["content-type", "text/event-stream; charset=utf-8"]]
    return {"headers": headers, "framing": "chunked", "body": {"text": body.decode()}, "trickle": 1000}


def json_of(body):
    return {"headers": [["content-type", "application/json"]], "body": {"text": body.decode()}}


class Anthropic:
    name, path = "anthropic", "/v1/messages"
    asked = {"model": "m", "max_tokens": 64, "messages": USER}
    tool = {
        "tools": [{"name": "weather", "input_schema": PARAMETERS}],
        "tool_choice": {"type": "tool", "name": "weather"},
    }

    def client(self, fake):
        return anthropic.Anthropic(base_url=fake.url, api_key="sk", max_retries=0)

    def __init__(self, beta):
        self.beta = beta

    def messages(self, fake):
        client = self.client(fake)
        return client.beta.messages if self.beta else client.messages

    def streamed(self, fake):
        with self.messages(fake).stream(**self.asked) as stream:
            return stream.get_final_message()

    def whole(self, fake):
        return self.messages(fake).create(**self.asked)


class Chat:
    name, path = "openai-chat", "/v1/chat/completions"
    asked = {"model": "m", "messages": USER}
    tool = {"tools": [{"type": "function", "function": FUNCTION}], "tool_choice": "required"}

    def client(self, fake):
        return openai.OpenAI(base_url=f"{fake.url}/v1", api_key="sk", max_retries=0)

    def streamed(self, fake):
        # What `chat.completions.stream` works with; itself it refuses to give what was cut by the length limit.
        state = ChatCompletionStreamState()
        asked = {**self.asked, "stream": True, "stream_options": {"include_usage": True}}
        for chunk in self.client(fake).chat.completions.create(**asked):
            list(state.handle_chunk(chunk))
        return state.current_completion_snapshot

    def whole(self, fake):
        return self.client(fake).chat.completions.create(**self.asked)


class Responses:
    name, path = "openai-responses", "/v1/responses"
    asked = {"model": "m", "input": "hi"}
    tool = {"tools": [{"type": "function", "strict": False, **FUNCTION}], "tool_choice": "required"}
    client = Chat.client

    def streamed(self, fake):
        with self.client(fake).responses.stream(**self.asked) as stream:
            events = list(stream)
        assert [event.sequence_number for event in events] == list(range(len(events)))
        assert events[-1].type in ("response.completed", "response.incomplete"), events[-1].type
        return events[-1].response

    def whole(self, fake):
        return self.client(fake).responses.create(**self.asked)


# What the SDK adds, and what it takes from a choice's first chunk alone.
OWN = ("parsed", "parsed_arguments", "parsed_output", "content_filter_results", "native_finish_reason")


def plain(value):
    """What the SDK has read, without members that say nothing."""
    if isinstance(value, dict):
        kept = {key: plain(inner) for key, inner in value.items() if key not in OWN}
        # The position among the calls belongs to the stream.
        if "function" in kept or "custom" in kept:
            kept.pop("index", None)
        return {key: inner for key, inner in kept.items() if inner is not None}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def cases(dialect):
    found = sorted(path for path in (VECTORS / dialect.name.replace("-", "_")).iterdir() if path.name != "unsound")
    assert found
    return found


class Whole(unittest.TestCase):
    maxDiff = None

    def read(self, dialect, fake, answer, streamed):
        fake.always(answer)
        return plain((dialect.streamed(fake) if streamed else dialect.whole(fake)).to_dict(mode="json"))

    def vectors(self, dialect, unknown=(), misread=()):
        """Each vector, as it came, gathered, and scattered again.

        `unknown` to this SDK is what some vectors are about, and `misread` some streams as they came.
        """
        fake = Fake()
        self.addCleanup(fake.stop)
        for case in cases(dialect):
            if case.name in unknown:
                continue
            with self.subTest(case=case.name):
                stream = (case / "stream.sse").read_bytes()
                gathered = fold("gather", dialect.name, stream)
                whole = self.read(dialect, fake, json_of(gathered), False)
                scattered = fold("scatter", dialect.name, gathered, "--include-usage")
                self.assertEqual(self.read(dialect, fake, stream_of(scattered), True), whole, "scattered")
                if case.name not in misread:
                    self.assertEqual(self.read(dialect, fake, stream_of(stream), True), whole, "as it came")

    def fakes(self, dialect):
        """The fake endpoint's own streams against its own whole answers."""
        fake = Fake()
        self.addCleanup(fake.stop)
        for tool in ({}, dialect.tool):
            with self.subTest(tool=bool(tool)):
                fake.script({})
                given = {}
                for stream in (False, True):
                    body = json.dumps({**dialect.asked, **tool, "stream": stream}).encode()
                    with urllib.request.urlopen(urllib.request.Request(fake.url + dialect.path, body)) as reply:
                        given[stream] = reply.read()
                whole = self.read(dialect, fake, json_of(given[False]), False)
                gathered = fold("gather", dialect.name, given[True])
                self.assertEqual(self.read(dialect, fake, json_of(gathered), False), whole, "gathered")
                scattered = fold("scatter", dialect.name, given[False], "--include-usage")
                self.assertEqual(self.read(dialect, fake, stream_of(scattered), True), whole, "scattered")

    # A pair of surrogates that comes in two events, zeros instead of the input's tokens, events without names.
    anthropic = ("text", "server_tools", "without_names")

    def test_the_anthropic_sdk_reads_the_vectors_alike(self):
        self.vectors(Anthropic(beta=False), unknown=("fallback", "unknown_members"), misread=self.anthropic)

    def test_the_anthropic_sdks_beta_reads_the_vectors_alike(self):
        # It has no place for members that `message_delta` brings anew.
        self.vectors(Anthropic(beta=True), misread=(*self.anthropic, "unknown_members"))

    def test_the_anthropic_sdk_reads_the_fake_endpoint_alike(self):
        self.fakes(Anthropic(beta=False))

    def test_the_openai_sdk_reads_the_chat_vectors_alike(self):
        # An empty text beside a refusal or calls, calls whose name comes late or again, chunks that begin with nothing.
        self.vectors(Chat(), misread=("refusal", "tools_interleaved", "other_servers"))

    def test_the_openai_sdk_reads_the_fake_endpoints_chat_alike(self):
        self.fakes(Chat())

    def test_the_openai_sdk_reads_the_response_vectors_alike(self):
        self.vectors(Responses(), misread=("output_left_out",))

    def test_the_openai_sdk_reads_the_fake_endpoints_responses_alike(self):
        self.fakes(Responses())
