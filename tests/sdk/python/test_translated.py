"""The vendors' own SDKs judge the golden vectors of translation.

An answer that comes out of the translator must be read by the SDK of the client's dialect, as a stream and as a whole, and both
must say the same. A request that comes out must be of the types that the SDK publishes for the endpoint's dialect. No zephyrd
stands between: `zephyrd/wire/tests/golden.rs` holds that these bytes are what comes out.
"""

import json
import pathlib
import unittest

import anthropic.types
import openai.types.chat
import openai.types.responses
from pydantic import TypeAdapter
from stage import Fake
from test_whole import Anthropic, Chat, Responses, json_of, plain, stream_of

VECTORS = pathlib.Path(__file__).parent.parent.parent.parent / "zephyrd/wire/tests/golden"
REQUESTS = {
    "anthropic": anthropic.types.MessageCreateParams,
    "openai-chat": openai.types.chat.CompletionCreateParams,
    "openai-responses": openai.types.responses.ResponseCreateParams,
}


def drained(value):
    """Goes through everything: lists are read only as far as somebody looks."""
    if isinstance(value, dict):
        return {key: drained(inner) for key, inner in value.items()}
    if isinstance(value, (str, bytes, int, float, type(None))):
        return value
    return [drained(inner) for inner in value]


class Translated(unittest.TestCase):
    maxDiff = None

    def read(self, dialect, fake, answer, streamed):
        fake.always(answer)
        told = plain((dialect.streamed(fake) if streamed else dialect.whole(fake)).to_dict(mode="json"))
        for choice in told.get("choices", ()):
            # A stream begins with an empty text before it is known that none will come.
            if not choice["message"].get("content"):
                choice["message"].pop("content", None)
        return told

    def answers(self, dialect):
        fake = Fake()
        self.addCleanup(fake.stop)
        cases = sorted(path.parent for path in VECTORS.glob(f"answer_*/out.{dialect.name}.sse"))
        self.assertGreater(len(cases), 10)
        for case in cases:
            with self.subTest(case=case.name):
                stream = (case / f"out.{dialect.name}.sse").read_bytes()
                whole = (case / f"out.{dialect.name}.json").read_bytes()
                told = self.read(dialect, fake, json_of(whole), False)
                self.assertEqual(self.read(dialect, fake, stream_of(stream), True), told)

    def test_the_anthropic_sdk_reads_translated_answers(self):
        self.answers(Anthropic(beta=False))

    def test_the_openai_sdk_reads_translated_chat_answers(self):
        self.answers(Chat())

    def test_the_openai_sdk_reads_translated_responses(self):
        self.answers(Responses())

    def test_every_translated_answer_is_of_the_published_types(self):
        events = TypeAdapter(openai.types.responses.ResponseStreamEvent)
        models = {
            "anthropic": (anthropic.types.Message, TypeAdapter(anthropic.types.RawMessageStreamEvent)),
            "openai-chat": (openai.types.chat.ChatCompletion, TypeAdapter(openai.types.chat.ChatCompletionChunk)),
            "openai-responses": (openai.types.responses.Response, events),
        }
        for dialect, (whole, event) in models.items():
            for path in sorted(VECTORS.glob(f"answer_*/out.{dialect}.json")):
                with self.subTest(case=path.parent.name, dialect=dialect):
                    whole.model_validate_json(path.read_bytes())
            for path in sorted(VECTORS.glob(f"*/out.{dialect}.sse")):
                for line in path.read_text().splitlines():
                    # The SDK's own type of events leaves out those that say nothing.
                    if line.startswith("data: {") and line != 'data: {"type":"ping"}':
                        with self.subTest(case=path.parent.name, dialect=dialect):
                            event.validate_json(line.removeprefix("data: "))

    def test_every_translated_request_is_of_the_published_types(self):
        for dialect, of in REQUESTS.items():
            adapter = TypeAdapter(of)
            paths = sorted(VECTORS.glob(f"*/out.{dialect}.request.json"))
            self.assertGreater(len(paths), 10)
            for path in paths:
                with self.subTest(case=path.parent.name, dialect=dialect):
                    drained(adapter.validate_python(json.loads(path.read_text())))
