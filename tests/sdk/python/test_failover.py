"""What one endpoint fails, the next answers, and the SDK sees nothing of it; what breaks later is never a success."""

import time
import unittest

import anthropic
import openai
from stage import Fake, Stage, error, events, refused

TEXT = "The zephyr is a light wind from the west."
ASK = {"model": "claude-opus-5-5", "max_tokens": 64, "messages": [{"role": "user", "content": "hi"}]}
CHAT = {"model": "gpt-5", "messages": [{"role": "user", "content": "hi"}]}
RESPONSE = {"model": "gpt-5", "input": "hi"}

SSE_ERROR = 'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"broken"}}\n\n'
HTML = {"headers": [["content-type", "text/html"]], "body": {"text": "<!DOCTYPE html><title>Wall</title>"}}
FAULTS = {
    "401": error(401),
    "402": error(402),
    "403": error(403),
    "404_of_a_model": error(404),
    "408": error(408),
    "429": error(429),
    "429_for_hours": error(429, headers=[["retry-after", "7200"]]),
    "500": error(500),
    "503": error(503),
    "524": error(524),
    "529": error(529),
    "a_page_instead_of_an_answer": HTML,
    "a_page_with_503": {**HTML, "status": 503},
    "an_error_with_200": {**error(200)},
    "nothing_with_200": {"headers": [["content-type", "application/json"]], "body": {"text": ""}},
    "a_redirect": {"status": 302, "headers": [["location", "http://127.0.0.1:1/"]], "body": {"text": ""}},
    "a_reset": {"stop": {"at": "head", "how": "reset"}},
    "an_end_before_the_head": {"stop": {"at": "head", "how": "fin"}},
}
STREAM_FAULTS = {
    **FAULTS,
    "a_stream_that_begins_with_an_error": events(SSE_ERROR),
    "a_stream_that_ends_at_once": events(": nothing\n\n"),
    "a_stream_cut_after_message_start": {"stop": {"at": {"body": 60}, "how": "fin"}},
}


def anthropic_client(stage):
    # It would try again by itself: the counts show that it never had to.
    return anthropic.Anthropic(base_url=stage.url, api_key="k", max_retries=2)


def openai_client(stage):
    return openai.OpenAI(base_url=f"{stage.url}/v1", api_key="k", max_retries=2)


class Failover(unittest.TestCase):
    def served_by_b(self, stage, headers):
        self.assertEqual((headers["x-used-endpoint"], headers["x-endpoint-index"]), ("b", "1"))
        sent = stage.b.asked(1)[0]
        self.assertEqual(stage.b.headers()["x-stainless-retry-count"], "0")
        if stage.a.seen:
            self.assertEqual([seen["body"] for seen in stage.a.seen], [sent["body"]] * len(stage.a.seen))
        self.assertLessEqual(len(stage.a.seen), 2)

    def test_an_endpoint_that_refuses_connections_is_passed_over(self):
        with Beside(refused()) as stage:
            raw = anthropic_client(stage).messages.with_raw_response.create(**ASK)
            self.assertEqual(raw.parse().content[0].text, TEXT)
            self.assertEqual(raw.headers["x-used-endpoint"], "b")
            stage.b.asked(1)

    def test_a_stream_passes_over_an_endpoint_that_refuses_connections(self):
        with Beside(refused()) as stage, anthropic_client(stage).messages.stream(**ASK) as stream:
            self.assertEqual(stream.get_final_text(), TEXT)
            self.assertEqual(stream.response.headers["x-used-endpoint"], "b")
            stage.b.asked(1)

    def test_the_failed_endpoint_rests_and_the_next_request_does_not_meet_it(self):
        with Stage(2) as stage:
            stage.a.always(error(503, headers=[["retry-after", "600"]]))
            sdk = anthropic_client(stage)
            for _ in range(4):
                self.assertEqual(sdk.messages.create(**ASK).content[0].text, TEXT)
            stage.a.asked(1)
            stage.b.asked(4)

    def test_a_stream_cut_after_its_text_began_is_never_a_message(self):
        for how in ("fin", "reset"):
            with self.subTest(how=how), Stage(2) as stage:
                stage.a.always({"stop": {"at": {"body": 900}, "how": how}})
                got, began = [], time.monotonic()
                with self.assertRaises(Exception) as caught:
                    with anthropic_client(stage).messages.stream(**ASK) as stream:
                        got.extend(stream.text_stream)
                        stream.get_final_message()
                self.assertNotIsInstance(caught.exception, AssertionError)
                self.assertTrue(0 < len("".join(got)) < len(TEXT), got)
                self.assertLess(time.monotonic() - began, 20)
                stage.b.asked(0)

    def test_a_whole_answer_that_is_cut_is_never_a_message(self):
        with Stage(2) as stage:
            stage.a.always({"stop": {"at": {"body": 100}, "how": "fin"}})
            stage.b.always({"stop": {"at": {"body": 100}, "how": "fin"}})
            with self.assertRaises(anthropic.APIError):
                anthropic.Anthropic(base_url=stage.url, api_key="k", max_retries=0).messages.create(**ASK)

    def test_a_chat_stream_that_is_cut_is_never_a_completion(self):
        with Stage(2, dialect="openai-chat") as stage:
            stage.a.always({"stop": {"at": {"body": 700}, "how": "fin"}})
            with self.assertRaises(Exception) as caught:
                with openai_client(stage).chat.completions.stream(**CHAT) as stream:
                    stream.get_final_completion()
            self.assertNotIsInstance(caught.exception, AssertionError)
            stage.b.asked(0)

    def test_a_chat_completion_moves_on(self):
        with Stage(2, dialect="openai-chat") as stage:
            stage.a.always(error(500, dialect="openai"))
            raw = openai_client(stage).chat.completions.with_raw_response.create(**CHAT)
            self.assertEqual(raw.parse().choices[0].message.content, TEXT)
            self.served_by_b(stage, raw.headers)

    def test_a_chat_stream_moves_on_from_an_error_in_its_first_event(self):
        with Stage(2, dialect="openai-chat") as stage:
            stage.a.always(events('data: {"error":{"message":"broken","type":"server_error"}}\n\n', "data: [DONE]\n\n"))
            with openai_client(stage).chat.completions.with_streaming_response.create(**CHAT, stream=True) as raw:
                chunks = list(raw.parse())
                self.served_by_b(stage, raw.headers)
            text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
            self.assertEqual(text, TEXT)

    def test_a_response_moves_on_whole_and_streamed(self):
        for stream in (False, True):
            with self.subTest(stream=stream), Stage(2, dialect="openai-responses") as stage:
                stage.a.always(error(529, dialect="openai"))
                if stream:
                    with openai_client(stage).responses.stream(**RESPONSE) as running:
                        self.assertEqual(running.get_final_response().output_text, TEXT)
                    stage.b.asked(1)
                else:
                    raw = openai_client(stage).responses.with_raw_response.create(**RESPONSE)
                    self.assertEqual(raw.parse().output_text, TEXT)
                    self.served_by_b(stage, raw.headers)


class Beside(Stage):
    """A stage whose endpoint `a` is at `url` and whose `b` is a fake endpoint."""

    def __init__(self, url):
        fake = Fake()
        super().__init__(urls=[url, fake.url])
        self.fakes = [None, fake]

    def __exit__(self, *raised):
        self.fakes = self.fakes[1:]
        super().__exit__(*raised)


def whole(fault):
    def test(self):
        with Stage(2) as stage:
            stage.a.always(fault)
            raw = anthropic_client(stage).messages.with_raw_response.create(**ASK)
            self.assertEqual(raw.parse().content[0].text, TEXT)
            self.served_by_b(stage, raw.headers)

    return test


def streamed(fault):
    def test(self):
        with Stage(2) as stage:
            stage.a.always(fault)
            with anthropic_client(stage).messages.stream(**ASK) as stream:
                self.assertEqual(stream.get_final_text(), TEXT)
                self.served_by_b(stage, stream.response.headers)

    return test


for name, fault in FAULTS.items():
    setattr(Failover, f"test_a_message_moves_on_from_{name}", whole(fault))
for name, fault in STREAM_FAULTS.items():
    setattr(Failover, f"test_a_stream_moves_on_from_{name}", streamed(fault))
