"""What an endpoint refuses becomes the SDK's own exception, with the endpoint's words, after the right number of tries."""

import unittest

import anthropic
import openai
from stage import Stage, error, events

ASK = {"model": "claude-opus-5-5", "max_tokens": 64, "messages": [{"role": "user", "content": "hi"}]}
CHAT = {"model": "gpt-5", "messages": [{"role": "user", "content": "hi"}]}

# status of the only endpoint, its headers, the SDK's tries, Anthropic's class, OpenAI's class, what the client is
# told, requests that the endpoint sees, `x-should-retry`
TABLE = [
    (400, [], 3, "BadRequestError", "BadRequestError", 400, 1, None),
    # The gateway's own key was refused: the client can do nothing, and must not think that it was its key.
    (401, [], 3, "ServiceUnavailableError", "InternalServerError", 503, 1, "false"),
    (403, [], 3, "PermissionDeniedError", "PermissionDeniedError", 403, 1, "false"),
    (404, [], 3, "NotFoundError", "NotFoundError", 404, 1, None),
    # Twice at the endpoint for each try of the SDK.
    (409, [], 1, "ConflictError", "ConflictError", 409, 2, None),
    (413, [], 3, "ContentTooLargeError", "APIStatusError", 413, 1, None),
    (422, [], 3, "UnprocessableEntityError", "UnprocessableEntityError", 422, 1, None),
    # A short wait is waited for by the gateway first, then told.
    (429, [["retry-after", "1"]], 2, "RateLimitError", "RateLimitError", 429, 4, None),
    # A long one stops the SDK, which would sleep for hours.
    (429, [["retry-after", "7200"]], 3, "RateLimitError", "RateLimitError", 429, 1, "false"),
    (500, [], 1, "InternalServerError", "InternalServerError", 500, 2, None),
    (503, [["retry-after", "120"]], 3, "ServiceUnavailableError", "InternalServerError", 503, 1, "false"),
    (529, [], 1, "OverloadedError", "InternalServerError", 529, 1, None),
]


class Errors(unittest.TestCase):
    def refused(self, stage, sdk, module, name, call, row):
        status, headers, tries, _, _, told, asked, should_retry = row
        dialect = "anthropic" if module is anthropic else "openai"
        stage.a.always(error(status, headers=headers, dialect=dialect))
        with self.assertRaises(module.APIStatusError) as caught:
            call(sdk)
        refusal = caught.exception
        self.assertEqual((type(refusal).__name__, refusal.status_code), (name, told))
        self.assertIn("scripted words", str(refusal))
        self.assertEqual(refusal.response.headers.get("x-should-retry"), should_retry)
        self.assertEqual(refusal.response.headers["x-used-endpoint"], "a")
        stage.a.asked(asked)

    def test_a_stream_that_begins_with_an_error_is_an_error(self):
        told = 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"scripted words"}}\n\n'
        with Stage() as stage:
            stage.a.always(events(told))
            with self.assertRaises(anthropic.APIStatusError) as caught:
                anthropic.Anthropic(base_url=stage.url, api_key="k", max_retries=0).messages.create(**ASK, stream=True)
            self.assertEqual(caught.exception.status_code, 529)
            self.assertIn("scripted words", str(caught.exception))

    def test_a_body_beyond_the_limit_is_too_large_for_anthropic_and_openai(self):
        with Stage(more='max_body = "64KiB"') as stage:
            long = [{"role": "user", "content": "x" * (80 << 10)}]
            with self.assertRaises(anthropic.ContentTooLargeError) as caught:
                anthropic.Anthropic(base_url=stage.url, api_key="k").messages.create(**{**ASK, "messages": long})
            self.assertIn("max_body", str(caught.exception))
            with self.assertRaises(openai.APIStatusError) as caught:
                openai.OpenAI(base_url=f"{stage.url}/v1", api_key="k").chat.completions.create(model="m", messages=long)
            self.assertEqual(caught.exception.status_code, 413)
            stage.a.asked(0)

    def test_a_request_that_no_endpoint_understands_is_refused_once(self):
        with Stage() as stage, self.assertRaises(openai.BadRequestError) as caught:
            openai.OpenAI(base_url=f"{stage.url}/v1", api_key="k").chat.completions.create(**CHAT, logprobs=True)
        self.assertIn("logprobs", str(caught.exception))
        self.assertIn("openai-chat", str(caught.exception))

    def test_openai_reads_type_and_message_of_an_error(self):
        with Stage(dialect="openai-chat") as stage:
            stage.a.always(error(400, dialect="openai", kind="invalid_request_error"))
            with self.assertRaises(openai.BadRequestError) as caught:
                openai.OpenAI(base_url=f"{stage.url}/v1", api_key="k").chat.completions.create(**CHAT)
            self.assertEqual(caught.exception.type, "invalid_request_error")
            self.assertEqual(caught.exception.body["message"], "scripted words")


def anthropic_whole(row):
    def test(self):
        with Stage() as stage:
            sdk = anthropic.Anthropic(base_url=stage.url, api_key="k", max_retries=row[2] - 1)
            self.refused(stage, sdk, anthropic, row[3], lambda sdk: sdk.messages.create(**ASK), row)

    return test


def anthropic_stream(row):
    def test(self):
        def call(sdk):
            with sdk.messages.stream(**ASK) as stream:
                stream.get_final_message()

        with Stage() as stage:
            sdk = anthropic.Anthropic(base_url=stage.url, api_key="k", max_retries=row[2] - 1)
            self.refused(stage, sdk, anthropic, row[3], call, row)

    return test


def openai_chat(row):
    def test(self):
        with Stage(dialect="openai-chat") as stage:
            sdk = openai.OpenAI(base_url=f"{stage.url}/v1", api_key="k", max_retries=row[2] - 1)
            self.refused(stage, sdk, openai, row[4], lambda sdk: sdk.chat.completions.create(**CHAT), row)

    return test


for row in TABLE:
    wait = "_with_retry_after_" + row[1][0][1] if row[1] else ""
    setattr(Errors, f"test_anthropic_{row[0]}{wait}_is_{row[3]}", anthropic_whole(row))
    setattr(Errors, f"test_openai_{row[0]}{wait}_is_{row[4]}", openai_chat(row))
    if row[0] in (400, 401, 529):
        setattr(Errors, f"test_anthropic_{row[0]}{wait}_before_a_stream_is_{row[3]}", anthropic_stream(row))
